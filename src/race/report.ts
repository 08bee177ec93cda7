// The race as one HTML file: what was measured, on what, and the price of a lost frame as a curve.
import {showShare, showSize} from '../base/units.js';
import {type Chart, lineChart} from '../report/chart.js';
import {html, htmlFacts, htmlPage, htmlTable, type Markup} from '../report/html.js';
import type {Column} from '../report/table.js';
import {type LostFrame, lostPlaces} from './lost-frame.js';
import type {WorkloadResult} from './result.js';
import {raceColumns, raceRows, short} from './show.js';
import {costCell, lostFrameRunners, sweepColumns, withoutCost} from './show-loss.js';
import type {SweepPoint} from './sweep.js';
import {describeWorkload, findWorkloads} from './workload.js';

export interface RaceReport {
	readonly workloads: readonly WorkloadResult[];
	readonly points: readonly SweepPoint[];
	readonly lostFrames: readonly LostFrame[];
	readonly lostFrameMissing: string | null;
	/** What it was measured on, and with what: name and value. */
	readonly facts: object;
	readonly interrupted: boolean;
}

/** Who is compared: the protocol, or the address where a protocol is there twice. */
function seriesOf(points: readonly SweepPoint[]): {name: string; address: string}[] {
	const addresses = [...new Set(points.map(({address}) => address))];
	const protocolOf = (address: string) => points.find(each => each.address === address)?.protocol ?? '';
	const names = addresses.map(protocolOf);
	return addresses.map((address, i) => ({address, name: names.filter(name => name === names[i]).length === 1 ? (names[i] as string) : address}));
}

const lossAxis = {label: 'frames lost on purpose, each way', show: showShare} as const;

function costChart(workload: string, points: readonly SweepPoint[]): Chart {
	return {
		title: `${workload}: what a lost frame costs`,
		x: lossAxis,
		y: {label: 'ms of the run for each lost frame', show: String, log: true},
		series: seriesOf(points).map(({name, address}) => ({
			name,
			points: points.flatMap(({address: own, loss, lost, cost: {msPerFrame, msRange}}) =>
				own !== address || msPerFrame === null || msPerFrame <= 0
					? []
					: {x: loss, y: msPerFrame, range: msRange ?? undefined, title: `${short(msPerFrame)} ms for each of ${lost} lost frames at ${showShare(loss)}`},
			),
		})),
		empty: 'No rate lost enough frames, or cost enough, to say (see below).',
	};
}

function speedChart(workload: string, points: readonly SweepPoint[]): Chart {
	return {
		title: `${workload}: what is left of the loss-free speed`,
		x: lossAxis,
		y: {label: '% of the loss-free IOPS', show: String, log: false},
		series: seriesOf(points).map(({name, address}) => {
			const own = points.filter(point => point.address === address);
			const free = own.find(({loss}) => loss === 0)?.iops ?? 0;
			const share = (iops: number) => (iops / free) * 100;
			return {
				name,
				points: own.flatMap(({loss, iops, iopsRange: {min, max}}) =>
					loss === 0 || free === 0
						? []
						: {
								x: loss,
								y: share(iops),
								range: {min: share(min), max: share(max)},
								title: `${short(share(iops))} % (${short(iops)} IOPS) at ${showShare(loss)}`,
							},
				),
			};
		}),
		empty: 'There is no loss-free run to compare with.',
	};
}

function sweepSections(points: readonly SweepPoint[]): Markup[] {
	if (points.length === 0) return [];
	const missing = withoutCost(points);
	const names = [...new Set(points.map(({workload}) => workload))];
	const charts = findWorkloads(names).map(workload => {
		const own = points.filter(point => point.workload === workload.name);
		return html`<h2>${workload.name}</h2>
<p>${describeWorkload(workload)}</p>
<div class="charts">${lineChart(costChart(workload.name, own))}${lineChart(speedChart(workload.name, own))}</div>
`;
	});
	return [
		html`<h2>Protocols over loss rates</h2>
${htmlTable(sweepColumns, points, 'Medians over the rounds; lost, sent again and errors are sums')}
<p>ms/lost frame: the extra time of a run for each frame that was lost, against the loss-free run at equal work. Bars and range: against the slowest and the fastest loss-free round.</p>
`,
		...charts,
		...(missing.length === 0 ? [] : [html`<h2>Where no cost is given</h2>\n<ul>${missing.map(line => html`<li>${line}</li>\n`)}</ul>\n`]),
	];
}

function lostFrameSections(found: readonly LostFrame[], missing: string | null): Markup[] {
	if (missing !== null) return [html`<h2>What one lost frame costs</h2>\n<p>Not measured: ${missing}</p>\n`];
	if (found.length === 0) return [];
	const rows = lostPlaces.filter(({place}) => found.some(each => each.place === place));
	const columns: Column<(typeof rows)[0]>[] = [
		{title: 'the frame that is lost', cell: ({place}) => place},
		...lostFrameRunners(found).map(({title, address}) => ({
			title,
			cell: ({place}: {place: string}) => costCell(found.find(each => each.place === place && each.address === address)),
		})),
	];
	const reasons = found.flatMap(({why, place, protocol}) => (why === null ? [] : [html`<li>${`${place} over ${protocol}: ${why}`}</li>\n`]));
	return [
		html`<h2>What one lost frame costs</h2>
${htmlTable(columns, rows, 'One request outstanding, one of its frames lost on purpose, chosen by count; extra time, median (least to greatest)')}
<p>~: no more than what requests without a loss differ by among themselves.</p>
`,
		...(reasons.length === 0 ? [] : [html`<ul>${reasons}</ul>\n`]),
	];
}

const words: Readonly<Record<string, (value: never) => string>> = {
	span: (value: number) => showSize(value),
	size: (value: number) => showSize(value),
	loss: (value: number) => showShare(value),
	losses: (value: readonly number[]) => value.map(showShare).join(', '),
	seconds: (value: number) => `${value} s a run`,
	offloads: (value: boolean) => (value ? 'on' : 'off'),
};

const labels: Readonly<Record<string, string>> = {
	congestionControl: 'TCP congestion control',
	mtu: 'MTU',
	losses: 'loss',
	seconds: 'time',
	span: 'raced over',
	size: 'file',
};

/** The file's text. */
export function raceReport({workloads, points, lostFrames, lostFrameMissing, facts, interrupted}: RaceReport): string {
	const rows = Object.entries(facts).map(
		([name, value]) => [labels[name] ?? name, (words[name] as ((value: unknown) => string) | undefined)?.(value) ?? String(value)] as const,
	);
	return htmlPage(
		'netstress race',
		...(interrupted ? [html`<p><strong>Interrupted: this is what had been measured.</strong></p>\n`] : []),
		...sweepSections(points),
		...(workloads.length === 0
			? []
			: [
					html`<h2>Workloads</h2>\n${htmlTable(raceColumns, raceRows(workloads), '* a clear winner, ~ within the spread of the rounds; ± half the range of the rounds')}`,
				]),
		...lostFrameSections(lostFrames, lostFrameMissing),
		html`<h2>Measured on, and with</h2>\n${htmlFacts(rows)}`,
	);
}
