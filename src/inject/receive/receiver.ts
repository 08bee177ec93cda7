// Counts stamped frames: frames and their times in, exact figures for each run and stream out. No I/O and no clock.
// received = unique + duplicated + late + corrupted: each frame is one of them. lost is what is missing between the first number and the last,
// so that sent = unique + lost once the sender's count is known.
import {stamp} from '../../wire/stamp.js';
import {type BurstBucket, BurstHistogram} from './bursts.js';
import {StampFinder} from './find.js';
import {Latency, type Percentiles} from './latency.js';
import {type PatternSignature, readPattern} from './pattern.js';
import {readSignature, type Signature, unwrap} from './signatures.js';
import {StreamCounter, type StreamSummary} from './stream-counter.js';

export interface ReceiverOptions {
	/** Count this run, this stream only. */
	readonly run?: number | undefined;
	readonly stream?: number | undefined;
	/** Streams began at number 0 while we listened: what is missing before the first one that came is lost as well. */
	readonly fromZero?: boolean | undefined;
	/** Frames that carry this are counted by its counter, whoever sent them. */
	readonly pattern?: PatternSignature | undefined;
	/** Numbers that a stream's window holds, a power of two. */
	readonly window?: number | undefined;
	/** Streams that are counted, the rest is not (`uncounted`): memory is bounded. */
	readonly mostStreams?: number | undefined;
}

/** Frames that the sender says it sent: by run and stream. */
export type SentOf = (run: number, stream: number) => number | undefined;

export interface ReceiverSummary {
	/** Stamped frames: unique + duplicated + late + corrupted. */
	readonly received: number;
	readonly unique: number;
	readonly lost: number;
	readonly duplicated: number;
	readonly reordered: number;
	readonly corrupted: number;
	readonly late: number;
	/** Of those received, frames whose end was cut off. */
	readonly truncated: number;
	readonly bytes: number;
	readonly lossBursts: readonly BurstBucket[];
	readonly longestBurst: number;
	readonly latencyNs: Percentiles | null;
	/** Frames that arrived before they were sent: the clocks of two hosts differ. */
	readonly negativeLatencies: number;
	/** The smallest latency, signed, nanoseconds; null when nothing was timed. */
	readonly lowestLatencyNs: number | null;
	/** Frames of our EtherType that somebody else sent. */
	readonly foreign: number;
	/** Stamped frames of other runs and streams than those asked for. */
	readonly filtered: number;
	/** Stamped frames that belong to no stream we have room for. */
	readonly uncounted: number;
	readonly streams: readonly StreamSummary[];
}

const nsPerSecond = 1_000_000_000;

export class Receiver {
	readonly #options: ReceiverOptions;
	readonly #finder = new StampFinder();
	readonly #signature: Signature = {tool: 'pktgen', stream: 0, sequence: 0, bits: 32, seconds: 0, nanoseconds: 0};
	/** By tool, run, stream. */
	readonly #tools = new Map<string, Map<number, Map<number, StreamCounter>>>();
	readonly #streams: StreamCounter[] = [];
	#last: StreamCounter | undefined;
	/** Times are told from here on, so that nanoseconds since 1970 fit a Number. */
	#epoch: {seconds: number; high: number; low: number} | undefined;
	#counted = 0;
	#corrupted = 0;
	#foreign = 0;
	#filtered = 0;
	#uncounted = 0;

	constructor(options: ReceiverOptions = {}) {
		this.#options = options;
	}

	/** Stamped frames so far. */
	get received(): number {
		return this.#counted + this.#corrupted;
	}

