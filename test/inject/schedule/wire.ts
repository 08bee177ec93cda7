// A port that writes down when which frame was handed over, and a run over virtual time: what leaves when is then exact.
import {portSender} from '../../../src/inject/engine/port-sender.js';
import {type InjectStream, inject} from '../../../src/inject/inject.js';
import type {Schedule} from '../../../src/inject/schedule/schedule.js';
import {VirtualTime} from '../../../src/inject/schedule/timekeeper.js';
import type {FrameSource} from '../../../src/inject/source.js';
import {memoryPair} from '../../../src/port/memory.js';

export interface Departure {
	/** Milliseconds from the start. */
	readonly at: number;
	/** The stream's mark, and the frame's number in it. */
	readonly mark: number;
	readonly number: number;
	readonly length: number;
}

/** Frames of `length()` bytes that carry a mark and count up. */
export function counting(mark: number, length: () => number = () => 60): FrameSource {
	let number = 0;
	return {
		maxLength: 1514,
		period: Number.POSITIVE_INFINITY,
		write(_bytes, view, at) {
			view.setUint8(at + 14, mark);
			view.setUint32(at + 16, number++);
			return length();
		},
	};
}

/** Runs the streams over a memory pair and virtual time and gives every frame with its time. */
export async function departures(streams: readonly InjectStream[]) {
	const time = new VirtualTime();
	time.advanceTo(12_345.678); // a run does not begin when the clock does
	const [a, b] = memoryPair();
	const seen: Departure[] = [];
	const port = {
		...a,
		counters: a.counters,
		flush() {
			b.receive((view, at, length) => {
				seen.push({at: Number((time.now() - 12_345.678).toFixed(6)), mark: view.getUint8(at + 14), number: view.getUint32(at + 16), length});
			}, 1024);
			return a.flush();
		},
	};
	const done = await inject(portSender(port), streams, {signal: new AbortController().signal, time});
	return {seen, done};
}

/** One stream of a schedule. */
export const alone = (schedule: Schedule) => departures([{source: counting(1), schedule}]);
