// Requests that wait for their answers, and what a tick's answers add up to. Bounded: the oldest request is forgotten first.
import {build, type Histogram} from 'hdr-histogram-js';
import type {StorageProtocol, StorageSample} from '../sample.js';

/** Requests that may wait at one time. */
const mostWaiting = 65_536;
/** A request without an answer for so long was given up. */
const patienceNs = 60e9;

export interface Request {
	readonly timeNs: number;
	readonly readBytes: number;
	readonly writtenBytes: number;
}

export class Pairs {
	readonly #protocol: StorageProtocol;
	/** By whatever tells two requests of one protocol apart: who asked whom, and the tag. */
	readonly #waiting = new Map<string, Request>();
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

	/** A request. The same one once more is counted as that, and its time is the first one's: so long somebody has waited. */
	request(key: string, request: Request): void {
		this.#seen = true;
		const known = this.#waiting.get(key);
		if (known !== undefined && request.timeNs - known.timeNs < patienceNs) {
			this.#again++;
			return;
		}
		this.#waiting.delete(key);
		this.#waiting.set(key, request);
		if (this.#waiting.size > mostWaiting) this.#waiting.delete(this.#waiting.keys().next().value as string);
	}

	/** An answer; counts it unless `counted` elsewhere. Gives its request, undefined when that was not seen. */
	answer(key: string, timeNs: number, counted = false): Request | undefined {
		const request = this.#waiting.get(key);
		if (request === undefined) return undefined;
		this.#waiting.delete(key);
		// the clock may have been set
		this.#histogram.recordValue(Math.max(1, Math.round(timeNs - request.timeNs)));
		if (!counted) this.count(1, request.readBytes, request.writtenBytes);
		return request;
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
		for (const [key, {timeNs}] of this.#waiting) {
			if (nowNs - timeNs < patienceNs) break;
			this.#waiting.delete(key);
		}
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
			waiting: this.#waiting.size,
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
