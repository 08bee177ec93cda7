// How well a pace was kept: asked and achieved rate over the time that the frames took, and the worst delay of one.
import type {Timeline} from './timeline.js';

export interface PaceReport {
	/** Frames a second that were due, over the time in which frames were sent; undefined when nothing was paced. */
	readonly askedPps: number | undefined;
	/** Frames a second that were sent. A frame's share of the time lasts until the next one is due. 0 without frames. */
	readonly achievedPps: number;
	/** Achieved against asked, in per cent: -1 = one per cent too slow. */
	readonly errorPercent: number | undefined;
	/** Longest time from when a frame was due to when it was handed over, microseconds; undefined when nothing was paced. */
	readonly worstLatenessUs: number | undefined;
	/** Frames whose time passed before they could be sent. */
	readonly skipped: number;
}

export class PaceRecord {
	#firstDue = Number.POSITIVE_INFINITY;
	#firstAt = 0;
	#lastAt = 0;
	#worstMs = 0;
	#paced = false;

	/** The first of some frames was due at `dueMs`; they are handed over at `atMs`. */
	note(dueMs: number, atMs: number, unpaced: boolean): void {
		if (this.#firstDue === Number.POSITIVE_INFINITY) {
			this.#firstDue = unpaced ? atMs : dueMs;
			this.#firstAt = atMs;
		}
		this.#lastAt = atMs;
		if (unpaced) return;
		this.#paced = true;
		if (atMs - dueMs > this.#worstMs) this.#worstMs = atMs - dueMs;
	}

	/** `endMs`: when the last frame had been handed over. `sent`: how many of those taken did leave. */
	report(timelines: readonly Timeline[], endMs: number, sent: number): PaceReport {
		const total = (key: 'taken' | 'skipped') => timelines.reduce((sum, timeline) => sum + timeline[key], 0);
		const [taken, skipped] = [total('taken'), total('skipped')];
		const used = timelines.filter(timeline => timeline.taken > 0);
		const floods = used.some(timeline => timeline.unpaced);
		const paced = this.#paced && !floods;
		const slotEnd = Math.max(...used.map(timeline => timeline.slotEnd));
		const lastSlot = Math.max(...used.map(timeline => timeline.lastDue + timeline.lastSlot)) - Math.max(...used.map(timeline => timeline.lastDue));
		const spanMs = paced ? this.#lastAt - this.#firstAt + lastSlot : endMs - this.#firstAt;
		const plannedMs = slotEnd - this.#firstDue;
		const askedPps = paced && plannedMs > 0 ? ((taken + skipped) * 1000) / plannedMs : undefined;
		const achievedPps = taken > 0 && spanMs > 0 ? (sent * 1000) / spanMs : 0;
		return {
			askedPps,
			achievedPps,
			errorPercent: askedPps === undefined ? undefined : 100 * (achievedPps / askedPps - 1),
			worstLatenessUs: paced ? this.#worstMs * 1000 : undefined,
			skipped,
		};
	}
}

/** The report of several senders that ran at the same time, when the share `left` (0 to 1) of their frames did leave. */
export function combinePaces(reports: readonly PaceReport[], left = 1): PaceReport {
	const asked = reports.map(({askedPps}) => askedPps);
	const lateness = reports.flatMap(({worstLatenessUs}) => (worstLatenessUs === undefined ? [] : [worstLatenessUs]));
	const askedPps = asked.reduce((sum, pps) => (sum === undefined || pps === undefined ? undefined : sum + pps), 0 as number | undefined);
	const achievedPps = left * reports.reduce((sum, report) => sum + report.achievedPps, 0);
	return {
		askedPps,
		achievedPps,
		errorPercent: askedPps === undefined || askedPps === 0 ? undefined : 100 * (achievedPps / askedPps - 1),
		worstLatenessUs: lateness.length === 0 ? undefined : Math.max(...lateness),
		skipped: reports.reduce((sum, report) => sum + report.skipped, 0),
	};
}
