import test from 'ava';
import fc from 'fast-check';
import {cpuList, readRecords} from '../../src/sys/perf-buffer.js';
import {holds} from '../property.js';

/** struct perf_event_header, and what follows it (perf_event_open(2)). */
function record(type: number, body: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(8 + body.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, type, true);
	view.setUint16(6, bytes.length, true);
	bytes.set(body, 8);
	return bytes;
}
const sample = (raw: number[]) => record(9, Uint8Array.of(raw.length, 0, 0, 0, ...raw));
const lost = (count: number) => record(2, Uint8Array.of(...new Array(8).fill(0), count, 0, 0, 0, 0, 0, 0, 0));

const read = (data: Uint8Array, tail: number, head: number) => {
	const found: number[][] = [];
	const missing = readRecords(data, tail, head, raw => found.push([...raw]));
	return {found, missing};
};

test('samples and losses are read in order, other records passed over', t => {
	const data = Buffer.concat([sample([1, 2, 3, 4]), lost(7), record(1, new Uint8Array(8)), sample([5, 6, 7, 8])]);
	t.deepEqual(read(data, 0, data.length), {
		found: [
			[1, 2, 3, 4],
			[5, 6, 7, 8],
		],
		missing: 7,
	});
	t.deepEqual(read(data, 0, data.length - 4).found, [[1, 2, 3, 4]]); // the last one is not there yet
});

test("a record goes on at the ring's beginning", t => {
	const bytes = sample([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
	const ring = new Uint8Array(32);
	const tail = 20;
	bytes.forEach((value, i) => {
		ring[(tail + i) % 32] = value;
	});
	t.deepEqual(read(ring, tail, tail + bytes.length).found, [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]);
});

test('any bytes are read without harm', t => {
	holds(
		t,
		fc.property(fc.uint8Array({minLength: 16, maxLength: 128}), fc.nat(127), fc.nat(128), (data, tail, length) => {
			const from = tail % data.length;
			read(data, from, from + Math.min(length, data.length));
			return true;
		}),
		{numRuns: 2000},
	);
});

test('a list of CPUs', t => {
	t.deepEqual(cpuList('0-3,8\n'), [0, 1, 2, 3, 8]);
	t.deepEqual(cpuList('0\n'), [0]);
	t.deepEqual(cpuList(''), []);
});
