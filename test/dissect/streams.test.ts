// Whatever TCP does to the segments of an iSCSI connection, the PDUs that come out are the ones that went in.
import test from 'ava';
import fc from 'fast-check';
import {Dissector} from '../../src/dissect/dissector.js';
import {dataIn, login, loginResponse, nopOut} from '../../src/wire/iscsi.js';
import {opcode} from '../../src/wire/iscsi-names.js';
import {concat, encode, flag, tcpFrame, text} from '../build.js';
import {synthetic} from '../fixtures.js';
import {dissectAll, names, values} from './trees.js';

const ask = text('InitiatorName=iqn.2026-11.example:x\0SessionType=Normal\0\0');
const hello = encode(login, {opcode: opcode.login, _I: 1, 'login.T': 1, 'login.csg': 1, 'login.nsg': 3, datasegmentlength: ask.length, cmdsn: 1}, ask);
const welcome = encode(loginResponse, {opcode: opcode.loginResponse, 'login.T': 1, 'login.csg': 1, 'login.nsg': 3, statsn: 1});
const ping = (tag: number, length: number) =>
	encode(nopOut, {opcode: opcode.nopOut, I: 1, datasegmentlength: length, initiatortasktag: tag}, new Uint8Array(length + (-length & 3)).fill(tag));

/** The connection up to its full feature phase; the initiator's next number is `start`. */
const opening = (seq: number) => [
	tcpFrame({seq: seq - 1, flags: flag.syn}),
	tcpFrame({seq: 0, ack: seq, flags: flag.syn | flag.ack, back: true}),
	tcpFrame({seq, ack: 1, payload: hello}),
	tcpFrame({seq: 1, ack: seq + hello.length, payload: welcome, back: true}),
];
const tags = (frames: readonly Uint8Array[]) =>
	dissectAll(frames)
		.flatMap(tree => values(tree, 'iscsi.initiatortasktag') as number[])
		.slice(2);

/** Segments of `bytes` between the cuts, as {at, end}. */
const segments = (length: number, cuts: readonly number[]) => {
	const edges = [...new Set([0, length, ...cuts.map(cut => cut % (length + 1))])].sort((a, b) => a - b);
	return edges.slice(1).map((end, i) => ({at: edges[i] as number, end}));
};

const start = 0xffff_fe00; // the sequence numbers wrap in the middle

test('PDUs cut into any segments, sent twice, overlapping and out of order come out once each and in order', t => {
	const lengths = fc.array(fc.integer({min: 0, max: 300}), {minLength: 1, maxLength: 8});
	const cuts = fc.array(fc.nat(), {maxLength: 12});
	const mischief = fc.array(fc.record({kind: fc.constantFrom('swap', 'repeat', 'overlap'), at: fc.nat()}), {maxLength: 5});
	fc.assert(
		fc.property(lengths, cuts, mischief, (sizes, where, tricks) => {
			const stream = concat(...sizes.map((size, i) => ping(i + 1, size)));
			const order = segments(stream.length, where);
			for (const {kind, at} of tricks) {
				const i = at % order.length;
				const segment = order[i]!;
				if (kind === 'swap' && i + 1 < order.length) [order[i], order[i + 1]] = [order[i + 1]!, segment];
				if (kind === 'repeat') order.splice(i, 0, segment);
				if (kind === 'overlap') order[i] = {at: Math.max(0, segment.at - 30), end: segment.end};
			}
			const first = start + hello.length;
			const frames = order.map(({at, end}) => tcpFrame({seq: first + at, ack: 1 + welcome.length, payload: stream.subarray(at, end)}));
			t.deepEqual(
				tags([...opening(start), ...frames]),
				sizes.map((_, i) => i + 1),
			);
		}),
		{numRuns: 200},
	);
});

test('a gap that the other end acknowledges is given up, and the next PDU is found again', t => {
	const first = start + hello.length;
	const [a, b, c] = [ping(1, 100), ping(2, 100), ping(3, 100)];
	const back = 1 + welcome.length;
	const frames = [
		...opening(start),
		tcpFrame({seq: first, ack: back, payload: a}),
		// b was never captured
		tcpFrame({seq: first + a.length + b.length, ack: back, payload: c}),
		tcpFrame({seq: back, ack: first + a.length + b.length + c.length, back: true}),
		tcpFrame({seq: first + a.length + b.length + c.length, ack: back, payload: ping(4, 8)}),
	];
	t.deepEqual(tags(frames), [1, 3, 4]);
});

test('a capture that begins in the middle of a connection finds PDUs at the beginning of a segment', t => {
	const frames = [tcpFrame({seq: 5000, ack: 9, payload: ping(7, 20)}), tcpFrame({seq: 5000 + 68, ack: 9, payload: ping(8, 0)})];
	t.deepEqual(
		dissectAll(frames).flatMap(tree => values(tree, 'iscsi.initiatortasktag')),
		[7, 8],
	);
});

test('iSCSI is recognised on any port by the way a connection begins', t => {
	const frames = [tcpFrame({seq: 0, flags: flag.syn, port: 5003}), tcpFrame({seq: 1, payload: hello, port: 5003})];
	t.true(names(dissectAll(frames)[1]!).includes('iscsi.login.T'));
	const other = [tcpFrame({seq: 0, flags: flag.syn, port: 5003}), tcpFrame({seq: 1, payload: text('GET / HTTP/1.1\r\n\r\n'), port: 5003})];
	t.true(names(dissectAll(other)[1]!).includes('data'));
});

