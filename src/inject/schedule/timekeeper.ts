// What time it is and how to wait for it. The real one sleeps as long as sleeping is exact enough, then looks at the clock until the moment has come;
// the virtual one jumps, so that a schedule of hours is a test of milliseconds.
import {setTimeout as sleep, setImmediate as turn} from 'node:timers/promises';
import {type Clock, VirtualClock} from '../../base/clock.js';

export interface Timekeeper extends Clock {
	/** Gets ready for what must be on time, and says when to start. */
	settle(): Promise<number>;
	/** Waits until about `ms` on its clock, or a little less; undefined when there was no time to wait for. It gives timers and signals their turn. */
	wait(ms: number): Promise<unknown> | undefined;
}

/** A timer of the event loop is up to this late. */
const timerMs = 2;
/** A blocked thread wakes up to this late: the kernel's timer slack of 50 us, the way back onto a processor, and in a virtual machine that processor. */
const blockMs = 0.6;
/** From when all is ready to the start: the loop looks at the clock so long, which warms it. */
const leadMs = 3;
/** The event loop gets a turn this often, for signals and timers. Most turns take some tens of microseconds, a few half a millisecond. */
const turnMs = 100;
/** Turns before the start: what a program's beginning has left to do would make the first frames late. */
const firstTurns = 4;
/** No sleep is longer: an abort is seen by then. */
const longestMs = 50;

const nothing = new Int32Array(new SharedArrayBuffer(4));
/** About a tenth of a microsecond, without garbage. */
function idle(): void {
	for (let i = 0; i < 100; i++) Atomics.load(nothing, 0);
}

export class RealTime implements Timekeeper {
	#turned = performance.now();

	now(): number {
		return performance.now();
	}

	async settle(): Promise<number> {
		for (let i = 0; i < firstTurns; i++) await turn();
		this.#turned = performance.now();
		return this.#turned + leadMs;
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
		// every look at the clock leaves a number for the garbage collector, whose work is what frames are late for: few looks
		if (left > 0) while (performance.now() < ms) idle();
		return undefined;
	}
}

/** Time that passes only by waiting. */
export class VirtualTime extends VirtualClock implements Timekeeper {
	async settle(): Promise<number> {
		return this.now();
	}

	wait(ms: number): undefined {
		if (Number.isFinite(ms)) this.advanceTo(ms);
		return undefined;
	}
}
