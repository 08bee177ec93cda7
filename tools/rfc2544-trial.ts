// netstress rfc2544: one trial on real interfaces: a learning frame, the receiver at the other end, the sender, and both counts held together.
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError} from '../src/base/errors.js';
import {parseSize} from '../src/inject/frames/sizes.js';
import type {Offer, Trial, TrialRunner} from '../src/inject/method/trial.js';
import {combinePaces} from '../src/inject/schedule/record.js';
import type {Hop} from '../src/monitor/ledger/hop.js';
import {interfaceInfo} from '../src/sys/interface.js';
import type {InterfaceAt} from '../src/sys/namespace.js';
import {departuresOf, type EngineWish, runSender} from './inject-engine.js';
import {startPeer} from './inject-peer.js';
import {planStreams} from './inject-plan.js';
import type {PeerLedger} from './peer-ledger.js';

export interface TrialBed {
	readonly iface: string;
	readonly peer: InterfaceAt;
	/** What a frame looks like; a stamp alone when not given. */
	readonly template: string | undefined;
	/** Where frames go whose template does not say it. */
	readonly destination: Uint8Array;
	readonly engine: 'auto' | 'packet' | 'xdp';
	/** How long nothing may come before what is missing is lost. */
	readonly stragglersMs: number;
	/** Between two trials, for the device to come to rest (RFC 2544 section 23 f). */
	readonly pauseMs: number;
	readonly signal: AbortSignal;
	/** Told of every trial. */
	readonly tell: (offer: Offer, trial: Trial, engine: {engine: string; engineReason: string}, hops: readonly Hop[]) => void;
	/** Says where frames were lost. */
	readonly ledger?: PeerLedger;
}

const interrupted = () => new NetstressError('ERR_CLOSED', 'interrupted');
const freshRun = () => Math.floor(Math.random() * 2 ** 32);
const plainPacket: EngineWish = {engine: 'packet', transmit: undefined, bypassQdisc: false};

/** The trials of one run. What `auto` chose for a size stays with it: rates that were sent by different engines do not compare. */
export function trialsOn(bed: TrialBed): TrialRunner {
	const {iface, peer, template, destination, engine, stragglersMs, pauseMs, signal, tell, ledger} = bed;
	const chosen = new Map<number, EngineWish['engine']>();
	let first = true;
	return async offer => {
		const {size, pps, seconds, frames} = offer;
		if (!first && pauseMs > 0) await sleep(pauseMs, undefined, {signal}).catch(() => undefined);
		first = false;
		if (signal.aborted) throw interrupted();
		const run = freshRun();
		const {mac: source} = interfaceInfo(iface);
		const addresses = {source, destination, run, seed: 0};
		const pace = Number.isFinite(pps) ? {flood: false, rate: {kind: 'pps' as const, value: pps}} : {flood: true};
		const end = frames === undefined ? {duration: seconds ?? 0} : {count: frames};
		const streams = await planStreams(
			{...(template === undefined ? {} : {template}), size: parseSize(String(size), '--size'), ...pace, ...end},
			addresses,
			iface,
		);
		const receiver = await startPeer(peer, run, stragglersMs, source);
		try {
			const departures = {packet: departuresOf(iface, false), xdp: departuresOf(iface, true)};
			ledger?.begin();
			const done = await runSender(iface, streams, {...plainPacket, engine: chosen.get(size) ?? engine}, {signal});
			// an interrupted trial is none
			if (signal.aborted) throw interrupted();
			if (!chosen.has(size)) chosen.set(size, done.choice.engine);
			const left = await departures[done.choice.engine === 'xdp' ? 'xdp' : 'packet'].settled(done.accepted);
			const sent = Math.min(done.accepted, left);
			const arrived = await receiver.finish({sent, attempts: done.attempts});
			const {received: counted} = arrived;
			if (signal.aborted) throw interrupted();
			const trial: Trial = {
				sent,
				received: counted.unique,
				lost: counted.lost,
				testerLost: Math.min(counted.lost, counted.ringDropped),
				offeredPps: combinePaces([done.pace], done.accepted === 0 ? 0 : sent / done.accepted).achievedPps,
				latencyNs: counted.latencyNs,
				jitterNs: counted.streams[0]?.jitterNs ?? null,
			};
			const {attempted, refusals, leftover} = done;
			const hops = counted.lost > 0 ? ((await ledger?.close(run.toString(16), {attempted, refusals, leftover}, arrived))?.hops ?? []) : [];
			tell(offer, trial, {engine: done.choice.engine, engineReason: done.choice.reason}, hops);
			return trial;
		} finally {
			receiver.close();
		}
	};
}
