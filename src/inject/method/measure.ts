// All benchmarks of RFC 2544 over some frame sizes, in the order in which they need each other: the tester's own limit, the throughput, and from
// it the loss rates, the bursts and the latency.
import {type BackToBack, type BackToBackPlan, findBackToBack} from './back-to-back.js';
import {type LatencyPlan, type LatencyResult, measureLatency} from './latency-at.js';
import {type LossPoint, lossCurve} from './loss-rate.js';
import {type Alone, measureTester, type Tester} from './tester.js';
import {findThroughput, type Throughput, type ThroughputPlan} from './throughput.js';
import type {TestName, TrialRunner} from './trial.js';

export interface MethodPlan {
	/** Bytes without the check sequence. */
	readonly sizes: readonly number[];
	/** What is asked for. The throughput is measured whenever anything else but the loss rate is: the others need it. */
	readonly tests: ReadonlySet<TestName>;
	readonly throughput: ThroughputPlan;
	readonly lossSeconds: number;
	readonly backToBack: BackToBackPlan;
	readonly latency: LatencyPlan;
	/** The line's rate of a size, frames a second, where it is known. */
	readonly linePps: (size: number) => number | undefined;
	/** The highest rate that may be offered, frames a second. */
	readonly mostPps: (size: number) => number | undefined;
	/** Asked when the tester falls short of both. */
	readonly alone?: Alone | undefined;
}

/** What is known of a size; what was not asked for, or not reached, is undefined. */
export interface SizeResult {
	readonly size: number;
	tester?: Tester;
	throughput?: Throughput;
	loss?: readonly LossPoint[];
	backToBack?: BackToBack;
	/** null when there is no rate at which it could be measured. */
	latency?: LatencyResult | null;
}

/** Told of every result as soon as it is there. */
export type ResultListener = (test: TestName | 'tester', size: number, result: object | null) => void;

async function measureSize(run: TrialRunner, result: SizeResult, plan: MethodPlan, tell: ResultListener): Promise<void> {
	const {size} = result;
	const {tests} = plan;
	const tester = await measureTester(run, size, plan.throughput.seconds, plan.linePps(size), plan.mostPps(size), plan.alone);
	result.tester = tester;
	tell('tester', size, tester);
	if (tester.topPps <= 0) return;
	if (tests.has('throughput') || tests.has('back-to-back') || tests.has('latency')) {
		result.throughput = await findThroughput(run, size, tester, plan.throughput);
		tell('throughput', size, result.throughput);
	}
	const pps = result.throughput?.pps ?? null;
	if (tests.has('loss')) {
		result.loss = await lossCurve(run, size, tester, plan.lossSeconds);
		tell('loss', size, {points: result.loss});
	}
	if (tests.has('back-to-back')) {
		result.backToBack = await findBackToBack(run, size, tester, pps, plan.backToBack);
		tell('back-to-back', size, result.backToBack);
	}
	if (tests.has('latency')) {
		result.latency = pps === null ? null : await measureLatency(run, size, pps, plan.latency);
		tell('latency', size, result.latency);
	}
}

/** Measures size by size. When `signal` aborts, what is there by then is the result. Errors as the trials'. */
export async function measure(run: TrialRunner, plan: MethodPlan, tell: ResultListener, signal: AbortSignal): Promise<SizeResult[]> {
	const results: SizeResult[] = [];
	for (const size of plan.sizes) {
		if (signal.aborted) break;
		const result: SizeResult = {size};
		results.push(result);
		try {
			await measureSize(run, result, plan, tell);
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	}
	return results;
}
