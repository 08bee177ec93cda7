// The injector's stamp: what a frame carries so that a receiver can count every single one. It begins with the payload, fits the 46-byte minimum,
// and its trailer ends the frame: a stripped VLAN tag shifts the first, padding hides the second, not both. Numbers are big-endian.
//
//   0       4     5     6        8        12       16          24          32      36
//   +-------+-----+-----+--------+--------+--------+-----------+-----------+-------+ ... +---------+--------+
//   | magic | ver | rsv | length | run id | stream | sequence  | time (ns) | check | fill| trailer | length |
//   +-------+-----+-----+--------+--------+--------+-----------+-----------+-------+ ... +---------+--------+
import {u8, u16, u32, u64} from './field.js';
import {header} from './header.js';

/** IEEE 802 local experimental EtherType 1. */
export const STAMP_ETHERTYPE = 0x88b5;
/** "NSTR". Four bytes: a one-byte magic has been matched by ARP elsewhere. */
export const STAMP_MAGIC = 0x4e53_5452;
/** "nstr" */
export const TRAILER_MAGIC = 0x6e73_7472;
export const STAMP_VERSION = 1;

export const stamp = header('netstress', 36, {
	magic: u32(0, 'Magic', {show: 'hex', names: {[STAMP_MAGIC]: 'NSTR'}}),
	version: u8(4, 'Version'),
	length: u16(6, 'Frame length'),
	run: u32(8, 'Run', {show: 'hex'}),
	stream: u32(12, 'Stream'),
	sequence: u64(16, 'Sequence number', {show: 'dec'}),
	time: u64(24, 'Sent at, nanoseconds since 1970', {show: 'dec'}),
	check: u32(32, 'Check', {show: 'hex'}),
});

/** The last eight bytes of a frame: where the frame began, should its front have changed. */
export const trailer = header('netstress', 8, {
	trailer: u32(0, 'Trailer', {show: 'hex'}),
	'trailer.length': u32(4, 'Frame length'),
});

/** Ethernet header, stamp and trailer: 58 bytes, below the 60 that a wire pads to. */
export const leastFrame = 14 + stamp.length + trailer.length;

/** The check over the first `words` 32-bit words at `at`: FNV-1a (Fowler, Noll, Vo), finished with a shift so that no single bit stays alone. */
export function stampCheckOf(view: DataView, at: number, words: number): number {
	let hash = 0x811c_9dc5;
	for (let i = 0; i < 4 * words; i += 4) {
		hash = Math.imul(hash ^ view.getUint32(at + i), 0x0100_0193);
		hash ^= hash >>> 15;
	}
	return hash >>> 0;
}

/** Over the first 32 bytes of a stamp. Ten nanoseconds. */
export const stampCheck = (view: DataView, at: number): number => stampCheckOf(view, at, 8);
