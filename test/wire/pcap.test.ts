import test from 'ava';
import fc from 'fast-check';
import type {CaptureDecoder, CaptureRecord} from '../../src/wire/capture.js';
import {CaptureFileDecoder} from '../../src/wire/capture-file.js';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../../src/wire/pcap.js';
import {concat, hex, text, viewOf} from '../build.js';

const format = (tick: 1000 | 1, littleEndian: boolean): PcapFormat => ({tick, littleEndian, snapLength: 65_535, linkType: 1});
const all = (decoder: CaptureDecoder): CaptureRecord[] => {
	const records: CaptureRecord[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) records.push(record);
	return records;
};
const read = (file: Uint8Array) => {
	const decoder = new CaptureFileDecoder();
	decoder.push(file);
	return {records: all(decoder), truncated: decoder.finish()};
};

for (const tick of [1000, 1] as const) {
	for (const littleEndian of [true, false]) {
		const what = `${tick === 1 ? 'nano' : 'micro'}seconds, ${littleEndian ? 'little' : 'big'} endian`;
		test(`pcap with ${what}: what is written reads the same, however the file is cut into pieces`, t => {
			const frames = fc.array(fc.record({bytes: fc.uint8Array({maxLength: 200}), cut: fc.nat(100), time: fc.bigInt(0n, 4_000_000_000_000_000_000n)}), {
				maxLength: 8,
			});
			fc.assert(
				fc.property(frames, fc.array(fc.nat(300), {maxLength: 20}), (list, cuts) => {
					const file = concat(
						encodePcapHeader(format(tick, littleEndian)),
						...list.map(({bytes, cut, time}) => encodePcapRecord(format(tick, littleEndian), bytes, time, bytes.length + cut)),
					);
					const decoder = new CaptureFileDecoder();
					const got: Array<[string, number, bigint]> = [];
					const take = () => {
						for (const {bytes, length, time} of all(decoder)) got.push([Buffer.from(bytes).toString('hex'), length, time]);
					};
					let at = 0;
					for (const size of cuts) {
						decoder.push(file.slice(at, at + size));
						at = Math.min(file.length, at + size);
						take();
					}
					decoder.push(file.slice(at));
					take();
					t.is(decoder.finish(), undefined);
					t.deepEqual(
						got,
						list.map(({bytes, cut, time}) => [Buffer.from(bytes).toString('hex'), bytes.length + cut, (time / BigInt(tick)) * BigInt(tick)]),
					);
				}),
			);
		});
	}
}

const sample = concat(encodePcapHeader(format(1000, true)), encodePcapRecord(format(1000, true), text('hello'), 1_000_000_001_000n));

test('bytes by hand: 1.000002 s, 5 of 9 bytes', t => {
	const {records} = read(hex('a1b2c3d4 00020004 00000000 00000000 00040000 00000001  00000001 00000002 00000005 00000009 6162636465'));
	t.is(records.length, 1);
	t.like(records[0], {length: 9, time: 1_000_002_000n, linkType: 1});
});

test('a file that ends inside a record says where, and what is missing', t => {
	for (let end = 25; end < sample.length; end++) {
		const {records, truncated} = read(sample.subarray(0, end));
		t.is(records.length, 0);
		t.deepEqual(truncated, {offset: 24, have: end - 24, need: end < 40 ? 16 : 21});
	}
	t.deepEqual(read(sample.subarray(0, 10)).truncated, {offset: 0, have: 10, need: 24});
	t.deepEqual(read(new Uint8Array(0)).truncated, {offset: 0, have: 0, need: 24});
	t.is(read(sample.subarray(0, 24)).truncated, undefined);
});

test('an absurd length is refused with its offset and value, and no memory is taken for it', t => {
	const file = sample.slice();
	viewOf(file).setUint32(32, 0xffff_fff0, true);
	t.throws(() => read(file), {code: 'ERR_PROTOCOL', message: /at byte 32: record 1 says 4294967280 captured bytes; 262144 is the most/});
});

test('what is no capture file is refused by name', t => {
	t.throws(() => read(text('this is a text file')), {code: 'ERR_PROTOCOL', message: /at byte 0: 0x74686973 begins neither a pcap nor a pcapng file/});
	t.throws(() => read(hex('1f8b0800 00000000')), {message: /it is compressed/});
	const version = sample.slice();
	viewOf(version).setUint16(4, 3, true);
	t.throws(() => read(version), {message: /at byte 4: pcap version 3\.4/});
});

test('a time that does not fit 32 bits of seconds is refused', t => {
	t.throws(() => encodePcapRecord(format(1, true), text('x'), 2n ** 33n * 1_000_000_000n), {code: 'ERR_FIELD_RANGE', message: /write pcapng/});
});

test('a frame check sequence length above the link type does not hide it', t => {
	const file = sample.slice();
	viewOf(file).setUint32(20, 0x5400_0001, true);
	t.is(read(file).records[0]?.linkType, 1);
});
