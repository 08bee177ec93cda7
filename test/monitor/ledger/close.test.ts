import test from 'ava';
import fc from 'fast-check';
import {closeLedger, type Evidence, type Owner, type ReasonCount} from '../../../src/monitor/ledger/close.js';
import type {Ledger} from '../../../src/monitor/ledger/hop.js';
import type {Place} from '../../../src/monitor/place.js';
import {holds} from '../../property.js';

const sender = {iface: 'a', attempted: 1000, refusals: {}, again: 0, leftover: 0};
const receiver = {iface: 'b', kind: 'ring' as const, unique: 1000, corrupted: 0, late: 0, ringDropped: 0};
const owner = (source: string, side: Owner['side'], place: Place, value: number, ...covered: Place[]): Owner => ({
	source,
	side,
	iface: side === 'from' ? 'a' : 'b',
	place,
	value,
	covers: hop => [place, ...covered].includes(hop.place),
});
const reason = (side: ReasonCount['side'], place: Place, count: number, name = place.toUpperCase()): ReasonCount => ({
	side,
	iface: side === 'from' ? 'a' : 'b',
	place,
	reason: name,
	symbol: 'somewhere',
	count,
});
const rows = ({hops}: Pick<Ledger, 'hops'>) => Object.fromEntries(hops.map(({place, count}) => [place, count]));
const total = ({hops}: Pick<Ledger, 'hops'>) => hops.reduce((sum, {count}) => sum + count, 0);

test('nothing lost: no row, nothing unexplained', t => {
	const ledger = closeLedger({sender, receiver, reasons: [], owners: [owner('rx_dropped', 'to', 'unknown', 0)]});
	t.deepEqual(ledger, {sent: 1000, again: 0, received: 1000, hops: [], unexplained: 0});
});

test('what no counter has is unexplained', t => {
	t.is(closeLedger({sender, receiver: {...receiver, unique: 990}, reasons: [], owners: []}).unexplained, 10);
});

test('more counted than missing is unexplained too, below zero', t => {
	t.is(closeLedger({sender, receiver: {...receiver, unique: 995}, reasons: [reason('to', 'unhandled', 7)], owners: []}).unexplained, -2);
});

test('one frame in five counters is one row', t => {
	const evidence: Evidence = {
		sender: {...sender, refusals: {ENOBUFS: 30, unsaid: 12}},
		receiver: {...receiver, unique: 958},
		reasons: [reason('to', 'backlog', 42, 'CPU_BACKLOG')],
		owners: [
			owner('softnet dropped', 'to', 'backlog', 43), // one frame of somebody else's
			owner('tx_dropped', 'from', 'driver-tx', 42, 'backlog'),
			owner('rx_dropped', 'to', 'unknown', 42, 'backlog', 'unhandled'),
		],
	};
	const ledger = closeLedger(evidence);
	t.deepEqual(rows(ledger), {backlog: 42});
	t.is(ledger.unexplained, 0);
	t.deepEqual(
		ledger.hops[0]?.confirmed.map(({source, value}) => [source, value]),
		[
			['softnet dropped', 43],
			['tx_dropped', 42],
			['rx_dropped', 42],
		],
	);
	t.deepEqual(rows(closeLedger({...evidence, reasons: undefined})), {backlog: 42});
});

test('what a counter of the whole machine has more than the interface is not the run’s', t => {
	const total = owner('rx_dropped', 'to', 'unknown', 40, 'backlog');
	const softnet = owner('softnet dropped', 'to', 'backlog', 43);
	const evidence = {sender, receiver: {...receiver, unique: 950}, reasons: [reason('to', 'backlog', 40)]};
	t.deepEqual(rows(closeLedger({...evidence, owners: [{...softnet, within: total}, total]})), {backlog: 40});
	t.deepEqual(rows(closeLedger({...evidence, owners: [{...softnet, within: null}]})), {backlog: 40});
	t.deepEqual(rows(closeLedger({...evidence, owners: [softnet]})), {backlog: 3});
});

test('what the drop monitor missed is taken from the counter that owns the place, and no more than is missing', t => {
	const ledger = closeLedger({
		sender,
		receiver: {...receiver, unique: 0},
		reasons: [reason('to', 'unhandled', 950)],
		owners: [owner('rx_dropped', 'to', 'unknown', 1003, 'unhandled')],
	});
	t.deepEqual(rows(ledger), {unhandled: 950, unknown: 50});
	t.is(ledger.hops[1]?.source, 'rx_dropped');
	t.is(ledger.unexplained, 0);
});

