// What dissection produces: a frame as layers, each a protocol's node with its fields below it, named and placed as in `tshark -T pdml`.
import type {Shape, Value} from '../wire/field.js';
import type {Header, Node} from '../wire/header.js';
import {generatedShape} from './generated.js';
import {isHidden} from './hidden.js';

/** The bytes that positions count in: the frame itself, or what TCP segments were put together to. */
export interface Source {
	readonly bytes: Uint8Array;
	readonly view: DataView;
	/** Reassembled from several frames: positions are not the frame's. */
	readonly reassembled: boolean;
}

/** A protocol in a frame. `label` is the one-line summary; children grow while the layer is dissected. */
export interface Layer extends Node {
	label: string;
	size: number;
	readonly children: Node[];
	readonly source: Source;
}

/** A frame as it was captured. */
export interface Frame {
	/** From 1. */
	readonly number: number;
	readonly bytes: Uint8Array;
	/** On the wire. */
	readonly length: number;
	/** Nanoseconds since 1970. */
	readonly time: bigint;
	/** LINKTYPE. */
	readonly linkType: number;
	readonly interfaceName?: string | undefined;
	readonly comments?: readonly string[] | undefined;
}

export interface Tree {
	readonly frame: Frame;
	/** `frame` first, then the protocols in the order they were found. */
	readonly layers: readonly Layer[];
	/** As Wireshark writes them: `eth:ethertype:ip:tcp:iscsi`. */
	readonly protocols: string;
	readonly malformed: boolean;
}

export const sourceOf = (bytes: Uint8Array, reassembled = false): Source => ({
	bytes,
	view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
	reassembled,
});

/** Single bits that Wireshark names otherwise than the field that they are part of. */
const bitsOf: ReadonlyArray<[prefix: string, field: string]> = [
	['fc.fctl.', 'fc.f_ctl'],
	['fcels.cmn.', 'fcels.logi.cmnfeatures'],
	['fcels.cls.', 'fcels.logi.clsflags'],
	['fcels.tprloflags.', 'fcels.prliloflags'],
	['fcp.mgmt.flags.', 'fcp.taskmgmt'],
	['fcp.rsp.flags.', 'fcp.rspflags'],
];

/** Where each field of a table goes in a tree: below the field whose name it extends (`ip.flags.df` below `ip.flags`), or nowhere. */
const top = -1;
const hidden = -2;
const plans = new WeakMap<Header, readonly number[]>();

function planOf(header: Header): readonly number[] {
	const known = plans.get(header);
	if (known !== undefined) return known;
	const names = Object.keys(header.fields).map(key => (key.startsWith('.') ? key.slice(1) : `${header.proto}.${key}`));
	const plan = names.map((name, i) => {
		if (isHidden(name)) return hidden;
		for (let j = i - 1; j >= 0; j--) if (name.startsWith(`${names[j]}.`)) return j;
		const [, field] = bitsOf.find(([prefix]) => name.startsWith(prefix)) ?? [];
		return field === undefined ? top : Math.max(top, names.indexOf(field));
	});
	plans.set(header, plan);
	return plan;
}

/** The fields of a header that fit before `end`, each below the one it belongs to. */
export function present(header: Header, view: DataView, at: number, end: number): Node[] {
	const plan = planOf(header);
	const nodes = header.dissect(view, at, end);
	const whole = nodes.length === plan.length;
	const found: Node[] = [];
	for (let i = 0; i < nodes.length; i++) {
		const node = nodes[i] as Node;
		if (!whole && isHidden(node.name)) continue;
		// a table that is cut short is shown flat: its parents may not be there
		const parent = whole ? (plan[i] as number) : top;
		if (parent === top) found.push(node);
		else if (parent >= 0) {
			const above = nodes[parent] as {children?: Node[]};
			if (above.children === undefined) above.children = [node];
			else above.children.push(node);
		}
	}
	return found;
}

/** A node that was worked out rather than read; its shape comes from the table in generated.ts. */
export function generated(name: string, value: Value, pos: number, size = 0, text?: string): Node {
	const field = generatedShape(name);
	return {name, label: field.label, pos, size, value, text: text ?? (typeof value === 'number' ? field.names?.[value] : undefined), field};
}

