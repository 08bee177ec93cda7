// The readers of the kernel's bytes and texts: each with bytes as a kernel sent them, and with any bytes at all.
import test from 'ava';
import fc from 'fast-check';
import {rowOf} from '../../src/monitor/drivers/table.js';
import {linkCounters, parseLink} from '../../src/monitor/link.js';
import {parsePairs, parseSnmp6, protocolCounters} from '../../src/monitor/protocols.js';
import {parseQdisc, type Qdisc, qdiscCounters, qdiscName} from '../../src/monitor/qdisc.js';
import {parseQueueStatistics, queueCounters} from '../../src/monitor/queue.js';
import {parsePacketSocket, parseSocketTable, parseTcpSocket, parseXdpSocket} from '../../src/monitor/socket-counters.js';
import {attribute} from '../../src/sys/netlink-message.js';
import {holds} from '../property.js';

const bytes = (...parts: readonly Uint8Array[]) => new DataView(new Uint8Array(Buffer.concat(parts)).buffer);
const u32s = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
const u64s = (...values: number[]) => new Uint8Array(BigUint64Array.from(values.map(BigInt)).buffer);

/** struct ifinfomsg, then name, statistics and kind. */
const linkBytes = (count: number, more: Uint8Array[] = []) =>
	bytes(u32s(0, 7, 8, 0), attribute(3, 'eth7'), attribute(23, u64s(...Array.from({length: count}, (_, i) => i + 1))), ...more);

test('an interface: every member of its statistics, and what an older kernel does not have', t => {
	const link = parseLink(linkBytes(25, [attribute(10, 3), attribute(18, attribute(1, 'veth'))]));
	t.like(link, {name: 'eth7', index: 7, kind: 'veth', master: 3, loopback: true});
	// the order of struct rtnl_link_stats64
	t.like(link?.statistics, {
		rx_packets: 1,
		tx_bytes: 4,
		rx_dropped: 7,
		tx_dropped: 8,
		rx_fifo_errors: 15,
		rx_missed_errors: 16,
		rx_nohandler: 24,
		rx_otherhost_dropped: 25,
	});
	t.like(parseLink(linkBytes(23))?.statistics, {tx_compressed: 23, rx_nohandler: 0, rx_otherhost_dropped: 0});
	t.is(parseLink(bytes(u32s(0, 7, 8, 0), attribute(3, 'eth7'))), undefined, 'no statistics');
});

test('rx_dropped is harmless where the driver is known, and unknown where it is not', t => {
	const link = parseLink(linkBytes(25));
	const place = (driver: string) => linkCounters(link!, rowOf(driver), undefined).find(({name}) => name === 'rx_dropped');
	t.like(place('veth'), {place: 'unhandled', value: 7});
	t.like(place('mlx4_en'), {place: 'nic-ring'});
	t.like(place('nobodys'), {place: 'unknown', guessed: true});
	t.deepEqual(linkCounters(link!, rowOf('veth'), 'bond0').find(({name}) => name === 'rx_crc_errors')?.alsoIn, ['rtnl:rx_errors', 'bond0/rtnl:rx_crc_errors']);
	t.is(linkCounters(link!, rowOf('r8169'), undefined).find(({name}) => name === 'rx_missed_errors')?.bits, 16);
});

test('a queueing discipline, by the name that tc gives it', t => {
	const queue = attribute(7, new Uint8Array(Buffer.concat([attribute(1, new Uint8Array(12)), attribute(3, u32s(5, 500, 70, 8, 9))])));
	const qdisc = parseQdisc(bytes(u32s(0, 2, 0x8001_0000, 0xffff_ffff, 0), attribute(1, 'tbf'), queue));
	t.deepEqual(qdisc, {index: 2, kind: 'tbf', handle: 0x8001_0000, parent: 0xffff_ffff, length: 5, backlogBytes: 500, drops: 70, requeues: 8, overlimits: 9});
	t.is(qdiscName(qdisc!), 'tbf 8001: root');
	t.is(qdiscName({kind: 'fq_codel', handle: 0, parent: 1}), 'fq_codel 0: parent :1');
	t.is(qdiscName({kind: 'clsact', handle: 0xffff_0000, parent: 0xffff_fff1}), 'clsact ffff: parent ffff:fff1');
});

