// The ledger's arithmetic: what was sent, what came, and every counter that moved, made into rows that add up.
//
// Counters overlap: a frame that finds a veth peer's backlog full is in softnet's `dropped`, in the peer's rx_dropped, in the sender's tx_dropped, in the kernel's
// drop reason CPU_BACKLOG and in the sender's own ENOBUFS: five counters, one frame. So nothing is summed blindly:
//   1. what the two ends know themselves is certain: refusals with a reason, frames left in a ring, frames that came damaged or late, our own ring's losses;
//   2. drop reasons are next: the kernel counts each frame once there, with its protocol, so that other traffic stays out;
//   3. a counter that owns places explains what the reasons did not, up to what is missing: a drop monitor may have missed drops, or there may be none;
//   4. refusals without a place of their own explain the rest, up to how many there were;
//   5. what is still missing is unexplained.
import {type Place, placeOrder, places} from '../place.js';
import type {Hop, Ledger, Side} from './hop.js';

/** What the sender knows. */
export interface SenderCount {
	readonly iface: string;
	/** Frames that were tried. */
	readonly attempted: number;
	/** Frames that the kernel refused, by error; `unsaid` where it did not say. */
	readonly refusals: Readonly<Record<string, number>>;
	/** Tries that the kernel threw away and that were made again. */
	readonly again: number;
	/** Frames that were still in the transmit ring when it was closed. */
	readonly leftover: number;
}

/** What the receiver knows. */
export interface ReceiverCount {
	readonly iface: string;
	/** What counted: a packet ring where protocols get their frames, one before them that sees every frame, a UDP socket, or nobody. */
	readonly kind: 'ring' | 'tap' | 'udp' | 'none';
	/** Different frames that came whole. */
	readonly unique: number;
	/** Frames that came and whose check was wrong. */
	readonly corrupted: number;
	/** Frames that came when they had been given up. */
	readonly late: number;
	/** Frames that our own ring lost. */
	readonly ringDropped: number;
}

/** Frames of the run's protocol that the kernel dropped for a reason. */
export interface ReasonCount {
	readonly side: Side;
	readonly iface: string | undefined;
	readonly place: Place;
	/** As Hop has it. */
	readonly protocol?: string | undefined;
	readonly reason: string;
	readonly symbol: string;
	readonly count: number;
}

/** A counter that moved, and what it counts. */
export interface Owner {
	readonly source: string;
	readonly side: Side;
	readonly iface: string | undefined;
	/** Where its frames were lost if nothing better is known. */
	readonly place: Place;
	readonly value: number;
	/** A counter of this interface alone that counts its frames too, where it counts those of others as well; null: of this one it has none. */
	readonly within?: Owner | null;
	/** Rows whose frames it counts as well. */
	covers(hop: {readonly place: Place; readonly side: Side; readonly source: string; readonly symbol: string | undefined}): boolean;
}

export interface Evidence {
	readonly sender: SenderCount;
	readonly receiver: ReceiverCount;
	/** Undefined where no drop monitor with reasons was at work. */
	readonly reasons: readonly ReasonCount[] | undefined;
	/** Those that say most precisely where come first. */
	readonly owners: readonly Owner[];
	/** Of all frames of the run; undefined when there were several. */
	readonly protocol?: string | undefined;
	/** The sender tries again what the kernel refuses, and has not counted how often: what its queues dropped more than is missing were such tries. */
	readonly retries?: boolean;
}

/** Errors that name their cause. Any other (ENOBUFS above all) comes from a queue or driver below, whose counter has the frame too. */
const named: Readonly<Record<string, string>> = {
	EMSGSIZE: 'EMSGSIZE: longer than the MTU',
	ENETDOWN: 'ENETDOWN: the interface was down',
	ENXIO: 'ENXIO: the interface was gone',
	ENODEV: 'ENODEV: the interface was gone',
};

/** Places whose drops a sender on the same host is told of. */
const telling: ReadonlySet<Place> = new Set(['qdisc', 'driver-tx', 'backlog', 'ring-veth'] as const);

