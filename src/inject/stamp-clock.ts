// What changes in a stamp from frame to frame: number, time, check. The time is nanoseconds since 1970, taken apart once so that no frame costs a BigInt.
import {realtimeAt} from '../sys/realtime.js';
import {stamp, stampCheck} from '../wire/stamp.js';

const sequenceAt = stamp.fields.sequence.at;
const timeAt = stamp.fields.time.at;
const checkAt = stamp.fields.check.at;

/** One word into the check (stampCheckOf). */
const mix = (hash: number, word: number): number => {
	const product = Math.imul(hash ^ word, 0x0100_0193);
	return product ^ (product >>> 15);
};

export class StampClock {
	readonly #epochHigh: number;
	readonly #epochLow: number;
	readonly #startMs: number;
	#sequence = 0;
	/** The time that was written last, and of when. */
	#timeOf = Number.NaN;
	#timeHigh = 0;
	#timeLow = 0;

	constructor() {
		this.#startMs = performance.now();
		const epoch = realtimeAt(this.#startMs);
		this.#epochHigh = Number(epoch >> 32n);
		this.#epochLow = Number(epoch & 0xffff_ffffn);
	}

	/**
	 * Completes a stamp whose other fields are those of the last one, `checkSoFar` being the check over them (the first 16 bytes). The frame is
	 * known to be there from before: this is all that changes in it.
	 */
	rewrite(view: DataView, at: number, nowMs: number, checkSoFar: number): void {
		if (nowMs !== this.#timeOf) {
			this.#timeOf = nowMs;
			const low = this.#epochLow + Math.round((nowMs - this.#startMs) * 1e6);
			this.#timeHigh = (this.#epochHigh + Math.floor(low / 2 ** 32)) | 0;
			this.#timeLow = (low % 2 ** 32) | 0;
		}
		const number = this.#sequence++;
		const high = number < 2 ** 32 ? 0 : Math.floor(number / 2 ** 32);
		const low = number | 0;
		view.setInt32(at + sequenceAt, high);
		view.setInt32(at + sequenceAt + 4, low);
		view.setInt32(at + timeAt, this.#timeHigh);
		view.setInt32(at + timeAt + 4, this.#timeLow);
		view.setInt32(at + checkAt, mix(mix(mix(mix(checkSoFar, high), low), this.#timeHigh), this.#timeLow));
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
