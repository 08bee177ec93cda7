import test from 'ava';
import {VirtualClock} from '../../../src/base/clock.js';
import type {NetstressError} from '../../../src/base/errors.js';
import {memoryVolume} from '../../../src/disk/memory.js';
import {AoeEngine} from '../../../src/initiator/aoe/engine.js';
import {memoryPair} from '../../../src/port/memory.js';
import {AoeExport} from '../../../src/target/aoe/export.js';
import {AoeTarget} from '../../../src/target/aoe/target.js';
import {aoe} from '../../../src/wire/aoe.js';

function pair(options: {window?: number; deadlineMs?: number; lba48?: boolean; readOnly?: boolean} = {}) {
	const clock = new VirtualClock();
	const [client, server] = memoryPair();
	const volume = memoryVolume(1 << 20, {readOnly: options.readOnly ?? false});
	volume.bytes.forEach((_, i) => {
		volume.bytes[i] = i & 0xff;
	});
	const unit = new AoeExport({shelf: 1, slot: 1, volume});
	const target = new AoeTarget(server, [unit]);
	const engine = new AoeEngine(client, clock, {
		target: {name: 'aoe:memory/1.1', mac: server.mac, shelf: 1, slot: 1, lba48: options.lba48 ?? true, flushExt: true},
		sectors: 2,
		window: options.window ?? 4,
		session: 9,
		...(options.deadlineMs === undefined ? {} : {deadlineMs: options.deadlineMs}),
	});
	const results: Array<NetstressError | undefined> = [];
	const submit = (op: 'read' | 'write' | 'flush', position: number, bytes: Uint8Array) =>
		engine.submit({op, position, bytes, done: error => results.push(error)});
	/** Frames the client sent, taken off the wire before the target sees them. */
	const intercept = () => {
		const frames: Uint8Array[] = [];
		server.receive((view, at, length) => frames.push(new Uint8Array(view.buffer.slice(at, at + length) as ArrayBuffer)), 100);
		return frames;
	};
	const deliver = (frame: Uint8Array) => {
		client.transmitBytes.set(frame);
		client.commit(frame.length);
	};
	return {clock, client, server, volume, unit, target, engine, submit, results, intercept, deliver};
}

test('a request larger than a frame goes out as several and comes back as one', t => {
	const {engine, target, submit, results, volume} = pair();
	const bytes = new Uint8Array(9 * 512);
	submit('read', 512, bytes);
	engine.pump();
	t.is(engine.outstanding, 4, 'the window holds four frames');
	for (let i = 0; i < 3; i++) {
		target.poll(64);
		engine.pump();
	}
	t.deepEqual(results, [undefined]);
	t.deepEqual(bytes, volume.bytes.slice(512, 10 * 512));
	t.is(engine.counters.commands, 5);
});

test('a retransmission has a fresh tag; the reply to the old one is late, the second reply a duplicate', t => {
	const {engine, target, clock, submit, results, intercept, deliver} = pair();
	submit('read', 0, new Uint8Array(512));
	engine.pump();
	const [first] = intercept();
	clock.advanceTo(251);
	engine.pump();
	const [second] = intercept();
	const tag = (frame: Uint8Array) => aoe.fields.tag.read(new DataView(frame.buffer), 14);
	t.not(tag(first!), tag(second!));
	t.is(engine.counters.retransmits, 1);
	deliver(first!);
	deliver(second!);
	target.poll(64);
	engine.pump();
	t.deepEqual(results, [undefined]);
	t.like(engine.counters, {late: 1, duplicates: 1, errors: 0});
});

test('a frame that later ones have overtaken is sent again at once; a target that changes the order is learned', t => {
	const {engine, target, clock, submit, results, intercept, deliver} = pair({window: 8});
	submit('read', 0, new Uint8Array(512));
	engine.pump();
	clock.advanceTo(clock.now() + 1);
	target.poll(64);
	engine.pump();
	const bytes = new Uint8Array(8 * 1024);
	submit('read', 0, bytes);
	engine.pump();
	const [first, ...others] = intercept();
	clock.advanceTo(clock.now() + 2);
	const copies: Uint8Array[] = [];
	for (const [i, frame] of others.entries()) {
		copies.push(...intercept());
		deliver(frame);
		target.poll(64);
		engine.pump();
		t.is(engine.counters.retransmits, i < 2 ? 0 : 1, `after ${i + 1} replies`);
	}
	// the first was only late: its reply comes, then the one to its copy
	t.is(copies.length, 1);
	for (const frame of [first!, ...copies]) deliver(frame);
	target.poll(64);
	engine.pump();
	t.deepEqual(results, [undefined, undefined]);
	t.like(engine.counters, {retransmits: 1, late: 1, duplicates: 1});
	// from now on it takes more than three
	submit('read', 0, new Uint8Array(4 * 1024));
	engine.pump();
	const [again, ...three] = intercept();
	t.is(three.length, 3);
	clock.advanceTo(clock.now() + 2);
	for (const frame of [...three, again!]) {
		deliver(frame);
		target.poll(64);
		engine.pump();
	}
	t.is(engine.counters.retransmits, 1);
	t.is(results.length, 3);
});