test('what a child drops is its parent’s loss too, what clsact drops was a filter’s word', t => {
	const one = (kind: string, handle: number, parent: number): Qdisc => ({
		index: 2,
		kind,
		handle,
		parent,
		length: 0,
		backlogBytes: 0,
		drops: 1,
		requeues: 0,
		overlimits: 0,
	});
	const root = 0xffff_ffff;
	const all = [one('mq', 0, root), one('fq_codel', 0, 1), one('fq_codel', 0, 2), one('clsact', 0xffff_0000, 0xffff_fff1)];
	const drops = qdiscCounters('eth0', all).filter(({name}) => name.endsWith(' drops'));
	t.deepEqual(
		drops.map(({place, alsoIn}) => [place, alsoIn?.[0]]),
		[
			['qdisc', 'snmp:IpOutDiscards'],
			['qdisc', 'qdisc:mq 0: root drops'],
			['qdisc', 'qdisc:mq 0: root drops'],
			['tc', 'snmp:IpOutDiscards'],
		],
	);
	t.deepEqual(qdiscCounters('eth0', [one('htb', 0x10_0000, root), one('pfifo', 0x20_0000, 0x10_0005)])[3]?.alsoIn, ['qdisc:htb 10: root drops']);
	t.true(qdiscCounters('eth0', all).every(({sign, name}) => (sign ?? false) === !name.endsWith(' drops')));
});

test('queue statistics of 4 and 8 bytes', t => {
	const found = parseQueueStatistics(bytes(Uint8Array.of(12, 1, 0, 0), attribute(1, 2), attribute(13, 9), attribute(14, u64s(2 ** 40))));
	t.deepEqual(found, {
		index: 2,
		values: new Map([
			[1, 2],
			[13, 9],
			[14, 2 ** 40],
		]),
	});
	t.deepEqual(
		queueCounters('eth0', found!.values).map(({name, place, value, alsoIn}) => [name, place, value, alsoIn]),
		[
			['rx-hw-drops', 'nic-ring', 9, undefined],
			['rx-hw-drop-overruns', 'nic-ring', 2 ** 40, ['qstats:rx-hw-drops']],
		],
	);
});

const memory = (drops: number) => u32s(1, 2, 3, 4, 5, 6, 7, 8, drops);
const nameOf = (index: number) => (index === 3 ? 'eth3' : undefined);

test('a packet socket: interface, protocol and its losses; none without', t => {
	const of = (drops: number, index = 3) =>
		bytes(Uint8Array.of(17, 3, 0xa2, 0x88), u32s(4711, 0, 0), attribute(0, u32s(index, 2, 0, 0, 0, 0)), attribute(6, memory(drops)));
	t.deepEqual(parsePacketSocket(of(9), nameOf), [
		{place: 'socket', name: 'packet drops', source: 'sock_diag', scope: {inode: 4711, bound: 'eth3 0x88a2'}, value: 9, bits: 32},
	]);
	t.deepEqual(parsePacketSocket(of(0), nameOf), []);
	t.is(parsePacketSocket(of(1, 0), nameOf)[0]?.scope.bound, '* 0x88a2');
	t.is(parsePacketSocket(of(1, 9), nameOf)[0]?.scope.bound, 'interface 9 0x88a2');
});

test('an XDP socket: dropped, bad descriptors, ring full', t => {
	const found = parseXdpSocket(bytes(Uint8Array.of(44, 3, 0, 0), u32s(4711, 0, 0), attribute(1, u32s(3, 5)), attribute(9, u64s(1, 0, 7, 0, 0, 0))), nameOf);
	t.deepEqual(
		found.map(({name, value, scope}) => [name, value, scope.bound]),
		[
			['xdp rx_dropped', 1, 'eth3 queue 5'],
			['xdp rx_ring_full', 7, 'eth3 queue 5'],
		],
	);
});

