// A counter of frames that were lost, or nearly: one shape for whatever the kernel, a driver or a socket counts, named by the place where it happened (place.ts).
// And what happened between two readings of it. Snapshots of all of them: snapshot.ts; where each comes from: docs/counters.md.
import {type Place, type PlaceFacts, places} from './place.js';

/**
 * Who counts: `rtnl` the interface (struct rtnl_link_stats64), `ethtool` its driver, `qstats` its queues (netdev generic netlink), `qdisc` queueing
 * disciplines, `softnet` a CPU, `sock_diag` and `procfs` a socket, `snmp` the namespace's protocols.
 */
export type Source = 'rtnl' | 'ethtool' | 'qstats' | 'qdisc' | 'softnet' | 'sock_diag' | 'procfs' | 'snmp';

/** Whose counter it is; nothing: the network namespace's. */
export interface Scope {
	readonly iface?: string;
	readonly cpu?: number;
	/** A socket, by its inode: the same number as in /proc/PID/fd. */
	readonly inode?: number;
	/** What a socket is bound to: `0.0.0.0:53`, `eth0 0x88a2`. */
	readonly bound?: string;
	/** The programs that have the socket, as `name[pid]`, where somebody has asked (programs.ts). */
	readonly program?: string;
}

export interface Counter {
	readonly place: Place;
	/** As its owner prints it: `rx_no_dma_resources`, `UdpRcvbufErrors`, `tbf 8001: root drops`. */
	readonly name: string;
	readonly source: Source;
	readonly scope: Scope;
	/** Since whatever its owner began to count at; in a difference, by how much it moved. Beyond 2^53 rounded. */
	readonly value: number;
	/** Its width where it wraps: 16 or 32. 64 bits do not wrap. */
	readonly bits?: 16 | 32;
	/**
	 * Counters that count the same frames too: `SOURCE:NAME` of the same scope or else of the namespace, `IFACE/SOURCE:NAME`, `*` for the interface where it may be any,
	 * `*PLACE/SOURCE:NAME` among those interfaces whose counter of that name is at that place; `A or B` where some frames are in the one, some in the other. `apart` subtracts by these, so that no frame is counted twice.
	 */
	readonly alsoIn?: readonly string[];
	/** Seen before frames are lost at this place; itself no loss. */
	readonly sign?: true;
	/** The place was guessed from the name: the driver is not in our table (drivers/table.ts). */
	readonly guessed?: true;
}

/** A counter that moved between two readings: `value` is by how much. */
export interface Moved extends Counter {
	/** What it stands at now. */
	readonly total: number;
	/** It went back: `value` is what was counted since, as far as one can know. Never negative. */
	readonly reset?: true;
	/** It went over its width and began again; `value` is right. */
	readonly wrapped?: true;
}

/** What a counter's movement means: its place's kind, but for signs. */
export const kindOf = ({place, sign}: Counter): PlaceFacts['kind'] => (sign ? 'sign' : places[place].kind);

/** The scope as a word: `eth0`, `cpu2`, `socket 12345`; empty for the namespace. */
export const scopeWord = ({iface, cpu, inode}: Scope): string => iface ?? (cpu === undefined ? (inode === undefined ? '' : `socket ${inode}`) : `cpu${cpu}`);

/** Whose counter it is, for people: `eth0`, `cpu 1`, what a socket is bound to with its programs; empty for the namespace. */
export function ownerOf({scope: {iface, cpu, bound, inode, program}}: Counter): string {
	if (iface !== undefined) return iface;
	if (cpu !== undefined) return `cpu ${cpu}`;
	if (inode === undefined) return '';
	return [bound, program].filter(word => word !== undefined).join(' ');
}

/** One counter of a snapshot, unmistakably: `eth0/rtnl:rx_dropped`, `/snmp:UdpInErrors`. */
export const counterKey = ({scope, source, name}: Counter): string => `${scopeWord(scope)}/${source}:${name}`;