test('a flush may take as long as it takes: what overtakes it says nothing of it', t => {
	const {engine, target, clock, submit, results, intercept, deliver} = pair({window: 8});
	submit('flush', 0, new Uint8Array());
	submit('read', 0, new Uint8Array(6 * 1024));
	engine.pump();
	const [flush, ...reads] = intercept();
	clock.advanceTo(clock.now() + 5);
	for (const frame of reads) deliver(frame);
	target.poll(64);
	engine.pump();
	t.is(engine.counters.retransmits, 0);
	deliver(flush!);
	target.poll(64);
	engine.pump();
	t.deepEqual(results, [undefined, undefined]);
});

test('without a reply the request fails at its deadline, in words', t => {
	const {engine, clock, submit, results, intercept} = pair({deadlineMs: 3000});
	submit('read', 0, new Uint8Array(512));
	for (let time = 0; time < 8000; time += 100) {
		clock.advanceTo(time);
		engine.pump();
		intercept();
	}
	t.is(results.length, 1);
	t.is(results[0]?.code, 'ERR_TIMEOUT');
	t.regex(results[0]!.message, /no reply from aoe:memory\/1\.1 to \d+ attempts in 3\.0 s/);
	t.true(engine.idle);
});

test('an ATA error and an AoE error end the request with the code in it', t => {
	const {engine, target, submit, results, unit} = pair();
	submit('read', (1 << 20) - 512, new Uint8Array(1024));
	engine.pump();
	target.poll(64);
	engine.pump();
	t.regex(results[0]!.message, /failed the read at byte 1048064: ATA status 0x41, error 0x10/);
	unit.reservation.add(Uint8Array.of(9, 9, 9, 9, 9, 9), 0);
	submit('read', 0, new Uint8Array(512));
	engine.pump();
	target.poll(64);
	engine.pump();
	t.regex(results[1]!.message, /refused: Target is reserved/);
	t.is(engine.counters.errors, 2);
});

test('28-bit commands reach a target that knows no others, and a flush gets through', t => {
	const {engine, target, submit, results, volume} = pair({lba48: false});
	submit('write', 1024, new Uint8Array(512).fill(0x77));
	submit('flush', 0, new Uint8Array());
	engine.pump();
	target.poll(64);
	engine.pump();
	t.deepEqual(results, [undefined, undefined]);
	t.true(volume.bytes.subarray(1024, 1536).every(byte => byte === 0x77));
	t.is(volume.counters.flushes, 1);
});

test('a write that was sent twice keeps others off its sectors until its copies are gone', t => {
	const {engine, target, clock, submit, results, intercept, deliver, volume} = pair();
	submit('write', 0, new Uint8Array(512).fill(1));
	engine.pump();
	const [stale] = intercept();
	clock.advanceTo(251);
	engine.pump();
	target.poll(64);
	engine.pump();
	t.is(results.length, 1);
	submit('write', 0, new Uint8Array(512).fill(2));
	submit('read', 0, new Uint8Array(512));
	engine.pump();
	t.is(engine.outstanding, 0, 'the second write waits');
	deliver(stale!);
	target.poll(64);
	engine.pump();
	clock.advanceTo(clock.now() + 1000);
	engine.pump();
	target.poll(64);
	engine.pump();
	t.is(results.length, 3);
	t.is(volume.bytes[0], 2, 'the stale copy of the first write did not come last');
});

test('a write of several frames does not wait for its own: what was sent twice holds up its own sectors alone', t => {
	const {engine, target, clock, submit, results, intercept, deliver} = pair({window: 4});
	submit('write', 0, new Uint8Array(8 * 1024).fill(1));
	engine.pump();
	const [, ...others] = intercept();
	clock.advanceTo(clock.now() + 1);
	for (const frame of others) deliver(frame);
	// the third reply brings the first again; what is left of the request follows without any time passing
	for (let i = 0; i < 20; i++) {
		target.poll(64);
		engine.pump();
	}
	t.is(engine.counters.retransmits, 1);
	t.deepEqual(results, [undefined]);
});

test('frames that are not replies of ours are counted or passed over, whatever they are', t => {
	const {engine, server, submit, results, target} = pair();
	submit('read', 0, new Uint8Array(512));
	engine.pump();
	let seed = 1;
	for (let i = 0; i < 500; i++) {
		const length = i % 120;
		for (let at = 0; at < length; at++) {
			seed = (seed * 1103515245 + 12345) & 0x7fffffff;
			server.transmitBytes[at] = seed >> 16;
		}
		// Half of them carry our EtherType, the response flag and our session's tags.
		if (i % 2 === 0 && length > 24) server.transmitBytes.set([0x88, 0xa2, 0x18, 0, 0, 1, 1, 0, 0x89, 0, 0, i & 0xff], 12);
		server.commit(length);
		engine.pump();
	}
	target.poll(64);
	engine.pump();
	t.is(results.length, 1);
	t.true(engine.counters.unexpected > 0);
});
