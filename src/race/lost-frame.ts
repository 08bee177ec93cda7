// What one lost frame costs: one request at a time, and of its frames exactly one is lost, chosen by count. No chance is involved: the first
// frame of a request, the last of a reply, the middle one of a long transfer (docs/race.md, "One frame, on purpose").
import {setTimeout as sleep} from 'node:timers/promises';
import {seeded} from '../base/random.js';
import type {Dropper, End} from './dropper.js';
import {observe} from './observe.js';
import type {Contestant} from './race.js';
import {median, overTcp, sentAgain} from './result.js';
import type {Probe} from './runner-protocol.js';

/** Where a frame is lost. */
export interface LostPlace {
	readonly place: string;
	readonly op: 'read' | 'write';
	/** Bytes of the request. */
	readonly bytes: number;
	/** Who sends the frame. */
	readonly from: End;
	/** Which of the frames that this end sends for the request. */
	readonly which: 'first' | 'middle' | 'last';
}

const KiB = 1024;
export const lostPlaces: readonly LostPlace[] = [
	{place: 'the request of a 4 KiB read', op: 'read', bytes: 4 * KiB, from: 'initiator', which: 'first'},
	{place: 'the reply to a 4 KiB read', op: 'read', bytes: 4 * KiB, from: 'target', which: 'last'},
	{place: 'the middle of a 128 KiB read', op: 'read', bytes: 128 * KiB, from: 'target', which: 'middle'},
	{place: 'the middle of a 128 KiB write', op: 'write', bytes: 128 * KiB, from: 'initiator', which: 'middle'},
];

export interface Spread {
	readonly median: number;
	readonly min: number;
	readonly max: number;
}

export interface LostFrame extends LostPlace {
	readonly protocol: string;
	readonly address: string;
	/** Number of the lost frame, from 0, among the `frames` that this end sends for such a request. */
	readonly frame: number;
	readonly frames: number;
	/** Requests of which nothing was lost, microseconds. */
	readonly freeUs: Spread | null;
	/** Longer than the median of those, milliseconds; null where nothing was measured. */
	readonly costMs: Spread | null;
	/** The least of the costs is more than what the loss-free requests differ by among themselves. */
	readonly clear: boolean;
	/** Requests that lost their frame, and frames or segments that were sent again for them. */
	readonly samples: number;
	readonly retransmits: number;
	/** Requests that were not counted: the frame was not lost, or, under TCP, nobody missed it (an acknowledgement). */
	readonly discarded: number;
	/** Requests that failed or brought wrong data. */
	readonly errors: number;
	/** Why there is no cost, or the first error. */
	readonly why: string | null;
}

export interface LostFrameOptions {
	readonly dropper: Dropper;
	/** Bytes of the device in use; it holds the pattern. */
	readonly span: number;
	readonly seed: number;
	readonly signal: AbortSignal;
	/** Before every place: how many of how many are done. */
	readonly progress?: ((done: number, total: number, now: {place: string; protocol: string}) => void) | undefined;
}

const freeSamples = 9;
const lostSamples = 5;
/** A place that takes longer than this is content with the samples that it has. */
const enoughMs = 2000;
/** Silence before a request, so that no late acknowledgement counts as its first frame: TCP's are 40 ms late (net/tcp.h, TCP_DELACK_MIN). */
const silenceMs = 50;
/** Written blocks read back for each place. */
const verifiedBlocks = 16;

const spreadOf = (values: readonly number[]): Spread | null =>
	values.length === 0 ? null : {median: median(values), min: Math.min(...values), max: Math.max(...values)};
const round = (value: number) => Number(value.toPrecision(4));

/** The number of a frame among `frames`. */
export const frameNumber = (which: LostPlace['which'], frames: number): number =>
	which === 'first' ? 0 : which === 'last' ? Math.max(0, frames - 1) : Math.floor(frames / 2);

interface Sample {
	readonly probe: Probe;
	/** Frames that the end has sent. */
	readonly frames: number;
	readonly dropped: number;
	readonly retransmits: number;
}

