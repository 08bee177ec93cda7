// A header is one field table; accessors, codec and dissection are read off it (docs/architecture.md, "A protocol is a table").
import {NetstressError} from '../base/errors.js';
import type {Field, Shape, Value} from './field.js';

/** One field of one frame, for people and for comparison with `tshark -T pdml`: `pos` and `size` in bytes from the start of the frame. */
export interface Node {
	/** Wireshark's filter name, `proto.key`. */
	readonly name: string;
	readonly label: string;
	readonly pos: number;
	readonly size: number;
	readonly value: Value | undefined;
	/** The value's name, where the table knows it. */
	readonly text?: string | undefined;
	/** How its value is shown: the table entry it came from, or the shape of a generated node; undefined for protocol and malformed nodes. */
	readonly field?: Shape | undefined;
	readonly children?: readonly Node[];
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds fields of several value types; ReprOf gives each its own back
export type Fields = Record<string, Field<any>>;
export type ReprOf<F extends Fields> = {[K in keyof F]: F[K] extends Field<infer T> ? T : never};

export interface Header<F extends Fields = Fields> {
	readonly proto: string;
	/** Bytes of the fixed part. */
	readonly length: number;
	readonly fields: F;
	/** Reads every field into a plain value. ERR_TRUNCATED when fewer than `length` bytes lie between `at` and `end`. */
	decode(view: DataView, at?: number, end?: number): ReprOf<F>;
	/** Writes every byte it owns (ring slots arrive dirty): fields not given and reserved bits become 0. ERR_TRUNCATED, ERR_FIELD_RANGE. */
	encode(repr: Partial<ReprOf<F>>, view: DataView, at?: number, end?: number): void;
	/** The nodes of the fields that fit before `end`. Never throws. */
	dissect(view: DataView, at?: number, end?: number): Node[];
}

/**
 * Declares a header of `length` bytes. Keys are Wireshark's field names behind the protocol's prefix;
 * a key that starts with '.' stands for the whole name of another protocol's field (`'.scsi.lun'`).
 */
export function header<F extends Fields>(proto: string, length: number, fields: F): Header<F> {
	const list = Object.entries(fields);
	for (const [key, field] of list) {
		if (field.at + field.size > length) throw new RangeError(`${proto}.${key} ends at ${field.at + field.size}, beyond the header's ${length} bytes`);
	}
	const check = (at: number, end: number) => {
		if (end - at < length) throw new NetstressError('ERR_TRUNCATED', `${proto}: ${Math.max(0, end - at)} of ${length} bytes`, {proto, length});
	};
	return {
		proto,
		length,
		fields,
		decode(view, at = 0, end = view.byteLength) {
			check(at, Math.min(end, view.byteLength));
			const repr: Record<string, Value> = {};
			for (const [key, field] of list) repr[key] = field.read(view, at);
			return repr as ReprOf<F>;
		},
		encode(repr, view, at = 0, end = view.byteLength) {
			check(at, Math.min(end, view.byteLength));
			new Uint8Array(view.buffer, view.byteOffset + at, length).fill(0);
			for (const [key, field] of list) {
				const value = repr[key];
				if (value !== undefined) field.write(view, at, value);
			}
		},
		dissect(view, at = 0, end = view.byteLength) {
			const nodes: Node[] = [];
			const limit = Math.min(end, view.byteLength);
			for (const [key, field] of list) {
				if (at + field.at + field.size > limit) continue;
				const value: Value = field.read(view, at);
				const name = key.startsWith('.') ? key.slice(1) : `${proto}.${key}`;
				nodes.push({
					name,
					label: field.label,
					pos: at + field.at,
					size: field.size,
					value,
					text: typeof value === 'number' ? field.names?.[value] : undefined,
					field,
				});
			}
			return nodes;
		},
	};
}
