// SCSI commands over iSCSI: immediate, unsolicited and solicited data, Data-In, status (RFC 7143 4.2.5, 11.3 to 11.8).
import {dataOut, r2t, reservedTag, scsiCommand} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {opcode, rejectReason} from '../../wire/iscsi-names.js';
import {additionalSense, senseKey} from '../../wire/scsi-names.js';
import {check, type Done, good} from '../scsi/outcome.js';
import type {Connection} from './connection.js';
import {control} from './outbox.js';
import type {Session} from './session.js';
import {residual, type Solicited, Task} from './task.js';

const c = scsiCommand.fields;
const d = dataOut.fields;
const cdbAt = c._cdb.at;
const immediateBit = 0x40;
const finalBit = 0x80;
const readBit = 0x40;
const writeBit = 0x20;
/** Immediate-delivery commands at once: they do not count in the window, so they need a bound of their own. */
const maxImmediate = 64;
/** SPC-4 annex F: DATA PHASE ERROR. */
const dataPhaseError = 0x4b00;

const aborted = (code: number) => check(senseKey.aborted, code);

export class Commands {
	readonly #connection: Connection;
	#nextTag = 0;

	constructor(connection: Connection) {
		this.#connection = connection;
	}

	/** A SCSI Command PDU. */
	command(session: Session, pdu: Pdu): void {
		const {view, at} = pdu;
		const {target} = this.#connection;
		const immediate = (pdu.bytes[at]! & immediateBit) !== 0;
		const cmdSn = view.getUint32(at + c.cmdsn.at);
		const tag = view.getUint32(at + c.initiatortasktag.at);
		const admission = session.admit(cmdSn, immediate);
		if (admission === 'gap') {
			this.#connection.fail(rejectReason.protocol, pdu, `CmdSN ${cmdSn} where ${session.expCmdSn} was expected`);
			return;
		}
		if (admission === 'ignore') {
			target.counters.ignored++;
			return;
		}
		if (tag === reservedTag || session.tasks.has(tag)) {
			this.#connection.fail(rejectReason.taskInProgress, pdu, `task tag ${tag} is in use`);
			return;
		}
		if (immediate && session.tasks.size >= maxImmediate + target.options.queueDepth) {
			this.#connection.reject(rejectReason.tooManyImmediate, pdu.bytes.slice(at, at + cdbAt + 16));
			return;
		}
		target.counters.commands++;
		const flags = pdu.bytes[at + 1]!;
		const expected = view.getUint32(at + c['scsicommand.expecteddatatransferlength'].at);
		const lun = view.getBigUint64(at + c._lun.at);
		const nexus = session.nexus;
		if (nexus === undefined) return;
		const outcome = target.server.execute(nexus, lun, view, at + cdbAt);
		if (outcome.kind === 'done') {
			this.#respond(tag, outcome, 0, (flags & (readBit | writeBit)) !== 0 ? expected : 0, 0);
			return;
		}
		const inward = outcome.kind === 'write';
		const moves = (flags & (inward ? writeBit : readBit)) !== 0;
		const task = new Task(tag, lun, cmdSn, outcome, expected, moves);
		if (task.total === 0) {
			// nothing moves: a write of nothing is done, a parameter list of nothing is too short
			const done = inward ? target.server.finish(outcome) : good;
			this.#respond(tag, done, done.status === 0 ? task.wanted : 0, expected, 0);
			return;
		}
		session.tasks.set(tag, task);
		if (inward) this.#begin(session, task, pdu, (flags & finalBit) !== 0);
		else this.#connection.outbox.push(task);
	}

