// What losses cost, for people: the table over loss rates, and the table of single frames.
import {showShare} from '../base/units.js';
import {type Column, table} from '../report/table.js';
import {type LostFrame, lostPlaces} from './lost-frame.js';
import {short, troubles} from './show.js';
import type {SweepPoint} from './sweep.js';
import {findWorkloads} from './workload.js';

/** The columns of a sweep, for every way of showing it. */
export const sweepColumns: readonly Column<SweepPoint>[] = [
	{title: 'workload', cell: ({workload}) => workload},
	{title: 'over', cell: ({protocol}) => protocol},
	{title: 'loss', cell: ({loss}) => showShare(loss).replace(' ', ''), align: 'right'},
	{title: 'MB/s', cell: ({bytesPerSecond}) => short(bytesPerSecond / 1e6), align: 'right'},
	{title: 'IOPS', cell: ({iops}) => short(iops), align: 'right', rank: 1},
	{title: 'p50 us', cell: ({latencyUs}) => short(latencyUs?.p50), align: 'right', rank: 4},
	{title: 'p99 us', cell: ({latencyUs}) => short(latencyUs?.p99), align: 'right', rank: 2},
	{title: 'max us', cell: ({latencyUs}) => short(latencyUs?.max), align: 'right', rank: 5},
	{title: 'sent again', cell: ({retransmits}) => String(retransmits), align: 'right', rank: 6},
	{title: 'lost', cell: ({lost}) => String(lost), align: 'right'},
	{title: 'errors', cell: ({errors}) => String(errors), align: 'right', rank: 7},
	{title: 'ms/lost frame', cell: ({cost}) => short(cost.msPerFrame), align: 'right'},
	{title: 'range', cell: ({cost: {msRange}}) => (msRange === null ? '' : `${short(msRange.min)} to ${short(msRange.max)}`), rank: 3},
];

/** Where a point has no cost, and why. */
export const withoutCost = (points: readonly SweepPoint[]): string[] =>
	points.flatMap(({workload, protocol, loss, cost}) => (cost.why === null ? [] : [`${workload} over ${protocol} at ${showShare(loss)}: ${cost.why}`]));

/** Repeated words of the first columns are left out, as in the race's own table. */
function thinned(points: readonly SweepPoint[]): readonly Column<SweepPoint>[] {
	const before = (point: SweepPoint) => points[points.indexOf(point) - 1];
	return sweepColumns.map(column => {
		if (column.title === 'workload') return {...column, cell: point => (before(point)?.workload === point.workload ? '' : point.workload)};
		if (column.title === 'over')
			return {...column, cell: point => (before(point)?.workload === point.workload && before(point)?.protocol === point.protocol ? '' : point.protocol)};
		return column;
	});
}

/** The whole report of a sweep, lines of at most `width` where that is possible. */
export function showSweep(points: readonly SweepPoint[], width: number): string {
	const names = [...new Set(points.map(({workload}) => workload))];
	const byWorkload = findWorkloads(names).map(workload => ({...workload, results: points.filter(point => point.workload === workload.name), winner: null}));
	const missing = withoutCost(points);
	const sections = [
		[table(thinned(points), points, width)],
		['ms/lost frame: extra time of the run for each lost frame, against the loss-free run at equal work (docs/race.md)'],
		missing.length === 0 ? [] : ['No cost is given for:', ...missing.map(line => `  ${line}`)],
		[...troubles(byWorkload)],
	];
	return sections
		.filter(lines => lines.length > 0)
		.map(lines => lines.join('\n'))
		.join('\n\n');
}

/** `20.1 ms (20.0 to 20.4)`, or without the range; `~` where it is no more than loss-free requests differ by. */
export const costCell = (found: LostFrame | undefined, range = true): string => {
	if (found === undefined) return '-';
	if (found.costMs === null) return found.errors > 0 ? 'failed' : '?';
	const {median, min, max} = found.costMs;
	return `${found.clear ? '' : '~'}${short(median)} ms${range ? ` (${short(min)} to ${short(max)})` : ''}`;
};

/** Who was measured, in order; two addresses of one protocol are told apart by the address. */
export function lostFrameRunners(found: readonly LostFrame[]): {title: string; address: string}[] {
	const addresses = [...new Set(found.map(({address}) => address))];
	const protocolOf = (address: string) => found.find(each => each.address === address)?.protocol ?? '';
	const alone = (address: string) => addresses.filter(other => protocolOf(other) === protocolOf(address)).length === 1;
	return addresses.map(address => ({title: alone(address) ? protocolOf(address) : address, address}));
}

/** The table of single lost frames. */
export function showLostFrames(found: readonly LostFrame[], width: number): string {
	const rows = lostPlaces.filter(({place}) => found.some(each => each.place === place));
	const columns = (range: boolean): Column<(typeof rows)[0]>[] => [
		{title: 'the frame that is lost', cell: ({place}) => place},
		...lostFrameRunners(found).map(({title, address}) => ({
			title,
			cell: ({place}: {place: string}) =>
				costCell(
					found.find(each => each.place === place && each.address === address),
					range,
				),
		})),
	];
	const whole = table(columns(true), rows, width);
	const fits = whole.split('\n').every(line => line.length <= width);
	const samples = found.map(({samples}) => samples);
	const notes = [
		`One request outstanding, one of its frames lost; extra time: median${fits ? ' (least to greatest)' : ''} of ${Math.min(...samples)}${Math.max(...samples) > Math.min(...samples) ? ` to ${Math.max(...samples)}` : ''} requests`,
		...(found.some(({clear, costMs}) => costMs !== null && !clear) ? ['~ no more than what requests without a loss differ by among themselves'] : []),
		...found.flatMap(({why, place, protocol}) => (why === null ? [] : [`${place} over ${protocol}: ${why}`])),
	];
	return ['What one lost frame costs', '', fits ? whole : table(columns(false), rows, width), '', ...notes].join('\n');
}
