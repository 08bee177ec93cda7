// RFC 2544 section 26.4 as RFC 9004 has it: the longest burst at the highest rate that loses nothing, searched several times and averaged, and from it
// the device's buffer: while a burst comes in the device forwards, so that a buffer is smaller than the burst that fills it.
import {type Ceiling, type Tester, topOf} from './tester.js';
import {type TrialRunner, verdictOf} from './trial.js';

export interface BackToBackPlan {
	/** Seconds that the longest burst lasts. */
	readonly seconds: number;
	/** As of the throughput. */
	readonly resolution: number;
	/** How often the search is made; RFC 9004 wants 50. */
	readonly repeats: number;
}

export interface BackToBack {
	/** Frames of the longest burst without a loss: mean, extremes and standard deviation of the searches (RFC 9004 section 6). */
	readonly frames: number;
	readonly min: number;
	readonly max: number;
	readonly standardDeviation: number;
	/** One for each search. */
	readonly bursts: readonly number[];
	/** What ended it: the device lost frames; or the longest burst was not long enough, or the tester's own receiver lost frames: then it is a lower bound. */
	readonly limit: 'device' | Ceiling;
	/** Frames a second of the bursts. */
	readonly topPps: number;
	/** frames / topPps. */
	readonly impliedSeconds: number;
	/** Without what was forwarded meanwhile (RFC 9004 section 5.4); null without a measured throughput, or when nothing bounds the burst. */
	readonly correctedSeconds: number | null;
	/** The same in frames: the device's buffer. */
	readonly correctedFrames: number | null;
	readonly trials: number;
}

interface Found {
	readonly frames: number;
	readonly limit: BackToBack['limit'];
}

/** Mean and standard deviation of a sample. */
function spread(values: readonly number[]): {mean: number; deviation: number} {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return {mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1))};
}

/** The searches. `throughputPps`: the measured forwarding rate, null when there is none. */
export async function findBackToBack(
	run: TrialRunner,
	size: number,
	tester: Tester,
	throughputPps: number | null,
	{seconds, resolution, repeats}: BackToBackPlan,
): Promise<BackToBack> {
	const {topPps, ceiling} = tester;
	const longest = Math.max(1, Math.round(topPps * seconds));
	const {asked: pps} = topOf(tester);
	let trials = 0;
	const search = async (): Promise<Found> => {
		let [low, high, limit] = [0, longest + 1, ceiling as BackToBack['limit']];
		for (let frames = longest; high - low > Math.max(1, high * resolution); frames = Math.floor((low + high) / 2)) {
			const trial = await run({test: 'back-to-back', size, pps, frames});
			trials++;
			const verdict = verdictOf(trial, Number.POSITIVE_INFINITY, 0);
			if (verdict === 'passed') low = frames;
			else {
				high = frames;
				limit = verdict;
			}
			if (low === longest) break;
		}
		return {frames: low, limit};
	};
	const found: Found[] = [];
	for (let i = 0; i < repeats; i++) {
		found.push(await search());
		// nothing is lost in the longest burst, and searching again would not find a longer one
		if (found[i]?.frames === longest) break;
	}
	const bursts = found.map(({frames}) => frames);
	const {mean: frames, deviation: standardDeviation} = spread(bursts);
	const limit = (found.find(one => one.limit !== 'device') ?? (found[0] as Found)).limit;
	const impliedSeconds = frames / topPps;
	const stays = limit === 'device' && throughputPps !== null ? Math.max(0, 1 - throughputPps / topPps) : null;
	return {
		frames,
		min: Math.min(...bursts),
		max: Math.max(...bursts),
		standardDeviation,
		bursts,
		limit,
		topPps,
		impliedSeconds,
		correctedSeconds: stays === null ? null : impliedSeconds * stays,
		correctedFrames: stays === null ? null : frames * stays,
		trials,
	};
}
