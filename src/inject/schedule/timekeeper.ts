// What time it is and how to wait for it. The real one sleeps as long as sleeping is exact enough, then looks at the clock until the moment has come;
// the virtual one jumps, so that a schedule of hours is a test of milliseconds.
import {setTimeout as sleep, setImmediate as turn} from 'node:timers/promises';
import {type Clock, VirtualClock} from '../../base/clock.js';

export interface Timekeeper extends Clock {
	/** Waits until about `ms` on its clock, or a little less; undefined when there was no time to wait for. It gives timers and signals their turn. */
	wait(ms: number): Promise<unknown> | undefined;
}

/** A timer of the event loop is up to this late. */
const timerMs = 2;
/** A blocked thread wakes up to this late (the kernel's timer slack of 50 us, and the way back onto a processor). */
const blockMs = 0.15;
/** The event loop gets a turn this often, whatever there is to send. */
const turnMs = 10;
/** No sleep is longer: an abort is seen by then. */
const longestMs = 50;

const nothing = new Int32Array(new SharedArrayBuffer(4));

export class RealTime implements Timekeeper {
	#turned = performance.now();

	now(): number {
		return performance.now();
	}

	wait(ms: number): Promise<unknown> | undefined {
		const now = performance.now();
		const left = ms - now;
		if (left > timerMs + 1) {
			this.#turned = now;
			return sleep(Math.min(left - timerMs, longestMs));
		}
		if (now - this.#turned > turnMs) {
			this.#turned = now;
			return turn();
		}
		if (left > blockMs) Atomics.wait(nothing, 0, 0, left - blockMs);
		return undefined;
	}
}

/** Time that passes only by waiting. */
export class VirtualTime extends VirtualClock implements Timekeeper {
	wait(ms: number): undefined {
		if (Number.isFinite(ms)) this.advanceTo(ms);
		return undefined;
	}
}
