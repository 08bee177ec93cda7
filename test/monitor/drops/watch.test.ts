import test from 'ava';
import {type Drop, type DropSource, mergeDrops} from '../../../src/monitor/drops/drop.js';
import {protocolName} from '../../../src/monitor/drops/protocols.js';
import {belongs, explained, look, sumOf, type Wanted} from '../../../src/monitor/drops/watch.js';
import {drop} from './make.js';

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
