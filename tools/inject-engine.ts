// netstress inject: one sender at work, in the main thread or in a worker of its own: streams, engine, and what came of it as plain data.
import {NetstressError, usage} from '../src/base/errors.js';
import {type Choice, chooseEngine, type EngineName} from '../src/inject/engine/choose.js';
import {imageOf} from '../src/inject/engine/image.js';
import {portSender} from '../src/inject/engine/port-sender.js';
import {believed, type Departed, Departures} from '../src/inject/engine/truth.js';
import {xdpMissing, xdpMostBytes} from '../src/inject/engine/xdp.js';
import {openXdpSender} from '../src/inject/engine/xdp-sender.js';
import {type Injected, type InjectOptions, inject} from '../src/inject/inject.js';
import {highestPps} from '../src/inject/schedule/schedule.js';
import {readInterface} from '../src/monitor/interface.js';
import {openLibpcap} from '../src/port/libpcap.js';
import {openRingPort, type TransmitEngine} from '../src/port/ring.js';
import {driverStatistics} from '../src/sys/driver-statistics.js';
import {interfaceInfo} from '../src/sys/interface.js';
import type {PlannedStream} from './inject-plan.js';

/** What one sender made of it. Plain data: it may come from another thread. */
export interface Outcome extends Injected {
	readonly choice: Choice;
	/** Frames that were built, by the number of their stream. */
	readonly attempts: readonly (readonly [stream: number, frames: number])[];
	/** How frames were handed over, where there are several ways. */
	readonly transmit: TransmitEngine | undefined;
	/** Frames that the kernel refused, by its error, and those that it took at another try. */
	readonly refusals: Readonly<Record<string, number>>;
	readonly retried: Readonly<Record<string, number>>;
	/** Frames that were still with the kernel when the ring was closed. */
	readonly leftover: number;
}

export interface EngineWish {
	readonly engine: EngineName | 'auto';
	readonly transmit: TransmitEngine | undefined;
	readonly bypassQdisc: boolean;
	/** Each frame is offered to the kernel once: what it refuses is lost, also where waiting would have helped. */
	readonly offerOnce?: boolean;
}

/** Nothing is received: the least ring there is. */
const leastRing = 65_536;
/** Frames of one system call: more cost less, but all of them carry the time of the first. */
const floodBatch = 128;
const pacedBatch = 64;
/** Below it is a length, not a type (IEEE 802.3 3.2.6). */
const leastType = 0x600;

/**
 * The EtherType that a socket is bound to. A kernel that knows it need not read it from every frame; bound to none (0) it does, and then frames of
 * different types are all called what they are.
 */
export function commonType(streams: readonly PlannedStream[]): number {
	const types = new Set(streams.map(({source: {image}}) => (image === undefined ? 0 : ((image.bytes[12] as number) << 8) | (image.bytes[13] as number))));
	const [type = 0] = types;
	return types.size === 1 && type >= leastType ? type : 0;
}

/** A frame that finds no room is tried again this long. */
const patienceMs = 1000;
/** The driver that takes no XDP frames says nothing: its counters must move within this time. */
const trialMs = 250;

const counterReader = (iface: string) => ({sent: () => readInterface(iface).sent, driver: () => driverStatistics(iface)});

/** What leaves an interface from now on. */
export const departuresOf = (iface: string, xdp: boolean): Departed => (process.platform === 'linux' ? new Departures(counterReader(iface), xdp) : believed);

const noDriver = (iface: string) => `the driver of ${iface} takes no frames from XDP (a veth's peer needs an XDP program, or: ethtool -K PEER gro on)`;

/** Picks the engine. */
export function pickEngine({engine: asked}: EngineWish, streams: readonly PlannedStream[]): Choice {
	return chooseEngine({
		asked,
		linux: process.platform === 'linux',
		pps: streams.reduce((sum, {schedule}) => sum + highestPps(schedule), 0),
		alike: streams.every(({source}) => source.image !== undefined || source.period === 1),
		longest: Math.max(...streams.map(({source}) => source.maxLength)),
		xdpMost: xdpMostBytes,
		xdpMissing: () => xdpMissing()?.what,
	});
}

