// The netstress targets of this machine: the process as the kernel counts it, and each of its ports as the target itself does.
import {showBytesPerSecond, showCount, showShare, showSize} from '../../base/units.js';
import type {Frame} from '../model.js';
import type {TargetPort, TargetProcess} from '../sample.js';
import {clip, grid, type Line, plain, span} from '../text.js';
import type {View} from '../view.js';
import {titleLine} from './title.js';

type PortRow = TargetPort & {readonly pid: number};

const troubled = (count: number) => (count > 0 ? 'loss' : 'plain');

export function drawTarget({targets}: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const title = titleLine('netstress target', [], width, marks);
	if (targets === undefined || targets.length === 0)
		return [title, clip([span('   none runs on this machine that this user may see', 'dim')], width, marks)].slice(0, height);
	const ports = targets.flatMap(({pid, ports}) => (ports ?? []).map((port): PortRow => ({...port, pid})));
	// the ports want a heading and a line each; processes come first where there is no room for both
	const wanted = ports.length > 0 ? ports.length + 1 : 0;
	const room = Math.max(1, height - 2 - wanted);
	const processes = grid<TargetProcess>(
		[
			{title: 'pid', cell: ({pid}) => String(pid), align: 'right', least: 7},
			{title: 'CPU', cell: ({cpuShare}) => (cpuShare === null ? '-' : showShare(Math.round(cpuShare * 1000) / 1000)), align: 'right', least: 7},
			{title: 'memory', cell: ({residentBytes}) => showSize(residentBytes), align: 'right', least: 8},
			{title: 'threads', cell: ({threads}) => String(threads), align: 'right', rank: 1},
			{title: 'serves', cell: ({words}) => plain(words), cutTo: 10, grows: true},
		],
		targets.slice(0, targets.length > room ? Math.max(1, room - 1) : room),
		width,
		marks,
	);
	return [
		title,
		...processes,
		...(targets.length > room ? [clip([span(`   ${targets.length - Math.max(1, room - 1)} more`, 'dim')], width, marks)] : []),
		...(ports.length === 0
			? []
			: grid<PortRow>(
					[
						...(targets.length > 1 ? [{title: 'pid', cell: ({pid}: PortRow) => String(pid), align: 'right' as const, least: 7}] : []),
						{title: 'port', cell: ({port}) => plain(port), cutTo: 10, style: () => 'first' as const},
						{title: 'commands/s', cell: ({commandsPerSecond}) => showCount(Math.round(commandsPerSecond)), align: 'right', least: 8},
						{title: 'read', cell: ({readPerSecond}) => showBytesPerSecond(readPerSecond), align: 'right', least: 10},
						{title: 'written', cell: ({writtenPerSecond}) => showBytesPerSecond(writtenPerSecond), align: 'right', least: 10},
						{title: 'sessions', cell: ({initiators}) => (initiators === null ? '-' : String(initiators)), align: 'right', rank: 2},
						{title: 'failed', cell: ({failed}) => String(failed), align: 'right', rank: 3},
						{title: 'errors', cell: ({errors}) => String(errors), align: 'right', rank: 1, style: ({errors}) => troubled(errors)},
						{title: 'lost', cell: ({lost}) => String(lost), align: 'right', style: ({lost}) => troubled(lost)},
					],
					ports,
					width,
					marks,
				)),
	].slice(0, height);
}
