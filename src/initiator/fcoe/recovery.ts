// What is done about a command that has gone silent: asked after by REC, mended by SRR, or aborted by ABTS and sent anew (FCP-4 clause 12). Where Linux waits three
// seconds before it asks (E_D_TOV and one more), this asks after a few round-trip times.
import type {Clock} from '../../base/clock.js';
import type {RttEstimate} from '../../base/rtt.js';
import {aboutExchange, sequenceRetransmission} from '../../fcoe/els.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {ElsAnswer} from '../../fcoe/requests.js';
import type {VnPort} from '../../fcoe/vn-port.js';
import {RX_ID_UNKNOWN} from '../../wire/fc.js';
import {elsCommand, lsExplanation, lsReason, recAccept} from '../../wire/fc-els.js';
import type {SessionCounters} from '../session.js';
import type {Exchange} from './exchange.js';
import {remedyFor} from './remedy.js';
import {sendAbort} from './send.js';

/**
 * A target without sequence retransmission is asked later, milliseconds: libfc's answers REC for a command at work as if it had never come, as long as
 * the initiator cannot name its RX_ID (fc_exch_els_rec), and the command would be sent again for nothing.
 */
const PLAIN_PATIENCE_MS = 500;
/** Repairs of one try before the command is aborted and sent anew. */
const MOST_REPAIRS = 4;
const REC_TRIES = 4;

/** The engine that the commands belong to. */
export interface RecoveryHost {
	readonly clock: Clock;
	readonly rtt: RttEstimate;
	readonly counters: SessionCounters;
	readonly actions: {recs: number; srrs: number; aborts: number};
	/** The target, while it is logged in. */
	readonly remote: RemotePort | undefined;
	readonly port: VnPort;
	/** Sends a command anew, as another exchange. */
	again(exchange: Exchange): void;
	/** Something is to be done at this time: `tick` must not sleep beyond it. */
	due(atMs: number): void;
}

export class Recovery {
	readonly #host: RecoveryHost;
	#recUnsupported = false;

	constructor(host: RecoveryHost) {
		this.#host = host;
	}

	/** Another target, or the same after a login: what it could not do counts no more. */
	reset(): void {
		this.#recUnsupported = false;
	}

	/** When an exchange is asked about; while a request of ours about it is out, never. */
	patience({state, touchedMs, repairs}: Exchange): number {
		if (state === 'asking' || state === 'mending') return Number.POSITIVE_INFINITY;
		return touchedMs + Math.max(this.#host.rtt.timeoutMs(repairs + 1), this.#host.remote?.retry === false ? PLAIN_PATIENCE_MS : 0);
	}

	/** Patience counts again from here: `tick` must not sleep beyond it. */
	rearm(exchange: Exchange): void {
		this.#host.due(this.patience(exchange));
	}

	/** Something of this exchange is missing: ask the target how far it is (REC). */
	ask(exchange: Exchange): void {
		const remote = this.#host.remote;
		if (remote === undefined) return;
		exchange.root.troubledMs ??= exchange.touchedMs;
		exchange.repairs++;
		if (this.#recUnsupported || exchange.repairs > MOST_REPAIRS) {
			this.abort(exchange, remote);
			return;
		}
		exchange.state = 'asking';
		this.#host.actions.recs++;
		const {oxId, rxId, repairs, tries} = exchange;
		const port = this.#host.port;
		const still = () => exchange.state === 'asking' && exchange.oxId === oxId && exchange.tries === tries && this.#host.remote === remote;
		port.requests.start(
			{
				remote,
				write: aboutExchange(elsCommand.rec, port.portId, oxId, rxId),
				timeoutMs: this.#host.rtt.timeoutMs(repairs),
				tries: REC_TRIES,
				done: answer => {
					if (still()) this.#asked(exchange, remote, answer);
				},
			},
			this.#host.clock.now(),
		);
	}

	#asked(exchange: Exchange, remote: RemotePort, answer: ElsAnswer): void {
		if (answer.kind === 'accept' && answer.frame.length >= recAccept.length) {
			const {view, at} = answer.frame;
			this.#repair(exchange, remote, recAccept.fields.estat.read(view, at), recAccept.fields['rec.fc4value'].read(view, at));
			return;
		}
		if (answer.kind === 'reject' && answer.explanation === lsExplanation.exchangeId) {
			// the target knows nothing of it: the command never came, or it has forgotten that it answered
			exchange.lose(exchange.rxId === RX_ID_UNKNOWN ? 'command' : 'response', undefined, 0, 'sent again');
			this.#host.again(exchange);
			return;
		}
		if (answer.kind === 'reject' && (answer.reason === lsReason.unsupported || answer.explanation === lsExplanation.unsupported)) this.#recUnsupported = true;
		this.abort(exchange, remote);
	}

	/** What the target says of an exchange, and what follows from it. */
	#repair(exchange: Exchange, remote: RemotePort, status: number, transferred: number): void {
		const remedy = remedyFor(exchange, status, transferred, remote.retry);
		if (remedy.kind === 'wait') {
			if (exchange.root.losses.length === 0) exchange.root.troubledMs = undefined;
			exchange.state = 'active';
			exchange.touchedMs = this.#host.clock.now();
			this.rearm(exchange);
			return;
		}
		exchange.lose(remedy.lost, remedy.offset, remedy.bytes, remedy.kind === 'abort' ? 'abort and retry' : 'SRR');
		if (remedy.kind === 'abort') this.abort(exchange, remote);
		else this.#resend(exchange, remote, remedy.unit, remedy.from);
	}

	/** SRR: the target sends a unit again from an offset on. */
	#resend(exchange: Exchange, remote: RemotePort, unit: number, offset: number): void {
		const {oxId, rxId, tries, repairs} = exchange;
		const port = this.#host.port;
		exchange.state = 'resending';
		exchange.touchedMs = this.#host.clock.now();
		this.rearm(exchange);
		this.#host.actions.srrs++;
		this.#host.counters.retransmits++;
		port.requests.start(
			{
				remote,
				write: sequenceRetransmission(oxId, rxId, unit, offset),
				fc4: true,
				timeoutMs: this.#host.rtt.timeoutMs(repairs),
				tries: 1,
				done: answer => {
					if (exchange.state !== 'resending' || exchange.oxId !== oxId || exchange.tries !== tries || this.#host.remote !== remote) return;
					// no answer: what it would have brought may come all the same, else patience ends and REC is asked again
					if (answer.kind === 'reject') this.abort(exchange, remote);
				},
			},
			this.#host.clock.now(),
		);
	}

	/** ABTS, again until it is answered; the exchange goes on as a new one then. */
	abort(exchange: Exchange, remote: RemotePort): void {
		exchange.state = 'aborting';
		exchange.touchedMs = this.#host.clock.now();
		this.#host.actions.aborts++;
		sendAbort(this.#host.port.writer, remote, this.#host.port.portId, exchange);
		this.rearm(exchange);
	}

	impatient(exchange: Exchange, remote: RemotePort): void {
		if (exchange.state !== 'aborting') {
			this.ask(exchange);
			return;
		}
		exchange.repairs++;
		exchange.touchedMs = this.#host.clock.now();
		sendAbort(this.#host.port.writer, remote, this.#host.port.portId, exchange);
	}
}