/** Sends through XDP; undefined when `trial` and the first frame does not leave. */
async function sendByXdp(iface: string, streams: readonly PlannedStream[], trial: boolean, options: InjectOptions): Promise<Injected | undefined> {
	const sender = openXdpSender(iface, streams);
	try {
		if (trial) {
			const departures = new Departures(counterReader(iface), true);
			sender.tryOne();
			if ((await departures.settled(1, trialMs)) === 0) return undefined;
		}
		return await inject(sender, streams, options);
	} finally {
		sender.close();
	}
}

const plain = (map: ReadonlyMap<string, number> | undefined) => Object.fromEntries(map ?? []);

/** Sends the streams of one sender to their end. Errors as the engines'. */
export async function runSender(iface: string, streams: readonly PlannedStream[], wish: EngineWish, options: InjectOptions): Promise<Outcome> {
	// whoever forces a way to hand frames over wants the engine that has several
	const asked = wish.engine === 'auto' && wish.transmit !== undefined ? 'packet' : wish.engine;
	let choice = pickEngine({...wish, engine: asked}, streams);
	const attemptsOf = ({byStream}: Injected) => streams.map(({number}, i) => [number, byStream[i] as number] as const);
	const none = {transmit: undefined, refusals: {}, retried: {}, leftover: 0};
	if (choice.engine === 'xdp') {
		for (const {source} of streams)
			if (imageOf(source) === undefined)
				throw usage('--engine xdp sends frames that differ in nothing but their stamp; these change otherwise: use --engine packet');
		const done = await sendByXdp(iface, streams, wish.engine === 'auto', options);
		if (done !== undefined) return {...done, ...none, attempts: attemptsOf(done), choice};
		choice = {engine: 'packet', reason: noDriver(iface)};
	}
	if (choice.engine === 'pcap') {
		const {mac, mtu, up} = interfaceInfo(iface);
		if (!up) throw new NetstressError('ERR_SYSCALL', `interface ${iface} is down; bring it up: ip link set ${iface} up`, {iface});
		const port = await openLibpcap(iface, {mac, mtu, filter: 'ether proto 0xffff'});
		try {
			const done = await inject(portSender(port), streams, options);
			return {...done, ...none, attempts: attemptsOf(done), choice};
		} finally {
			port.close();
		}
	}
	const transmit = wish.transmit ?? 'sendmmsg';
	const unpaced = streams.some(({schedule}) => highestPps(schedule) === Number.POSITIVE_INFINITY);
	const port = openRingPort(iface, {
		etherType: commonType(streams),
		receiveBytes: leastRing,
		transmit,
		patienceMs: wish.offerOnce ? 0 : patienceMs,
		offerOnce: wish.offerOnce ?? false,
		longest: Math.max(...streams.map(({source}) => source.maxLength)),
		bypassQdisc: wish.bypassQdisc,
		batch: unpaced ? floodBatch : pacedBatch,
	});
	try {
		const done = await inject(portSender(port), streams, options);
		return {
			...done,
			attempts: attemptsOf(done),
			choice,
			transmit,
			refusals: plain(port.refusals),
			retried: plain(port.retried),
			leftover: port.pending?.() ?? 0,
		};
	} finally {
		port.close();
	}
}

/** Why nothing left, for people. */
export function nothingLeft(iface: string, attempted: number, engine: EngineName): NetstressError {
	const noLink = !interfaceInfo(iface).running;
	const why = noLink ? `; ${iface} has no link: is the other end up? see: ip link show ${iface}` : engine === 'xdp' ? `; ${noDriver(iface)}` : '';
	return new NetstressError('ERR_IO', `nothing left ${iface}: ${attempted} frames were tried${why}`, {iface});
}
