// The values of a display filter: read once, by the shape of the field they are compared with.
import {ipv4Bytes, ipv6Bytes} from '../base/address.js';
import {usage} from '../base/errors.js';
import type {Show, Value} from '../wire/field.js';
import type {Node} from '../wire/header.js';
import type {Operator} from './filter-tokens.js';
import type {KnownField} from './registry.js';
import {hexBytes} from './show.js';

type Test = (value: Value) => boolean;

const refuse = (field: KnownField, text: string, what: string) =>
	usage(`${field.name} is compared with ${what}, not with "${text}"`, {field: field.name, value: text});

/** The number that a value's name stands for in one of the tables. */
function named(field: KnownField, text: string): bigint | undefined {
	for (const {names} of field.shapes) {
		const found = Object.entries(names ?? {}).find(([, name]) => name.toLowerCase() === text.toLowerCase());
		if (found !== undefined) return BigInt(found[0]);
	}
	return undefined;
}

function number(field: KnownField, text: string): bigint {
	if (/^-?(\d+|0x[0-9a-f]+)$/i.test(text)) return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
	if (field.shape?.show === 'bool' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? 1n : 0n;
	const found = named(field, text);
	if (found !== undefined) return found;
	throw refuse(field, text, 'a number or the name of one of its values');
}

function nanoseconds(field: KnownField, text: string): bigint {
	const match = /^(-?)(\d+)(?:\.(\d{1,9})\d*)?$/.exec(text);
	if (match === null) throw refuse(field, text, 'seconds');
	const [, sign, whole, fraction = ''] = match;
	const size = BigInt(whole as string) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
	return sign === '-' ? -size : size;
}

/** Addresses in hexadecimal whose length is known. */
const fixed: Readonly<Partial<Record<Show, {digits: number; what: string}>>> = {
	mac: {digits: 12, what: 'a MAC address'},
	fcid: {digits: 6, what: 'three bytes in hexadecimal (00.00.01)'},
	wwn: {digits: 16, what: 'a world wide name of eight bytes (20:00:00:11:22:33:44:55)'},
};

function digits(field: KnownField, text: string, whole: boolean): string {
	const shape = field.shape?.show;
	if (shape === 'ipv4' || shape === 'ipv6') {
		const address = shape === 'ipv4' ? ipv4Bytes(text) : ipv6Bytes(text);
		if (address === undefined) throw refuse(field, text, shape === 'ipv4' ? 'an IPv4 address' : 'an IPv6 address');
		return hexBytes(address);
	}
	const hex = text.toLowerCase().replace(/[:.-]/g, '').replace(/^0x/, '');
	const known = shape === undefined ? undefined : fixed[shape];
	if (!/^([0-9a-f]{2})+$/.test(hex) || (whole && known !== undefined && hex.length !== known.digits)) {
		throw refuse(field, text, known?.what ?? 'bytes in hexadecimal');
	}
	return hex;
}

function compare<T extends string | bigint>(operator: Operator, right: T, left: (value: Value) => T): Test {
	const tests: Readonly<Record<Operator, (a: T) => boolean>> = {
		'==': a => a === right,
		'!=': a => a !== right,
		'<': a => a < right,
		'>': a => a > right,
		'<=': a => a <= right,
		'>=': a => a >= right,
		contains: a => String(a).includes(String(right)),
	};
	const test = tests[operator];
	return value => test(left(value));
}

/** A test of one value. ERR_USAGE when the text cannot be a value of that field. */
function valueTest(field: KnownField, operator: Operator, text: string): Test {
	const shape = field.shape;
	if (shape === undefined || shape.show === 'none') throw usage(`${field.name} has no value to compare; ask only whether it is there`, {field: field.name});
	switch (shape.show) {
		case 'text':
			return compare(operator, text, String);
		case 'seconds':
			return compare(operator, nanoseconds(field, text), value => BigInt(value as bigint));
		case 'mac':
		case 'ipv4':
		case 'ipv6':
		case 'bytes':
			return compare(operator, digits(field, text, operator !== 'contains'), value => hexBytes(value as Uint8Array));
		case 'fcid':
		case 'wwn': {
			// numbers that read as bytes; as many digits on both sides, so the order of texts is that of numbers
			const size = 2 * shape.size;
			return compare(operator, digits(field, text, operator !== 'contains'), value =>
				BigInt(value as number | bigint)
					.toString(16)
					.padStart(size, '0'),
			);
		}
		default:
			return compare(operator, number(field, text), value => (value instanceof Uint8Array ? BigInt(`0x0${hexBytes(value)}`) : BigInt(value)));
	}
}

/** A test of all nodes of a field in a frame: one that fits is enough, but for != none may be equal (wireshark-filter(4)). */
export function nodeTest(field: KnownField, operator: Operator, text: string): (nodes: readonly Node[]) => boolean {
	const test = valueTest(field, operator, text);
	const fits = (node: Node) => node.value !== undefined && test(node.value);
	return operator === '!=' ? nodes => nodes.length > 0 && nodes.every(fits) : nodes => nodes.some(fits);
}
