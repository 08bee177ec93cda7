// Exchanges that were aborted: their qualifier is given back when no frame of them can be under way any more (RRQ, FC-LS-2 4.2.17).
import {aboutExchange, R_A_TOV} from '../../fcoe/els.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {VnPort} from '../../fcoe/vn-port.js';
import {elsCommand} from '../../wire/fc-els.js';

const RRQ_TIMEOUT_MS = 1000;
const RRQ_TRIES = 3;

export class Reinstatements {
	#list: Array<{readonly remote: RemotePort; readonly epoch: number; readonly oxId: number; readonly rxId: number; readonly atMs: number}> = [];

	add(remote: RemotePort, oxId: number, rxId: number, nowMs: number): void {
		this.#list.push({remote, epoch: remote.epoch, oxId, rxId, atMs: nowMs + R_A_TOV});
	}

	/** Sends what is due through `port`, forgets those of logins that are over, and gives the time of the next. */
	tick(port: VnPort, nowMs: number): number {
		if (this.#list.length === 0) return Number.POSITIVE_INFINITY;
		const current = this.#list.filter(({remote, epoch}) => remote.epoch === epoch);
		this.#list = current.filter(({atMs}) => nowMs < atMs);
		for (const {remote, oxId, rxId, atMs} of current)
			if (nowMs >= atMs)
				port.requests.start(
					{remote, write: aboutExchange(elsCommand.rrq, port.portId, oxId, rxId), timeoutMs: RRQ_TIMEOUT_MS, tries: RRQ_TRIES, done() {}},
					nowMs,
				);
		return this.#list.reduce((least, {atMs}) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
	}

	clear(): void {
		this.#list = [];
	}
}
