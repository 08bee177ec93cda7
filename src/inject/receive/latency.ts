// How long frames were on their way: from the time in the stamp (when the frame was built) to the kernel's time of its arrival.
// Percentiles by HdrHistogram; jitter as RFC 3550 section 6.4.1 has it (J += (|D| - J) / 16 over consecutive arrivals), which needs no common clock.
import {build, type Histogram} from 'hdr-histogram-js';

/** Nanoseconds. */
export interface Percentiles {
	readonly min: number;
	readonly p50: number;
	readonly p90: number;
	readonly p99: number;
	readonly max: number;
}

/** An hour: what took longer counts as an hour. */
const mostNs = 3_600_000_000_000;

const newHistogram = (): Histogram =>
	build({
		bitBucketSize: 32,
		autoResize: true,
		lowestDiscernibleValue: 1,
		highestTrackableValue: 1_000_000_000,
		numberOfSignificantValueDigits: 3,
		useWebAssembly: false,
	});

export class Latency {
	readonly #histogram = newHistogram();
	#last: number | undefined;
	/** RFC 3550, nanoseconds. */
	jitterNs = 0;
	/** Frames that arrived before they were sent: two clocks. */
	negative = 0;
	/** The smallest, signed, nanoseconds. */
	lowest = Number.POSITIVE_INFINITY;
	#highest = 0;

	/** A frame took `ns` nanoseconds, signed. */
	record(ns: number): void {
		if (this.#last !== undefined) this.jitterNs += (Math.abs(ns - this.#last) - this.jitterNs) / 16;
		this.#last = ns;
		if (ns < this.lowest) this.lowest = ns;
		if (ns > this.#highest) this.#highest = ns;
		if (ns < 0) this.negative++;
		else this.#histogram.recordValue(Math.min(mostNs, ns));
	}

	/** Adds the latencies of another stream; jitter belongs to one stream and is left as it is. */
	merge(other: Latency): void {
		this.#histogram.add(other.#histogram);
		this.negative += other.negative;
		this.lowest = Math.min(this.lowest, other.lowest);
		this.#highest = Math.max(this.#highest, other.#highest);
	}

	/** Min and max are exact, percentiles to three digits; null when nothing was timed, or when clocks differ and no figure means anything. */
	percentiles(): Percentiles | null {
		const {totalCount} = this.#histogram;
		if (totalCount === 0 || this.negative > 0) return null;
		const at = (percent: number) => Math.max(this.lowest, Math.min(this.#highest, this.#histogram.getValueAtPercentile(percent)));
		return {min: this.lowest, p50: at(50), p90: at(90), p99: at(99), max: this.#highest};
	}
}
