import test from 'ava';
import fc from 'fast-check';
import type {ReasonCount} from '../../src/monitor/ledger/close.js';
import {lossesOf, lostIn, together} from '../../src/race/losses.js';
import {holds} from '../property.js';

const none = {onPurpose: 0, interfaces: 0, cable: 0, tcp: 0};
type Loss = Parameters<typeof lossesOf>[0];
const round = (lostAt: Partial<typeof none>, reasons: ReasonCount[] | null = null, ringDropped: number | null = 0): Loss =>
	({seen: {lostAt: {...none, ...lostAt}, onPurposeAt: 'tc', reasons}, report: {ringDropped}}) as unknown as Loss;
const reason = (place: ReasonCount['place'], count: number, name: string = place): ReasonCount => ({
	side: 'to',
	iface: 'veth0',
	place,
	reason: name,
	symbol: `${name}_rcv`,
	count,
});
const rows = (loss: Loss) => Object.fromEntries(lossesOf(loss).map(({place, source, count}) => [`${place}: ${source}`, count]));

test('without a drop monitor the counters are the rows', t => {
	t.deepEqual(rows(round({onPurpose: 7, interfaces: 3, tcp: 2, cable: 5}, null, 4)), {
		"tc: the lab's loss (--loss)": 7,
		'socket: TCPRcvQDrop and its like (netstat)': 2,
		'packet-ring: tp_drops of the initiator': 4,
		'unknown: rx_dropped, tx_dropped and errors of the interfaces': 3,
	});
	t.is(lostIn(round({onPurpose: 7, interfaces: 3, tcp: 2, cable: 5}, null, 4)), 21);
});

test("the kernel's reasons for what the lab, the initiator's ring and TCP have counted are the same frames", t => {
	const reasons = [reason('tc', 7, 'TC_INGRESS'), reason('packet-ring', 6, 'PACKET_SOCK_ERROR'), reason('socket', 2, 'SOCKET_RCVBUFF')];
	t.deepEqual(rows(round({onPurpose: 7, tcp: 2}, reasons, 4)), {
		"tc: the lab's loss (--loss)": 7,
		'socket: drop reason SOCKET_RCVBUFF': 2,
		'packet-ring: tp_drops of the initiator': 4,
		'packet-ring: drop reason PACKET_SOCK_ERROR': 2, // the target's ring
	});
});

test('a full backlog is one loss, though both interfaces have counted it', t => {
	t.deepEqual(rows(round({interfaces: 20}, [reason('backlog', 10, 'CPU_BACKLOG')])), {'backlog: drop reason CPU_BACKLOG': 10});
	t.deepEqual(rows(round({interfaces: 23}, [reason('backlog', 10, 'CPU_BACKLOG'), reason('unhandled', 3)])), {'backlog: drop reason CPU_BACKLOG': 10});
});

test('what nobody here wanted is not lost', t => {
	t.is(lostIn(round({interfaces: 9}, [reason('unhandled', 9), reason('tcp', 40, 'TCP_OLD_DATA')])), 0);
});

test('rounds are added up by place and counter, in the order of the way', t => {
	const all = together([...lossesOf(round({interfaces: 1, onPurpose: 2})), ...lossesOf(round({onPurpose: 3}, null, 1))]);
	t.deepEqual(
		all.map(({place, count}) => [place, count]),
		[
			['tc', 5],
			['packet-ring', 1],
			['unknown', 1],
		],
	);
});

test('no row is negative, and no frame is lost twice, whatever the counters say', t => {
	const some = fc.nat(1000);
	holds(
		t,
		fc.property(some, some, some, some, some, some, (onPurpose, ring, tcp, backlog, socket, extra) => {
			// every counter has what the kernel's reasons have, as the kernel counts them
			const reasons = [reason('tc', onPurpose), reason('packet-ring', ring), reason('backlog', backlog), reason('socket', socket)];
			const seen = round({onPurpose, tcp: tcp + socket, interfaces: 2 * backlog + extra}, reasons, ring);
			const truth = onPurpose + ring + tcp + backlog + socket + extra;
			return lossesOf(seen).every(({count}) => count > 0) && lostIn(seen) === truth;
		}),
	);
});
