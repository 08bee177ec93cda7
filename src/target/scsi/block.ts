// The block commands (SBC-3 section 5): READ, WRITE, VERIFY, SYNCHRONIZE CACHE, READ CAPACITY.
// The range is checked before any byte moves.

import type {Volume} from '../../disk/volume.js';
import * as cdb from '../../wire/scsi.js';
import {capacity10, capacity16} from '../../wire/scsi-data.js';
import {additionalSense, senseKey} from '../../wire/scsi-names.js';
import {check, type Done, good, invalidField, type MediumWrite, type Outcome, volumeFault} from './outcome.js';
import type {LogicalUnit} from './unit.js';

/** Where a CDB keeps what a transfer needs. `group` is the CDB length in bytes. */
interface Extent {
	readonly lba: (view: DataView, at: number) => number;
	readonly count: (view: DataView, at: number) => number;
	readonly countAt: number;
}

const number64 = (read: (view: DataView, at: number) => bigint) => (view: DataView, at: number) => Number(read(view, at));
/** In the six-byte form 0 means 256 blocks (SBC-3 5.12). */
const of6: Extent = {lba: cdb.read6.fields['rdwr6.lba'].read, count: (v, at) => v.getUint8(at + 4) || 256, countAt: 4};
const of10: Extent = {lba: cdb.read10.fields['rdwr10.lba'].read, count: cdb.read10.fields['rdwr10.xferlen'].read, countAt: 7};
const of12: Extent = {lba: cdb.read12.fields['rdwr10.lba'].read, count: cdb.read12.fields['rdwr12.xferlen'].read, countAt: 6};
const of16: Extent = {lba: number64(cdb.read16.fields._lba.read), count: cdb.read16.fields['rdwr12.xferlen'].read, countAt: 10};
const extents: Readonly<Record<number, Extent>> = {6: of6, 10: of10, 12: of12, 16: of16};

const outOfRange = () => check(senseKey.illegalRequest, additionalSense.lbaOutOfRange, 2);

/** Checks the extent of a transfer; undefined when it lies inside the unit and is not too long. */
function refuse(unit: LogicalUnit, extent: Extent, lba: number, count: number, maxBlocks: number): Done | undefined {
	if (lba >= unit.blocks || lba + count > unit.blocks) return lba === unit.blocks && count === 0 ? undefined : outOfRange();
	return count > maxBlocks ? invalidField(extent.countAt) : undefined;
}

const protectBits = 0xe0;
const fuaBit = 0x08;

export function serveRead(unit: LogicalUnit, view: DataView, at: number, length: number, maxBlocks: number): Outcome {
	const extent = extents[length]!;
	const flags = length === 6 ? 0 : view.getUint8(at + 1);
	if ((flags & protectBits) !== 0) return invalidField(1, 7);
	const lba = extent.lba(view, at);
	const count = extent.count(view, at);
	const refused = refuse(unit, extent, lba, count, maxBlocks);
	if (refused) return refused;
	if (count === 0) return good;
	if ((flags & fuaBit) !== 0 && !unit.volume.readOnly) {
		// FUA: what is read must be what the medium holds, so dirty blocks go there first (SBC-3 5.13)
		const fault = unit.volume.flush();
		if (fault !== undefined) return volumeFault(fault, 'read');
	}
	return {kind: 'read', volume: unit.volume, position: lba * unit.blockSize, length: count * unit.blockSize};
}

export function serveWrite(unit: LogicalUnit, view: DataView, at: number, length: number, maxBlocks: number): Outcome {
	const flags = length === 6 ? 0 : view.getUint8(at + 1);
	return write(unit, view, at, length, maxBlocks, 'write', (flags & fuaBit) !== 0);
}

/** WRITE AND VERIFY (SBC-3 5.48): the data reaches the medium before the status, and with BYTCHK 1 it is read back and compared. */
export function serveWriteVerify(unit: LogicalUnit, view: DataView, at: number, length: number, maxBlocks: number): Outcome {
	const compare = cdb.verify10.fields._bytchk.read(view, at);
	if (compare > 1) return invalidField(1, 2);
	return write(unit, view, at, length, maxBlocks, compare === 1 ? 'write-compare' : 'write', true);
}

