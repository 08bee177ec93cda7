// Kinds of fields a header table is made of. Each knows its place, how to read and write itself and how it is shown.
// `mask` is written as a mask over the field's whole integer (docs/architecture.md): a bit list invites off-by-one errors.
import {NetstressError} from '../base/errors.js';

export type Value = number | bigint | string | Uint8Array;
/** How a value is printed, after Wireshark's display bases; `fcid` and `wwn` are numbers shown byte for byte (00.00.01, 20:00:...). */
export type Show = 'dec' | 'hex' | 'bool' | 'mac' | 'fcid' | 'wwn' | 'ipv4' | 'ipv6' | 'text' | 'bytes' | 'seconds' | 'none';

export interface Field<T extends Value = Value> {
	/** Bytes from the start of the header. */
	readonly at: number;
	/** Bytes of the integer that holds the field. */
	readonly size: number;
	/** The bits of that integer which are the field's own; undefined = all. */
	readonly mask: number | undefined;
	readonly label: string;
	readonly show: Show;
	/** Names of known values. A number without a name survives; a name without a number is an error. */
	readonly names: Readonly<Record<number, string>> | undefined;
	/** Hexadecimal digits, where Wireshark's type is wider than the field (`aoe.lba` is a 64-bit type over 48 bits). Default: two a byte. */
	readonly digits?: number | undefined;
	/** Text that Wireshark shows with the padding that reading drops. */
	readonly padded?: boolean | undefined;
	/** Reads the field of a header that starts at `base`. Checks nothing: the caller has checked the length. */
	readonly read: (view: DataView, base: number) => T;
	/** Writes the field of a header that starts at `base`; ERR_FIELD_RANGE when the value does not fit. */
	readonly write: (view: DataView, base: number, value: T) => void;
}

export interface FieldOptions {
	mask?: number;
	show?: Show;
	names?: Readonly<Record<number, string>>;
	digits?: number;
}

/** What showing a field needs: a table entry without its place. Generated nodes, which have no bytes of their own, carry only this. */
export type Shape = Pick<Field, 'label' | 'size' | 'mask' | 'show' | 'names' | 'digits' | 'padded'>;

const shiftOf = (mask: number) => 31 - Math.clz32(mask & -mask);

const refuse = (label: string, value: unknown): never => {
	throw new NetstressError('ERR_FIELD_RANGE', `${label} cannot hold ${String(value)}`, {field: label, value});
};

type Load = (view: DataView, at: number) => number;
type Store = (view: DataView, at: number, value: number) => void;

/** An unsigned integer of up to 32 bits, whole or under a mask. */
function integer(size: number, load: Load, store: Store) {
	const full = 2 ** (8 * size) - 1;
	return (at: number, label: string, options: FieldOptions = {}): Field<number> => {
		const {mask, show = mask !== undefined && (mask & (mask - 1)) === 0 ? 'bool' : 'dec', names, digits} = options;
		const common = {at, size, mask, label, show, names, digits};
		if (mask === undefined) {
			return {
				...common,
				read: (view, base) => load(view, base + at),
				write(view, base, value) {
					if (!(Number.isInteger(value) && value >= 0 && value <= full)) refuse(label, value);
					store(view, base + at, value);
				},
			};
		}
		const shift = shiftOf(mask);
		const most = mask >>> shift;
		return {
			...common,
			read: (view, base) => (load(view, base + at) & mask) >>> shift,
			write(view, base, value) {
				if (!(Number.isInteger(value) && value >= 0 && value <= most)) refuse(label, value);
				store(view, base + at, ((load(view, base + at) & ~mask) | (value << shift)) >>> 0);
			},
		};
	};
}

