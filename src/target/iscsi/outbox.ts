// What a connection has to send, in order. Data-In PDUs are made when there is room for them, from the volume straight into the
// buffer that goes out, so what waits here is small whatever was asked for.
import {bhsLength, dataIn, reservedTag, scsiResponse} from '../../wire/iscsi.js';
import {digest, digestLength} from '../../wire/iscsi-digest.js';
import {opcode} from '../../wire/iscsi-names.js';
import {next} from '../../wire/iscsi-serial.js';
import {type Done, volumeFault} from '../scsi/outcome.js';
import {type Residual, residual, type Task} from './task.js';

/** A PDU made already; its numbers are written when it goes. */
export interface Control {
	readonly kind: 'control';
	/** Basic header and data, padded. */
	readonly pdu: Uint8Array;
	readonly dataLength: number;
	/** It carries a status and so takes a number; others carry the number of the status to come. */
	readonly status: boolean;
	/** It belongs to the login and goes without digests. */
	readonly login: boolean;
}

/** The status of a command: a SCSI Response, made when there is room for it. */
export interface Status {
	readonly kind: 'status';
	readonly tag: number;
	readonly done: Done;
	readonly left: Residual;
	/** Data-In and R2T PDUs that the command had. */
	readonly expDataSn: number;
}

type Item = Control | Status | Task;

/** What the outbox needs to know of its connection at the moment of sending. */
export interface Stamps {
	statSn: number;
	readonly expCmdSn: number;
	readonly maxCmdSn: number;
	readonly headerDigest: boolean;
	readonly dataDigest: boolean;
	readonly maxSend: number;
	readonly maxBurst: number;
	/** A command is over: `done` is undefined for GOOD. */
	finished(task: Task, done: Done | undefined): void;
}

const f = dataIn.fields;
const r = scsiResponse.fields;
const statSnAt = f.statsn.at;
const expCmdSnAt = f.expcmdsn.at;
const maxCmdSnAt = f.maxcmdsn.at;
const finalBit = 0x80;
const overflowBit = 0x04;
const underflowBit = 0x02;
const statusBit = 0x01;
const padded = (length: number) => (length + 3) & ~3;

export class Outbox {
	readonly #stamps: Stamps;
	#queue: Item[] = [];
	#head = 0;
	#enough = 0;

	constructor(stamps: Stamps) {
		this.#stamps = stamps;
	}

	/** Items that wait. */
	get length(): number {
		return this.#queue.length - this.#head;
	}

	push(item: Item): void {
		this.#queue.push(item);
	}

	clear(): void {
		this.#queue = [];
		this.#head = 0;
	}

	/**
	 * Writes whole PDUs into `into`, as many as fit, and returns the bytes used. `into` must hold 64 KiB at least.
	 * After `enough` bytes no further PDU is begun: what is sent early is worked on by the peer while the rest is made.
	 */
	pull(into: Uint8Array, view: DataView, enough: number = into.length): number {
		this.#enough = enough;
		let at = 0;
		while (this.#head < this.#queue.length && at < enough) {
			const item = this.#queue[this.#head]!;
			const end = this.#write(item, into, view, at);
			if (end < 0) break;
			at = end;
			if (item.kind === 'task' && !item.aborted && item.sent < item.total) break;
			this.#head++;
		}
		if (this.#head === this.#queue.length) this.clear();
		else if (this.#head > 1024) {
			this.#queue.splice(0, this.#head);
			this.#head = 0;
		}
		return at;
	}

	/** Writes an item, or what fits of it; returns where it ends, -1 when nothing fits. */
	#write(item: Item, into: Uint8Array, view: DataView, at: number): number {
		switch (item.kind) {
			case 'control':
				return this.#control(item, into, view, at);
			case 'status':
				return this.#status(item, into, view, at);
			default:
				return this.#data(item, into, view, at);
		}
	}

