// The netstress targets of this machine, from outside: a target cannot be asked yet. What it would say of itself belongs here, a row for each of its exports.
import {showShare, showSize} from '../../base/units.js';
import type {Frame} from '../model.js';
import type {TargetProcess} from '../sample.js';
import {clip, grid, type Line, plain, span} from '../text.js';
import type {View} from '../view.js';
import {titleLine} from './title.js';

export function drawTarget({targets}: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const title = titleLine('netstress target', [], width, marks);
	if (targets === undefined || targets.length === 0)
		return [title, clip([span('   none runs on this machine that this user may see', 'dim')], width, marks)].slice(0, height);
	const room = Math.max(1, height - 2);
	return [
		title,
		...grid<TargetProcess>(
			[
				{title: 'pid', cell: ({pid}) => String(pid), align: 'right', least: 7},
				{title: 'CPU', cell: ({cpuShare}) => (cpuShare === null ? '-' : showShare(Math.round(cpuShare * 1000) / 1000)), align: 'right', least: 7},
				{title: 'memory', cell: ({residentBytes}) => showSize(residentBytes), align: 'right', least: 8},
				{title: 'threads', cell: ({threads}) => String(threads), align: 'right', rank: 1},
				{title: 'serves', cell: ({words}) => plain(words), cutTo: 10, grows: true},
			],
			targets.slice(0, targets.length > room ? room - 1 : room),
			width,
			marks,
		),
		...(targets.length > room ? [clip([span(`   ${targets.length - room + 1} more`, 'dim')], width, marks)] : []),
	].slice(0, height);
}
