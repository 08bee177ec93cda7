// Where stamps are found, what other generators write, and that no bytes break the receiver.
import test from 'ava';
import fc from 'fast-check';
import {compileTemplate} from '../../../src/inject/frames/compile.js';
import {fixedSize} from '../../../src/inject/frames/sizes.js';
import {StampFinder} from '../../../src/inject/receive/find.js';
import {parseCounter, parsePattern, patternSignature} from '../../../src/inject/receive/pattern.js';
import {Receiver} from '../../../src/inject/receive/receiver.js';
import {unwrap} from '../../../src/inject/receive/signatures.js';
import {parseUnicast} from '../../../src/inject/unicast.js';
import {holds} from '../../property.js';

const destination = parseUnicast('02:00:00:00:00:02', 'x');
const source = parseUnicast('02:00:00:00:00:01', 'x');

function build(template: string, length: number): Uint8Array {
	const bytes = new Uint8Array(10_000).fill(0xa5);
	const frames = compileTemplate(template, {destination, source, size: fixedSize(length), run: 7, stream: 3});
	return bytes.slice(0, frames.write(bytes, new DataView(bytes.buffer), 0, performance.now()));
}
const find = (bytes: Uint8Array) => new StampFinder().find(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
const join = (...parts: ArrayLike<number>[]) => Uint8Array.from(parts.flatMap(part => Array.from(part)));

const templates = [
	'stamp',
	'vlan(id=5)/stamp',
	'ip4(dst=192.0.2.7)/udp(dport=9)/stamp()',
	'ip6(dst=2001:db8::1)/tcp(ack)/stamp',
	'vlan/vlan/ip4/udp/stamp',
	'ip4/icmp(echo)/stamp',
];
for (const template of templates) {
	test(`${template}: found, padded, with a tag more or less, cut`, t => {
		for (const length of [130, 200, 1514]) {
			const frame = build(template, length);
			t.is(find(frame), 'stamp');
			t.is(find(join(frame, new Uint8Array(60))), 'stamp', 'padded');
			t.is(find(join(frame.slice(0, 12), [0x81, 0, 0, 9], frame.slice(12))), 'stamp', 'a tag more');
			t.is(find(join(frame.slice(0, 12), [0x81, 0, 0, 9], frame.slice(12), new Uint8Array(9))), 'stamp', 'a tag more, padded');
			t.is(find(frame.slice(0, -1)), 'truncated');
			t.is(find(frame.slice(0, -8)), 'truncated');
			t.is(find(frame.slice(0, -20)), 'truncated');
			if (frame[12] === 0x81) {
				t.is(find(join(frame.slice(0, 12), frame.slice(16))), 'stamp', 'its tag taken out');
				t.is(find(join(frame.slice(0, 12), frame.slice(16), new Uint8Array(4))), 'stamp', 'its tag taken out, padded');
			}
		}
	});
}

test('every changed bit of stamp and trailer is seen as corruption, padded or not', t => {
	for (const padding of [0, 30]) {
		const frame = join(build('stamp', 100), new Uint8Array(padding));
		for (let bit = 0; bit < 44 * 8; bit++) {
			const place = (bit >> 3) + (bit < 36 * 8 ? 14 : 92 - 36);
			const damaged = frame.slice();
			damaged[place] = (damaged[place] as number) ^ (1 << (bit & 7));
			t.is(find(damaged), 'corrupted', `bit ${bit}`);
		}
	}
});

test('an ICMP error that quotes a stamped frame is none', t => {
	const quoted = build('ip4/udp/stamp', 200).slice(14);
	const error = build('ip4/icmp(echo)/payload(300)', 400);
	error[34] = 3;
	error.set(quoted, 42);
	t.is(find(error), 'none');
});

test('frames of our EtherType that are not ours are foreign, all others nothing', t => {
	t.is(find(join(destination, source, [0x88, 0xb5], new Uint8Array(60))), 'foreign');
	t.is(find(join(destination, source, [0x88, 0xb5])), 'foreign');
	t.is(find(build('ip4/udp/payload', 200)), 'none');
	t.is(find(join(destination, source, [8, 0], Buffer.from('the magic is NSTR, and nothing else is here but words and words'))), 'none');
});

test('any bytes, any damage to a stamped frame: nothing throws, every frame is one of the kinds', t => {
	const good = templates.map(template => build(template, 200));
	const spoiled = fc
		.tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(199), fc.nat(255)), {maxLength: 8}), fc.nat(200))
		.map(([frame, changes, length]) => {
			const copy = frame.slice(0, length);
			for (const [place, value] of changes) if (place < length) copy[place] = value;
			return copy;
		});
	holds(
		t,
		fc.property(fc.array(fc.oneof(fc.uint8Array({maxLength: 300}), spoiled), {maxLength: 20}), fc.nat(2 ** 32 - 1), (frames, seconds) => {
			const receiver = new Receiver({window: 64, fromZero: true});
			for (const frame of frames) receiver.frame(new DataView(frame.buffer, frame.byteOffset, frame.byteLength), 0, frame.length, seconds, 5);
			const {received, unique, duplicated, late, corrupted, lost} = receiver.summary();
			return received === unique + duplicated + late + corrupted && lost >= 0 && received <= frames.length;
		}),
		{numRuns: 2000},
	);
});

