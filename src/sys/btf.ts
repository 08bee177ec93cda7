// BTF, the kernel's own description of its types: where a member of a struct lies, what an enum's values are called, what a tracepoint hands over.
// Documentation/bpf/btf.rst and include/uapi/linux/btf.h. Pure: bytes in, answers out; only little-endian machines, as everything in this room.
import {NetstressError} from '../base/errors.js';

const magic = 0xeb9f;
/** enum of BTF_KIND_*. */
const kind = {
	int: 1,
	pointer: 2,
	array: 3,
	struct: 4,
	union: 5,
	enum: 6,
	typedef: 8,
	volatile: 9,
	const: 10,
	restrict: 11,
	proto: 13,
	typeTag: 18,
	enum64: 19,
} as const;
/** Bytes behind a type's 12: so many once, and so many for each of its `vlen` parts. */
const tails: readonly (readonly [once: number, each: number])[] = [
	...[
		[0, 0],
		[4, 0],
		[0, 0],
		[12, 0],
		[0, 12],
		[0, 12],
		[0, 8],
		[0, 0],
		[0, 0],
		[0, 0],
	],
	...[
		[0, 0],
		[0, 0],
		[0, 0],
		[0, 8],
		[4, 0],
		[0, 12],
		[0, 0],
		[4, 0],
		[0, 0],
		[0, 12],
	],
] as [number, number][];
/** Chains of typedefs and nested anonymous unions are short; longer ones go in a circle. */
const deepest = 32;

export interface Member {
	/** Bytes from the struct's beginning. */
	readonly offset: number;
	/** Bytes; 0 where its type has none that we know. */
	readonly size: number;
}

/** One parameter of a function: what it is, and of which name (of the struct that a pointer points to). */
export interface Parameter {
	readonly kind: 'pointer' | 'enum' | 'other';
	/** Empty for `void *` and what has no name. */
	readonly type: string;
}

interface Type {
	readonly name: number;
	readonly kind: number;
	readonly parts: number;
	readonly flag: boolean;
	/** Size in bytes, or the id of the type that it refers to. */
	readonly value: number;
	/** Where what follows the 12 bytes begins. */
	readonly at: number;
}

const damaged = (what: string, why: string) => new NetstressError('ERR_PROTOCOL', `the type description ${what} cannot be read: ${why}`, {what});

export class Btf {
	readonly #what: string;
	readonly #bytes: Buffer;
	readonly #view: DataView;
	readonly #base: Btf | undefined;
	/** Position of type i + firstId. */
	readonly #positions: Uint32Array;
	readonly #strings: {readonly at: number; readonly length: number; readonly first: number};
	readonly #firstId: number;
	/** All types and strings, the base's included: where a module's own begin. */
	readonly #nextId: number;

	/** Indexes every type (130,000 in some 10 ms). `base` is vmlinux where `bytes` is a module's. ERR_PROTOCOL for damaged bytes. */
	constructor(bytes: Uint8Array, what = 'BTF', base?: Btf) {
		const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		if (bytes.length < 24 || view.getUint16(0, true) !== magic) throw damaged(what, `it does not begin with the magic number 0x${magic.toString(16)}`);
		const header = view.getUint32(4, true);
		const [typeAt, typeLength, stringAt, stringLength] = [8, 12, 16, 20].map(at => view.getUint32(at, true)) as [number, number, number, number];
		const types = header + typeAt;
		const end = types + typeLength;
		const strings = header + stringAt;
		if (end > bytes.length || strings + stringLength > bytes.length) throw damaged(what, 'it is shorter than it says');
		this.#what = what;
		this.#bytes = buffer;
		this.#view = view;
		this.#base = base;
		this.#firstId = base === undefined ? 1 : base.#nextId;
		this.#strings = {at: strings, length: stringLength, first: base === undefined ? 0 : base.#strings.first + base.#strings.length};
		const positions = new Uint32Array(Math.floor(typeLength / 12));
		let count = 0;
		for (let at = types; at < end; count++) {
			if (at + 12 > end) throw damaged(what, 'its last type is cut off');
			const info = view.getUint32(at + 4, true);
			const tail = tails[(info >>> 24) & 31];
			if (tail === undefined) throw damaged(what, `it has a type of an unknown kind, ${(info >>> 24) & 31}`);
			positions[count] = at;
			at += 12 + tail[0] + tail[1] * (info & 0xffff);
			if (at > end) throw damaged(what, 'its last type is cut off');
		}
		this.#positions = positions.subarray(0, count);
		this.#nextId = this.#firstId + count;
	}

