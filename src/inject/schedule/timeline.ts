// One stream's frames in time: when the next one is due, and what it is like. All times are milliseconds from the start of the run.
import {dueInPhase, framesIn, isBefore, type Phase, type Schedule} from './schedule.js';

/** Frames that were due in a phase are still sent this long behind its end; later ones are given up, or a ramp would stand still. */
const graceMs = 5;

export class Timeline {
	readonly #schedule: Schedule;
	#phase = 0;
	#phaseStart: number;
	/** Frames of this phase that were taken. */
	#inPhase = 0;
	/** When the next frame is due; Infinity when there is none. */
	due: number;
	/** Frames that were taken. */
	taken = 0;
	/** Frames whose time passed before they could be sent. */
	skipped = 0;
	/** When the last frame that was taken was due, and its share of the time: until the next one would be due. */
	lastDue = 0;
	lastSlot = 0;
	/** Until when frames have been taken or given up. */
	slotEnd: number;

	constructor(schedule: Schedule) {
		this.#schedule = schedule;
		this.#phaseStart = schedule.startMs;
		this.slotEnd = schedule.startMs;
		this.due = schedule.startMs;
		if (schedule.count === 0 || framesIn(this.#now.pps, this.#now.seconds, schedule.burst) === 0) this.due = Number.POSITIVE_INFINITY;
	}

	get #now(): Phase {
		return this.#schedule.phases[this.#phase] as Phase;
	}

	get ended(): boolean {
		return this.due === Number.POSITIVE_INFINITY;
	}

	/** True when the next frame has no time of its own: it goes when nothing else is due. */
	get unpaced(): boolean {
		return this.#now.pps === Number.POSITIVE_INFINITY;
	}

	/** Length of the next frame where the schedule says it. */
	get size(): number | undefined {
		return this.#now.size;
	}

	/** How many frames may go at `nowMs`, `limit` at most and all of one phase. */
	ready(nowMs: number, limit: number): number {
		if (this.due > nowMs) return 0;
		const {burst, count} = this.#schedule;
		const {pps, seconds} = this.#now;
		const left = Math.min(limit, count - this.taken);
		if (this.unpaced) return left;
		const elapsed = nowMs - this.#phaseStart;
		const dueNow = (Math.floor((elapsed * pps) / 1000 / burst) + 1) * burst;
		return Math.max(1, Math.min(left, dueNow - this.#inPhase, framesIn(pps, seconds, burst) - this.#inPhase));
	}

	/** Takes the next `frames`, no more than `ready` said. `nowMs` is when, for frames without a time of their own. */
	take(nowMs: number, frames = 1): void {
		const {count, burst} = this.#schedule;
		const {pps, seconds} = this.#now;
		this.taken += frames;
		this.#inPhase += frames;
		if (this.unpaced) {
			this.lastDue = this.slotEnd = this.due = nowMs;
			this.lastSlot = 0;
			if (this.taken >= count) this.due = Number.POSITIVE_INFINITY;
			return;
		}
		this.lastDue = this.#phaseStart + dueInPhase(pps, burst, this.#inPhase - 1);
		this.due = this.slotEnd = this.#phaseStart + dueInPhase(pps, burst, this.#inPhase);
		const end = this.#phaseStart + seconds * 1000;
		if (!isBefore(this.due, end)) {
			this.slotEnd = end;
			this.#next(end);
		}
		this.lastSlot = this.slotEnd - this.lastDue;
		if (this.taken >= count) this.due = Number.POSITIVE_INFINITY;
	}

	/** Leaves a phase behind whose time is over, and what of it could not be sent. */
	advance(nowMs: number): void {
		while (!this.ended) {
			const {pps, seconds} = this.#now;
			const end = this.#phaseStart + seconds * 1000;
			if (nowMs < (this.unpaced ? end : end + graceMs)) return;
			if (!this.unpaced) this.skipped += Math.min(this.#schedule.count - this.taken, framesIn(pps, seconds, this.#schedule.burst) - this.#inPhase);
			this.slotEnd = end;
			this.#next(end);
		}
	}

	#next(end: number): void {
		this.#phaseStart = end;
		this.#inPhase = 0;
		this.due = end;
		if (this.#phase + 1 < this.#schedule.phases.length) this.#phase++;
		else this.due = Number.POSITIVE_INFINITY;
	}
}
