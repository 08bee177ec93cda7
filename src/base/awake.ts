// Keeps an event loop from sleeping for a moment after there was work, because the next piece of work usually comes within that moment
// (spin.ts says what a sleep costs). Between two looks the loop serves everything else as ever.
import {SPIN_MS} from './spin.js';

export class Awake {
	readonly #spinMs: number;
	#lastMs = 0;
	#looking = false;

	/** `spinMs` 0 lets the loop sleep at once. */
	constructor(spinMs = SPIN_MS) {
		this.#spinMs = spinMs;
	}

	/** There was work at `nowMs` (performance.now). */
	touch(nowMs: number): void {
		this.#lastMs = nowMs;
		if (this.#looking || this.#spinMs === 0) return;
		this.#looking = true;
		setImmediate(this.#look);
	}

	// a pending immediate makes libuv poll with a timeout of 0 (uv_backend_timeout)
	readonly #look = (): void => {
		if (performance.now() - this.#lastMs < this.#spinMs) setImmediate(this.#look);
		else this.#looking = false;
	};
}
