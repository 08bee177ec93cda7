import test from 'ava';
import fc from 'fast-check';
import type {Ledger} from '../../../src/monitor/ledger/hop.js';
import {joinSides, matchSides} from '../../../src/monitor/ledger/join.js';
import type {SideRecord} from '../../../src/monitor/ledger/side.js';
import {holds} from '../../property.js';
import {anySides, moved, reason, sideFrom, sideTo} from './make.js';

const lostAt = ({hops}: Ledger) => Object.fromEntries(hops.map(({place, count}) => [place, count]));
const total = ({hops}: Ledger) => hops.reduce((sum, {count}) => sum + count, 0);

test('both sides add up: reasons of either, counters of either, each frame once', t => {
	const from = sideFrom(1000, {
		sent: 960, // 1000 - 10 refused - 30 in the queue
		sender: {iface: 'a', attempted: 1000, refusals: {EMSGSIZE: 10, ENOBUFS: 30}, again: 0, leftover: 0},
		reasons: [reason('from', 'qdisc', 25)], // the monitor has missed 5
		moved: [moved('pfifo 0: root drops', 30, {place: 'qdisc', source: 'qdisc', scope: {iface: 'a'}})],
	});
	const to = sideTo(900, {
		received: 940, // 20 of 960 were lost in the NIC's ring
		reasons: [reason('to', 'filter', 40)],
		moved: [moved('rx_missed_errors', 20)],
	});
	const ledger = joinSides(from, to);
	t.deepEqual(lostAt(ledger), {refused: 10, qdisc: 5, 'nic-ring': 20, filter: 40});
	t.is(total(ledger), 10 + 25 + 5 + 20 + 40);
	t.is(ledger.unexplained, 0);
	t.deepEqual(ledger.notes, []);
});

test('one side without reasons: the other has its own, and what that side cannot see is said', t => {
	const to = sideTo(995, {reasons: undefined, monitor: {source: 'none', cannotSee: ['why frames are dropped: you may not'], lostEvents: 0}});
	const ledger = joinSides(sideFrom(1000, {reasons: [reason('from', 'qdisc', 2)]}), to);
	t.deepEqual(lostAt(ledger), {qdisc: 2});
	t.is(ledger.unexplained, 3);
	t.deepEqual(ledger.notes, ['left: bpf cannot see: the far side of the moon', 'right: this netstress cannot see: why frames are dropped: you may not']);
	const neither = joinSides(sideFrom(1000, {reasons: undefined}), {...to, receiver: sideTo(1000).receiver!});
	t.is(neither.unexplained, 0);
	t.is(neither.notes.length, 2, 'without reasons it is said also where nothing is missing');
});

test("every row says what its frames were: the drop reason's own word, else the run's, if it has but one", t => {
	const udp = {...reason('to', 'socket', 3), protocol: 'IPv4'};
	const of = (protocols: string[] | undefined) =>
		joinSides(sideFrom(10, {protocols}), sideTo(5, {reasons: [udp], moved: [moved('rx_missed_errors', 2)]})).hops.map(({place, protocol}) => [place, protocol]);
	t.deepEqual(of(['AoE']), [
		['nic-ring', 'AoE'],
		['socket', 'IPv4'],
	]);
	t.deepEqual(of(['AoE', 'IPv4'])[0], ['nic-ring', undefined]);
	t.deepEqual(of(undefined)[0], ['nic-ring', undefined]);
});

test('a monitor that lost events and a counter that was reset are said, each once', t => {
	const monitor = {source: 'tracefs', cannotSee: [], lostEvents: 12};
	const reset = moved('rx_missed_errors', 3, {reset: true});
	const here = {host: 'same', monitor};
	t.deepEqual(joinSides(sideFrom(10, here), sideTo(7, {...here, moved: [reset]})).notes, [
		'same: the drop monitor (tracefs) itself lost 12 events',
		'rx_missed_errors of b was reset during the run',
	]);
	t.deepEqual(joinSides(sideFrom(10), sideTo(10, {moved: [moved('UdpInErrors', 1, {source: 'snmp', scope: {}, place: 'socket', reset: true})]})).notes, [
		'UdpInErrors was reset during the run',
	]);
});

