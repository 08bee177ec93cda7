// Which bytes of a transfer were seen, by their relative offset. Bounded: of more holes than it keeps the oldest count as seen.

/** Holes that are remembered. */
const mostHoles = 256;

/** What a run of data is to what was seen before it. */
export interface Taken {
	/** Bytes between the end of what was seen and this run. */
	readonly skipped: number;
	/** It begins in front of the end of what was seen: it fills a hole, or comes a second time. */
	readonly again: boolean;
}

export class Coverage {
	/** Where the data seen so far ends. */
	next = 0;
	#holes: Array<[from: number, to: number]> = [];

	/** Takes a run of bytes. */
	take(offset: number, length: number): Taken {
		const skipped = Math.max(0, offset - this.next);
		const again = offset < this.next;
		if (again) this.#fill(offset, offset + length);
		if (skipped > 0) {
			this.#holes.push([this.next, offset]);
			if (this.#holes.length > mostHoles) this.#holes.shift();
		}
		this.next = Math.max(this.next, offset + length);
		return {skipped, again};
	}

	/** Bytes of the first `total` that were not seen. */
	missing(total: number): number {
		let bytes = Math.max(0, total - this.next);
		for (const [from, to] of this.#holes) bytes += Math.max(0, Math.min(to, total) - from);
		return bytes;
	}

	#fill(from: number, to: number): void {
		this.#holes = this.#holes.flatMap(([low, high]): Array<[number, number]> => {
			const parts: Array<[number, number]> = [
				[low, Math.min(high, from)],
				[Math.max(low, to), high],
			];
			return parts.filter(([a, b]) => a < b);
		});
	}
}
