// RFC 2544 section 26.1: the fastest rate at which no more frames are lost than are allowed (none, unless said otherwise), by binary search.
import {boundOf, type Ceiling, type Tester, topOf} from './tester.js';
import {type Trial, type TrialRunner, type Verdict, verdictOf} from './trial.js';

export interface ThroughputPlan {
	/** Seconds of a trial. */
	readonly seconds: number;
	/** The search ends when the lowest rate that failed is above the highest that passed by no more than this share of itself. */
	readonly resolution: number;
	/** Share of the frames that may be lost, 0 to 1. */
	readonly maxLoss: number;
	/** A trial that fails is made again so often before it counts (binary search with loss verification, ETSI GS NFV-TST 009). */
	readonly verify: number;
}

export interface Throughput {
	/** Frames a second, as they were offered in the trial that passed; null when every rate failed. */
	readonly pps: number | null;
	/** What bounds it: the device, or what keeps the tester from asking for more. `tester`: the device may well do better. */
	readonly limit: 'device' | Ceiling;
	/** The lowest rate that failed, frames a second; null when none did. */
	readonly failedPps: number | null;
	readonly trials: number;
}

/** No rate below this share of the highest is tried, nor one at which a trial has fewer than `fewestFrames`. */
const lowestShare = 0.001;
const fewestFrames = 200;

/** The search. `tester` gives the highest rate. */
export async function findThroughput(run: TrialRunner, size: number, tester: Tester, plan: ThroughputPlan): Promise<Throughput> {
	const {topPps, ceiling} = tester;
	const {seconds, resolution, maxLoss, verify} = plan;
	const floor = Math.min(topPps, Math.max(topPps * lowestShare, fewestFrames / seconds));
	let trials = 0;
	let passed: Trial | undefined;
	let [low, high] = [0, topPps];
	let blame = 'passed' as Verdict;
	const attempt = async (pps: number, {asked, judged} = {asked: pps, judged: pps}): Promise<boolean> => {
		for (let again = 0; ; again++) {
			const trial = await run({test: 'throughput', size, pps: asked, seconds});
			trials++;
			const verdict = verdictOf(trial, judged, maxLoss);
			if (verdict === 'passed') {
				passed = trial;
				low = pps;
				return true;
			}
			if (again < verify) continue;
			blame = verdict;
			high = pps;
			return false;
		}
	};
	const done = (limit: Throughput['limit'], failedPps: number | null): Throughput => ({pps: passed?.offeredPps ?? null, limit, failedPps, trials});
	if (await attempt(topPps, topOf(tester))) return done(passed === undefined ? ceiling : boundOf(passed, tester), null);
	while (high - low > high * resolution && high > floor) await attempt(Math.max(floor, (low + high) / 2));
	return done(blame === 'tester' ? 'tester' : 'device', high);
}
