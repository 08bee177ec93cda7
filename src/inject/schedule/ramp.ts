// Ramps: a value that goes from one to another in steps, up or down; each step lasts as long as the others.
import {usage} from '../../base/errors.js';
import {type Rate, rate} from '../../base/units.js';

/** A rate for each step, of one kind. */
export type RateRamp = readonly Rate[];
/** A frame's length for each step, bytes without the check sequence. */
export type SizeRamp = readonly number[];

/** More steps than anybody waits for. */
const mostSteps = 100_000;

/** `FROM-TO/STEP`, cut into its three words. */
function words(text: string, what: string, example: string): [string, string, string] {
	const match = /^\s*([^-/]+)-([^-/]+)\/([^-/]+)$/.exec(text);
	if (match === null) throw usage(`${what} "${text}" is no ramp: write FROM-TO/STEP, for instance ${example}`, {value: text});
	return [match[1] as string, match[2] as string, match[3] as string];
}

/** From `from` towards `to` in steps of `step`; `to` is the last one, also when no step meets it. ERR_USAGE naming `what`. */
export function rampSteps(from: number, to: number, step: number, what: string): number[] {
	const count = Math.ceil(Math.abs(to - from) / step - 1e-9);
	if (!(step > 0)) throw usage(`${what}: a step is more than 0; a ramp goes down when its first value is the higher one`);
	if (count > mostSteps) throw usage(`${what}: ${count} steps; ${mostSteps} at most`);
	const sign = to < from ? -1 : 1;
	return Array.from({length: count + 1}, (_, i) => (i === count ? to : from + sign * i * step));
}

/** A ramp of rates such as `10kpps-100kpps/10kpps`, `1Mbit-10Mbit/1Mbit` or `10%-100%/10%`. ERR_USAGE. */
export function parseRateRamp(text: string, what = '--rate-ramp'): RateRamp {
	const rates = words(text, what, '10kpps-100kpps/10kpps').map(word => rate(word, what)) as [Rate, Rate, Rate];
	const [from, to, step] = rates;
	if (from.kind !== to.kind || from.kind !== step.kind) throw usage(`${what} "${text}": all three are frames, or bits, or shares of the line`, {value: text});
	return rampSteps(from.value, to.value, step.value, what).map(value => ({kind: from.kind, value}));
}

/** A ramp of frame lengths such as `64-1514/50`, bytes without the check sequence. ERR_USAGE. */
export function parseSizeRamp(text: string, what = '--size-ramp'): SizeRamp {
	const numbers = words(text, what, '64-1514/50').map(word => (/^\d+$/.test(word.trim()) ? Number(word) : Number.NaN)) as [number, number, number];
	const [from, to, step] = numbers;
	if (numbers.some(Number.isNaN) || Math.min(from, to) < 14 || Math.max(from, to) > 65_535)
		throw usage(`${what} "${text}" is no ramp of lengths: whole bytes from 14 to 65535, for instance 64-1514/50`, {value: text});
	return rampSteps(from, to, step, what);
}
