// The FCP initiator (FCP-4): a window of commands, and what is done about lost frames. Pure. Where Linux waits three seconds before it asks (E_D_TOV and
// one more), this one asks by REC after a few round-trip times, or at once when later commands overtake one that has gone silent; holes in a read whose
// status has come are read again without asking. docs/fcoe.md compares the costs.
import type {Clock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import {RttEstimate, type RttOptions} from '../../base/rtt.js';
import {aboutExchange, R_A_TOV, sequenceRetransmission} from '../../fcoe/els.js';
import type {ExchangeStatus, FcpSide} from '../../fcoe/fcp-side.js';
import type {IncomingFrame} from '../../fcoe/frame.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {ElsAnswer} from '../../fcoe/requests.js';
import type {VnPort} from '../../fcoe/vn-port.js';
import {fCtl, RX_ID_UNKNOWN, rCtl} from '../../wire/fc.js';
import {elsCommand, eStat, lsExplanation, lsReason, recAccept} from '../../wire/fc-els.js';
import {FCP_RSP_LENGTH, FCP_RSP_SHORT_LENGTH, fcpResponse, fcpTransferReady, rspCode, rspCodeNames, rspFlag} from '../../wire/fcp.js';
import {scsiStatus} from '../../wire/scsi-names.js';
import type {ScsiCommand, ScsiResult} from '../scsi/command.js';
import type {SessionCounters} from '../session.js';
import {Exchange} from './exchange.js';
import {Losses, type LostUnit, type Mending} from './losses.js';
import {OxIds} from './numbers.js';
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

/**
 * A target without sequence retransmission is asked later, milliseconds: libfc's answers REC for a command at work as if it had never come, as long as
 * the initiator cannot name its RX_ID (fc_exch_els_rec), and the command would be sent again for nothing.
 */
const PLAIN_PATIENCE_MS = 500;
/** Commands that must overtake a silent one before it is asked about. */
const OVERTAKERS = 3;
/** Repairs of one try before the command is aborted and sent anew. */
const MOST_REPAIRS = 4;
const REC_TRIES = 4;
const noSense = new Uint8Array(0);

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
	readonly #exchanges = new Map<number, Exchange>();
	readonly #oxIds = new OxIds();
	readonly #reinstate: Array<{remote: RemotePort; epoch: number; oxId: number; rxId: number; atMs: number}> = [];
	#queue: Exchange[] = [];
	#head = 0;
	#framesOut = 0;
	#number = 0;
	#port: VnPort | undefined;
	#recUnsupported = false;
	#told: Array<() => void> = [];

	constructor(options: FcpInitiatorOptions) {
		this.#options = options;
		this.#clock = options.clock;
		this.counters = options.counters;
		this.#window = options.window ?? 64;
		this.rtt = new RttEstimate(options.rtt ?? {minimumMs: 10});
	}

	connect(port: VnPort): void {
		this.#port = port;
	}

	/** Commands without a result. */
	get outstanding(): number {
		return this.#exchanges.size + this.#queue.length - this.#head;
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
		this.#recUnsupported = false;
	}

	/** Everything in progress is sent again once the target is back; a write twice done is the same write. */
	loggedOut(remote: RemotePort): void {
		this.targets.delete(remote);
		if (this.remote !== remote) return;
		this.remote = undefined;
		const lost = [...this.#exchanges.values()];
		this.#exchanges.clear();
		this.#framesOut = 0;
		const again: Exchange[] = [];
		for (const exchange of lost) {
			this.#oxIds.rest(exchange.oxId, this.#clock.now() + R_A_TOV);
			if (exchange.state === 'mending') {
				// its parts are queued again with the others
				this.#exchanges.set(exchange.oxId, exchange);
				continue;
			}
			exchange.got.clear();
			exchange.state = 'queued';
			again.push(exchange);
		}
		this.#queue = [...again, ...this.#queue.slice(this.#head)];
		this.#head = 0;
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
			while (this.#head < this.#queue.length && this.#fits(this.#queue[this.#head]!, remote)) this.#send(this.#queue[this.#head++]!, remote);
		if (this.#head > 0 && (this.#head === this.#queue.length || this.#head > 1024)) {
			this.#queue.splice(0, this.#head);
			this.#head = 0;
		}
		const told = this.#told;
		if (told.length === 0) return;
		this.#told = [];
		for (const tell of told) tell();
	}

	#fits(exchange: Exchange, remote: RemotePort): boolean {
		if (exchange.parent !== undefined) return true;
		if (this.#exchanges.size >= this.#window) return false;
		const frames = exchange.isRead ? Math.ceil(exchange.expected / remote.maxPayload) : 0;
		return this.#framesOut === 0 || this.#framesOut + frames <= this.#options.frames;
	}

	#send(exchange: Exchange, remote: RemotePort): void {
		const now = this.#clock.now();
		const oxId = this.#oxIds.take(id => this.#exchanges.has(id), now);
		if (oxId === undefined) {
			this.#fail(exchange, new NetstressError('ERR_IO', 'all exchange identifiers are in use'));
			return;
		}
		exchange.oxId = oxId;
		exchange.rxId = RX_ID_UNKNOWN;
		exchange.state = 'active';
		exchange.number = ++this.#number;
		exchange.tries++;
		exchange.repairs = 0;
		exchange.overtaken = 0;
		exchange.sentMs = now;
		exchange.touchedMs = now;
		exchange.sentData = 0;
		exchange.readySeqId = -1;
		exchange.frames = exchange.isRead ? Math.ceil(exchange.expected / remote.maxPayload) : 0;
		this.#framesOut += exchange.frames;
		this.#exchanges.set(oxId, exchange);
		if (exchange.tries === 1) this.counters.commands++;
		else this.counters.retransmits++;
		sendCommand(this.#port!.writer, remote, this.#port!.portId, exchange);
		this.dueMs = Math.min(this.dueMs, this.#patience(exchange), exchange.firstMs + (exchange.scsi.deadlineMs ?? Number.POSITIVE_INFINITY));
	}

	/** When an exchange is asked about; while a request of ours about it is out, never. */
	#patience({state, touchedMs, repairs}: Exchange): number {
		if (state === 'asking' || state === 'mending') return Number.POSITIVE_INFINITY;
		return touchedMs + Math.max(this.rtt.timeoutMs(repairs + 1), this.remote?.retry === false ? PLAIN_PATIENCE_MS : 0);
	}

	/** Patience counts again from here: `tick` must not sleep beyond it. */
	#rearm(exchange: Exchange): void {
		this.dueMs = Math.min(this.dueMs, this.#patience(exchange));
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
		const {view, at, length} = frame;
		if (dataOut === undefined || length < fcpTransferReady.length || exchange.state === 'aborting') {
			this.counters.unexpected++;
			return;
		}
		const offset = fcpTransferReady.fields.data_ro.read(view, at);
		const end = offset + fcpTransferReady.fields.burstlen.read(view, at);
		if (end > dataOut.length || end === offset) {
			this.counters.unexpected++;
			return;
		}
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
			this.#lost(exchange, 'write data', offset, end - offset, 'sent again');
		}
		exchange.sentData = Math.max(exchange.sentData, end);
		sendWriteData(this.#port!.writer, remote, this.#port!.portId, exchange, offset, end);
		exchange.state = 'active';
		this.#rearm(exchange);
	}

	#response(exchange: Exchange, {view, at, length, bytes}: IncomingFrame): void {
		if (length < FCP_RSP_SHORT_LENGTH || exchange.state === 'aborting') {
			this.counters.unexpected++;
			return;
		}
		const flags = fcpResponse.fields.rspflags.read(view, at);
		const long = length >= FCP_RSP_LENGTH;
		const resid = long && (flags & (rspFlag.under | rspFlag.over)) !== 0 ? view.getUint32(at + fcpResponse.fields.resid.at) : 0;
		const info = long && (flags & rspFlag.infoValid) !== 0 ? view.getUint32(at + fcpResponse.fields.rsplen.at) : 0;
		const senseLength = long && (flags & rspFlag.senseValid) !== 0 ? view.getUint32(at + fcpResponse.fields.snslen.at) : 0;
		const senseAt = at + FCP_RSP_LENGTH + info;
		const room = at + length;
		const code = info >= 4 && room >= at + FCP_RSP_LENGTH + 4 ? bytes[at + FCP_RSP_LENGTH + 3]! : rspCode.complete;
		if (code !== rspCode.complete) {
			this.counters.errors++;
			this.#fail(
				exchange,
				new NetstressError('ERR_PROTOCOL', `the target refuses the command as FCP: ${rspCodeNames[code] ?? `response code ${code}`}`, {code}),
			);
			return;
		}
		const sense = senseLength > 0 && senseAt < room ? bytes.slice(senseAt, Math.min(room, senseAt + senseLength)) : noSense;
		const under = (flags & rspFlag.under) !== 0 ? resid : 0;
		const status = fcpResponse.fields.status.read(view, at);
		// data that should have come: whatever the target did not say it left out
		const due = exchange.isRead && status === scsiStatus.good ? Math.max(0, exchange.expected - under) : exchange.got.covered;
		const result: ScsiResult = {
			status,
			sense,
			received: exchange.isRead ? due : exchange.expected - under,
			residual: (flags & rspFlag.over) !== 0 ? -resid : under,
		};
		const hole = exchange.isRead ? exchange.got.hole(0, due) : undefined;
		if (hole === undefined) this.#complete(exchange, result);
		else this.#mend(exchange, result, due);
	}

	/** Status is here, data is missing: read the missing blocks again. Commands that cannot be divided are sent again as a whole. */
	#mend(exchange: Exchange, result: ScsiResult, due: number): void {
		const holes = exchange.got.holes(0, due);
		const {scsi} = exchange;
		const parts = scsi.part === undefined ? [] : holes.map(({from, to}) => scsi.part!(from, to));
		exchange.root.troubledMs ??= this.#clock.now();
		for (const {from, to} of holes) this.#lost(exchange, 'data', from, to - from, parts.length > 0 ? 'read again' : 'sent again');
		if (parts.length === 0 || parts.some(part => part === undefined)) {
			this.#again(exchange);
			return;
		}
		this.#framesOut -= exchange.frames;
		exchange.frames = 0;
		exchange.state = 'mending';
		exchange.result = result;
		exchange.mending = parts.length;
		const children: Exchange[] = [];
		for (const part of parts) {
			const {cdb, from, to} = part!;
			this.actions.rereads++;
			const child = new Exchange(
				{
					lun: scsi.lun,
					cdb,
					dataIn: scsi.dataIn!.subarray(from, to),
					...(scsi.deadlineMs === undefined ? {} : {deadlineMs: scsi.deadlineMs}),
					part: (first, last) => {
						const inner = scsi.part!(from + first, from + last);
						return inner === undefined ? undefined : {cdb: inner.cdb, from: inner.from - from, to: inner.to - from};
					},
					done: (mended, error) => this.#mended(exchange, mended, error),
				},
				exchange,
			);
			child.firstMs = exchange.firstMs;
			children.push(child);
		}
		this.#queue = [...children, ...this.#queue.slice(this.#head)];
		this.#head = 0;
		this.counters.retransmits += children.length;
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
		if (this.#exchanges.get(exchange.oxId) === exchange) {
			this.#exchanges.delete(exchange.oxId);
			this.#framesOut -= exchange.frames;
		}
	}

	/** A target that sends sequences again is asked early: a command that many later ones have passed has probably lost a frame. */
	#overtake(finished: Exchange): void {
		if (this.remote?.retry !== true) return;
		let looked = 0;
		for (const oldest of this.#exchanges.values()) {
			if (oldest.number > finished.number || ++looked > OVERTAKERS) return;
			if (oldest.state !== 'active') continue;
			if (++oldest.overtaken >= OVERTAKERS && this.#clock.now() - oldest.touchedMs >= this.rtt.smoothedMs) this.#ask(oldest);
			return;
		}
	}

	#lost(exchange: Exchange, unit: LostUnit, offset: number | undefined, bytes: number, mending: Mending): void {
		exchange.root.losses.push({oxId: exchange.oxId, unit, offset, bytes, mending});
	}

	/** Something of this exchange is missing: ask the target how far it is (REC). */
	#ask(exchange: Exchange): void {
		const remote = this.remote;
		if (remote === undefined) return;
		exchange.root.troubledMs ??= exchange.touchedMs;
		exchange.repairs++;
		if (this.#recUnsupported || exchange.repairs > MOST_REPAIRS) {
			this.#abort(exchange, remote);
			return;
		}
		exchange.state = 'asking';
		this.actions.recs++;
		const {oxId, rxId, repairs, tries} = exchange;
		const port = this.#port!;
		const still = () => exchange.state === 'asking' && exchange.oxId === oxId && exchange.tries === tries && this.remote === remote;
		port.requests.start(
			{
				remote,
				write: aboutExchange(elsCommand.rec, port.portId, oxId, rxId),
				timeoutMs: this.rtt.timeoutMs(repairs),
				tries: REC_TRIES,
				done: answer => {
					if (still()) this.#asked(exchange, remote, answer);
				},
			},
			this.#clock.now(),
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
			this.#lost(exchange, exchange.rxId === RX_ID_UNKNOWN ? 'command' : 'response', undefined, 0, 'sent again');
			this.#again(exchange);
			return;
		}
		if (answer.kind === 'reject' && (answer.reason === lsReason.unsupported || answer.explanation === lsExplanation.unsupported)) this.#recUnsupported = true;
		this.#abort(exchange, remote);
	}

	/** What the target says of an exchange, and what follows from it (FCP-4 12.4, annex C; libfc fc_fcp_rec_resp). */
	#repair(exchange: Exchange, remote: RemotePort, status: number, transferred: number): void {
		const complete = (status & eStat.complete) !== 0;
		if (!complete && (status & eStat.initiative) !== 0) {
			// it is still at work
			if (exchange.root.losses.length === 0) exchange.root.troubledMs = undefined;
			exchange.state = 'active';
			exchange.touchedMs = this.#clock.now();
			this.#rearm(exchange);
			return;
		}
		const hole = exchange.isRead ? exchange.got.hole(0, exchange.expected) : undefined;
		const writing = exchange.scsi.dataOut !== undefined;
		if (!complete && writing && !remote.retry) {
			// it waits for data it asked for: the request or the data was lost, and it does not ask again by itself
			this.#lost(exchange, exchange.sentData === 0 ? 'transfer-ready' : 'write data', transferred, 0, 'abort and retry');
			this.#abort(exchange, remote);
			return;
		}
		if (!remote.retry) {
			this.#lost(exchange, hole === undefined ? 'response' : 'data', hole?.from, hole === undefined ? 0 : hole.to - hole.from, 'abort and retry');
			this.#abort(exchange, remote);
			return;
		}
		if (!complete && writing && transferred < exchange.expected) {
			this.#lost(exchange, exchange.sentData > transferred ? 'write data' : 'transfer-ready', transferred, 0, 'SRR');
			this.#resend(exchange, remote, rCtl.dataDescriptor, transferred);
		} else if (hole !== undefined) {
			this.#lost(exchange, 'data', hole.from, hole.to - hole.from, 'SRR');
			this.#resend(exchange, remote, rCtl.solicitedData, hole.from);
		} else {
			this.#lost(exchange, 'response', undefined, 0, 'SRR');
			this.#resend(exchange, remote, rCtl.commandStatus, 0);
		}
	}

	/** SRR: the target sends a unit again from an offset on. */
	#resend(exchange: Exchange, remote: RemotePort, unit: number, offset: number): void {
		const {oxId, rxId, tries, repairs} = exchange;
		const port = this.#port!;
		exchange.state = 'resending';
		exchange.touchedMs = this.#clock.now();
		this.#rearm(exchange);
		this.actions.srrs++;
		this.counters.retransmits++;
		port.requests.start(
			{
				remote,
				write: sequenceRetransmission(oxId, rxId, unit, offset),
				fc4: true,
				timeoutMs: this.rtt.timeoutMs(repairs),
				tries: 1,
				done: answer => {
					if (exchange.state !== 'resending' || exchange.oxId !== oxId || exchange.tries !== tries || this.remote !== remote) return;
					// no answer: what it would have brought may come all the same, else patience ends and REC is asked again
					if (answer.kind === 'reject') this.#abort(exchange, remote);
				},
			},
			this.#clock.now(),
		);
	}

	/** ABTS, again until it is answered; the exchange goes on as a new one then. */
	#abort(exchange: Exchange, remote: RemotePort): void {
		exchange.state = 'aborting';
		exchange.touchedMs = this.#clock.now();
		this.actions.aborts++;
		sendAbort(this.#port!.writer, remote, this.#port!.portId, exchange);
		this.#rearm(exchange);
	}

	/** BA_ACC or BA_RJT: the target has let go of the exchange, or never had it. */
	aborted(remote: RemotePort, frame: IncomingFrame): void {
		const exchange = this.#exchanges.get(frame.oxId);
		if (remote !== this.remote || exchange?.state !== 'aborting') {
			this.counters.unexpected++;
			return;
		}
		if (frame.rCtl === rCtl.baAcc) {
			const {oxId, rxId} = exchange;
			this.#reinstate.push({remote, epoch: remote.epoch, oxId, rxId, atMs: this.#clock.now() + R_A_TOV});
		}
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
		this.#queue = [exchange, ...this.#queue.slice(this.#head)];
		this.#head = 0;
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
		for (const exchange of [...this.#exchanges.values(), ...this.#queue.slice(this.#head)]) {
			const deadline = exchange.firstMs + (exchange.scsi.deadlineMs ?? Number.POSITIVE_INFINITY);
			if (nowMs >= deadline) this.#expire(exchange, remote);
			else if (exchange.state !== 'queued' && remote !== undefined && nowMs >= this.#patience(exchange)) this.#impatient(exchange, remote);
			if (exchange.state !== 'over') this.dueMs = Math.min(this.dueMs, deadline, exchange.state === 'queued' ? deadline : this.#patience(exchange));
		}
		for (let i = 0; i < this.#reinstate.length; ) {
			const {remote: peer, epoch, oxId, rxId, atMs} = this.#reinstate[i]!;
			if (nowMs < atMs && peer.epoch === epoch) {
				this.dueMs = Math.min(this.dueMs, atMs);
				i++;
				continue;
			}
			this.#reinstate.splice(i, 1);
			// the qualifier of an aborted exchange is given back (RRQ, FC-LS-2 4.2.17)
			if (peer.epoch !== epoch) continue;
			const port = this.#port!;
			port.requests.start({remote: peer, write: aboutExchange(elsCommand.rrq, port.portId, oxId, rxId), timeoutMs: 1000, tries: 3, done() {}}, nowMs);
		}
	}

	#impatient(exchange: Exchange, remote: RemotePort): void {
		if (exchange.state !== 'aborting') {
			this.#ask(exchange);
			return;
		}
		exchange.repairs++;
		exchange.touchedMs = this.#clock.now();
		sendAbort(this.#port!.writer, remote, this.#port!.portId, exchange);
	}

	#expire(exchange: Exchange, remote: RemotePort | undefined): void {
		const queued = this.#queue.indexOf(exchange, this.#head);
		if (queued >= 0) this.#queue.splice(queued, 1);
		else if (remote !== undefined && exchange.state !== 'mending') {
			sendAbort(this.#port!.writer, remote, this.#port!.portId, exchange);
			this.#oxIds.rest(exchange.oxId, this.#clock.now() + R_A_TOV);
		}
		this.counters.errors++;
		const what = remote === undefined ? 'the target is not logged in' : 'no answer';
		this.#fail(exchange, new NetstressError('ERR_TIMEOUT', `${what} for ${Math.round(exchange.scsi.deadlineMs ?? 0)} ms`));
	}

	/** Fails everything. */
	close(error: NetstressError): void {
		const all = [...this.#exchanges.values(), ...this.#queue.slice(this.#head)];
		this.#queue = [];
		this.#head = 0;
		for (const exchange of all) if (exchange.parent === undefined) this.#fail(exchange, error);
		this.#exchanges.clear();
		this.#reinstate.length = 0;
		this.pump();
	}
}
