// A whole command in the network namespace that IFACE@NETNS names: in a worker thread that enters it (src/sys/namespace.ts), with this command's own words.
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError} from '../src/base/errors.js';

export interface NamespaceTask {
	readonly netns: string;
	/** The command's name in the registry. */
	readonly command: string;
	/** Its arguments: plain data. */
	readonly argv: object;
}

export type NamespaceReply =
	| {type: 'done'; status: number}
	| {type: 'failed'; known: boolean; code: ErrorCode; message: string; details: Record<string, unknown>; stack: string | undefined};

/** Runs a command in `netns` and gives its exit status. Its errors are thrown here. */
export function runInNamespace(netns: string, command: string, argv: object, signal: AbortSignal): Promise<number> {
	// what yargs adds under other spellings is the same again; undefined values travel as they are
	const task: NamespaceTask = {netns, command, argv: {...argv}};
	const worker = new Worker(new URL('./in-namespace-worker.js', import.meta.url), {workerData: task});
	const stop = () => worker.postMessage('stop');
	return new Promise<number>((resolve, reject) => {
		let reply: NamespaceReply | undefined;
		if (signal.aborted) stop();
		signal.addEventListener('abort', stop);
		worker.on('message', (message: NamespaceReply) => {
			reply = message;
		});
		worker.on('error', reject);
		// only then everything that it printed has come
		worker.on('exit', () => {
			signal.removeEventListener('abort', stop);
			if (reply?.type === 'done') resolve(reply.status);
			else if (reply === undefined) reject(new NetstressError('ERR_CLOSED', `${command} in network namespace ${netns} ended before its time`));
			else if (reply.known) reject(new NetstressError(reply.code, reply.message, reply.details));
			else reject(Object.assign(new Error(reply.message), {stack: reply.stack}));
		});
	});
}
