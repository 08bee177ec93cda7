// Where the frames of a run were lost: what the ends' counters say and what the kernel's drop reasons say, each frame once.
//
// The counters overlap: a frame that a veth peer's backlog had no room for is in the sender's tx_dropped, in the receiver's rx_dropped and in the drop reason
// CPU_BACKLOG. The loss on purpose, the initiator's ring and TCP count their own; reasons explain the rest frame by frame; what interfaces have beyond
// these is a row without a reason. Without a drop monitor (no root) there are only the counters.
import type {ReasonCount} from '../monitor/ledger/close.js';
import {type Knob, type Place, placeOrder, places} from '../monitor/place.js';
import type {Round} from './round.js';

/** So many frames were lost at this place, says this counter. */
export interface RaceLoss {
	readonly place: Place;
	/** Where it was, when that is one end; '' when it was either. */
	readonly iface: string;
	readonly count: number;
	readonly source: string;
	/** The kernel's drop reason and the function that dropped; '' where the drop monitor has not seen it. */
	readonly reason: string;
	readonly symbol: string;
	readonly knobs: readonly Knob[];
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** How many of both interfaces' counters have a frame that was dropped there (drivers/net/veth.c, veth_xmit; net/core/dev.c, enqueue_to_backlog). */
const inInterfaces: Partial<Record<Place, number>> = {backlog: 2, 'ring-veth': 1, 'driver-tx': 1, 'driver-rx': 1, unhandled: 1, 'other-host': 1, malformed: 1};
/** Where TCP's own counters have a frame too (TcpExt, net/ipv4/tcp_input.c). */
const inTcp: ReadonlySet<Place> = new Set(['socket', 'memory'] as const);

const row = (place: Place, count: number, source: string, {iface = '', reason = '', symbol = ''}: Partial<ReasonCount> = {}): RaceLoss => ({
	place,
	iface,
	count,
	source,
	reason,
	symbol,
	knobs: places[place].knobs,
});

/** The losses of one round, in the order of a frame's way, without those that nothing explains (`lostAt.cable`). */
export function lossesOf({seen: {lostAt, onPurposeAt, reasons}, report}: Pick<Round, 'seen' | 'report'>): RaceLoss[] {
	/** Frames that a counter of its own has: the reasons at these places say nothing new about as many. */
	const known = new Map<Place, number>([
		[onPurposeAt, lostAt.onPurpose],
		['packet-ring', Math.max(0, report.ringDropped ?? 0)],
	]);
	const rows = [row(onPurposeAt, lostAt.onPurpose, "the lab's loss (--loss)"), row('packet-ring', known.get('packet-ring') ?? 0, 'tp_drops of the initiator')];
	for (const reason of reasons ?? []) {
		if (places[reason.place].kind === 'harmless') continue;
		const covered = Math.min(reason.count, known.get(reason.place) ?? 0);
		known.set(reason.place, (known.get(reason.place) ?? 0) - covered);
		rows.push(row(reason.place, reason.count - covered, `drop reason ${reason.reason}`, reason));
	}
	const at = (has: (place: Place) => number) => sum((reasons ?? []).map(({place, count}) => count * has(place)));
	rows.push(
		row('socket', lostAt.tcp - at(place => (inTcp.has(place) ? 1 : 0)), 'TCPRcvQDrop and its like (netstat)'),
		row('unknown', lostAt.interfaces - at(place => inInterfaces[place] ?? 0), 'rx_dropped, tx_dropped and errors of the interfaces'),
	);
	return inOrder(rows);
}

const inOrder = (rows: readonly RaceLoss[]) =>
	rows.filter(({count}) => count > 0).sort((a, b) => placeOrder.indexOf(a.place) - placeOrder.indexOf(b.place) || b.count - a.count);

/** Frames lost in a round: all places together, and what nothing explains. */
export const lostIn = (round: Pick<Round, 'seen' | 'report'>): number => sum(lossesOf(round).map(({count}) => count)) + round.seen.lostAt.cable;

/** The rows of several rounds or results, those of one place and counter together. */
export function together(rows: readonly RaceLoss[]): RaceLoss[] {
	const by = new Map<string, RaceLoss>();
	for (const each of rows) {
		const key = `${each.place} ${each.source} ${each.iface} ${each.symbol}`;
		by.set(key, {...each, count: each.count + (by.get(key)?.count ?? 0)});
	}
	return inOrder([...by.values()]);
}
