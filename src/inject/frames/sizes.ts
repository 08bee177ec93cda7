// How long frames are: one length, a range, chance, or a mix by name. Bytes without the frame check sequence.
import {usage} from '../../base/errors.js';
import type {Random} from '../../base/random.js';
import {chance, counter, cycle, type Series, weighted} from './series.js';
import {suggest} from './values.js';

export interface SizePlan {
	/** As it was written, where somebody wrote it: it can be read again in another thread. */
	readonly text?: string;
	readonly least: number;
	readonly most: number;
	/** The mean of a long run. */
	readonly mean: number;
	series(random: () => Random): Series;
}

/**
 * Mixes of sizes in use, as their sources print them: lengths with the check sequence, and how many of each. simple, tolly, cisco, rpr3 and rpr4
 * after netsniff-ng's list; rfc2544 are the sizes of RFC 2544 9.1, one of each.
 */
export const mixes: Readonly<Record<string, ReadonlyArray<readonly [size: number, weight: number]>>> = {
	imix: [
		[64, 7],
		[570, 4],
		[1518, 1],
	],
	tolly: [
		[64, 55],
		[78, 5],
		[576, 17],
		[1518, 23],
	],
	cisco: [
		[64, 7],
		[594, 4],
		[1518, 1],
	],
	rpr3: [
		[64, 60],
		[512, 20],
		[1518, 20],
	],
	rpr4: [
		[64, 50],
		[512, 15],
		[1518, 15],
		[9218, 20],
	],
	rfc2544: [
		[64, 1],
		[128, 1],
		[256, 1],
		[512, 1],
		[1024, 1],
		[1280, 1],
		[1518, 1],
	],
	jumbo: [[9018, 1]],
};
const checkSequence = 4;
const longest = 65_535;

function mixed(pairs: ReadonlyArray<readonly [number, number]>): SizePlan {
	const sizes = pairs.map(([size, weight]) => [size - checkSequence, weight] as const);
	const total = sizes.reduce((sum, [, weight]) => sum + weight, 0);
	return {
		least: Math.min(...sizes.map(([size]) => size)),
		most: Math.max(...sizes.map(([size]) => size)),
		mean: sizes.reduce((sum, [size, weight]) => sum + size * weight, 0) / total,
		series: () => weighted(sizes),
	};
}

/** Frames of one length. */
export const fixedSize = (size: number): SizePlan => ({least: size, most: size, mean: size, series: () => cycle([size])});

/**
 * A size as people write it: `60`, `64-1500` (one after the other), `64-1500/64` (in steps), `rnd(64,1500)`, `list(60,128,1514)`, or the name of a mix.
 * ERR_USAGE naming `what`.
 */
export const parseSize = (text: string, what = '--size'): SizePlan => ({...readSize(text, what), text});

function readSize(text: string, what: string): SizePlan {
	const bytes = (word: string): number => {
		const size = Number(word);
		if (size < 14 || size > longest) throw usage(`${what} ${word} is not a frame's length: 14 to ${longest} bytes`);
		return size;
	};
	const compact = text.replace(/\s/g, '').toLowerCase();
	if (/^\d+$/.test(compact)) {
		return fixedSize(bytes(compact));
	}
	const range = /^(?:(\d+)-(\d+)(?:\/(\d+))?|rnd\((\d+),(\d+)\))$/.exec(compact);
	if (range !== null) {
		const least = bytes(range[1] ?? (range[4] as string));
		const most = bytes(range[2] ?? (range[5] as string));
		const step = Number(range[3] ?? 1);
		if (most < least || step < 1) throw usage(`${what} ${text}: the lower length comes first, and a step is 1 or more`);
		const last = range[4] === undefined ? least + Math.floor((most - least) / step) * step : most;
		const series = (random: () => Random) => (range[4] === undefined ? counter(least, most, step) : chance(least, most, random()));
		return {least, most, mean: (least + last) / 2, series};
	}
	const list = /^list\((\d+(?:,\d+)*)\)$/.exec(compact);
	if (list !== null) return mixed((list[1] as string).split(',').map(word => [bytes(word) + checkSequence, 1]));
	const name = compact.replace(/^imix:/, '');
	const mix = Object.hasOwn(mixes, name) ? mixes[name] : undefined;
	if (mix === undefined)
		throw usage(`${what} "${text}" is no size: write 60, 64-1500, rnd(64,1500), list(60,1514) or the name of a mix: ${suggest(name, Object.keys(mixes))}`);
	return mixed(mix);
}

/** What a ramp of sizes makes of a template: frames of whatever length they are told at the moment. */
export function rampSizes(ramp: readonly number[]): {plan: SizePlan; set: (bytes: number) => void} {
	let bytes = ramp[0] as number;
	return {
		plan: {
			least: Math.min(...ramp),
			most: Math.max(...ramp),
			mean: ramp.reduce((sum, size) => sum + size, 0) / ramp.length,
			series: () => ({period: Number.POSITIVE_INFINITY, next: () => bytes}),
		},
		set: size => {
			bytes = size;
		},
	};
}
