// What the compiler hands to the layers: the frame's image, and the registers of what is done to every frame.
import type {Random} from '../../base/random.js';
import type {StampClock} from '../stamp-clock.js';
import type {Layer} from './layer.js';

/** Done to every frame behind its image and its changing fields. `length` is the frame's. Allocates nothing. */
export type Step = (bytes: Uint8Array, view: DataView, at: number, length: number, nowMs: number) => void;

export interface BuildOptions {
	/** Addresses of the Ethernet header when the template does not give them. */
	readonly source: Uint8Array;
	readonly destination: Uint8Array;
	/** In every stamp: which run, u32. */
	readonly run: number;
	readonly stream: number;
	readonly seed: number;
}

export class Build {
	readonly options: BuildOptions;
	readonly random: () => Random;
	/** Fields that say how long something is: written before the steps, once when all frames have one length. */
	readonly lengths: Step[] = [];
	/** Run in this order for every frame. */
	readonly steps: Step[] = [];
	/** Whether anything random was asked for. */
	chance = false;
	/** A stamp that is completed in every frame, all of it: where it begins, and by what. */
	stamp: {readonly at: number; readonly clock: StampClock} | undefined;
	/** Never the same frame twice. */
	endless = false;
	/** True when the frames of one length differ in bytes whose place depends on the length: checksums are then summed in full. */
	loose = false;
	/** Length of a frame that nobody gave one, without padding to Ethernet's least. */
	natural = 0;
	/** Whether a longer frame has more payload (otherwise more padding). */
	grows = false;
	readonly #changing = new Set<number>();

	/** The error of something in the template at offset `at`. */
	readonly wrong: (at: number, message: string) => Error;

	constructor(options: BuildOptions, random: () => Random, wrong: (at: number, message: string) => Error) {
		this.options = options;
		this.wrong = wrong;
		this.random = () => {
			this.chance = true;
			return random();
		};
	}

	/** Says that the bytes from `from` to `to` differ between frames of one length. */
	changes(from: number, to: number): void {
		for (let i = from; i < to; i++) this.#changing.add(i);
	}

	/** The even distances from `from` (in 16-bit words, as checksums count them) of words that change. Valid once every layer above has finished. */
	changingWords(from: number): Uint32Array {
		const words = new Set([...this.#changing].filter(place => place >= from).map(place => (place - from) & ~1));
		return Uint32Array.from([...words].sort((a, b) => a - b));
	}

	/** Where the frame's content ends, padding not counted. */
	contentEnd(length: number): number {
		return this.grows ? length : this.natural;
	}

	/** Where the layer and what it carries end in a frame of `length` bytes, its own trailer included. */
	end(layer: Layer, length: number): number {
		return this.contentEnd(length) - layer.outer;
	}

	/** Writes `value(length)` into a 1 to 4-byte field of the layer, unless the template gives it. */
	fill(layer: Layer, key: string, value: (length: number) => number): void {
		if (layer.given.has(key)) return;
		const field = layer.header.fields[key] as {at: number; size: number; write(view: DataView, base: number, value: number): void; mask?: number};
		const most = field.mask === undefined ? 2 ** (8 * field.size) : Number.POSITIVE_INFINITY;
		const {at} = layer;
		// a length that the field cannot hold is cut, as a program that forgets to check would send it
		this.lengths.push((_bytes, view, base, length) => field.write(view, base + at, value(length) % most));
	}
}
