// Time for engines: milliseconds from any fixed moment, real or virtual.

export interface Clock {
	/** Milliseconds, with fractions. */
	now(): number;
}

export const realClock: Clock = {now: () => performance.now()};

/** A clock that moves only when told to: a thousand seeded losses are one fast, repeatable test. */
export class VirtualClock implements Clock {
	#now = 0;

	now(): number {
		return this.#now;
	}

	/** Moves on to `time`; never back. */
	advanceTo(time: number): void {
		if (time > this.#now) this.#now = time;
	}
}
