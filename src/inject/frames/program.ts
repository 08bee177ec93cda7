// A compiled template at work: copies the image, writes what changes, then lengths, stamps and checksums. Nothing is allocated for a frame.

import {stamp, stampCheckOf} from '../../wire/stamp.js';
import type {FrameImage} from '../source.js';
import type {StampClock} from '../stamp-clock.js';
import type {Build, Step} from './build.js';
import type {NumberWriter} from './field-kind.js';
import type {MeasuredSource} from './measured.js';
import {commonPeriod, type Series} from './series.js';
import type {SizePlan} from './sizes.js';

/** A field that changes from frame to frame: where its header begins, and how the next value is written. */
export interface Mutator {
	readonly series: Series;
	readonly write: NumberWriter;
	readonly base: number;
}

export interface ProgramParts {
	readonly build: Build;
	/** The longest frame as it is before anything changes. */
	readonly image: Uint8Array;
	readonly view: DataView;
	readonly mutators: readonly Mutator[];
	readonly size: SizePlan;
	/** Lengths of growing frames are cut to `from` plus a multiple of `align`. */
	readonly step: {readonly align: number; readonly from: number};
}

export class FrameProgram implements MeasuredSource {
	readonly maxLength: number;
	readonly period: number;
	readonly meanLength: number;
	readonly random: boolean;
	readonly image: FrameImage | undefined;
	/** What everything random is made from. */
	readonly seed: number;
	readonly #image: Uint8Array;
	/** The image's first bytes, by length: made once for each length. */
	readonly #cuts: Uint8Array[] = [];
	readonly #lengths: Series | undefined;
	readonly #align: number;
	readonly #from: number;
	readonly #mutators: readonly Mutator[];
	readonly #steps: readonly Step[];

	constructor({build, image, view, mutators, size, step}: ProgramParts) {
		this.#align = step.align;
		this.#from = step.from;
		this.seed = build.options.seed;
		this.meanLength = size.mean;
		this.#image = image;
		this.#mutators = mutators;
		const fixed = size.least === size.most;
		this.maxLength = this.#cut(size.most);
		this.#lengths = fixed ? undefined : size.series(build.random);
		// with one length for all, what follows from it belongs to the image
		if (fixed) for (const write of build.lengths) write(image, view, 0, this.maxLength, 0);
		this.#steps = fixed ? build.steps : [...build.lengths, ...build.steps];
		this.random = build.chance;
		// the stamp's step is the only one: no checksum covers it, nothing else changes
		if (fixed && mutators.length === 0 && build.stamp !== undefined && this.#steps.length === 1)
			this.image = stampImage(image.subarray(0, this.maxLength), build.stamp);
		const periods = [...mutators.map(({series}) => series.period), this.#lengths?.period ?? 1, build.endless ? Number.POSITIVE_INFINITY : 1];
		this.period = periods.reduce(commonPeriod, 1);
	}

	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number {
		const length = this.#lengths === undefined ? this.maxLength : this.#cut(this.#lengths.next());
		let cut = this.#cuts[length];
		if (cut === undefined) {
			cut = this.#image.subarray(0, length);
			this.#cuts[length] = cut;
		}
		bytes.set(cut, at);
		const mutators = this.#mutators;
		for (let i = 0; i < mutators.length; i++) {
			const {series, write, base} = mutators[i] as Mutator;
			write(view, at + base, series.next());
		}
		const steps = this.#steps;
		for (let i = 0; i < steps.length; i++) (steps[i] as Step)(bytes, view, at, length, nowMs);
		return length;
	}

	#cut(length: number): number {
		return this.#align === 1 ? length : length - ((length - this.#from) % this.#align);
	}
}

/** A frame whose stamp is all that changes. */
function stampImage(bytes: Uint8Array, {at, clock}: {readonly at: number; readonly clock: StampClock}): FrameImage {
	const checkSoFar = stampCheckOf(new DataView(bytes.buffer, bytes.byteOffset), at, stamp.fields.sequence.at / 4);
	return {bytes, stampAt: at, renew: (view, base, nowMs) => clock.rewrite(view, base + at, nowMs, checkSoFar)};
}
