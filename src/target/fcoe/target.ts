// The FCP target (FCP-4): commands of the ports that are logged in, over the SCSI device server. Pure.
import type {Clock} from '../../base/clock.js';
import {U32Map} from '../../base/u32-map.js';
import type {ExchangeStatus, FcpSide} from '../../fcoe/fcp-side.js';
import type {IncomingFrame} from '../../fcoe/frame.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {VnPort} from '../../fcoe/vn-port.js';
import {RX_ID_UNKNOWN, rCtl} from '../../wire/fc.js';
import {eStat} from '../../wire/fc-els.js';
import {FCP_CMND_LENGTH, fcpCommand, rspCode, taskManagement} from '../../wire/fcp.js';
import {additionalSense, scsiStatus} from '../../wire/scsi-names.js';
import {fcTransportId} from '../../wire/scsi-transport-id.js';
import {type Done, good, volumeFault} from '../scsi/outcome.js';
import type {DeviceServer} from '../scsi/server.js';
import {noFcpCounts} from './counters.js';
import {Exchange, type FcpAnswer} from './exchange.js';
import {sendData, sendResponse, sendTransferReady} from './send.js';
import {Session} from './session.js';
import {WriteData, type WriteDataHost} from './write-data.js';

export interface FcpTargetOptions {
	readonly server: DeviceServer;
	readonly clock: Clock;
	/** Write data asked for at once over all exchanges, bytes: what the receive ring holds. Default 1 MiB. */
	readonly creditBytes?: number;
	/** Write data of one XFER_RDY, bytes. Default 256 KiB. */
	readonly burstBytes?: number;
	/** Commands of one initiator at once. Default 256. */
	readonly queueDepth?: number;
}

/** Answered exchanges that are remembered over all initiators: half of what RX_IDs can tell apart. */
const REMEMBERED = 0x8000;
const c = fcpCommand.fields;
const CDB_AT = c._cdb.at;

export class FcpTarget implements FcpSide {
	readonly counters = noFcpCounts();
	readonly server: DeviceServer;
	readonly #writes: WriteData;
	readonly #depth: number;
	readonly #sessions = new Map<RemotePort, Session>();
	readonly #byRxId = new U32Map<Exchange>();
	/** Forgotten ones, for the commands to come. */
	readonly #spare: Exchange[] = [];
	#nextRxId = 0;
	#port: VnPort | undefined;

