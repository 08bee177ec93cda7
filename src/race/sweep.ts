// The race over several loss rates: the same requests at each rate over each address, all rates in every round, so that what the machine does
// meanwhile hits them alike.
import {costOf, type LossCost} from './cost.js';
import {type Contestant, checkDevices, measure, type RaceOptions, stoppable} from './race.js';
import {type Result, resultOf} from './result.js';
import type {Round} from './round.js';

export interface SweepPoint extends Result {
	readonly workload: string;
	/** Share of frames lost on purpose, each way. */
	readonly loss: number;
	/** What a lost frame cost against the loss-free rounds; without a figure and without a reason at loss 0. */
	readonly cost: LossCost;
}

export interface SweepOptions extends Omit<RaceOptions, 'finished'> {
	/** Shares, 0 among them, each once. */
	readonly losses: readonly number[];
	/** Has the link lose this share from now on. */
	readonly lose: (share: number) => Promise<void>;
	/** After every workload: its points, by address, then by loss. */
	readonly finished?: ((points: readonly SweepPoint[]) => void) | undefined;
}

const free: LossCost = {msPerFrame: null, msRange: null, extraSeconds: null, why: null};

/** Runs the race at every rate; when `signal` aborts, what is there. */
export async function sweep(contestants: readonly Contestant[], options: SweepOptions): Promise<SweepPoint[]> {
	const {workloads, rounds, seconds, seed, span, losses, lose, signal, progress, finished} = options;
	checkDevices(contestants, options);
	const total = workloads.length * rounds * losses.length * contestants.length;
	const all: SweepPoint[] = [];
	let done = 0;
	await stoppable(contestants, signal, async () => {
		for (const workload of workloads) {
			const measured = contestants.map(contestant => ({contestant, byLoss: new Map<number, Round[]>(losses.map(loss => [loss, []]))}));
			for (let round = 0; round < rounds && !signal.aborted; round++) {
				const order = round % 2 === 0 ? measured : measured.toReversed();
				for (const loss of losses) {
					await lose(loss);
					for (const {contestant, byLoss} of order) {
						if (signal.aborted) break;
						const now = {workload: workload.name, protocol: contestant.runner.protocol};
						progress?.(done, total, now);
						const outcome = await measure(contestant, {workload, seconds, seed: seed + round, span}, options);
						if (outcome) byLoss.get(loss)?.push(outcome);
						progress?.(++done, total, now);
					}
				}
			}
			await lose(0);
			const points = measured.flatMap(({contestant: {runner}, byLoss}) =>
				[...byLoss].flatMap(([loss, list]) =>
					list.length === 0
						? []
						: {
								workload: workload.name,
								loss,
								...resultOf(runner.protocol, runner.address, list),
								cost: loss === 0 ? free : costOf(list, byLoss.get(0) ?? []),
							},
				),
			);
			if (points.length === 0) break;
			all.push(...points);
			finished?.(points);
		}
	});
	return all;
}
