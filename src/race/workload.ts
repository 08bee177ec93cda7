// What is raced: each workload is defined once, and every protocol is given the same blocks in the same order.
import {usage} from '../base/errors.js';
import {seeded} from '../base/random.js';

export interface Workload {
	readonly name: string;
	readonly pattern: 'sequential' | 'random';
	/** Share of reads, 0 (all writes) to 1 (all reads). */
	readonly readShare: number;
	/** Bytes. */
	readonly blockSize: number;
	/** Requests outstanding. */
	readonly depth: number;
}

const KiB = 1024;

/** The workloads that there are, in the order in which they run. */
export const workloads: readonly Workload[] = [
	{name: 'read-4k-d1', pattern: 'random', readShare: 1, blockSize: 4 * KiB, depth: 1},
	{name: 'read-4k-d32', pattern: 'random', readShare: 1, blockSize: 4 * KiB, depth: 32},
	{name: 'write-4k-d32', pattern: 'random', readShare: 0, blockSize: 4 * KiB, depth: 32},
	{name: 'mix-4k-d16', pattern: 'random', readShare: 0.7, blockSize: 4 * KiB, depth: 16},
	{name: 'seq-read-128k-d8', pattern: 'sequential', readShare: 1, blockSize: 128 * KiB, depth: 8},
	{name: 'seq-write-128k-d8', pattern: 'sequential', readShare: 0, blockSize: 128 * KiB, depth: 8},
];

/** A named choice of workloads, rounds and seconds per point. */
export interface Profile {
	readonly workloads: readonly string[];
	readonly rounds: number;
	readonly seconds: number;
}

export const profiles: Readonly<Record<'short' | 'full', Profile>> = {
	short: {workloads: ['read-4k-d1', 'read-4k-d32', 'write-4k-d32', 'seq-read-128k-d8'], rounds: 3, seconds: 0.3},
	full: {workloads: workloads.map(({name}) => name), rounds: 3, seconds: 1},
};

/** What a race over several loss rates runs unless told otherwise: latency, and both directions of throughput; short, because each rate runs all of it. */
export const sweepProfiles: Readonly<Record<'short' | 'full', Profile>> = {
	short: {workloads: ['read-4k-d1', 'seq-read-128k-d8'], rounds: 2, seconds: 0.3},
	full: {workloads: ['read-4k-d1', 'seq-read-128k-d8', 'seq-write-128k-d8'], rounds: 3, seconds: 0.5},
};

/** In words, for the report. */
export const describeWorkload = ({pattern, readShare, blockSize, depth}: Workload): string =>
	`${pattern} ${readShare === 1 ? 'reads' : readShare === 0 ? 'writes' : `${Math.round(readShare * 100)} % reads`}, ${blockSize / KiB} KiB, ${depth} outstanding`;

/** The workloads of those names. ERR_USAGE names the ones there are. */
export const findWorkloads = (names: readonly string[]): Workload[] =>
	names.map(name => {
		const found = workloads.find(workload => workload.name === name);
		if (found === undefined) throw usage(`there is no workload "${name}"; there are ${workloads.map(({name}) => name).join(', ')}`);
		return found;
	});

export interface Step {
	readonly op: 'read' | 'write';
	/** Bytes from the start of the device. */
	readonly position: number;
}

/**
 * The endless sequence of a workload's requests over the first `span` bytes of a device: the same seed gives the same sequence, whatever the
 * protocol. ERR_USAGE when the span holds fewer blocks than the workload keeps outstanding.
 */
export function sequence({pattern, readShare, blockSize, depth, name}: Workload, span: number, seed: number): () => Step {
	const blocks = Math.floor(span / blockSize);
	if (blocks < depth) throw usage(`workload ${name} needs at least ${depth} blocks of ${blockSize} bytes; the device has ${span} bytes`);
	const random = seeded(seed);
	let next = pattern === 'sequential' ? random.below(blocks) : 0;
	return () => {
		const block = pattern === 'sequential' ? next : random.below(blocks);
		next = (next + 1) % blocks;
		const op = readShare === 1 ? 'read' : readShare === 0 ? 'write' : random.chance(readShare) ? 'read' : 'write';
		return {op, position: block * blockSize};
	};
}
