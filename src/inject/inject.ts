// Sends the frames of a source through a port at a pace, until a count, a time or an abort ends it.
import {setTimeout as sleep, setImmediate as turn} from 'node:timers/promises';
import type {FramePort} from '../port/port.js';
import {due, dueAt} from './pace.js';
import type {FrameSource} from './source.js';

export interface InjectOptions {
	/** Frames; 0 = until `signal`. */
	readonly count: number;
	/** Seconds; 0 = until `signal` or the count. */
	readonly seconds: number;
	/** Frames a second; Infinity = as fast as they go. */
	readonly pps: number;
	readonly signal: AbortSignal;
	readonly progress?: ((attempted: number, elapsedSeconds: number) => void) | undefined;
}

export interface Injected {
	/** Frames that were built and handed to the port. */
	readonly attempted: number;
	/** Frames that the kernel took. */
	readonly accepted: number;
	/** Frames that it refused. */
	readonly failed: number;
	readonly seconds: number;
}

/** The loop gives signals and timers a turn this often. */
const turnMs = 10;
/** Frames between two looks at the clock. */
const burst = 256;
/** A wait shorter than this is spun away: no timer is that exact. */
const spinMs = 1.5;

/** ERR_SYSCALL and the like come from the port. A frame that the kernel refuses is counted, and its number is not sent again: it is lost. */
export async function inject(port: FramePort, frames: FrameSource, {count, seconds, pps, signal, progress}: InjectOptions): Promise<Injected> {
	const most = count === 0 ? Number.POSITIVE_INFINITY : count;
	const start = performance.now();
	const end = seconds === 0 ? Number.POSITIVE_INFINITY : start + seconds * 1000;
	const sentBefore = port.counters.sent;
	let attempted = 0;
	let lastTurn = start;
	let now = start;
	while (attempted < most && now < end && !signal.aborted) {
		const ready = Math.min(due(pps, now - start), most) - attempted;
		for (let i = Math.min(ready, burst); i > 0; i--) {
			const at = port.reserve();
			if (at < 0) break; // the ring is full: the next round finds room
			port.commit(frames.write(port.transmitBytes, port.transmitView, at, now));
			attempted++;
		}
		port.flush();
		now = performance.now();
		const waitMs = attempted >= most ? 0 : Math.min(start + dueAt(pps, attempted), end) - now;
		if (waitMs > spinMs) await sleep(Math.min(waitMs - 1, 100));
		else if (now - lastTurn > turnMs) await turn();
		else {
			now = performance.now();
			continue;
		}
		now = lastTurn = performance.now();
		progress?.(attempted, (now - start) / 1000);
	}
	port.flush();
	const accepted = port.counters.sent - sentBefore;
	return {attempted, accepted, failed: attempted - accepted, seconds: (performance.now() - start) / 1000};
}
