// What an initiator has to send, in order: requests made already, commands with their immediate data, and runs of Data-Out.
// Data is copied from the caller's buffer into the outgoing one when there is room for it, not before.
import {bhsLength, dataOut, reservedTag, scsiCommand} from '../../wire/iscsi.js';
import {digest, digestLength} from '../../wire/iscsi-digest.js';
import {opcode} from '../../wire/iscsi-names.js';
import type {Command, DataRun} from './command.js';

/** A PDU made already: basic header and data, padded. */
export interface Control {
	readonly kind: 'control';
	readonly pdu: Uint8Array;
	readonly login: boolean;
}

/** What counts at the moment of sending. */
export interface Stamps {
	readonly expStatSn: number;
	readonly headerDigest: boolean;
	readonly dataDigest: boolean;
	readonly initialR2T: boolean;
	readonly immediateData: boolean;
	readonly maxSend: number;
	readonly firstBurst: number;
}

/** No PDU carries more data than this, whatever the target takes: it must fit the outgoing buffer. */
export const maxSegment = 0x4_0000;
/** Bytes of an outgoing buffer that any PDU fits into. */
export const bufferBytes = maxSegment + 0x1000;

const expStatSnAt = scsiCommand.fields.expstatsn.at;
const finalBit = 0x80;
const readBit = 0x40;
const writeBit = 0x20;
const simple = 1;
const padded = (length: number) => (length + 3) & ~3;

export class Outgoing {
	readonly #stamps: Stamps;
	#queue: Array<Control | Command | DataRun> = [];
	#head = 0;

	constructor(stamps: Stamps) {
		this.#stamps = stamps;
	}

	get length(): number {
		return this.#queue.length - this.#head;
	}

	push(item: Control | Command | DataRun): void {
		this.#queue.push(item);
	}

	clear(): void {
		this.#queue = [];
		this.#head = 0;
	}

	/** Writes whole PDUs, as many as fit, and returns the bytes used. `into` holds `bufferBytes` at least. */
	pull(into: Uint8Array, view: DataView): number {
		let at = 0;
		while (this.#head < this.#queue.length) {
			const item = this.#queue[this.#head]!;
			const end =
				item.kind === 'control'
					? this.#control(item, into, view, at)
					: item.kind === 'command'
						? this.#command(item, into, view, at)
						: this.#data(item, into, view, at);
			if (end < 0) break;
			at = end;
			if (item.kind === 'data' && !item.command.abandoned && item.offset < item.end) break;
			this.#head++;
		}
		if (this.#head === this.#queue.length) this.clear();
		return at;
	}

	/** Bytes of a PDU with this much data. */
	#bytes(dataLength: number): number {
		const {headerDigest, dataDigest} = this.#stamps;
		return bhsLength + (headerDigest ? digestLength : 0) + padded(dataLength) + (dataDigest && dataLength > 0 ? digestLength : 0);
	}

	/** Writes digests and data around a header that lies at `at`; returns where the PDU ends. */
	#close(into: Uint8Array, view: DataView, at: number, data: Uint8Array | undefined, from: number, length: number): number {
		const {headerDigest, dataDigest} = this.#stamps;
		let end = at + bhsLength;
		if (headerDigest) {
			view.setUint32(end, digest(into, at, bhsLength), true);
			end += digestLength;
		}
		if (data === undefined || length === 0) return end;
		const dataAt = end;
		into.set(data.subarray(from, from + length), dataAt);
		end += padded(length);
		into.fill(0, dataAt + length, end);
		if (!dataDigest) return end;
		view.setUint32(end, digest(into, dataAt, end - dataAt), true);
		return end + digestLength;
	}

	#control({pdu, login}: Control, into: Uint8Array, view: DataView, at: number): number {
		const dataLength = pdu.length - bhsLength;
		if (at + (login ? pdu.length : this.#bytes(dataLength)) > into.length) return -1;
		if (login) {
			into.set(pdu, at);
			return at + pdu.length;
		}
		into.set(pdu.subarray(0, bhsLength), at);
		view.setUint32(at + expStatSnAt, this.#stamps.expStatSn);
		return this.#close(into, view, at, pdu, bhsLength, dataLength);
	}

	#command(command: Command, into: Uint8Array, view: DataView, at: number): number {
		if (command.abandoned) return at;
		const {initialR2T, immediateData, maxSend, firstBurst, expStatSn} = this.#stamps;
		const {scsi, expected} = command;
		const out = scsi.dataOut;
		const immediate = out && immediateData ? Math.min(out.length, maxSend, firstBurst, maxSegment) : 0;
		if (at + this.#bytes(immediate) > into.length) return -1;
		const unsolicitedTo = out === undefined || initialR2T ? immediate : Math.min(firstBurst, out.length);
		const final = unsolicitedTo === immediate;
		const flags = (final ? finalBit : 0) | (scsi.dataIn ? readBit : 0) | (out ? writeBit : 0) | simple;
		view.setUint32(at, (opcode.scsiCommand << 24) | (flags << 16));
		view.setUint32(at + 4, immediate);
		view.setBigUint64(at + 8, scsi.lun);
		view.setUint32(at + 16, command.tag);
		view.setUint32(at + 20, expected);
		view.setUint32(at + 24, command.cmdSn);
		view.setUint32(at + expStatSnAt, expStatSn);
		into.set(scsi.cdb, at + scsiCommand.fields._cdb.at);
		if (!final) {
			// the rest of the first burst goes right behind its command
			const run: DataRun = {kind: 'data', command, transferTag: reservedTag, lun: scsi.lun, offset: immediate, end: unsolicitedTo, dataSn: 0};
			this.#queue.splice(this.#head + 1, 0, run);
		}
		return this.#close(into, view, at, out, 0, immediate);
	}

	#data(run: DataRun, into: Uint8Array, view: DataView, from: number): number {
		const {command} = run;
		const out = command.scsi.dataOut;
		let at = from;
		while (out !== undefined && !command.abandoned && run.offset < run.end) {
			const length = Math.min(this.#stamps.maxSend, maxSegment, run.end - run.offset);
			if (at + this.#bytes(length) > into.length) return at === from ? -1 : at;
			const final = run.offset + length === run.end;
			view.setUint32(at, (opcode.dataOut << 24) | ((final ? finalBit : 0) << 16));
			view.setUint32(at + 4, length);
			view.setBigUint64(at + 8, run.lun);
			view.setUint32(at + 16, command.tag);
			view.setUint32(at + 20, run.transferTag);
			view.setUint32(at + 24, 0);
			view.setUint32(at + expStatSnAt, this.#stamps.expStatSn);
			view.setUint32(at + 32, 0);
			view.setUint32(at + dataOut.fields.datasn.at, run.dataSn++);
			view.setUint32(at + dataOut.fields.bufferOffset.at, run.offset);
			view.setUint32(at + 44, 0);
			at = this.#close(into, view, at, out, run.offset, length);
			run.offset += length;
		}
		return at;
	}
}
