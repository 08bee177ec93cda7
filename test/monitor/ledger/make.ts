// Sides, counters and drops of a run made by hand: the sender's interface is `a`, the receiver's `b`.
import fc from 'fast-check';
import type {Moved} from '../../../src/monitor/counter.js';
import type {ReasonCount} from '../../../src/monitor/ledger/close.js';
import type {SideRecord} from '../../../src/monitor/ledger/side.js';
import {recordingHeader} from '../../../src/monitor/recording.js';

/** A counter of interface `b` that moved by `value`. */
export const moved = (name: string, value: number, more: Partial<Moved> = {}): Moved => ({
	place: 'nic-ring',
	name,
	source: 'rtnl',
	scope: {iface: 'b'},
	value,
	total: value,
	...more,
});

const either = {
	type: 'side',
	run: '1a2b',
	kernel: '6.1.0',
	at: '2026-01-02T03:04:05.000Z',
	driver: 'e1000e',
	sent: 0,
	received: 0,
	moved: [],
	reasons: [],
	unseen: 0,
	monitor: {source: 'bpf', cannotSee: ['the far side of the moon'], lostEvents: 0},
} as const;

export const sideFrom = (attempted: number, more: Partial<SideRecord> = {}): SideRecord => ({
	...either,
	side: 'from',
	host: 'left',
	iface: 'a',
	sender: {iface: 'a', attempted, refusals: {}, again: 0, leftover: 0},
	...more,
});

export const sideTo = (unique: number, more: Partial<SideRecord> = {}): SideRecord => ({
	...either,
	side: 'to',
	host: 'right',
	iface: 'b',
	receiver: {iface: 'b', kind: 'ring', unique, corrupted: 0, late: 0, ringDropped: 0},
	...more,
});

export const reason = (side: 'from' | 'to', place: ReasonCount['place'], count: number, name = place.toUpperCase()): ReasonCount => ({
	side,
	iface: side === 'from' ? 'a' : 'b',
	place,
	reason: name,
	symbol: 'somewhere',
	count,
});

/** The text of a recording with these lines. */
export const recorded = (...lines: readonly object[]): string =>
	[recordingHeader('ledger', 'netstress 0', new Date(0)), ...lines].map(line => `${JSON.stringify(line)}\n`).join('');

const count = fc.oneof({weight: 3, arbitrary: fc.nat(1000)}, fc.nat(2 ** 40));
const counter = (iface: string) =>
	fc.record({
		place: fc.constantFrom('nic-ring', 'driver-tx', 'qdisc', 'backlog', 'unhandled', 'unknown', 'socket', 'ring-veth', 'xdp', 'packet-ring', 'squeezed'),
		name: fc.constantFrom('rx_dropped', 'tx_dropped', 'dropped', 'rx_missed_errors', 'rx_queue_0_drops'),
		source: fc.constantFrom('rtnl', 'ethtool', 'softnet', 'qdisc', 'snmp'),
		scope: fc.constantFrom({iface}, {}, {cpu: 0}, {iface: 'other'}),
		value: count,
		total: count,
	}) as fc.Arbitrary<Moved>;
const reasonsAt = (side: 'from' | 'to') =>
	fc.uniqueArray(
		fc.record({
			side: fc.constant(side),
			iface: fc.constantFrom(side === 'from' ? 'a' : 'b', undefined),
			place: fc.constantFrom('qdisc', 'backlog', 'unhandled', 'filter', 'packet-ring', 'unknown'),
			reason: fc.constantFrom('QDISC_DROP', 'NOT_SPECIFIED'),
			symbol: fc.constantFrom('f', ''),
			count,
		}) as fc.Arbitrary<ReasonCount>,
		{maxLength: 3, selector: ({reason: name, symbol, place, iface}) => `${name} ${symbol} ${place} ${iface}`},
	);

/** Both sides of a run with any counts at all, true or not. */
export const anySides: fc.Arbitrary<readonly [SideRecord, SideRecord]> = fc
	.record({
		driver: fc.constantFrom('veth', 'e1000e', ''),
		numbers: fc.tuple(count, count, count, count, count, count, count, count, count, count),
		refusals: fc.dictionary(fc.constantFrom('EMSGSIZE', 'ENETDOWN', 'ENOBUFS', 'EIO', 'unsaid'), count),
		kind: fc.constantFrom('ring', 'tap', 'udp', 'none'),
		movedFrom: fc.uniqueArray(counter('a'), {maxLength: 6, selector: ({source, name, scope}) => `${source} ${name} ${JSON.stringify(scope)}`}),
		movedTo: fc.uniqueArray(counter('b'), {maxLength: 6, selector: ({source, name, scope}) => `${source} ${name} ${JSON.stringify(scope)}`}),
		reasons: fc.option(fc.tuple(reasonsAt('from'), reasonsAt('to')), {nil: undefined}),
	})
	.map(({driver, numbers, refusals, kind, movedFrom, movedTo, reasons}) => {
		const [attempted, again, leftover, unique, corrupted, late, ringDropped, sent, received, unseen] = numbers;
		return [
			sideFrom(0, {driver, sender: {iface: 'a', attempted, refusals, again, leftover}, moved: movedFrom, sent, unseen, reasons: reasons?.[0]}),
			sideTo(0, {
				driver,
				receiver: {iface: 'b', kind, unique, corrupted, late, ringDropped} as SideRecord['receiver'],
				moved: movedTo,
				received,
				reasons: reasons?.[1],
			}),
		] as const;
	});