test('TCP sockets: a listening one lost connections', t => {
	const of = (family: number, state: number, address: number[]) => {
		const head = new Uint8Array(72);
		head.set([family, state, 0, 0, 0x0c, 0xbc]); // port 3260 in network order
		head.set(address, 8);
		new DataView(head.buffer).setUint32(68, 99, true);
		return bytes(head, attribute(7, memory(4)));
	};
	t.like(parseTcpSocket(of(2, 10, [10, 0, 0, 1]))[0], {place: 'socket', name: 'tcp listen drops', value: 4, scope: {inode: 99, bound: '10.0.0.1:3260'}});
	t.like(parseTcpSocket(of(10, 1, [0xfd, 0x77, ...new Array(13).fill(0), 1]))[0], {place: 'tcp', name: 'tcp drops', scope: {bound: '[fd77::1]:3260'}});
});

test('a table of UDP sockets, of Linux 6.18: those that have lost something', t => {
	const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  102: 0100007F:1E61 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 777 2 0000000000000000 12
  103: 00000000:1E62 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 778 2 0000000000000000 0
`;
	t.deepEqual(
		parseSocketTable('udp', udp).map(({name, value, scope}) => [name, value, scope]),
		[['udp drops', 12, {inode: 777, bound: '127.0.0.1:7777'}]],
	);
	const udp6 =
		'  1: 000077FD000000000000000001000000:1E61 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  0 0 9 2 0000000000000000 3\n';
	t.is(parseSocketTable('udp6', udp6)[0]?.scope.bound, '[fd77::1]:7777');
	t.deepEqual(parseSocketTable('udp6', udp6)[0]?.alsoIn, ['snmp:Udp6RcvbufErrors or snmp:UdpRcvbufErrors', 'snmp:Udp6InErrors or snmp:UdpInErrors']);
});

test('protocols: pairs of lines by name, whatever their order and however many', t => {
	const snmp = 'Udp: InDatagrams NoPorts InErrors RcvbufErrors MemErrors\nUdp: 10 1 7 5 2\nTcp: RetransSegs\nTcp: 3\n';
	const found = protocolCounters(snmp, 'TcpExt: ListenDrops ListenOverflows\nTcpExt: 4 4\n', 'Udp6RcvbufErrors   \t8\n');
	t.deepEqual(Object.fromEntries(found.map(({name, value}) => [name, value])), {
		UdpNoPorts: 1,
		UdpInErrors: 7,
		UdpRcvbufErrors: 5,
		UdpMemErrors: 2,
		Udp6RcvbufErrors: 8,
		TcpRetransSegs: 3,
		TcpExtListenDrops: 4,
		TcpExtListenOverflows: 4,
	});
	t.true(found.find(({name}) => name === 'TcpRetransSegs')?.sign);
	t.deepEqual([...parsePairs('A: x y\nA: 1\nB: z\nC: 1\n')], [['Ax', 1]], 'a line without its values is no counter');
	t.deepEqual([...parseSnmp6('a 1\nb\nc x\n')], [['a', 1]]);
});

test('no bytes and no text make a reader throw', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 300}), any => {
			const view = new DataView(any.buffer, any.byteOffset, any.byteLength);
			const link = parseLink(view);
			if (link !== undefined) linkCounters(link, undefined, undefined);
			const qdisc = parseQdisc(view);
			if (qdisc !== undefined) qdiscCounters('x', [qdisc, qdisc]);
			queueCounters('x', parseQueueStatistics(view)?.values ?? new Map());
			parsePacketSocket(view, nameOf);
			parseXdpSocket(view, nameOf);
			parseTcpSocket(view);
		}),
	);
	holds(
		t,
		fc.property(fc.string(), text => {
			protocolCounters(text, text, text);
			parseSocketTable('udp', text);
		}),
	);
	// and with a head that fits, so that the attributes behind it are reached
	holds(
		t,
		fc.property(fc.array(fc.tuple(fc.integer({min: 0, max: 30}), fc.uint8Array({maxLength: 60}))), list => {
			const rest = list.map(([type, content]) => attribute(type, content));
			for (const head of [4, 16, 20, 72]) {
				const view = bytes(new Uint8Array(head), ...rest);
				parseLink(view);
				parseQdisc(view);
				parseQueueStatistics(view);
				parsePacketSocket(view, nameOf);
				parseXdpSocket(view, nameOf);
				parseTcpSocket(view);
			}
		}),
	);
});
