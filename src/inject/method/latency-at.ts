// RFC 2544 section 26.2: latency at the throughput rate, several trials averaged. Where RFC 2544 tags one frame of a stream, every frame here carries its
// time, so that a trial gives a distribution; percentiles are averaged over trials, the extremes are those of all.
import type {Percentiles} from '../receive/latency.js';
import type {TrialRunner} from './trial.js';

export interface LatencyPlan {
	readonly seconds: number;
	readonly repeats: number;
}

export interface LatencyResult {
	/** Frames a second, the throughput. */
	readonly pps: number;
	/** Nanoseconds; null when no frame could be timed (two clocks). */
	readonly latencyNs: Percentiles | null;
	readonly jitterNs: number | null;
	/** Frames that were lost meanwhile: there should be none. */
	readonly lost: number;
	readonly sent: number;
	readonly trials: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Latency at `pps`. */
export async function measureLatency(run: TrialRunner, size: number, pps: number, {seconds, repeats}: LatencyPlan): Promise<LatencyResult> {
	const each: Percentiles[] = [];
	const jitters: number[] = [];
	let [lost, sent] = [0, 0];
	for (let i = 0; i < repeats; i++) {
		const trial = await run({test: 'latency', size, pps, seconds});
		if (trial.latencyNs !== null) each.push(trial.latencyNs);
		if (trial.jitterNs !== null) jitters.push(trial.jitterNs);
		lost += trial.lost;
		sent += trial.sent;
	}
	const of = (key: keyof Percentiles) => each.map(one => one[key]);
	return {
		pps,
		latencyNs:
			each.length === 0 ? null : {min: Math.min(...of('min')), p50: mean(of('p50')), p90: mean(of('p90')), p99: mean(of('p99')), max: Math.max(...of('max'))},
		jitterNs: jitters.length === 0 ? null : mean(jitters),
		lost,
		sent,
		trials: repeats,
	};
}
