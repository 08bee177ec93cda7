// The race: every workload over every address, in several rounds that alternate who goes first, one address working at a time.
import {NetstressError, usage} from '../base/errors.js';
import {observe, type Surroundings} from './observe.js';
import {resultOf, type WorkloadResult, workloadResult} from './result.js';
import type {Round} from './round.js';
import type {Runner, Task} from './runner.js';
import type {Workload} from './workload.js';

export interface Contestant {
	readonly runner: Runner;
	readonly surroundings: Surroundings;
}

export interface RaceOptions {
	readonly workloads: readonly Workload[];
	readonly rounds: number;
	/** Of each measured run. */
	readonly seconds: number;
	readonly seed: number;
	/** Bytes from the start of each device that are used. */
	readonly span: number;
	/** The span holds the pattern: what the warm-up reads is checked. */
	readonly filled: boolean;
	/** Written blocks read back after each measured run, at most. */
	readonly verify: number;
	readonly signal: AbortSignal;
	/** After every measured run: how many of how many are done. */
	readonly progress?: ((done: number, total: number, now: {workload: string; protocol: string}) => void) | undefined;
	/** After every workload. */
	readonly finished?: ((result: WorkloadResult) => void) | undefined;
}

/** Before each measured run the same work is done unmeasured, this share of the time: windows grow, code gets compiled, caches fill alike. */
const warmUpShare = 0.2;

/** Checks that a workload can run on every device, before anything runs. ERR_USAGE. */
export function checkDevices(contestants: readonly Contestant[], {workloads, span}: Pick<RaceOptions, 'workloads' | 'span'>): void {
	for (const {runner} of contestants) {
		for (const {name, blockSize, readShare} of workloads) {
			if (blockSize % runner.blockSize !== 0) throw usage(`workload ${name} has blocks of ${blockSize} bytes, ${runner.address} of ${runner.blockSize}`);
			if (readShare < 1 && runner.readOnly) throw usage(`workload ${name} writes, and ${runner.address} is read-only`);
		}
		if (runner.size < span) throw usage(`${runner.address} has ${runner.size} bytes, fewer than the ${span} that are raced over`);
	}
}

/** One round; undefined when Ctrl-C cut it short: that is no measurement. */
export async function measure(
	{runner, surroundings}: Contestant,
	task: Task,
	{verify, filled, signal}: Pick<RaceOptions, 'verify' | 'filled' | 'signal'>,
): Promise<Round | undefined> {
	const warm = await runner.warm({...task, seconds: task.seconds * warmUpShare, seed: task.seed ^ 0x5eed}, filled);
	if (warm.errors > 0 && warm.operations === 0) throw new NetstressError('ERR_IO', `${runner.address}: ${warm.firstError}`, {address: runner.address});
	if (signal.aborted) return undefined;
	const {result, seen} = await observe(surroundings, () => runner.run(task, verify > 0 && task.workload.readShare < 1));
	if (signal.aborted) return undefined;
	const verification = await runner.verify(verify);
	const report = warm.errors === 0 ? result : {...result, errors: result.errors + warm.errors, firstError: result.firstError ?? warm.firstError};
	return {report, seen, verification};
}

/** Does `work`, during which `signal` ends the runs that are going on. */
export async function stoppable<T>(contestants: readonly Contestant[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
	const stop = () => {
		for (const {runner} of contestants) runner.stop();
	};
	signal.addEventListener('abort', stop, {once: true});
	try {
		return await work();
	} finally {
		signal.removeEventListener('abort', stop);
	}
}

/**
 * Runs the race and gives the results of the workloads that at least one address finished a round of; when `signal` aborts, what is there.
 * Every address gets the same requests: the sequence follows from the seed, the workload and the round.
 */
export async function race(contestants: readonly Contestant[], options: RaceOptions): Promise<WorkloadResult[]> {
	const {workloads, rounds, seconds, seed, span, signal, progress, finished} = options;
	checkDevices(contestants, options);
	const results: WorkloadResult[] = [];
	const total = workloads.length * rounds * contestants.length;
	let done = 0;
	await stoppable(contestants, signal, async () => {
		for (const workload of workloads) {
			const measured = new Map<Contestant, Round[]>(contestants.map(contestant => [contestant, []]));
			for (let round = 0; round < rounds && !signal.aborted; round++) {
				const order = round % 2 === 0 ? contestants : contestants.toReversed();
				for (const contestant of order) {
					if (signal.aborted) break;
					progress?.(done, total, {workload: workload.name, protocol: contestant.runner.protocol});
					const outcome = await measure(contestant, {workload, seconds, seed: seed + round, span}, options);
					if (outcome) measured.get(contestant)?.push(outcome);
					done++;
					progress?.(done, total, {workload: workload.name, protocol: contestant.runner.protocol});
				}
			}
			const complete = [...measured].filter(([, list]) => list.length > 0);
			if (complete.length === 0) break;
			const result = workloadResult(
				workload,
				complete.map(([{runner}, list]) => resultOf(runner.protocol, runner.address, list)),
			);
			results.push(result);
			finished?.(result);
		}
	});
	return results;
}
