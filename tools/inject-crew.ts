// netstress inject --cpus: one sender thread on each CPU, each with its own share of the streams, and what became of them.
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError, usage} from '../src/base/errors.js';
import type {EngineWish, Outcome} from './inject-engine.js';
import type {Addresses, FrameArguments} from './inject-frames.js';
import type {PaceArguments, Share} from './inject-plan.js';

/** What a sender thread is given: plain data, from which it makes its streams again. */
export interface CrewTask {
	readonly iface: string;
	readonly argv: FrameArguments & PaceArguments;
	/** --size as it was written. */
	readonly size: string | undefined;
	readonly addresses: Addresses;
	readonly wish: EngineWish;
	readonly share: Share;
	readonly cpu: number;
}

export type CrewMessage =
	| {type: 'ready'}
	| {type: 'progress'; attempted: number; elapsed: number}
	| {type: 'done'; outcome: Outcome}
	| {type: 'failed'; code: ErrorCode; message: string; details: Record<string, unknown>};

/** What of the command line a thread needs; a size plan holds functions, which cannot travel. */
export function portable(argv: FrameArguments & PaceArguments): FrameArguments & PaceArguments {
	const {template, hex, frameFile, trafgen, read, frame, streams, seed, stream, count, duration, rate, gap, flood, burst, rateRamp, sizeRamp, rampStep} = argv;
	const words = {template, hex, frameFile, trafgen, read, frame, streams, seed, stream, count, duration, rate, gap, burst, rateRamp, sizeRamp, rampStep};
	return {...Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined)), flood};
}

/** Starts a sender on each CPU, all at the same moment, and waits for all. The first error ends the others and is thrown. */
export async function startCrew(
	task: Pick<CrewTask, 'iface' | 'argv' | 'addresses' | 'wish'>,
	cpus: readonly number[],
	signal: AbortSignal,
	progress: (attempted: number, elapsed: number) => void,
): Promise<Outcome[]> {
	if (new Set(cpus).size !== cpus.length) throw usage(`--cpus ${cpus.join(',')} names a CPU twice`);
	if ([task.argv.read, task.argv.frameFile, task.argv.trafgen, task.argv.streams].includes('-'))
		throw usage('--cpus reads the frames once for each CPU: give a file, not -');
	const made = cpus.map(() => 0);
	const workers = cpus.map((cpu, index) => {
		const share = {index, of: cpus.length};
		const workerData: CrewTask = {...task, argv: portable(task.argv), size: task.argv.size?.text, share, cpu};
		return new Worker(new URL('./inject-worker.js', import.meta.url), {workerData});
	});
	const stop = () => {
		for (const worker of workers) worker.postMessage('stop');
	};
	signal.addEventListener('abort', stop);
	let waiting = cpus.length;
	try {
		return await Promise.all(
			workers.map(
				(worker, index) =>
					new Promise<Outcome>((resolve, reject) => {
						worker.on('error', reject);
						worker.on('exit', () => reject(new NetstressError('ERR_CLOSED', `the sender on CPU ${cpus[index]} ended before its time`)));
						worker.on('message', (message: CrewMessage) => {
							if (message.type === 'ready' && --waiting === 0) for (const each of workers) each.postMessage(signal.aborted ? 'stop' : 'go');
							else if (message.type === 'failed') reject(new NetstressError(message.code, message.message, message.details));
							else if (message.type === 'done') resolve(message.outcome);
							else if (message.type === 'progress') {
								made[index] = message.attempted;
								progress(
									made.reduce((sum, frames) => sum + frames, 0),
									message.elapsed,
								);
							}
						});
					}),
			),
		);
	} finally {
		signal.removeEventListener('abort', stop);
		await Promise.all(workers.map(worker => worker.terminate()));
	}
}
