// The thread of in-namespace.ts: enters the namespace and runs the command there.
import {parentPort, workerData} from 'node:worker_threads';
import {NetstressError} from '../src/base/errors.js';
import {enterNamespace, toldElsewhere} from '../src/sys/namespace.js';
import type {NamespaceReply, NamespaceTask} from './in-namespace.js';
import {loadCommand} from './registry.js';

const main = parentPort!;
const reply = (message: NamespaceReply) => main.postMessage(message);

const controller = new AbortController();
main.on('message', () => controller.abort());
try {
	const {netns, command, argv} = workerData as NamespaceTask;
	enterNamespace(netns);
	reply({type: 'done', status: await (await loadCommand(command)).run(argv as Record<string, unknown>, controller.signal)});
} catch (error) {
	const known = error instanceof NetstressError;
	const {message, stack} = error as Error;
	const {code, details} = known ? error : {code: 'ERR_IO' as const, details: {}};
	reply({type: 'failed', known, code, message: toldElsewhere(message, (workerData as NamespaceTask).netns), details: {...details}, stack});
}
main.close();