	/** A frame of `length` bytes at `at`, which came at this time (since 1970). Any bytes do; nothing throws. */
	frame(view: DataView, at: number, length: number, seconds: number, nanoseconds: number): void {
		const found = this.#finder.find(view, at, length);
		if (found === 'stamp' || found === 'truncated') this.#stamped(view, length, seconds, nanoseconds, found === 'truncated');
		else if (found === 'corrupted') this.#corrupted++;
		else if (this.#isPattern(view, at, length)) this.#signed(length, seconds, nanoseconds);
		else if (found === 'foreign') this.#foreign++;
		else if (this.#options.run === undefined && readSignature(view, at, length, this.#signature)) this.#signed(length, seconds, nanoseconds);
	}

	#isPattern(view: DataView, at: number, length: number): boolean {
		const {pattern, run} = this.#options;
		return pattern !== undefined && run === undefined && readPattern(view, at, length, pattern, this.#signature);
	}

	#stamped(view: DataView, length: number, seconds: number, nanoseconds: number, truncated: boolean): void {
		const {at} = this.#finder;
		const {fields} = stamp;
		const counter = this.#counter('netstress', fields.run.read(view, at), fields.stream.read(view, at));
		if (counter === undefined) return;
		const number = at + fields.sequence.at;
		if (!counter.arrive(view.getUint32(number), view.getUint32(number + 4), length, seconds, nanoseconds)) {
			this.#corrupted++; // its check is right, its number cannot be
			return;
		}
		this.#counted++;
		if (truncated) counter.truncated++;
		const sent = at + fields.time.at;
		counter.took(this.#since(seconds, nanoseconds) - this.#sinceStamp(view.getUint32(sent), view.getUint32(sent + 4)));
	}

	#signed(length: number, seconds: number, nanoseconds: number): void {
		const found = this.#signature;
		const runs = this.#tools.get(found.tool);
		let run = runs === undefined ? 0 : runs.size - 1;
		// the newest run that has this stream
		while (run > 0 && runs?.get(run)?.has(found.stream) === false) run--;
		let counter = this.#counter(found.tool, run, found.stream);
		if (counter === undefined) return;
		const sent = found.seconds === 0 ? Number.NaN : this.#since(found.seconds, found.nanoseconds, seconds);
		let number = unwrap(found.sequence, found.bits, counter.window.high);
		// numbers that go back while the sender's time goes on: it has begun again
		if (number <= counter.window.high && sent > counter.sentLast) {
			counter = this.#counter(found.tool, run + 1, found.stream);
			if (counter === undefined) return;
			number = unwrap(found.sequence, found.bits, counter.window.high);
		}
		if (!counter.arrive(Math.floor(number / 2 ** 32), number % 2 ** 32, length, seconds, nanoseconds)) return;
		this.#counted++;
		if (Number.isNaN(sent)) return;
		if (sent > counter.sentLast) counter.sentLast = sent;
		counter.took(this.#since(seconds, nanoseconds) - sent);
	}

	#counter(tool: string, run: number, stream: number): StreamCounter | undefined {
		const last = this.#last;
		if (last !== undefined && last.run === run && last.stream === stream && last.tool === tool) return last;
		const {run: onlyRun, stream: onlyStream, mostStreams = 1024, fromZero = false, window} = this.#options;
		if ((onlyRun !== undefined && run !== onlyRun) || (onlyStream !== undefined && stream !== onlyStream)) {
			this.#filtered++;
			return undefined;
		}
		const known = this.#tools.get(tool)?.get(run)?.get(stream);
		if (known !== undefined) {
			this.#last = known;
			return known;
		}
		if (this.#streams.length >= mostStreams) {
			this.#uncounted++;
			return undefined;
		}
		// only our own streams are known to begin at 0
		const counter = new StreamCounter(tool, run, stream, fromZero && tool === 'netstress', window);
		const runs = this.#tools.get(tool) ?? new Map<number, Map<number, StreamCounter>>();
		const streams = runs.get(run) ?? new Map<number, StreamCounter>();
		this.#tools.set(tool, runs);
		runs.set(run, streams);
		streams.set(stream, counter);
		this.#streams.push(counter);
		this.#last = counter;
		return counter;
	}

	/** Nanoseconds since the epoch of this receiver. */
	#since(seconds: number, nanoseconds: number, epoch = seconds): number {
		if (this.#epoch === undefined) {
			const ns = BigInt(epoch) * BigInt(nsPerSecond);
			this.#epoch = {seconds: epoch, high: Number(ns >> 32n), low: Number(ns & 0xffff_ffffn)};
		}
		return (seconds - this.#epoch.seconds) * nsPerSecond + nanoseconds;
	}

	/** The same for a 64-bit time in nanoseconds, in two halves; without a BigInt a frame. */
	#sinceStamp(high: number, low: number): number {
		const {high: epochHigh, low: epochLow} = this.#epoch!;
		return (high - epochHigh) * 2 ** 32 + (low - epochLow);
	}

	/** The figures so far. With `sent`, losses are counted against what the sender says. */
	summary(sent: SentOf = () => undefined): ReceiverSummary {
		const bursts = new BurstHistogram();
		const latency = new Latency();
		const streams = this.#streams.map(counter => {
			const count = counter.tool === 'netstress' ? sent(counter.run, counter.stream) : undefined;
			bursts.merge(counter.window.bursts(count));
			latency.merge(counter.latency);
			return counter.summary(count);
		});
		const sum = (key: 'unique' | 'lost' | 'duplicated' | 'reordered' | 'late' | 'truncated' | 'bytes') => streams.reduce((all, one) => all + one[key], 0);
		return {
			received: this.received,
			unique: sum('unique'),
			lost: sum('lost'),
			duplicated: sum('duplicated'),
			reordered: sum('reordered'),
			corrupted: this.#corrupted,
			late: sum('late'),
			truncated: sum('truncated'),
			bytes: sum('bytes'),
			lossBursts: bursts.buckets(),
			longestBurst: bursts.longest,
			latencyNs: latency.percentiles(),
			negativeLatencies: latency.negative,
			lowestLatencyNs: Number.isFinite(latency.lowest) ? latency.lowest : null,
			foreign: this.#foreign,
			filtered: this.#filtered,
			uncounted: this.#uncounted,
			streams,
		};
	}
}