	/** A write begins: what came with the command is stored, then the rest is awaited or asked for. */
	#begin(session: Session, task: Task, pdu: Pdu, final: boolean): void {
		const {agreed} = session;
		if (pdu.dataLength > 0) {
			if (!agreed.immediateData || pdu.dataLength > Math.min(agreed.firstBurst, task.expected)) {
				this.#end(session, task, aborted(additionalSense.unexpectedUnsolicitedData));
				return;
			}
			this.#store(task, pdu);
		}
		if (!final && !agreed.initialR2T) task.unsolicitedSn = 0;
		task.solicitedTo = task.received;
		this.#proceed(session, task);
	}

	/** A Data-Out PDU. */
	dataOut(session: Session, pdu: Pdu): void {
		const {view, at} = pdu;
		const {counters} = this.#connection.target;
		const task = session.tasks.get(view.getUint32(at + d.initiatortasktag.at));
		if (task === undefined || task.outcome.kind !== 'write') {
			// its command was answered early or aborted (RFC 7143 11.4.3, 11.5.5)
			counters.ignored++;
			return;
		}
		const tag = view.getUint32(at + d.targettransfertag.at);
		const dataSn = view.getUint32(at + d.datasn.at);
		const offset = view.getUint32(at + d.bufferOffset.at);
		const final = (pdu.bytes[at + 1]! & finalBit) !== 0;
		const wrong = tag === reservedTag ? this.#unsolicited(session, task, pdu, dataSn, offset, final) : this.#solicited(task, pdu, tag, dataSn, offset, final);
		if (wrong !== undefined) {
			counters.protocolErrors++;
			this.#end(session, task, aborted(wrong));
		} else this.#proceed(session, task);
	}

	/** Returns the additional sense code that ends the command, or undefined. */
	#unsolicited(session: Session, task: Task, pdu: Pdu, dataSn: number, offset: number, final: boolean): number | undefined {
		if (task.unsolicitedSn === undefined) return additionalSense.unexpectedUnsolicitedData;
		const end = offset + pdu.dataLength;
		if (dataSn !== task.unsolicitedSn || offset !== task.received) return dataPhaseError;
		if (end > Math.min(session.agreed.firstBurst, task.expected)) return additionalSense.unexpectedUnsolicitedData;
		this.#store(task, pdu);
		task.unsolicitedSn = final ? undefined : dataSn + 1;
		task.solicitedTo = task.received;
		return undefined;
	}

	#solicited(task: Task, pdu: Pdu, tag: number, dataSn: number, offset: number, final: boolean): number | undefined {
		// DataSequenceInOrder and DataPDUInOrder are Yes: data comes for the oldest request, in order
		const request = task.solicited[0];
		if (request === undefined || request.tag !== tag) return dataPhaseError;
		if (dataSn !== request.dataSn || offset !== request.offset + request.received) return dataPhaseError;
		if (request.received + pdu.dataLength > request.length) return dataPhaseError;
		this.#store(task, pdu);
		request.received += pdu.dataLength;
		request.dataSn++;
		const whole = request.received === request.length;
		if (final !== whole) return dataPhaseError;
		if (whole) task.solicited.shift();
		return undefined;
	}

	/** Puts the data of a PDU, which comes in order, where it belongs. Past `total` the command has no use for it. */
	#store(task: Task, pdu: Pdu): void {
		const at = task.received;
		task.received += pdu.dataLength;
		const length = Math.min(pdu.dataLength, task.total - at);
		if (length <= 0) return;
		const {outcome} = task;
		if (outcome.kind !== 'write' || task.fault !== undefined) return;
		const {server, counters} = this.#connection.target;
		task.fault = server.store(outcome, pdu.bytes, pdu.dataAt, length, at);
		if (outcome.mode !== 'parameters') counters.writtenBytes += length;
	}

	/** Asks for more data, or ends the command when all of it is here. */
	#proceed(session: Session, task: Task): void {
		if (task.unsolicitedSn !== undefined) return;
		if (task.received >= task.total) {
			if (task.solicited.length > 0) return;
			const {outcome} = task;
			let done = task.fault;
			if (done === undefined && outcome.kind === 'write') done = session.target.server.finish(outcome);
			this.#end(session, task, done ?? good);
			return;
		}
		while (task.solicited.length < session.agreed.maxOutstandingR2T && task.solicitedTo < task.total) this.#ask(session, task);
	}

	#ask(session: Session, task: Task): void {
		this.#nextTag = (this.#nextTag + 1) % reservedTag;
		const offset = task.solicitedTo;
		const length = Math.min(session.agreed.maxBurst, task.total - offset);
		const request: Solicited = {tag: this.#nextTag, offset, length, received: 0, dataSn: 0};
		task.solicited.push(request);
		task.solicitedTo = offset + length;
		const number = task.r2tSn++;
		const encode = (view: DataView) =>
			r2t.encode(
				{
					opcode: opcode.r2t,
					_F: 1,
					_lun: task.lun,
					initiatortasktag: task.tag,
					targettransfertag: request.tag,
					r2tsn: number,
					bufferOffset: offset,
					desireddatalength: length,
				},
				view,
			);
		this.#connection.outbox.push(control(encode, undefined, false));
	}

	#end(session: Session, task: Task, done: Done): void {
		session.tasks.delete(task.tag);
		this.#respond(task.tag, done, done.status === 0 ? task.wanted : 0, task.expected, task.r2tSn);
	}

	#respond(tag: number, done: Done, wanted: number, expected: number, expDataSn: number): void {
		if (done.status !== 0) this.#connection.target.counters.checkConditions++;
		this.#connection.outbox.push({kind: 'status', tag, done, left: residual(wanted, expected), expDataSn});
	}
}