	constructor({server, clock, creditBytes = 1 << 20, burstBytes = 256 << 10, queueDepth = 256}: FcpTargetOptions) {
		this.server = server;
		this.#depth = queueDepth;
		const host: WriteDataHost = {
			clock,
			counters: this.counters,
			ask: (exchange, from, length) => sendTransferReady(this.#port!.writer, exchange, this.#port!.portId, from, length),
			session: ({remote}) => this.#sessions.get(remote),
			whole: (session, exchange) => this.#burstDone(session, exchange),
			expired: (session, exchange) => this.#forget(session, exchange),
		};
		this.#writes = new WriteData(host, creditBytes, burstBytes);
	}

	get dueMs(): number {
		return this.#writes.dueMs;
	}

	/** The port that the target answers through. */
	connect(port: VnPort): void {
		this.#port = port;
	}

	/** Commands in progress, of all initiators. */
	get open(): number {
		let open = 0;
		for (const session of this.#sessions.values()) open += session.open;
		return open;
	}

	/** Initiators that are logged in. */
	get initiators(): readonly RemotePort[] {
		return [...this.#sessions.keys()];
	}

	loggedIn(remote: RemotePort): void {
		this.loggedOut(remote);
		this.counters.logins++;
		const nexus = this.server.attach({transportId: fcTransportId(remote.wwpn)}, lun => {
			const unit = this.server.units.get(lun);
			this.#abortAll(session, each => unit !== undefined && this.server.unit(each.lun) === unit);
		});
		const session: Session = new Session(remote, nexus);
		this.#sessions.set(remote, session);
	}

	loggedOut(remote: RemotePort): void {
		const session = this.#sessions.get(remote);
		if (session === undefined) return;
		this.#abortAll(session, () => true);
		this.#drop(session.clear());
		this.server.detach(session.nexus);
		this.#sessions.delete(remote);
	}

	frame(remote: RemotePort, frame: IncomingFrame): void {
		const session = this.#sessions.get(remote);
		if (session === undefined) return;
		if (frame.rCtl === rCtl.unsolicitedCommand) this.#command(session, frame);
		else if (frame.rCtl === rCtl.solicitedData) this.#data(session, frame);
		// FCP_CONF, which was not asked for, and whatever else a target has no use for
		else if (frame.rCtl !== rCtl.solicitedControl) this.counters.malformed++;
	}

	#command(session: Session, frame: IncomingFrame): void {
		const {view, at, length, oxId} = frame;
		const extra = length >= FCP_CMND_LENGTH ? c.addlcdblen.read(view, at) * 4 : 0;
		if (length < FCP_CMND_LENGTH + extra || oxId === RX_ID_UNKNOWN) {
			this.counters.malformed++;
			return;
		}
		const known = session.exchanges.get(oxId);
		if (known !== undefined) {
			if (known.state !== 'done' && known.isFor(view, at)) {
				this.counters.duplicateCommands++;
				return;
			}
			// the initiator uses the number again: the old exchange is over for it
			this.#forget(session, known);
		}
		this.counters.commands++;
		const flags = view.getUint8(at + c.rddata.at);
		const moves = (flags & 3) !== 0;
		const dl = moves ? view.getUint32(at + c.dl.at + extra) : 0;
		const exchange = this.#spare.pop() ?? new Exchange();
		exchange.begin(session.remote, oxId, this.#rxId(), view, at, dl);
		session.exchanges.set(oxId, exchange);
		this.#byRxId.set(exchange.rxId, exchange);
		session.open++;
		const management = view.getUint8(at + c.taskmgmt.at);
		if (management !== 0) this.#manage(session, exchange, management);
		else if (session.open > this.#depth) this.#answer(session, exchange, {kind: 'done', status: scsiStatus.taskSetFull, sense: undefined});
		else {
			exchange.outcome = this.server.execute(session.nexus, exchange.lun, view, at + CDB_AT);
			this.#carryOut(session, exchange, flags);
		}
	}

	#rxId(): number {
		do this.#nextRxId = (this.#nextRxId + 1) % RX_ID_UNKNOWN;
		while (this.#byRxId.has(this.#nextRxId));
		return this.#nextRxId;
	}

	#carryOut(session: Session, exchange: Exchange, flags: number): void {
		const {outcome} = exchange;
		if (outcome.kind === 'done') {
			this.#answer(session, exchange, outcome);
			return;
		}
		const inward = outcome.kind === 'write';
		// FCP-4 9.1.2.5: the direction of the command and of the data must agree
		if (exchange.expected > 0 && (flags & (inward ? 1 : 2)) === 0) {
			this.#finish(session, exchange, {done: good, residual: exchange.expected, code: rspCode.commandFields});
			return;
		}
		if (inward) {
			if (exchange.total === 0) this.#answer(session, exchange, good);
			else {
				this.#writes.enqueue(exchange);
				this.#writes.admit();
			}
			return;
		}
		const port = this.#port!;
		this.counters.reads++;
		const fault = sendData(port.writer, exchange, port.portId, 0);
		this.counters.readBytes += exchange.sent;
		this.#answer(session, exchange, fault === undefined ? good : volumeFault(fault, 'read'));
	}

	#data(session: Session, frame: IncomingFrame): void {
		const exchange = this.#byRxId.get(frame.rxId);
		if (exchange === undefined || exchange.remote !== session.remote || exchange.oxId !== frame.oxId || exchange.state !== 'receiving') {
			this.counters.strayData++;
			return;
		}
		this.#writes.data(session, exchange, frame);
	}

	#burstDone(session: Session, exchange: Exchange): void {
		const write = exchange.write!;
		const length = exchange.burstTo - exchange.burstFrom;
		exchange.fault ??= this.server.store(write, exchange.buffer!, 0, length, exchange.burstFrom);
		if (exchange.fault === undefined) this.counters.writtenBytes += length;
		if (exchange.fault === undefined && exchange.burstTo < exchange.total) this.#writes.enqueue(exchange);
		else {
			this.counters.writes++;
			this.#answer(session, exchange, exchange.fault ?? this.server.finish(write));
		}
	}

	#answer(session: Session, exchange: Exchange, done: Done): void {
		if (done.status !== scsiStatus.good) this.counters.checkConditions++;
		const moved = done.status === scsiStatus.good ? exchange.wanted : exchange.write === undefined ? exchange.sent : exchange.burstTo;
		this.#finish(session, exchange, {done, residual: exchange.expected - moved});
	}

