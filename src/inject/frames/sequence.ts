// Several sources as one: a frame of each in turn.
import type {MeasuredSource} from './measured.js';
import {commonPeriod} from './series.js';

export class Sequence implements MeasuredSource {
	readonly maxLength: number;
	readonly meanLength: number;
	readonly random: boolean;
	readonly period: number;
	readonly #sources: readonly MeasuredSource[];
	#next = 0;

	constructor(sources: readonly MeasuredSource[]) {
		this.#sources = sources;
		this.maxLength = Math.max(...sources.map(source => source.maxLength));
		this.random = sources.some(source => source.random);
		this.meanLength = sources.reduce((sum, source) => sum + source.meanLength, 0) / sources.length;
		this.period = commonPeriod(sources.map(source => source.period).reduce(commonPeriod, 1) * sources.length, 1);
	}

	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number {
		const source = this.#sources[this.#next] as MeasuredSource;
		this.#next = this.#next + 1 === this.#sources.length ? 0 : this.#next + 1;
		return source.write(bytes, view, at, nowMs);
	}
}
