// What netstress monitor says to people: rates, losses by place with the raw counters beside them, and signs apart from losses.
import {showBits, showCount, showSeconds} from '../src/base/units.js';
import {type Moved, ownerOf} from '../src/monitor/counter.js';
import {allMoved, type Difference} from '../src/monitor/snapshot.js';
import {lossesByPlace, type PlaceLoss} from '../src/monitor/tally.js';
import {table} from '../src/report/table.js';

const tail = ({reset, wrapped, guessed}: Moved) => `${reset ? ', went back' : ''}${wrapped ? ', wrapped' : ''}${guessed ? ', place guessed' : ''}`;

interface Row {
	readonly place: string;
	readonly title: string;
	readonly count: number;
	readonly perSecond: number;
	readonly from: string;
	readonly kind: string;
}

/** A row for each counter; the place stands in the first of its rows only. */
const rows = (losses: readonly PlaceLoss[], seconds: number): Row[] =>
	losses.flatMap(({place, title, kind, counters}) =>
		counters.map((counter, i) => ({
			place: i === 0 ? place : '',
			title: i === 0 ? title : '',
			kind: i === 0 && kind !== 'loss' && kind !== 'sign' ? kind : '',
			count: counter.value,
			perSecond: seconds > 0 ? counter.value / seconds : 0,
			from: `${[ownerOf(counter), counter.source, counter.name].filter(word => word !== '').join(' ')}${tail(counter)}`,
		})),
	);

const lossTable = (losses: readonly PlaceLoss[], seconds: number, width: number) =>
	table<Row>(
		[
			{title: 'place', cell: ({place}) => place},
			{title: 'frames', cell: ({count}) => String(count), align: 'right'},
			{title: '/s', cell: ({perSecond}) => showCount(perSecond), align: 'right', rank: 1},
			{title: 'counted by', cell: ({from}) => from},
			{title: '', cell: ({kind}) => kind, rank: 1},
			{title: 'what happened', cell: ({title}) => title, rank: 2},
		],
		rows(losses, seconds),
		width,
	);

/** The losses of a difference as text: a table of losses, one of signs; one line when nothing moved. */
export function lossText(difference: Difference, width: number): string {
	const all = lossesByPlace(allMoved(difference));
	const losses = all.filter(({kind}) => kind !== 'sign');
	const signs = all.filter(({kind}) => kind === 'sign');
	const parts = [losses.length === 0 ? 'nothing was lost' : lossTable(losses, difference.seconds, width)];
	if (signs.length > 0) parts.push(`no loss, but seen before there is one:\n${lossTable(signs, difference.seconds, width)}`);
	return parts.join('\n\n');
}

/** Interfaces that have done something, or all that were asked for. */
const busy = ({interfaces}: Difference, all: boolean) =>
	[...interfaces].filter(([, one]) => all || one.sent + one.received > 0 || one.counters.length > 0).map(([iface, one]) => ({iface, ...one}));

/** Rates of interfaces and CPUs as text. */
export function rateText(difference: Difference, all: boolean, width: number): string {
	const {seconds, cpus, gone} = difference;
	const rate = (value: number) => (seconds > 0 ? value / seconds : 0);
	const interfaces = busy(difference, all);
	const note = (one: (typeof interfaces)[number]) => [one.came ? 'new' : '', one.reset ? 'went back' : ''].filter(word => word !== '').join(', ');
	const links = table(
		[
			{title: 'interface', cell: one => one.iface},
			{title: 'driver', cell: one => one.driver, rank: 2},
			{title: 'in pps', cell: one => (one.came ? '-' : showCount(rate(one.received))), align: 'right'},
			{title: 'in', cell: one => (one.came ? '-' : showBits(8 * rate(one.receivedBytes))), align: 'right', rank: 1},
			{title: 'out pps', cell: one => (one.came ? '-' : showCount(rate(one.sent))), align: 'right'},
			{title: 'out', cell: one => (one.came ? '-' : showBits(8 * rate(one.sentBytes))), align: 'right', rank: 1},
			{title: '', cell: note},
		],
		interfaces,
		width,
	);
	const softnet = table(
		[
			{title: 'cpu', cell: one => String(one.cpu), align: 'right'},
			{title: 'frames/s', cell: one => showCount(rate(one.processed)), align: 'right'},
			{title: 'dropped', cell: one => String(one.dropped), align: 'right'},
			{title: 'squeezed', cell: one => String(one.squeezed), align: 'right'},
			{title: 'rps', cell: one => String(one.receivedRps), align: 'right', rank: 2},
			{title: 'flow limit', cell: one => String(one.flowLimit), align: 'right', rank: 2},
			{title: 'waiting', cell: one => String(one.backlogLength), align: 'right', rank: 1},
		],
		cpus,
		width,
	);
	const parts = [interfaces.length === 0 ? 'no interface has sent or received anything' : links];
	if (cpus.length > 0) parts.push(softnet);
	if (gone.length > 0) parts.push(`gone: ${gone.join(', ')}`);
	return parts.join('\n\n');
}

/** One interval as plain lines: the rates of busy interfaces in one, then a line for each place. */
export function intervalLines(time: string, difference: Difference, all: boolean): string[] {
	const {seconds} = difference;
	const rate = (value: number) => showCount(seconds > 0 ? value / seconds : 0);
	const links = busy(difference, all).map(one => `${one.iface} in ${rate(one.received)}pps out ${rate(one.sent)}pps`);
	const losses = lossesByPlace(allMoved(difference));
	const said = losses.map(({place, kind, count, counters}) => {
		const from = counters.map(
			counter => `${[ownerOf(counter), counter.source, counter.name].filter(word => word !== '').join(' ')} ${counter.value}${tail(counter)}`,
		);
		return `  ${place} ${count}${kind === 'loss' ? '' : ` (${kind})`}: ${from.slice(0, 4).join('; ')}${from.length > 4 ? `; and ${from.length - 4} more` : ''}`;
	});
	const gone = difference.gone.length > 0 ? [`  gone: ${difference.gone.join(', ')}`] : [];
	const first = `${time} ${links.length === 0 ? 'no interface has sent or received anything' : links.join(', ')}${losses.length === 0 ? '; nothing was lost' : ''}`;
	return [first, ...said, ...gone];
}

/** The end of a run. */
export const totalText = (total: Difference, all: boolean, width: number): string =>
	`in ${showSeconds(total.seconds)}:\n\n${rateText(total, all, width)}\n\n${lossText(total, width)}`;
