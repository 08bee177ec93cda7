// Link service requests of ours that wait for their answer. A lost one is sent again, each time as an exchange of its own: whatever comes late
// for an older one finds nobody.
import type {ElsWriter} from './els.js';
import type {IncomingFrame} from './frame.js';
import type {RemotePort} from './remote.js';

export type ElsAnswer =
	| {readonly kind: 'accept'; readonly frame: IncomingFrame}
	| {readonly kind: 'reject'; readonly reason: number; readonly explanation: number}
	| {readonly kind: 'timeout'};

export interface ElsRequest {
	readonly remote: RemotePort;
	readonly write: ElsWriter;
	/** The FIP descriptor to send it in; not in FIP when undefined. */
	readonly fip?: number;
	/** An FC-4 link service (SRR) instead of an extended one. */
	readonly fc4?: boolean;
	/** Milliseconds until it is sent again, doubled with each try. */
	readonly timeoutMs: number;
	readonly tries: number;
	done(answer: ElsAnswer): void;
}

interface Open {
	readonly request: ElsRequest;
	tries: number;
	dueMs: number;
}

/** Exchange identifiers of link services; those of commands lie below. */
export const FIRST_ELS_OX_ID = 0xf000;
const LAST_ELS_OX_ID = 0xfffd;
/** Of a LOGO whose answer nobody waits for. */
export const UNHEARD_OX_ID = 0xfffe;

export class ElsRequests {
	readonly #open = new Map<number, Open>();
	readonly #send: (request: ElsRequest, oxId: number) => void;
	#next = FIRST_ELS_OX_ID;
	/** When `tick` has something to do; may be early. */
	dueMs = Number.POSITIVE_INFINITY;
	readonly counters = {sent: 0, again: 0, timeouts: 0};

	constructor(send: (request: ElsRequest, oxId: number) => void) {
		this.#send = send;
	}

	/** Requests without an answer. */
	get outstanding(): number {
		return this.#open.size;
	}

	start(request: ElsRequest, nowMs: number): void {
		this.#put({request, tries: 1, dueMs: nowMs + request.timeoutMs});
	}

	#put(open: Open): void {
		do this.#next = this.#next >= LAST_ELS_OX_ID ? FIRST_ELS_OX_ID : this.#next + 1;
		while (this.#open.has(this.#next));
		this.#open.set(this.#next, open);
		this.dueMs = Math.min(this.dueMs, open.dueMs);
		this.counters.sent++;
		this.#send(open.request, this.#next);
	}

	/** The request that an answer from `portId` with this OX_ID belongs to; it is over then. */
	take(oxId: number, portId: number): ElsRequest | undefined {
		const open = this.#open.get(oxId);
		if (open === undefined || open.request.remote.portId !== portId) return undefined;
		this.#open.delete(oxId);
		return open.request;
	}

	/** Forgets everything asked of a port; nobody is told. */
	drop(remote: RemotePort): void {
		for (const [oxId, {request}] of this.#open) if (request.remote === remote) this.#open.delete(oxId);
	}

	tick(nowMs: number): void {
		if (nowMs < this.dueMs) return;
		this.dueMs = Number.POSITIVE_INFINITY;
		for (const [oxId, open] of [...this.#open]) {
			if (nowMs < open.dueMs) {
				this.dueMs = Math.min(this.dueMs, open.dueMs);
				continue;
			}
			this.#open.delete(oxId);
			const {request, tries} = open;
			if (tries < request.tries) {
				this.counters.again++;
				this.#put({request, tries: tries + 1, dueMs: nowMs + request.timeoutMs * 2 ** tries});
			} else {
				this.counters.timeouts++;
				request.done({kind: 'timeout'});
			}
		}
	}
}
