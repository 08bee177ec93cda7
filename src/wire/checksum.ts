// The Internet checksum (RFC 1071) and the pseudo headers under it (RFC 793 3.1, RFC 8200 8.1). Sums fit a Number: 2^16 words of 2^16.

/** The one's-complement sum of the bytes from `at` to `end` as big-endian words (an odd last byte is the high half), not folded, added to `sum`. */
export function sum16(view: DataView, at: number, end: number, sum = 0): number {
	let total = sum;
	let i = at;
	for (; i + 1 < end; i += 2) total += view.getUint16(i);
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
