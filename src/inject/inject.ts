// Sends the frames of some streams when they are due, through whatever engine, until their schedules or an abort ends it.
import {Agenda} from './schedule/agenda.js';
import {PaceRecord, type PaceReport} from './schedule/record.js';
import type {Schedule} from './schedule/schedule.js';
import {RealTime, type Timekeeper} from './schedule/timekeeper.js';
import {Timeline} from './schedule/timeline.js';
import type {FrameSource} from './source.js';

export interface InjectStream {
	readonly source: FrameSource;
	readonly schedule: Schedule;
	/** Told the length of the next frames when the schedule says it (a ramp of sizes). */
	readonly setSize?: ((bytes: number) => void) | undefined;
}

/** A stream under way. */
export interface RunningStream extends InjectStream {
	readonly timeline: Timeline;
	/** Its place among the streams that were given. */
	readonly index: number;
}

/** How frames reach the interface: a port (engine/port-sender.ts) or a generator in the kernel (engine/xdp-sender.ts). */
export interface Sender {
	/**
	 * Sends frames that are due at `nowMs`, at least one, as many as are good to send in one go, and takes them off their timelines. `startMs` is
	 * the run's start on the clock of the stamps.
	 */
	send(agenda: Agenda<RunningStream>, nowMs: number, startMs: number): void;
	/** Hands over whatever is still queued. */
	finish(): Promise<void>;
	/** Frames that the kernel took so far, and their bytes. */
	readonly accepted: number;
	readonly acceptedBytes: number;
}

export interface InjectOptions {
	readonly signal: AbortSignal;
	readonly time?: Timekeeper | undefined;
	readonly progress?: ((attempted: number, elapsedSeconds: number) => void) | undefined;
}

export interface Injected {
	/** Frames that were built and handed over. */
	readonly attempted: number;
	/** The same, by stream. */
	readonly byStream: readonly number[];
	/** Frames that the kernel took, and their bytes. */
	readonly accepted: number;
	readonly acceptedBytes: number;
	/** Frames that it refused. */
	readonly failed: number;
	/** From the start of the run to when the last frame had been handed over. */
	readonly seconds: number;
	/** How the pace was kept by the frames that the kernel took. */
	readonly pace: PaceReport;
}

/** A frame is due a nanosecond early: a due time that was added to the start and taken off again is not quite what it was. */
const roundingMs = 1e-6;
/** Milliseconds between two reports of progress. */
const progressMs = 10;

/** Runs the streams. ERR_SYSCALL and the like come from the sender. A frame that the kernel refuses is counted, and its number is not sent again: it is lost. */
export async function inject(sender: Sender, streams: readonly InjectStream[], {signal, time = new RealTime(), progress}: InjectOptions): Promise<Injected> {
	const running = streams.map((stream, index): RunningStream => ({...stream, timeline: new Timeline(stream.schedule), index}));
	const timelines = running.map(({timeline}) => timeline);
	const agenda = new Agenda(running);
	const record = new PaceRecord();
	const start = await time.settle();
	let told = 0;
	let now = 0;
	while (!signal.aborted) {
		now = time.now() - start + roundingMs;
		const {timeline} = agenda.first;
		timeline.advance(now);
		agenda.moved();
		const next = agenda.first.timeline;
		if (next.ended) break;
		if (next.due <= now) {
			record.note(next.due, now, next.unpaced);
			sender.send(agenda, now, start);
		}
		if (agenda.first.timeline.ended) break;
		const waiting = time.wait(start + agenda.first.timeline.due);
		if (waiting !== undefined) await waiting;
		if (progress !== undefined && now - told > progressMs) {
			told = now;
			progress(sum(timelines), now / 1000);
		}
	}
	await sender.finish();
	const endMs = time.now() - start;
	const attempted = sum(timelines);
	const {accepted, acceptedBytes} = sender;
	return {
		attempted,
		byStream: timelines.map(({taken}) => taken),
		accepted,
		acceptedBytes,
		failed: attempted - accepted,
		seconds: endMs / 1000,
		pace: record.report(timelines, endMs, accepted),
	};
}

const sum = (timelines: readonly Timeline[]): number => timelines.reduce((total, {taken}) => total + taken, 0);
