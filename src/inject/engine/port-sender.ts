// A frame port as a sender: frames are written where they are sent from, and handed over together when several are due.
import {setTimeout as sleep} from 'node:timers/promises';
import type {FramePort} from '../../port/port.js';
import type {RunningStream, Sender} from '../inject.js';
import type {Agenda} from '../schedule/agenda.js';
import type {FrameImage} from '../source.js';

/** What of a port is needed to send. */
export type TransmitPort = Pick<
	FramePort,
	'counters' | 'transmitBytes' | 'transmitView' | 'reserve' | 'commit' | 'flush' | 'pending' | 'slots' | 'commitFirst'
>;

/** Frames that a port is given before it is flushed. */
const batch = 64;
/** What is still with the kernel at the end is waited for so long. */
const drainMs = 1000;

type Way = Sender['send'];

/** Any streams: each frame is written in full. */
const eachFrame =
	(port: TransmitPort): Way =>
	(agenda, nowMs, startMs) => {
		for (let i = 0; i < batch; i++) {
			const {timeline, source, setSize} = agenda.first;
			if (timeline.due > nowMs) break;
			const at = port.reserve();
			if (at < 0) break; // the ring is full: the next round finds room
			if (timeline.size !== undefined) setSize?.(timeline.size);
			port.commit(source.write(port.transmitBytes, port.transmitView, at, startMs + nowMs));
			timeline.take(nowMs);
			agenda.moved();
		}
		port.flush();
	};

/** One stream of frames that differ in their stamp only: they stay in the port's slots, and nothing but the stamp is written again. */
function sameFrames(
	{transmitBytes, transmitView, flush}: TransmitPort,
	slots: Uint32Array,
	commitFirst: (count: number, length: number) => void,
	image: FrameImage,
): Way {
	const {bytes, renew} = image;
	for (const at of slots) transmitBytes.set(bytes, at);
	return (agenda, nowMs, startMs) => {
		const {timeline} = agenda.first;
		const frames = timeline.ready(nowMs, slots.length);
		const stampMs = startMs + nowMs;
		if (renew !== undefined) for (let i = 0; i < frames; i++) renew(transmitView, slots[i] as number, stampMs);
		commitFirst(frames, bytes.length);
		timeline.take(nowMs, frames);
		agenda.moved();
		flush();
	};
}

/** Picks the quicker way that suits the only stream, and the general one for several. */
function wayFor(port: TransmitPort, agenda: Agenda<RunningStream>): Way {
	const {slots, commitFirst} = port;
	const {source} = agenda.first;
	const image = agenda.size === 1 ? source.image : undefined;
	return image === undefined || slots === undefined || commitFirst === undefined ? eachFrame(port) : sameFrames(port, slots, commitFirst, image);
}

export function portSender(port: TransmitPort): Sender {
	const {sent, sentBytes} = port.counters;
	let way: Way | undefined;
	return {
		send(agenda, nowMs, startMs) {
			way ??= wayFor(port, agenda);
			way(agenda, nowMs, startMs);
		},
		async finish() {
			port.flush();
			// a TX ring that is closed loses what the kernel has not sent
			for (const until = performance.now() + drainMs; (port.pending?.() ?? 0) > 0 && performance.now() < until; port.flush()) await sleep(1);
		},
		get accepted() {
			return port.counters.sent - sent;
		},
		get acceptedBytes() {
			return port.counters.sentBytes - sentBytes;
		},
	};
}
