// From what people ask for to a schedule: one of rate, gap and flood, bursts, a ramp of rates or of sizes, a count and a time
// (packETH's ways to send, cli/README -m: once, a rate, a ramp of rates, a ramp of sizes, bursts).
import {usage} from '../../base/errors.js';
import type {Rate} from '../../base/units.js';
import {framesPerSecond} from '../pace.js';
import type {RateRamp, SizeRamp} from './ramp.js';
import type {Phase, Schedule} from './schedule.js';

/** What was asked for. Of rate, gap, flood and rateRamp one at most. */
export interface Wish {
	readonly rate?: Rate | undefined;
	/** Seconds between frames, with `burst` between bursts; 0 = as fast as they go. */
	readonly gap?: number | undefined;
	readonly flood?: boolean | undefined;
	/** Frames that go back to back. */
	readonly burst?: number | undefined;
	readonly rateRamp?: RateRamp | undefined;
	readonly sizeRamp?: SizeRamp | undefined;
	/** Seconds that each step of a ramp lasts. */
	readonly rampStep?: number | undefined;
	/** Frames; 0 = until something else ends it. */
	readonly count: number;
	/** Seconds; 0 = until something else ends it. */
	readonly seconds: number;
	/** Seconds from the start of the run to the first frame. */
	readonly start?: number | undefined;
}

/** What a rate means here: how long frames are on the whole, bytes, and the link's bits a second where they are known. */
export interface Link {
	readonly meanLength: number;
	readonly speed: number | undefined;
}

/** The pace when none is asked for: harmless anywhere. */
export const usualPps = 1000;
const usualStep = 1;

function checkWish({rate, gap, flood, burst, rateRamp, sizeRamp, rampStep}: Wish): void {
	const ways = {'--rate': rate, '--gap': gap, '--flood': flood || undefined, '--rate-ramp': rateRamp};
	const given = Object.entries(ways).flatMap(([name, value]) => (value === undefined ? [] : [name]));
	if (given.length > 1) throw usage(`${given.join(' and ')} are ways to say one thing; give one`);
	if (burst !== undefined && (burst < 1 || !Number.isSafeInteger(burst))) throw usage(`a burst is 1 frame or more, not ${burst}`);
	if (burst !== undefined && (flood || gap === 0)) throw usage('bursts need a pace between them: give --rate or --gap with --burst');
	if (rateRamp !== undefined && sizeRamp !== undefined) throw usage('--rate-ramp and --size-ramp are two ramps; give one');
	if (rampStep !== undefined && rateRamp === undefined && sizeRamp === undefined) throw usage('--ramp-step belongs to --rate-ramp or --size-ramp');
	if (rampStep !== undefined && !(rampStep > 0)) throw usage('--ramp-step is more than 0');
}

/** Frames a second of `rate`, `gap` or `flood`, for frames of `length` bytes. */
function pace({rate, gap, flood, burst = 1}: Wish, length: number, speed: number | undefined): number {
	if (flood || gap === 0) return Number.POSITIVE_INFINITY;
	if (gap !== undefined) return burst / gap;
	return rate === undefined ? usualPps : framesPerSecond(rate, length, speed);
}

/** Cuts phases to `seconds` in all. */
function cut(phases: readonly Phase[], seconds: number): Phase[] {
	let left = seconds;
	return phases.flatMap(phase => {
		const mine = Math.min(phase.seconds, left);
		left -= mine;
		return mine > 0 ? [{...phase, seconds: mine}] : [];
	});
}

/** The schedule of a wish. ERR_USAGE for a contradiction, and when the link's speed is needed and not known. */
export function planSchedule(wish: Wish, {meanLength, speed}: Link): Schedule {
	checkWish(wish);
	const {rateRamp, sizeRamp, rampStep = usualStep, count, seconds, burst = 1, start = 0} = wish;
	const endless: readonly Phase[] =
		rateRamp !== undefined
			? rateRamp.map(rate => ({pps: framesPerSecond(rate, meanLength, speed), seconds: rampStep}))
			: sizeRamp !== undefined
				? sizeRamp.map(size => ({pps: pace(wish, size, speed), seconds: rampStep, size}))
				: [{pps: pace(wish, meanLength, speed), seconds: Number.POSITIVE_INFINITY}];
	return {
		phases: seconds === 0 ? endless : cut(endless, seconds),
		burst,
		count: count === 0 ? Number.POSITIVE_INFINITY : count,
		startMs: start * 1000,
	};
}
