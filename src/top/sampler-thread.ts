// The thread that reads: drawing never makes a reading late, and it may be in another network namespace than the program. Its other end is live.ts.
import {constants, setPriority} from 'node:os';
import {parentPort, workerData} from 'node:worker_threads';
import {NetstressError} from '../base/errors.js';
import {enterNamespace, toldElsewhere} from '../sys/namespace.js';
import type {SamplerCommand, SamplerReply, SamplerSpec} from './live.js';
import {Sampler} from './sampler.js';

const main = parentPort!;
const {netns, intervalSeconds: first, ...options} = workerData as SamplerSpec;
const reply = (message: SamplerReply) => main.postMessage(message);

const fail = (error: unknown) => {
	const known = error instanceof NetstressError;
	const {message, stack} = error as Error;
	const {code, details} = known ? error : {code: 'ERR_IO' as const, details: {}};
	reply({type: 'failed', known, code, message: toldElsewhere(message, netns), details: {...details}, stack});
};

/** Rings hold what comes in this time even where a core sends nothing but storage. */
const pollMs = 25;

try {
	enterNamespace(netns);
	// whoever is watched goes first; on Linux this is the thread's own (setpriority(2))
	setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
	const sampler = new Sampler(options);
	let intervalMs = first * 1000;
	let due = performance.now();
	let timer: NodeJS.Timeout | undefined;
	const poller = setInterval(() => sampler.poll(), pollMs);
	const end = () => {
		clearInterval(poller);
		clearTimeout(timer);
		sampler.close();
		main.close();
	};
	const tick = () => {
		try {
			reply({type: 'sample', sample: sampler.read()});
		} catch (error) {
			fail(error);
			end();
			return;
		}
		// one that comes too late is not made up for
		due = Math.max(due + intervalMs, performance.now());
		timer = setTimeout(tick, due - performance.now());
	};
	main.on('message', (command: SamplerCommand) => {
		if (command.type === 'close') {
			end();
			return;
		}
		intervalMs = command.seconds * 1000;
		clearTimeout(timer);
		due = performance.now() + intervalMs;
		timer = setTimeout(tick, intervalMs);
	});
	tick();
} catch (error) {
	fail(error);
	main.close();
}
