import test from 'ava';
import fc from 'fast-check';
import {type InterfaceCounters, interfaceDifference, interfaceLosses, parseInterfaces} from '../../src/monitor/interface.js';
import {defaultRoutes4, defaultRoutes6} from '../../src/monitor/route.js';
import {parseTcp, snmpValue} from '../../src/monitor/tcp.js';
import {holds} from '../property.js';

const device = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 100 2 0 0 0 0 0 0 100 2 0 0 0 0 0 0
  eth0:12345 67 1 2 3 4 5 6 7890 12 13 14 15 16 17 18
`;

test('interfaces are read by column, also where the name touches the first number', t => {
	const found = parseInterfaces(device);
	t.deepEqual([...found.keys()], ['lo', 'eth0']);
	const eth0 = found.get('eth0');
	t.like(eth0, {
		receivedBytes: 12_345,
		received: 67,
		receiveErrors: 1,
		receiveDropped: 2,
		receiveFifo: 3,
		receiveFrame: 4,
		sentBytes: 7890,
		sent: 12,
		sendErrors: 13,
		sendDropped: 14,
		sendFifo: 15,
	});
	t.is(interfaceLosses(eth0 as NonNullable<typeof eth0>), 2 + 3 + 4 + 14 + 15);
});

test('differences are never negative: a counter that went back counts from zero', t => {
	const lo = parseInterfaces(device).get('lo') as InterfaceCounters;
	fc.assert(
		fc.property(fc.nat(), fc.nat(), (a, b) => {
			const difference = interfaceDifference({...lo, received: a}, {...lo, received: b});
			t.is(difference.received, a >= b ? a - b : a);
		}),
	);
});

test('no text makes the readers throw', t => {
	holds(
		t,
		fc.property(fc.string(), text => {
			parseInterfaces(text);
			parseTcp(text, text);
			defaultRoutes4(text);
			defaultRoutes6(text);
		}),
	);
});

const snmp = 'Ip: Forwarding InReceives\nIp: 1 77\nTcp: RtoAlgorithm RetransSegs\nTcp: 1 42\n';
const netstat = 'TcpExt: TCPBacklogDrop TCPDSACKRecvSegs RcvPruned\nTcpExt: 3 4 5\n';

test('TCP counters are found by name', t => {
	t.is(snmpValue(snmp, 'Ip', 'InReceives'), 77);
	t.is(snmpValue(snmp, 'Tcp', 'NoSuch'), undefined);
	t.deepEqual(parseTcp(snmp, netstat), {retransmits: 42, needless: 4, dropped: 8});
	t.is(parseTcp('', netstat), undefined);
});

test('default routes are those to 0.0.0.0/0 and ::/0, and not the unreachable one', t => {
	const four = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth1\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth2\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
`;
	t.deepEqual(defaultRoutes4(four), ['eth0']);
	const zero = '0'.repeat(32);
	const six = `${zero} 00 ${zero} 00 fe80 00000400 1 0 00000003 eth3\n${zero} 00 ${zero} 00 ${zero} ffffffff 1 0 00200200 lo\n`;
	t.deepEqual(defaultRoutes6(six), ['eth3']);
});
