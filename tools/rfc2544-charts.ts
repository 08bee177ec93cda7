// netstress rfc2544: the results as curves, as RFC 2544 wants them drawn: throughput over the frame size beside the line's rate (26.1), loss over the offered rate, a
// line for each size (26.3), and latency over the frame size (26.2 has it as a table).
import {showCount, showSeconds, showShare} from '../src/base/units.js';
import type {SizeResult} from '../src/inject/method/measure.js';
import {type Chart, type ChartPoint, lineChart} from '../src/report/chart.js';
import {html, type Markup} from '../src/report/html.js';

const fcs = 4;
/** Lines that a chart can tell apart. */
const mostSeries = 6;
const perSecond = (pps: number) => `${showCount(pps)}/s`;
const sizeAxis = {label: 'bytes of a frame, check sequence included', show: (bytes: number) => String(bytes)};

/** A series over the sizes, of those that have a value. */
const overSizes = (results: readonly SizeResult[], name: string, value: (one: SizeResult) => number | null | undefined, show: (value: number) => string) => ({
	name,
	points: results.flatMap((one): ChartPoint[] => {
		const y = value(one);
		return y == null || !(y > 0) ? [] : [{x: one.size + fcs, y, title: `${show(y)} of ${one.size + fcs} bytes`}];
	}),
});

function throughputChart(results: readonly SizeResult[]): Chart {
	const found = overSizes(results, 'throughput', ({throughput}) => throughput?.pps, perSecond);
	const failed = new Map(results.map(({size, throughput}) => [size + fcs, throughput?.failedPps]));
	return {
		title: 'Throughput by frame size',
		x: sizeAxis,
		y: {label: 'frames a second', show: showCount, log: true},
		series: [
			{
				...found,
				points: found.points.map(point => {
					const max = failed.get(point.x);
					return max == null ? point : {...point, range: {min: point.y, max}, title: `${point.title}; ${perSecond(max)} lost frames`};
				}),
			},
			overSizes(results, 'line rate', ({tester}) => tester?.linePps, perSecond),
			overSizes(results, 'what the tester reached', ({tester}) => tester?.senderPps, perSecond),
		].filter(({points}) => points.length > 0),
		empty: 'There is no size with a throughput.',
	};
}

/** Sizes in charts of as many lines as can be told apart, evenly. */
function lossCharts(results: readonly SizeResult[]): Chart[] {
	const curves = results.filter(({loss = []}) => loss.some(({offeredPps}) => offeredPps > 0));
	const charts = Math.ceil(curves.length / mostSeries);
	const each = Math.ceil(curves.length / charts);
	return Array.from({length: charts}, (_, i) => ({
		title: 'Frame loss rate',
		x: {label: 'frames offered a second', show: showCount},
		y: {label: 'lost, %', show: String, log: false},
		series: curves.slice(i * each, (i + 1) * each).map(({size, loss = []}) => ({
			name: `${size + fcs} bytes`,
			points: loss
				.filter(({offeredPps}) => offeredPps > 0)
				.map(({offeredPps, lossShare}) => ({x: offeredPps, y: 100 * lossShare, title: `${showShare(lossShare)} lost at ${perSecond(offeredPps)}`}))
				.sort((a, b) => a.x - b.x),
		})),
		empty: 'No frame was offered.',
	}));
}

function latencyChart(results: readonly SizeResult[]): Chart {
	const seconds = (ns: number) => showSeconds(ns / 1e9);
	const of = (name: string, key: 'p50' | 'p99' | 'max') => overSizes(results, name, ({latency}) => latency?.latencyNs?.[key], seconds);
	return {
		title: 'Latency at the throughput, by frame size',
		x: sizeAxis,
		y: {label: 'latency', show: seconds, log: true},
		series: [of('median', 'p50'), of('99 %', 'p99'), of('longest', 'max')].filter(({points}) => points.length > 0),
		empty: 'No latency could be measured.',
	};
}

const charts = (...all: readonly Chart[]): Markup => html`<div class="charts">${all.map(lineChart)}</div>\n`;

/** Charts of throughput and, where it was measured, latency. */
export const sizeCharts = (results: readonly SizeResult[]): Markup =>
	charts(
		...(results.some(({throughput}) => throughput !== undefined) ? [throughputChart(results)] : []),
		...(results.some(({latency}) => latency?.latencyNs != null) ? [latencyChart(results)] : []),
	);

/** Charts of the loss rates. */
export const lossRateCharts = (results: readonly SizeResult[]): Markup => charts(...lossCharts(results));
