// Fibre Channel over Ethernet (FC-BB-6 7.7; Linux include/scsi/fc/fc_fcoe.h): what encloses an FC frame, its CRC, and what fits into an MTU.
// Offsets count from the byte behind the EtherType.
import {crc32} from '@node-rs/crc32';
import {FC_HEADER_LENGTH, FC_PAYLOAD_MAX} from './fc.js';
import {u8, u32, u32le} from './field.js';
import {header} from './header.js';

/** EtherType (FC-BB-6 7.7.1). */
export const FCOE_ETHERTYPE = 0x8906;
/** The only version there is. */
export const FCOE_VERSION = 0;
/** Bytes before and behind the FC frame. */
export const FCOE_HEADER_LENGTH = 14;
export const FCOE_TRAILER_LENGTH = 8;
/** Bytes that FCoE adds to an FC frame, Ethernet header and FCS not counted. */
export const FCOE_OVERHEAD = FCOE_HEADER_LENGTH + FCOE_TRAILER_LENGTH;
/** The largest FCoE payload of an Ethernet frame: the MTU that carries every FC frame (Linux FCOE_MTU). */
export const FCOE_MTU = FCOE_OVERHEAD + FC_HEADER_LENGTH + FC_PAYLOAD_MAX;
/** Upper 24 bits of a VN_Port's MAC address: in VN2VN (FC-BB-6 annex D), and the default of a fabric. The lower 24 are its FC_ID. */
export const VN2VN_FC_MAP = 0x0efd00;
export const DEFAULT_FC_MAP = 0x0efc00;

/** Start of frame (FC-BB-6 table 29, after RFC 3643): class 3 frames begin with i3, and with n3 behind the first of a sequence. */
export const sof = {f: 0x28, i4: 0x29, i2: 0x2d, i3: 0x2e, n4: 0x31, n2: 0x35, n3: 0x36, c4: 0x39} as const;
export const sofNames: Readonly<Record<number, string>> = {
	40: 'SOFf',
	41: 'SOFi4',
	45: 'SOFi2',
	46: 'SOFi3',
	49: 'SOFn4',
	53: 'SOFn2',
	54: 'SOFn3',
	57: 'SOFc4',
};

/** End of frame (FC-BB-6 table 30): the last frame of a sequence ends with t, the others with n. */
export const eof = {n: 0x41, t: 0x42, rt: 0x44, dt: 0x46, ni: 0x49, dti: 0x4e, rti: 0x4f, a: 0x50} as const;
export const eofNames: Readonly<Record<number, string>> = {
	65: 'EOFn',
	66: 'EOFt',
	68: 'EOFrt',
	70: 'EOFdt',
	73: 'EOFni',
	78: 'EOFdti',
	79: 'EOFrti',
	80: 'EOFa',
};

/** Version and start of frame; the 12 bytes and 4 bits between them are reserved. */
export const fcoe = header('fcoe', FCOE_HEADER_LENGTH, {
	ver: u8(0, 'Version', {mask: 0xf0}),
	sof: u8(13, 'SOF', {show: 'hex', names: sofNames}),
});

/** What stands behind the FC frame: `crc` is what {@link fcCrc} gives, its least significant byte first. */
export const fcoeTrailer = header('fcoe', FCOE_TRAILER_LENGTH, {
	crc: u32le(0, 'CRC', {show: 'hex'}),
	eof: u8(4, 'EOF', {show: 'hex', names: eofNames}),
});

/** The same as Wireshark shows it: the four bytes of the CRC in the order in which they are sent. */
export const fcoeTrailerShown = header('fcoe', FCOE_TRAILER_LENGTH, {crc: u32(0, 'CRC', {show: 'hex'}), eof: fcoeTrailer.fields.eof});

/** The CRC of an FC frame (FC-FS-3 9.13: the polynomial of IEEE 802.3) over `length` bytes from `at`: header, data and fill bytes, neither SOF nor EOF. */
export const fcCrc = (bytes: Uint8Array, at: number, length: number): number => crc32(bytes.subarray(at, at + length));

/** The most bytes of FC payload that fit into frames of an MTU: whole words, at most 2112; below 256 the link is too narrow for FCoE. */
export const fcPayloadLimit = (mtu: number): number => Math.min(FC_PAYLOAD_MAX, ((mtu - FCOE_OVERHEAD) & ~3) - FC_HEADER_LENGTH);
