// What the tester itself can do, measured before anything is said of a device: RFC 2544 section 6 wants equipment that offers the maximum rate, and a
// program on a computer often cannot. The highest rate of a size is the lowest of the tester's, the line's and the one that people allow.
import {rateTolerance, type Trial, type TrialRunner} from './trial.js';

/** What bounds the rates of a size: `rate` is the one that people allow. */
export type Ceiling = 'tester' | 'line' | 'rate';

export interface Tester {
	/** Frames a second that left when nothing held the sender back but the rate that people allow. */
	readonly senderPps: number;
	/** Frames of that trial that the tester's own receiver may have lost: it cannot count that fast. */
	readonly testerLost: number;
	/** The line's rate of this size, frames a second, where the interface tells its speed. */
	readonly linePps: number | undefined;
	/** The highest rate that is offered, frames a second. */
	readonly topPps: number;
	readonly ceiling: Ceiling;
}

/** The highest rate, from an unpaced trial. `linePps` and `mostPps` (what people allow) where they are known. */
export function ceilingOf({offeredPps, testerLost}: Trial, linePps: number | undefined, mostPps: number | undefined): Tester {
	const line = linePps ?? Number.POSITIVE_INFINITY;
	const most = mostPps ?? Number.POSITIVE_INFINITY;
	const allowed = Math.min(line, most);
	// a card that is at its line's rate holds the sender back: that is the line, not the tester
	const short = offeredPps < allowed * (1 - rateTolerance);
	const ceiling = short ? 'tester' : most <= line ? 'rate' : 'line';
	return {senderPps: offeredPps, testerLost, linePps, topPps: short ? offeredPps : allowed, ceiling};
}

/** What to ask for when the highest rate is wanted: a tester at its own limit paces nothing, or it would fall short of the rate that it has just reached. */
export const topOf = ({topPps, ceiling}: Tester): number => (ceiling === 'tester' ? Number.POSITIVE_INFINITY : topPps);

/** Measures it: a trial as fast as frames go, or as people allow. */
export async function measureTester(
	run: TrialRunner,
	size: number,
	seconds: number,
	linePps: number | undefined,
	mostPps: number | undefined,
): Promise<Tester> {
	const trial = await run({test: 'tester', size, pps: mostPps ?? Number.POSITIVE_INFINITY, seconds});
	return ceilingOf(trial, linePps, mostPps);
}