function write(unit: LogicalUnit, view: DataView, at: number, length: number, maxBlocks: number, mode: MediumWrite['mode'], fua: boolean): Outcome {
	const extent = extents[length]!;
	if (length !== 6 && (view.getUint8(at + 1) & protectBits) !== 0) return invalidField(1, 7);
	const lba = extent.lba(view, at);
	const count = extent.count(view, at);
	const refused = refuse(unit, extent, lba, count, maxBlocks);
	if (refused) return refused;
	if (unit.readOnly) return check(senseKey.dataProtect, additionalSense.writeProtected);
	if (count === 0) return good;
	return {kind: 'write', volume: unit.volume, position: lba * unit.blockSize, length: count * unit.blockSize, mode, fua};
}

/** VERIFY: BYTCHK 0 reads the medium, 1 compares it with the data sent (SBC-3 5.36); 2 and 3 are refused. */
export function serveVerify(unit: LogicalUnit, view: DataView, at: number, length: number, maxBlocks: number): Outcome {
	const extent = extents[length]!;
	if ((view.getUint8(at + 1) & protectBits) !== 0) return invalidField(1, 7);
	const bytchk = cdb.verify10.fields._bytchk.read(view, at);
	if (bytchk > 1) return invalidField(1, 2);
	const lba = extent.lba(view, at);
	const count = extent.count(view, at);
	const refused = refuse(unit, extent, lba, count, maxBlocks);
	if (refused) return refused;
	if (count === 0) return good;
	const {volume} = unit;
	const position = lba * unit.blockSize;
	const bytes = count * unit.blockSize;
	if (bytchk === 1) return {kind: 'write', volume, position, length: bytes, mode: 'compare', fua: false};
	return walk(volume, position, bytes, () => true) ?? good;
}

/** Bytes read at once while the medium is looked at. */
const step = 0x1_0000;

/** Reads a run of the volume piece by piece; MISCOMPARE where `agrees` says no, a medium error where it cannot be read. */
function walk(volume: Volume, position: number, length: number, agrees: (piece: Uint8Array, offset: number) => boolean): Done | undefined {
	const scratch = new Uint8Array(Math.min(step, length));
	for (let done = 0; done < length; done += step) {
		const size = Math.min(step, length - done);
		const fault = volume.read(scratch, 0, size, position + done);
		if (fault !== undefined) return volumeFault(fault, 'read');
		if (!agrees(scratch.subarray(0, size), done)) return check(senseKey.miscompare, additionalSense.miscompare);
	}
	return undefined;
}

/** Does with `length` bytes of `from`, which belong `offset` bytes into the command's data, what the command wants. Why it fails, if it does. */
export function storeData(command: MediumWrite, from: Uint8Array, at: number, length: number, offset: number): Done | undefined {
	const {volume, mode} = command;
	const position = command.position + offset;
	if (mode !== 'compare') {
		const fault = volume.write(from, at, length, position);
		if (fault !== undefined) return volumeFault(fault, 'write');
	}
	if (mode === 'write') return undefined;
	return walk(volume, position, length, (piece, done) => Buffer.compare(piece, from.subarray(at + done, at + done + piece.length)) === 0);
}

/** SYNCHRONIZE CACHE: the whole volume is flushed whatever the range, and IMMED waits all the same (SBC-3 5.22 allows both). */
export function serveSynchronize(unit: LogicalUnit, view: DataView, at: number, length: number): Outcome {
	const extent = extents[length]!;
	const refused = refuse(unit, extent, extent.lba(view, at), extent.count(view, at), Number.POSITIVE_INFINITY);
	if (refused) return refused;
	const fault = unit.volume.flush();
	return fault === undefined ? good : volumeFault(fault, 'write');
}

export function serveCapacity10(unit: LogicalUnit, view: DataView, at: number): Outcome {
	// without PMI, which is obsolete, the LBA must be 0 (SBC-3 5.15)
	if ((view.getUint8(at + 8) & 1) === 0 && cdb.readCapacity10.fields._lba.read(view, at) !== 0) return invalidField(2);
	const data = new Uint8Array(capacity10.length);
	capacity10.encode({returned_lba: Math.min(unit.blocks - 1, 0xffff_ffff), blocksize: unit.blockSize}, new DataView(data.buffer));
	return {kind: 'reply', data};
}

export function serveCapacity16(unit: LogicalUnit, view: DataView, at: number): Outcome {
	const data = new Uint8Array(capacity16.length);
	// eight 512-byte blocks make a page, the unit in which a file is kept
	const exponent = unit.blockSize === 512 ? 3 : 0;
	capacity16.encode({lba64_add: BigInt(unit.blocks - 1), blocksize: unit.blockSize, lbppbe: exponent}, new DataView(data.buffer));
	return {kind: 'reply', data: data.subarray(0, cdb.readCapacity16.fields.alloclen32.read(view, at))};
}
