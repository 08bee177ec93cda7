// How many requests may be outstanding: the target's buffer count is the ceiling, loss is the reason to go below it.
// Linux's aoe falls to one request after a timeout and climbs again (aoecmd.c, ssthresh); halving once per round trip keeps the disk busy.

export class Window {
	readonly ceiling: number;
	#size: number;
	#heldUntilMs = 0;

	/** ERR-free: a ceiling below 1 is 1. */
	constructor(ceiling: number) {
		this.ceiling = Math.max(1, Math.floor(ceiling));
		this.#size = this.ceiling;
	}

	/** Requests that may be outstanding now. */
	get size(): number {
		return Math.floor(this.#size);
	}

	/** A reply came: one more request per window of replies. */
	grow(): void {
		if (this.#size < this.ceiling) this.#size = Math.min(this.ceiling, this.#size + 1 / this.#size);
	}

	/** A request timed out: half, but once per `roundTripMs`, because the losses of one burst are one event. */
	shrink(nowMs: number, roundTripMs: number): void {
		if (nowMs < this.#heldUntilMs) return;
		this.#heldUntilMs = nowMs + roundTripMs;
		this.#size = Math.max(1, this.#size / 2);
	}
}
