// Requests that wait for their answers, and what a tick's answers add up to. Bounded: where there are too many, old ones are forgotten.
import {build, type Histogram} from 'hdr-histogram-js';
import {U32Map} from '../../base/u32-map.js';
import type {StorageProtocol, StorageSample} from '../sample.js';

/** Requests that may wait at one time. */
const mostWaiting = 65_536;
/** A request without an answer for so long was given up. */
const patienceNs = 60e9;

export interface Request {
	/** u32. */
	readonly tag: number;
	readonly timeNs: number;
	readonly readBytes: number;
	readonly writtenBytes: number;
}

export class Pairs {
	readonly #protocol: StorageProtocol;
	/** By who asked whom, as a number, and in it by the request's tag. */
	readonly #waiting = new Map<number, U32Map<Request>>();
	#count = 0;
	readonly #histogram: Histogram = build({
		lowestDiscernibleValue: 1,
		highestTrackableValue: 1_000_000_000,
		autoResize: true,
		numberOfSignificantValueDigits: 3,
	});
	#seen = false;
	#answered = 0;
	#readBytes = 0;
	#writtenBytes = 0;
	#again = 0;

	constructor(protocol: StorageProtocol) {
		this.#protocol = protocol;
	}

	/** A request of `peer`. The same one once more is counted as that, and its time is the first one's: so long somebody has waited. */
	request(peer: number, request: Request): void {
		const {tag} = request;
		this.#seen = true;
		let tags = this.#waiting.get(peer);
		if (tags === undefined) {
			tags = new U32Map();
			this.#waiting.set(peer, tags);
		}
		const known = tags.get(tag);
		if (known !== undefined) {
			if (request.timeNs - known.timeNs < patienceNs) {
				this.#again++;
				return;
			}
			tags.delete(tag);
			this.#count--;
		}
		tags.set(tag, request);
		if (++this.#count > mostWaiting) this.#forgetOlder();
	}

	/** Forgets the older half. */
	#forgetOlder(): void {
		const times = [...this.#waiting.values()].flatMap(tags => tags.values().map(({timeNs}) => timeNs)).sort((a, b) => a - b);
		this.#forget(times[times.length >> 1] as number);
	}

	/** Forgets requests older than this; peers without any go with them. */
	#forget(olderThanNs: number): void {
		for (const [peer, tags] of this.#waiting) {
			for (const {tag, timeNs} of tags.values()) {
				if (timeNs >= olderThanNs) continue;
				tags.delete(tag);
				this.#count--;
			}
			if (tags.size === 0) this.#waiting.delete(peer);
		}
	}

	/** An answer; counts it unless `counted` elsewhere. Its request may not have been seen. */
	answer(peer: number, tag: number, timeNs: number, counted = false): void {
		const tags = this.#waiting.get(peer);
		const request = tags?.get(tag);
		if (tags === undefined || request === undefined) return;
		tags.delete(tag);
		this.#count--;
		// the clock may have been set
		this.#histogram.recordValue(Math.max(1, Math.round(timeNs - request.timeNs)));
		if (!counted) this.count(1, request.readBytes, request.writtenBytes);
	}

	count(answered: number, readBytes: number, writtenBytes: number): void {
		this.#seen = true;
		this.#answered += answered;
		this.#readBytes += readBytes;
		this.#writtenBytes += writtenBytes;
	}

	again(): void {
		this.#again++;
	}

	/** What was added since the last call; undefined as long as the protocol was never seen. */
	take(nowNs: number): StorageSample | undefined {
		if (!this.#seen) return undefined;
		this.#forget(nowNs - patienceNs);
		const histogram = this.#histogram;
		const timed = histogram.totalCount;
		const most = histogram.maxValue;
		// its buckets round up
		const us = (ns: number) => Math.min(ns, most) / 1000;
		const sample: StorageSample = {
			protocol: this.#protocol,
			answered: this.#answered,
			readBytes: this.#readBytes,
			writtenBytes: this.#writtenBytes,
			again: this.#again,
			waiting: this.#count,
			latencyUs: timed === 0 ? null : {p50: us(histogram.getValueAtPercentile(50)), p99: us(histogram.getValueAtPercentile(99)), max: us(most)},
			timed,
		};
		histogram.reset();
		this.#answered = 0;
		this.#readBytes = 0;
		this.#writtenBytes = 0;
		this.#again = 0;
		return sample;
	}
}
