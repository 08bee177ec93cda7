// How long the runs of lost frames were: a network that loses one frame here and there has another fault than one that loses 500 in a row.
// Exact up to 256, because a loss of exactly 256 is what one-byte counters never see; above in powers of two, so that memory is bounded.

/** Runs of `from` to `to` lost frames one behind the other, and how many of them there were. */
export interface BurstBucket {
	readonly from: number;
	readonly to: number;
	readonly bursts: number;
}

const exact = 256;
/** 2^8 is exact, 2^53 is the longest run a Number can count. */
const doublings = 53 - 8;

export class BurstHistogram {
	readonly #exact = new Float64Array(exact + 1);
	readonly #above = new Float64Array(doublings + 1);
	/** The longest run, in frames. */
	longest = 0;

	/** Counts a run of `length` lost frames; 0 is none. */
	add(length: number): void {
		if (length <= 0) return;
		if (length > this.longest) this.longest = length;
		if (length <= exact) this.#exact[length]!++;
		else this.#above[Math.min(doublings, Math.ceil(Math.log2(length)) - 8)]!++;
	}

	/** Adds everything that another one holds. */
	merge(other: BurstHistogram): void {
		for (let i = 1; i <= exact; i++) this.#exact[i]! += other.#exact[i]!;
		for (let i = 1; i <= doublings; i++) this.#above[i]! += other.#above[i]!;
		this.longest = Math.max(this.longest, other.longest);
	}

	/** The buckets that hold anything, the shortest runs first. */
	buckets(): BurstBucket[] {
		const list: BurstBucket[] = [];
		for (let length = 1; length <= exact; length++) if (this.#exact[length]! > 0) list.push({from: length, to: length, bursts: this.#exact[length]!});
		for (let i = 1; i <= doublings; i++) {
			if (this.#above[i]! > 0) list.push({from: 2 ** (i + 7) + 1, to: 2 ** (i + 8), bursts: this.#above[i]!});
		}
		return list;
	}
}