	#stamp(view: DataView, at: number, status: boolean): void {
		const stamps = this.#stamps;
		view.setUint32(at + statSnAt, stamps.statSn);
		view.setUint32(at + expCmdSnAt, stamps.expCmdSn);
		view.setUint32(at + maxCmdSnAt, stamps.maxCmdSn);
		if (status) stamps.statSn = next(stamps.statSn);
	}

	/** Bytes that digests add to a PDU. */
	#overhead(dataLength: number): number {
		return (this.#stamps.headerDigest ? digestLength : 0) + (this.#stamps.dataDigest && dataLength > 0 ? digestLength : 0);
	}

	#control(item: Control, into: Uint8Array, view: DataView, at: number): number {
		const {pdu, login} = item;
		const overhead = login ? 0 : this.#overhead(item.dataLength);
		if (at + pdu.length + overhead > into.length) return -1;
		into.set(pdu.subarray(0, bhsLength), at);
		this.#stamp(view, at, item.status);
		let end = at + bhsLength;
		if (!login && this.#stamps.headerDigest) {
			view.setUint32(end, digest(into, at, bhsLength), true);
			end += digestLength;
		}
		into.set(pdu.subarray(bhsLength), end);
		const dataAt = end;
		end += pdu.length - bhsLength;
		if (!login && this.#stamps.dataDigest && item.dataLength > 0) {
			view.setUint32(end, digest(into, dataAt, end - dataAt), true);
			end += digestLength;
		}
		return end;
	}

	/** A SCSI Response; sense data goes behind its length (RFC 7143 11.4.7). */
	#status({tag, done, left, expDataSn}: Status, into: Uint8Array, view: DataView, at: number): number {
		const {status, sense} = done;
		const dataLength = sense === undefined ? 0 : 2 + sense.length;
		if (at + bhsLength + padded(dataLength) + this.#overhead(dataLength) > into.length) return -1;
		const flags = finalBit | (left.overflow ? overflowBit : 0) | (left.underflow ? underflowBit : 0);
		view.setUint32(at, (opcode.scsiResponse << 24) | (flags << 16) | status);
		view.setUint32(at + 4, dataLength);
		view.setUint32(at + 8, 0);
		view.setUint32(at + 12, 0);
		view.setUint32(at + 16, tag);
		view.setUint32(at + 20, 0);
		this.#stamp(view, at, true);
		view.setUint32(at + r.expdatasn.at, expDataSn);
		view.setUint32(at + r['scsiresponse.bidireadresidualcount'].at, 0);
		view.setUint32(at + r['scsiresponse.residualcount'].at, left.count);
		let end = at + bhsLength;
		if (this.#stamps.headerDigest) {
			view.setUint32(end, digest(into, at, bhsLength), true);
			end += digestLength;
		}
		if (sense === undefined) return end;
		const dataAt = end;
		view.setUint16(dataAt, sense.length);
		into.set(sense, dataAt + 2);
		end += padded(dataLength);
		into.fill(0, dataAt + dataLength, end);
		if (!this.#stamps.dataDigest) return end;
		view.setUint32(end, digest(into, dataAt, end - dataAt), true);
		return end + digestLength;
	}

	/** Data-In PDUs of a task, to its end or to the end of the buffer; -1 when not one fits. */
	#data(task: Task, into: Uint8Array, view: DataView, from: number): number {
		const {maxSend, maxBurst, headerDigest} = this.#stamps;
		let at = from;
		while (!task.aborted && task.sent < task.total && (at < this.#enough || at === 0)) {
			const burstLeft = maxBurst - task.burst;
			const whole = Math.min(maxSend, burstLeft, task.total - task.sent);
			const room = into.length - at - bhsLength - this.#overhead(whole);
			// a PDU that does not fit waits for the next buffer; one that fits no buffer is cut
			if (room < padded(whole) && at > 0) return at === from ? -1 : at;
			const length = room < padded(whole) ? room & ~3 : whole;
			const dataAt = at + bhsLength + (headerDigest ? digestLength : 0);
			const fault = this.#fill(task, into, dataAt, length);
			if (fault !== undefined) return this.#failed(task, fault, into, view, at);
			at = this.#dataPdu(task, into, view, at, dataAt, length);
		}
		return at;
	}

	#fill(task: Task, into: Uint8Array, at: number, length: number): Done | undefined {
		const {outcome} = task;
		if (outcome.kind === 'reply') into.set(outcome.data.subarray(task.sent, task.sent + length), at);
		else if (outcome.kind === 'read') {
			const fault = outcome.volume.read(into, at, length, outcome.position + task.sent);
			if (fault !== undefined) return volumeFault(fault, 'read');
		}
		return undefined;
	}

	#dataPdu(task: Task, into: Uint8Array, view: DataView, at: number, dataAt: number, length: number): number {
		const stamps = this.#stamps;
		const offset = task.sent;
		task.sent += length;
		task.burst += length;
		const last = task.sent === task.total;
		const endOfBurst = last || task.burst >= stamps.maxBurst;
		let flags = endOfBurst ? finalBit : 0;
		let count = 0;
		if (last) {
			const {overflow, underflow, count: left} = residual(task.wanted, task.expected);
			flags |= statusBit | (overflow ? overflowBit : 0) | (underflow ? underflowBit : 0);
			count = left;
			stamps.finished(task, undefined);
		}
		if (endOfBurst) task.burst = 0;
		view.setUint32(at, (opcode.dataIn << 24) | (flags << 16));
		view.setUint32(at + 4, length);
		// no A bit is set, so LUN and target transfer tag are reserved (RFC 7143 11.7.4)
		view.setUint32(at + 8, 0);
		view.setUint32(at + 12, 0);
		view.setUint32(at + 16, task.tag);
		view.setUint32(at + 20, reservedTag);
		if (last) this.#stamp(view, at, true);
		else {
			view.setUint32(at + statSnAt, 0);
			view.setUint32(at + expCmdSnAt, stamps.expCmdSn);
			view.setUint32(at + maxCmdSnAt, stamps.maxCmdSn);
		}
		view.setUint32(at + f.datasn.at, task.dataSn++);
		view.setUint32(at + f.bufferOffset.at, offset);
		view.setUint32(at + f['scsidata.readresidualcount'].at, count);
		if (stamps.headerDigest) view.setUint32(at + bhsLength, digest(into, at, bhsLength), true);
		const end = dataAt + padded(length);
		into.fill(0, dataAt + length, end);
		if (!stamps.dataDigest) return end;
		view.setUint32(end, digest(into, dataAt, end - dataAt), true);
		return end + digestLength;
	}

	/** The medium failed under a read: what was sent stays sent, and the status says the rest. */
	#failed(task: Task, done: Done, into: Uint8Array, view: DataView, at: number): number {
		const left = {overflow: false, underflow: true, count: task.expected - task.sent};
		const end = this.#status({kind: 'status', tag: task.tag, done, left, expDataSn: task.dataSn}, into, view, at);
		if (end < 0) return -1;
		task.sent = task.total;
		this.#stamps.finished(task, done);
		return end;
	}
}

/** A PDU of a table with data behind it. */
export function control(encode: (view: DataView) => void, data: Uint8Array | undefined, status: boolean, login = false): Control {
	const dataLength = data?.length ?? 0;
	const pdu = new Uint8Array(bhsLength + padded(dataLength));
	encode(new DataView(pdu.buffer));
	if (data) pdu.set(data, bhsLength);
	return {kind: 'control', pdu, dataLength, status, login};
}
