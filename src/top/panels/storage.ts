// Storage protocols on the wire, as this host saw them: requests that were answered, payload, and the time from request to answer.
import {showBytesPerSecond, showCount, showSeconds} from '../../base/units.js';
import type {Frame, StorageRow} from '../model.js';
import {grid, type Line, plain, span, wrap} from '../text.js';
import type {View} from '../view.js';
import {titleLine} from './title.js';

const time = (us: number | undefined) => (us === undefined ? '-' : showSeconds(us / 1e6));

export function drawStorage(frame: Frame, view: View, width: number, height: number): Line[] {
	const {marks} = view;
	const tick = frame.storageTick;
	const facts = [
		...(tick === undefined || tick.ifaces.length === 0 ? [] : [span(`on ${plain(tick.ifaces.join(', '))}`, 'dim')]),
		...(tick !== undefined && tick.dropped > 0 ? [span(` ${showCount(tick.dropped)} frames not seen`, 'warn')] : []),
	];
	const title = titleLine('storage on the wire', facts, width, marks);
	const say = (text: string, style: 'dim' | 'warn' = 'dim') => wrap(plain(text), width - 3, height - 1, marks).map(line => [span(`   ${line}`, style)]);
	if (tick === undefined) return [title, ...say(view.replay === undefined ? 'not listened to: --no-storage' : 'this recording has none')].slice(0, height);
	if (tick.why !== '') return [title, ...say(tick.why, 'warn')].slice(0, height);
	if (frame.storage.length === 0) {
		const text =
			tick.ifaces.length === 0
				? 'nobody speaks AoE, FCoE or iSCSI here; -i IFACE listens on that interface all the same'
				: 'no AoE, FCoE or iSCSI request was answered yet';
		return [title, ...say(text)].slice(0, height);
	}
	const again = ({againTotal}: StorageRow) => (againTotal > 0 ? 'loss' : 'plain');
	return [
		title,
		...grid<StorageRow>(
			[
				{title: 'protocol', cell: ({protocol}) => protocol, least: 8, style: () => 'first'},
				{title: 'IOPS', cell: ({iops}) => showCount(iops), align: 'right', least: 8},
				{title: 'payload', cell: ({bytesPerSecond}) => showBytesPerSecond(bytesPerSecond), align: 'right', least: 10},
				{title: 'p50', cell: ({latencyUs}) => time(latencyUs?.p50), align: 'right', least: 7},
				{title: 'p99', cell: ({latencyUs}) => time(latencyUs?.p99), align: 'right', least: 7},
				{title: 'max', cell: ({latencyUs}) => time(latencyUs?.max), align: 'right', least: 7, rank: 2},
				{title: 'waiting', cell: ({waiting}) => String(waiting), align: 'right', rank: 3},
				{title: 'again', cell: ({againTotal}) => String(againTotal), align: 'right', rank: 1, style: again},
				{title: 'answered', cell: ({answeredTotal}) => String(answeredTotal), align: 'right', least: 9, rank: 1},
				{title: 'timed', cell: ({timed, answered}) => (answered === 0 ? '-' : `${Math.floor((100 * timed) / answered)} %`), align: 'right', rank: 4},
			],
			frame.storage,
			width,
			marks,
		),
	].slice(0, height);
}
