// The program that counts drops in the kernel: a raw tracepoint program at `kfree_skb` (include/trace/events/skb.h). Where members lie and what the
// tracepoint hands over comes from BTF, so that one assembly serves every kernel since 5.10. It costs every dropped frame three short copies and one lookup.
import {
	atomicAdd,
	call,
	exit,
	helper,
	type Instruction,
	jump,
	jumpIfAtLeast,
	jumpIfEqual,
	jumpIfNotEqual,
	label,
	load,
	load16,
	load32,
	mapHandle,
	mapValue,
	type Register,
	store16,
	store32,
	store64,
	withConstant,
	withConstant32,
	withRegister,
	withRegister32,
} from '../../sys/bpf-assembler.js';
import type {Layout} from './layout.js';
import {type SampleMaps, sampleInstructions} from './sample-program.js';

/** The key of the counters: what one kind of drop is. `protocol` is in network order. */
export const dropKey = {location: 0, reason: 8, ifindex: 12, netns: 16, protocol: 20, length: 24} as const;
/** The map entry of what the program itself lost, u64 each: drops that found no room among the counters, samples that found none in their queue. */
export const lostEntry = {drops: 0, samples: 8, length: 16} as const;

/** BPF_NOEXIST: another CPU may have made the entry meanwhile. */
const noExist = 1;
/**
 * The first inode number that /proc gives a namespace is PROC_DYNAMIC_FIRST, 0xf0000000; the first namespaces' own lie just below (linux/proc_ns.h).
 * Where `dev` was something else (UDP keeps a cookie there, TCP a tree), what is found at its end is no such number.
 */
const smallestInode = 0xefff_0000;

const [result, first, second, third]: readonly [Register, Register, Register, Register] = [0, 1, 2, 3];
const [context, skb, other]: readonly [Register, Register, Register] = [6, 7, 8];
const frame: Register = 10;
/** On the stack, from its end: the key, two words of scratch, and the part of the sk_buff. */
const stack = {key: -dropKey.length, word: -32, value: -40, copy: -40} as const;
/** The stack has 512 bytes; members further apart than this are read one by one. */
const longestCopy = 256;

/** bpf_probe_read_kernel(stack + at, length, from + offset); what cannot be read becomes 0. */
const read = (at: number, length: number, from: Register, offset: number): Instruction[] => [
	withRegister('mov', third, from),
	...(offset === 0 ? [] : [withConstant('add', third, offset)]),
	withRegister('mov', first, frame),
	withConstant('add', first, at),
	withConstant('mov', second, length),
	call(helper.probeReadKernel),
];

/** Members of one struct, read together where they lie close: instructions, and where each then stands on the stack. */
function readMembers<K extends string>(
	from: Register,
	members: Readonly<Record<K, {offset: number; size: number}>>,
): {code: Instruction[]; at: Record<K, number>} {
	const list = Object.entries(members) as [K, {offset: number; size: number}][];
	const begin = Math.min(...list.map(([, {offset}]) => offset));
	const end = Math.max(...list.map(([, {offset, size}]) => offset + size));
	const length = Math.ceil((end - begin) / 8) * 8;
	if (length <= longestCopy && begin % 8 === 0) {
		const at = stack.copy - length;
		return {code: read(at, length, from, begin), at: Object.fromEntries(list.map(([key, {offset}]) => [key, at + offset - begin])) as Record<K, number>};
	}
	const at = Object.fromEntries(list.map(([key], i) => [key, stack.copy - 8 * (i + 1)])) as Record<K, number>;
	return {code: list.flatMap(([key, {offset, size}]) => read(at[key], size, from, offset)), at};
}

/** Puts the inode number of the namespace that `from` points to into r1; to `otherwise` when it is none. */
const inode = (from: Register, offset: number, otherwise: string): Instruction[] => [
	...read(stack.word, 4, from, offset),
	load32(first, frame, stack.word),
	withConstant32('mov', second, smallestInode | 0),
	jumpIfAtLeast(first, second, `${otherwise}:is`),
	jump(otherwise),
	label(`${otherwise}:is`),
];

