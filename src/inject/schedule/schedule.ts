// When the frames of a stream go, as plain data: phases of a steady rate, one behind the other. What people ask for (a rate, a gap, bursts, ramps) is
// turned into this once (plan.ts); timeline.ts reads it frame by frame.

/** A time of one rate and, in a ramp of sizes, of one length. */
export interface Phase {
	/** Frames a second on the whole, bursts and the pauses between them; Infinity = as fast as they go. */
	readonly pps: number;
	/** How long, in seconds; Infinity = to the end. */
	readonly seconds: number;
	/** Bytes of its frames without the check sequence; what the source gives when not given. */
	readonly size?: number | undefined;
}

export interface Schedule {
	readonly phases: readonly Phase[];
	/** Frames that go back to back, all due at the same moment; the pace lies between bursts. */
	readonly burst: number;
	/** Frames in all; Infinity = until the phases are over. */
	readonly count: number;
	/** Milliseconds from the start of the run to the first frame. */
	readonly startMs: number;
}

/** One steady rate: `count` frames of `pps` for `seconds`, whichever ends first. */
export const steady = (pps: number, {count = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, burst = 1, startMs = 0} = {}): Schedule => ({
	phases: [{pps, seconds}],
	burst,
	count,
	startMs,
});

/** The highest rate of a schedule, frames a second: what a guard must know. */
export const highestPps = ({phases}: Schedule): number => Math.max(...phases.map(({pps}) => pps));

/** Frames that a schedule asks for; Infinity when only time or nobody ends it. */
export function framesOf({phases, count, burst}: Schedule): number {
	let frames = 0;
	for (const {pps, seconds} of phases) frames += framesIn(pps, seconds, burst);
	return Math.min(count, frames);
}

/** A moment this short before a phase's end belongs to the next one: what floating point makes of a whole number of gaps. Milliseconds. */
const rounding = 1e-6;

/** Milliseconds from a phase's start to its frame `k` (from 0). */
export const dueInPhase = (pps: number, burst: number, k: number): number => (Math.floor(k / burst) * burst * 1000) / pps;

/** Whether a frame due at `due` lies before `end`. */
export const isBefore = (due: number, end: number): boolean => due < end - rounding;

/** Frames of a phase. */
export function framesIn(pps: number, seconds: number, burst: number): number {
	if (!Number.isFinite(seconds) || !Number.isFinite(pps)) return Number.POSITIVE_INFINITY;
	const bursts = Math.ceil((seconds * pps) / burst);
	return isBefore(dueInPhase(pps, burst, (bursts - 1) * burst), seconds * 1000) ? bursts * burst : (bursts - 1) * burst;
}

/** The part of sender `index` of `of` that share one stream: their frames lie between each other's. */
export function shareOf({phases, burst, count, startMs}: Schedule, index: number, of: number): Schedule {
	const first = (phases[0] as Phase).pps;
	return {
		phases: phases.map(phase => ({...phase, pps: phase.pps / of})),
		burst,
		count: Number.isFinite(count) ? Math.floor((count + of - 1 - index) / of) : count,
		startMs: startMs + (Number.isFinite(first) ? (index * burst * 1000) / first : 0),
	};
}
