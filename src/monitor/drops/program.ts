// The program that counts drops in the kernel: a raw tracepoint program at `kfree_skb` (include/trace/events/skb.h). Where members lie and what the
// tracepoint hands over comes from BTF, so that one assembly serves every kernel since 5.10. It costs every dropped frame a few loads and one lookup.
import {
	atomicAdd,
	call,
	exit,
	helper,
	type Instruction,
	jump,
	jumpIfEqual,
	jumpIfMore,
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
import type {Member} from '../../sys/btf.js';
import {dropKey} from './key.js';
import type {Layout} from './layout.js';
import {type SampleMaps, sampleInstructions} from './sample-program.js';
import {slotInstructions} from './slots.js';

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
const [context, skb, other, kept]: readonly [Register, Register, Register, Register] = [6, 7, 8, 9];
const frame: Register = 10;
/** On the stack, from its end: the key, and two words of scratch. */
const stack = {key: -dropKey.length, word: -32, value: -40} as const;

/**
 * How the program reads the kernel's structs. `direct`: loads that the verifier knows the types of (a BPF_PROG_TYPE_TRACING program); a bad address reads as 0.
 * `probe`: copies through a helper (a raw tracepoint program), some 10 ns each.
 */
export type Access = 'direct' | 'probe';

type Get = (dst: Register, from: Register, member: Member) => Instruction[];

const loads: Readonly<Record<number, typeof load>> = {2: load16, 4: load32, 8: load};

const getBy = (access: Access): Get => {
	const sized = ({size}: Member) => loads[size] ?? load;
	if (access === 'direct') return (dst, from, member) => [sized(member)(dst, from, member.offset)];
	return (dst, from, member) => [
		withRegister('mov', third, from),
		withConstant('add', third, member.offset),
		withRegister('mov', first, frame),
		withConstant('add', first, stack.word),
		withConstant('mov', second, member.size),
		call(helper.probeReadKernel),
		sized(member)(dst, frame, stack.word),
	];
};

const lookup = (map: number): Instruction[] => [
	mapHandle(first, map),
	withRegister('mov', second, frame),
	withConstant('add', second, stack.key),
	call(helper.mapLookup),
];

/** Descriptors of the maps that the program writes to. */
export interface DropMaps {
	/** A per-CPU hash map with keys of `dropKey` and one word. */
	readonly counters: number;
	/** Slots of the first kinds (slots.ts), where the kernel is one for them. */
	readonly slots?: {readonly fd: number; readonly cpus: number} | undefined;
	/** An array map with `lostEntry`. */
	readonly lost: number;
	/** Keeps the first frames of each kind as well. */
	readonly samples?: SampleMaps | undefined;
}

/** The program. Reasons in `skip` are not drops (SKB_NOT_DROPPED_YET, SKB_CONSUMED). */
export function dropProgram(layout: Layout, access: Access, {counters, slots, lost, samples}: DropMaps, skip: readonly number[]): Instruction[] {
	const {position, skb: member, device, inode, socket} = layout;
	const get = getBy(access);
	const put32 = (at: number) => store32(frame, stack.key + at, first);
	const count = (entry: number) => [mapValue(first, lost), withConstant('mov', second, 1), atomicAdd(first, entry, second)];
	/** The namespace that `other` points to, if it is one, into the key; else to `otherwise`. */
	const namespace = (otherwise: string) => [
		...get(first, other, inode),
		withConstant32('mov', second, smallestInode | 0),
		jumpIfMore(second, first, otherwise),
		put32(dropKey.netns),
	];
	return [
		withRegister('mov', context, first),
		...(position.reason === undefined
			? [withConstant('mov', first, 0)]
			: [load(first, context, position.reason * 8), withRegister32('mov', first, first), ...skip.map(value => jumpIfEqual(first, value, 'out'))]),
		put32(dropKey.reason),
		load(skb, context, position.skb * 8),
		load(first, context, position.location * 8),
		store64(frame, stack.key + dropKey.location, first),
		withConstant('mov', first, 0),
		store64(frame, stack.key + dropKey.netns, first), // with the protocol and the padding behind it
		...get(first, skb, member.protocol),
		store16(frame, stack.key + dropKey.protocol, first),
		...get(kept, skb, member.dev),
		jumpIfEqual(kept, 0, 'no device'),
		...get(other, kept, device.net),
		jumpIfEqual(other, 0, 'no device'),
		...namespace('no device'),
		...get(first, kept, device.ifindex),
		put32(dropKey.ifindex),
		jump('count'),
		label('no device'), // the sk_buff knows where it came in, and the socket its namespace
		...get(first, skb, member.skbIif),
		put32(dropKey.ifindex),
		...(position.socket === undefined ? [] : [load(other, context, position.socket * 8), jumpIfNotEqual(other, 0, 'socket')]),
		...get(other, skb, member.sk),
		jumpIfEqual(other, 0, 'count'),
		label('socket'),
		...get(other, other, socket.net),
		jumpIfEqual(other, 0, 'count'),
		...namespace('count'),
		label('count'),
		...(slots === undefined ? [] : [...slotInstructions(slots.fd, slots.cpus, stack.key, other, 'counted', 'hash'), label('hash')]),
		...lookup(counters),
		jumpIfEqual(result, 0, 'new'),
		label('found'),
		...(samples === undefined ? [] : [load(other, result, 0)]),
		withConstant('mov', first, 1),
		atomicAdd(result, 0, first),
		label('counted'),
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
		jumpIfNotEqual(result, 0, 'found'), // backwards, once: the verifier sees that it ends
		...count(lostEntry.drops),
		jump('out'),
	];
}
