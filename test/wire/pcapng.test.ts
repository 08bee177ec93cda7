import test from 'ava';
import fc from 'fast-check';
import type {CaptureRecord} from '../../src/wire/capture.js';
import {PcapngDecoder, ticksOf} from '../../src/wire/pcapng.js';
import {PcapngEncoder, packetBlockBytes, packetInto} from '../../src/wire/pcapng-write.js';
import {concat, hex, text, viewOf} from '../build.js';

const read = (file: Uint8Array, pieces = file.length) => {
	const decoder = new PcapngDecoder();
	const records: CaptureRecord[] = [];
	for (let at = 0; at < file.length; at += pieces) {
		decoder.push(file.slice(at, at + pieces));
		for (let record = decoder.next(); record !== undefined; record = decoder.next()) records.push({...record, bytes: record.bytes.slice()});
	}
	return {records, decoder, truncated: decoder.finish()};
};
const eth = (name: string) => ({name, linkType: 1, snapLength: 0});

for (const littleEndian of [true, false]) {
	test(`what is written ${littleEndian ? 'little' : 'big'} endian reads the same: two interfaces, comments, directions, two sections`, t => {
		const packets = fc.array(
			fc.record({
				interface: fc.nat(1),
				bytes: fc.uint8Array({maxLength: 99}),
				more: fc.nat(50),
				time: fc.bigInt(0n, 2n ** 63n),
				direction: fc.constantFrom(undefined, 1, 2),
				comments: fc.array(fc.string({maxLength: 20}), {maxLength: 2}),
			}),
			{maxLength: 6},
		);
		fc.assert(
			fc.property(packets, fc.integer({min: 1, max: 400}), (list, pieces) => {
				const encoder = new PcapngEncoder(littleEndian);
				const section = [encoder.section('test', 'a comment'), encoder.interface(eth('one')), encoder.interface(eth('zwei'))];
				const blocks = list.map(({more, ...packet}) => encoder.packet({...packet, length: packet.bytes.length + more}));
				const statistics = encoder.statistics({interface: 0, time: 3n, start: 1n, end: 2n, received: 9, dropped: 1, delivered: 8});
				const {records, truncated, decoder} = read(concat(...section, ...blocks, statistics, ...section, ...blocks), pieces);
				t.is(truncated, undefined);
				t.is(decoder.sections, 2);
				const expected = list.map(({more, ...packet}) => ({
					...packet,
					length: packet.bytes.length + more,
					linkType: 1,
					interfaceName: packet.interface === 0 ? 'one' : 'zwei',
				}));
				t.deepEqual(records, [...expected, ...expected]);
			}),
			{numRuns: 60},
		);
	});
}

test('the hot path writes the same block as the encoder', t => {
	fc.assert(
		fc.property(
			fc.uint8Array({maxLength: 70}),
			fc.integer({min: 0, max: 0xffff_ffff}),
			fc.integer({min: 0, max: 999_999_999}),
			fc.constantFrom(1, 2),
			(bytes, seconds, nanoseconds, direction) => {
				const target = new Uint8Array(packetBlockBytes(bytes.length) + 8).fill(0xa5);
				const size = packetInto(target, viewOf(target), 4, bytes, bytes.length + 3, seconds, nanoseconds, direction as 1 | 2);
				const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
				const block = new PcapngEncoder().packet({interface: 0, bytes, length: bytes.length + 3, time, direction});
				t.deepEqual(target.slice(4, 4 + size), block);
				t.deepEqual([target[3], target[4 + size]], [0xa5, 0xa5]);
			},
		),
	);
});

/** A section of version 1.0 with an interface of the given options, little endian, by hand. */
const section = hex('0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000');
const iface = (options: string) => {
	const body = hex(`0100 0000 00000000 ${options}`);
	const bytes = concat(new Uint8Array(8), body, new Uint8Array(4));
	for (const [at, value] of [
		[0, 1],
		[4, bytes.length],
		[bytes.length - 4, bytes.length],
	] as const)
		viewOf(bytes).setUint32(at, value, true);
	return bytes;
};
const epb = hex('06000000 28000000 00000000 00000000 00000800 04000000 06000000 61626364 00000000 28000000');