/** The frames of other generators, as their sources lay them out. */
const pktgen = (sequence: number, seconds = 1_000_000_000 + sequence) => {
	const frame = build('ip4/udp(sport=9,dport=9)/payload(40)', 82);
	const view = new DataView(frame.buffer);
	[0xbe9b_e955, sequence, seconds, 250_000].forEach((word, i) => {
		view.setUint32(42 + i * 4, word);
	});
	return frame;
};
const trex = (sequence: number) => {
	const frame = build('ip4(id=0xffff)/udp/payload(40)', 82);
	const view = new DataView(frame.buffer);
	const at = frame.length - 16;
	view.setUint8(at, 0xab);
	view.setUint8(at + 1, 1);
	view.setUint16(at + 2, 5, true);
	view.setUint32(at + 4, sequence, true);
	view.setBigUint64(at + 8, 123_456_789n, true);
	return frame;
};
const packeth = (sequence: number) => join(build('ip4/udp/payload(40)', 82), Buffer.from('a9b8c7d6'), [0, sequence & 0xff]);

for (const [name, frameOf] of Object.entries({pktgen, trex, packeth})) {
	test(`frames of ${name} are counted by their own numbers, over their wrap`, t => {
		const receiver = new Receiver();
		const begin = name === 'packeth' ? 0 : 2 ** 32 - 200;
		for (let i = 0; i < 1000; i++) {
			if (i === 100 || i === 101 || i === 700) continue;
			const frame = frameOf((begin + i) % 2 ** 32);
			if (name === 'pktgen') new DataView(frame.buffer).setUint32(50, 1_000_000_000 + i);
			receiver.frame(new DataView(frame.buffer), 0, frame.length, 1_000_000_000 + i, 250_000_500);
		}
		const summary = receiver.summary();
		t.like(summary, {received: 997, unique: 997, lost: 3, reordered: 0, duplicated: 0, late: 0});
		t.is(summary.streams[0]?.tool, name);
		t.is(summary.streams.length, 1);
		if (name === 'pktgen') t.like(summary.latencyNs, {min: 250_000_500 - 250_000_000, max: 500});
	});
}

test('source ports by chance are one stream of pktgen, destination ports are several', t => {
	const receiver = new Receiver();
	for (let i = 0; i < 100; i++) {
		for (const to of [9, 10]) {
			const frame = pktgen(i);
			const ports = new DataView(frame.buffer);
			ports.setUint16(34, 9 + (i % 7));
			ports.setUint16(36, to);
			if (i !== 50) receiver.frame(ports, 0, frame.length, 1_000_000_100, 0);
		}
	}
	t.deepEqual(
		receiver.summary().streams.map(({stream, unique, lost}) => [stream, unique, lost]),
		[
			[9, 99, 1],
			[10, 99, 1],
		],
	);
});

