import test from 'ava';
import type {Moved} from '../../../src/monitor/counter.js';
import type {Owner} from '../../../src/monitor/ledger/close.js';
import {joinSides} from '../../../src/monitor/ledger/join.js';
import {ownersFrom} from '../../../src/monitor/ledger/owners.js';
import type {Place} from '../../../src/monitor/place.js';
import {moved, sideFrom, sideTo} from './make.js';

const atA = (name: string, value: number, more: Partial<Moved> = {}) => moved(name, value, {place: 'driver-tx', scope: {iface: 'a'}, ...more});
const shown = (owners: readonly Owner[]) => owners.map(({side, place, source, value}) => [side, place, source, value]);
const row = (side: 'from' | 'to', place: Place) => ({side, place, source: 'drop reason X', symbol: undefined});

test('each counter once, the precise ones first; signs, other interfaces and the wrong direction are left out', t => {
	const from = sideFrom(1000, {
		sent: 100,
		unseen: 1,
		moved: [
			atA('tx_dropped', 5),
			atA('tx_carrier_errors', 2),
			atA('pfifo_fast 0: root drops', 3, {place: 'qdisc', source: 'qdisc'}),
			atA('rx_missed_errors', 50, {place: 'nic-ring'}), // what came the other way
			atA('tx_heartbeat_errors', 8, {sign: true}),
		],
	});
	const to = sideTo(0, {
		received: 80,
		unseen: 2,
		moved: [
			moved('rx_dropped', 12, {place: 'unhandled'}),
			moved('rx_missed_errors', 7),
			moved('rx_queue_0_drops', 4, {place: 'driver-rx', source: 'ethtool', alsoIn: ['rtnl:rx_dropped']}),
			moved('rx_queue_1_drops', 6, {place: 'driver-rx', source: 'ethtool', alsoIn: ['rtnl:rx_dropped']}),
			moved('dropped', 9, {place: 'backlog', source: 'softnet', scope: {cpu: 0}, alsoIn: ['*/rtnl:rx_dropped']}),
			moved('time_squeeze', 30, {place: 'squeezed', source: 'softnet', scope: {cpu: 0}}),
			moved('tx_dropped', 70, {place: 'driver-tx'}), // what went the other way
			moved('rx_dropped', 500, {place: 'unhandled', scope: {iface: 'c'}}), // another interface's
			moved('tp_drops', 40, {place: 'packet-ring', source: 'sock_diag', scope: {inode: 1}}), // another program's copies
		],
	});
	const owners = ownersFrom(from, to);
	t.deepEqual(shown(owners), [
		['from', 'qdisc', 'pfifo_fast 0: root drops (qdisc)', 3],
		['to', 'driver-rx', 'rx_queue_0_drops + rx_queue_1_drops (ethtool)', 10],
		['to', 'backlog', 'dropped (softnet)', 9],
		['from', 'driver-tx', 'tx_carrier_errors (rtnl)', 2],
		['to', 'nic-ring', 'rx_missed_errors (rtnl)', 7],
		['from', 'driver-tx', 'tx_dropped (rtnl)', 5],
		['between', 'wire', 'tx_packets of a - rx_packets of b', 13], // 100 - 80 - 7 in the NIC's ring
		['to', 'unhandled', 'rx_dropped (rtnl)', 12],
		['from', 'unknown', 'drops that the monitor was not shown (trace buffer)', 1],
		['to', 'unknown', 'drops that the monitor was not shown (trace buffer)', 2],
	]);
	// softnet's are the interface's as far as its rx_dropped has them
	const total = owners.find(({source}) => source === 'rx_dropped (rtnl)');
	t.is(owners.find(({place}) => place === 'backlog')?.within?.value, total?.value);
	t.is(owners.find(({place}) => place === 'qdisc')?.within, undefined);
});

test('nothing moved: no owner', t => {
	t.deepEqual(ownersFrom(sideFrom(5, {sent: 5}), sideTo(5, {received: 9})), []);
});

