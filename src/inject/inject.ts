// Sends the frames of some streams when they are due, through whatever engine, until their schedules or an abort ends it.
import {setTimeout as sleep} from 'node:timers/promises';
import type {FramePort} from '../port/port.js';
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

/** How frames reach the interface: a port (port-sender below) or a generator in the kernel (engine/xdp-sender.ts). */
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
export async function injectThrough(
	sender: Sender,
	streams: readonly InjectStream[],
	{signal, time = new RealTime(), progress}: InjectOptions,
): Promise<Injected> {
	const running = streams.map((stream, index): RunningStream => ({...stream, timeline: new Timeline(stream.schedule), index}));
	const timelines = running.map(({timeline}) => timeline);
	const agenda = new Agenda(running);
	const record = new PaceRecord();
	const start = time.now();
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

/** Frames that a port is given before it is flushed. */
const batch = 64;

/** What of a port is needed to send. */
export type TransmitPort = Pick<FramePort, 'counters' | 'transmitBytes' | 'transmitView' | 'reserve' | 'commit' | 'flush' | 'pending'>;

/** What is still with the kernel at the end is waited for so long. */
const drainMs = 1000;

/** A frame port as a sender: frames are written where they are sent from, and handed over together when several are due. */
export function portSender(port: TransmitPort): Sender {
	const {sent, sentBytes} = port.counters;
	return {
		send(agenda, nowMs, startMs) {
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

/** Sends the streams through a port. */
export const inject = (port: TransmitPort, streams: readonly InjectStream[], options: InjectOptions): Promise<Injected> =>
	injectThrough(portSender(port), streams, options);
