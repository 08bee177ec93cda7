import test from 'ava';
import fc from 'fast-check';
import {counterDrops} from '../../../src/monitor/drops/counter-source.js';
import {type Drop, type DropSource, mergeDrops, type Sample} from '../../../src/monitor/drops/drop.js';
import {protocolName} from '../../../src/monitor/drops/protocols.js';
import {parseSample} from '../../../src/monitor/drops/sample.js';
import {interfaceText, SampleFile} from '../../../src/monitor/drops/sample-file.js';
import {sampleEntry, sampleLength} from '../../../src/monitor/drops/sample-program.js';
import {parseSymbols} from '../../../src/monitor/drops/symbols.js';
import {belongs, explained, look, sumOf, type Wanted} from '../../../src/monitor/drops/watch.js';
import type {Snapshot} from '../../../src/monitor/snapshot.js';
import {showDrops, wrap} from '../../../tools/drops-report.js';
import {holds} from '../../property.js';

const drop = (fields: Partial<Drop> = {}): Drop => ({
	reason: 'SOCKET_RCVBUFF',
	symbol: 'udp_queue_rcv_one_skb',
	protocol: 0x800,
	protocolName: 'IPv4',
	iface: 'eth0',
	ifindex: 2,
	netns: 100,
	namespace: 'self',
	place: 'socket',
	kind: 'loss',
	count: 1,
	...fields,
});
const wanted: Wanted = {iface: 'eth0', ifindex: 2, netns: 100};
const source = (name: DropSource['name'], drops: Drop[]): DropSource => ({name, cannotSee: [], read: () => drops, lostEvents: () => 0, close: () => undefined});

test('what has the same reason, function, protocol and interface is one line; the largest comes first', t => {
	const merged = mergeDrops([drop(), drop({count: 2}), drop({reason: 'OTHERHOST', count: 9}), drop({netns: 7})]);
	t.deepEqual(
		merged.map(({reason, netns, count}) => [reason, netns, count]),
		[
			['OTHERHOST', 100, 9],
			['SOCKET_RCVBUFF', 100, 3],
			['SOCKET_RCVBUFF', 7, 1],
		],
	);
});

test('an interface is a number within a namespace: the same number elsewhere is another one', t => {
	t.is(belongs(drop(), undefined), 'yes');
	t.is(belongs(drop(), wanted), 'yes');
	t.is(belongs(drop({netns: 7}), wanted), 'no');
	t.is(belongs(drop({ifindex: 3}), wanted), 'no');
	t.is(belongs(drop({netns: 0}), wanted), 'unknown');
	t.is(belongs(drop({netns: 0, ifindex: 0, iface: ''}), wanted), 'unknown');
	t.is(belongs(drop({netns: 7, ifindex: 0, iface: ''}), wanted), 'no');
});

test('a source that knows interfaces shows only the one that is asked for; the others show what may be its', t => {
	const drops = [drop(), drop({ifindex: 3, count: 10}), drop({ifindex: 0, iface: '', netns: 0, count: 100})];
	t.is(sumOf(look(source('bpf', drops), wanted).drops), 1);
	t.is(look(source('bpf', drops), wanted).unattributed, 100);
	t.is(sumOf(look(source('tracefs', drops), wanted).drops), 101);
	t.is(sumOf(look(source('bpf', drops), undefined).drops), 111);
	t.is(look(source('bpf', drops), undefined).unattributed, 0);
});

test('an explanation names the interface; a counter is explained by its place', t => {
	t.regex(explained(drop({reason: 'QDISC_DROP', place: 'qdisc'})).advice, /dev eth0/);
	t.regex(explained(drop({reason: 'QDISC_DROP', place: 'qdisc', iface: ''})).advice, /dev IFACE/);
	t.regex(explained(drop({reason: 'snmp:UdpRcvbufErrors'})).meaning, /did not read its socket/);
});

test('protocols have names, and numbers where they have none', t => {
	t.is(protocolName(0x88a2), 'AoE');
	t.is(protocolName(0x8906), 'FCoE');
	t.is(protocolName(0x1234), '0x1234');
	t.is(protocolName(0), '');
});

