// What every back end of the drop monitor gives: which frames the kernel dropped, where and why.
import type {Place} from '../place.js';

/** `loss`: somebody wanted the frame. `harmless`: nobody here wanted it, or TCP repairs it. `policy`: a rule said so. */
export type DropKind = 'loss' | 'harmless' | 'policy';

/** One kind of drop, counted since the source was opened. */
export interface Drop {
	/** The kernel's name without `SKB_DROP_REASON_`; of another subsystem with its own prefix. `NOT_SPECIFIED` where the kernel gives none. */
	readonly reason: string;
	/** The kernel's function that dropped, without what the compiler adds; `0x…` where its name may not be seen; '' where there is none. */
	readonly symbol: string;
	/** EtherType in host order, or what the kernel put there (linux/if_ether.h); 0 where it is not known. */
	readonly protocol: number;
	readonly protocolName: string;
	/** '' where the kernel no longer knew it. */
	readonly iface: string;
	/** Within `netns`; 0 where it is not known. */
	readonly ifindex: number;
	/** The network namespace's inode, as `stat -L /proc/self/ns/net` shows it; 0 where it is not known. */
	readonly netns: number;
	/** Its name for people: of /run/netns, `self`, or `net:[inode]`; '' where it is not known. */
	readonly namespace: string;
	readonly place: Place;
	readonly kind: DropKind;
	readonly count: number;
}

export type SourceName = 'bpf' | 'tracefs' | 'netlink' | 'counters';

/** A dropped frame, as far as it was kept. */
export interface Sample {
	/** What it was dropped for; its count is 1. */
	readonly drop: Drop;
	/** The instruction behind the drop, `function+0x14e`; '' where the kernel hides it. */
	readonly location: string;
	/** Nanoseconds since 1970. */
	readonly time: bigint;
	/** Bytes that the frame had; without its link header where `link` is `ip`. */
	readonly length: number;
	readonly bytes: Uint8Array;
	/** What the bytes begin with. */
	readonly link: 'ethernet' | 'ip';
}

export interface DropSource {
	readonly name: SourceName;
	/** Sentences: what this source is blind to, here. */
	readonly cannotSee: readonly string[];
	/** Everything since it was opened; never throws for what the kernel says. Namespaces are not told apart here: filter by netns and ifindex. */
	read(): Drop[];
	/** Drops that happened and are not in `read`, as far as the source itself knows. */
	lostEvents(): number;
	/** The frames that were kept since the last call, the oldest first, where it was opened with samples and this source has bytes. */
	samples?(): Sample[];
	/** Samples that were made and found no room on their way here. */
	lostSamples?(): number;
	/** May be called again. */
	close(): void;
}

/** Adds up what has the same reason, function, protocol and interface; the largest first. */
export function mergeDrops(drops: Iterable<Drop>): Drop[] {
	const merged = new Map<string, Drop>();
	for (const drop of drops) {
		const key = `${drop.reason}/${drop.symbol}/${drop.protocol}/${drop.ifindex}/${drop.iface}/${drop.netns}/${drop.place}`;
		const before = merged.get(key);
		merged.set(key, before === undefined ? drop : {...drop, count: before.count + drop.count});
	}
	return [...merged.values()].sort((a, b) => b.count - a.count);
}
