// What every bench prints: our figure against a peer's, measured in turn in one run, as a ratio with its spread.

export interface Comparison {
	/** What was measured: `mtu 1500 window 16`. */
	name: string;
	unit: string;
	/** One figure a round, ours and the peer's of the same round. */
	ours: readonly number[];
	peer: readonly number[];
	/** The ratio that is claimed. */
	goal: number;
}

export interface BenchOptions {
	/** Rounds; ours and the peer's take turns in each. */
	rounds: number;
	/** Seconds of each measurement. */
	seconds: number;
	json: boolean;
}

/** The middle of some figures; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const short = (value: number): string => (value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(1));

/** The ratio of each round: machines drift, the two halves of a round drift together. */
export function ratioOf({ours, peer}: Pick<Comparison, 'ours' | 'peer'>): {median: number; min: number; max: number} {
	const ratios = ours.map((value, round) => value / peer[round]!);
	return {median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios)};
}

/** Prints one comparison, for people or as one object a line. */
export function printComparison(bench: string, peerName: string, comparison: Comparison, json: boolean): void {
	const {name, unit, ours, peer, goal} = comparison;
	const ratio = ratioOf(comparison);
	if (json) {
		console.log(
			JSON.stringify({type: 'comparison', bench, name, unit, peer: peerName, ratio, goal, ours: median(ours), peerFigure: median(peer), rounds: ours.length}),
		);
		return;
	}
	const spread = `${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}`;
	const figures = `netstress ${short(median(ours))}, ${peerName} ${short(median(peer))} ${unit}`;
	console.log(`${bench}  ${name.padEnd(24)} ${ratio.median.toFixed(2)} of ${peerName} (${spread}, goal ${goal})  ${figures}`);
}
