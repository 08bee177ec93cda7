// A whole run in memory: an FCoE initiator and an FCoE target with everything between block requests and frames, a bad wire, a virtual clock, every byte checked.
import {createHash} from 'node:crypto';
import {VirtualClock} from '../../src/base/clock.js';
import {seeded} from '../../src/base/random.js';
import {memoryVolume} from '../../src/disk/memory.js';
import {VnPort} from '../../src/fcoe/vn-port.js';
import {wwnFromMac} from '../../src/fcoe/wwn.js';
import {FcpInitiator} from '../../src/initiator/fcoe/engine.js';
import {partOfRead, transferCdb} from '../../src/initiator/scsi/cdb.js';
import type {ScsiResult} from '../../src/initiator/scsi/command.js';
import {type FaultCounters, withFaults} from '../../src/port/faults.js';
import {memoryPair} from '../../src/port/memory.js';
import type {FramePort} from '../../src/port/port.js';
import {traceLine, withTracer} from '../../src/port/tracer.js';
import {FcpTarget} from '../../src/target/fcoe/target.js';
import {DeviceServer} from '../../src/target/scsi/server.js';
import {logicalUnit} from '../../src/target/scsi/unit.js';

export interface SimulationOptions {
	seed: number;
	requests: number;
	drop?: number;
	duplicate?: number;
	reorder?: number;
	mtu?: number;
	depth?: number;
	/** Blocks of 512 bytes of a request, at most. */
	blocks?: number;
	window?: number;
	/** The target cannot send sequences again: recovery is by abort and retry alone. */
	plain?: boolean;
}

const VOLUME = 4 << 20;
const BLOCK = 512;

/** Both ends over a pair of memory ports whose two directions may lose, double and reorder frames. */
export function fcoePair(options: Pick<SimulationOptions, 'seed' | 'drop' | 'duplicate' | 'reorder' | 'mtu' | 'window' | 'plain'>) {
	const {seed, drop = 0, duplicate = 0, reorder = 0, mtu = 2500, window = 16} = options;
	const clock = new VirtualClock();
	const [left, right] = memoryPair({mtu, slots: 16384});
	const wire = createHash('sha256');
	const trace = withTracer(left, clock, (direction, timeMs, frame) => wire.update(`${traceLine(direction, timeMs, frame, frame.length)}\n`));
	const out = withFaults(trace, {random: seeded(seed ^ 0x5eed), drop, duplicate, reorder});
	const back = withFaults(right, {random: seeded(seed ^ 0xface), drop, duplicate, reorder});
	const volume = memoryVolume(VOLUME);
	const server = new DeviceServer([logicalUnit(0, volume)]);
	const target = new FcpTarget({server, clock});
	const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const initiator = new FcpInitiator({clock, counters, wwpn: undefined, window, frames: 4096});
	const names = (port: FramePort, naa: 1 | 2) => ({wwpn: wwnFromMac(port.mac, naa), wwnn: wwnFromMac(port.mac, naa === 1 ? 2 : 1)});
	const targetPort = new VnPort([back], clock, {...names(right, 1), roles: {target: true, initiator: false}, random: seeded(seed ^ 1)}, target);
	const initiatorPort = new VnPort([out], clock, {...names(left, 2), roles: {target: false, initiator: true}, random: seeded(seed ^ 2)}, initiator);
	target.connect(targetPort);
	initiator.connect(initiatorPort);
	targetPort.start();
	initiatorPort.start();
	/** One turn of both loops. True when a frame moved. */
	const turn = (): boolean => {
		const served = targetPort.poll(64);
		targetPort.tick();
		const came = initiatorPort.poll(64);
		initiatorPort.tick();
		initiator.pump();
		return served + came > 0;
	};
	/** Runs until `done`; false when nothing more would ever happen. */
	const run = (done: () => boolean, limitMs = 3_600_000): boolean => {
		while (!done()) {
			if (!turn()) {
				// The wire is quiet: let go of what was held back, else time passes until something is due.
				out.release();
				back.release();
				if (turn()) continue;
				const due = Math.min(targetPort.dueMs, initiatorPort.dueMs);
				if (due > limitMs) return false;
				clock.advanceTo(Math.max(due, clock.now() + 0.001));
			}
			clock.advanceTo(clock.now() + 0.01);
		}
		return true;
	};
	return {clock, volume, server, target, targetPort, initiator, initiatorPort, out, back, counters, wire, run, turn};
}

export interface SimulationResult {
	errors: number;
	mismatches: number;
	milliseconds: number;
	faults: {requests: FaultCounters; replies: FaultCounters};
	losses: number;
	trace: string;
	volumeEqual: boolean;
	/** Exchanges open on either side when all is done, and link services without an answer. */
	leaked: number;
	pair: ReturnType<typeof fcoePair>;
}

/** Runs `requests` random reads and writes and gives what happened. */
export function simulate(options: SimulationOptions): SimulationResult {
	const {seed, requests, depth = 32, blocks = 16} = options;
	const pair = fcoePair(options);
	const {initiator, volume, run} = pair;
	const model = new Uint8Array(VOLUME);
	const random = seeded(seed);
	const busy = new Set<number>();
	const result = {errors: 0, mismatches: 0};
	let left = requests;
	let open = 0;

	const submitOne = (): void => {
		const count = 1 + random.below(blocks);
		let first = random.below(VOLUME / BLOCK - count);
		const range = () => Array.from({length: count}, (_, i) => first + i);
		while (range().some(block => busy.has(block))) first = random.below(VOLUME / BLOCK - count);
		const mine = range();
		for (const block of mine) busy.add(block);
		const writing = random.chance(0.5);
		const bytes = new Uint8Array(count * BLOCK);
		const position = first * BLOCK;
		if (writing) {
			random.fill(bytes);
			model.set(bytes, position);
		}
		const cdb = transferCdb(writing, first, count);
		const start = () =>
			initiator.submit({
				lun: 0n,
				cdb,
				...(writing ? {dataOut: bytes} : {dataIn: bytes}),
				...(options.plain ? {} : {part: (from: number, to: number) => partOfRead(cdb, BLOCK, from, to)}),
				done(answer: ScsiResult | undefined) {
					// the unit attention of a new nexus
					if (answer?.status === 2) {
						start();
						return;
					}
					open--;
					for (const block of mine) busy.delete(block);
					if (answer?.status !== 0) result.errors++;
					else if (!writing && Buffer.compare(bytes, model.subarray(position, position + bytes.length)) !== 0) result.mismatches++;
					if (left > 0) submitOne();
				},
			});
		open++;
		left--;
		start();
	};
	for (let i = 0; i < depth && left > 0; i++) submitOne();
	const finished = run(() => open === 0);
	if (!finished) throw new Error(`seed ${seed}: ${open} requests hang at ${pair.clock.now()} ms`);
	const milliseconds = pair.clock.now();
	// link services under way come to their end, aborted exchanges are reinstated, zombies of copied commands are given up
	run(() => pair.clock.now() > milliseconds + 15_000);
	return {
		...result,
		milliseconds,
		faults: {requests: pair.out.faults, replies: pair.back.faults},
		losses: initiator.losses.count,
		trace: pair.wire.digest('hex'),
		volumeEqual: Buffer.compare(model, volume.bytes) === 0,
		leaked: initiator.outstanding + pair.target.open + pair.initiatorPort.requests.outstanding + pair.targetPort.requests.outstanding,
		pair,
	};
}
