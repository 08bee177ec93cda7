// ATA as AoE carries it: opcodes, status bits and the IDENTIFY DEVICE block (ACS-4 7.13, word numbers in the comments).
// IDENTIFY words are little-endian; its strings hold two characters a word, the first in the high byte.
import {NetstressError} from '../base/errors.js';
import {type Field, type FieldOptions, u16le, u32le, u48le} from './field.js';
import {header} from './header.js';

export const ataCommand = {
	read: 0x20,
	readExt: 0x24,
	write: 0x30,
	writeExt: 0x34,
	readVerify: 0x40,
	readVerifyExt: 0x42,
	checkPowerMode: 0xe5,
	flush: 0xe7,
	flushExt: 0xea,
	identify: 0xec,
	setFeatures: 0xef,
} as const;

/** Status register (ACS-4 6.1). Linux fails a request when status & 0xa9 is not zero: BSY, DF, DRQ or ERR. */
export const ataStatus = {err: 0x01, drq: 0x08, df: 0x20, drdy: 0x40, bsy: 0x80} as const;
export const ATA_STATUS_FAILED = ataStatus.bsy | ataStatus.df | ataStatus.drq | ataStatus.err;

/** Error register (ACS-4 6.2). */
export const ataError = {abrt: 0x04, idnf: 0x10, unc: 0x40} as const;

export const SECTOR = 512;
/** Sectors that 28 bits address, and that words 60-61 can announce. */
export const LBA28_LIMIT = 0x0fff_ffff;

/** An ATA string: `length` characters, two a word, swapped, padded with spaces. */
const ataString = (word: number, length: number, label: string): Field<string> => ({
	at: word * 2,
	size: length,
	mask: undefined,
	label,
	show: 'text',
	names: undefined,
	read(view, base) {
		let text = '';
		for (let i = 0; i < length; i++) {
			const code = view.getUint8(base + word * 2 + (i ^ 1));
			text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : code === 0 ? ' ' : '.';
		}
		return text.trim();
	},
	write(view, base, value) {
		if (typeof value !== 'string' || value.length > length)
			throw new NetstressError('ERR_FIELD_RANGE', `${label} cannot hold ${String(value)}`, {field: label, value});
		for (let i = 0; i < length; i++) view.setUint8(base + word * 2 + (i ^ 1), i < value.length ? value.charCodeAt(i) & 0x7f : 0x20);
	},
});

const word = (number: number, label: string, options?: FieldOptions) => u16le(number * 2, label, {show: 'hex', ...options});

/** IDENTIFY DEVICE data: the words that AoE initiators look at, and those that keep ATA tools content. */
export const ataIdentify = header('aoe.identify', 512, {
	config: word(0, 'General configuration'),
	serial: ataString(10, 20, 'Serial number'),
	firmware: ataString(23, 8, 'Firmware revision'),
	model: ataString(27, 40, 'Model number'),
	word47: word(47, 'Sectors per READ MULTIPLE'),
	word49: word(49, 'Capabilities'),
	word50: word(50, 'Capabilities 2'),
	word53: word(53, 'Validity of words 70:64 and 88'),
	lba28: u32le(60 * 2, 'LBA28 sectors'),
	word80: word(80, 'Major version'),
	word82: word(82, 'Command sets supported'),
	word83: word(83, 'Command sets supported 2'),
	word84: word(84, 'Command sets supported 3'),
	word85: word(85, 'Command sets enabled'),
	word86: word(86, 'Command sets enabled 2'),
	word87: word(87, 'Command sets enabled 3'),
	word93: word(93, 'Hardware reset result'),
	lba48: u48le(100 * 2, 'LBA48 sectors'),
	word106: word(106, 'Physical and logical sector size'),
});

/** Word 83 and 86, bit 10: 48-bit addresses; word 83, 86: bit 12 FLUSH CACHE, bit 13 FLUSH CACHE EXT; word 82, 85: bit 5 write cache. */
export const identifyBit = {lba48: 0x0400, flush: 0x1000, flushExt: 0x2000, writeCache: 0x0020} as const;
