// The thread of inject --peer: a receiver of its own, so that counting takes no time from sending and no ring waits for the sender's turn.
import {parentPort, workerData} from 'node:worker_threads';
import {NetstressError} from '../src/base/errors.js';
import {listen} from '../src/inject/receive/listen.js';
import type {PeerReply, PeerTask, SentFrames} from './inject-peer.js';
import {withRing} from './receive-report.js';

/** What may still come when all have come: duplicates, and blocks of the ring that wait for their timer. */
const lingerMs = 150;

const reply = (message: PeerReply) => parentPort?.postMessage(message);

async function count({iface, run, stragglersMs}: PeerTask): Promise<void> {
	const listener = listen(iface, {run, fromZero: true});
	const {receiver} = listener;
	let frames: SentFrames | undefined;
	let before = 0;
	let lastMs = 0;
	parentPort?.on('message', (message: SentFrames) => {
		frames = message;
		lastMs = performance.now();
	});
	try {
		reply({type: 'ready'});
		await listener.run(new AbortController().signal, () => {
			if (frames === undefined) return false;
			if (receiver.received > before) {
				before = receiver.received;
				lastMs = performance.now();
			}
			return performance.now() - lastMs > (before >= frames.sent ? lingerMs : stragglersMs);
		});
		const {sent, attempted, oneStream} = frames as unknown as SentFrames;
		const summary = receiver.summary(oneStream ? () => attempted : undefined);
		const received = withRing({...summary, lost: Math.max(0, sent - summary.unique)}, listener.dropped());
		reply({type: 'done', received, joined: listener.joined()});
	} finally {
		listener.close();
		parentPort?.close();
	}
}

try {
	await count(workerData as PeerTask);
} catch (error) {
	const {code, message, details} = error instanceof NetstressError ? error : new NetstressError('ERR_IO', String(error));
	reply({type: 'error', code, message, details: {...details}});
	parentPort?.close();
}