export const u8 = integer(
	1,
	(v, at) => v.getUint8(at),
	(v, at, n) => v.setUint8(at, n),
);
export const u16 = integer(
	2,
	(v, at) => v.getUint16(at),
	(v, at, n) => v.setUint16(at, n),
);
export const u32 = integer(
	4,
	(v, at) => v.getUint32(at),
	(v, at, n) => v.setUint32(at, n),
);
export const u24 = integer(
	3,
	(v, at) => v.getUint8(at) * 0x1_0000 + v.getUint16(at + 1),
	(v, at, n) => {
		v.setUint8(at, Math.floor(n / 0x1_0000));
		v.setUint16(at + 1, n & 0xffff);
	},
);
/** Little-endian 16 bits: ATA words (ATA-8 ACS 7.16). */
export const u16le = integer(
	2,
	(v, at) => v.getUint16(at, true),
	(v, at, n) => v.setUint16(at, n, true),
);
export const u32le = integer(
	4,
	(v, at) => v.getUint32(at, true),
	(v, at, n) => v.setUint32(at, n, true),
);
/** Little-endian 48 bits as a Number (exact below 2^53): the AoE LBA (AoEr11 3.1). */
export const u48le = integer(
	6,
	(v, at) => v.getUint32(at, true) + v.getUint16(at + 4, true) * 0x1_0000_0000,
	(v, at, n) => {
		v.setUint32(at, n % 0x1_0000_0000, true);
		v.setUint16(at + 4, Math.floor(n / 0x1_0000_0000), true);
	},
);

/** A field that counts in units of `unit` and reads in whole bytes (IP and TCP header lengths count 32-bit words). ERR_FIELD_RANGE for a fraction. */
export const scaled = (field: Field<number>, unit: number): Field<number> => ({
	...field,
	read: (view, base) => field.read(view, base) * unit,
	write(view, base, value) {
		if (value % unit !== 0) refuse(field.label, value);
		field.write(view, base, value / unit);
	},
});

/** Big-endian 64 bits as a BigInt: LUN, WWN, LBA of the 16-byte CDBs. */
export const u64 = (at: number, label: string, options: Omit<FieldOptions, 'mask'> = {}): Field<bigint> => ({
	at,
	size: 8,
	mask: undefined,
	label,
	show: options.show ?? 'hex',
	names: options.names,
	read: (view, base) => view.getBigUint64(base + at),
	write(view, base, value) {
		if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) refuse(label, value);
		view.setBigUint64(base + at, value);
	},
});

/** A fixed run of bytes. Reading gives a view of the frame, not a copy. Writing a shorter run leaves zeros behind it. */
export const bytes = (at: number, size: number, label: string, show: Show = 'bytes'): Field<Uint8Array> => ({
	at,
	size,
	mask: undefined,
	label,
	show,
	names: undefined,
	read: (view, base) => new Uint8Array(view.buffer, view.byteOffset + base + at, size),
	write(view, base, value) {
		if (!(value instanceof Uint8Array) || value.length > size) refuse(label, value);
		const target = new Uint8Array(view.buffer, view.byteOffset + base + at, size);
		target.fill(0, value.length);
		target.set(value);
	},
});

/** A MAC address, six bytes. */
export const mac = (at: number, label: string) => bytes(at, 6, label, 'mac');

/** Fixed-width ASCII padded with spaces or NUL; a byte above 0x7e or below 0x20 reads as '.', trailing padding is dropped. */
export const ascii = (at: number, size: number, label: string): Field<string> => ({
	at,
	size,
	mask: undefined,
	label,
	show: 'text',
	names: undefined,
	padded: true,
	read(view, base) {
		let text = '';
		for (let i = 0; i < size; i++) {
			const code = view.getUint8(base + at + i);
			text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : code === 0 ? ' ' : '.';
		}
		return text.trimEnd();
	},
	write(view, base, value) {
		if (typeof value !== 'string' || value.length > size) refuse(label, value);
		for (let i = 0; i < size; i++) view.setUint8(base + at + i, i < value.length ? value.charCodeAt(i) & 0x7f : 0x20);
	},
});
