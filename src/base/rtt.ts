// The round-trip estimate and the retransmission timeout: Jacobson and Karels' way, as RFC 6298 writes it.

export interface RttOptions {
	/** Before the first sample, milliseconds. */
	initialMs?: number;
	minimumMs?: number;
	maximumMs?: number;
}

export class RttEstimate {
	/** Smoothed round-trip time and its mean deviation, milliseconds; 0 before the first sample. */
	smoothedMs = 0;
	deviationMs = 0;
	readonly #options: Required<RttOptions>;

	constructor(options: RttOptions = {}) {
		this.#options = {initialMs: options.initialMs ?? 250, minimumMs: options.minimumMs ?? 20, maximumMs: options.maximumMs ?? 5000};
	}

	/** Takes in one measured round trip. Never of a request that was sent again: whose reply it is cannot be told (Karn). */
	sample(roundTripMs: number): void {
		if (this.smoothedMs === 0) {
			this.smoothedMs = roundTripMs;
			this.deviationMs = roundTripMs / 2;
			return;
		}
		this.deviationMs += (Math.abs(roundTripMs - this.smoothedMs) - this.deviationMs) / 4;
		this.smoothedMs += (roundTripMs - this.smoothedMs) / 8;
	}

	/** How long to wait for a reply that has been asked for `attempt` times (1 = the first): doubled with each attempt. */
	timeoutMs(attempt = 1): number {
		const {initialMs, minimumMs, maximumMs} = this.#options;
		const base = this.smoothedMs === 0 ? initialMs : this.smoothedMs + 4 * this.deviationMs;
		return Math.min(maximumMs, Math.max(minimumMs, base) * 2 ** Math.min(attempt - 1, 16));
	}
}
