// A remote port: a neighbour that this port logs in with, or that logs in here.
import {fcpParameter} from '../wire/fc-els.js';
import type {Neighbour} from './vn2vn.js';

/**
 * `waiting`: nothing sent yet. `flogi`: ours is out. `plogi-wait`: FLOGI is done and the peer, whose WWPN is higher, will send PLOGI. `plogi`: ours is out.
 * `logged-in`: ports know each other's parameters. `ready`: the processes are logged in too, commands may flow.
 */
export type RemoteState = 'waiting' | 'flogi' | 'plogi-wait' | 'plogi' | 'logged-in' | 'ready' | 'out';

export class RemotePort {
	readonly neighbour: Neighbour;
	state: RemoteState = 'waiting';
	/** Grows with every login and logout: what belongs to an older one is void. */
	epoch = 0;
	/** Bytes of payload that frames to it may have: the smaller of both sides' limits. */
	maxPayload = 0;
	/** FCP service parameters of its PRLI or of its accept. */
	parameters = 0;
	/** When the login state machine does something for it. */
	dueMs = Number.POSITIVE_INFINITY;
	/** Logins that failed since the last that succeeded. */
	failures = 0;
	#seqId = 0;

	constructor(neighbour: Neighbour) {
		this.neighbour = neighbour;
	}

	get portId(): number {
		return this.neighbour.portId;
	}

	get wwpn(): bigint {
		return this.neighbour.wwpn;
	}

	/** It can send sequences again (SRR), as FCP-4 12.4 has it. */
	get retry(): boolean {
		return (this.parameters & fcpParameter.retry) !== 0;
	}

	/** The identifier of the next sequence to it. */
	nextSeqId(): number {
		this.#seqId = (this.#seqId + 1) & 0xff;
		return this.#seqId;
	}
}
