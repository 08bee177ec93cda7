import test from 'ava';
import {hexDump, hexOf} from '../../src/dissect/hex.js';
import {jsonLine} from '../../src/dissect/json.js';
import {pdmlPacket} from '../../src/dissect/pdml.js';
import {textLine, textTree} from '../../src/dissect/text.js';
import {aoe, aoeConfig} from '../../src/wire/aoe.js';
import {encode, frame, text} from '../build.js';
import {synthetic} from '../fixtures.js';
import {dissectAll, one} from './trees.js';

const config = one(frame(0x88a2, encode(aoe, {version: 1, major: 7, minor: 1, cmd: 1}, encode(aoeConfig, {length: 5}, text('a<b&"')))));

test('a line of JSON holds the layers as tshark nests them', t => {
	const object = JSON.parse(jsonLine(config)) as {layers: Record<string, Record<string, unknown>>};
	t.like(object, {type: 'frame', number: 1, time: '0.000000000', length: 37, protocols: 'eth:ethertype:aoe', malformed: false});
	t.is(object.layers.eth?.['eth.dst'], '02:00:00:00:00:02');
	t.deepEqual(object.layers.eth?.['eth.dst_tree'], {'eth.dst.lg': '1', 'eth.dst.ig': '0'});
	t.is(object.layers.aoe?.['aoe.major'], '0x0007');
	t.is(object.layers.aoe?.['aoe.config.string'], 'a<b&"');
});

test('a layer or field that occurs several times is an array', t => {
	const trees = dissectAll(synthetic['iscsi/digests']!());
	const many = trees.map(tree => JSON.parse(jsonLine(tree)) as {layers: {iscsi?: unknown}}).find(({layers}) => Array.isArray(layers.iscsi));
	t.is((many!.layers.iscsi as unknown[]).length, 3);
});

test('PDML escapes what XML does not allow, and gives masked values beside the bytes they are part of', t => {
	const pdml = pdmlPacket(config);
	t.true(pdml.includes('show="a&lt;b&amp;&quot;"'));
	t.true(pdml.includes('<field name="aoe.version" showname="Version: 1" size="1" pos="14" show="1" value="1" unmaskedvalue="10"/>'));
	t.is([...pdml.matchAll(/<(proto|field)\b[^>]*[^/]>/g)].length, [...pdml.matchAll(/<\/(proto|field)>/g)].length);
});

test('the dump looks like tshark -x', t => {
	t.is(
		hexDump(text('0123456789abcdef\n')),
		'0000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66   0123456789abcdef\n0010  0a                                                .\n',
	);
	const reassembled = dissectAll(synthetic['iscsi/segments']!()).find(tree => tree.layers.some(({source}) => source.reassembled));
	t.regex(hexOf(reassembled!), /^Frame \(\d+ bytes\):\n[\s\S]*Reassembled TCP \(\d+ bytes\):\n0000 {2}/);
});

test('the text tree names every field with its place', t => {
	t.true(textTree(config).includes('\n    aoe.cmd: Query Config Information (1) [19+1]\n'));
	t.is(
		textLine(config),
		'1 0.000000000 37 Ethernet II, Src: 02:00:00:00:00:01, Dst: 02:00:00:00:00:02 | ATA over Ethernet, Query Config Information request, 7.1\n',
	);
});
