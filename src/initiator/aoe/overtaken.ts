// Which request must be taken as lost because replies to later ones have come: a target answers in about the order of the requests, so this is known a
// round trip after the loss, where the timer needs many. As TCP's duplicate acknowledgements (RFC 5681 3.2), with the order of sending as in RACK (RFC 8985).

/** Replies to later requests that it takes, until the target turns out to change the order of more. */
const LEAST = 3;
const MOST = 64;
/** Not in the list. */
const NOWHERE = -1;

export class Overtaken {
	// a list of the requests on the wire in the order in which they were sent last, as a ring of indexes: this is in every request's path
	readonly #next: Int32Array;
	readonly #previous: Int32Array;
	/** Replies to later requests that came while this one was the oldest. */
	readonly #replies: Int32Array;
	/** Before the first and behind the last. */
	readonly #end: number;
	#needed = LEAST;

	/** For requests 0 to `entries` - 1. */
	constructor(entries: number) {
		this.#next = new Int32Array(entries + 1).fill(NOWHERE);
		this.#previous = new Int32Array(entries + 1).fill(NOWHERE);
		this.#replies = new Int32Array(entries + 1);
		this.#end = entries;
		this.#next[entries] = entries;
		this.#previous[entries] = entries;
	}

	/** `entry` was sent, or sent again. */
	sent(entry: number): void {
		this.gone(entry);
		const last = this.#previous[this.#end]!;
		this.#next[last] = entry;
		this.#previous[entry] = last;
		this.#next[entry] = this.#end;
		this.#previous[this.#end] = entry;
		this.#replies[entry] = 0;
	}

	/** `entry` is no longer on the wire. */
	gone(entry: number): void {
		const next = this.#next[entry]!;
		if (next === NOWHERE) return;
		const previous = this.#previous[entry]!;
		this.#next[previous] = next;
		this.#previous[next] = previous;
		this.#next[entry] = NOWHERE;
	}

	/**
	 * A reply to the latest sending of `entry` came. Gives the oldest request when it has been overtaken often enough. `onWire`: requests there, this one with them, when
	 * no others will follow; then fewer are enough (RFC 5827). Call it before `gone`.
	 */
	answered(entry: number, onWire = Number.POSITIVE_INFINITY): number | undefined {
		const oldest = this.#next[this.#end]!;
		if (oldest === entry || oldest === this.#end || this.#next[entry] === NOWHERE) return undefined;
		const replies = this.#replies[oldest]! + 1;
		this.#replies[oldest] = replies;
		const needed = this.#needed === LEAST ? Math.min(LEAST, Math.max(1, onWire - 1)) : this.#needed;
		return replies >= needed ? oldest : undefined;
	}

	/** One that was taken as lost was not: its reply has come after all. This target changes the order of more requests than we thought. */
	mistaken(): void {
		this.#needed = Math.min(MOST, this.#needed * 2);
	}
}