/** One place of one address. */
async function measurePlace({runner, surroundings}: Contestant, place: LostPlace, {dropper, span, seed, signal}: LostFrameOptions): Promise<LostFrame> {
	const {op, bytes, from, which} = place;
	const random = seeded(seed);
	const probe = () => runner.probe(op, random.below(Math.floor(span / bytes)) * bytes, bytes);
	const sample = async (): Promise<Sample> => {
		const before = await dropper.counts();
		const {result, seen} = await observe(surroundings, probe);
		const after = await dropper.counts();
		return {
			probe: result,
			frames: after.sent[from] - before.sent[from],
			dropped: after.dropped - before.dropped,
			retransmits: sentAgain(runner.protocol, result.counters.retransmits, seen),
		};
	};
	const quiet = async (first?: number) => {
		await sleep(silenceMs);
		if (first !== undefined) await dropper.arm(from, first);
	};

	await dropper.lose(0);
	const free: Sample[] = [];
	// the first is not counted: caches and windows
	for (let i = 0; i <= freeSamples && !signal.aborted; i++) {
		await quiet();
		const each = await sample();
		if (i > 0 && each.probe.error === null && each.retransmits === 0) free.push(each);
	}
	const frames = median(free.map(each => each.frames));
	const frame = frameNumber(which, Math.floor(frames));
	const freeUs = spreadOf(free.map(({probe}) => probe.latencyUs));

	const lost: Sample[] = [];
	const wrong: string[] = [];
	let discarded = 0;
	const until = performance.now() + enoughMs;
	for (let i = 0; i < 2 * lostSamples && lost.length < lostSamples && freeUs !== null && !signal.aborted; i++) {
		if (performance.now() > until && lost.length + wrong.length > 0) break;
		await quiet(frame);
		const each = await sample();
		await dropper.lose(0);
		if (each.probe.error !== null) wrong.push(each.probe.error);
		else if (each.dropped !== 1 || (overTcp(runner.protocol) && each.retransmits === 0)) discarded++;
		else lost.push(each);
		await probe(); // the connection gets over it before the next
	}
	const {wrong: bad, firstError} = op === 'write' ? await runner.verify(verifiedBlocks) : {wrong: 0, firstError: undefined};
	const costMs = freeUs === null ? null : spreadOf(lost.map(({probe}) => round((probe.latencyUs - freeUs.median) / 1000)));
	const missing = free.length === 0 ? 'no request without a loss succeeded' : 'the frame that was to be lost was not, or nobody missed it';
	return {
		...place,
		protocol: runner.protocol,
		address: runner.address,
		frame,
		frames,
		freeUs,
		costMs,
		clear: costMs !== null && freeUs !== null && costMs.min * 1000 > freeUs.max - freeUs.min,
		samples: lost.length,
		retransmits: lost.reduce((sum, {retransmits}) => sum + retransmits, 0),
		discarded,
		errors: wrong.length + bad,
		why: wrong[0] ?? firstError ?? (costMs === null ? missing : null),
	};
}

/** Measures every place over every address that goes over the lab's link; when `signal` aborts, what is there. ERR_UNSUPPORTED as `Lab.lose`. */
export async function loseFrames(contestants: readonly Contestant[], options: LostFrameOptions): Promise<LostFrame[]> {
	const {dropper, signal, progress} = options;
	const racing = contestants.filter(({surroundings}) => surroundings.interfaces.length > 0);
	const found: LostFrame[] = [];
	await dropper.lose(0); // refused here, where it is not allowed
	for (const place of lostPlaces) {
		for (const contestant of racing) {
			if (signal.aborted) return found;
			progress?.(found.length, lostPlaces.length * racing.length, {place: place.place, protocol: contestant.runner.protocol});
			const outcome = await measurePlace(contestant, place, options);
			if (!signal.aborted) found.push(outcome);
		}
	}
	return found;
}