/** A heading without a value of its own, such as one TCP option or one key=value pair. */
export const group = (name: string, pos: number, size: number, value: Value | undefined, children: Node[], text?: string): Node => {
	const field = generatedShape(name);
	return {name, label: field.label, pos, size, value, text, field, children};
};

/** Every node of the layers, depth first. */
export function* everyNode(nodes: readonly Node[]): Generator<Node> {
	for (const node of nodes) {
		yield node;
		if (node.children !== undefined) yield* everyNode(node.children);
	}
}

/** How a layer is dissected: adds its layers to the walk and returns where what it understood ends (padding comes behind it). */
export type LayerDissector = (walk: Walk, source: Source, at: number, end: number) => number;

/** One frame on its way through the layers. */
export class Walk {
	readonly layers: Layer[] = [];
	readonly protocols: string[] = [];
	malformed = false;
	/** Inside a packet that an ICMP error quotes: it is cut by rule, and it is not traffic. */
	quoted = false;

	readonly frame: Frame;

	/** Who dissects a protocol's header, by the protocol's name. */
	readonly dissectors: ReadonlyMap<string, LayerDissector>;

	constructor(frame: Frame, dissectors: ReadonlyMap<string, LayerDissector>) {
		this.frame = frame;
		this.dissectors = dissectors;
	}

	/** Opens a layer of `size` bytes. */
	layer(name: string, label: string, source: Source, at: number, size: number, children: Node[] = [], protocol: string | null = name, field?: Shape): Layer {
		const layer: Layer = {name, label, pos: at, size, value: undefined, children, source, field};
		this.layers.push(layer);
		if (protocol !== null) this.protocols.push(protocol);
		return layer;
	}

	/**
	 * Opens the layer of a header and fills in its fields. When the header does not fit before `end`, what fits is shown, a malformed layer
	 * covers the rest, and the result is undefined: the caller returns `end`.
	 */
	header(header: Header, label: string, source: Source, at: number, end: number): Layer | undefined {
		const whole = end - at >= header.length;
		const nodes = present(header, source.view, at, end);
		const layer = this.layer(header.proto, label, source, at, Math.min(header.length, end - at), nodes);
		if (whole) return layer;
		this.rest(
			source,
			nodes.reduce((last, node) => Math.max(last, node.pos + node.size), at),
			end,
			`${header.proto} header of ${header.length} bytes`,
		);
		return undefined;
	}

	/** Adds the fields of a further header to a layer; false (and a malformed layer) when they do not fit. */
	extend(layer: Layer, header: Header, at: number, end: number): boolean {
		const nodes = present(header, layer.source.view, at, end);
		layer.children.push(...nodes);
		layer.size = Math.max(layer.size, Math.min(end, at + header.length) - layer.pos);
		if (end - at >= header.length) return true;
		this.rest(
			layer.source,
			nodes.reduce((last, node) => Math.max(last, node.pos + node.size), at),
			end,
			`${header.length} bytes of ${header.proto}`,
		);
		return false;
	}

	/**
	 * Closes the tree over bytes that do not make sense, or are not there. A capture that kept only the beginning of a frame is no fault of the
	 * frame: then the node is `_ws.short`, as in Wireshark, and the frame does not count as malformed.
	 */
	rest(source: Source, at: number, end: number, expected: string): void {
		// what an ICMP error quotes is cut by rule (RFC 792)
		if (this.quoted) return;
		const cut = !source.reassembled && this.frame.length > this.frame.bytes.length && end >= this.frame.bytes.length;
		const from = Math.min(at, end);
		if (cut) this.layer('_ws.short', `Packet size limited during capture: ${expected} truncated`, source, from, end - from, [], null);
		else {
			this.malformed = true;
			this.layer('_ws.malformed', `Malformed packet: ${expected} expected, ${end - from} bytes left`, source, from, end - from, [], null);
		}
	}

	/** Bytes that no protocol claims. */
	data(source: Source, at: number, end: number): number {
		if (end <= at || this.quoted) return end;
		const bytes = source.bytes.subarray(at, end);
		this.layer('data', `Data (${end - at} bytes)`, source, at, end - at, [generated('data.data', bytes, at, end - at), generated('data.len', end - at, at)]);
		return end;
	}
}
