// Runs a property until its time is up. The seed is printed, so that a failure can be repeated; a crash then becomes a named case elsewhere.
import type {ExecutionContext} from 'ava';
import fc, {type IRawProperty} from 'fast-check';
import {freshSeed} from '../../src/base/random.js';

/** Seconds a property runs. */
export const fuzzSeconds = Number(process.env.FUZZ_SECONDS ?? 5);

/** Characters of a counterexample that are printed. */
const mostExample = 4000;

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
	if (details.failed) {
		const why = details.errorInstance instanceof Error ? (details.errorInstance.stack ?? details.errorInstance.message) : String(details.errorInstance);
		const example = (fc.stringify(details.counterexample) ?? '').slice(0, mostExample);
		t.fail(`after ${details.numRuns} runs: ${why}\ncounterexample: ${example}\nrepeat with FUZZ_SEED=${seed}, path ${details.counterexamplePath}`);
	}
	t.log(`${details.numRuns} runs in ${fuzzSeconds} s, seed ${seed}`);
	t.false(details.failed);
}
