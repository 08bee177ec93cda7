// The top of the screen: when, how often, since when; and below it in one sentence whether frames die right now, and where.
import {showCount, showSeconds} from '../../base/units.js';
import type {Frame} from '../model.js';
import {sumOf} from '../model.js';
import {clip, type Line, plain, span, textOf} from '../text.js';
import type {View} from '../view.js';

/** The time of day here. */
export const clockOf = (time: string): string => {
	const at = new Date(time);
	return Number.isNaN(at.getTime()) ? '--:--:--' : at.toTimeString().slice(0, 8);
};

/** Frames a second as a table has them: `12.3 k/s`; empty for none. */
export const showRate = (perSecond: number): string => (perSecond > 0 ? `${showCount(perSecond)}/s` : '');

function verdict({losses, intervalSeconds, seconds}: Frame, {marks}: View): Line {
	const now = losses.filter(({kind, perSecond}) => kind === 'loss' && perSecond > 0).sort((a, b) => b.perSecond - a.perSecond);
	const total = sumOf(losses, 'loss');
	if (intervalSeconds === 0 && losses.length === 0)
		return [span(seconds === 0 ? 'first reading; rates follow with the next' : 'totals begin again here', 'dim')];
	if (now.length === 0)
		return total === 0
			? [span('no loss', 'title'), span(' since the start: no counter here has lost a wanted frame')]
			: [span('no loss now', 'title'), span(`; ${showCount(total)} frames were lost since the start`)];
	const sum = now.reduce((all, {perSecond}) => all + perSecond, 0);
	const where = now
		.slice(0, 3)
		.map(({title, perSecond, countedBy}, i) => [
			span(i === 0 ? '' : ', '),
			span(now.length === 1 ? title : `${title} ${showRate(perSecond)}`, 'loss'),
			...(now.length === 1 ? [span(`, says ${plain(countedBy)}`, 'dim')] : []),
		]);
	return [span(`${marks.moving} losing ${showRate(sum)}`, 'loss'), span(': '), ...where.flat()];
}

export function drawHead(frame: Frame | undefined, view: View, width: number): Line[] {
	const {marks, replay, paused, recording, intervalSeconds, speed, ended} = view;
	const dot = ` ${marks.dot} `;
	const state =
		replay !== undefined
			? [span(`replay ${speed}x`, 'first'), ...(ended ? [span(' at its end', 'warn')] : []), ...(paused && !ended ? [span(' paused', 'warn')] : [])]
			: paused
				? [span('paused', 'warn')]
				: [span(`every ${showSeconds(intervalSeconds)}`)];
	if (recording !== undefined) state.push(span(`${dot}recording`, 'warn'));
	const left = [span('netstress top', 'title'), span(`  ${plain(view.host)}  `), ...state];
	const right =
		frame === undefined ? '' : `${clockOf(frame.time)}${dot}totals since ${clockOf(frame.started)} (${showSeconds(Math.round(frame.seconds * 10) / 10)})`;
	const room = width - textOf(left).length - 2;
	const first =
		right.length <= room ? [...left, span(right.padStart(room + 2), 'dim')] : [...left, span(frame === undefined ? '' : `  ${clockOf(frame.time)}`, 'dim')];
	const second: Line = frame === undefined ? [span('reading the counters', 'dim')] : verdict(frame, view);
	return [first, second].map(line => clip(line, width, marks));
}
