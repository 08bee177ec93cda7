// The race's results for people.

import {places} from '../monitor/place.js';
import {type Column, table} from '../report/table.js';
import {type RaceLoss, together} from './losses.js';
import type {Result, WorkloadResult} from './result.js';
import {describeWorkload} from './workload.js';

export interface Row {
	readonly workload: WorkloadResult;
	readonly result: Result;
	readonly first: boolean;
}

/** A figure in at most six places: 24.1 for 24.0999, 1230 for 1229.7. */
export const short = (value: number | null | undefined): string => {
	if (value === null || value === undefined) return '-';
	const size = Math.abs(value);
	return size >= 100 || value === 0 ? String(Math.round(value)) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
};
/** Half the range of the rounds, as a share of the median. */
const spread = ({iops, iopsRange: {min, max}, rounds}: Result) => (rounds < 2 || iops === 0 ? '-' : `±${Math.round(((max - min) / 2 / iops) * 100)}%`);

/** The columns of a race, for every way of showing it. */
export const raceColumns: readonly Column<Row>[] = [
	{title: 'workload', cell: ({workload, first}) => (first ? workload.name : '')},
	{title: 'what', cell: ({workload, first}) => (first ? describeWorkload(workload) : ''), rank: 9},
	{title: '', cell: ({workload: {winner}, result}) => (winner?.address !== result.address ? '' : winner.clear ? '*' : '~')},
	{title: 'over', cell: ({result}) => result.protocol},
	{title: 'IOPS', cell: ({result}) => short(result.iops), align: 'right'},
	{title: '', cell: ({result}) => spread(result), align: 'right', rank: 1},
	{title: 'MB/s', cell: ({result}) => short(result.bytesPerSecond / 1e6), align: 'right'},
	{title: 'p50 us', cell: ({result}) => short(result.latencyUs?.p50), align: 'right', rank: 2},
	{title: 'p90 us', cell: ({result}) => short(result.latencyUs?.p90), align: 'right', rank: 6},
	{title: 'p99 us', cell: ({result}) => short(result.latencyUs?.p99), align: 'right', rank: 1},
	{title: 'max us', cell: ({result}) => short(result.latencyUs?.max), align: 'right', rank: 7},
	{title: 'CPU s/GB', cell: ({result}) => short(result.cpuSecondsPerGB ?? result.initiatorCpuSecondsPerGB), align: 'right', rank: 1},
	{title: 'sent again', cell: ({result}) => String(result.retransmits), align: 'right', rank: 5},
	{title: 'lost', cell: ({result}) => String(result.lost), align: 'right'},
	{title: 'errors', cell: ({result}) => String(result.errors), align: 'right', rank: 4},
	{title: 'verified', cell: ({result}) => String(result.verified), align: 'right', rank: 8},
	{title: 'address', cell: ({result}) => result.address, rank: 10},
];

const times = (by: number) => (by > 1e6 ? 'alone' : `${by.toFixed(2)} times`);

/** One line on who won a workload; undefined when there was nobody to beat. */
function verdict({name, winner, results}: WorkloadResult, same: boolean): string | undefined {
	if (winner === null) return undefined;
	const who = same ? winner.address : winner.protocol;
	const second = results.filter(({address}) => address !== winner.address).toSorted((a, b) => b.iops - a.iops)[0] as Result;
	const other = same ? second.address : second.protocol;
	return winner.clear
		? `${name}: ${who} wins, ${times(winner.by)} the IOPS of ${other}`
		: `${name}: ${who} and ${other} within the spread of their rounds (${times(winner.by)})`;
}

/** Who won how often, in words. */
function overall(results: readonly WorkloadResult[], same: boolean): string | undefined {
	const wins = new Map<string, number>();
	const ranked = results.filter(({winner}) => winner !== null);
	for (const {winner} of ranked)
		if (winner?.clear) wins.set(same ? winner.address : winner.protocol, (wins.get(same ? winner.address : winner.protocol) ?? 0) + 1);
	if (ranked.length === 0) return undefined;
	const clear = [...wins].sort(([, a], [, b]) => b - a).map(([who, count]) => `${who} ${count}`);
	const open = ranked.length - [...wins.values()].reduce((sum, count) => sum + count, 0);
	return `Wins: ${[...clear, ...(open > 0 ? [`undecided ${open}`] : [])].join(', ')} of ${ranked.length} workloads`;
}

