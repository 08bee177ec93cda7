import test from 'ava';
import fc from 'fast-check';
import {everyNode} from '../../src/dissect/tree.js';
import {aoe, aoeAtaRequest, aoeAtaResponse, aoeConfig} from '../../src/wire/aoe.js';
import {concat, encode, frame, hex, icmpFrame, padded, tcpFrame, text, udpFrame} from '../build.js';
import {synthetic} from '../fixtures.js';
import {dissectAll, names, one, values} from './trees.js';

const everything = Object.values(synthetic).flatMap(make => make());

test('a frame cut at any length gives nodes inside it, and is malformed or whole', t => {
	for (const whole of everything) {
		for (let length = 0; length < whole.length; length += length < 120 ? 1 : 97) {
			const tree = one(whole.slice(0, length));
			for (const layer of tree.layers) {
				for (const node of everyNode([layer])) {
					t.true(node.pos >= 0 && node.pos + node.size <= layer.source.bytes.length, `${node.name} at ${node.pos}+${node.size} of ${length}`);
				}
			}
		}
	}
});

test('a capture that kept only the beginning of a frame is short, not malformed', t => {
	const whole = udpFrame(text('hello, world'), 9);
	const short = one(whole, {cut: 8});
	t.true(names(short).includes('_ws.short'));
	t.false(short.malformed);
	const damaged = one(whole.slice(0, -8));
	t.true(names(damaged).includes('_ws.malformed'));
	t.true(damaged.malformed);
});

test('random bytes behind every kind of header never throw', t => {
	fc.assert(
		fc.property(fc.constantFrom(0x88a2, 0x0800, 0x86dd, 0x0806, 0x8100, 0x0020), fc.uint8Array({maxLength: 300}), (type, payload) => {
			t.notThrows(() => one(frame(type, payload)));
		}),
		{numRuns: 500},
	);
});

test('padding up to 60 bytes is padding, anything behind the packet is a trailer, and neither is data', t => {
	const short = udpFrame(text('x'), 9);
	const tree = one(padded(short));
	t.deepEqual(values(tree, 'eth.padding'), [new Uint8Array(60 - short.length)]);
	t.deepEqual(values(tree, 'data.len'), [1]);
	t.deepEqual(values(one(concat(short, hex('aabb'))), 'eth.trailer'), [hex('aabb')]);
});

test('an AoE response finds its request by stations and tag, once', t => {
	const ask = (tag: number) => frame(0x88a2, encode(aoe, {version: 1, tag}, encode(aoeAtaRequest, {'ata.cmd': 0x24, sector_count: 1})));
	const answer = (tag: number) =>
		frame(0x88a2, encode(aoe, {version: 1, response: 1, tag}, encode(aoeAtaResponse, {'ata.status': 0x40}, new Uint8Array(512))), {back: true});
	const trees = dissectAll([ask(1), ask(2), answer(2), answer(1), answer(1), answer(9)]);
	t.deepEqual(
		trees.map(tree => values(tree, 'aoe.response_to')[0]),
		[undefined, undefined, 2, 1, undefined, undefined],
	);
	t.deepEqual(values(trees[3]!, 'aoe.time'), [300_000n]);
});

test('IDENTIFY data is decoded when the request was seen', t => {
	const ask = frame(0x88a2, encode(aoe, {version: 1, tag: 5}, encode(aoeAtaRequest, {'ata.cmd': 0xec, sector_count: 1})));
	const block = new Uint8Array(512);
	block.set(text('eNstrtse s  '.slice(0, 12)), 54);
	const answer = frame(0x88a2, encode(aoe, {version: 1, response: 1, tag: 5}, encode(aoeAtaResponse, {'ata.status': 0x40}, block)), {back: true});
	const [, tree] = dissectAll([ask, answer]);
	t.is(values(tree!, 'aoe.identify.model')[0], 'Netstress');
	t.deepEqual(values(one(answer), 'aoe.identify.model'), []);
});

test('a write that announces more data than the frame has is malformed', t => {
	const tree = one(frame(0x88a2, encode(aoe, {version: 1}, encode(aoeAtaRequest, {'aflags.w': 1, sector_count: 2}, new Uint8Array(512)))));
	t.true(tree.malformed);
});

test('a version that does not exist is shown as it is', t => {
	const tree = one(frame(0x88a2, encode(aoe, {version: 2, cmd: 1}, encode(aoeConfig, {version: 15, ccmd: 9}))));
	t.deepEqual([values(tree, 'aoe.version'), values(tree, 'aoe.config.ccmd'), tree.malformed], [[2], [9], false]);
});

test('what an ICMP error quotes is shown and is no traffic', t => {
	const syn = tcpFrame({seq: 100, flags: 2});
	const quote = concat(hex('0304 0000 0000 0578'), syn.subarray(14, 14 + 28));
	const trees = dissectAll([syn, icmpFrame(quote, {back: true}), tcpFrame({seq: 101, payload: text('x')})]);
	t.deepEqual(values(trees[1]!, 'icmp.mtu'), [1400]);
	t.deepEqual(values(trees[1]!, 'tcp.dstport'), [3260]);
	t.deepEqual(values(trees[1]!, 'tcp.stream'), []);
	t.false(trees[1]!.malformed);
	t.deepEqual(values(trees[2]!, 'tcp.seq'), [1]);
});

test('checksums are judged: good, bad, none', t => {
	const good = udpFrame(text('abc'), 9);
	const bad = good.with(good.length - 1, 0);
	t.deepEqual(values(one(good), 'udp.checksum.status'), [1]);
	t.deepEqual(values(one(bad), 'udp.checksum.status'), [0]);
	t.deepEqual(values(one(good), 'ip.checksum.status'), [1]);
	t.deepEqual(values(one(good.with(22, 1)), 'ip.checksum.status'), [0]);
});

test('frames without Ethernet: raw IP is dissected, the rest is data', t => {
	const packet = udpFrame(text('abc'), 9).subarray(14);
	t.is(one(packet, {linkType: 101}).protocols, 'raw:ip:udp:data');
	t.is(one(packet, {linkType: 147}).protocols, 'data');
	t.is(one(new Uint8Array(0)).protocols, '');
});
