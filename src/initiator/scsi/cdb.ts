// The SCSI commands this initiator sends, and what their status means (SPC-4, SBC-3).
import {NetstressError} from '../../base/errors.js';
import * as cdb from '../../wire/scsi.js';
import {sense as senseTable} from '../../wire/scsi-data.js';
import {additionalSense, additionalSenseNames, scsiOpcode, scsiStatus, senseKey, senseKeyNames, serviceAction, statusNames} from '../../wire/scsi-names.js';

const made = (fill: (view: DataView) => void): Uint8Array => {
	const bytes = new Uint8Array(16);
	fill(new DataView(bytes.buffer));
	return bytes;
};

export const testUnitReadyCdb = () => made(v => cdb.testUnitReady.encode({opcode: scsiOpcode.testUnitReady}, v));
export const inquiryCdb = (page: number | undefined, length: number) =>
	made(v =>
		cdb.inquiry.encode(
			{opcode: scsiOpcode.inquiry, _evpd: page === undefined ? 0 : 1, '.scsi.inquiry.evpd.pagecode': page ?? 0, '.scsi.cdb.alloclen16': length},
			v,
		),
	);
export const readCapacity10Cdb = () => made(v => cdb.readCapacity10.encode({opcode: scsiOpcode.readCapacity10}, v));
export const readCapacity16Cdb = (length: number) =>
	made(v => cdb.readCapacity16.encode({opcode: scsiOpcode.serviceActionIn16, sa: serviceAction.readCapacity16, alloclen32: length}, v));
export const modeSense6Cdb = (length: number) =>
	made(v => cdb.modeSense6.encode({opcode: scsiOpcode.modeSense6, _dbd: 1, '.scsi.mode.sbc.pagecode': 0x3f, '.scsi.cdb.alloclen': length}, v));
export const reportLunsCdb = (length: number) => made(v => cdb.reportLuns.encode({opcode: scsiOpcode.reportLuns, '.scsi.cdb.alloclen32': length}, v));
export const synchronizeCdb = () => made(v => cdb.synchronizeCache10.encode({opcode: scsiOpcode.synchronizeCache10}, v));

/** READ or WRITE of `count` blocks at `lba`: the ten-byte form where it reaches, else the sixteen-byte one. */
export function transferCdb(write: boolean, lba: number, count: number): Uint8Array {
	// byte by byte: a view would move these sixteen bytes off the heap, and there is one for every request
	const bytes = new Uint8Array(16);
	if (lba <= 0xffff_ffff && count <= 0xffff) {
		bytes[0] = write ? scsiOpcode.write10 : scsiOpcode.read10;
		store32(bytes, 2, lba);
		bytes[7] = count >>> 8;
		bytes[8] = count;
	} else {
		bytes[0] = write ? scsiOpcode.write16 : scsiOpcode.read16;
		store32(bytes, 2, Math.floor(lba / 0x1_0000_0000));
		store32(bytes, 6, lba);
		store32(bytes, 10, count);
	}
	return bytes;
}

/** The part of a READ (10) or READ (16) that covers bytes [from, to) of its data in whole blocks; undefined for other commands. */
export function partOfRead(whole: Uint8Array, blockSize: number, from: number, to: number): {cdb: Uint8Array; from: number; to: number} | undefined {
	if (blockSize === 0 || (whole[0] !== scsiOpcode.read10 && whole[0] !== scsiOpcode.read16)) return undefined;
	const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
	const lba = whole[0] === scsiOpcode.read10 ? view.getUint32(2) : view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6);
	const first = Math.floor(from / blockSize);
	const end = Math.ceil(to / blockSize);
	return {cdb: transferCdb(false, lba + first, end - first), from: first * blockSize, to: end * blockSize};
}

function store32(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value >>> 24;
	bytes[at + 1] = value >>> 16;
	bytes[at + 2] = value >>> 8;
	bytes[at + 3] = value;
}

export interface Sense {
	readonly key: number;
	/** Additional sense code and qualifier. */
	readonly code: number;
}

/** Reads sense data, fixed or descriptor format (SPC-4 4.5); undefined when it is neither or too short. */
export function readSense(bytes: Uint8Array): Sense | undefined {
	const type = bytes.length > 0 ? bytes[0]! & 0x7f : 0;
	if ((type === 0x72 || type === 0x73) && bytes.length >= 4) return {key: bytes[1]! & 0x0f, code: bytes[2]! * 0x100 + bytes[3]!};
	if ((type !== 0x70 && type !== 0x71) || bytes.length < 14) return undefined;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return {key: bytes[2]! & 0x0f, code: senseTable.fields['sns.ascascq'].read(view, 0)};
}

/** What to do with a command that did not end with GOOD. */
export type Verdict = 'again' | 'later' | 'failed';

/** A unit attention was told and is gone; a busy target wants time; everything else stands (SAM-5 5.3). */
export function judge(status: number, sense: Sense | undefined): Verdict {
	if (status === scsiStatus.busy || status === scsiStatus.taskSetFull) return 'later';
	if (status === scsiStatus.checkCondition && sense?.key === senseKey.unitAttention) return 'again';
	return 'failed';
}

/** A status in words, as an error. */
export function scsiError(what: string, status: number, sense: Sense | undefined): NetstressError {
	const details = {status, senseKey: sense?.key, additionalSense: sense?.code};
	if (status !== scsiStatus.checkCondition || sense === undefined) {
		return new NetstressError('ERR_IO', `${what}: SCSI status ${statusNames[status] ?? `0x${status.toString(16)}`}`, details);
	}
	const code = sense.code.toString(16).padStart(4, '0');
	const words = `${senseKeyNames[sense.key] ?? sense.key}, ${additionalSenseNames[sense.code] ?? 'additional sense'} (${code})`;
	const advice = sense.code === additionalSense.writeProtected ? '; the target exports it read-only' : '';
	return new NetstressError('ERR_IO', `${what}: ${words}${advice}`, details);
}
