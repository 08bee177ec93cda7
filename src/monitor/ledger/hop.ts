// One row of the ledger: so many frames of a run were lost at this place, says this counter.
import type {Knob, Place} from '../place.js';

/** Where a place is: at the sending interface's host, between the two, or at the receiving one's. */
export type Side = 'from' | 'between' | 'to';

export interface Hop {
	readonly place: Place;
	readonly side: Side;
	/** The interface it happened at, where one is known. */
	readonly iface: string | undefined;
	/** Frames of the run that were lost here. */
	readonly count: number;
	/** What the frames were, by EtherType: `AoE`, `0x88b5`; undefined where a run sends several kinds and the counter does not tell them apart. */
	readonly protocol: string | undefined;
	/** The counter that says so, as its owner prints it. */
	readonly source: string;
	/** The kernel's drop reason, and the function that dropped, where the drop monitor saw it. */
	readonly reason: string | undefined;
	readonly symbol: string | undefined;
	/** Other counters that moved for the same frames, and by how much. */
	readonly confirmed: readonly {readonly source: string; readonly value: number}[];
	readonly knobs: readonly Knob[];
}

/** A frame's way through a run, closed: sent + again = received + the hops + unexplained. */
export interface Ledger {
	/** Frames that the sender tried to send, each once. */
	readonly sent: number;
	/** Tries beyond that: a kernel that throws a frame away and tells so is offered it again (a TX ring). */
	readonly again: number;
	/** Different frames that came, whole. */
	readonly received: number;
	readonly hops: readonly Hop[];
	/** What no counter says. Negative: more was counted as lost than is missing, because the counters saw other traffic too. */
	readonly unexplained: number;
	/** What has to be known to read the rows. */
	readonly notes: readonly string[];
}
