// What happened in the last minutes, a point for each interval, bounded; and as many values of it as a chart has columns. Pure.

export interface Rates {
	/** Frames a second. */
	readonly receivedPps: number;
	readonly sentPps: number;
	/** Frames a second that this interface's own counters say were lost. */
	readonly lostPps: number;
}

export interface Point {
	/** The end of the interval, and how long it was. */
	readonly atSeconds: number;
	readonly seconds: number;
	readonly interfaces: ReadonlyMap<string, Rates>;
	/** Frames a second lost at any place of the namespace, each counted once. */
	readonly lostPps: number;
}

/** How far charts go back. */
export const historySeconds = 120;
/** At ten points a second two minutes are 1,200; at a hundred the oldest go earlier. */
const mostPoints = 2400;

export class History {
	#points: Point[] = [];

	add(point: Point): void {
		this.#points.push(point);
		const oldest = point.atSeconds - historySeconds;
		const keep = this.#points.findIndex(({atSeconds}) => atSeconds > oldest);
		if (keep > 0) this.#points.splice(0, keep);
		if (this.#points.length > mostPoints) this.#points.splice(0, this.#points.length - mostPoints);
	}

	get points(): readonly Point[] {
		return this.#points;
	}
}

/** How many seconds back a chart of these points goes: two minutes, less where the run is younger. */
export function spanOf(points: readonly Point[]): number {
	const [first, last] = [points[0], points.at(-1)];
	return first === undefined || last === undefined ? 0 : Math.min(historySeconds, last.atSeconds - first.atSeconds + first.seconds);
}

/**
 * Points as `columns` values, the oldest first: where several intervals fall into one column the highest of them, so that a burst is never hidden.
 * Only values that were measured: a run that has just begun fills the whole width.
 */
export function series(points: readonly Point[], pick: (point: Point) => number, columns: number): number[] {
	const last = points.at(-1);
	const span = spanOf(points);
	if (last === undefined || columns < 1 || span <= 0) return [];
	const start = last.atSeconds - span;
	const values = new Array<number>(columns).fill(0);
	const column = (at: number) => ((at - start) / span) * columns;
	for (const point of points) {
		const value = pick(point);
		const from = Math.max(0, Math.floor(column(point.atSeconds - point.seconds) + 1e-6));
		const to = Math.min(columns - 1, Math.max(from, Math.ceil(column(point.atSeconds) - 1e-6) - 1));
		for (let i = from; i <= to; i++) values[i] = Math.max(values[i] as number, value);
	}
	return values;
}
