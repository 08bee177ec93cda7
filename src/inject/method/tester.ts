// What the tester itself can do, measured before anything is said of a device: RFC 2544 section 6 wants equipment that offers the maximum rate, and a
// program on a computer often cannot. The highest rate of a size is the lowest of the tester's, the line's and the one that people allow.
import {rateTolerance, type Trial, type TrialRunner} from './trial.js';

/** What bounds the rates of a size: `rate` is the one that people allow; `held-back`: alone the tester is faster, but what lies behind the interface slows it down. */
export type Ceiling = 'tester' | 'held-back' | 'line' | 'rate';

export interface Tester {
	/** Frames a second that left when nothing held the sender back but the rate that people allow. */
	readonly senderPps: number;
	/** Frames of that trial that the tester's own receiver may have lost: it cannot count that fast. */
	readonly testerLost: number;
	/** The line's rate of this size, frames a second, where the interface tells its speed. */
	readonly linePps: number | undefined;
	/** What people allow, frames a second, where they do. */
	readonly mostPps: number | undefined;
	/** Frames a second that the tester sends and counts where nothing lies behind its interface; undefined where it was not asked, or could not be. */
	readonly alonePps: number | undefined;
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
	return {senderPps: offeredPps, testerLost, linePps, mostPps, alonePps: undefined, topPps: short ? offeredPps : allowed, ceiling};
}

/**
 * What to ask for when the highest rate is wanted, and what it is judged by: a tester that is at its limit is not held to a rate, or it would fall short of the one
 * that it has just reached; but never faster than people allow.
 */
export const topOf = ({topPps, ceiling, mostPps}: Tester): {asked: number; judged: number} =>
	ceiling === 'tester' || ceiling === 'held-back'
		? {asked: mostPps ?? Number.POSITIVE_INFINITY, judged: Number.POSITIVE_INFINITY}
		: {asked: topPps, judged: topPps};

/** What bounded a trial at the highest rate that lost nothing: it may have reached what the tester did not reach at first. */
export function boundOf(trial: Trial, {linePps, mostPps, ceiling}: Tester): Ceiling {
	const now = ceilingOf(trial, linePps, mostPps).ceiling;
	return now === 'tester' ? ceiling : now;
}

/**
 * A tester that reaches less than this share of what it does alone is held back by what lies behind its interface. Measured: a veth 0.9 to 1.1, a bridge 0.6 to 1.0, a
 * token bucket behind that bridge, whose timer takes the sender's CPU, 0.05 to 0.1.
 */
const heldShare = 1 / 3;

/** How fast the tester is where nothing lies behind its interface, frames a second; undefined where that cannot be tried. */
export type Alone = (size: number, pps: number, seconds: number) => Promise<number | undefined>;

/** Measures it: a trial as fast as frames go, or as people allow. */
export async function measureTester(
	run: TrialRunner,
	size: number,
	seconds: number,
	linePps: number | undefined,
	mostPps: number | undefined,
	alone?: Alone,
): Promise<Tester> {
	const pps = mostPps ?? Number.POSITIVE_INFINITY;
	const trial = await run({test: 'tester', size, pps, seconds});
	const tester = ceilingOf(trial, linePps, mostPps);
	if (tester.ceiling !== 'tester' || trial.sent === 0) return tester;
	const alonePps = await alone?.(size, pps, seconds);
	const held = alonePps !== undefined && tester.senderPps < alonePps * heldShare;
	return {...tester, alonePps, ceiling: held ? 'held-back' : 'tester'};
}
