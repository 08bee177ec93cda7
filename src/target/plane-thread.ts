// A data plane in a worker thread, as the main thread sees it: start, statistics, stop.
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError} from '../base/errors.js';
import {wake} from '../sys/poll.js';

export type PlaneCommand = {type: 'stats'} | {type: 'close'};
export type PlaneReply =
	| {type: 'ready'; wakeDescriptor: number}
	| {type: 'failed'; code: string; message: string; details: Record<string, unknown>}
	| {type: 'stats'; stats: unknown}
	| {type: 'closed'; stats: unknown};

export interface PlaneThread<Stats> {
	stats(): Promise<Stats>;
	/** Stops the plane and gives its last statistics. */
	close(): Promise<Stats>;
	/** Settles when the thread is gone; rejects when it died by itself. */
	readonly ended: Promise<void>;
}

/** Starts `module` (a worker file's URL) with `spec`. Rejects with the plane's own error when it cannot open what it serves. */
export function startPlane<Stats>(module: URL, spec: unknown): Promise<PlaneThread<Stats>> {
	const worker = new Worker(module, {workerData: spec});
	const waiting: Array<(stats: Stats) => void> = [];
	let wakeDescriptor = -1;
	const ended = new Promise<void>((resolve, reject) => {
		worker.once('error', reject);
		worker.once('exit', () => resolve());
	});
	ended.catch(() => {});
	const ask = (command: PlaneCommand) =>
		new Promise<Stats>((resolve, reject) => {
			waiting.push(resolve);
			ended.then(() => reject(new NetstressError('ERR_CLOSED', 'the data plane has ended')), reject);
			worker.postMessage(command);
			if (wakeDescriptor >= 0) wake(wakeDescriptor);
		});
	return new Promise((resolve, reject) => {
		worker.once('error', reject);
		worker.on('message', (message: PlaneReply) => {
			if (message.type === 'ready') {
				wakeDescriptor = message.wakeDescriptor;
				resolve({ended, stats: () => ask({type: 'stats'}), close: () => ask({type: 'close'})});
			} else if (message.type === 'failed') {
				reject(new NetstressError(message.code as ErrorCode, message.message, message.details));
			} else {
				if (message.type === 'closed') wakeDescriptor = -1;
				waiting.shift()?.(message.stats as Stats);
			}
		});
	});
}