test('losses come first, the harmless apart, each reason of loss with what to do; lines keep to the width', t => {
	const drops = [drop({count: 5}), drop({reason: 'UNHANDLED_PROTO', symbol: '__netif_receive_skb_core', kind: 'harmless', place: 'unhandled', count: 7000})];
	const rest = {source: 'bpf', cannotSee: ['this', 'that'], lostEvents: 3, unattributed: 2, iface: 'eth0'};
	for (const width of [80, 200]) {
		const text = showDrops({drops, ...rest}, width);
		t.true(text.indexOf('5 lost') < text.indexOf('7000 harmless'), text);
		t.regex(text, /SOCKET_RCVBUFF: .*rmem_max/s);
		t.notRegex(text, /UNHANDLED_PROTO:/);
		t.regex(text, /3 more drops happened/);
		t.regex(text, /counted by bpf, which cannot see: this; that/);
		for (const line of text.split('\n')) t.true(line.length <= width, line);
	}
	t.regex(showDrops({drops: [], ...rest}, 80), /^nothing was dropped/);
});

test('words are wrapped and none is lost', t => {
	holds(
		t,
		fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), {minLength: 1}), fc.integer({min: 16, max: 80}), (words, width) => {
			const lines = wrap(words.join(' '), width).split('\n');
			return lines.every(line => line.length <= width) && lines.join(' ').split(/ +/).join(' ') === words.join(' ');
		}),
	);
});

const sample = (fields: Partial<Sample> = {}): Sample => ({
	drop: drop(),
	location: 'udp_queue_rcv_one_skb+0x437',
	time: 1_700_000_000_123_456_789n,
	length: 1042,
	bytes: new Uint8Array(256),
	link: 'ethernet',
	...fields,
});

test('an interface is written once for each place and kind of link', t => {
	const file = new SampleFile();
	const kinds = (blocks: Uint8Array[]) => blocks.map(block => new DataView(block.buffer, block.byteOffset).getUint32(0, true));
	t.deepEqual(kinds([file.begin('1')]), [0x0a0d0d0a]);
	t.deepEqual(kinds(file.blocks(sample())), [1, 6]);
	t.deepEqual(kinds(file.blocks(sample())), [6]);
	t.deepEqual(kinds(file.blocks(sample({link: 'ip'}))), [1, 6]);
	t.deepEqual(kinds(file.blocks(sample({drop: drop({netns: 7, namespace: 'blue'})}))), [1, 6]);
	t.is(interfaceText(drop({iface: '', ifindex: 4, namespace: 'blue'})), '#4@blue');
	t.is(interfaceText(drop({iface: '', ifindex: 0})), '');
});

test('a sample has the bytes that were kept, its time, and whether a link header comes first', t => {
	const entry = new Uint8Array(sampleLength);
	const view = new DataView(entry.buffer);
	view.setBigUint64(0, 0xffffffff81000010n, true);
	view.setBigUint64(sampleEntry.time, 5n, true);
	view.setUint32(sampleEntry.length, 100, true);
	view.setUint32(sampleEntry.captured, 4, true);
	view.setUint16(sampleEntry.mac, 0xffff, true);
	entry.set([1, 2, 3, 4, 5], sampleEntry.bytes);
	const symbols = parseSymbols('ffffffff81000000 t here\n');
	const parsed = parseSample(entry, () => drop(), symbols, 10n);
	t.like(parsed, {location: 'here+0x10', time: 15n, length: 100, link: 'ip'});
	t.deepEqual([...parsed.bytes], [1, 2, 3, 4]);
	t.is(parseSample(entry, () => drop({protocol: 0x88a2}), symbols, 0n).link, 'ethernet');
	holds(
		t,
		fc.property(fc.uint8Array({minLength: sampleLength, maxLength: sampleLength}), any => {
			const {bytes, length} = parseSample(any, () => drop(), symbols, 0n);
			return bytes.length <= 256 && length >= bytes.length;
		}),
	);
});

test('counters become drops of their place; signs do not', t => {
	const snapshot = (rx: number, squeezed: number): Snapshot => ({
		atSeconds: 0,
		interfaces: new Map([
			[
				'eth0',
				{
					sent: 0,
					received: 0,
					sentBytes: 0,
					receivedBytes: 0,
					driver: 'veth',
					index: 9,
					counters: [{place: 'nic-ring', name: 'rx_missed_errors', source: 'rtnl', scope: {iface: 'eth0'}, value: rx}],
				},
			],
		]),
		cpus: [],
		counters: [{place: 'squeezed', name: 'time_squeeze', source: 'softnet', scope: {cpu: 0}, value: squeezed, sign: true}],
	});
	const [only, ...others] = counterDrops(snapshot(15, 9), snapshot(5, 1), 100);
	t.deepEqual(others, []);
	t.like(only, {reason: 'rtnl:rx_missed_errors', place: 'nic-ring', kind: 'loss', iface: 'eth0', ifindex: 9, netns: 100, count: 10});
});
