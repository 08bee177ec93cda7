// Every interface with its rates, what its own counters lost, and its last minutes as bars.
import {showBits, showCount} from '../../base/units.js';
import {series} from '../history.js';
import type {Frame, InterfaceRow} from '../model.js';
import {clip, grid, type Line, type Marks, plain, scrollTo, span} from '../text.js';
import {orderOf, type View} from '../view.js';
import {showRate} from './head.js';
import {titleLine} from './title.js';

export function orderedInterfaces({interfaces}: Frame, view: View): InterfaceRow[] {
	const key: Readonly<Record<string, (row: InterfaceRow) => number>> = {in: row => row.receivedPps, out: row => row.sentPps, lost: row => row.lost};
	const by = key[orderOf(view, 'interfaces')];
	return by === undefined ? [...interfaces] : [...interfaces].sort((a, b) => by(b) - by(a));
}

/** Values as bars one above the other's height, the highest as high as can be. */
export function bars(values: readonly number[], {bars}: Marks): string {
	const top = Math.max(...values, 0);
	return values.map(value => bars[top === 0 ? 0 : Math.ceil((value / top) * (bars.length - 1))]).join('');
}

const barWidth = 24;

export function drawInterfaces(frame: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const focused = view.focus === 'interfaces';
	const rows = orderedInterfaces(frame, view);
	const gone = frame.gone.length === 0 ? [] : [span(`gone: ${plain(frame.gone.join(', '))} `, 'warn')];
	const title = titleLine('interfaces', [...gone, span(`sorted by ${orderOf(view, 'interfaces')}`, 'dim')], width, marks, focused);
	if (rows.length === 0) return [title, [span('   none', 'dim')]];
	const selected = Math.min(view.selected.interfaces, rows.length - 1);
	const room = Math.max(1, height - 2);
	const cut = rows.length > room;
	const shownCount = cut ? Math.max(1, room - 1) : rows.length;
	const first = scrollTo(selected, rows.length, shownCount);
	const rate = (row: InterfaceRow, value: string) => (row.came ? 'new' : value);
	const style = ({lostPps}: InterfaceRow) => (lostPps > 0 ? 'loss' : 'plain');
	return [
		title,
		...grid<InterfaceRow>(
			[
				{title: ' ', cell: ({lostPps, lost}) => `${lost > 0 ? marks.loss : ' '}${lostPps > 0 ? marks.moving : ' '}`, least: 2, style},
				{title: 'interface', cell: ({iface}) => iface, least: 10, style},
				{title: 'driver', cell: ({driver}) => driver, rank: 3},
				{title: 'in pps', cell: row => rate(row, showCount(row.receivedPps)), align: 'right', least: 8},
				{title: 'in', cell: row => rate(row, showBits(row.receivedBps)), align: 'right', rank: 1, least: 11},
				{title: 'out pps', cell: row => rate(row, showCount(row.sentPps)), align: 'right', least: 8},
				{title: 'out', cell: row => rate(row, showBits(row.sentBps)), align: 'right', rank: 1, least: 11},
				{title: 'lost', cell: ({lost}) => (lost > 0 ? String(lost) : ''), align: 'right', least: 8, style},
				{title: 'now', cell: ({lostPps}) => showRate(lostPps), align: 'right', least: 8, style},
				{
					title: 'in + out, 2 min',
					cell: ({iface}) =>
						bars(
							series(frame.points, point => (point.interfaces.get(iface)?.receivedPps ?? 0) + (point.interfaces.get(iface)?.sentPps ?? 0), barWidth),
							marks,
						),
					rank: 2,
					least: barWidth,
				},
			],
			rows.slice(first, first + shownCount),
			width,
			marks,
			focused ? selected - first : -1,
		),
		...(cut ? [clip([span(`   ${rows.length - shownCount} more`, 'dim')], width, marks)] : []),
	].slice(0, height);
}
