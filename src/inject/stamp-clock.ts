// What changes in a stamp from frame to frame: number, time, check. The time is nanoseconds since 1970, taken apart once so that no frame costs a BigInt.
import {stamp, stampCheck} from '../wire/stamp.js';

export class StampClock {
	readonly #epochHigh: number;
	readonly #epochLow: number;
	readonly #startMs: number;
	#sequence = 0;

	constructor() {
		this.#startMs = performance.now();
		const epoch = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n + BigInt(Math.round(this.#startMs * 1e6));
		this.#epochHigh = Number(epoch >> 32n);
		this.#epochLow = Number(epoch & 0xffff_ffffn);
	}

	/** Completes the stamp at `at`, whose other fields are there already. `nowMs` is performance.now(). What is `false` is left as it is. */
	write(view: DataView, at: number, nowMs: number, sequence = true, time = true, check = true): void {
		const {fields} = stamp;
		const number = this.#sequence++;
		if (sequence) {
			view.setUint32(at + fields.sequence.at, Math.floor(number / 2 ** 32));
			view.setUint32(at + fields.sequence.at + 4, number >>> 0);
		}
		if (time) {
			const low = this.#epochLow + Math.round((nowMs - this.#startMs) * 1e6);
			view.setUint32(at + fields.time.at, this.#epochHigh + Math.floor(low / 2 ** 32));
			view.setUint32(at + fields.time.at + 4, low % 2 ** 32);
		}
		if (check) view.setUint32(at + fields.check.at, stampCheck(view, at));
	}
}