test('a PDU that announces 16 MB costs what has arrived, and ends nothing else', t => {
	const huge = encode(dataIn, {opcode: opcode.dataIn, datasegmentlength: 0xff_ffff});
	const frames = [
		...opening(start),
		tcpFrame({seq: 1 + welcome.length, ack: start + hello.length, payload: huge, back: true}),
		tcpFrame({seq: start + hello.length, ack: 1 + welcome.length, payload: ping(3, 4)}),
	];
	const trees = dissectAll(frames);
	t.deepEqual(values(trees[4]!, 'iscsi.opcode'), []);
	t.is((values(trees[4]!, 'tcp.segment_data')[0] as Uint8Array).length, 48);
	t.deepEqual(values(trees[5]!, 'iscsi.initiatortasktag'), [3]);
});

test('bytes that cannot be a PDU are data until a PDU begins again', t => {
	const first = start + hello.length;
	const rubbish = new Uint8Array(60).fill(0xee);
	const frames = [...opening(start), tcpFrame({seq: first, ack: 1, payload: rubbish}), tcpFrame({seq: first + 60, ack: 1, payload: ping(2, 4)})];
	const trees = dissectAll(frames);
	t.true(names(trees[4]!).includes('data'));
	t.deepEqual(values(trees[5]!, 'iscsi.initiatortasktag'), [2]);
});

test('the same ports with another first number are another stream', t => {
	const frames = [tcpFrame({seq: 10, flags: flag.syn}), tcpFrame({seq: 10, flags: flag.syn}), tcpFrame({seq: 99, flags: flag.syn}), tcpFrame({seq: 100})];
	t.deepEqual(
		dissectAll(frames).map(tree => values(tree, 'tcp.stream')[0]),
		[0, 0, 1, 1],
	);
	t.deepEqual(values(dissectAll(frames)[3]!, 'tcp.seq'), [1]);
});

test('a segment above the MSS of its receiver is marked as joined by offload', t => {
	const frames = [
		tcpFrame({seq: 0, flags: flag.syn, options: Uint8Array.of(2, 4, 5, 0xb4)}),
		tcpFrame({seq: 0, ack: 1, flags: flag.syn | flag.ack, options: Uint8Array.of(2, 4, 5, 0xb4), back: true}),
		tcpFrame({seq: 1, ack: 1, payload: new Uint8Array(1460)}),
		tcpFrame({seq: 1461, ack: 1, payload: new Uint8Array(2920)}),
	];
	const trees = dissectAll(frames);
	t.false(names(trees[2]!).includes('tcp.analysis.offloaded'));
	t.true(names(trees[3]!).includes('tcp.analysis.offloaded'));
});

test('memory is bounded: many connections that begin a PDU and never end it', t => {
	const huge = encode(dataIn, {opcode: opcode.dataIn, datasegmentlength: 0xff_ffff});
	const dissector = new Dissector();
	const filler = new Uint8Array(30_000);
	let number = 0;
	const show = (bytes: Uint8Array) => dissector.dissect({number: ++number, bytes, length: bytes.length, time: 0n, linkType: 1});
	const before = process.memoryUsage().arrayBuffers;
	for (let port = 10_000; port < 10_100; port++) {
		show(tcpFrame({seq: 1, ack: 1, payload: concat(hello), port}));
		show(tcpFrame({seq: 1, ack: 1, payload: huge, port, back: true}));
		for (let i = 0; i < 160; i++) show(tcpFrame({seq: 1 + huge.length + i * filler.length, ack: 1, payload: filler, port, back: true}));
	}
	const grown = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
	t.true(grown < 500, `${grown.toFixed(0)} MiB kept`);
	t.log(`${((100 * 160 * filler.length) / 2 ** 20).toFixed(0)} MiB seen, ${grown.toFixed(0)} MiB kept`);
});

test('digests are found where the login was not captured', t => {
	const all = synthetic['iscsi/digests']!();
	const status = (frames: readonly Uint8Array[]) =>
		dissectAll(frames).flatMap(tree => [...values(tree, 'iscsi.headerdigest.status'), ...values(tree, 'iscsi.datadigest.status')]);
	const seen = status(all);
	t.true(seen.length > 15 && seen.every(good => good === 1));
	t.deepEqual(status(all.slice(5)), seen);
	const spoiled = all[6]!.slice();
	spoiled[200] = (spoiled[200] as number) ^ 1;
	t.true(status([...all.slice(0, 6), spoiled]).includes(0));
});

test('digests that are agreed on while a PDU is gathered change the length of the next one, and break nothing', t => {
	const agreed = text('HeaderDigest=CRC32C\0DataDigest=CRC32C\0\0\0');
	const answer = encode(
		loginResponse,
		{opcode: opcode.loginResponse, 'login.T': 1, 'login.csg': 1, 'login.nsg': 3, datasegmentlength: agreed.length - 2},
		agreed,
	);
	const early = ping(1, 8);
	const trees = dissectAll([
		tcpFrame({seq: 1, ack: 1, payload: concat(hello, early.subarray(0, 50))}),
		tcpFrame({seq: 1, ack: 1, payload: answer, back: true}),
		tcpFrame({seq: 1 + hello.length + 50, ack: 1, payload: early.subarray(50)}),
	]);
	t.deepEqual(
		trees.map(tree => values(tree, 'iscsi.opcode')[0]),
		[opcode.login, opcode.loginResponse, undefined],
	);
	t.deepEqual(values(trees[2]!, 'data.len'), [early.length]);
});
