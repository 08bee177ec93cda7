// The thread of inject --peer: a receiver of its own, so that counting takes no time from sending and no ring waits for the sender's turn; and in the network
// namespace of the other end, where that is another one.
import {parentPort, workerData} from 'node:worker_threads';
import {NetstressError} from '../src/base/errors.js';
import {listen} from '../src/inject/receive/listen.js';
import {Station} from '../src/monitor/ledger/station.js';
import {defaultRouteInterfaces} from '../src/monitor/route.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {enterNamespace, toldElsewhere} from '../src/sys/namespace.js';
import {runSender} from './inject-engine.js';
import type {PeerReply, PeerTask, SentFrames} from './inject-peer.js';
import {planStreams} from './inject-plan.js';
import {withRing} from './receive-report.js';

/** What may still come when all have come: duplicates, and blocks of the ring that wait for their timer. */
const lingerMs = 150;

const reply = (message: PeerReply) => parentPort?.postMessage(message);

/** A frame the other way, so that a switch knows where the peer is and floods nobody (RFC 2544 section 23 b; it forgets after minutes). */
async function learn(iface: string, destination: Uint8Array): Promise<void> {
	const addresses = {source: interfaceInfo(iface).mac, destination, run: Math.floor(Math.random() * 2 ** 32), seed: 0};
	const wish = {engine: 'packet', transmit: undefined, bypassQdisc: false} as const;
	await runSender(iface, await planStreams({count: 1, flood: false}, addresses, iface), wish, {signal: new AbortController().signal});
}

async function count({at: {iface, netns}, run, stragglersMs, learn: station}: PeerTask): Promise<void> {
	enterNamespace(netns);
	const info = interfaceInfo(iface);
	if (station !== undefined) await learn(iface, station);
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
		const station = new Station(iface);
		reply({type: 'ready', info, defaultRoute: defaultRouteInterfaces().includes(iface)});
		await listener.run(new AbortController().signal, () => {
			if (frames === undefined) return false;
			if (receiver.received > before) {
				before = receiver.received;
				lastMs = performance.now();
			}
			return performance.now() - lastMs > (before >= frames.sent ? lingerMs : stragglersMs);
		});
		const {sent, attempts} = frames as unknown as SentFrames;
		const used = new Map<number, number>();
		for (const [stream, numbers] of attempts) used.set(stream, (used.get(stream) ?? 0) + numbers);
		const summary = receiver.summary((_run, stream) => used.get(stream));
		const received = withRing({...summary, lost: Math.max(0, sent - summary.unique)}, listener.dropped());
		reply({type: 'done', received, joined: listener.joined(), end: station.end, counters: await station.moved()});
	} finally {
		listener.close();
		parentPort?.close();
	}
}

try {
	await count(workerData as PeerTask);
} catch (error) {
	const {code, message, details} = error instanceof NetstressError ? error : new NetstressError('ERR_IO', String(error));
	reply({type: 'error', code, message: toldElsewhere(message, (workerData as PeerTask).at.netns), details: {...details}});
	parentPort?.close();
}
