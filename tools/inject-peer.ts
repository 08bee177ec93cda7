// netstress inject --peer: the receiver at the other end of the link, in a thread of its own (peer-worker.ts): it counts before the first frame leaves and until the
// last straggler has come, so that the sender's own count closes the sum: sent = received once + lost.
import {Worker} from 'node:worker_threads';
import {type ErrorCode, NetstressError} from '../src/base/errors.js';
import {showShare} from '../src/base/units.js';
import type {End} from '../src/monitor/ledger/reasons.js';
import type {SideCounters} from '../src/monitor/ledger/station.js';
import type {InterfaceInfo} from '../src/sys/interface.js';
import type {InterfaceAt} from '../src/sys/namespace.js';
import {exit} from './command.js';
import type {Output} from './output.js';
import {lossVerdict, type Received, tellReceived} from './receive-report.js';

/** How many frames left, and how many numbers were used. */
export interface SentFrames {
	/** Frames that left the interface. */
	readonly sent: number;
	/**
	 * Numbers that were used, by stream: losses behind the last frame that came have their place, too. Those of frames that the kernel refused are missing and are not
	 * the network's losses: the sum leaves them out.
	 */
	readonly attempts: readonly (readonly [stream: number, frames: number])[];
}

/** What came, and what the counters there did meanwhile. */
export interface Arrived {
	readonly received: Received;
	readonly joined: number;
	readonly end: End;
	readonly counters: SideCounters;
}

export interface Peer {
	/** The interface there, as its thread sees it. */
	readonly info: InterfaceInfo;
	/** Whether people are reached by it. */
	readonly defaultRoute: boolean;
	/** Waits for the stragglers and gives the figures, `lost` being what left the interface and did not come. */
	finish(frames: SentFrames): Promise<Arrived>;
	close(): void;
}

/** What the thread is to count. */
export interface PeerTask {
	readonly at: InterfaceAt;
	readonly run: number;
	/** A frame to this station before anything is counted, so that what lies between learns where the peer is. */
	readonly learn: Uint8Array | undefined;
	/** How long nothing may come before what is missing is lost, milliseconds. */
	readonly stragglersMs: number;
}

/** RFC 2544 section 23: a device under test is given two seconds for the frames that it still holds. */
const stragglersOfRfc2544Ms = 2000;

export type PeerReply =
	| {type: 'ready'; info: InterfaceInfo; defaultRoute: boolean}
	| ({type: 'done'} & Arrived)
	| {type: 'error'; code: ErrorCode; message: string; details: Record<string, unknown>};

/** Counts frames of `run` at `at` from when it resolves, until nothing has come for `stragglersMs`. Errors as the receiver's. */
export async function startPeer(at: InterfaceAt, run: number, stragglersMs = stragglersOfRfc2544Ms, learn?: Uint8Array): Promise<Peer> {
	const iface = at.text;
	const task: PeerTask = {at, run, stragglersMs, learn};
	const worker = new Worker(new URL('./peer-worker.js', import.meta.url), {workerData: task});
	const replies: PeerReply[] = [];
	let wake: () => void = () => undefined;
	const put = (reply: PeerReply) => {
		replies.push(reply);
		wake();
	};
	worker.on('message', put);
	worker.on('error', error => put({type: 'error', code: 'ERR_IO', message: `the receiver on ${iface} failed: ${error.message}`, details: {}}));
	worker.on('exit', () => put({type: 'error', code: 'ERR_CLOSED', message: `the receiver on ${iface} has ended`, details: {}}));
	const next = async (): Promise<Exclude<PeerReply, {type: 'error'}>> => {
		if (replies.length === 0) {
			await new Promise<void>(resolve => {
				wake = resolve;
			});
		}
		const reply = replies.shift() as PeerReply;
		if (reply.type === 'error') throw new NetstressError(reply.code, reply.message, reply.details);
		return reply;
	};
	const ready = await next();
	if (ready.type !== 'ready') throw new NetstressError('ERR_CLOSED', `the receiver on ${iface} did not start`);
	return {
		info: ready.info,
		defaultRoute: ready.defaultRoute,
		async finish(frames) {
			worker.postMessage(frames);
			const reply = await next();
			if (reply.type !== 'done') throw new NetstressError('ERR_CLOSED', `the receiver on ${iface} gave no figures`);
			return reply;
		},
		close: () => void worker.terminate(),
	};
}

/** What the other end is, without counting there. Errors as the receiver's. */
export async function lookAt(at: InterfaceAt): Promise<Pick<Peer, 'info' | 'defaultRoute'>> {
	const peer = await startPeer(at, 0, 0);
	peer.close();
	return peer;
}

/** Says what came of what was sent, and gives the exit status that --max-loss asks for. */
export function tellPeer(peer: string, sent: number, received: Received, joined: number, maxLoss: number | undefined, output: Output): number {
	output.text(`${peer}: ${sent} sent = ${received.unique} received + ${received.lost} lost`);
	tellReceived(received, output, joined);
	if (received.received === 0 && sent > 0) output.say(`nothing came to ${peer}: only frames with a stamp are counted; end a template with stamp()`);
	const verdict = lossVerdict(received, maxLoss);
	if (verdict === 'crossed') output.say(`more was lost than --max-loss ${showShare(maxLoss as number)} allows`);
	if (verdict === 'unknown') output.say('the receiving ring lost frames: nobody can tell whether --max-loss was crossed; send slower');
	return verdict === 'crossed' ? exit.limitCrossed : verdict === 'kept' ? exit.done : exit.failed;
}
