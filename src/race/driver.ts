// Drives one block session with one workload: a closed loop that keeps the same number of requests outstanding.
import {performance} from 'node:perf_hooks';
import {build, type Histogram} from 'hdr-histogram-js';
import type {NetstressError} from '../base/errors.js';
import type {BlockSession} from '../initiator/session.js';
import type {Pattern, PatternFault} from './pattern.js';
import {type Step, sequence, type Workload} from './workload.js';

/** Microseconds. */
export interface Latency {
	readonly min: number;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly max: number;
}

export interface Run {
	/** Requests that ended well, and their bytes. */
	readonly operations: number;
	readonly bytes: number;
	/** From the first request to the last reply. */
	readonly seconds: number;
	readonly errors: number;
	/** The first error's words. */
	readonly firstError: string | undefined;
	readonly latencyUs: Latency | null;
}

export interface DriveOptions {
	/** Bytes from the start of the device that are used. */
	readonly span: number;
	readonly seed: number;
	/** New requests are started for this long. */
	readonly seconds: number;
	readonly pattern: Pattern;
	/** Remembers what was written where, for `verifyWritten`. */
	readonly written?: Written | undefined;
	/** Checks every block that is read; costs time, so not in a measured run. Faults count as errors. */
	readonly check?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** A device that fails every request must not keep us busy for the whole run. */
const mostErrors = 100;

/** The generations that a block may hold: one, or several when two writes to it were outstanding together. */
export type Written = Map<number, number[]>;

const newHistogram = (): Histogram =>
	build({
		bitBucketSize: 64,
		autoResize: true,
		lowestDiscernibleValue: 1,
		highestTrackableValue: 2 ** 32,
		numberOfSignificantValueDigits: 3,
		useWebAssembly: false,
	});

const latencyOf = (histogram: Histogram): Latency | null => {
	if (histogram.totalCount === 0) return null;
	const us = (nanoseconds: number) => Math.round(nanoseconds / 10) / 100;
	// a percentile is the upper end of its bucket: never beyond the greatest value itself
	const at = (percent: number) => us(Math.min(histogram.getValueAtPercentile(percent), histogram.maxValue));
	return {min: us(histogram.minNonZeroValue), p50: at(50), p90: at(90), p99: at(99), max: us(histogram.maxValue)};
};

export const describeFault = ({position, reason, found}: PatternFault): string =>
	`data at byte ${position}: ${reason} (found seed ${found.seed}, generation ${found.generation}, position ${found.position})`;

let generations = 0;
/** The number of the next write, u32: a block says which write it came from. */
export const nextGeneration = (): number => {
	generations = (generations + 1) >>> 0;
	return generations;
};

/** Runs a workload until its time is over or `signal` aborts, and until every reply has come. Never rejects: what fails is counted. */
export function drive(session: BlockSession, workload: Workload, options: DriveOptions): Promise<Run> {
	const {span, seed, seconds, pattern, written, check = false, signal} = options;
	const next = sequence(workload, Math.min(span, session.size), seed);
	const histogram = newHistogram();
	const writing = new Map<number, number>();
	let operations = 0;
	let errors = 0;
	let firstError: string | undefined;
	let outstanding = 0;
	const start = performance.now();
	const until = start + seconds * 1000;
	let last = start;

	const note = (step: Step, generation: number) => {
		if (written === undefined) return;
		const others = writing.get(step.position) ?? 0;
		writing.set(step.position, others + 1);
		const known = written.get(step.position);
		if (others > 0 && known) known.push(generation);
		else written.set(step.position, [generation]);
	};
	const settled = (position: number) => {
		const others = (writing.get(position) ?? 1) - 1;
		if (others > 0) writing.set(position, others);
		else writing.delete(position);
	};

	return new Promise(resolve => {
		const finish = () =>
			resolve({operations, bytes: operations * workload.blockSize, seconds: (last - start) / 1000, errors, firstError, latencyUs: latencyOf(histogram)});
		const slot = () => {
			const bytes = new Uint8Array(workload.blockSize);
			let step: Step = {op: 'read', position: 0};
			let began = 0;
			const fail = (message: string) => {
				errors++;
				firstError ??= message;
			};
			const done = (error?: NetstressError) => {
				last = performance.now();
				outstanding--;
				if (step.op === 'write' && written) settled(step.position);
				if (error) fail(error.message);
				else {
					const fault = check && step.op === 'read' ? pattern.check(bytes, step.position) : undefined;
					if (fault) fail(describeFault(fault));
					else operations++;
					histogram.recordValue(Math.max(1, Math.round((last - began) * 1e6)));
				}
				if (last < until && errors < mostErrors && !signal?.aborted) go();
				else if (outstanding === 0) finish();
			};
			const go = () => {
				step = next();
				if (step.op === 'write') {
					const generation = nextGeneration();
					pattern.fill(bytes, {position: step.position, generation});
					note(step, generation);
				}
				outstanding++;
				began = performance.now();
				try {
					session.submit({op: step.op, position: step.position, bytes, done});
				} catch (error) {
					setImmediate(done, error as NetstressError); // closed under us
				}
			};
			go();
		};
		for (let i = 0; i < workload.depth; i++) slot();
	});
}

/** Reads up to `most` of the written blocks back and checks each. Gives how many were right, and the first fault's words. */
export async function verifyWritten(
	session: BlockSession,
	written: Written,
	blockSize: number,
	pattern: Pattern,
	most: number,
): Promise<{verified: number; wrong: number; firstError: string | undefined}> {
	const positions = [...written.keys()];
	const step = Math.max(1, Math.floor(positions.length / most));
	const bytes = new Uint8Array(blockSize);
	let verified = 0;
	let wrong = 0;
	let firstError: string | undefined;
	for (let i = 0; i < positions.length && verified + wrong < most; i += step) {
		const position = positions[i] as number;
		const error = await new Promise<NetstressError | undefined>(done => session.submit({op: 'read', position, bytes, done}));
		const fault = error ? undefined : pattern.check(bytes, position, written.get(position));
		if (error || fault) {
			wrong++;
			firstError ??= error?.message ?? (fault && describeFault(fault));
			if (wrong >= mostErrors) break;
		} else verified++;
	}
	return {verified, wrong, firstError};
}

/** Flushes; false when the device does not know how (vblade). */
export const flush = (session: BlockSession): Promise<boolean> =>
	new Promise(resolve => session.submit({op: 'flush', position: 0, bytes: new Uint8Array(), done: error => resolve(error === undefined)}));
