// The kernel's drops of one run, out of all that its drop monitor has seen: those of the run's protocol, at the run's two ends.
import type {Drop} from '../drops/drop.js';
import type {Place} from '../place.js';
import type {ReasonCount} from './close.js';
import type {Side} from './hop.js';

/** Where an end of the run is. */
export interface End {
	readonly iface: string;
	/** Undefined: any of its namespace. */
	readonly ifindex: number | undefined;
	/** Its network namespace's inode. */
	readonly netns: number;
}

/** Places before the wire: where nothing says which end it was, frames die there at the sender's. */
const sending: ReadonlySet<Place> = new Set(['refused', 'tx-ring', 'qdisc', 'driver-tx'] as const);

const keyOf = ({reason, symbol, protocol, ifindex, iface, netns}: Drop) => `${reason} ${symbol} ${protocol} ${ifindex} ${iface} ${netns}`;

/** What was dropped between two readings. */
export function dropsSince(after: readonly Drop[], before: readonly Drop[]): Drop[] {
	const known = new Map(before.map(drop => [keyOf(drop), drop.count]));
	return after.flatMap(drop => {
		const count = drop.count - (known.get(keyOf(drop)) ?? 0);
		return count > 0 ? [{...drop, count}] : [];
	});
}

/** Which end it happened at; undefined when at neither. Sources that know no namespace or interface leave only the place to go by. */
function sideOf(drop: Drop, from: End | undefined, to: End | undefined, oneWay: boolean): Side | undefined {
	const {netns, ifindex} = drop;
	const at = (end: End | undefined) =>
		end !== undefined && (netns === 0 || end.netns === netns) && (ifindex === 0 || end.ifindex === undefined || end.ifindex === ifindex);
	const [here, there] = [at(from), at(to)];
	const byPlace = sending.has(drop.place) ? 'from' : 'to';
	if (here && there) return byPlace;
	// two halves of a run on one host would both have it
	if (oneWay && netns === 0 && ifindex === 0) return (byPlace === 'from' ? here : there) ? byPlace : undefined;
	return here ? 'from' : there ? 'to' : undefined;
}

/**
 * The drops of frames of `protocols` (EtherTypes, host order) at either end, by side. `oneWay`: they go from `from` to `to` and never back, so that a drop at
 * an interface that the source does not know is placed by what dropped it, also where only one end is known.
 */
export function reasonsOf(drops: readonly Drop[], protocols: ReadonlySet<number>, from: End | undefined, to: End | undefined, oneWay = false): ReasonCount[] {
	return drops.flatMap(drop => {
		const side = protocols.has(drop.protocol) ? sideOf(drop, from, to, oneWay) : undefined;
		if (side === undefined) return [];
		const {place, protocolName: protocol, reason, symbol, count} = drop;
		return [{side, iface: drop.iface || (side === 'from' ? from : to)?.iface, place, protocol, reason, symbol, count}];
	});
}
