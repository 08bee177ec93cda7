// From runs to results: medians and spread over the rounds, and who won by how much.
import type {Latency} from './driver.js';
import {lossesOf, lostIn, type RaceLoss, together} from './losses.js';
import type {Observation} from './observe.js';
import type {Round} from './round.js';
import type {Workload} from './workload.js';

export interface Result {
	readonly protocol: string;
	readonly address: string;
	/** Medians over the rounds. */
	readonly iops: number;
	readonly bytesPerSecond: number;
	/** Least and greatest round. */
	readonly iopsRange: {readonly min: number; readonly max: number};
	readonly rounds: number;
	readonly latencyUs: Latency | null;
	/** Sums over the rounds, as everything below. */
	readonly errors: number;
	readonly firstError: string | null;
	readonly retransmits: number;
	/** Of those, the ones that the other side says it had already: nothing had been lost. */
	readonly needlessRetransmits: number;
	/** Initiator and target together; null when the target's is not known. */
	readonly cpuSecondsPerGB: number | null;
	readonly initiatorCpuSecondsPerGB: number | null;
	readonly targetCpuSecondsPerGB: number | null;
	/** Frames, all places together. */
	readonly lost: number;
	/** Of those, where and by which counter. */
	readonly hops: readonly RaceLoss[];
	/** Of those, what one end sent, and the other neither got nor counted as lost. */
	readonly unexplained: number;
	readonly frames: {readonly sent: number; readonly received: number};
	/** Blocks written in the measured runs, read back and found right. */
	readonly verified: number;
}

export interface WorkloadResult extends Workload {
	readonly results: readonly Result[];
	/** Null with fewer than two results. `by`: how many times the IOPS of the next best. `clear`: no round of any other was as fast as the winner's slowest. */
	readonly winner: {readonly protocol: string; readonly address: string; readonly by: number; readonly clear: boolean} | null;
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	if (sorted.length === 0) return 0;
	return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Least of the least, greatest of the greatest, medians of the percentiles. */
function latencyOver(rounds: readonly Round[]): Latency | null {
	const all = rounds.flatMap(({report}) => report.latencyUs ?? []);
	if (all.length === 0) return null;
	const of = (key: keyof Latency) => all.map(latency => latency[key]);
	return {min: Math.min(...of('min')), p50: median(of('p50')), p90: median(of('p90')), p99: median(of('p99')), max: Math.max(...of('max'))};
}

/** Whether TCP carries a protocol, and sends again what it loses. */
export const overTcp = (protocol: string): boolean => protocol === 'iscsi';

/** What was sent again during a piece of work: TCP does it below an iSCSI session, other initiators do it themselves. */
export const sentAgain = (protocol: string, counted: number, {tcp}: Pick<Observation, 'tcp'>): number =>
	overTcp(protocol) ? (tcp?.retransmits ?? counted) : counted;

/** A rate of 0 in a run without time: nothing came back. */
const rate = (amount: number, seconds: number) => (seconds > 0 ? amount / seconds : 0);
const round = (value: number, digits = 0) => Number(value.toFixed(digits));

/** Sums up the rounds of one address. */
export function resultOf(protocol: string, address: string, rounds: readonly Round[]): Result {
	const iops = rounds.map(({report}) => rate(report.operations, report.seconds));
	const gigabytes = sum(rounds.map(({report}) => report.bytes)) / 1e9;
	const perGB = (seconds: number) => (gigabytes > 0 ? round(seconds / gigabytes, 3) : null);
	const initiator = perGB(sum(rounds.map(({report}) => report.cpuSeconds)));
	const targetKnown = rounds.every(({seen}) => seen.targetCpu !== null);
	const target = targetKnown ? perGB(sum(rounds.map(({seen}) => seen.targetCpu ?? 0))) : null;
	return {
		protocol,
		address,
		iops: round(median(iops)),
		bytesPerSecond: round(median(rounds.map(({report}) => rate(report.bytes, report.seconds)))),
		iopsRange: {min: round(Math.min(...iops)), max: round(Math.max(...iops))},
		rounds: rounds.length,
		latencyUs: latencyOver(rounds),
		errors: sum(rounds.map(({report, verification}) => report.errors + verification.wrong)),
		firstError: rounds.map(({report, verification}) => report.firstError ?? verification.firstError).find(error => error !== undefined) ?? null,
		retransmits: sum(rounds.map(({report, seen}) => sentAgain(protocol, report.counters.retransmits, seen))),
		// a second AoE reply to one request says the same as TCP's D-SACK
		needlessRetransmits: sum(
			rounds.map(({report, seen}) => (overTcp(protocol) ? (seen.tcp?.needless ?? 0) : Math.min(report.counters.duplicates, report.counters.retransmits))),
		),
		cpuSecondsPerGB: initiator !== null && target !== null ? round(initiator + target, 3) : null,
		initiatorCpuSecondsPerGB: initiator,
		targetCpuSecondsPerGB: target,
		lost: sum(rounds.map(lostIn)),
		hops: together(rounds.flatMap(lossesOf)),
		unexplained: sum(rounds.map(({seen}) => seen.lostAt.cable)),
		frames: {sent: sum(rounds.map(({seen}) => seen.frames.sent)), received: sum(rounds.map(({seen}) => seen.frames.received))},
		verified: sum(rounds.map(({verification}) => verification.verified)),
	};
}

/** Ranks the results of one workload. */
export function workloadResult(workload: Workload, results: readonly Result[]): WorkloadResult {
	const [first, second] = results.toSorted((a, b) => b.iops - a.iops);
	const winner =
		first && second && first.iops > 0
			? {
					protocol: first.protocol,
					address: first.address,
					by: second.iops > 0 ? round(first.iops / second.iops, 2) : Number.MAX_SAFE_INTEGER,
					clear: results.every(result => result === first || result.iopsRange.max < first.iopsRange.min),
				}
			: null;
	return {...workload, results, winner};
}