test('a receiving side that heard several runs says whose its counters are', t => {
	t.deepEqual(joinSides(sideFrom(10), sideTo(10, {otherRuns: 1})).notes, [
		'right: 1 other run came in the same time, the counters there are of all: the losses may be theirs',
	]);
	t.deepEqual(joinSides(sideFrom(10), sideTo(10, {otherRuns: 0})).notes, []);
});

test('a sender that retries unsaid: what its queue dropped more than is missing were tries', t => {
	const from = sideFrom(100, {reasons: [reason('from', 'qdisc', 30)]});
	const ledger = joinSides(from, sideTo(95), true);
	t.is(ledger.again, 25); // 30 dropped, 5 missing
	t.is(ledger.unexplained, 0);
	t.is(joinSides(from, sideTo(95)).unexplained, -25);
	// drops that no sender is told of are no tries
	t.is(joinSides(sideFrom(100), sideTo(95, {reasons: [reason('to', 'unhandled', 30)]}), true).unexplained, -25);
});

test('whatever was counted: sent + again = received + losses + unexplained', t => {
	holds(
		t,
		fc.property(anySides, fc.boolean(), ([from, to], retries) => {
			const ledger = joinSides(from, to, retries);
			t.is(ledger.sent + ledger.again, ledger.received + total(ledger) + ledger.unexplained);
			t.is(ledger.sent, from.sender!.attempted);
			t.is(ledger.received, to.receiver!.unique);
			t.true(ledger.again >= from.sender!.again);
		}),
	);
});

/** Which two of these records make the run, as their places in the list. */
const matched = (sides: readonly SideRecord[], run?: string) => {
	const {from, to} = matchSides(sides, run);
	return [sides.indexOf(from), sides.indexOf(to)];
};

test('the sides of a run are found in any order', t => {
	const records = [
		sideFrom(1),
		sideTo(1),
		sideFrom(2, {run: 'c'}),
		sideTo(2, {run: 'c'}),
		sideFrom(3, {run: 'lost'.length.toString(16)}),
		sideTo(4, {run: 'd'}),
	];
	holds(
		t,
		fc.property(fc.shuffledSubarray(records, {minLength: records.length}), shuffled => {
			const {from, to} = matchSides(shuffled, 'c');
			t.deepEqual([from, to], [records[2], records[3]] as [SideRecord, SideRecord]);
			t.throws(() => matchSides(shuffled), {
				code: 'ERR_USAGE',
				message: 'the recordings have several runs with both their sides: 1a2b, c; name one with --run',
			});
		}),
	);
	t.deepEqual(matched([sideTo(1), sideFrom(1)]), [1, 0]);
	t.deepEqual(matched([sideFrom(1), sideTo(2, {run: 'd'}), sideTo(1)]), [0, 2], 'one run is whole: it is meant');
});

test('a file that is given twice has its sides once', t => {
	t.deepEqual(matched([sideFrom(1), sideTo(1), sideFrom(1), sideTo(1)]), [2, 3]);
});

test('the same side recorded twice: nobody knows which belongs to the other', t => {
	t.throws(() => matchSides([sideFrom(1), sideTo(1), sideTo(2, {at: '2026-01-02T03:05:00.000Z'})]), {
		code: 'ERR_USAGE',
		message:
			'run 1a2b was received 2 times: on right b until 2026-01-02T03:04:05.000Z, on right b until 2026-01-02T03:05:00.000Z; give the files of one of them, or record again with another --run',
	});
	t.throws(() => matchSides([sideFrom(1), sideFrom(2), sideTo(1)]), {message: /run 1a2b was sent 2 times: on left a until/});
});

test('no run with both its sides: the runs that there are, and what to do', t => {
	for (const [sides, run, says] of [
		[[], undefined, 'no run is in the recordings with both its sides: sent none; received none;'],
		[[sideFrom(1)], undefined, 'no run is in the recordings with both its sides: sent 1a2b; received none;'],
		[[sideFrom(1), sideTo(1, {run: 'd'})], undefined, 'no run is in the recordings with both its sides: sent 1a2b; received d;'],
		[[sideFrom(1), sideTo(1)], 'e', 'no run e is in the recordings with both its sides: sent 1a2b; received 1a2b;'],
	] as const)
		t.throws(() => matchSides(sides, run), {
			code: 'ERR_USAGE',
			message: `${says} record both at the same time: --from IFACE on the one host, --to IFACE on the other`,
		});
});
