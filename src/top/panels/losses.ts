// The ledger: where frames were lost since the start, in the order of a frame's way, with the counter that says so and the first thing to try. Losses first; what a rule
// dropped, what nobody wanted and mere signs stand apart below them.
import {showCount} from '../../base/units.js';
import {type Frame, type LossRow, sumOf} from '../model.js';
import {clip, grid, type Line, type Marks, plain, scrollTo, span, wrap} from '../text.js';
import {orderOf, type View} from '../view.js';
import {showRate} from './head.js';
import {markOf, titleLine} from './title.js';

const kindRank: Readonly<Record<string, number>> = {loss: 0, policy: 1, harmless: 2, sign: 3};
const byKind = (a: LossRow, b: LossRow) => (kindRank[a.kind] ?? 0) - (kindRank[b.kind] ?? 0);

/** The rows in the order that was asked for; losses are always first. */
export function orderedLosses({losses}: Frame, view: View): LossRow[] {
	const order = orderOf(view, 'losses');
	const key = (row: LossRow) => (order === 'rate' ? row.perSecond : row.count);
	return order === 'way' ? [...losses] : [...losses].sort((a, b) => byKind(a, b) || key(b) - key(a));
}

const styleOf = ({kind, perSecond}: LossRow) => (kind === 'loss' ? (perSecond > 0 ? 'loss' : 'plain') : kind === 'policy' ? 'warn' : 'dim');

const columns = (marks: Marks) =>
	[
		{title: ' ', cell: ({kind, perSecond}: LossRow) => `${markOf(kind, marks)}${perSecond > 0 ? marks.moving : ' '}`, least: 2, style: styleOf},
		{title: 'place', cell: ({title}: LossRow) => title, style: styleOf, cutTo: 20, least: 20},
		{title: 'frames', cell: ({count}: LossRow) => String(count), align: 'right' as const, least: 8, style: styleOf},
		{title: 'now', cell: ({perSecond}: LossRow) => showRate(perSecond), align: 'right' as const, least: 8, style: styleOf},
		{title: 'counted by', cell: ({countedBy, others}: LossRow) => `${countedBy}${others > 0 ? ` +${others}` : ''}`, cutTo: 20, rank: 1},
		{title: 'first knob', cell: ({knob}: LossRow) => knob, cutTo: 24, rank: 2},
		{title: 'what happened', cell: ({meaning}: LossRow) => meaning, cutTo: 40, rank: 3, grows: true as const},
	] as const;

/** What does not fit, in one line: `3 more: harmless 1.03 k, sign 12`. */
function rest(hidden: readonly LossRow[], {dot}: Marks): Line {
	const kinds = [...new Set(hidden.map(({kind}) => kind))];
	return [span(`   ${hidden.length} more: ${kinds.map(kind => `${kind} ${showCount(sumOf(hidden, kind))}`).join(` ${dot} `)}`, 'dim')];
}

export function drawLosses(frame: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const focused = view.focus === 'losses';
	const facts = (['loss', 'policy', 'harmless'] as const).map(kind => {
		const sum = sumOf(frame.losses, kind);
		const word = kind === 'loss' ? 'lost' : kind === 'policy' ? 'by rules' : 'unwanted';
		return span(`${markOf(kind, marks)} ${word} ${showCount(sum)} `, sum === 0 ? 'dim' : kind === 'loss' ? 'loss' : kind === 'policy' ? 'warn' : 'plain');
	});
	const title = titleLine('where frames died', [...facts, span(`sorted by ${orderOf(view, 'losses')}`, 'dim')], width, marks, focused);
	if (frame.losses.length === 0) return [title, [span('   nothing: no counter of this network namespace has moved', 'dim')]];
	const rows = orderedLosses(frame, view);
	const selected = Math.min(view.selected.losses, rows.length - 1);
	const chosen = rows[selected];
	// narrow terminals have no column for what moves a place: the chosen row says it below
	const narrow = width < 110;
	const sentence = chosen === undefined ? '' : narrow && chosen.knob !== '' ? `${chosen.title}: try ${chosen.knob}` : `${chosen.title}: ${chosen.meaning}`;
	const about = focused && height >= (narrow ? 6 : rows.length + 3) ? wrap(plain(sentence), width - 3, 1, marks) : [];
	const room = height - 2 - about.length;
	const cut = rows.length > room;
	const shownCount = cut ? Math.max(1, room - 1) : rows.length;
	const first = scrollTo(selected, rows.length, shownCount);
	const shown = rows.slice(first, first + shownCount);
	const hidden = rows.filter((_, i) => i < first || i >= first + shownCount);
	return [
		title,
		...grid<LossRow>(columns(marks), shown, width, marks, focused ? selected - first : -1),
		...(cut ? [clip(rest(hidden, marks), width, marks)] : []),
		...about.map(text => [span(`   ${text}`, 'first')]),
	].slice(0, height);
}