interface Row extends Omit<Hop, 'confirmed' | 'knobs' | 'protocol'> {
	readonly protocol?: string | undefined;
	readonly count: number;
}

const sum = (numbers: Iterable<number>): number => {
	let total = 0;
	for (const number of numbers) total += number;
	return total;
};

/** Rows that the two ends know by themselves. */
function certain({sender, receiver}: Evidence): Row[] {
	const row = (place: Place, side: Side, count: number, source: string): Row => {
		const iface = side === 'from' ? sender.iface : receiver.iface;
		return {place, side, iface, count, source, reason: undefined, symbol: undefined};
	};
	return [
		...Object.entries(named).map(([error, source]) => row('refused', 'from', sender.refusals[error] ?? 0, source)),
		row('tx-ring', 'from', sender.leftover, 'slots still in the ring at close'),
		row('packet-ring', 'to', receiver.ringDropped, 'tp_drops of the receiver'),
		row('application', 'to', receiver.corrupted, 'came with a wrong check'),
		row('application', 'to', receiver.late, 'came when they had been given up'),
	];
}

/** Where a tap gets its copy: what the kernel drops behind this place the tap has seen. */
const lastBeforeTap = placeOrder.indexOf('ring-veth');

/** Rows that the kernel's reasons give. The receiver's own ring has counted its losses already, and another program's ring loses copies. */
const reasoned = (reasons: readonly ReasonCount[], {kind}: ReceiverCount): Row[] =>
	reasons
		.filter(({place}) => place !== 'packet-ring')
		.filter(({place, side}) => kind !== 'tap' || side === 'from' || placeOrder.indexOf(place) <= lastBeforeTap)
		.map(({place, side, iface, count, protocol, reason, symbol}) => ({place, side, iface, count, protocol, source: `drop reason ${reason}`, reason, symbol}));

/** Closes the ledger of a run. Pure: the same evidence gives the same rows. */
export function closeLedger(evidence: Evidence): Omit<Ledger, 'notes'> {
	const {sender, receiver, owners} = evidence;
	const rows = [...certain(evidence), ...reasoned(evidence.reasons ?? [], receiver)].filter(({count}) => count > 0);
	/** Frames that a counter has and no row yet. */
	const surplus = (owner: Owner) => owner.value - sum(rows.filter(row => owner.covers(row)).map(({count}) => count));
	let missing = sender.attempted + sender.again - receiver.unique - sum(rows.map(({count}) => count));
	const add = (row: Row): void => {
		if (row.count <= 0) return;
		rows.push(row);
		missing -= row.count;
	};
	for (const owner of owners) {
		const {source, side, iface, place, within} = owner;
		const most = within === undefined ? Number.POSITIVE_INFINITY : within === null ? 0 : surplus(within);
		add({place, side, iface, count: Math.min(missing, surplus(owner), most), source, reason: undefined, symbol: undefined});
	}
	const unnamed = Object.entries(sender.refusals).filter(([error, count]) => !(error in named) && count > 0);
	const told = sum(unnamed.map(([, count]) => count));
	add({
		place: 'refused',
		side: 'from',
		iface: sender.iface,
		count: Math.min(missing, told),
		source: unnamed.map(([error]) => (error === 'unsaid' ? 'refused without a word' : error)).join(', '),
		reason: undefined,
		symbol: undefined,
	});
	const tries = sum(rows.filter(({place}) => telling.has(place)).map(({count}) => count));
	const guessed = evidence.retries && missing < 0 ? Math.min(-missing, tries) : 0;
	missing += guessed;
	const hops = rows
		.sort((a, b) => placeOrder.indexOf(a.place) - placeOrder.indexOf(b.place) || b.count - a.count)
		.map((row): Hop => {
			const confirmed = owners.filter(owner => owner.source !== row.source && owner.value > 0 && owner.covers(row)).map(({source, value}) => ({source, value}));
			return {...row, protocol: row.protocol ?? evidence.protocol, confirmed, knobs: places[row.place].knobs};
		});
	return {sent: sender.attempted, again: sender.again + guessed, received: receiver.unique, hops, unexplained: missing};
}
