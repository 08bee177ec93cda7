// An AoE target as a block device: discovery, identity, and the engine run from the event loop.
import {type Clock, realClock} from '../../base/clock.js';
import {NetstressError, usage} from '../../base/errors.js';
import {Spin} from '../../base/spin.js';
import type {FramePort} from '../../port/port.js';
import {openRingPort, type RingPortOptions} from '../../port/ring.js';
import {libc} from '../../sys/libc.js';
import {SECTOR} from '../../wire/ata.js';
import {parseAoeAddress} from '../address.js';
import type {BlockRequest, BlockSession} from '../session.js';
import {type AoeIdentity, type AoeTargetInfo, agreedSectors, discoverAoe, identifyAoe} from './discover.js';
import {AoeEngine} from './engine.js';

export interface AoeSessionOptions {
	/** Frames outstanding at the most; the target's buffer count by default. */
	window?: number;
	/** Sectors per frame at the most. */
	sectors?: number;
	deadlineMs?: number;
	/** How long to look for the target, milliseconds. */
	discoverMs?: number;
	port?: RingPortOptions;
	clock?: Clock;
}

export interface AoeSession extends BlockSession {
	readonly protocol: 'aoe';
	readonly info: AoeTargetInfo;
	readonly identity: AoeIdentity;
	readonly engine: AoeEngine;
	readonly port: FramePort;
}

/** Room for the replies of a full window of jumbo frames and as many needless ones, while this thread is kept from its processor. */
const RECEIVE_BYTES = 8 << 20;
/** Milliseconds the loop may keep the thread before it lets timers and signals have their turn. */
const TURN_MS = 4;
/** Longest sleep inside a turn. */
const NAP_MS = 5;
let sessions = Math.floor(Math.random() * 127);

/** Finds and identifies the target behind `port`. ERR_TIMEOUT when nobody answers for shelf.slot. */
function find(port: FramePort, clock: Clock, address: string, shelf: number, slot: number, discoverMs: number) {
	const attempts = Math.max(1, Math.ceil(discoverMs / 250));
	let info: AoeTargetInfo | undefined;
	for (let i = 0; i < attempts && !info; i++) [info] = discoverAoe(port, clock, 250, shelf, slot);
	if (!info) {
		throw new NetstressError(
			'ERR_TIMEOUT',
			`no AoE target ${shelf}.${slot} on ${port.name} (asked ${attempts} times in ${discoverMs} ms); see who is there: netstress io aoe:${port.name} discover`,
		);
	}
	if (info.bufferCount === 0) throw new NetstressError('ERR_IO', `AoE target ${shelf}.${slot} advertises no buffers: it takes no requests`);
	const target = {name: address, mac: info.mac, shelf, slot, lba48: true, flushExt: true};
	const identity = identifyAoe(port, clock, target);
	return {info, identity, target: {...target, lba48: identity.lba48, flushExt: identity.flushExt}};
}

/** Opens `aoe:IFACE/SHELF.SLOT`. ERR_USAGE, ERR_PERMISSION, ERR_TIMEOUT, ERR_IO. */
export function openAoe(address: string, options: AoeSessionOptions = {}): AoeSession {
	const {iface, shelf = 0, slot = 0} = parseAoeAddress(address);
	const port = openRingPort(iface, {receiveBytes: RECEIVE_BYTES, ...options.port});
	try {
		return aoeSession(port, address, shelf, slot, options);
	} catch (error) {
		port.close();
		throw error;
	}
}

/** The session over any port; it owns the port from here on. */
export function aoeSession(port: FramePort, address: string, shelf: number, slot: number, options: AoeSessionOptions = {}): AoeSession {
	const {clock = realClock, discoverMs = 3000, window = 4096, sectors = 255, deadlineMs} = options;
	const {info, identity, target} = find(port, clock, address, shelf, slot, discoverMs);
	sessions = (sessions + 1) % 127;
	const engine = new AoeEngine(port, clock, {
		target,
		sectors: Math.min(agreedSectors(port, info), sectors),
		window: Math.min(info.bufferCount, window),
		session: sessions,
		...(deadlineMs === undefined ? {} : {deadlineMs}),
	});
	let scheduled = false;
	let closed = false;
	const spin = new Spin();

	const turn = (): void => {
		scheduled = false;
		if (closed) return;
		let nowMs = clock.now();
		const untilMs = nowMs + TURN_MS;
		do {
			const came = engine.pump();
			if (engine.idle || closed) return;
			nowMs = clock.now();
			if (came > 0) spin.found();
			else if (spin.keep(nowMs)) libc.yieldProcessor();
			else port.wait(Math.ceil(Math.min(engine.patienceMs, NAP_MS)));
		} while (nowMs < untilMs);
		schedule();
	};
	const schedule = (): void => {
		if (scheduled || closed) return;
		scheduled = true;
		setImmediate(turn);
	};

	return {
		protocol: 'aoe',
		address,
		blockSize: SECTOR,
		size: identity.size,
		readOnly: false,
		counters: engine.counters,
		info,
		identity,
		engine,
		port,
		submit(request: BlockRequest) {
			if (closed) throw new NetstressError('ERR_CLOSED', `${address} has been closed`);
			const {op, position, bytes} = request;
			const aligned = position % SECTOR === 0 && bytes.length % SECTOR === 0;
			if (op !== 'flush' && (!aligned || bytes.length === 0 || position < 0)) {
				throw usage(`${op} of ${bytes.length} bytes at ${position}: position and length are multiples of ${SECTOR}, the length not 0`);
			}
			engine.submit(request);
			schedule();
		},
		async close() {
			if (closed) return;
			closed = true;
			engine.abort(new NetstressError('ERR_CLOSED', `${address} has been closed`));
			port.close();
		},
	};
}
