// netstress rfc2544: how fast the tester is with nothing behind its interface. The same trial, sender and receiver, on the loopback interface of an empty network
// namespace, in a thread that makes one (rfc2544-alone-worker.ts) and goes away with it.
import {Worker} from 'node:worker_threads';
import type {Offer, Trial} from '../src/inject/method/trial.js';

export interface AloneTask {
	readonly offer: Offer;
	readonly template: string | undefined;
	readonly stragglersMs: number;
}

/** Frames a second; undefined where namespaces may not be made. */
export function measureAlone(task: AloneTask): Promise<number | undefined> {
	const worker = new Worker(new URL('./rfc2544-alone-worker.js', import.meta.url), {workerData: task});
	return new Promise(resolve => {
		worker.on('message', (trial: Trial) => resolve(trial.offeredPps));
		// what cannot be tried is not known; the benchmark goes on without it
		worker.on('error', () => resolve(undefined));
		worker.on('exit', () => resolve(undefined));
	});
}
