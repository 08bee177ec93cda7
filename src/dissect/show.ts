// Values as text, exactly as `tshark -T fields` prints them, so that both outputs can be compared byte for byte (docs/cli.md).
import type {Shape, Value} from '../wire/field.js';
import type {Node} from '../wire/header.js';

const digits = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two hexadecimal digits a byte, with `between` between bytes. */
export function hexBytes(bytes: Uint8Array, between = ''): string {
	let text = '';
	for (let i = 0; i < bytes.length; i++) text += (i > 0 ? between : '') + digits[bytes[i] as number];
	return text;
}

/** A number as hexadecimal bytes, with `between` between them. */
function hexNumber(value: number | bigint, size: number, between: string): string {
	const bytes = new Uint8Array(size);
	let rest = typeof value === 'bigint' ? Number(value & 0xffff_ffffn) : value;
	const upper = typeof value === 'bigint' ? Number(value >> 32n) : 0;
	for (let i = size - 1, left = 4; i >= 0; i--, left--) {
		if (left === 0) rest = upper;
		bytes[i] = rest & 0xff;
		rest >>>= 8;
	}
	return hexBytes(bytes, between);
}

/** Nanoseconds as seconds with nine decimals. */
export function seconds(time: bigint): string {
	const size = time < 0n ? -time : time;
	return `${time < 0n ? '-' : ''}${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, '0')}`;
}

/** RFC 5952: lower case, the first longest run of two or more zero groups shortened; an embedded IPv4 address as inet_ntop(3) shows it. */
export function ipv6Text(bytes: Uint8Array): string {
	const groups: number[] = [];
	for (let i = 0; i < 16; i += 2) groups.push((bytes[i] as number) * 256 + (bytes[i + 1] as number));
	let best = 0;
	let bestAt = -1;
	for (let i = 0; i < 8; i++) {
		let run = 0;
		while (i + run < 8 && groups[i + run] === 0) run++;
		if (run > best) [best, bestAt] = [run, i];
	}
	const embedded = bestAt === 0 && (best === 6 || (best === 5 && groups[5] === 0xffff));
	const tail = embedded ? [Array.from(bytes.subarray(12)).join('.')] : [];
	const words = (from: number, to: number) => groups.slice(from, to).map(group => group.toString(16));
	const last = embedded ? 6 : 8;
	if (best < 2) return words(0, 8).join(':');
	return `${words(0, bestAt).join(':')}::${[...words(bestAt + best, last), ...tail].join(':')}`;
}

/** A value in the form of its shape. */
export function show(value: Value, shape: Pick<Shape, 'show' | 'size' | 'digits'>): string {
	switch (shape.show) {
		case 'hex':
			return value instanceof Uint8Array
				? hexBytes(value)
				: `0x${BigInt(value)
						.toString(16)
						.padStart(shape.digits ?? 2 * shape.size, '0')}`;
		case 'bool':
			return value ? '1' : '0';
		case 'mac':
			return hexBytes(value as Uint8Array, ':');
		case 'fcid':
			return hexNumber(value as number | bigint, shape.size, '.');
		case 'wwn':
			return hexNumber(value as number | bigint, shape.size, ':');
		case 'ipv4':
			return (value as Uint8Array).join('.');
		case 'ipv6':
			return ipv6Text(value as Uint8Array);
		case 'seconds':
			return seconds(value as bigint);
		default:
			return value instanceof Uint8Array ? hexBytes(value) : String(value);
	}
}

/** A node as `tshark -T fields` prints it: a protocol as its label, a node without a value as 1. */
export function fieldText(node: Node): string {
	if (node.field === undefined) return node.label;
	if (node.value === undefined || node.field.show === 'none') return '1';
	const text = show(node.value, node.field);
	return node.field.padded === true ? text.padEnd(node.size) : text;
}

/** How much of a long run of bytes a tree shows. */
const shownBytes = 24;

/** A node's value for people: its name in front where it has one. */
export function describe(node: Node): string {
	if (node.field === undefined || node.field.show === 'none') return node.text ?? node.label;
	if (node.value === undefined) return node.text ?? '';
	const value = node.value;
	const long = value instanceof Uint8Array && value.length > shownBytes && (node.field.show === 'bytes' || node.field.show === 'hex');
	const text = long ? `${hexBytes((value as Uint8Array).subarray(0, shownBytes))}… (${(value as Uint8Array).length} bytes)` : show(value, node.field);
	return node.text === undefined ? text : `${node.text} (${text})`;
}
