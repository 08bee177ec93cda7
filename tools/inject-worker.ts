// The thread of one sender (inject-crew.ts): bound to its CPU, it makes its share of the streams and sends them.
import {once} from 'node:events';
import {parentPort, workerData} from 'node:worker_threads';
import type {NetstressError} from '../src/base/errors.js';
import {parseSize} from '../src/inject/frames/sizes.js';
import {bindToCpu} from '../src/sys/affinity.js';
import type {CrewMessage, CrewTask} from './inject-crew.js';
import {runSender} from './inject-engine.js';
import {planStreams} from './inject-plan.js';

const main = parentPort!;
const reply = (message: CrewMessage) => main.postMessage(message);
/** Between two reports of progress. */
const progressSeconds = 0.05;

try {
	const {iface, argv, size, addresses, wish, share, cpu} = workerData as CrewTask;
	bindToCpu(cpu);
	const streams = await planStreams(size === undefined ? argv : {...argv, size: parseSize(size)}, addresses, iface, share);
	const controller = new AbortController();
	const go = once(main, 'message');
	reply({type: 'ready'});
	const [word] = (await go) as [string];
	if (word === 'stop') controller.abort();
	main.on('message', () => controller.abort());
	let told = 0;
	const outcome = await runSender(iface, streams, wish, {
		signal: controller.signal,
		progress(attempted, elapsed) {
			if (elapsed - told < progressSeconds) return;
			told = elapsed;
			reply({type: 'progress', attempted, elapsed});
		},
	});
	reply({type: 'done', outcome});
} catch (error) {
	const {code = 'ERR_IO', message, details = {}} = error as NetstressError;
	reply({type: 'failed', code, message, details: {...details}});
}
main.close();