const lookup = (map: number): Instruction[] => [
	mapHandle(first, map),
	withRegister('mov', second, frame),
	withConstant('add', second, stack.key),
	call(helper.mapLookup),
];

/**
 * The program. `counters`: a per-CPU hash map with keys of `dropKey` and one word. `lost`: an array map with `lostEntry`. Reasons in `skip` are not drops
 * (SKB_NOT_DROPPED_YET, SKB_CONSUMED). `samples` keeps the first frames of each kind as well.
 */
export function dropProgram(layout: Layout, counters: number, lost: number, skip: readonly number[], samples?: SampleMaps): Instruction[] {
	const {position, skb: member, device, socket, inodeOffset} = layout;
	const part = readMembers(skb, {dev: member.dev, skbIif: member.skbIif, protocol: member.protocol});
	const ofDevice = readMembers(other, {ifindex: device.ifindex, net: device.net});
	const count = (entry: number) => [mapValue(first, lost), withConstant('mov', second, 1), atomicAdd(first, entry, second)];
	return [
		withRegister('mov', context, first),
		...(position.reason === undefined
			? [withConstant('mov', first, 0)]
			: [load(first, context, position.reason * 8), withRegister32('mov', first, first), ...skip.map(value => jumpIfEqual(first, value, 'out'))]),
		store32(frame, stack.key + dropKey.reason, first),
		load(skb, context, position.skb * 8),
		load(first, context, position.location * 8),
		store64(frame, stack.key + dropKey.location, first),
		withConstant('mov', first, 0),
		store64(frame, stack.key + dropKey.netns, first), // with the protocol and the padding behind it
		...part.code,
		load16(first, frame, part.at.protocol),
		store16(frame, stack.key + dropKey.protocol, first),
		load32(first, frame, part.at.skbIif),
		store32(frame, stack.key + dropKey.ifindex, first),
		load(other, frame, part.at.dev),
		jumpIfEqual(other, 0, 'no device'),
		...ofDevice.code,
		load32(first, frame, ofDevice.at.ifindex),
		store32(frame, stack.value, first),
		load(other, frame, ofDevice.at.net),
		...inode(other, inodeOffset, 'no device'),
		store32(frame, stack.key + dropKey.netns, first),
		load32(first, frame, stack.value),
		store32(frame, stack.key + dropKey.ifindex, first),
		jump('count'),
		label('no device'), // the socket knows its namespace, and the sk_buff where it came in
		...(position.socket === undefined ? [] : [load(other, context, position.socket * 8), jumpIfNotEqual(other, 0, 'socket')]),
		...read(stack.value, 8, skb, member.sk.offset),
		load(other, frame, stack.value),
		label('socket'),
		jumpIfEqual(other, 0, 'count'),
		...read(stack.value, 8, other, socket.net),
		load(other, frame, stack.value),
		...inode(other, inodeOffset, 'count'),
		store32(frame, stack.key + dropKey.netns, first),
		label('count'),
		...lookup(counters),
		jumpIfEqual(result, 0, 'new'),
		label('found'),
		...(samples === undefined ? [] : [load(other, result, 0)]),
		withConstant('mov', first, 1),
		atomicAdd(result, 0, first),
		...(samples === undefined ? [] : sampleInstructions(layout, samples, count(lostEntry.samples))),
		label('out'),
		withConstant('mov', result, 0),
		exit(),
		label('new'),
		withConstant('mov', first, 0),
		store64(frame, stack.value, first),
		mapHandle(first, counters),
		withRegister('mov', second, frame),
		withConstant('add', second, stack.key),
		withRegister('mov', third, frame),
		withConstant('add', third, stack.value),
		withConstant('mov', 4, noExist),
		call(helper.mapUpdate),
		...lookup(counters),
		jumpIfEqual(result, 0, 'full'),
		jump('found'), // backwards, once: the verifier sees that it ends
		label('full'),
		...count(lostEntry.drops),
		jump('out'),
	];
}