test('many queues of a driver are one counter with a short name', t => {
	const queue = (n: number) => moved(`rx${n}_drops`, n, {place: 'driver-rx', source: 'ethtool'});
	t.deepEqual(shown(ownersFrom(sideFrom(1), sideTo(1, {moved: [queue(1), queue(2), queue(3), queue(4), queue(5)]}))), [
		['to', 'driver-rx', 'rx1_drops + rx2_drops + 3 more (ethtool)', 15],
	]);
});

test('a loss that a CPU counted and the interface has none of is somebody else’s', t => {
	const softnet = moved('dropped', 9, {place: 'backlog', source: 'softnet', scope: {cpu: 0}});
	t.is(ownersFrom(sideFrom(1), sideTo(1, {moved: [softnet]}))[0]?.within, null);
	t.is(joinSides(sideFrom(10), sideTo(1, {moved: [softnet]})).unexplained, 9);
	const ledger = joinSides(sideFrom(10), sideTo(1, {moved: [softnet, moved('rx_dropped', 4, {place: 'unhandled'})]}));
	t.deepEqual(
		ledger.hops.map(({place, count}) => [place, count]),
		[['backlog', 4]],
	);
	t.is(ledger.unexplained, 5);
});

/** Rows that a total says to have counted too, of those that it might. */
const covered = (owner: Owner | undefined, sides: readonly ('from' | 'to')[], places: readonly Place[]) =>
	sides.flatMap(side => places.filter(place => owner?.covers(row(side, place))).map(place => `${side} ${place}`));
const all: readonly Place[] = [
	'qdisc',
	'driver-tx',
	'backlog',
	'ring-veth',
	'driver-rx',
	'unhandled',
	'other-host',
	'malformed',
	'unknown',
	'filter',
	'socket',
	'xdp',
];

test('what the totals of an interface count too', t => {
	const owner = (driver: string, which: 'from' | 'to') => {
		const from = sideFrom(1, {driver, moved: [atA('tx_dropped', 1, {place: driver === 'veth' ? 'ring-veth' : 'driver-tx'})]});
		const to = sideTo(1, {driver, moved: [moved('rx_dropped', 1, {place: 'unhandled'})]});
		return ownersFrom(from, to).find(({side}) => side === which);
	};
	t.deepEqual(covered(owner('e1000e', 'from'), ['from', 'to'], all), ['from driver-tx']);
	t.deepEqual(covered(owner('veth', 'from'), ['from', 'to'], all), [
		'from driver-tx',
		'from backlog',
		'from ring-veth',
		'to driver-tx',
		'to backlog',
		'to ring-veth',
	]);
	const received = ['to backlog', 'to driver-rx', 'to unhandled', 'to other-host', 'to malformed', 'to unknown'];
	t.deepEqual(covered(owner('e1000e', 'to'), ['from', 'to'], all), received);
	t.deepEqual(covered(owner('veth', 'to'), ['from', 'to'], all), ['from driver-tx', 'to driver-tx', ...received]);
});

test('a veth’s tx_dropped is the sender’s, whatever its driver’s row says of the place; the receiver’s own is of the other direction', t => {
	const from = sideFrom(100, {
		driver: 'veth',
		reasons: undefined,
		sender: {iface: 'a', attempted: 100, refusals: {ENOBUFS: 40}, again: 0, leftover: 0},
		moved: [atA('tx_dropped', 40, {place: 'ring-veth'})],
	});
	const to = sideTo(60, {driver: 'veth', reasons: undefined, moved: [moved('tx_dropped', 30, {place: 'ring-veth'})]});
	const ledger = joinSides(from, to);
	t.deepEqual(
		ledger.hops.map(({place, side, iface, count, source}) => [place, side, iface, count, source]),
		[['driver-tx', 'from', 'a', 40, 'tx_dropped (rtnl)']],
	);
	t.is(ledger.unexplained, 0);
});
