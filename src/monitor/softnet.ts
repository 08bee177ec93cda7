// What each CPU has done with arriving frames: /proc/net/softnet_stat, a line of hexadecimal numbers for every CPU that is online (net/core/net-procfs.c,
// softnet_seq_show). The kernel counts per CPU, whatever the namespace: these are the whole machine's. Columns were added over time and backported, so that their
// number tells what they are, never the version: 9, 10 (received_rps, 2.6.39), 11 (flow_limit, 3.11), 13 (backlog length and the CPU's number, 5.10), 15 (6.4).
import type {Counter} from './counter.js';

export interface CpuCounters {
	/** Its number; the line's where the kernel does not say it, which differs when a CPU is offline. */
	readonly cpu: number;
	/** Frames handled. */
	readonly processed: number;
	/** Frames lost: the backlog was full (netdev_max_backlog), or the flow limit said so. */
	readonly dropped: number;
	/** Rounds that ended with frames left (netdev_budget, netdev_budget_usecs): no loss. */
	readonly squeezed: number;
	/** Interrupts from another CPU that had frames for this one (RPS). */
	readonly receivedRps?: number | undefined;
	/** Frames lost because one flow took more than its share of a filling backlog; part of `dropped`. */
	readonly flowLimit?: number | undefined;
	/** Frames waiting now. */
	readonly backlogLength?: number | undefined;
}

/** Fewest columns that a kernel ever had. */
const fewest = 9;

/** Reads the text of a softnet_stat. Lines that are none are left out. */
export function parseSoftnet(text: string): CpuCounters[] {
	return text.split('\n').flatMap((line, number) => {
		if (!/^[0-9a-f]{8}( [0-9a-f]{8,})+\s*$/i.test(line)) return [];
		const columns = line
			.trim()
			.split(' ')
			.map(word => Number.parseInt(word, 16));
		if (columns.length < fewest) return [];
		const [processed, dropped, squeezed] = columns as [number, number, number];
		return [{cpu: columns[12] ?? number, processed, dropped, squeezed, receivedRps: columns[9], flowLimit: columns[10], backlogLength: columns[11]}];
	});
}

/** The same as counters. Each loss is in the receiving interface's rx_dropped as well, and where a veth sent the frame in its tx_dropped (net/core/dev.c, enqueue_to_backlog). */
export const softnetCounters = (cpus: readonly CpuCounters[]): Counter[] =>
	cpus.flatMap(({cpu, dropped, squeezed, flowLimit}) => {
		const scope = {cpu};
		const common = {source: 'softnet', scope, bits: 32} as const;
		return [
			{...common, place: 'backlog' as const, name: 'dropped', value: dropped, alsoIn: ['*/rtnl:rx_dropped', '*ring-veth/rtnl:tx_dropped']},
			...(flowLimit === undefined ? [] : [{...common, place: 'backlog' as const, name: 'flow_limit', value: flowLimit, alsoIn: ['softnet:dropped']}]),
			{...common, place: 'squeezed' as const, name: 'time_squeeze', value: squeezed},
		];
	});
