// The last line: the keys that matter now, or what has just happened. And the help that lies over everything.
import {clip, type Line, plain, type Span, span, textOf} from '../text.js';
import type {View} from '../view.js';

type Key = readonly [key: string, does: string];

export function drawFoot(view: View, width: number): Line[] {
	const {marks, message, replay} = view;
	if (message !== '') return [clip([span(plain(message), 'warn')], width, marks)];
	const keys: Key[] =
		replay === undefined
			? [
					['q', 'quit'],
					['p', view.paused ? 'go on' : 'pause'],
					['?', 'help'],
					['tab', 'panel'],
					['up/down', 'row'],
					['i', 'interface'],
					['s', 'sort'],
					['r', 'reset'],
					['+/-', 'pace'],
				]
			: [
					['q', 'quit'],
					['space', view.paused ? 'play' : 'pause'],
					['left/right', 'step'],
					['+/-', 'speed'],
					['?', 'help'],
					['tab', 'panel'],
					['up/down', 'row'],
					['i', 'interface'],
				];
	const line: Span[] = [];
	for (const [key, does] of keys) {
		const more = [span(line.length === 0 ? '' : '  '), span(key, 'title'), span(` ${does}`, 'dim')];
		// a key that does not fit is in the help
		if (textOf([...line, ...more]).length > width) break;
		line.push(...more);
	}
	return [line];
}

/** What the help says; a line each. */
export function helpLines({marks, replay}: View): Line[] {
	const keys: Key[] = [
		['q, Ctrl-C', 'quit'],
		['p, space', 'pause: the screen stands still, counting goes on; again: go on'],
		['h, ?', 'this help; any key closes it'],
		['tab', 'the next panel with rows: interfaces, places, reasons'],
		['up, down', 'choose a row: its advice stands below the reasons'],
		['i', 'the next interface in the charts, all of them after the last'],
		['s', 'another order of the chosen panel; losses stay first'],
		['r', 'totals begin again; the charts go on'],
		replay === undefined ? ['+, -', 'more often, less often'] : ['+, -', 'faster, slower'],
		...(replay === undefined ? [] : ([['left, right', 'a reading back, a reading on']] as const)),
	];
	const signs: Key[] = [
		[marks.loss, 'lost: somebody wanted the frame'],
		[marks.policy, 'a rule said so: netfilter, traffic control, XDP'],
		[marks.harmless, 'nobody here wanted it'],
		[marks.sign, 'no frame is lost, but this is seen before frames are'],
		[marks.moving, 'it happened in the last interval'],
	];
	const row = ([key, does]: Key): Line => [span(`  ${key.padEnd(12)}`, 'title'), span(does)];
	return [
		[span('netstress top', 'title')],
		[],
		...keys.map(row),
		[],
		...signs.map(row),
		[],
		[span('  places and knobs: docs/counters.md; reasons: docs/drops.md', 'dim')],
	];
}
