// RFC 2544 section 26.3: the share of frames that is lost at the highest rate, at 90 % of it, 80 % and so on, until two trials in a row lose nothing.
import {type Tester, topOf} from './tester.js';
import {lossShare, type TrialRunner, type Verdict, verdictOf} from './trial.js';

export interface LossPoint {
	/** Of the highest rate, 0 to 1. */
	readonly share: number;
	/** Frames a second that were asked for, and that were offered. */
	readonly pps: number;
	readonly offeredPps: number;
	readonly sent: number;
	readonly received: number;
	readonly lost: number;
	readonly testerLost: number;
	/** lost / sent, 0 to 1. */
	readonly lossShare: number;
	readonly verdict: Verdict;
}

/** Steps of the highest rate: RFC 2544 allows none that is coarser. */
const steps = 10;

/** The curve, the highest rate first. */
export async function lossCurve(run: TrialRunner, size: number, tester: Tester, seconds: number): Promise<LossPoint[]> {
	const points: LossPoint[] = [];
	let clean = 0;
	for (let step = steps; step > 0 && clean < 2; step--) {
		const share = step / steps;
		const pps = tester.topPps * share;
		const {asked, judged} = step === steps ? topOf(tester) : {asked: pps, judged: pps};
		const trial = await run({test: 'loss', size, pps: asked, seconds});
		const {offeredPps, sent, received, lost, testerLost} = trial;
		points.push({share, pps, offeredPps, sent, received, lost, testerLost, lossShare: lossShare(trial), verdict: verdictOf(trial, judged, 0)});
		clean = lost === 0 && sent > 0 ? clean + 1 : 0;
	}
	return points;
}
