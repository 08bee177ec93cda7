// The FCP initiator (FCP-4): a window of commands over exchanges, their data and status; holes in a read whose status has come are read again without asking, a command that
// later ones overtake is asked about at once (recovery.ts). Pure. docs/fcoe.md compares the costs with what Linux's timers cost.
import type {Clock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import {RttEstimate, type RttOptions} from '../../base/rtt.js';
import {R_A_TOV} from '../../fcoe/els.js';
import type {ExchangeStatus, FcpSide} from '../../fcoe/fcp-side.js';
import type {IncomingFrame} from '../../fcoe/frame.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {VnPort} from '../../fcoe/vn-port.js';
import {fCtl, RX_ID_UNKNOWN, rCtl} from '../../wire/fc.js';
import {rspCode, rspCodeNames} from '../../wire/fcp.js';
import {scsiStatus} from '../../wire/scsi-names.js';
import type {ScsiCommand, ScsiResult} from '../scsi/command.js';
import type {SessionCounters} from '../session.js';
import {Exchange} from './exchange.js';
import {Exchanges} from './exchanges.js';
import {Losses} from './losses.js';
import {OxIds} from './numbers.js';
import {partsOf} from './parts.js';
import {WaitingCommands} from './queue.js';
import {Recovery, type RecoveryHost} from './recovery.js';
import {Reinstatements} from './reinstate.js';
import {readResponse, readTransferReady} from './response.js';
import {sendAbort, sendCommand, sendWriteData} from './send.js';

export interface FcpInitiatorOptions {
	readonly clock: Clock;
	readonly counters: SessionCounters;
	/** The target to talk to: its WWPN, or the first that logs in when undefined. */
	readonly wwpn: bigint | undefined;
	/** Commands outstanding at the most. Default 64. */
	readonly window?: number;
	/** Frames of read data that may be under way: what the receive ring holds. */
	readonly frames: number;
	readonly rtt?: RttOptions;
}

/** Commands that must overtake a silent one before it is asked about. */
const OVERTAKERS = 3;

export class FcpInitiator implements FcpSide {
	readonly counters: SessionCounters;
	readonly losses = new Losses();
	readonly rtt: RttEstimate;
	readonly actions = {recs: 0, srrs: 0, aborts: 0, rereads: 0, resent: 0};
	/** The target, while it is logged in. */
	remote: RemotePort | undefined;
	/** Targets that have logged in, in the order they did. */
	readonly targets = new Set<RemotePort>();
	dueMs = Number.POSITIVE_INFINITY;
	readonly #options: FcpInitiatorOptions;
	readonly #clock: Clock;
	readonly #window: number;
	readonly #exchanges = new Exchanges();
	readonly #oxIds = new OxIds();
	readonly #reinstate = new Reinstatements();
	readonly #queue = new WaitingCommands();
	#framesOut = 0;
	#number = 0;
	readonly #recovery: Recovery;
	#port: VnPort | undefined;
	#told: Array<() => void> = [];

	constructor(options: FcpInitiatorOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.counters = options.counters;
		this.#window = options.window ?? 64;
		this.rtt = new RttEstimate(options.rtt ?? {minimumMs: 10});
		this.#recovery = new Recovery(this.#recoveryHost());
	}

	#recoveryHost(): RecoveryHost {
		const engine = this;
		return {
			clock: this.#clock,
			rtt: this.rtt,
			counters: this.counters,
			actions: this.actions,
			get remote() {
				return engine.remote;
			},
			get port() {
				return engine.#port!;
			},
			again: exchange => this.#again(exchange),
			due: atMs => {
				this.dueMs = Math.min(this.dueMs, atMs);
			},
		};
	}

	connect(port: VnPort): void {
		this.#port = port;
	}

	/** Commands without a result. */
	get outstanding(): number {
		return this.#exchanges.size + this.#queue.length;
	}

	/** Exchanges in use on the wire. */
	get open(): number {
		return this.#exchanges.size;
	}

	loggedIn(remote: RemotePort): void {
		this.targets.add(remote);
		if (this.remote !== undefined) return;
		if (this.#options.wwpn !== undefined && this.#options.wwpn !== remote.wwpn) return;
		this.remote = remote;
		this.#recovery.reset();
	}

	/** Everything in progress is sent again once the target is back; a write twice done is the same write. */
	loggedOut(remote: RemotePort): void {
		this.targets.delete(remote);
		if (this.remote !== remote) return;
		this.remote = undefined;
		const lost = this.#exchanges.all();
		this.#exchanges.clear();
		this.#framesOut = 0;
		const again: Exchange[] = [];
		for (const exchange of lost) {
			this.#oxIds.rest(exchange.oxId, this.#clock.now() + R_A_TOV);
			if (exchange.state === 'mending') {
				// its parts are queued again with the others
				this.#exchanges.add(exchange);
				continue;
			}
			exchange.got.clear();
			exchange.state = 'queued';
			again.push(exchange);
		}
		this.#queue.unshift(...again);
	}

	submit(scsi: ScsiCommand): void {
		const exchange = new Exchange(scsi);
		exchange.firstMs = this.#clock.now();
		this.#queue.push(exchange);
	}

	/** Sends what the window allows, and tells callers what has ended. Call it after every poll. */
	pump(): void {
		const {remote} = this;
		if (remote !== undefined)
			for (let next = this.#queue.next; next !== undefined && this.#fits(next, remote); next = this.#queue.next) {
				this.#queue.shift();
				this.#send(next, remote);
			}
		// the end of a part may be the end of its command
		for (let told = this.#told; told.length > 0; told = this.#told) {
			this.#told = [];
			for (const tell of told) tell();
		}
	}

	#fits(exchange: Exchange, remote: RemotePort): boolean {
		if (exchange.parent !== undefined) return true;
		if (this.#exchanges.size >= this.#window) return false;
		const frames = exchange.isRead ? Math.ceil(exchange.expected / remote.maxPayload) : 0;
		return this.#framesOut === 0 || this.#framesOut + frames <= this.#options.frames;
	}

	#send(exchange: Exchange, remote: RemotePort): void {
		const now = this.#clock.now();
		const oxId = this.#oxIds.take(id => this.#exchanges.get(id) !== undefined, now);
		if (oxId === undefined) {
			this.#fail(exchange, new NetstressError('ERR_IO', 'all exchange identifiers are in use'));
			return;
		}
		exchange.begin(oxId, ++this.#number, now, exchange.isRead ? Math.ceil(exchange.expected / remote.maxPayload) : 0);
		this.#framesOut += exchange.frames;
		this.#exchanges.add(exchange);
		if (exchange.tries === 1) this.counters.commands++;
		else this.counters.retransmits++;
		sendCommand(this.#port!.writer, remote, this.#port!.portId, exchange);
		this.dueMs = Math.min(this.dueMs, this.#recovery.patience(exchange), exchange.firstMs + (exchange.scsi.deadlineMs ?? Number.POSITIVE_INFINITY));
	}

	frame(remote: RemotePort, frame: IncomingFrame): void {
		const exchange = this.#exchanges.get(frame.oxId);
		if (remote !== this.remote || exchange === undefined || exchange.state === 'mending' || (frame.fCtl & fCtl.responder) === 0) {
			this.counters.late++;
			return;
		}
		const now = this.#clock.now();
		if (exchange.rxId === RX_ID_UNKNOWN) {
			// the first answer: how long the target took
			exchange.rxId = frame.rxId;
			if (exchange.repairs === 0 && exchange.expected > 0) this.rtt.sample(now - exchange.sentMs);
		}
		const silentMs = exchange.touchedMs;
		if (exchange.state !== 'aborting') exchange.touchedMs = now;
		exchange.overtaken = 0;
		if (frame.rCtl === rCtl.solicitedData) this.#data(exchange, frame);
		else if (frame.rCtl === rCtl.dataDescriptor) this.#transferReady(exchange, remote, frame, silentMs);
		else if (frame.rCtl === rCtl.commandStatus) this.#response(exchange, frame);
		else this.counters.unexpected++;
	}

	#data(exchange: Exchange, frame: IncomingFrame): void {
		const {dataIn} = exchange.scsi;
		const {parameter: offset, length} = frame;
		if (dataIn === undefined || (frame.fCtl & fCtl.relativeOffset) === 0 || offset + length > dataIn.length) {
			this.counters.unexpected++;
			return;
		}
		if (exchange.got.add(offset, offset + length) === 0) this.counters.duplicates++;
		else dataIn.set(frame.bytes.subarray(frame.at, frame.at + length), offset);
	}

	#transferReady(exchange: Exchange, remote: RemotePort, frame: IncomingFrame, silentMs: number): void {
		const {dataOut} = exchange.scsi;
		const wanted = dataOut === undefined || exchange.state === 'aborting' ? undefined : readTransferReady(frame, dataOut.length);
		if (wanted === undefined) {
			this.counters.unexpected++;
			return;
		}
		const {offset, end} = wanted;
		if (frame.seqId === exchange.readySeqId && offset < exchange.sentData) {
			// the network's copy of a request that was answered: a target that asks again does so in another sequence
			this.counters.duplicates++;
			return;
		}
		exchange.readySeqId = frame.seqId;
		if (exchange.sentData > offset) {
			// the target wants again what has been sent: frames of it were lost
			this.counters.retransmits += Math.ceil((Math.min(end, exchange.sentData) - offset) / remote.maxPayload);
			exchange.root.troubledMs ??= silentMs;
			exchange.lose('write data', offset, end - offset, 'sent again');
		}
		exchange.sentData = Math.max(exchange.sentData, end);
		sendWriteData(this.#port!.writer, remote, this.#port!.portId, exchange, offset, end);
		exchange.state = 'active';
		this.#recovery.rearm(exchange);
	}

	#response(exchange: Exchange, frame: IncomingFrame): void {
		const {isRead, expected, got} = exchange;
		const response = exchange.state === 'aborting' ? undefined : readResponse(frame, {isRead, expected, covered: got.covered});
		if (response === undefined) {
			this.counters.unexpected++;
			return;
		}
		const {code, result, due} = response;
		if (code !== rspCode.complete) {
			this.counters.errors++;
			this.#fail(
				exchange,
				new NetstressError('ERR_PROTOCOL', `the target refuses the command as FCP: ${rspCodeNames[code] ?? `response code ${code}`}`, {code}),
			);
			return;
		}
		if (!isRead || got.hole(0, due) === undefined) this.#complete(exchange, result);
		else this.#mend(exchange, result, due);
	}

	/** Status is here, data is missing: read the missing blocks again. Commands that cannot be divided are sent again as a whole. */
	#mend(exchange: Exchange, result: ScsiResult, due: number): void {
		const holes = exchange.got.holes(0, due);
		const parts = partsOf(exchange, holes, (mended, error) => this.#mended(exchange, mended, error));
		exchange.root.troubledMs ??= this.#clock.now();
		for (const {from, to} of holes) exchange.lose('data', from, to - from, parts === undefined ? 'sent again' : 'read again');
		if (parts === undefined) {
			this.#again(exchange);
			return;
		}
		this.#framesOut -= exchange.frames;
		exchange.frames = 0;
		exchange.state = 'mending';
		exchange.result = result;
		exchange.mending = parts.length;
		this.#queue.unshift(...parts);
		this.actions.rereads += parts.length;
		this.counters.retransmits += parts.length;
	}

	#mended(parent: Exchange, result: ScsiResult | undefined, error: NetstressError | undefined): void {
		if (parent.state === 'over') return;
		if (result === undefined || result.status !== scsiStatus.good) {
			if (result === undefined) this.#fail(parent, error ?? new NetstressError('ERR_IO', 'a part of a read could not be read again'));
			else this.#complete(parent, {...result, received: 0});
			return;
		}
		if (--parent.mending === 0) this.#complete(parent, parent.result!);
	}

	#complete(exchange: Exchange, result: ScsiResult): void {
		this.#remove(exchange);
		if (exchange.parent === undefined && exchange.losses.length > 0) {
			const costMs = (this.#clock.now() - exchange.troubledMs!) / exchange.losses.length;
			for (const loss of exchange.losses) this.losses.add({...loss, costMs});
		}
		this.#overtake(exchange);
		const {scsi} = exchange;
		this.#told.push(() => scsi.done(result));
	}

	#fail(exchange: Exchange, error: NetstressError): void {
		this.#remove(exchange);
		const {scsi} = exchange;
		this.#told.push(() => scsi.done(undefined, error));
	}

	#remove(exchange: Exchange): void {
		exchange.state = 'over';
		if (this.#exchanges.remove(exchange)) this.#framesOut -= exchange.frames;
	}

	/** A target that sends sequences again is asked early: a command that many later ones have passed has probably lost a frame. */
	#overtake(finished: Exchange): void {
		if (this.remote?.retry !== true) return;
		let looked = 0;
		for (let oldest = this.#exchanges.first; oldest !== undefined; oldest = oldest.after) {
			if (oldest.number > finished.number || ++looked > OVERTAKERS) return;
			if (oldest.state !== 'active') continue;
			if (++oldest.overtaken >= OVERTAKERS && this.#clock.now() - oldest.touchedMs >= this.rtt.smoothedMs) this.#recovery.ask(oldest);
			return;
		}
	}

	/** BA_ACC or BA_RJT: the target has let go of the exchange, or never had it. */
	aborted(remote: RemotePort, frame: IncomingFrame): void {
		const exchange = this.#exchanges.get(frame.oxId);
		if (remote !== this.remote || exchange?.state !== 'aborting') {
			this.counters.unexpected++;
			return;
		}
		if (frame.rCtl === rCtl.baAcc) this.#reinstate.add(remote, exchange.oxId, exchange.rxId, this.#clock.now());
		this.#again(exchange);
	}

	/** Sends a command anew, as another exchange, before everything that waits. */
	#again(exchange: Exchange): void {
		const now = this.#clock.now();
		this.#oxIds.rest(exchange.oxId, now + R_A_TOV);
		this.#remove(exchange);
		exchange.state = 'queued';
		exchange.got.clear();
		this.actions.resent++;
		this.#queue.unshift(exchange);
	}

	/** The target asks for the end of an exchange of ours. */
	abort(remote: RemotePort, {oxId}: IncomingFrame): boolean {
		const exchange = this.#exchanges.get(oxId);
		if (remote !== this.remote || exchange === undefined || exchange.state === 'mending') return false;
		this.#again(exchange);
		return true;
	}

	status(): ExchangeStatus | undefined {
		return undefined;
	}

	resend(): undefined {
		return undefined;
	}

	tick(nowMs: number): void {
		this.dueMs = Number.POSITIVE_INFINITY;
		const {remote} = this;
		for (const exchange of [...this.#exchanges.all(), ...this.#queue.all()]) {
			const deadline = exchange.firstMs + (exchange.scsi.deadlineMs ?? Number.POSITIVE_INFINITY);
			if (nowMs >= deadline) this.#expire(exchange, remote);
			else if (exchange.state !== 'queued' && remote !== undefined && nowMs >= this.#recovery.patience(exchange)) this.#recovery.impatient(exchange, remote);
			if (exchange.state !== 'over') this.dueMs = Math.min(this.dueMs, deadline, exchange.state === 'queued' ? deadline : this.#recovery.patience(exchange));
		}
		if (this.#port !== undefined) this.dueMs = Math.min(this.dueMs, this.#reinstate.tick(this.#port, nowMs));
	}

	#expire(exchange: Exchange, remote: RemotePort | undefined): void {
		if (!this.#queue.remove(exchange) && remote !== undefined && exchange.state !== 'mending') {
			sendAbort(this.#port!.writer, remote, this.#port!.portId, exchange);
			this.#oxIds.rest(exchange.oxId, this.#clock.now() + R_A_TOV);
		}
		this.counters.errors++;
		const what = remote === undefined ? 'the target is not logged in' : 'no answer';
		this.#fail(exchange, new NetstressError('ERR_TIMEOUT', `${what} for ${Math.round(exchange.scsi.deadlineMs ?? 0)} ms`));
	}

	/** Fails everything. */
	close(error: NetstressError): void {
		const all = [...this.#exchanges.all(), ...this.#queue.all()];
		this.#queue.clear();
		for (const exchange of all) if (exchange.parent === undefined) this.#fail(exchange, error);
		this.#exchanges.clear();
		this.#reinstate.clear();
		this.pump();
	}
}
