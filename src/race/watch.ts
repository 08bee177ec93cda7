// The kernel's drop monitor over a whole race: what was dropped of the storage protocols' frames at the two ends, and why. Without root it sees nothing, and says nothing.
import {statSync} from 'node:fs';
import type {End} from '../monitor/ledger/reasons.js';
import {DropWatch} from '../monitor/ledger/watch.js';
import {interfaceInfo} from '../sys/interface.js';
import type {Surroundings} from './observe.js';

/** EtherTypes of AoE, FCoE, FIP, IPv4 and IPv6: what storage comes in. */
const storage: ReadonlySet<number> = new Set([0x88a2, 0x8906, 0x8914, 0x0800, 0x86dd]);

/** The end that a process is at, with all interfaces of its network namespace. */
export const endOf = (iface: string, pid: number): End => ({iface, ifindex: undefined, netns: statSync(`/proc/${pid}/ns/net`).ino});
/** An interface here. ERR_USAGE when there is none. */
export const endHere = (iface: string): End => ({iface, ifindex: interfaceInfo(iface).index, netns: statSync('/proc/thread-self/ns/net').ino});

export class RaceWatch {
	readonly #watch = new DropWatch(storage, false);

	/** What an observer of these ends asks. */
	at(from: End | undefined, to: End | undefined): NonNullable<Surroundings['drops']> {
		return {mark: () => this.#watch.mark(), since: () => this.#watch.since(from, to).reasons};
	}

	close(): void {
		this.#watch.close();
	}
}