/** Bytes and a counter, as packETHcli -w HELLO -q 50 -o 61 writes them, and wider counters. */
for (const bits of [8, 16, 32] as const) {
	test(`frames with a pattern and a counter of ${bits} bits: lost, twice, out of order`, t => {
		const pattern = patternSignature(parsePattern('HELLO@50', '--pattern'), parseCounter(`60/${bits}`, '--counter'));
		const receiver = new Receiver({pattern});
		const order = Array.from({length: 1000}, (_, i) => i).filter(i => i < 300 || i >= 340);
		order.splice(500, 0, order[499]!);
		[order[600], order[601]] = [order[601]!, order[600]!];
		for (const number of order) {
			const frame = build('ip4/udp/payload(60)', 110);
			frame.set(Buffer.from('HELLO'), 50);
			const view = new DataView(frame.buffer);
			if (bits === 8) view.setUint8(60, number);
			else if (bits === 16) view.setUint16(60, number);
			else view.setUint32(60, number);
			receiver.frame(view, 0, frame.length, 1_000_000_000, number);
			const other = build('ip4/udp/payload(60)', 110);
			receiver.frame(new DataView(other.buffer), 0, other.length, 1_000_000_000, number);
		}
		t.like(receiver.summary(), {received: 961, unique: 960, lost: 40, duplicated: 1, reordered: 1, lossBursts: [{from: 40, to: 40, bursts: 1}]});
		t.is(receiver.summary().streams[0]?.tool, 'pattern');
	});
}

test('a pattern may be bytes, and lie at the end', t => {
	const pattern = patternSignature(parsePattern('0x6162@-10', '--pattern'), parseCounter('-1', '--counter'));
	const receiver = new Receiver({pattern});
	for (const length of [80, 100, 1514]) {
		const frame = build('ip4/udp/payload()', length);
		frame.set([0x61, 0x62], length - 10);
		frame[length - 1] = length & 0xff;
		receiver.frame(new DataView(frame.buffer), 0, frame.length, 1, 0);
	}
	t.is(receiver.summary().received, 3);
});

test('what is no pattern and no counter says what to write', t => {
	for (const text of ['', 'HELLO', '@60', 'HELLO@', 'HELLO@x', 'HELLO@-0', 'HELLO@70000', `${'x'.repeat(65)}@1`])
		t.throws(() => parsePattern(text, '--pattern'), {code: 'ERR_USAGE', message: /^--pattern/}, text);
	for (const text of ['', 'x', '80/7', '80/8/8', '-0', '1e3'])
		t.throws(() => parseCounter(text, '--counter'), {code: 'ERR_USAGE', message: /^--counter/}, text);
	t.throws(() => patternSignature({bytes: new Uint8Array(5), at: 50}, {at: 52, bits: 8}), {message: /inside the pattern/});
	t.throws(() => patternSignature({bytes: new Uint8Array(5), at: 50}, {at: 47, bits: 32}), {message: /inside the pattern/});
	t.throws(() => patternSignature(undefined, {at: 52, bits: 8}), {message: /give both/});
	t.is(patternSignature(undefined, undefined), undefined);
	t.deepEqual(parsePattern('a@b@7', 'x'), {bytes: Uint8Array.from(Buffer.from('a@b')), at: 7});
});

test('any bytes under any pattern: nothing throws', t => {
	const place = fc.integer({min: -70, max: 70});
	holds(
		t,
		fc.property(
			fc.uint8Array({maxLength: 90}),
			fc.uint8Array({minLength: 1, maxLength: 8}),
			place,
			place,
			fc.constantFrom(8, 16, 32),
			(frame, bytes, at, number, bits) => {
				const receiver = new Receiver({pattern: {pattern: {bytes, at}, counter: {at: number, bits: bits as 8}}});
				receiver.frame(new DataView(frame.buffer, frame.byteOffset, frame.byteLength), 0, frame.length, 5, 5);
				return receiver.received <= 1;
			},
		),
	);
});

test('a pktgen that begins again is another run', t => {
	const receiver = new Receiver();
	for (let i = 0; i < 50; i++)
		for (const frame of [pktgen(i, 1_000_000_000 + i)]) receiver.frame(new DataView(frame.buffer), 0, frame.length, 1_000_000_100, 0);
	for (let i = 0; i < 50; i++)
		for (const frame of [pktgen(i, 1_000_001_000 + i)]) receiver.frame(new DataView(frame.buffer), 0, frame.length, 1_000_001_100, 0);
	t.like(receiver.summary(), {received: 100, unique: 100, duplicated: 0, lost: 0});
});

test('a counter that wraps is the nearest number', t => {
	t.is(unwrap(5, 8, -1), 5);
	t.is(unwrap(0, 8, 255), 256);
	t.is(unwrap(254, 8, 257), 254);
	t.is(unwrap(3, 32, 2 ** 32 - 1), 2 ** 32 + 3);
	t.is(unwrap(2 ** 32 - 1, 32, 2 ** 32 + 3), 2 ** 32 - 1);
});
