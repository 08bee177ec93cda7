// What a template must know of a field and the wire table does not say aloud: what may be written into it, and how a changing number gets there.
import {ipv4Bytes, ipv6Bytes, macBytes} from '../../base/address.js';
import type {Field, Value} from '../../wire/field.js';

/** Bits of a counter over an address or a 64-bit number: what a Number holds with room to spare. */
const counterBytes = 6;

const scratch = new DataView(new ArrayBuffer(4096));

/** The type of a field's value, learned by reading it once. */
export const typeOf = (field: Field): 'number' | 'bigint' | 'string' | 'bytes' => {
	const value = field.size <= scratch.byteLength ? field.read(scratch, -field.at) : undefined;
	return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? (typeof value as 'number') : 'bytes';
};

/** The greatest number that the bits of a field hold. */
export const mostOf = (field: Field): number => {
	if (field.mask === undefined) return 2 ** (8 * field.size) - 1;
	const mask = field.mask >>> 0;
	return mask >>> (31 - Math.clz32(mask & -mask));
};

/** Whether `value` may be written into the field. */
export function accepts(field: Field, value: Value): boolean {
	try {
		field.write(new DataView(new ArrayBuffer(field.size)), -field.at, value);
		return true;
	} catch {
		return false;
	}
}

/** The bytes of a value that is no plain number: an address by its notation, hexadecimal digits otherwise. Undefined for what is none. */
export function bytesOf(field: Field, text: string): Uint8Array | undefined {
	if (field.show === 'mac') return macBytes(text);
	if (field.show === 'ipv4') return ipv4Bytes(text);
	if (field.show === 'ipv6') return ipv6Bytes(text);
	const digits = text.replace(/^0x/i, '').replace(/[:.-]/g, '');
	if (!/^([0-9a-f]{2})*$/i.test(digits)) return undefined;
	return Uint8Array.from(digits.match(/../g) ?? [], byte => Number.parseInt(byte, 16));
}

/** The bytes of a 64-bit number. */
export function bytesOfBig(value: bigint): Uint8Array {
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setBigUint64(0, value);
	return bytes;
}

/** The last 48 bits of an address as a number, and what stands in front of them. */
export function split(bytes: Uint8Array): {head: Uint8Array; tail: number} {
	const cut = Math.max(0, bytes.length - counterBytes);
	let tail = 0;
	for (const byte of bytes.subarray(cut)) tail = tail * 256 + byte;
	return {head: bytes.subarray(0, cut), tail};
}

/** The greatest number behind `split` for a field of `size` bytes. */
export const mostTail = (size: number): number => 2 ** (8 * Math.min(size, counterBytes)) - 1;

/** Writes a changing number into a field of a header at `base`. */
export type NumberWriter = (view: DataView, base: number, value: number) => void;

/** A writer of the field's last 48 bits: what stands in front of them is in the image already. */
export function tailWriter(field: Field): NumberWriter {
	const size = Math.min(field.size, counterBytes);
	const at = field.at + field.size - size;
	return (view, base, value) => {
		let rest = value;
		for (let i = base + at + size - 1; i >= base + at; i--) {
			view.setUint8(i, rest % 256);
			rest = Math.floor(rest / 256);
		}
	};
}
