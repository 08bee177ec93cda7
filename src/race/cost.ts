// What a lost frame costs: the time that a lossy run took longer than the loss-free run would have for the same work, shared among the frames
// that were lost (docs/race.md, "What a lost frame costs").
import {lostIn} from './losses.js';
import type {Round} from './round.js';

export interface LossCost {
	/** Milliseconds of the whole run's time for each lost frame; null where that cannot be said. */
	readonly msPerFrame: number | null;
	/** The same, measured against the fastest and against the slowest loss-free round. */
	readonly msRange: {readonly min: number; readonly max: number} | null;
	/** All the extra time together, seconds. */
	readonly extraSeconds: number | null;
	/** Why there is no figure. */
	readonly why: string | null;
}

/** Fewer lost frames than this say nothing: one that costs much or nothing would be the result. */
export const leastLost = 5;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const round = (value: number) => Number(value.toPrecision(4));
const unknown = (why: string | null, extraSeconds: number | null = null): LossCost => ({msPerFrame: null, msRange: null, extraSeconds, why});

/** The cost of the losses of `lossy`, all rounds of one workload over one address, against the same rounds without loss. */
export function costOf(lossy: readonly Round[], free: readonly Round[]): LossCost {
	const operations = sum(lossy.map(({report}) => report.operations));
	const seconds = sum(lossy.map(({report}) => report.seconds));
	const lost = sum(lossy.map(lostIn));
	const failed = sum(lossy.map(({report}) => report.errors));
	// a round without an operation has no rate
	const timed = free.filter(({report}) => report.operations > 0 && report.seconds > 0);
	const rates = timed.map(({report}) => report.operations / report.seconds);
	if (rates.length === 0) return unknown('there is no loss-free run to compare with');
	if (free.some(each => lostIn(each) > 0)) return unknown('the run without loss on purpose lost frames too');
	// what was given up took its deadline, not what a loss takes
	if (failed > 0) return unknown(`${failed} ${failed === 1 ? 'request' : 'requests'} failed`);
	if (lost < leastLost)
		return unknown(lost === 0 ? 'no frame was lost' : `only ${lost} ${lost === 1 ? 'frame was' : 'frames were'} lost, ${leastLost} are needed: run longer`);
	const extraAt = (rate: number) => seconds - operations / rate;
	const extra = extraAt(sum(timed.map(({report}) => report.operations)) / sum(timed.map(({report}) => report.seconds)));
	const least = extraAt(Math.min(...rates));
	if (least <= 0) return unknown('the loss-free rounds differ by more than this', round(extra));
	const perFrame = (time: number) => round((time * 1000) / lost);
	return {msPerFrame: perFrame(extra), msRange: {min: perFrame(least), max: perFrame(extraAt(Math.max(...rates)))}, extraSeconds: round(extra), why: null};
}
