// The race's side of a runner: start the process, ask it one thing at a time.
import type {ChildProcess, SpawnOptions} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../base/errors.js';
import type {Run} from './driver.js';
import type {Probe, RunnerReply, RunnerReport, RunnerRequest, Verification} from './runner-protocol.js';
import type {Workload} from './workload.js';

const program = fileURLToPath(new URL('./runner-program.js', import.meta.url));

/** Starts a program somewhere: on a host of a lab, or here. */
export type Spawn = (file: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/** What a run is given, the same for every address. */
export interface Task {
	readonly workload: Workload;
	readonly seconds: number;
	readonly seed: number;
	/** Bytes of the device in use. */
	readonly span: number;
}

export interface Runner {
	readonly pid: number;
	readonly address: string;
	readonly protocol: string;
	readonly size: number;
	readonly blockSize: number;
	readonly readOnly: boolean;
	warm(task: Task, check: boolean): Promise<Run>;
	/** `remember`: what is written, for `verify`. */
	run(task: Task, remember: boolean): Promise<RunnerReport>;
	/** One request, alone: `length` bytes at `position`. A write is remembered for `verify`. */
	probe(op: 'read' | 'write', position: number, length: number): Promise<Probe>;
	/** Flushes and reads back up to `most` of the blocks that the last run wrote. */
	verify(most: number): Promise<Verification>;
	fill(span: number): Promise<void>;
	/** Ends the run that is going on; its report still comes. */
	stop(): void;
	/** Ends the process at once: what it was asked fails with ERR_CLOSED. */
	kill(): void;
	close(): Promise<void>;
}

/** A runner that says nothing for this much longer than it was told to work has lost its target. */
const patienceMs = 60_000;

/** Starts a runner and has it open `address`. The errors of opening it are its own: ERR_TIMEOUT, ERR_IO, ERR_USAGE, ERR_PERMISSION, … */
export async function startRunner(spawn: Spawn, address: string, patternSeed: number): Promise<Runner> {
	// detached: a Ctrl-C at the terminal is for the race, which then tells its runners to stop; should the race die, their input ends
	// the thread pool is what a file's depth runs on; four threads, Node's default, would be a window of four
	const child = spawn(process.execPath, [program], {detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: {...process.env, UV_THREADPOOL_SIZE: '32'}});
	const input = child.stdin as NonNullable<typeof child.stdin>;
	input.on('error', () => undefined); // it ended: the reply says so
	let said = '';
	child.stderr?.setEncoding('utf8').on('data', text => {
		said = (said + text).slice(-4000);
	});
	let waiting: ((reply: RunnerReply) => void) | undefined;
	let ended: RunnerReply | undefined;
	const give = (reply: RunnerReply) => {
		const receive = waiting;
		waiting = undefined;
		receive?.(reply);
	};
	const gone = new Promise<void>(resolve => {
		const end = (why: string) => {
			ended = {type: 'error', code: 'ERR_CLOSED', message: `the runner of ${address} ended: ${why}`, details: {}};
			give(ended);
			resolve();
		};
		child.on('error', error => end(error.message));
		child.on('close', (status, signal) => end(said.trim().split('\n').slice(-1)[0] || (signal ?? `status ${status}`)));
	});
	createInterface({input: child.stdout as NonNullable<typeof child.stdout>}).on('line', line => give(JSON.parse(line) as RunnerReply));

	const ask = <T extends RunnerReply['type']>(request: RunnerRequest, type: T, limitMs = patienceMs) =>
		new Promise<Extract<RunnerReply, {type: T}>>((resolve, reject) => {
			const timer = setTimeout(
				() => give({type: 'error', code: 'ERR_TIMEOUT', message: `${address} has not answered for ${Math.round(limitMs / 1000)} s`, details: {address}}),
				limitMs,
			);
			waiting = reply => {
				clearTimeout(timer);
				if (reply.type === 'error') reject(new NetstressError(reply.code, reply.message, reply.details));
				else if (reply.type !== type) reject(new NetstressError('ERR_PROTOCOL', `the runner of ${address} answered ${reply.type} instead of ${type}`));
				else resolve(reply as Extract<RunnerReply, {type: T}>);
			};
			if (ended) give(ended);
			else input.write(`${JSON.stringify(request)}\n`);
		});
	const close = async () => {
		input.end();
		const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
		await gone;
		clearTimeout(timer);
	};
	try {
		const {protocol, size, blockSize, readOnly} = await ask({type: 'open', address, patternSeed}, 'opened');
		return {
			pid: child.pid as number,
			address,
			protocol,
			size,
			blockSize,
			readOnly,
			warm: async (task, check) => (await ask({type: 'warm', ...task, check}, 'warmed', task.seconds * 1000 + patienceMs)).run,
			run: async (task, remember) => (await ask({type: 'run', ...task, remember}, 'ran', task.seconds * 1000 + patienceMs)).report,
			probe: async (op, position, length) => (await ask({type: 'probe', op, position, length}, 'probed')).probe,
			verify: async most => (await ask({type: 'verify', most}, 'verified')).verification,
			fill: async span => void (await ask({type: 'fill', span}, 'filled', 30 * patienceMs)),
			stop: () => void input.write(`${JSON.stringify({type: 'stop'})}\n`),
			kill: () => void child.kill('SIGKILL'),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}