/** Where it was lost and who says so. */
const titleOf = ({place, iface, source, symbol}: RaceLoss) =>
	`${places[place].title}${iface === '' ? '' : ` at ${iface}`}, by ${source}${symbol === '' ? '' : ` in ${symbol}`}`;

/** One row for each place where frames were lost that nobody meant to lose. */
function firstOfPlace(hops: readonly RaceLoss[]): RaceLoss[] {
	const first = new Map(
		together(hops)
			.toReversed()
			.map(hop => [hop.place, hop]),
	);
	return [...first.values()].filter(({place}) => places[place].kind === 'loss').reverse();
}

/** What got lost, by place; and what went wrong. */
export function* troubles(results: readonly WorkloadResult[]): Iterable<string> {
	const all = results.flatMap(({name, results}) => results.map(result => ({name, result})));
	const frames = all.reduce((sum, {result}) => sum + result.frames.sent, 0);
	const lost = all.filter(({result}) => result.lost > 0);
	const unexplained = all.reduce((sum, {result}) => sum + result.unexplained, 0);
	if (frames > 0) yield `Frames: ${frames} sent in the measured runs, ${all.reduce((sum, {result}) => sum + result.lost, 0)} lost, ${unexplained} unexplained`;
	const titles = new Map<string, Map<string, number>>();
	for (const {result} of lost)
		for (const hop of [...result.hops, ...(result.unexplained > 0 ? [undefined] : [])]) {
			const title = hop === undefined ? 'between the interfaces, counted by none' : titleOf(hop);
			const by = titles.get(title) ?? new Map<string, number>();
			titles.set(title, by.set(result.protocol, (by.get(result.protocol) ?? 0) + (hop?.count ?? result.unexplained)));
		}
	for (const [title, by] of titles) yield `  ${[...by].map(([protocol, count]) => `${protocol} ${count}`).join(', ')}: ${title}`;
	for (const {place, iface, knobs} of firstOfPlace(lost.flatMap(({result}) => result.hops)))
		for (const {name, command} of knobs) yield `    ${places[place].title}, ${name}: ${command.replaceAll('IFACE', iface || 'IFACE')}`;
	const again = new Map<string, {all: number; needless: number}>();
	for (const {result} of all) {
		const {all: count, needless} = again.get(result.protocol) ?? {all: 0, needless: 0};
		again.set(result.protocol, {all: count + result.retransmits, needless: needless + result.needlessRetransmits});
	}
	for (const [protocol, {all: count, needless}] of again)
		if (count > 0) yield `Sent again: ${protocol} ${count}${needless > 0 ? `, ${needless} of them too early: the first had arrived` : ''}`;
	for (const {name, result} of all) if (result.firstError) yield `Error in ${name} over ${result.protocol}: ${result.firstError}`;
}

/** One row for each workload over each address. */
export const raceRows = (results: readonly WorkloadResult[]): Row[] =>
	results.flatMap(workload => workload.results.map((result, i) => ({workload, result, first: i === 0})));

/** The whole report, lines of at most `width` where that is possible. */
export function showRace(results: readonly WorkloadResult[], width: number): string {
	const same = results.some(({results}) => new Set(results.map(({protocol}) => protocol)).size < results.length);
	const rows = raceRows(results);
	// two addresses of one protocol can only be told apart by the address
	const shown = same ? raceColumns.map(column => (column.title === 'address' ? {...column, rank: 0} : column)) : raceColumns;
	const verdicts = results.flatMap(result => verdict(result, same) ?? []);
	const sections = [[table(shown, rows, width)], verdicts, [...(overall(results, same)?.split('\n') ?? []), ...troubles(results)]];
	return sections
		.filter(lines => lines.length > 0)
		.map(lines => lines.join('\n'))
		.join('\n\n');
}
