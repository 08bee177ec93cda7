// Numbers that change from frame to frame: counters, lists, chance. Each series is made of whole numbers up to 2^53.
import type {Random} from '../../base/random.js';

export interface Series {
	/** How many values before it repeats; Infinity when it never does. */
	readonly period: number;
	next(): number;
}

/** From `from` towards `to` in steps of `step` (negative downwards), then from the start again. `to` itself comes if a step meets it. */
export function counter(from: number, to: number, step: number): Series {
	const period = Math.floor((to - from) / step) + 1;
	let i = 0;
	return {
		period,
		next() {
			const value = from + i * step;
			i = i + 1 === period ? 0 : i + 1;
			return value;
		},
	};
}

/** The values of a list, one after the other. */
export function cycle(values: readonly number[]): Series {
	let i = 0;
	return {
		period: values.length,
		next() {
			const value = values[i] as number;
			i = i + 1 === values.length ? 0 : i + 1;
			return value;
		},
	};
}

const half = 0x1_0000_0000;

/** Evenly from `from` to `to`, both included. Wide ranges are drawn in two halves, so that no draw needs more than 32 bits. */
export function chance(from: number, to: number, random: Random): Series {
	const span = to - from + 1;
	if (span <= half) return {period: Number.POSITIVE_INFINITY, next: () => from + random.below(span)};
	const highs = Math.ceil(span / half);
	return {
		period: Number.POSITIVE_INFINITY,
		next() {
			for (;;) {
				const value = random.below(highs) * half + random.below(half);
				if (value < span) return from + value;
			}
		},
	};
}

/** A value out of several, each as often as its weight says, in this order. */
export const weighted = (values: ReadonlyArray<readonly [value: number, weight: number]>): Series =>
	cycle(values.flatMap(([value, weight]) => Array.from({length: weight}, () => value)));

/** The least common multiple; Infinity when one is, or when it is beyond 2^53. */
export function commonPeriod(a: number, b: number): number {
	if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
	let [x, y] = [a, b];
	while (y > 0) [x, y] = [y, x % y];
	const common = (a / x) * b;
	return Number.isSafeInteger(common) ? common : Number.POSITIVE_INFINITY;
}
