// A logical unit: a volume seen as blocks, with the identity that initiators remember it by.
import {NetstressError} from '../../base/errors.js';
import type {Volume} from '../../disk/volume.js';

export interface LogicalUnit {
	/** 0 to 16383. */
	readonly lun: number;
	readonly volume: Volume;
	/** Bytes, 512 or 4096. */
	readonly blockSize: number;
	/** Blocks. */
	readonly blocks: number;
	readonly readOnly: boolean;
	/** Unit serial number (VPD 80), ASCII. */
	readonly serial: string;
	/** NAA identifier (VPD 83): eight bytes, locally assigned (SPC-4 7.8.6.6). */
	readonly naa: Uint8Array;
}

export interface UnitOptions {
	/** Bytes, 512 (default) or 4096. */
	blockSize?: number;
	/** Refuse writes although the volume would take them. */
	readOnly?: boolean;
}

/** Makes a volume a logical unit. ERR_USAGE for a LUN or block size that does not exist, or a volume without a whole block. */
export function logicalUnit(lun: number, volume: Volume, options: UnitOptions = {}): LogicalUnit {
	const {blockSize = 512, readOnly = false} = options;
	if (!Number.isInteger(lun) || lun < 0 || lun > 0x3fff) throw new NetstressError('ERR_USAGE', `LUN ${lun} does not exist; use 0 to 16383`, {lun});
	if (blockSize !== 512 && blockSize !== 4096) throw new NetstressError('ERR_USAGE', `block size ${blockSize} is not supported; use 512 or 4096`, {blockSize});
	const blocks = Math.floor(volume.size / blockSize);
	if (blocks === 0) throw new NetstressError('ERR_USAGE', `${volume.name} holds ${volume.size} bytes, less than a block of ${blockSize}`, {size: volume.size});
	const id = /^[0-9a-f]{16}$/i.test(volume.id) ? volume.id.toLowerCase() : '0'.repeat(16);
	// NAA 3 is the nibble for identifiers that no company id stands behind
	const naa = Uint8Array.from(Buffer.from(`3${id.slice(1)}`, 'hex'));
	return {lun, volume, blockSize, blocks, readOnly: readOnly || volume.readOnly, serial: id, naa};
}

/**
 * The number in an eight-byte LUN, or undefined for an address that this target does not use (SAM-5 4.7.7):
 * peripheral addressing on bus 0 or flat space addressing, one level.
 */
export function lunNumber(address: bigint): number | undefined {
	if (address === 0n) return 0;
	const first = Number(address >> 48n);
	if ((address & 0xffff_ffff_ffffn) !== 0n) return undefined;
	if (first <= 0xff) return first;
	return first >>> 14 === 1 ? first & 0x3fff : undefined;
}

/** The eight-byte LUN of a number, as REPORT LUNS lists it: peripheral addressing to 255, flat space above. */
export const lunAddress = (lun: number): bigint => BigInt(lun <= 0xff ? lun : 0x4000 | lun) << 48n;