	#type(id: number): Type | undefined {
		if (id < this.#firstId) return this.#base === undefined ? undefined : this.#base.#type(id);
		const at = this.#positions[id - this.#firstId];
		if (at === undefined) return undefined;
		const info = this.#view.getUint32(at + 4, true);
		return {
			name: this.#view.getUint32(at, true),
			kind: (info >>> 24) & 31,
			parts: info & 0xffff,
			flag: info >>> 31 === 1,
			value: this.#view.getUint32(at + 8, true),
			at: at + 12,
		};
	}

	#text(offset: number): string {
		const {at, length, first} = this.#strings;
		if (offset < first) return this.#base === undefined ? '' : this.#base.#text(offset);
		const from = at + offset - first;
		const limit = at + length;
		if (from >= limit) return '';
		const end = this.#bytes.indexOf(0, from);
		return this.#bytes.toString('latin1', from, end < 0 || end > limit ? limit : end);
	}

	/** Where a name stands among the strings, -1 for none: each stands there once, so types are compared by number. */
	#nameOffset(name: string): number {
		const {at, length, first} = this.#strings;
		const found = this.#bytes.indexOf(`\0${name}\0`, at, 'latin1');
		if (found >= 0 && found < at + length) return found + 1 - at + first;
		return this.#base === undefined ? -1 : this.#base.#nameOffset(name);
	}

	/** The id of the type of this name and one of these kinds; a module's own first. */
	#find(name: string, kinds: readonly number[]): number | undefined {
		const wanted = this.#nameOffset(name);
		if (wanted >= 0) {
			const view = this.#view;
			for (let i = 0; i < this.#positions.length; i++) {
				const at = this.#positions[i] as number;
				if (view.getUint32(at, true) === wanted && kinds.includes((view.getUint32(at + 4, true) >>> 24) & 31)) return this.#firstId + i;
			}
		}
		return this.#base === undefined ? undefined : this.#base.#find(name, kinds);
	}

	/** Through typedefs and qualifiers to what a type is. */
	#plain(id: number): {id: number; type: Type} | undefined {
		let current = id;
		for (let depth = 0; depth < deepest; depth++) {
			const type = this.#type(current);
			if (type === undefined) return undefined;
			const through: readonly number[] = [kind.typedef, kind.const, kind.volatile, kind.restrict, kind.typeTag];
			if (!through.includes(type.kind)) return {id: current, type};
			current = type.value;
		}
		throw damaged(this.#what, `type ${id} refers to itself`);
	}

	#sizeOf(id: number, depth = 0): number {
		const type = depth < deepest ? this.#plain(id)?.type : undefined;
		if (type === undefined) return 0;
		if (type.kind === kind.pointer) return 8;
		if (type.kind !== kind.array) return [kind.int, kind.struct, kind.union, kind.enum, kind.enum64].includes(type.kind as 1) ? type.value : 0;
		const owner = this.#owner(id);
		return owner.#sizeOf(owner.#view.getUint32(type.at, true), depth + 1) * owner.#view.getUint32(type.at + 8, true);
	}

	/** Whose bytes hold type `id` behind its typedefs: ours or the base's. */
	#owner(id: number): Btf {
		const plain = this.#plain(id);
		return plain !== undefined && plain.id < this.#firstId && this.#base !== undefined ? this.#base.#owner(plain.id) : this;
	}

	/** Whether there is an enum, struct or other type of this name. */
	has(name: string): boolean {
		return this.#find(name, Object.values(kind)) !== undefined;
	}

	/** An enum's values with their names as the kernel has them; undefined when there is no such enum. Values are unsigned 32-bit (64-bit in an enum64). */
	enumValues(name: string): Map<number, string> | undefined {
		const id = this.#find(name, [kind.enum, kind.enum64]);
		if (id === undefined) return undefined;
		const owner = this.#owner(id);
		const type = owner.#type(id) as Type;
		const step = type.kind === kind.enum64 ? 12 : 8;
		return new Map(
			Array.from({length: type.parts}, (_, i) => {
				const at = type.at + i * step;
				const low = owner.#view.getUint32(at + 4, true);
				const value = type.kind === kind.enum64 ? low + owner.#view.getUint32(at + 8, true) * 2 ** 32 : low;
				return [value, owner.#text(owner.#view.getUint32(at, true))];
			}),
		);
	}

	/**
	 * Where `path` (`__sk_common.skc_net.net`) lies in the struct `name`, through anonymous structs and unions; undefined when this kernel has no such struct or
	 * member. A bit field has the offset of the byte it begins in.
	 */
	member(name: string, path: string): Member | undefined {
		let id = this.#find(name, [kind.struct, kind.union]);
		let offset = 0;
		for (const word of path.split('.')) {
			const found = id === undefined ? undefined : this.#memberOf(id, word, 0);
			if (found === undefined) return undefined;
			offset += found.offset;
			id = found.id;
		}
		return id === undefined ? undefined : {offset, size: this.#sizeOf(id)};
	}

	#memberOf(id: number, name: string, depth: number): {offset: number; id: number} | undefined {
		const plain = this.#plain(id);
		if (plain === undefined || depth > deepest || (plain.type.kind !== kind.struct && plain.type.kind !== kind.union)) return undefined;
		const owner = this.#owner(id);
		const {type} = plain;
		for (let i = 0; i < type.parts; i++) {
			const at = type.at + i * 12;
			const text = owner.#text(owner.#view.getUint32(at, true));
			const memberId = owner.#view.getUint32(at + 4, true);
			const raw = owner.#view.getUint32(at + 8, true);
			const offset = Math.floor((type.flag ? raw & 0xff_ffff : raw) / 8);
			if (text === name) return {offset, id: memberId};
			const inside = text === '' ? this.#memberOf(memberId, name, depth + 1) : undefined;
			if (inside !== undefined) return {offset: offset + inside.offset, id: inside.id};
		}
		return undefined;
	}

	/** The parameters of the function type behind a typedef such as `btf_trace_kfree_skb`; undefined when there is none. */
	parameters(name: string): Parameter[] | undefined {
		const id = this.#find(name, [kind.typedef]);
		const pointer = id === undefined ? undefined : this.#plain(id)?.type;
		const proto = pointer?.kind === kind.pointer ? this.#plain(pointer.value) : undefined;
		if (proto === undefined || proto.type.kind !== kind.proto) return undefined;
		const owner = this.#owner(proto.id);
		return Array.from({length: proto.type.parts}, (_, i) => this.#parameter(owner.#view.getUint32(proto.type.at + i * 8 + 4, true)));
	}

	#parameter(id: number): Parameter {
		const type = id === 0 ? undefined : this.#plain(id)?.type;
		if (type?.kind === kind.enum || type?.kind === kind.enum64) return {kind: 'enum', type: this.#text(type.name)};
		if (type?.kind !== kind.pointer) return {kind: 'other', type: type === undefined ? '' : this.#text(type.name)};
		const target = type.value === 0 ? undefined : this.#plain(type.value)?.type;
		return {kind: 'pointer', type: target === undefined ? '' : this.#text(target.name)};
	}

	/** The id of the type of this name, for attaching a program to it (`attach_btf_id`); undefined when there is none. */
	idOf(name: string): number | undefined {
		return this.#find(name, Object.values(kind));
	}
}
