// Bytes of netlink messages: headers and attributes, read and written (linux/netlink.h; Documentation/userspace-api/netlink/intro.rst). Pure; numbers are in this
// machine's order, and every machine that Node runs on with a kernel's rings is little-endian (memory.ts). Reading never throws: what does not fit ends the walk.

/** struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const headerBytes = 16;
/** struct nlattr: u16 length with the header, u16 type. */
const attributeHeader = 4;
/** NLA_TYPE_MASK: without NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const typeMask = 0x3fff;
/** Messages and attributes begin at multiples of four. */
const align = (length: number) => (length + 3) & ~3;

export interface Message {
	readonly type: number;
	readonly flags: number;
	readonly sequence: number;
	/** Behind the header. */
	readonly payload: DataView;
}

const part = (view: DataView, at: number, length: number) => new DataView(view.buffer, view.byteOffset + at, length);

/** The messages of a datagram, in order; a damaged one ends the list. */
export function messages(view: DataView): Message[] {
	const found: Message[] = [];
	let at = 0;
	while (at + headerBytes <= view.byteLength) {
		const length = view.getUint32(at, true);
		if (length < headerBytes || at + length > view.byteLength) break;
		found.push({
			type: view.getUint16(at + 4, true),
			flags: view.getUint16(at + 6, true),
			sequence: view.getUint32(at + 8, true),
			payload: part(view, at + headerBytes, length - headerBytes),
		});
		at += align(length);
	}
	return found;
}

/** The attributes behind `at`, by type; of a type that comes twice the last one, as the kernel's own nla_parse does. */
export function attributes(view: DataView, at = 0): Map<number, DataView> {
	const found = new Map<number, DataView>();
	for (const [type, value] of attributeList(view, at)) found.set(type, value);
	return found;
}

/** The attributes behind `at` in order, also those whose type repeats (arrays). */
export function attributeList(view: DataView, at = 0): [type: number, value: DataView][] {
	const found: [number, DataView][] = [];
	let next = at;
	while (next + attributeHeader <= view.byteLength) {
		const length = view.getUint16(next, true);
		if (length < attributeHeader || next + length > view.byteLength) break;
		found.push([view.getUint16(next + 2, true) & typeMask, part(view, next + attributeHeader, length - attributeHeader)]);
		next += align(length);
	}
	return found;
}

/** An unsigned number of 1, 2, 4 or 8 bytes (netlink's `uint` is 4 or 8 as the value needs); beyond 2^53 rounded. Undefined for another length. */
export function unsigned(value: DataView | undefined): number | undefined {
	switch (value?.byteLength) {
		case 1:
			return value.getUint8(0);
		case 2:
			return value.getUint16(0, true);
		case 4:
			return value.getUint32(0, true);
		case 8:
			return Number(value.getBigUint64(0, true));
		default:
			return undefined;
	}
}

/** A text up to its NUL; undefined where the attribute is. */
export function text(value: DataView | undefined): string | undefined {
	if (value === undefined) return undefined;
	const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
	const end = bytes.indexOf(0);
	return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
	const bytes = new Uint8Array(parts.reduce((sum, {length}) => sum + align(length), 0));
	let at = 0;
	for (const one of parts) {
		bytes.set(one, at);
		at += align(one.length);
	}
	return bytes;
};

/** One attribute: a number is a u32, a text ends with NUL. Padded to a multiple of four. */
export function attribute(type: number, value: number | string | Uint8Array): Uint8Array {
	const content = typeof value === 'string' ? new TextEncoder().encode(`${value}\0`) : typeof value === 'number' ? u32(value) : value;
	const bytes = new Uint8Array(align(attributeHeader + content.length));
	const view = new DataView(bytes.buffer);
	view.setUint16(0, attributeHeader + content.length, true);
	view.setUint16(2, type, true);
	bytes.set(content, attributeHeader);
	return bytes;
}

const u32 = (value: number): Uint8Array => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value, true);
	return bytes;
};

/** A whole message; the port stays 0, the kernel fills it in. */
export function message(type: number, flags: number, sequence: number, ...parts: readonly Uint8Array[]): Uint8Array {
	const payload = joined(parts);
	const bytes = new Uint8Array(headerBytes + payload.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, bytes.length, true);
	view.setUint16(4, type, true);
	view.setUint16(6, flags, true);
	view.setUint32(8, sequence, true);
	bytes.set(payload, headerBytes);
	return bytes;
}