/** From `before` to `after` of a counter of `bits` width. */
export function step(after: number, before: number, bits?: 16 | 32): {value: number; reset?: true; wrapped?: true} {
	if (after >= before) return {value: after - before};
	if (bits !== undefined) {
		const range = 2 ** bits;
		const value = (((after - before) % range) + range) % range;
		// 16 bits are soon through: always a wrap. A wrap of 32 bits that went more than half around is more likely a reset
		if (bits === 16 || value < range / 2) return {value, wrapped: true};
	}
	// a little back is a driver that sums while others count; far back is a reset, and what stands there came since
	return {value: after < before / 2 ? after : 0, reset: true};
}

/** What moved, and by how much. A counter that was not there before counts from zero: it is listed only while it is not zero, or its owner is new. */
export function movement(after: readonly Counter[], before: readonly Counter[]): Moved[] {
	const known = new Map(before.map(counter => [counterKey(counter), counter.value]));
	return after.flatMap(counter => {
		const moved = step(counter.value, known.get(counterKey(counter)) ?? 0, counter.bits);
		return moved.value === 0 && !moved.reset ? [] : [{...counter, ...moved, total: counter.value}];
	});
}

/** The counters, by index, that `words` of `counter.alsoIn` name. */
const named = (words: string, counter: Counter, at: ReadonlyMap<string, number>, counters: readonly Counter[]): number[] =>
	words.split(' or ').flatMap(word => namedBy(word, counter, at, counters));

function namedBy(word: string, counter: Counter, at: ReadonlyMap<string, number>, counters: readonly Counter[]): number[] {
	if (word.startsWith('*')) {
		const [place, name] = word.slice(1).split('/');
		const fits = (one: Counter) => one.scope.iface !== undefined && `${one.source}:${one.name}` === name && (place === '' || one.place === place);
		return counters.flatMap((one, i) => (fits(one) ? [i] : []));
	}
	const found = word.includes('/') ? at.get(word) : (at.get(`${scopeWord(counter.scope)}/${word}`) ?? at.get(`/${word}`));
	return found === undefined ? [] : [found];
}

/**
 * The same counters, each without what its parts say already: where the driver has counted 5 of the 7 that the interface has dropped, 5 and 2 remain.
 * Takes what moved between two readings (`movement`); the sum over the result counts every frame once, as far as `alsoIn` knows.
 */
export function apart<C extends Counter>(counters: readonly C[]): C[] {
	const at = new Map(counters.map((counter, i) => [counterKey(counter), i]));
	const wholes = counters.map(counter =>
		counter.sign ? [] : (counter.alsoIn ?? []).map(word => named(word, counter, at, counters).filter(i => counters[i] !== counter)),
	);
	/** Whatever holds this one, and whatever holds those. */
	const above = (i: number, seen = new Set<number>()): Set<number> => {
		for (const whole of wholes[i]!.flat()) {
			if (seen.has(whole)) continue;
			seen.add(whole);
			above(whole, seen);
		}
		return seen;
	};
	const rest = counters.map(({value}) => value);
	counters.forEach(({value}, i) => {
		const ancestors = new Map(wholes[i]!.flat().map(whole => [whole, above(whole)]));
		const depth = (group: readonly number[]) => Math.max(0, ...group.map(whole => ancestors.get(whole)!.size));
		const taken: {readonly whole: number; readonly amount: number}[][] = [];
		// the innermost first: what it has taken over it subtracts from its own wholes by itself
		for (const group of wholes[i]!.toSorted((a, b) => depth(b) - depth(a))) {
			const passedOn = taken.map(inner =>
				inner.reduce((sum, {whole: one, amount}) => sum + (group.some(whole => ancestors.get(one)!.has(whole)) ? amount : 0), 0),
			);
			let left = value - Math.max(0, ...passedOn);
			// one of several (`*`, `or`) has counted it, nobody says which
			const amounts = group.map(whole => {
				const amount = Math.min(left, rest[whole]!);
				rest[whole]! -= amount;
				left -= amount;
				return {whole, amount};
			});
			taken.push(amounts);
		}
	});
	return counters.map((counter, i) => ({...counter, value: rest[i]!}));
}
