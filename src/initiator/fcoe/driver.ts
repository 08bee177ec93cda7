// The initiator's engine over packet sockets, from the event loop: while requests are out it polls and sleeps in short turns, while none are it looks now
// and then, because neighbours want to be answered.
import {setTimeout as sleep} from 'node:timers/promises';
import {type Clock, realClock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import {freshSeed, seeded} from '../../base/random.js';
import {Spin} from '../../base/spin.js';
import {openFcoePorts} from '../../fcoe/ports.js';
import type {RemotePort} from '../../fcoe/remote.js';
import {LINGER_MS, VnPort} from '../../fcoe/vn-port.js';
import {wwnFromMac} from '../../fcoe/wwn.js';
import type {FramePort} from '../../port/port.js';
import {libc} from '../../sys/libc.js';
import type {SessionCounters} from '../session.js';
import {claimName} from './claim.js';
import {FcpInitiator} from './engine.js';

export interface DriverOptions {
	readonly iface: string;
	/** Of the target that is wanted; any when undefined. */
	readonly target: bigint | undefined;
	/** Our own name; claimed when undefined. */
	readonly wwpn?: bigint;
	readonly window?: number;
	readonly counters: SessionCounters;
}

/** Room for the data of a window of reads: 32 times 128 KiB and more. */
const RECEIVE_BYTES = 16 << 20;
/** Of the ring's frames; the rest is for what comes twice. */
const FRAME_SHARE = 0.75;
/** Milliseconds the loop may keep the thread before it lets timers and signals have their turn. */
const TURN_MS = 4;
/** Longest sleep inside a turn, and between looks when there is nothing to do. */
const NAP_MS = 5;
const IDLE_MS = 20;
const BATCH = 256;

export interface FcoeDriver {
	readonly engine: FcpInitiator;
	readonly port: VnPort;
	readonly frames: FramePort;
	/** Waits until `done` holds: true, or false after `limitMs`. */
	until(done: () => boolean, limitMs: number): Promise<boolean>;
	/** There is something to send. */
	kick(): void;
	/** Fails what is outstanding, logs out and closes. */
	close(): Promise<void>;
}

/** Opens sockets on `iface` and begins to look for an address. Errors as `openFcoePorts`. */
export async function openDriver({iface, target, wwpn: own, window, counters}: DriverOptions, clock: Clock = realClock): Promise<FcoeDriver> {
	const ports = openFcoePorts(iface, {receiveBytes: RECEIVE_BYTES});
	const frames = ports[0]!;
	const name = own === undefined ? await claimName(iface, frames.mac) : {wwpn: own, release() {}};
	const engine = new FcpInitiator({
		clock,
		counters,
		wwpn: target,
		frames: Math.floor(frames.receiveSlots * FRAME_SHARE),
		...(window === undefined ? {} : {window}),
	});
	const port = new VnPort(
		ports,
		clock,
		{wwpn: name.wwpn, wwnn: wwnFromMac(frames.mac, 1), roles: {target: false, initiator: true}, random: seeded(freshSeed())},
		engine,
	);
	engine.connect(port);
	port.start();
	const spin = new Spin();
	let scheduled = false;
	let closed = false;
	let idle: NodeJS.Timeout | undefined;

	const pump = (): number => {
		const came = port.poll(BATCH);
		if (clock.now() >= port.dueMs) port.tick();
		engine.pump();
		frames.flush();
		return came;
	};
	const rest = (): void => {
		if (closed || idle !== undefined) return;
		idle = setTimeout(() => {
			idle = undefined;
			turn();
		}, IDLE_MS);
	};
	const turn = (): void => {
		scheduled = false;
		if (closed) return;
		let nowMs = clock.now();
		const untilMs = nowMs + TURN_MS;
		do {
			const came = pump();
			if (closed) return;
			if (engine.outstanding === 0) {
				if (!scheduled) rest();
				return;
			}
			nowMs = clock.now();
			if (came > 0) spin.found();
			else if (spin.keep(nowMs)) libc.yieldProcessor();
			else frames.wait(Math.ceil(Math.max(0, Math.min(port.dueMs - nowMs, NAP_MS))));
		} while (nowMs < untilMs);
		schedule();
	};
	const schedule = (): void => {
		if (scheduled || closed) return;
		scheduled = true;
		setImmediate(turn);
	};
	rest();

	return {
		engine,
		port,
		frames,
		until: (done, limitMs) =>
			new Promise(resolve => {
				const end = clock.now() + limitMs;
				const look = (): void => {
					if (!closed) pump();
					const held = !closed && done();
					if (held || closed || clock.now() >= end) resolve(held);
					else setTimeout(look, 1);
				};
				look();
			}),
		kick: schedule,
		async close() {
			if (closed) return;
			engine.close(new NetstressError('ERR_CLOSED', 'the FCoE session has been closed'));
			const lonely = port.logins.remotes.size === 0;
			port.leave();
			closed = true;
			clearTimeout(idle);
			const end = clock.now() + (lonely ? 0 : LINGER_MS);
			while (clock.now() < end) {
				await sleep(2);
				port.poll(BATCH);
				frames.flush();
			}
			port.stop();
			for (const each of ports) each.close();
			name.release();
		},
	};
}

/** Targets that have logged in so far, by address. */
export const targetsOf = ({engine}: FcoeDriver): readonly RemotePort[] => [...engine.targets].sort((a, b) => a.portId - b.portId);