test('refusals: with their cause, from the queue that has counted them, and alone', t => {
	const refused = closeLedger({
		sender: {...sender, refusals: {EMSGSIZE: 100, ENETDOWN: 20, ENOBUFS: 50, unsaid: 5}},
		receiver: {...receiver, unique: 825},
		reasons: [],
		owners: [owner('qdisc dropped', 'from', 'qdisc', 40)],
	});
	t.deepEqual(
		refused.hops.map(({place, count, source}) => [place, count, source]),
		[
			['refused', 100, 'EMSGSIZE: longer than the MTU'],
			['refused', 20, 'ENETDOWN: the interface was down'],
			['refused', 15, 'ENOBUFS, refused without a word'],
			['qdisc', 40, 'qdisc dropped'],
		],
	);
	t.is(refused.unexplained, 0);
});

test('frames that a TX ring offers again are dropped more often than they are lost', t => {
	const ledger = closeLedger({
		sender: {...sender, again: 700},
		receiver,
		reasons: [reason('from', 'qdisc', 700)],
		owners: [owner('qdisc dropped', 'from', 'qdisc', 700)],
	});
	t.is(ledger.unexplained, 0);
	t.is(ledger.again, 700);
});

test("our own ring's losses count once, another program's not at all", t => {
	const ledger = closeLedger({
		sender,
		receiver: {...receiver, unique: 900, ringDropped: 100},
		reasons: [reason('to', 'packet-ring', 460, 'PACKET_SOCK_ERROR')],
		owners: [],
	});
	t.deepEqual(rows(ledger), {'packet-ring': 100});
	t.is(ledger.unexplained, 0);
});

test('whatever was lost where, and whatever the monitor missed: the rows are the truth', t => {
	const lost = fc.nat(500);
	const truth = fc.record({qdisc: lost, backlog: lost, unhandled: lost, filter: lost, 'nic-ring': lost, 'packet-ring': lost, refused: lost});
	holds(
		t,
		fc.property(truth, fc.nat(10_000), fc.boolean(), (lostAt, received, monitor) => {
			const {qdisc, backlog, unhandled, filter} = lostAt;
			const attempted = received + Object.values(lostAt).reduce((sum, count) => sum + count, 0);
			const ledger = closeLedger({
				// the queue and the backlog tell the sender
				sender: {...sender, attempted, refusals: {EMSGSIZE: lostAt.refused, ENOBUFS: qdisc + backlog}},
				receiver: {...receiver, unique: received, ringDropped: lostAt['packet-ring']},
				reasons: monitor
					? [reason('from', 'qdisc', qdisc), reason('to', 'backlog', backlog), reason('to', 'unhandled', unhandled), reason('to', 'filter', filter)]
					: [reason('to', 'filter', filter)],
				owners: [
					owner('rx_missed_errors', 'to', 'nic-ring', lostAt['nic-ring']),
					owner('qdisc dropped', 'from', 'qdisc', qdisc),
					owner('softnet dropped', 'to', 'backlog', backlog),
					owner('tx_dropped', 'from', 'driver-tx', backlog, 'backlog'),
					owner('rx_dropped', 'to', 'unhandled', backlog + unhandled, 'backlog', 'unhandled'),
				],
			});
			t.is(ledger.unexplained, 0);
			t.is(ledger.received + total(ledger), attempted);
			t.deepEqual(rows(ledger), Object.fromEntries(Object.entries(lostAt).filter(([, count]) => count > 0)));
		}),
	);
});

test('below zero is an overcount of what the two ends know and of drop reasons, exactly; no counter makes one', t => {
	const count = fc.nat(300);
	const counts = fc.record({sent: fc.nat(1000), again: count, received: fc.nat(1000), tooLong: count, leftover: count, late: count, ring: count});
	const reasons = fc.array(fc.tuple(fc.constantFrom<Place>('unhandled', 'filter', 'packet-ring'), count), {maxLength: 3});
	const owners = fc.array(fc.tuple(fc.constantFrom<Place>('nic-ring', 'unhandled', 'socket'), fc.nat(2000)), {maxLength: 4});
	holds(
		t,
		fc.property(counts, reasons, owners, fc.constantFrom('ring' as const, 'tap' as const), (known, dropped, counters, kind) => {
			const {sent, again, received, tooLong, leftover, late, ring} = known;
			const {unexplained} = closeLedger({
				sender: {...sender, attempted: sent, again, leftover, refusals: {EMSGSIZE: tooLong, ENOBUFS: 1000}},
				receiver: {...receiver, kind, unique: received, late, ringDropped: ring},
				reasons: dropped.map(([place, lost]) => reason('to', place, lost)),
				owners: counters.map(([place, value], i) => owner(`counter ${i}`, 'to', place, value)),
			});
			// a tap stands before both places, and another program's ring loses copies
			const counted = dropped.filter(([place]) => kind === 'ring' && place !== 'packet-ring').reduce((sum, [, lost]) => sum + lost, 0);
			const left = sent + again - received - tooLong - leftover - late - ring - counted;
			if (left <= 0) t.is(unexplained, left);
			else t.true(unexplained >= 0 && unexplained <= left, `${unexplained} of ${left}`);
		}),
	);
});
