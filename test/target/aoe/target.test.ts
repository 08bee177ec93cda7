import test from 'ava';
import fc from 'fast-check';
import {memoryVolume} from '../../../src/disk/memory.js';
import {AoeExport} from '../../../src/target/aoe/export.js';
import {holds} from '../../property.js';
import {ataFrame, bench, configFrame, frameOf, OTHER, same} from './bench.js';

test('a broadcast is answered once for each export, with its own address', t => {
	const more = [new AoeExport({shelf: 3, slot: 5, volume: memoryVolume(512)}), new AoeExport({shelf: 7, slot: 4, volume: memoryVolume(512)})];
	const {send} = bench({more});
	const addresses = (major: number, minor: number) => send(configFrame(0, '', {head: {major, minor}})).map(({head}) => `${head.major}.${head.minor}`);
	t.deepEqual(addresses(0xffff, 0xff), ['3.4', '3.5', '7.4']);
	t.deepEqual(addresses(3, 0xff), ['3.4', '3.5']);
	t.deepEqual(addresses(0xffff, 4), ['3.4', '7.4']);
	t.deepEqual(addresses(7, 4), ['7.4']);
	t.deepEqual(addresses(7, 5), []);
});

test('an unsupported version, an unknown command: error 5, error 1', t => {
	const {send} = bench();
	for (const version of [0, 2, 15])
		t.like(send(ataFrame({'ata.cmd': 0xec}, undefined, {version}))[0]!.head, {version: 1, response: 1, flags_error: 1, error: 5});
	for (const cmd of [4, 0x23, 0xf0, 0xff]) t.like(send(frameOf(60, {cmd}))[0]!.head, {response: 1, flags_error: 1, error: 1, cmd});
});

test('responses, other EtherTypes, other addresses and runts get no answer', t => {
	const {send, target} = bench();
	const alien = configFrame(0);
	alien[12] = 0x08;
	t.deepEqual(send(alien), []);
	t.deepEqual(send(configFrame(0, '', {head: {response: 1}})), []);
	t.deepEqual(send(configFrame(0, '', {head: {major: 4}})), []);
	for (let length = 0; length < 24; length++) t.deepEqual(send(configFrame(0).subarray(0, length)), []);
	t.like(target.counters, {frames: 27, replies: 0, ignored: 3, runts: 24});
});

test('the announcement is an unsolicited config response to everybody', t => {
	const {client, target} = bench();
	target.announce();
	let seen = 0;
	client.receive((view, at, length) => {
		seen++;
		t.is(length, 60);
		t.is(view.getUint32(at), 0xffff_ffff);
		t.is(view.getUint8(at + 14), 0x18);
		t.is(view.getUint32(at + 16) >>> 8, 0x0003_04);
	}, 10);
	t.is(seen, 1);
});

test('a request cut at any length is refused or ignored, and never writes', t => {
	const {send, volume} = bench();
	const before = volume.bytes.slice();
	const whole = ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, lba: 1, sector_count: 2}, new Uint8Array(1024).fill(0xee));
	for (let length = 0; length < whole.length; length++) {
		for (const reply of send(whole.subarray(0, length))) t.is(reply.head.flags_error, 1);
	}
	t.true(same(volume.bytes, before));
});

test('any bytes at all: at most one reply each, never an exception, no write outside the frame’s own range', t => {
	const {send, volume, unit} = bench({size: 64 * 512});
	const arbitrary = fc.tuple(
		fc.oneof(
			fc.uint8Array({minLength: 0, maxLength: 1476}),
			// A write that is nearly right: few sectors, a low address.
			fc
				.tuple(fc.constantFrom(0x01, 0x41), fc.constantFrom(0x30, 0x34), fc.nat(3), fc.nat(70), fc.nat(1100))
				.map(([flags, opcode, count, lba, length]) => Uint8Array.of(flags, 0, count, opcode, lba, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(length).fill(0xee))),
		),
		fc.record({
			version: fc.integer({min: 0, max: 15}),
			cmd: fc.integer({min: 0, max: 5}),
			major: fc.constantFrom(3, 0xffff, 9),
			minor: fc.constantFrom(4, 0xff),
		}),
	);
	holds(
		t,
		fc.property(arbitrary, ([payload, head]) => {
			const frame = frameOf(24 + payload.length, head);
			frame.set(payload, 24);
			const before = volume.bytes.slice();
			unit.mask.assign([]);
			unit.reservation.assign([]);
			const replies = send(frame);
			if (replies.length > 1) return false;
			if (same(before, volume.bytes)) return true;
			// What changed is what a well-formed write said, and lies inside its sectors.
			const lba = payload[4]! + payload[5]! * 256;
			const [first, last] = [before.findIndex((byte, i) => byte !== volume.bytes[i]), before.findLastIndex((byte, i) => byte !== volume.bytes[i])];
			const written = head.cmd === 0 && [0x30, 0x34].includes(payload[3]!) && payload.length >= 12 + 512 * payload[2]!;
			return written && first >= lba * 512 && last < (lba + payload[2]!) * 512;
		}),
		{numRuns: 2000},
	);
});

test('an export refuses addresses that mean everybody', t => {
	const volume = memoryVolume(512);
	for (const [shelf, slot] of [
		[65_535, 0],
		[0, 255],
		[-1, 0],
		[0, 1.5],
	] as const)
		t.throws(() => new AoeExport({shelf, slot, volume}), {code: 'ERR_USAGE'});
	t.notThrows(() => new AoeExport({shelf: 65_534, slot: 254, volume}));
});

test('a source that is not on the MAC mask list is met with silence', t => {
	const {send, unit} = bench();
	unit.mask.add(OTHER, 0);
	t.deepEqual(send(configFrame(0)), []);
	t.is(unit.counters.unanswered, 1);
	t.is(send(ataFrame({'ata.cmd': 0xec}, undefined, {}, OTHER)).length, 1);
});
