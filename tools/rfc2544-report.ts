// netstress rfc2544: the results as tables, for a terminal and for a page.
import {showBits, showCount, showSeconds, showShare} from '../src/base/units.js';
import type {SizeResult} from '../src/inject/method/measure.js';
import {wireOverhead} from '../src/inject/pace.js';
import {html, htmlFacts, htmlPage, htmlTable} from '../src/report/html.js';
import {type Column, table} from '../src/report/table.js';
import {lossRateCharts, sizeCharts} from './rfc2544-charts.js';

/** A check sequence, which sizes of RFC 2544 include. */
const fcs = 4;
const ns = (value: number) => showSeconds(value / 1e9);

/** What bounds a result, in words. */
const limits = {device: 'device', tester: 'tester-limited', 'held-back': 'held back', line: 'line rate', rate: '--rate'} as const;

const size: Column<{size: number}> = {title: 'bytes', cell: one => `${one.size} (${one.size + fcs} with FCS)`};

const throughput: Column<SizeResult>[] = [
	size,
	{title: 'tester can', cell: ({tester}) => (tester === undefined ? '-' : `${showCount(tester.senderPps)}/s`), align: 'right', rank: 1},
	{title: 'alone', cell: ({tester}) => (tester?.alonePps === undefined ? '-' : `${showCount(tester.alonePps)}/s`), align: 'right', rank: 4},
	{title: 'line', cell: ({tester}) => (tester?.linePps === undefined ? '?' : `${showCount(tester.linePps)}/s`), align: 'right', rank: 2},
	{
		title: 'throughput',
		cell: ({throughput: one}) => (one === undefined ? '-' : one.pps === null ? 'none' : `${showCount(one.pps)}/s`),
		align: 'right',
	},
	{
		title: 'on a wire',
		cell: ({size: bytes, throughput: one}) => (one?.pps == null ? '-' : showBits(one.pps * (bytes + wireOverhead) * 8)),
		align: 'right',
		rank: 1,
	},
	{title: 'bounded by', cell: ({throughput: one}) => (one === undefined ? '-' : limits[one.limit])},
	{title: 'p50', cell: ({latency}) => (latency?.latencyNs == null ? '-' : ns(latency.latencyNs.p50)), align: 'right', rank: 1},
	{title: 'p99', cell: ({latency}) => (latency?.latencyNs == null ? '-' : ns(latency.latencyNs.p99)), align: 'right', rank: 1},
	{title: 'max', cell: ({latency}) => (latency?.latencyNs == null ? '-' : ns(latency.latencyNs.max)), align: 'right', rank: 2},
	{title: 'jitter', cell: ({latency}) => (latency?.jitterNs == null ? '-' : ns(latency.jitterNs)), align: 'right', rank: 3},
];

interface LossRow {
	readonly size: number;
	readonly share: number;
	readonly offeredPps: number;
	readonly lossShare: number;
	readonly lost: number;
	readonly sent: number;
	readonly verdict: string;
	readonly testerLost: number;
}
const lossRows = (results: readonly SizeResult[]): LossRow[] => results.flatMap(one => (one.loss ?? []).map(point => ({size: one.size, ...point})));
const loss: Column<LossRow>[] = [
	size,
	{title: 'rate', cell: one => showShare(one.share), align: 'right'},
	{title: 'offered', cell: one => `${showCount(one.offeredPps)}/s`, align: 'right'},
	{title: 'lost', cell: one => showShare(one.lossShare), align: 'right'},
	{title: 'frames', cell: one => `${one.lost} of ${one.sent}`, align: 'right', rank: 1},
	{title: '', cell: one => (one.verdict === 'tester' ? 'tester-limited' : one.testerLost > 0 ? `${one.testerLost} perhaps by the tester` : ''), rank: 1},
];

const bursts: Column<SizeResult>[] = [
	size,
	{
		title: 'longest burst',
		cell: ({backToBack: one}) => (one === undefined ? '-' : `${one.limit === 'device' ? '' : '>= '}${Math.round(one.frames)}`),
		align: 'right',
	},
	{title: 'min..max', cell: ({backToBack: one}) => (one === undefined ? '-' : `${one.min}..${one.max}`), align: 'right', rank: 1},
	{title: 'at', cell: ({backToBack: one}) => (one === undefined ? '-' : `${showCount(one.topPps)}/s`), align: 'right', rank: 1},
	{
		title: 'buffer',
		cell: ({backToBack: one}) =>
			one?.correctedFrames == null || one.correctedSeconds === null ? '-' : `${Math.round(one.correctedFrames)} frames, ${showSeconds(one.correctedSeconds)}`,
		align: 'right',
	},
	{title: 'bounded by', cell: ({backToBack: one}) => (one === undefined ? '-' : limits[one.limit])},
];

/** The tables that have anything in them, with their titles. */
const parts = (results: readonly SizeResult[]) => ({
	losses: lossRows(results),
	bursty: results.filter(({backToBack}) => backToBack !== undefined),
});

/** For a terminal of `width` columns. */
export function rfc2544Text(results: readonly SizeResult[], width: number): string {
	const {losses, bursty} = parts(results);
	const texts = [table(throughput, results, width)];
	if (losses.length > 0) texts.push(`Frame loss rate\n${table(loss, losses, width)}`);
	if (bursty.length > 0) texts.push(`Back to back\n${table(bursts, bursty, width)}`);
	const short = results.filter(({latency}) => latency != null && latency.lost > 0);
	for (const {size: bytes, latency: one} of short)
		texts.push(`${bytes} bytes: ${one?.lost} of ${one?.sent} frames were lost while latency was measured: the throughput does not last; longer trials: -D 10s`);
	return texts.join('\n\n');
}

const bounds =
	'RFC 2544, 26.1 and 26.2. tester-limited: the device may do better than the tester can ask for. held back: alone the tester is faster, what lies behind its interface slows it down';

/** A page that needs nothing else. */
export function rfc2544Page(results: readonly SizeResult[], facts: readonly (readonly [string, string])[], interrupted: boolean): string {
	const {losses, bursty} = parts(results);
	return htmlPage(
		'netstress rfc2544',
		...(interrupted ? [html`<p><strong>Interrupted: this is what had been measured.</strong></p>\n`] : []),
		html`<h2>Throughput and latency</h2>\n${htmlTable(throughput, results, bounds)}${sizeCharts(results)}`,
		...(losses.length > 0 ? [html`<h2>Frame loss rate</h2>\n${lossRateCharts(results)}${htmlTable(loss, losses, 'RFC 2544, 26.3')}`] : []),
		...(bursty.length > 0 ? [html`<h2>Back to back</h2>\n${htmlTable(bursts, bursty, 'RFC 9004; buffer: without what was forwarded meanwhile')}`] : []),
		html`<h2>Measured on, and with</h2>\n${htmlFacts(facts)}`,
	);
}
