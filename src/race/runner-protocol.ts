// What a race and its runners say to each other: one JSON object a line. A runner is one process per address, inside the initiator's host.
import type {ErrorCode} from '../base/errors.js';
import type {SessionCounters} from '../initiator/session.js';
import type {Run} from './driver.js';
import type {Workload} from './workload.js';

export type RunnerRequest =
	| {type: 'open'; address: string; patternSeed: number}
	/** `remember`: what is written, for `verify`. `check`: every block read holds the pattern, so look; `span`: bytes of the device in use. */
	| {type: 'warm'; workload: Workload; seconds: number; seed: number; span: number; check: boolean}
	| {type: 'run'; workload: Workload; seconds: number; seed: number; span: number; remember: boolean}
	/** One request, alone. */
	| {type: 'probe'; op: 'read' | 'write'; position: number; length: number}
	/** Flushes and reads up to `most` of the blocks back that the last run wrote. */
	| {type: 'verify'; most: number}
	/** Fills the span with the pattern. */
	| {type: 'fill'; span: number}
	/** Ends the run that is going on. */
	| {type: 'stop'};

/** What the runner's own process did during a measured run. */
export interface RunnerReport extends Run {
	readonly cpuSeconds: number;
	readonly counters: SessionCounters;
	/** Frames lost in our own receive ring; null where there is none. */
	readonly ringDropped: number | null;
}

/** One request, alone. */
export interface Probe {
	/** From submit to completion. */
	readonly latencyUs: number;
	/** Why it failed, or what was wrong with the data. */
	readonly error: string | null;
	readonly counters: SessionCounters;
}

/** What reading back found. */
export interface Verification {
	/** Written blocks that were found right, and wrong or unreadable. */
	readonly verified: number;
	readonly wrong: number;
	readonly firstError: string | undefined;
	/** Whether the device took the flush; null when nothing had been written. */
	readonly flushed: boolean | null;
}

export type RunnerReply =
	| {type: 'opened'; protocol: string; size: number; blockSize: number; readOnly: boolean}
	| {type: 'warmed'; run: Run}
	| {type: 'ran'; report: RunnerReport}
	| {type: 'probed'; probe: Probe}
	| {type: 'verified'; verification: Verification}
	| {type: 'filled'}
	| {type: 'error'; code: ErrorCode; message: string; details: Record<string, unknown>};
