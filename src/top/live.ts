// Samples of this machine as they come, read by a thread of their own (sampler-thread.ts).
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError} from '../base/errors.js';
import type {Sample} from './sample.js';
import type {SamplerOptions} from './sampler.js';

export interface SamplerSpec extends SamplerOptions {
	/** The network namespace to read in; undefined: this one. */
	readonly netns: string | undefined;
	readonly intervalSeconds: number;
}
export type SamplerCommand = {readonly type: 'interval'; readonly seconds: number} | {readonly type: 'close'};
export type SamplerReply =
	| {readonly type: 'sample'; readonly sample: Sample}
	| {
			readonly type: 'failed';
			readonly known: boolean;
			readonly code: ErrorCode;
			readonly message: string;
			readonly details: Record<string, unknown>;
			readonly stack: string | undefined;
	  };

export interface Live {
	/** Seconds between samples from now on. */
	setInterval(seconds: number): void;
	/** Ends the thread; resolves when it is gone. */
	close(): Promise<void>;
	/** Rejects when reading failed; resolves after `close`. */
	readonly ended: Promise<void>;
}

/** Starts to read. The first sample comes at once. */
export function openLive(spec: SamplerSpec, onSample: (sample: Sample) => void): Live {
	const worker = new Worker(new URL('./sampler-thread.js', import.meta.url), {workerData: spec});
	let failure: Error | undefined;
	worker.on('message', (message: SamplerReply) => {
		if (message.type === 'sample') onSample(message.sample);
		else
			failure = message.known
				? new NetstressError(message.code, message.message, message.details)
				: Object.assign(new Error(message.message), {stack: message.stack});
	});
	let closed = false;
	const ended = new Promise<void>((resolve, reject) => {
		worker.on('error', reject);
		worker.on('exit', () => {
			if (failure !== undefined) reject(failure);
			else if (closed) resolve();
			else reject(new NetstressError('ERR_CLOSED', 'the thread that reads the counters ended before its time'));
		});
	});
	ended.catch(() => undefined);
	const send = (command: SamplerCommand) => worker.postMessage(command);
	return {
		setInterval: seconds => send({type: 'interval', seconds}),
		close: async () => {
			closed = true;
			send({type: 'close'});
			await ended.catch(() => undefined);
		},
		ended,
	};
}