	/** Says how the command ended, and remembers it. */
	#finish(session: Session, exchange: Exchange, answer: FcpAnswer): void {
		const port = this.#port!;
		exchange.answer = answer;
		exchange.state = 'done';
		session.open--;
		this.#writes.release(exchange);
		sendResponse(port.writer, exchange, port.portId, answer);
		this.#drop(session.remember(exchange, REMEMBERED / this.#sessions.size));
	}

	/** Forgets answered exchanges. */
	#drop(old: readonly Exchange[]): void {
		for (const each of old) {
			this.#unlist(each);
			this.#spare.push(each);
		}
	}

	/** Its number is free, unless it is another's by now. */
	#unlist(exchange: Exchange): void {
		if (this.#byRxId.get(exchange.rxId) === exchange) this.#byRxId.delete(exchange.rxId);
	}

	/** Ends an exchange without an answer. */
	#forget(session: Session, exchange: Exchange): void {
		this.#writes.forget(exchange);
		this.#unlist(exchange);
		if (session.exchanges.get(exchange.oxId) === exchange) session.exchanges.delete(exchange.oxId);
		if (exchange.state === 'done') return; // the session remembers it, and lets go of it in its turn
		session.open--;
		exchange.state = 'done';
		this.#spare.push(exchange);
	}

	#abortAll(session: Session, matches: (exchange: Exchange) => boolean): number {
		let count = 0;
		for (const exchange of session.exchanges.values()) {
			if (exchange.state === 'done' || !matches(exchange)) continue;
			this.#forget(session, exchange);
			count++;
		}
		if (count > 0) this.#writes.admit();
		return count;
	}

	/** Task management (FCP-4 9.1.2.4, SAM-5 clause 7). */
	#manage(session: Session, exchange: Exchange, flags: number): void {
		this.counters.taskManagement++;
		const unit = this.server.unit(exchange.lun);
		const sameLun = (each: Exchange) => each !== exchange && each.lun === exchange.lun;
		let code: number = rspCode.complete;
		if ((flags & (flags - 1)) !== 0) code = rspCode.commandFields;
		else if (flags === taskManagement.targetReset) {
			for (const each of this.#sessions.values()) this.#abortAll(each, other => other !== exchange);
			this.server.reset(additionalSense.busReset);
		} else if (unit === undefined) code = rspCode.incorrectLun;
		else if (flags === taskManagement.abortTaskSet) this.#abortAll(session, sameLun);
		else if (flags === taskManagement.clearTaskSet) {
			for (const each of this.#sessions.values()) {
				const cleared = this.#abortAll(each, sameLun);
				if (cleared > 0 && each !== session) each.nexus.attend(unit.lun, additionalSense.commandsCleared);
			}
		} else if (flags === taskManagement.lunReset) {
			for (const each of this.#sessions.values()) this.#abortAll(each, sameLun);
			this.server.reset(additionalSense.targetReset, unit.lun);
		} else code = rspCode.taskManagementRejected;
		this.#finish(session, exchange, {done: good, residual: 0, code});
	}

	/**
	 * An exchange by what a link service says of it. Linux uses an OX_ID again at once: an initiator that cannot name the RX_ID of an exchange that was answered
	 * may mean a later command, one that never came; to tell it "complete" would lose that command. Nothing was written without an XFER_RDY, which says
	 * the RX_ID, so what is done again for this is harmless.
	 */
	#find(remote: RemotePort, oxId: number, rxId: number): Exchange | undefined {
		const exchange = this.#sessions.get(remote)?.exchanges.get(oxId);
		if (exchange === undefined) return undefined;
		return (rxId === RX_ID_UNKNOWN ? exchange.state !== 'done' : rxId === exchange.rxId) ? exchange : undefined;
	}

	abort(remote: RemotePort, {oxId, rxId}: IncomingFrame): boolean {
		const session = this.#sessions.get(remote);
		const exchange = this.#find(remote, oxId, rxId);
		if (session === undefined || exchange === undefined) return false;
		this.counters.aborts++;
		this.#forget(session, exchange);
		this.#writes.admit();
		return true;
	}

	aborted(): void {}

	status(remote: RemotePort, originator: number, oxId: number, rxId: number): ExchangeStatus | undefined {
		this.counters.recs++;
		const exchange = originator === remote.portId ? this.#find(remote, oxId, rxId) : undefined;
		if (exchange === undefined) return undefined;
		const done = exchange.state === 'done';
		// while write data is awaited, the initiative is the initiator's
		const status = eStat.responder + (done ? eStat.complete : exchange.state === 'waiting' ? eStat.initiative : 0);
		const transferred = exchange.write === undefined ? exchange.sent : exchange.received;
		return {oxId: exchange.oxId, rxId: exchange.rxId, originator, responder: this.#port!.portId, transferred, status};
	}

	/** SRR: data from an offset on and then the response, the response, or XFER_RDY from an offset on. */
	resend(remote: RemotePort, oxId: number, rxId: number, unit: number, offset: number): (() => void) | undefined {
		this.counters.srrs++;
		const exchange = this.#find(remote, oxId, rxId);
		const port = this.#port!;
		if (exchange === undefined) return undefined;
		const {answer} = exchange;
		if (unit === rCtl.dataDescriptor && exchange.state === 'receiving') return () => this.#writes.ask(exchange);
		// still to be admitted: the XFER_RDY comes of itself
		if (unit === rCtl.dataDescriptor && exchange.state === 'waiting') return () => {};
		if (answer === undefined) return undefined;
		if (unit === rCtl.solicitedData && exchange.read !== undefined && offset <= exchange.total) {
			return () => {
				sendData(port.writer, exchange, port.portId, offset);
				sendResponse(port.writer, exchange, port.portId, answer);
			};
		}
		return unit === rCtl.commandStatus || unit === rCtl.dataDescriptor ? () => sendResponse(port.writer, exchange, port.portId, answer) : undefined;
	}

	/** Asks again for write data, and gives up what will never come. */
	tick(nowMs: number): void {
		this.#writes.tick(nowMs);
	}
}
