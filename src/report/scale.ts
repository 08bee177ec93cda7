// Scales of charts: where a value lies between two pixels, and which values are written beside an axis.

export interface Scale {
	/** The pixel of a value. */
	at(value: number): number;
	/** Values for the axis, in order. */
	readonly ticks: readonly number[];
}

/** The whole decades that hold every value; one decade at least. Values must be above 0. */
export function decades(values: readonly number[]): {least: number; most: number} {
	const logs = values.map(value => Math.log10(value));
	const least = Math.floor(Math.min(...logs) + 1e-9);
	return {least, most: Math.max(least + 1, Math.ceil(Math.max(...logs) - 1e-9))};
}

/** A logarithmic scale over whole decades, with a tick at each. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
	const {least, most} = decades(values);
	const step = Math.ceil((most - least) / 8);
	const ticks: number[] = [];
	for (let power = least; power <= most; power += step) ticks.push(Number(`1e${power}`));
	return {at: value => from + ((Math.log10(value) - least) / (most - least)) * (to - from), ticks};
}

/** A scale from 0 to a round number above every value, with four to eleven ticks. */
export function linearScale(values: readonly number[], from: number, to: number): Scale {
	const top = Math.max(...values, 0) || 1;
	const power = 10 ** Math.floor(Math.log10(top));
	const step = [0.1, 0.2, 0.5, 1].map(part => part * power).find(step => top / step <= 10) ?? power;
	const count = Math.ceil(top / step - 1e-9);
	return {at: value => from + (value / (count * step)) * (to - from), ticks: Array.from({length: count + 1}, (_, i) => Number((i * step).toPrecision(6)))};
}
