// The IDENTIFY DEVICE block of an export (ACS-4 7.13).
import {ataIdentify, identifyBit, LBA28_LIMIT, SECTOR} from '../../wire/ata.js';
import type {AoeExport} from './export.js';

/** Word 83 and 86 beside the command bits: bit 14 one, bit 15 zero says that the word is valid. */
const VALID = 0x4000;

/** Writes the 512 bytes of `target` at `at`. Capacity saturates at 28 and 48 bits. */
export function writeIdentify(view: DataView, at: number, target: AoeExport): void {
	const sectors = target.volume.size / SECTOR;
	const commands = VALID | identifyBit.lba48 | identifyBit.flush | identifyBit.flushExt;
	ataIdentify.encode(
		{
			config: 0x0040, // fixed drive
			serial: target.volume.id,
			firmware: '1',
			model: `netstress ${target.shelf}.${target.slot} ${target.volume.name}`.slice(0, 40),
			word47: 0x8000,
			word49: 0x0200, // LBA
			word50: 0x4000,
			word53: 0x0000,
			lba28: Math.min(sectors, LBA28_LIMIT),
			word80: 0x00f0, // ATA/ATAPI-4 to -7
			word82: identifyBit.writeCache,
			word83: commands,
			word84: VALID,
			word85: identifyBit.writeCache,
			word86: commands & ~VALID,
			word87: VALID,
			word93: 0x400b,
			lba48: Math.min(sectors, 2 ** 48 - 1),
			word106: 0x4000, // 512-byte logical sectors, one a physical one
		},
		view,
		at,
	);
}
