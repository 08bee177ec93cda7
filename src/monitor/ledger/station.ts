// One end of a run, as the thread in its network namespace sees it: where it is, and what its counters did.
import {interfaceInfo} from '../../sys/interface.js';
import {ownNamespace} from '../../sys/namespace-visit.js';
import {settle} from '../settle.js';
import {allMoved, difference, readCounters, type Snapshot} from '../snapshot.js';
import type {End} from './reasons.js';
import type {SideRecord} from './side.js';

/** What moved around an interface. */
export type SideCounters = Pick<SideRecord, 'sent' | 'received' | 'moved' | 'driver'>;

export class Station {
	readonly end: End;
	readonly #read: () => Snapshot;
	readonly #before: Snapshot;

	/** Reads the counters of `iface` and of the namespace that this thread is in: what moves from now on counts. `read` is for tests. ERR_USAGE, ERR_SYSCALL. */
	constructor(iface: string, read = () => readCounters({ifaces: [iface]})) {
		this.end = {iface, ifindex: interfaceInfo(iface).index, netns: ownNamespace()};
		this.#read = read;
		this.#before = read();
	}

	/** What moved, once drivers that count late have counted. An interface that went away has taken its counters with it. */
	async moved(): Promise<SideCounters> {
		const {iface} = this.end;
		const moved = difference((await settle({read: this.#read})).snapshot, this.#before);
		const own = moved.interfaces.get(iface);
		const driver = this.#before.interfaces.get(iface)?.driver ?? '';
		return {sent: own?.sent ?? 0, received: own?.received ?? 0, moved: allMoved(moved), driver};
	}
}
