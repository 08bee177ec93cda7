import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {pageBytes, parseFormat, readPage, type TraceDrop, type TraceFormat} from '../../../src/monitor/drops/trace-events.js';
import {parseStatistics} from '../../../src/sys/tracefs.js';
import {holds} from '../../property.js';

const fixture = (name: string) => readFileSync(`fixtures/drops/kfree_skb-${name}.format`, 'utf8');

test('the fields are where the format says, from 5.10 to 6.18', t => {
	const {names, ...first} = parseFormat(fixture('5.10'))!;
	t.deepEqual(first, {id: 1310, location: 16, protocol: 24, reason: undefined});
	t.is(names.size, 0);
	const {names: some, ...middle} = parseFormat(fixture('6.1'))!;
	t.deepEqual(middle, {id: 1319, location: 16, protocol: 24, reason: 28});
	t.is(some.get(1), 'NOT_SPECIFIED');
	t.is(some.get(49), 'UNHANDLED_PROTO'); // 74 in 6.18
	const {names: all, ...last} = parseFormat(fixture('6.18'))!;
	t.deepEqual(last, {id: 2310, location: 16, protocol: 32, reason: 36});
	t.is(all.get(2), 'NOT_SPECIFIED');
	t.is(all.get(74), 'UNHANDLED_PROTO');
	t.is(all.get(127), 'RECURSION_LIMIT');
	t.is(parseFormat('name: kfree_skb\nformat:\n'), undefined);
});

test("a page's size is that of its header and its data", t => {
	t.is(
		pageBytes(
			'\tfield: u64 timestamp;\toffset:0;\tsize:8;\n\tfield: local_t commit;\toffset:8;\tsize:8;\n\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n',
		),
		4096,
	);
	t.is(pageBytes('nothing'), 4096);
});

const format: TraceFormat = {id: 0x321, location: 16, protocol: 24, reason: 28, names: new Map()};
const eventBytes = 32;

function event(location: bigint, protocol: number, reason: number, id = format.id): Uint8Array {
	const bytes = new Uint8Array(eventBytes);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, id, true);
	view.setBigUint64(format.location, location, true);
	view.setUint16(format.protocol, protocol, true);
	view.setUint32(format.reason!, reason, true);
	return bytes;
}

/** An entry of the ring buffer (include/linux/ring_buffer.h): 5 bits of type or length in words, 27 bits of time. */
const word = (value: number) => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
	return bytes;
};
const short = (data: Uint8Array) => [word((7 << 5) | (data.length / 4)), data];
const long = (data: Uint8Array) => [word(7 << 5), word(data.length + 4), data];
const timeExtend = [word((1 << 5) | 30), word(99)];
const timeStamp = [word((1 << 5) | 31), word(99)];
/** A discarded event (rb_event_discard): its length lies where its data began, and counts itself. */
const discarded = [word((1 << 5) | 29), word(12), new Uint8Array(8).fill(0xee)];
const end = [word(29), new Uint8Array(8).fill(0xff)];

function page(entries: Uint8Array[], missed = 0): Uint8Array {
	const data = Buffer.concat(entries);
	const bytes = new Uint8Array(16 + data.length);
	new DataView(bytes.buffer).setUint32(8, (data.length | missed) >>> 0, true);
	bytes.set(data, 16);
	return bytes;
}
const read = (bytes: Uint8Array): TraceDrop[] => {
	const found: TraceDrop[] = [];
	readPage(bytes, format, drop => found.push(drop));
	return found;
};

test('every kind of entry is passed over, and every event of ours is read', t => {
	const entries = [
		...short(event(1n, 0x88a2, 6)),
		...timeExtend,
		...long(event(2n, 0x800, 74)),
		...discarded,
		...short(event(3n, 0x800, 74, 0x111)), // another event
		...timeStamp,
		...short(event(0xffffffff81e5a8a6n, 0x86dd, 0x2_0003)),
		...end,
		...short(event(9n, 1, 1)), // behind the end
	];
	const wanted = [
		{location: 1n, protocol: 0x88a2, reason: 6},
		{location: 2n, protocol: 0x800, reason: 74},
		{location: 0xffffffff81e5a8a6n, protocol: 0x86dd, reason: 0x2_0003},
	];
	t.deepEqual(read(page(entries)), wanted);
	t.deepEqual(read(page(entries, 0x8000_0000)), wanted); // events were lost before this page
});

test('a page that is cut off gives what is whole', t => {
	const bytes = page([...short(event(1n, 1, 1)), ...short(event(2n, 2, 2))]);
	for (let length = 0; length < bytes.length; length++) t.true(read(bytes.subarray(0, length)).length <= 1, String(length));
	t.is(read(bytes).length, 2);
});

test('any bytes are read without harm', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 400}), any => {
			read(any);
			return true;
		}),
		{numRuns: 2000},
	);
});

test('statistics of a buffer: what is in it, what was overwritten, what found no room', t => {
	const text =
		'entries: 1490\noverrun: 34210\ncommit overrun: 2\nbytes: 59712\noldest event ts:  5107.361\nnow ts:  5108.2\ndropped events: 3\nread events: 17\n';
	t.deepEqual(parseStatistics(text), {entries: 1490, overrun: 34_210, dropped: 5, read: 17});
	t.deepEqual(parseStatistics(''), {entries: 0, overrun: 0, dropped: 0, read: 0});
});
