// ATA over Ethernet, AoEr11 (February 2009): the common header and the arguments of its four commands.
// Offsets count from the byte behind the EtherType. Keys are Wireshark's where packet-aoe.c has them (version .. lba); the bodies it
// does not decode (config, mask, reserve) are named in the same style.
import {bytes, mac, u8, u16, u32, u48le} from './field.js';
import {header} from './header.js';

/** EtherType (AoEr11 2). */
export const AOE_ETHERTYPE = 0x88a2;
/** The only version there is (AoEr11 2.1). */
export const AOE_VERSION = 1;
/** Shelf and slot that address every target (AoEr11 2.4). */
export const ALL_SHELVES = 0xffff;
export const ALL_SLOTS = 0xff;

export const aoeCommand = {ata: 0, config: 1, macMask: 2, reserve: 3} as const;
export const aoeCommandNames: Readonly<Record<number, string>> = {
	0: 'Issue ATA Command',
	1: 'Query Config Information',
	2: 'MAC Mask List',
	3: 'Reserve/Release',
	35: 'AoEde Extensions',
};

/** AoEr11 2.3. Number 6 is new in revision 11 and has no name in Wireshark. */
export const aoeError = {unrecognizedCommand: 1, badArgument: 2, deviceUnavailable: 3, configPresent: 4, unsupportedVersion: 5, reserved: 6} as const;
export const aoeErrorNames: Readonly<Record<number, string>> = {
	1: 'Unrecognized command code',
	2: 'Bad argument parameter',
	3: 'Device unavailable',
	4: 'Config string present',
	5: 'Unsupported version',
	6: 'Target is reserved',
};

/**
 * The header of every AoE frame, AoEr11 2:
 * ```
 *  0 version|flags  1 error  2 major(2)  4 minor  5 cmd  6 tag(4)
 * ```
 */
export const aoe = header('aoe', 10, {
	version: u8(0, 'Version', {mask: 0xf0, show: 'dec'}),
	response: u8(0, 'Response flag', {mask: 0x08, names: {0: 'Request', 1: 'Response'}}),
	flags_error: u8(0, 'Error flag', {mask: 0x04, names: {0: 'No error', 1: 'Error'}}),
	error: u8(1, 'Error', {names: aoeErrorNames}),
	major: u16(2, 'Major', {show: 'hex'}),
	minor: u8(4, 'Minor', {show: 'hex'}),
	cmd: u8(5, 'Command', {names: aoeCommandNames}),
	tag: u32(6, 'Tag', {show: 'hex'}),
});

/** ATA commands by opcode, with Wireshark's names where it has one (ACS-4 7; FLUSH CACHE has none there). */
export const ataCommandNames: Readonly<Record<number, string>> = {
	32: 'Read sectors (with retry)',
	36: 'Read ext',
	48: 'Write sectors (with retry)',
	52: 'Write ext',
	64: 'Read verify sectors (with retry)',
	66: 'Read verify ext',
	176: 'Smart',
	229: 'Check power mode',
	231: 'Flush cache',
	234: 'Flush cache ext',
	236: 'Identify Device',
	239: 'Set features',
};

const ataArguments = {
	'aflags.e': u8(0, 'E', {mask: 0x40, names: {0: 'Normal command', 1: 'LBA48 extended command'}}),
	'aflags.d': u8(0, 'D', {mask: 0x10}),
	'aflags.a': u8(0, 'A', {mask: 0x02, names: {0: 'synchronous write', 1: 'ASYNCHRONOUS Write'}}),
	'aflags.w': u8(0, 'W', {mask: 0x01, names: {0: 'No write to device', 1: 'WRITE to the device'}}),
	err_feature: u8(1, 'Err/Feature', {show: 'hex'}),
	sector_count: u8(2, 'Sector Count'),
	lba: u48le(4, 'Lba', {show: 'hex', digits: 16}),
};

/** Arguments of command 0 in a request, AoEr11 3.1; data follows at 12. The LBA is little-endian, and LBA28's device nibble is part of it. */
export const aoeAtaRequest = header('aoe', 12, {...ataArguments, 'ata.cmd': u8(3, 'ATA Cmd', {show: 'hex', names: ataCommandNames})});
/** The same in a response: byte 3 is the ATA status. */
export const aoeAtaResponse = header('aoe', 12, {...ataArguments, 'ata.status': u8(3, 'ATA Status', {show: 'hex'})});

export const configCommand = {read: 0, testExact: 1, testPrefix: 2, setIfEmpty: 3, forceSet: 4} as const;
/** AoEr11 3.2: a config string is at most 1024 bytes. */
export const CONFIG_STRING_LIMIT = 1024;

/** Arguments of command 1, AoEr11 3.2; the string follows at 8. */
export const aoeConfig = header('aoe.config', 8, {
	bufcnt: u16(0, 'Buffer Count'),
	firmware: u16(2, 'Firmware Version', {show: 'hex'}),
	scnt: u8(4, 'Sector Count'),
	version: u8(5, 'AoE Version', {mask: 0xf0, show: 'dec'}),
	ccmd: u8(5, 'Config Command', {mask: 0x0f, show: 'dec', names: {0: 'Read', 1: 'Test exact', 2: 'Test prefix', 3: 'Set if empty', 4: 'Force set'}}),
	length: u16(6, 'String Length'),
});

export const maskCommand = {read: 0, edit: 1} as const;
export const maskDirective = {none: 0, add: 1, delete: 2} as const;
export const maskError = {unspecified: 1, badDirective: 2, full: 3} as const;

/** Arguments of command 2, AoEr11 3.3; `dcount` directives of 8 bytes follow at 4. */
export const aoeMask = header('aoe.mask', 4, {
	reserved: u8(0, 'Reserved', {show: 'hex'}),
	mcmd: u8(1, 'Mask Command', {names: {0: 'Read', 1: 'Edit'}}),
	merror: u8(2, 'Mask Error', {names: {0: 'No error', 1: 'Unspecified error', 2: 'Bad directive', 3: 'Mask list full'}}),
	dcount: u8(3, 'Directive Count'),
});

/** One directive of a MAC mask list. */
export const aoeMaskDirective = header('aoe.mask', 8, {
	'dir.reserved': u8(0, 'Reserved', {show: 'hex'}),
	'dir.dcmd': u8(1, 'Directive', {names: {0: 'None', 1: 'Add', 2: 'Delete'}}),
	'dir.mac': mac(2, 'MAC Address'),
});

export const reserveCommand = {read: 0, set: 1, forceSet: 2} as const;

/** Arguments of command 3, AoEr11 3.4; `nmacs` addresses of 6 bytes follow at 2. */
export const aoeReserve = header('aoe.reserve', 2, {
	rcmd: u8(0, 'Reserve Command', {names: {0: 'Read', 1: 'Set', 2: 'Force set'}}),
	nmacs: u8(1, 'MAC Count'),
});

/** One address of a reserve list. */
export const aoeReserveEntry = header('aoe.reserve', 6, {mac: bytes(0, 6, 'MAC Address', 'mac')});

/** Ethernet header, AoE header and ATA arguments: where the data of an ATA frame starts. */
export const ETHERNET_LENGTH = 14;
export const ATA_DATA_AT = ETHERNET_LENGTH + aoe.length + aoeAtaRequest.length;

/** Most sectors an AoE frame can carry at this MTU: 22 bytes of AoE and ATA header count against it, the Ethernet header does not. */
export const sectorsPerFrame = (mtu: number): number => Math.min(255, Math.max(0, Math.floor((mtu - aoe.length - aoeAtaRequest.length) / 512)));
