// What each CPU does with arriving frames (src/monitor/softnet.ts): handled, dropped, rounds that ended with work left, frames that wait. Of the whole machine.
import {showCount} from '../../base/units.js';
import type {CpuRow, Frame} from '../model.js';
import {clip, grid, type Line, span} from '../text.js';
import type {View} from '../view.js';
import {titleLine} from './title.js';

const sum = (rows: readonly CpuRow[], pick: (row: CpuRow) => number) => rows.reduce((all, row) => all + pick(row), 0);

/** One line for all CPUs. */
function oneLine(cpus: readonly CpuRow[], view: View, width: number): Line[] {
	const {marks} = view;
	const dropped = sum(cpus, row => row.droppedTotal);
	const squeezed = sum(cpus, row => row.squeezedTotal);
	const busiest = cpus.reduce((a, b) => (b.processedPps > a.processedPps ? b : a), cpus[0] as CpuRow);
	const line: Line = [
		span('softnet', 'title'),
		span(`  ${cpus.length} CPUs  ${showCount(sum(cpus, row => row.processedPps))}/s, most on cpu ${busiest.cpu}  `),
		span(`dropped ${showCount(dropped)}${sum(cpus, row => row.dropped) > 0 ? marks.moving : ''}`, dropped > 0 ? 'loss' : 'plain'),
		span('  '),
		span(`squeezed ${showCount(squeezed)}${sum(cpus, row => row.squeezed) > 0 ? marks.moving : ''}`, squeezed > 0 ? 'warn' : 'plain'),
		span(`  waiting ${showCount(sum(cpus, row => row.backlogLength))}`),
	];
	return [clip(line, width, marks)];
}

export function drawSoftnet(frame: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const {cpus} = frame;
	if (cpus.length === 0) {
		const none: Line = [span('softnet', 'title'), span(frame.samples < 2 ? '  from the next reading on' : '  not to be read here', 'dim')];
		return height === 1 ? [clip(none, width, marks)] : [titleLine('softnet, each CPU', [], width, marks), clip([span('  '), ...none], width, marks)];
	}
	if (height < 3) return oneLine(cpus, view, width);
	const room = height - 2;
	const cut = cpus.length > room;
	// of more CPUs than there is room for those that do or lose most
	const rows = cut ? [...cpus].sort((a, b) => b.droppedTotal - a.droppedTotal || b.processedPps - a.processedPps).slice(0, Math.max(1, room - 1)) : cpus;
	const style = ({dropped, squeezed}: CpuRow) => (dropped > 0 ? 'loss' : squeezed > 0 ? 'warn' : 'plain');
	const moving = (now: number) => (now > 0 ? marks.moving : '');
	return [
		titleLine('softnet, each CPU', [span('the whole machine', 'dim')], width, marks),
		...grid<CpuRow>(
			[
				{title: 'cpu', cell: ({cpu}) => String(cpu), align: 'right', least: 4, style},
				{title: 'frames/s', cell: ({processedPps}) => showCount(processedPps), align: 'right', least: 8, style},
				{title: 'dropped', cell: ({droppedTotal, dropped}) => `${droppedTotal}${moving(dropped)}`, align: 'right', least: 8, style},
				{title: 'squeezed', cell: ({squeezedTotal, squeezed}) => `${squeezedTotal}${moving(squeezed)}`, align: 'right', least: 8, style},
				{title: 'waiting', cell: ({backlogLength}) => String(backlogLength), align: 'right', least: 7, style},
				{title: 'rps', cell: ({receivedRps}) => String(receivedRps), align: 'right', rank: 1},
				{title: 'flow limit', cell: ({flowLimit}) => String(flowLimit), align: 'right', rank: 1},
			],
			rows,
			width,
			marks,
		),
		...(cut ? [clip([span(`  ${cpus.length - rows.length} more, quieter`, 'dim')], width, marks)] : []),
	].slice(0, height);
}
