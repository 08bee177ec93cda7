// Which numbers of one stream have come: a bitmap that slides over the sequence, so that memory is bounded and every figure is exact within it.
// A number is new, a duplicate or reordered (RFC 4737 section 3.3: smaller than the highest before it) as long as it lies in the window; one that is
// older is late and belongs to none of them: whether it was seen before is forgotten. iperf3 lets a duplicate hide a loss (its loss counter falls
// for every step backwards); here the bit of each number decides.
import {BurstHistogram} from './bursts.js';

export type Arrival = 'unique' | 'duplicated' | 'late';

/** Numbers that the window holds, a power of two: 131 ms of frames at 1 Mpps, 16 KiB. */
export const defaultWindow = 1 << 17;

export interface WindowTally {
	/** Different numbers that came. */
	readonly unique: number;
	/** Frames whose number had come before. */
	readonly duplicated: number;
	/** Of the unique ones, those behind a higher number. */
	readonly reordered: number;
	/** Frames older than the window: counted before, as unique or as lost. */
	readonly late: number;
	/** Numbers between the first and the last that did not come. */
	readonly lost: number;
	/** Lowest and highest number, -1 when nothing came. */
	readonly first: number;
	readonly last: number;
}

/** Numbers are Numbers, exact below 2^53, counted from 0. */
export class SequenceWindow {
	readonly #size: number;
	readonly #bits: Uint32Array;
	readonly #bursts = new BurstHistogram();
	/** The window is [#low, #low + #size); #at is where the bit of #low lies. */
	#low = 0;
	#at = 0;
	/** Losses are counted from here on: 0, or the lowest number that came. */
	#floor: number;
	#high = -1;
	/** Numbers missing one behind the other right before #low. */
	#run = 0;
	#first = -1;
	#unique = 0;
	#duplicated = 0;
	#reordered = 0;
	#late = 0;

	/** `fromZero`: the stream began at 0 while we listened, so that numbers missing before the first one that came are lost. */
	constructor(fromZero: boolean, size = defaultWindow) {
		this.#size = size;
		this.#bits = new Uint32Array(size >>> 5);
		this.#floor = fromZero ? 0 : Number.POSITIVE_INFINITY;
	}

	/** The highest number so far, or -1. */
	get high(): number {
		return this.#high;
	}

	/** A frame with this number has come. */
	arrive(number: number): Arrival {
		if (this.#high < 0) this.#begin(number);
		if (number < this.#low) {
			this.#late++;
			return 'late';
		}
		if (number > this.#high) {
			if (number - this.#low >= this.#size) this.#slide(number - this.#size + 1);
			this.#high = number;
		} else if (this.#has(number)) {
			this.#duplicated++;
			return 'duplicated';
		} else this.#reordered++;
		const place = (this.#at + (number - this.#low)) & (this.#size - 1);
		this.#bits[place >>> 5]! |= 1 << (place & 31);
		this.#unique++;
		if (number < this.#floor) this.#floor = number;
		if (number < this.#first) this.#first = number;
		return 'unique';
	}

	/** The first frame: the window reaches back from it, for those that it has overtaken. */
	#begin(number: number): void {
		this.#first = number;
		this.#low = Math.max(0, number - this.#size + 1);
		// number itself is above #high and sets its bit as any other
		this.#high = number - 1;
		if (this.#floor === 0) this.#run = this.#low;
	}

	#has(number: number): boolean {
		const place = (this.#at + (number - this.#low)) & (this.#size - 1);
		return (this.#bits[place >>> 5]! & (1 << (place & 31))) !== 0;
	}

	/** Moves the window up: what falls out of it is settled, as come or as lost. */
	#slide(low: number): void {
		const known = Math.min(low, this.#high + 1);
		for (; this.#low < known; this.#low++) {
			const word = this.#at >>> 5;
			const bit = 1 << (this.#at & 31);
			if ((this.#bits[word]! & bit) !== 0) {
				this.#bits[word]! &= ~bit;
				this.#bursts.add(this.#run);
				this.#run = 0;
			} else if (this.#low >= this.#floor) this.#run++;
			this.#at = (this.#at + 1) & (this.#size - 1);
		}
		// a jump beyond the window: nothing of what lies between has come, and no bit is set any more
		if (low > this.#low) {
			this.#run += low - this.#low;
			this.#low = low;
		}
	}

	/** The figures so far. `sent`: how many frames the sender says that it sent, from number 0; then losses at both ends count too. */
	tally(sent?: number): WindowTally {
		const first = sent === undefined ? this.#floor : 0;
		const last = sent === undefined ? this.#high : Math.max(sent - 1, this.#high);
		const lost = last < 0 ? 0 : last - first + 1 - this.#unique;
		return {
			unique: this.#unique,
			duplicated: this.#duplicated,
			reordered: this.#reordered,
			late: this.#late,
			lost: this.#high < 0 && sent === undefined ? 0 : lost,
			first: this.#first,
			last: this.#high,
		};
	}

	/** The runs of lost numbers so far, those inside the window included. With `sent` as in `tally`; needs a window that began at zero then. */
	bursts(sent?: number): BurstHistogram {
		const all = new BurstHistogram();
		all.merge(this.#bursts);
		let run = this.#run;
		for (let number = this.#low; number <= this.#high; number++) {
			if (this.#has(number)) {
				all.add(run);
				run = 0;
			} else if (number >= this.#floor) run++;
		}
		if (sent !== undefined && sent - 1 > this.#high) run += sent - 1 - this.#high;
		all.add(run);
		return all;
	}
}