test('times: microseconds by default, powers of ten and of two, and an offset', t => {
	const timeOf = (options: string) => read(concat(section, iface(options), epb)).records[0]?.time;
	t.is(timeOf(''), 0x80000n * 1000n);
	t.is(timeOf('0900 0100 09000000'), 0x80000n);
	t.is(timeOf('0900 0100 93000000'), 1_000_000_000n); // 2^-19 s
	t.is(timeOf('0e00 0800 0a00000000000000'), 10_000_000_000n + 0x80000n * 1000n);
	t.is(ticksOf(0x80), 1n);
});

test('a simple packet block has no time and belongs to the first interface', t => {
	const spb = hex('03000000 14000000 06000000 61626364 14000000');
	const {records} = read(concat(section, iface(''), spb));
	t.like(records[0], {length: 6, time: 0n, interface: 0});
	t.is(Buffer.from(records[0]!.bytes).toString(), 'abcd');
});

test('an obsolete packet block is read too', t => {
	const packet = hex('02000000 24000000 0000 0000 00000000 01000000 04000000 04000000 61626364 24000000');
	t.like(read(concat(section, iface(''), packet)).records[0], {length: 4, time: 1000n});
});

test('unknown blocks and options are passed over', t => {
	const custom = hex('ad0b0000 14000000 01020304 05060708 14000000');
	t.is(read(concat(section, custom, iface('ffff 0400 01020304'), custom, epb)).records.length, 1);
});

const refused: Array<[string, Uint8Array, RegExp]> = [
	['a block length that is no multiple of four', concat(section, hex('06000000 2b000000 00000000')), /at byte 32: block length 43; it must be a multiple of 4/],
	['a block of 4 GiB', concat(section, hex('06000000 fcffffff 00000000')), /at byte 32: block length 4294967292/],
	['a block shorter than its frame', concat(section, hex('06000000 08000000 00000000')), /at byte 32: block length 8/],
	['two lengths that differ', concat(section, hex('06000000 10000000 00000000 14000000')), /at byte 40: block length 16 in front, 20 behind/],
	['a packet of an interface that nobody described', concat(section, epb), /at byte 36: a packet of interface 0, but the section describes 0/],
	['no section header first', epb, /at byte 0: a pcapng file begins with a section header/],
	[
		'a byte-order magic that is none',
		hex('0a0d0d0a 1c000000 11223344 01000000 ffffffffffffffff 1c000000'),
		/at byte 8: 0x11223344 is not the byte-order magic/,
	],
	['more captured bytes than the block holds', concat(section, iface(''), epb.with(20, 0xff)), /255 captured bytes in a block of 40/],
	['a version that does not exist', section.with(12, 9), /pcapng version 9/],
];
for (const [what, file, message] of refused) {
	test(`${what} is refused with its offset and value`, t => {
		t.throws(() => read(file), {code: 'ERR_PROTOCOL', message});
	});
}

test('a file that ends inside a block says so', t => {
	const file = concat(section, iface(''), epb);
	for (let end = 1; end < file.length; end++) {
		const whole = [section.length, section.length + iface('').length].includes(end);
		const {truncated} = read(file.subarray(0, end));
		t.is(truncated === undefined, whole, `${end} bytes`);
	}
	t.deepEqual(read(new Uint8Array(0)).truncated, {offset: 0, have: 0, need: 12});
});

test('a comment beside a name', t => {
	const block = new PcapngEncoder().packet({interface: 0, bytes: text('x'), length: 1, time: 0n, comments: ['dropped: no socket']});
	t.deepEqual(read(concat(section, iface(''), block)).records[0]?.comments, ['dropped: no socket']);
});
