// FIP (FC-BB-6 7.9): the header, and its descriptors one by one; FLOGI, FDISC, LOGO and ELP carry an FC frame.
import {
	FIP_HEADER_LENGTH,
	FIP_WORD,
	fip,
	fipDescriptor,
	fipDescriptorHead,
	fipDescriptorNames,
	fipDescriptors,
	fipEncapsulation,
	fipHeaders,
	fipOpNames,
	fipSubcodeNames,
} from '../../wire/fip.js';
import type {Node} from '../../wire/header.js';
import {show} from '../show.js';
import {generated, group, type LayerDissector, present, type Source, type Walk} from '../tree.js';
import type {FcDissector} from './fc.js';

const encapsulated: ReadonlySet<number> = new Set([fipDescriptor.flogi, fipDescriptor.fdisc, fipDescriptor.logo, fipDescriptor.elp]);

/** A dissector of FIP frames, whose FC frames `dissectFc` goes on with. */
export function fipDissector(dissectFc: FcDissector): LayerDissector {
	return (walk, source, at, end) => {
		const operation = end - at >= FIP_HEADER_LENGTH ? fip.fields.opcode.read(source.view, at) : -1;
		const layer = walk.header(fipHeaders[operation] ?? fip, 'FIP', source, at, end);
		if (layer === undefined) return end;
		const subcode = fip.fields.subcode.read(source.view, at);
		layer.label = `FIP ${fipSubcodeNames[operation]?.[subcode] ?? `${fipOpNames[operation] ?? `operation ${operation}`} ${subcode}`}`;
		const from = at + FIP_HEADER_LENGTH;
		const length = FIP_WORD * fip.fields.dl_len.read(source.view, at);
		const to = Math.min(end, from + length);
		layer.size = to - at;
		const list = group('fip.descriptors', from, to - from, source.bytes.subarray(from, to), []);
		if (length > 0) layer.children.push(list);
		const frames: Array<[from: number, to: number]> = [];
		const stop = descriptors(source, from, to, list.children as Node[], frames);
		for (const [first, last] of frames) dissectFc(walk, source, first, last, last, true);
		if (stop < to) broken(walk, source, stop, to, list.children as Node[]);
		else if (from + length > end) walk.rest(source, to, end, `${length} bytes of FIP descriptors`);
		// a claim response is padded up to the size of an FCoE frame, to see whether that arrives (FC-BB-6 annex D)
		if (to < end && !walk.malformed) layer.children.push(generated('fip.padding', source.bytes.subarray(to, end), to, end - to));
		return end;
	};
}

/** The descriptors that are whole; where they end. FC frames found in them are appended to `frames`. */
function descriptors(source: Source, from: number, to: number, nodes: Node[], frames: Array<[number, number]>): number {
	let at = from;
	while (at + fipDescriptorHead.length <= to) {
		const type = fipDescriptorHead.fields.desc_type.read(source.view, at);
		const length = FIP_WORD * fipDescriptorHead.fields.desc_len.read(source.view, at);
		const table = fipDescriptors[type];
		if (length === 0) return at;
		const children = present(table ?? fipDescriptorHead, source.view, at, Math.min(to, at + length));
		nodes.push(group('fip.descriptor', at, Math.min(to - at, length), undefined, children, describe(type, children)));
		if (at + length > to || (table !== undefined && length < table.length)) return at;
		const body = at + (table ?? fipDescriptorHead).length;
		const end = at + length;
		if (encapsulated.has(type)) frames.push([body, end]);
		else if (end > body) children.push(generated(leftover(type), source.bytes.subarray(body, end), body, end - body));
		at = end;
	}
	return at;
}

/** What bytes behind the known part of a descriptor are. */
const leftover = (type: number): string =>
	type === fipDescriptor.vendor ? 'fip.vendor.data' : fipDescriptors[type] === undefined ? 'fip.desc_unk' : 'fip.descriptor.excess';

/** Names a descriptor by its first own field. */
function describe(type: number, children: readonly Node[]): string {
	const name = fipDescriptorNames[type] ?? `type ${type}`;
	const value = children[fipEncapsulation.fields.desc_len.at + 1];
	return value?.value === undefined || value.field === undefined ? name : `${name} ${show(value.value, value.field)}`;
}

/** A descriptor that says it is longer than the list, shorter than its type, or of no length at all. */
function broken(walk: Walk, source: Source, at: number, to: number, nodes: Node[]): void {
	if (to - at >= fipDescriptorHead.length && fipDescriptorHead.fields.desc_len.read(source.view, at) === 0) {
		nodes.push(generated('fip.descriptors.length_error', 1, at, to - at));
	}
	walk.rest(source, at, to, 'a FIP descriptor');
}
