// One side of netstress ledger: a thread in the network namespace of its interface, which sends or counts there and reads the counters around it (ledger-worker.ts).
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError} from '../src/base/errors.js';
import type {ReceiverCount, SenderCount} from '../src/monitor/ledger/close.js';
import type {End} from '../src/monitor/ledger/reasons.js';
import type {SideCounters} from '../src/monitor/ledger/station.js';
import type {TransmitEngine} from '../src/port/ring.js';
import type {InterfaceAt} from '../src/sys/namespace.js';
import type {FrameArguments} from './inject-frames.js';
import type {PaceArguments} from './inject-plan.js';

/** Who takes the frames at the other end. */
export type ReceiverKind = {kind: 'ring'} | {kind: 'udp'; port: number} | {kind: 'none'};

export interface FromTask {
	readonly side: 'from';
	readonly at: InterfaceAt;
	readonly run: number;
	readonly seed: number;
	readonly argv: FrameArguments & PaceArguments;
	/** --size as it was written. */
	readonly size: string | undefined;
	readonly transmit: TransmitEngine | undefined;
	readonly bypassQdisc: boolean;
}

export interface ToTask {
	readonly side: 'to';
	readonly at: InterfaceAt;
	/** Only frames of this run; all when undefined. */
	readonly run: number | undefined;
	readonly receiver: ReceiverKind;
	/** What the ring is bound to; undefined: every frame. */
	readonly etherType: number | undefined;
	readonly ringBytes: number | undefined;
}

export type SideTask = FromTask | ToTask;

/** What the thread finds where it is. */
export interface SideFacts extends End {
	readonly mac: Uint8Array;
	readonly defaultRoute: boolean;
}

/** What a receiver counted of one run. */
export interface CountedRun extends ReceiverCount {
	readonly run: string;
	readonly duplicated: number;
	readonly reordered: number;
}

export type SideRequest =
	| {type: 'send'; destination: Uint8Array}
	/** The sender has ended: `expected` frames may still come. */
	| {type: 'finish'; expected: number}
	| {type: 'counters'}
	| {type: 'stop'};

export type SideReply =
	| {type: 'ready'; facts: SideFacts}
	| {type: 'progress'; frames: number; seconds: number}
	/** The receiver's interface went away; what had come is counted. */
	| {type: 'gone'; message: string}
	| {type: 'sent'; sender: SenderCount; seconds: number; pps: number; bytes: number}
	| {type: 'received'; runs: CountedRun[]; joined: number}
	| {type: 'counters'; counters: SideCounters}
	| {type: 'failed'; code: ErrorCode; message: string; details: Record<string, unknown>};

type Answer<T extends SideReply['type']> = Extract<SideReply, {type: T}>;

export interface SideListener {
	progress?(frames: number, seconds: number): void;
	/** Called at once when the receiver's interface went away. */
	gone?(message: string): void;
}

export class LedgerSide {
	readonly facts: SideFacts;
	readonly #worker: Worker;
	readonly #next: <T extends SideReply['type']>(type: T) => Promise<Answer<T>>;

	private constructor(worker: Worker, next: <T extends SideReply['type']>(type: T) => Promise<Answer<T>>, facts: SideFacts) {
		this.#worker = worker;
		this.#next = next;
		this.facts = facts;
	}

	/** Resolves when the counters were read and, at the receiving end, every frame is counted. Errors as the sender's and the receiver's. */
	static async start(task: SideTask, listener: SideListener = {}): Promise<LedgerSide> {
		const worker = new Worker(new URL('./ledger-worker.js', import.meta.url), {workerData: task});
		const replies: SideReply[] = [];
		let wake: () => void = () => undefined;
		const put = (reply: SideReply) => {
			if (reply.type === 'progress') return listener.progress?.(reply.frames, reply.seconds);
			if (reply.type === 'gone') return listener.gone?.(reply.message);
			replies.push(reply);
			wake();
		};
		const ended = (code: ErrorCode, message: string) => put({type: 'failed', code, message, details: {iface: task.at.text}});
		worker.on('message', put);
		worker.on('error', error => ended('ERR_IO', `the thread at ${task.at.text} failed: ${error.stack ?? error.message}`));
		worker.on('exit', () => ended('ERR_CLOSED', `the thread at ${task.at.text} ended before its time`));
		const next = async <T extends SideReply['type']>(type: T): Promise<Answer<T>> => {
			while (replies.length === 0) {
				await new Promise<void>(resolve => {
					wake = resolve;
				});
			}
			const reply = replies.shift() as SideReply;
			if (reply.type === 'failed') throw new NetstressError(reply.code, reply.message, reply.details);
			if (reply.type !== type) throw new NetstressError('ERR_PROTOCOL', `the thread at ${task.at.text} answered ${reply.type} instead of ${type}`);
			return reply as Answer<T>;
		};
		try {
			return new LedgerSide(worker, next, (await next('ready')).facts);
		} catch (error) {
			void worker.terminate();
			throw error;
		}
	}

	#ask<T extends SideReply['type']>(request: SideRequest, type: T): Promise<Answer<T>> {
		this.#worker.postMessage(request);
		return this.#next(type);
	}

	/** Sends everything; resolves when the last frame was handed over. */
	send = (destination: Uint8Array) => this.#ask({type: 'send', destination}, 'sent');
	/** Waits for the stragglers and gives what was counted. */
	finish = (expected: number) => this.#ask({type: 'finish', expected}, 'received');
	/** What moved since the start. */
	counters = async (): Promise<SideCounters> => (await this.#ask({type: 'counters'}, 'counters')).counters;
	/** Ends sending early. */
	stop = (): void => this.#worker.postMessage({type: 'stop'} satisfies SideRequest);
	close = async (): Promise<void> => void (await this.#worker.terminate());
}
