// Losses by the counters that everybody may read, of this thread's network namespace: how many and at which place, but neither why nor in which function, and nothing
// for what no counter counts.

import {ownNamespace} from '../../sys/namespace-visit.js';
import {apart, kindOf} from '../counter.js';
import {allMoved, difference, readCounters, type Snapshot} from '../snapshot.js';
import type {Drop, DropSource} from './drop.js';

/** What moved between two snapshots, as drops; signs are none. `reason` is the counter's own name, with who counts it. */
export function counterDrops(after: Snapshot, before: Snapshot, netns: number): Drop[] {
	return apart(allMoved(difference(after, before)))
		.flatMap((counter): Drop[] => {
			const kind = kindOf(counter);
			if (kind === 'sign' || counter.value === 0) return [];
			const {iface = ''} = counter.scope;
			const ifindex = after.interfaces.get(iface)?.index ?? 0;
			const where = {iface, ifindex, netns, namespace: 'self'};
			return [
				{reason: `${counter.source}:${counter.name}`, symbol: '', protocol: 0, protocolName: '', ...where, place: counter.place, kind, count: counter.value},
			];
		})
		.sort((a, b) => b.count - a.count);
}

/** Opens the source; it needs no privilege. ERR_SYSCALL where the kernel has no netlink. */
export function openCounterSource(): DropSource {
	const netns = ownNamespace();
	const before = readCounters();
	let last = before;
	let closed = false;
	return {
		name: 'counters',
		cannotSee: [
			'why a frame was dropped, its protocol, and the function that dropped it: run as root',
			'drops that no counter counts, and those of other network namespaces, but for the backlogs of the CPUs, which are of the whole machine',
		],
		read() {
			if (!closed) last = readCounters();
			return counterDrops(last, before, netns);
		},
		lostEvents: () => 0,
		close: () => {
			closed = true;
		},
	};
}
