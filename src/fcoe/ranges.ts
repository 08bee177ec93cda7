// Which bytes of a transfer have come: runs of [from, to), sorted and merged. Frames come in order nearly always, so there is nearly always one run.

export class Ranges {
	readonly #edges: number[] = [];
	/** Bytes covered. */
	covered = 0;

	/** Adds [from, to). Returns how many of its bytes are new. */
	add(from: number, to: number): number {
		if (to <= from) return 0;
		const edges = this.#edges;
		const last = edges.length - 1;
		if (last < 0 || from > edges[last]!) {
			edges.push(from, to);
			this.covered += to - from;
			return to - from;
		}
		if (from === edges[last]!) {
			edges[last] = to;
			this.covered += to - from;
			return to - from;
		}
		return this.#insert(from, to);
	}

	#insert(from: number, to: number): number {
		const edges = this.#edges;
		let first = 0;
		while (first < edges.length && edges[first + 1]! < from) first += 2;
		let low = from;
		let high = to;
		let known = 0;
		let past = first;
		for (; past < edges.length && edges[past]! <= to; past += 2) {
			const start = edges[past]!;
			const end = edges[past + 1]!;
			known += Math.max(0, Math.min(end, to) - Math.max(start, from));
			low = Math.min(low, start);
			high = Math.max(high, end);
		}
		edges.splice(first, past - first, low, high);
		const fresh = to - from - known;
		this.covered += fresh;
		return fresh;
	}

	/** Whether all of [from, to) has come. */
	has(from: number, to: number): boolean {
		for (let i = 0; i < this.#edges.length; i += 2) if (this.#edges[i]! <= from && this.#edges[i + 1]! >= to) return true;
		return to <= from;
	}

	/** The first hole in [from, to), or undefined. */
	hole(from: number, to: number): {from: number; to: number} | undefined {
		let at = from;
		for (let i = 0; i < this.#edges.length && at < to; i += 2) {
			const start = this.#edges[i]!;
			const end = this.#edges[i + 1]!;
			if (end <= at) continue;
			if (start > at) return {from: at, to: Math.min(start, to)};
			at = end;
		}
		return at < to ? {from: at, to} : undefined;
	}

	/** Every hole in [from, to), in order. */
	holes(from: number, to: number): Array<{from: number; to: number}> {
		const found: Array<{from: number; to: number}> = [];
		for (let at = from; ; ) {
			const hole = this.hole(at, to);
			if (hole === undefined) return found;
			found.push(hole);
			at = hole.to;
		}
	}

	clear(): void {
		this.#edges.length = 0;
		this.covered = 0;
	}
}
