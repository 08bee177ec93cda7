// A whole run in memory: an AoE initiator and an AoE target, a bad wire between them, a virtual clock, every byte checked.
import {createHash} from 'node:crypto';
import {VirtualClock} from '../src/base/clock.js';
import {seeded} from '../src/base/random.js';
import {memoryVolume} from '../src/disk/memory.js';
import {AoeEngine} from '../src/initiator/aoe/engine.js';
import {type FaultCounters, withFaults} from '../src/port/faults.js';
import {memoryPair} from '../src/port/memory.js';
import {traceLine, withTracer} from '../src/port/tracer.js';
import {AoeExport} from '../src/target/aoe/export.js';
import {AoeTarget} from '../src/target/aoe/target.js';

export interface SimulationOptions {
	seed: number;
	requests: number;
	drop?: number;
	duplicate?: number;
	reorder?: number;
	mtu?: number;
	depth?: number;
	sectors?: number;
	window?: number;
}

export interface SimulationResult {
	errors: number;
	mismatches: number;
	retransmits: number;
	late: number;
	duplicates: number;
	milliseconds: number;
	faults: {requests: FaultCounters; replies: FaultCounters};
	/** SHA-256 over every frame with its time. */
	trace: string;
	/** The volume equals the model of what was written. */
	volumeEqual: boolean;
}

const VOLUME = 4 << 20;

/** Runs `requests` random reads and writes of 1 to 8 sectors and gives what happened. */
export function simulate(options: SimulationOptions): SimulationResult {
	const {seed, requests, drop = 0, duplicate = 0, reorder = 0, mtu = 1500, depth = 32, window = 16} = options;
	const clock = new VirtualClock();
	const [left, right] = memoryPair({mtu});
	const wire = createHash('sha256');
	const trace = withTracer(left, clock, (direction, timeMs, frame) => wire.update(`${traceLine(direction, timeMs, frame, frame.length)}\n`));
	const requestsWire = withFaults(trace, {random: seeded(seed ^ 0x5eed), drop, duplicate, reorder});
	const repliesWire = withFaults(right, {random: seeded(seed ^ 0xface), drop, duplicate, reorder});
	const volume = memoryVolume(VOLUME);
	const target = new AoeTarget(repliesWire, [new AoeExport({shelf: 1, slot: 1, volume})]);
	const engine = new AoeEngine(requestsWire, clock, {
		target: {name: 'aoe:memory/1.1', mac: right.mac, shelf: 1, slot: 1, lba48: true, flushExt: true},
		sectors: Math.floor((mtu - 22) / 512),
		window,
		session: 5,
	});

	const model = new Uint8Array(VOLUME);
	const random = seeded(seed);
	const busy = new Set<number>();
	const result = {errors: 0, mismatches: 0};
	let left_ = requests;
	let open = 0;

	const submitOne = (): void => {
		const sectors = 1 + random.below(8);
		let first = random.below(VOLUME / 512 - sectors);
		const range = () => Array.from({length: sectors}, (_, i) => first + i);
		while (range().some(sector => busy.has(sector))) first = random.below(VOLUME / 512 - sectors);
		const mine = range();
		for (const sector of mine) busy.add(sector);
		const writing = random.chance(0.5);
		const bytes = new Uint8Array(sectors * 512);
		const position = first * 512;
		if (writing) {
			random.fill(bytes);
			model.set(bytes, position);
		}
		open++;
		left_--;
		engine.submit({
			op: writing ? 'write' : 'read',
			position,
			bytes,
			done(error) {
				open--;
				for (const sector of mine) busy.delete(sector);
				if (error) result.errors++;
				else if (!writing && Buffer.compare(bytes, model.subarray(position, position + bytes.length)) !== 0) result.mismatches++;
				if (left_ > 0) submitOne();
			},
		});
	};
	for (let i = 0; i < depth && left_ > 0; i++) submitOne();

	while (open > 0) {
		engine.pump();
		const served = target.poll(64);
		const came = engine.pump();
		if (served === 0 && came === 0) {
			// The wire is quiet: let go of what was held back, else time passes until the next deadline.
			requestsWire.release();
			repliesWire.release();
			if (target.poll(64) === 0 && engine.pump() === 0) clock.advanceTo(clock.now() + Math.max(0.001, engine.patienceMs));
		}
		clock.advanceTo(clock.now() + 0.05);
	}
	return {
		...result,
		retransmits: engine.counters.retransmits,
		late: engine.counters.late,
		duplicates: engine.counters.duplicates,
		milliseconds: clock.now(),
		faults: {requests: requestsWire.faults, replies: repliesWire.faults},
		trace: wire.digest('hex'),
		volumeEqual: Buffer.compare(volume.bytes, model) === 0,
	};
}
