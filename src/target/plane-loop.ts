// The loop of a data plane: drain every port, let its engine answer, do what is due, look a little longer when there is nothing, then sleep in poll.
import {SPIN_MS, Spin} from '../base/spin.js';
import type {FramePort} from '../port/port.js';
import {libc} from '../sys/libc.js';
import {POLLIN, type Poller} from '../sys/poll.js';

/** An engine with its ports. */
export interface Served {
	/** Takes in up to `limit` frames, answers them and hands the answers over. Returns how many there were. */
	poll(limit: number): number;
	/** Does what is due, and gives the milliseconds until something is again; Infinity for an engine without timers. */
	tick?(): number;
}

/** Frames taken from one engine before the next has its turn. */
const BATCH = 64;

/** Serves until somebody writes to the wake descriptor, which is the poller's first, or `until` says so. */
export function serveLoop(poller: Poller, ports: readonly FramePort[], served: readonly Served[], spinMs = SPIN_MS, until?: () => boolean): void {
	const spin = new Spin(spinMs);
	const timed = served.filter(each => each.tick !== undefined);
	for (let turns = 1; ; turns++) {
		let frames = 0;
		for (const each of served) frames += each.poll(BATCH);
		let waitMs = Number.POSITIVE_INFINITY;
		for (const each of timed) waitMs = Math.min(waitMs, each.tick!());
		if (until?.()) return;
		if (frames > 0) {
			spin.found();
			// Under load the wake descriptor is looked at now and then; without load the plane sleeps on it.
			if (turns % 256 !== 0) continue;
			poller.wait(0);
		} else {
			if (waitMs > 0 && spin.keep(performance.now())) {
				libc.yieldProcessor();
				continue;
			}
			poller.wait(waitMs === Number.POSITIVE_INFINITY ? -1 : Math.max(0, Math.ceil(waitMs)));
			// An interface that went down leaves an error on its socket; taken here, or poll would not sleep again.
			for (const port of ports) port.wait(0);
		}
		if ((poller.events(0) & POLLIN) !== 0) return;
	}
}
