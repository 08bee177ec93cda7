// The Internet checksum (RFC 1071) and the pseudo headers under it (RFC 9293 3.1, RFC 8200 8.1). Words are added 32 bits at a time, which folds to
// the same 16 bits (RFC 1071 2 (C)); the sum of 8 MiB of them still fits a Number.

/** The sum of the bytes from `at` to `end` as big-endian words (an odd last byte is a high half), added to `sum` and not folded yet. */
export function sum16(view: DataView, at: number, end: number, sum = 0): number {
	let total = sum;
	let i = at;
	for (; i + 3 < end; i += 4) total += view.getUint32(i);
	if (i + 1 < end) {
		total += view.getUint16(i);
		i += 2;
	}
	if (i < end) total += view.getUint8(i) << 8;
	return total;
}

/** Folds a sum to the 16-bit checksum that a header carries. */
export function fold(sum: number): number {
	let total = sum;
	while (total > 0xffff) total = Math.floor(total / 0x1_0000) + (total % 0x1_0000);
	return ~total & 0xffff;
}

/** The checksum over the bytes from `at` to `end`; 0 when the right checksum is already among them. */
export const checksum = (view: DataView, at: number, end: number): number => fold(sum16(view, at, end));

/**
 * The sum over the pseudo header of a TCP, UDP or ICMPv6 segment: the addresses that lie in `view` at `addresses` (source then destination,
 * `size` bytes each: 4 or 16), the protocol number and the segment's length in bytes. Hand it to sum16 as the starting sum.
 */
export const pseudoHeader = (view: DataView, addresses: number, size: 4 | 16, protocol: number, length: number): number =>
	sum16(view, addresses, addresses + 2 * size) + protocol + Math.floor(length / 0x1_0000) + (length % 0x1_0000);
