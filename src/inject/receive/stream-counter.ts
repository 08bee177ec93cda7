// One stream of one run: its numbers, its times, its bytes.
import type {BurstBucket} from './bursts.js';
import {Latency, type Percentiles} from './latency.js';
import {SequenceWindow} from './window.js';

/** What came of one stream. Times are nanoseconds since 1970. */
export interface StreamSummary {
	/** Whose frames: ours, or another generator's. */
	readonly tool: string;
	/** In hexadecimal. Other generators have none: their runs are numbered. */
	readonly run: string;
	readonly stream: number;
	readonly received: number;
	readonly bytes: number;
	readonly unique: number;
	readonly lost: number;
	readonly duplicated: number;
	readonly reordered: number;
	readonly late: number;
	readonly truncated: number;
	readonly lossBursts: readonly BurstBucket[];
	readonly longestBurst: number;
	/** Lowest and highest sequence number that came. */
	readonly firstSequence: bigint;
	readonly lastSequence: bigint;
	readonly firstSeen: bigint;
	readonly lastSeen: bigint;
	readonly latencyNs: Percentiles | null;
	readonly jitterNs: number | null;
	readonly negativeLatencies: number;
}

/** Numbers as far away from the first as this cannot be counted exactly, and no run is as long. */
const farthest = 2 ** 52;

export class StreamCounter {
	readonly window: SequenceWindow;
	readonly latency = new Latency();
	readonly tool: string;
	readonly run: number;
	readonly stream: number;
	received = 0;
	bytes = 0;
	truncated = 0;
	/** The latest time that a frame of it was sent, for generators that do not number their runs. */
	sentLast = Number.NEGATIVE_INFINITY;
	/** 2^32 times this is what numbers are counted from: 0 but for streams that begin beyond 2^51. */
	#origin = -1;
	#first: bigint | undefined;
	#lastSeconds = 0;
	#lastNanoseconds = 0;
	#timed = 0;

	constructor(tool: string, run: number, stream: number, fromZero: boolean, window?: number) {
		this.tool = tool;
		this.run = run;
		this.stream = stream;
		this.window = new SequenceWindow(fromZero, window);
	}

	/** A frame of `bytes` came at this time, with a 64-bit number in two halves. False when the number cannot belong to the stream. */
	arrive(high: number, low: number, bytes: number, seconds: number, nanoseconds: number): boolean {
		if (this.#origin < 0) this.#origin = high < farthest / 2 ** 33 ? 0 : high - 1;
		const number = (high - this.#origin) * 2 ** 32 + low;
		if (Math.abs(number) > farthest) return false;
		this.received++;
		this.bytes += bytes;
		this.#first ??= BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
		this.#lastSeconds = seconds;
		this.#lastNanoseconds = nanoseconds;
		this.window.arrive(number);
		return true;
	}

	/** It was on its way for so long, nanoseconds, signed. */
	took(ns: number): void {
		this.#timed++;
		this.latency.record(ns);
	}

	/** The figures so far. `sent`: what the sender says it sent of this stream. */
	summary(sent?: number): StreamSummary {
		const {unique, duplicated, reordered, late, lost, first, last} = this.window.tally(sent);
		const bursts = this.window.bursts(sent);
		const origin = BigInt(Math.max(0, this.#origin)) << 32n;
		const {latency} = this;
		return {
			tool: this.tool,
			run: this.run.toString(16),
			stream: this.stream,
			received: this.received,
			bytes: this.bytes,
			unique,
			lost,
			duplicated,
			reordered,
			late,
			truncated: this.truncated,
			lossBursts: bursts.buckets(),
			longestBurst: bursts.longest,
			firstSequence: origin + BigInt(first),
			lastSequence: origin + BigInt(last),
			firstSeen: this.#first ?? 0n,
			lastSeen: BigInt(this.#lastSeconds) * 1_000_000_000n + BigInt(this.#lastNanoseconds),
			latencyNs: latency.percentiles(),
			jitterNs: this.#timed < 2 ? null : Math.round(latency.jitterNs),
			negativeLatencies: latency.negative,
		};
	}
}
