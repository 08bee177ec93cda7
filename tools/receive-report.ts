// What receive and inject --peer say about the frames that came: for people, and against --max-loss.
import {showSeconds, showShare} from '../src/base/units.js';
import type {ReceiverSummary} from '../src/inject/receive/receiver.js';
import {table} from '../src/report/table.js';
import type {Output} from './output.js';

export type Received = ReceiverSummary & {
	/** Frames that our own ring lost, of all that came to the interface. */
	readonly ringDropped: number;
	/** What the network lost at least: `lost` without all that our own ring may have lost of it. */
	readonly networkLost: number;
};

/** Keeps what our own ring lost apart from what the network lost. */
export const withRing = (summary: ReceiverSummary, ringDropped: number): Received => ({
	...summary,
	ringDropped,
	networkLost: Math.max(0, summary.lost - ringDropped),
});

const ns = (value: number) => showSeconds(value / 1e9);

/** The report for people. */
export function tellReceived(summary: Received, output: Output, joined: number): void {
	const {received, unique, lost, duplicated, reordered, corrupted, late, truncated, streams, ringDropped, networkLost, latencyNs} = summary;
	const expected = unique + lost;
	output.text(
		`${received} stamped frames: ${unique} different ones, ${duplicated} duplicates, ${corrupted} corrupted, ${late} late; ${reordered} out of order${truncated > 0 ? `, ${truncated} cut short` : ''}`,
	);
	output.text(`${lost} of ${expected} lost${expected > 0 ? ` (${showShare(lost / expected)})` : ''}`);
	if (summary.lossBursts.length > 0) {
		const runs = summary.lossBursts.map(({from, to, bursts}) => `${bursts} of ${from === to ? from : `${from} to ${to}`}`);
		output.text(`  in a row: ${runs.slice(0, 12).join(', ')}${runs.length > 12 ? `, … the longest ${summary.longestBurst}` : ''}`);
	}
	if (ringDropped > 0)
		output.text(
			`our own ring lost ${ringDropped} frames, of whatever kind: of those ${lost} the network lost ${networkLost} at least; a larger ring: -S 256MiB`,
		);
	if (latencyNs !== null)
		output.text(`latency min ${ns(latencyNs.min)}, p50 ${ns(latencyNs.p50)}, p90 ${ns(latencyNs.p90)}, p99 ${ns(latencyNs.p99)}, max ${ns(latencyNs.max)}`);
	if (summary.negativeLatencies > 0)
		output.text(
			`no latency: ${summary.negativeLatencies} frames came before they were sent (by ${ns(-(summary.lowestLatencyNs ?? 0))} at most); latency across hosts needs one clock (PTP or NTP on both)`,
		);
	if (streams.length > 1 || streams.some(({tool}) => tool !== 'netstress'))
		output.text(
			table(
				[
					{title: 'from', cell: ({tool, run}) => (tool === 'netstress' ? run : `${tool} ${run}`)},
					{title: 'stream', cell: ({stream}) => String(stream), align: 'right'},
					{title: 'received', cell: one => String(one.received), align: 'right'},
					{title: 'lost', cell: one => String(one.lost), align: 'right'},
					{title: 'duplicated', cell: one => String(one.duplicated), align: 'right', rank: 1},
					{title: 'reordered', cell: one => String(one.reordered), align: 'right', rank: 1},
					{title: 'p50', cell: one => (one.latencyNs === null ? '-' : ns(one.latencyNs.p50)), align: 'right', rank: 2},
					{title: 'jitter', cell: one => (one.jitterNs === null ? '-' : ns(one.jitterNs)), align: 'right', rank: 2},
				],
				streams,
				process.stdout.columns ?? 100,
			),
		);
	else if (streams[0]?.jitterNs !== undefined && streams[0].jitterNs !== null) output.text(`jitter ${ns(streams[0].jitterNs)} (RFC 3550)`);
	if (summary.foreign > 0) output.text(`${summary.foreign} frames of EtherType 0x88b5 were somebody else's`);
	if (summary.uncounted > 0) output.text(`${summary.uncounted} frames of more streams than can be counted`);
	if (joined > 0) output.text(`${joined} frames were joined by the kernel, one stamp of each counted: switch it off with ethtool -K IFACE gro off lro off`);
}

/** Whether the share that was lost is within the limit; 'unknown' when our own ring's losses decide it, 'nothing' when no frame came. */
export function lossVerdict({unique, lost, ringDropped, networkLost}: Received, most: number | undefined): 'kept' | 'crossed' | 'unknown' | 'nothing' {
	if (most === undefined) return 'kept';
	const expected = unique + lost;
	if (expected === 0) return 'nothing';
	if (networkLost / expected > most) return 'crossed';
	// what the ring lost at the end leaves no gap in the numbers: it counts against the limit as well
	return (lost + ringDropped) / (expected + ringDropped) > most && ringDropped > 0 ? 'unknown' : 'kept';
}
