// Why the kernel dropped frames: reason, function, protocol, interface; and for the chosen row a sentence of what happened and what to do.
import {showCount} from '../../base/units.js';
import {explained} from '../../monitor/drops/watch.js';
import type {DropRow, Frame} from '../model.js';
import {sumOf} from '../model.js';
import type {DropSample} from '../sample.js';
import {clip, grid, type Line, type Marks, plain, scrollTo, span, wrap} from '../text.js';
import {orderOf, type View} from '../view.js';
import {showRate} from './head.js';
import {markOf, titleLine} from './title.js';

const kindRank: Readonly<Record<string, number>> = {loss: 0, policy: 1, harmless: 2};

/** The rows in the order that was asked for; losses are always first. */
export function orderedDrops({drops}: Frame, view: View): DropRow[] {
	const order = orderOf(view, 'drops');
	const by: Readonly<Record<string, (a: DropRow, b: DropRow) => number>> = {
		rate: (a, b) => b.perSecond - a.perSecond || b.count - a.count,
		total: (a, b) => b.count - a.count,
		reason: (a, b) => a.reason.localeCompare(b.reason, 'en') || b.count - a.count,
	};
	return [...drops].sort((a, b) => (kindRank[a.kind] ?? 0) - (kindRank[b.kind] ?? 0) || (by[order]?.(a, b) ?? 0));
}

const styleOf = ({kind, perSecond}: DropRow) => (kind === 'loss' ? (perSecond > 0 ? 'loss' : 'plain') : kind === 'policy' ? 'warn' : 'dim');
const whereOf = ({iface, ifindex, namespace}: DropRow) => {
	const name = iface || (ifindex === 0 ? '' : `#${ifindex}`);
	return namespace === '' || namespace === 'self' ? name : `${name}@${namespace}`;
};

const columns = (marks: Marks) =>
	[
		{title: ' ', cell: ({kind, perSecond}: DropRow) => `${markOf(kind, marks)}${perSecond > 0 ? marks.moving : ' '}`, least: 2, style: styleOf},
		{title: 'reason', cell: ({reason}: DropRow) => reason, style: styleOf, cutTo: 15, least: 15},
		{title: 'frames', cell: ({count}: DropRow) => String(count), align: 'right' as const, least: 9, style: styleOf},
		{title: 'now', cell: ({perSecond}: DropRow) => showRate(perSecond), align: 'right' as const, least: 8, style: styleOf},
		{title: 'proto', cell: ({protocolName}: DropRow) => protocolName, rank: 1},
		{title: 'at', cell: whereOf, cutTo: 6},
		{title: 'dropped in', cell: ({symbol}: DropRow) => symbol, cutTo: 14, rank: 2, grows: true as const},
	] as const;

/** What the reader should know of the source: which it is, and why it is not a better one. */
function sourceNote({source, lostEvents, passedOver}: DropSample): {fact: string; note: string} {
	const fact = `counted by ${source}${lostEvents > 0 ? ` (${showCount(lostEvents)} more not seen)` : ''}`;
	if (source !== 'counters') return {fact, note: ''};
	const denied = passedOver.find(({name}) => name === 'bpf');
	return {fact, note: `no reasons here, only counters: they need root (CAP_BPF, CAP_PERFMON)${denied === undefined ? '' : `; ${denied.why}`}`};
}

export function drawDrops(frame: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const focused = view.focus === 'drops';
	const source = frame.dropSource;
	if (source === undefined)
		return [
			titleLine('why: drop reasons', [], width, marks, focused),
			clip([span('   this recording has none; netstress top --record keeps them', 'dim')], width, marks),
		];
	const {fact, note} = sourceNote(source);
	const facts = [
		`${fact},`,
		`sorted by ${orderOf(view, 'drops')}`,
		...(frame.dropsElsewhere > 0 ? [`and ${showCount(frame.dropsElsewhere)} in other namespaces`] : []),
	];
	const title = titleLine(
		'why: drop reasons',
		facts.map(text => span(text, 'dim')),
		width,
		marks,
		focused,
	);
	const warning: Line[] = note === '' ? [] : [clip([span(`   ${plain(note)}`, 'warn')], width, marks)];
	const rows = orderedDrops(frame, view);
	if (rows.length === 0) return [title, ...warning, [span(`   the kernel has dropped nothing that ${source.source} can see`, 'dim')]].slice(0, height);
	const selected = Math.min(view.selected.drops, rows.length - 1);
	const chosen = rows[selected] as DropRow;
	const {meaning, advice} = explained(chosen);
	const lines = height >= 6 ? 2 : height >= 5 ? 1 : 0;
	const sentence = wrap(plain(`${chosen.reason}: ${meaning}${advice === '' ? '' : `; ${advice}`}`), width - 3, lines, marks).slice(0, lines);
	const room = Math.max(1, height - 2 - warning.length - sentence.length);
	const cut = rows.length > room;
	const shownCount = cut ? Math.max(1, room - (room > 2 ? 1 : 0)) : rows.length;
	const first = scrollTo(selected, rows.length, shownCount);
	const hidden = rows.filter((_, i) => i < first || i >= first + shownCount);
	const more = cut && room > 2 ? [clip([span(`   ${hidden.length} more: ${moreOf(hidden, marks)}`, 'dim')], width, marks)] : [];
	return [
		title,
		...warning,
		...grid<DropRow>(columns(marks), rows.slice(first, first + shownCount), width, marks, focused ? selected - first : -1),
		...more,
		...sentence.map(text => [span('   '), span(text, 'first')]),
	].slice(0, height);
}

const moreOf = (hidden: readonly DropRow[], {dot}: Marks) =>
	[...new Set(hidden.map(({kind}) => kind))].map(kind => `${kind} ${showCount(sumOf(hidden, kind))}`).join(` ${dot} `);
