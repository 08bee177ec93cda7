// An initiator port that is logged in: its nexus and its exchanges.

import {RttEstimate} from '../../base/rtt.js';
import {U32Map} from '../../base/u32-map.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {Nexus} from '../scsi/nexus.js';
import type {Exchange} from './exchange.js';

/** Answered exchanges that are remembered, for REC and SRR. */
const most = 2048;
const nothing: readonly Exchange[] = [];

export class Session {
	readonly remote: RemotePort;
	readonly nexus: Nexus;
	/** By OX_ID: those in progress, and the answered ones until their number is used again. */
	readonly exchanges = new U32Map<Exchange>();
	/** Commands in progress. */
	open = 0;
	/** From XFER_RDY to the first data. */
	readonly rtt = new RttEstimate({initialMs: 100, minimumMs: 20, maximumMs: 2000});
	#answered: Exchange[] = [];

	constructor(remote: RemotePort, nexus: Nexus) {
		this.remote = remote;
		this.nexus = nexus;
	}

	/** Keeps an answered exchange, and lets go of the older half when there are more than `room`. Returns those that are forgotten. */
	remember(exchange: Exchange, room: number): readonly Exchange[] {
		this.#answered.push(exchange);
		if (this.#answered.length <= Math.min(room, most)) return nothing;
		const old = this.#answered.splice(0, Math.ceil(this.#answered.length / 2));
		for (const each of old) if (this.exchanges.get(each.oxId) === each) this.exchanges.delete(each.oxId);
		return old;
	}

	/** Every answered exchange, forgotten. */
	clear(): Exchange[] {
		const all = this.#answered;
		this.#answered = [];
		this.exchanges.clear();
		return all;
	}
}
