// Addresses as people write them, to bytes. Each gives undefined for what is none: the caller knows what to say about it.
import {isIPv6} from 'node:net';

/** The six bytes of a MAC address written with colons or dashes. */
export function macBytes(text: string): Uint8Array | undefined {
	if (!/^[0-9a-f]{2}(([:-])[0-9a-f]{2})(\2[0-9a-f]{2}){4}$/i.test(text)) return undefined;
	return Uint8Array.from(text.split(/[:-]/), part => Number.parseInt(part, 16));
}

/** The four bytes of a dotted IPv4 address. */
export function ipv4Bytes(text: string): Uint8Array | undefined {
	const parts = text.split('.');
	if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
	return Uint8Array.from(parts, Number);
}

/** The sixteen bytes of an IPv6 address (RFC 4291 2.2), without a zone. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
	if (!isIPv6(text) || text.includes('%')) return undefined;
	const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${(a * 256 + +b).toString(16)}:${(c * 256 + +d).toString(16)}`);
	const [left = '', right] = plain.split('::');
	const groups = (part: string) => (part === '' ? [] : part.split(':'));
	const tail = right === undefined ? [] : groups(right);
	const head = groups(left);
	const zeros = Array.from({length: 8 - head.length - tail.length}, () => '0');
	const words = [...head, ...zeros, ...tail].map(group => Number.parseInt(group, 16));
	return Uint8Array.from(words.flatMap(word => [word >>> 8, word & 0xff]));
}
