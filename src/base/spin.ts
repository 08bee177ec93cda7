// Whether a data plane that has nothing to do looks for more work or sleeps. A sleep and the wake-up of an idle processor cost 20 to 50 microseconds,
// in a virtual machine more: longer than a page-cache read over a whole link. But looking is of no use when work is rare, and does harm when
// the peer waits for this very processor: then it never succeeds, and is given up until it is tried again. While looking, a plane yields (sched_yield): the kernel likes to wake the peer on the
// sender's own processor (WF_SYNC, kernel/sched/fair.c), where it would have to wait until we sleep.
import {availableParallelism} from 'node:os';

/** Milliseconds of looking before sleeping, at the most. With one processor looking would only keep the peer from running. */
export const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;

/** Sleeps without looking before looking is tried again. */
const PATIENCE = 64;

/** Decides by success: `keep` says whether to look on, `found` and `slept` what came of it. */
export class Spin {
	readonly #limitMs: number;
	#allowanceMs: number;
	#idleSinceMs = -1;
	#sleeps = 0;

	constructor(limitMs: number = SPIN_MS) {
		this.#limitMs = limitMs;
		this.#allowanceMs = limitMs;
	}

	/** Work came. While it was being looked for, that is a success: look as long as ever the next time. */
	found(): void {
		if (this.#idleSinceMs >= 0) this.#allowanceMs = this.#limitMs;
		this.#idleSinceMs = -1;
	}

	/** Nothing came: true to look again, false to sleep (which is then taken as done). */
	keep(nowMs: number): boolean {
		if (this.#allowanceMs > 0) {
			if (this.#idleSinceMs < 0) this.#idleSinceMs = nowMs;
			if (nowMs - this.#idleSinceMs < this.#allowanceMs) return true;
			this.#allowanceMs = this.#allowanceMs > this.#limitMs / 4 ? this.#allowanceMs / 2 : 0;
			this.#sleeps = 0;
		} else if (++this.#sleeps >= PATIENCE) {
			this.#allowanceMs = this.#limitMs;
		}
		this.#idleSinceMs = -1;
		return false;
	}
}
