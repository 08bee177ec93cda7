// Runs a property until its time is up. The seed is printed, so that a failure can be repeated; a crash then becomes a named case elsewhere.
import type {ExecutionContext} from 'ava';
import fc, {type IRawProperty} from 'fast-check';
import {freshSeed} from '../../src/base/random.js';

/** Seconds a property runs. */
export const fuzzSeconds = Number(process.env.FUZZ_SECONDS ?? 5);

/** Fails the test when the property finds a counterexample within the time. */
export function fuzz<T>(t: ExecutionContext, property: IRawProperty<T, false>): void {
	const seed = Number(process.env.FUZZ_SEED ?? freshSeed());
	const details = fc.check(property, {
		seed,
		numRuns: Number.MAX_SAFE_INTEGER,
		interruptAfterTimeLimit: 1000 * fuzzSeconds,
		markInterruptAsFailure: false,
		maxSkipsPerRun: Number.MAX_SAFE_INTEGER,
	});
	const again = `repeat with FUZZ_SEED=${seed}`;
	if (details.failed) t.fail(`${fc.defaultReportMessage(details) ?? 'failed'}\n${again}`);
	t.log(`${details.numRuns} runs in ${fuzzSeconds} s, seed ${seed}`);
	t.pass();
}
