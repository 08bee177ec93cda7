// What a SCSI command comes to: a status with sense, parameter data, or a transfer between the initiator and the medium.
// The transport carries a read out itself, so that the volume is read straight into the buffer that is sent.
import type {Volume, VolumeFault} from '../../disk/volume.js';
import {sense as senseTable} from '../../wire/scsi-data.js';
import {additionalSense, scsiStatus, senseKey} from '../../wire/scsi-names.js';

/** The command is over. `sense` is 18 bytes of fixed-format sense data with CHECK CONDITION, undefined otherwise. */
export interface Done {
	readonly kind: 'done';
	readonly status: number;
	readonly sense: Uint8Array | undefined;
}

/** Parameter data for the initiator, already cut to the allocation length; then GOOD. */
export interface Reply {
	readonly kind: 'reply';
	readonly data: Uint8Array;
}

/** `length` bytes of the volume from `position`, for the initiator. Read with `volume.read`; a fault becomes `faultSense(fault, 'read')`. */
export interface MediumRead {
	readonly kind: 'read';
	readonly volume: Volume;
	readonly position: number;
	readonly length: number;
}

/**
 * `length` bytes from the initiator for the volume at `position`. The transport hands them to `DeviceServer.store` as they come, in order,
 * and when all have come, or no more will, `DeviceServer.finish` ends the command: nothing of it is gathered in memory.
 */
export interface MediumWrite {
	readonly kind: 'write';
	readonly volume: Volume;
	readonly position: number;
	readonly length: number;
	/** What is done with the data: written, compared with the medium, or written, read back and compared. */
	readonly mode: 'write' | 'compare' | 'write-compare';
	/** The medium must have the data before the status is sent. */
	readonly fua: boolean;
}

/** A parameter list of `length` bytes from the initiator. A transport does with it what it does with a `MediumWrite`. */
export interface ParameterWrite {
	readonly kind: 'write';
	readonly mode: 'parameters';
	readonly length: number;
	/** Where the list is gathered: `length` bytes, a few kilobytes at the most. */
	readonly list: Uint8Array;
	/** Bytes of it that have come. */
	received: number;
	/** Carries the command out, once the list is whole. */
	readonly act: (list: Uint8Array) => Done;
}

/** What needs data from the initiator: `DeviceServer.store` takes it, `DeviceServer.finish` ends the command. */
export type DataOut = MediumWrite | ParameterWrite;

export type Outcome = Done | Reply | MediumRead | DataOut;

export const good: Done = {kind: 'done', status: scsiStatus.good, sense: undefined};

/** Fixed-format sense data (SPC-4 4.5.3). `field` points at the offending byte of the CDB, `bit` at the bit. */
export function sense(key: number, code: number, field?: number, bit?: number): Uint8Array {
	const bytes = new Uint8Array(senseTable.length);
	senseTable.encode(
		{'sns.errtype': 0x70, 'sns.key': key, 'sns.addlen': bytes.length - 8, 'sns.asc': code >>> 8, 'sns.ascq': code & 0xff},
		new DataView(bytes.buffer),
	);
	if (field !== undefined && key === senseKey.illegalRequest) {
		bytes[15] = 0x80 | (code === additionalSense.invalidFieldInParameters ? 0 : 0x40) | (bit === undefined ? 0 : 0x08 | bit);
		bytes[16] = field >>> 8;
		bytes[17] = field & 0xff;
	}
	return bytes;
}

export const check = (key: number, code: number, field?: number, bit?: number): Done => ({
	kind: 'done',
	status: scsiStatus.checkCondition,
	sense: sense(key, code, field, bit),
});

/** ILLEGAL REQUEST, INVALID FIELD IN CDB, pointing at the field. */
export const invalidField = (field: number, bit?: number): Done => check(senseKey.illegalRequest, additionalSense.invalidFieldInCdb, field, bit);

/** What a volume's refusal means to an initiator (SPC-4 annex F). */
export function volumeFault(fault: VolumeFault, during: 'read' | 'write'): Done {
	switch (fault) {
		case 'range':
			return check(senseKey.illegalRequest, additionalSense.lbaOutOfRange);
		case 'write-protected':
			return check(senseKey.dataProtect, additionalSense.writeProtected);
		case 'closed':
			return check(senseKey.notReady, additionalSense.noMedium);
		default:
			return check(senseKey.medium, during === 'read' ? additionalSense.readError : additionalSense.writeError);
	}
}
