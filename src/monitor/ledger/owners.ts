// The counters of both sides that moved, as the ledger's arithmetic wants them: each once, those that say most precisely where first.
import {apart, type Moved} from '../counter.js';
import {type Place, places} from '../place.js';
import type {Owner} from './close.js';
import type {Hop} from './hop.js';
import type {SideRecord} from './side.js';

/** Places before the wire: the sending side's counters are asked for these, the receiving side's for all others. */
const sending: ReadonlySet<Place> = new Set(['refused', 'tx-ring', 'qdisc', 'driver-tx'] as const);
/** Whether a counter is of the way out. What an interface counts as `tx_…` is, also where its row has a place that lies behind the wire (a veth's peer's ring). */
const isOfTheWayOut = ({place, source, name}: Moved): boolean => sending.has(place) || ((source === 'rtnl' || source === 'ethtool') && name.startsWith('tx'));

/** Where a veth loses frames within the sender's call: its tx_dropped counts these too (drivers/net/veth.c, veth_xmit). */
const withinVeth: ReadonlySet<Place> = new Set(['driver-tx', 'backlog', 'ring-veth'] as const);
/** Totals of an interface, which count frames of many places: asked last. */
const totals = ['rtnl:tx_dropped', 'rtnl:rx_dropped'];

const nameOf = ({source, name}: Moved) => `${source}:${name}`;

/** Reasons that the stack counts in rx_dropped as well (net/core/dev.c: dev_core_stats_rx_dropped_inc). */
const inReceiveDropped: ReadonlySet<Place> = new Set(['unhandled', 'other-host', 'backlog', 'driver-rx', 'malformed', 'unknown'] as const);

type Row = Pick<Hop, 'place' | 'side' | 'source'>;

/** What the ledger calls drops that a trace buffer has counted and the monitor has not. */
const notShown = 'drops that the monitor was not shown (trace buffer)';

/** Whether the interface total `counter` of `side` has counted the frames of `row` too. */
function totalCovers(counter: Moved, side: 'from' | 'to', row: Row, veth: boolean): boolean {
	if (row.source === notShown) return false;
	if (counter.name === 'tx_dropped') return side === 'from' && (veth ? withinVeth.has(row.place) : row.place === 'driver-tx' && row.side === 'from');
	// a veth peer that is down, or whose MTU is less, counts what its other end could not hand over
	return side === 'to' && ((row.side === 'to' && inReceiveDropped.has(row.place)) || (veth && row.place === 'driver-tx'));
}

function ownersOf(record: SideRecord, veth: boolean): Owner[] {
	const {side, iface, moved} = record;
	const mine = apart(moved).filter(counter => {
		const {place, scope, sign} = counter;
		return (
			sign === undefined &&
			places[place].kind !== 'sign' &&
			(scope.iface ?? iface) === iface &&
			isOfTheWayOut(counter) === (side === 'from') &&
			place !== 'packet-ring'
		);
	});
	// totals are taken whole: which rows they cover is known better here
	const whole = new Map(moved.filter(({scope}) => scope.iface === iface).map(counter => [nameOf(counter), counter.value]));
	const groups = new Map<string, Moved[]>();
	for (const counter of mine) {
		const name = nameOf(counter);
		if (counter.value <= 0 && !totals.includes(name)) continue;
		// a driver's queues count alike: together they are one counter
		const key = totals.includes(name) ? name : `${counter.source} ${counter.place}`;
		groups.set(key, [...(groups.get(key) ?? []), counter]);
	}
	return [...groups.values()].map((counters): Owner => {
		const [first] = counters as [Moved, ...Moved[]];
		const total = totals.includes(nameOf(first));
		const value = total ? (whole.get(nameOf(first)) ?? 0) : counters.reduce((sum, counter) => sum + counter.value, 0);
		const names = counters.map(({name}) => name);
		const source = `${names.length > 3 ? `${names.slice(0, 2).join(' + ')} + ${names.length - 2} more` : names.join(' + ')} (${first.source})`;
		const covers = (row: Row) => (total ? totalCovers(first, side, row, veth) : row.place === first.place && row.side === side);
		// a veth's tx_dropped says that its peer did not take the frame, not why: down, a smaller MTU, or no room
		const place = total && side === 'from' ? 'driver-tx' : first.place;
		return {source, side, iface: first.scope.iface, place, value, covers};
	});
}

/** What left the one interface and did not come to the other: cable and switch. Both counts have other traffic in them, alike on a cable. */
function between(from: SideRecord, to: SideRecord): Owner {
	const nic: readonly Place[] = ['nic-ring', 'nic-fifo', 'nic-error'];
	const lost = to.moved
		.filter(({source, scope, place}) => source === 'rtnl' && scope.iface === to.iface && nic.includes(place))
		.reduce((sum, {value}) => sum + value, 0);
	return {
		source: `tx_packets of ${from.iface} - rx_packets of ${to.iface}`,
		side: 'between',
		iface: undefined,
		place: 'wire',
		value: Math.max(0, from.sent - to.received - lost),
		covers: row => row.side === 'between',
	};
}

/** Drops that a counter of the kernel's tracing has and the drop monitor has not: where they happened is not known. */
const unseen = ({side, unseen: value}: SideRecord): Owner => ({
	source: notShown,
	side,
	iface: undefined,
	place: 'unknown',
	value,
	covers: () => false,
});

/** Those that say most precisely where come first, totals of an interface and what is only known to have been dropped last. */
function rank({place, source}: Owner): number {
	if (source === notShown) return 5;
	if (/^rx_dropped \(rtnl/.test(source)) return 4;
	if (place === 'wire') return 3;
	if (/^tx_dropped \(rtnl/.test(source)) return 2;
	return source.endsWith('(rtnl)') ? 1 : 0;
}

/** Every counter that moved on either side, in the order in which they are asked. */
export function ownersFrom(from: SideRecord, to: SideRecord): Owner[] {
	const veth = from.driver === 'veth';
	const moved = [...ownersOf(from, veth), ...ownersOf(to, veth), between(from, to), unseen(from), unseen(to)].filter(({value}) => value > 0);
	// softnet counts for the whole machine; what it dropped of this interface is in the interface's rx_dropped (net/core/dev.c, enqueue_to_backlog)
	const total = moved.find(({source, side}) => side === 'to' && source.startsWith('rx_dropped (rtnl')) ?? null;
	const owners = moved.map(owner => (owner.place === 'backlog' ? {...owner, within: total} : owner));
	return owners.sort((a, b) => rank(a) - rank(b));
}
