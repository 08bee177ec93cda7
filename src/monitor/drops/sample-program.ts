// The part of the drop program that keeps the first frames of each kind: the key, where the headers are, and the frame's first bytes go into a queue
// that we empty. A BPF stack is too small for that, so it is put together in memory of the program's own.
import {
	call,
	helper,
	type Instruction,
	jump,
	jumpIfAtLeast,
	jumpIfEqual,
	jumpIfMore,
	label,
	load,
	load16,
	load32,
	load64,
	mapHandle,
	type Register,
	store32,
	store64,
	withConstant,
	withRegister,
} from '../../sys/bpf-assembler.js';
import type {Member} from '../../sys/btf.js';
import type {Layout} from './layout.js';

/** A sample: the key of program.ts, then these. Lengths in bytes; `time` in nanoseconds of CLOCK_MONOTONIC. */
export const sampleEntry = {key: 0, time: 24, length: 32, captured: 36, mac: 40, network: 42, head: 48, data: 56, linear: 64, bytes: 72} as const;
/** Bytes of each frame that are kept. */
export const sampleBytes = 256;
export const sampleLength = sampleEntry.bytes + sampleBytes;

export interface SampleMaps {
	readonly scratch: number;
	readonly queue: number;
	/** Rings for events, which take a whole frame's bytes: for programs with direct access; the others use the queue. */
	readonly events?: number | undefined;
	/** Frames of each kind on each CPU. */
	readonly most: number;
}

const [result, first, second, third]: readonly [Register, Register, Register, Register] = [0, 1, 2, 3];
const [skb, sample]: readonly [Register, Register] = [7, 8];
const frame: Register = 10;
const key = {at: -24, words: 3} as const;
/** mac_header of a frame that has none. */
const noHeader = 0xffff;

const read = (to: number, length: number, offset: number): Instruction[] => [
	withRegister('mov', third, skb),
	withConstant('add', third, offset),
	withRegister('mov', first, sample),
	withConstant('add', first, to),
	withConstant('mov', second, length),
	call(helper.probeReadKernel),
];

/** The sample as it is: bytes of the frame's linear part, which may be all of it or no more than its link header. */
const intoQueue = (queue: number): Instruction[] => [
	mapHandle(first, queue),
	withRegister('mov', second, sample),
	withConstant('mov', third, 0),
	call(helper.mapPush),
];

/** BPF_F_CURRENT_CPU, in the lower half of the flags; the upper half says how many bytes of the frame follow. */
const currentCpu = 0xffff_ffffn;

/** The sample, and behind it what the frame holds from its data on, pages and all (bpf_skb_output). */
const intoRing = (events: number, length: Member): Instruction[] => [
	load32(third, skb, length.offset),
	withConstant('mov', first, sampleBytes),
	jumpIfMore(first, third, 'short'),
	withRegister('mov', third, first),
	label('short'),
	withConstant('lsh', third, 32),
	load64(first, currentCpu),
	withRegister('or', third, first),
	withRegister('mov', first, skb),
	mapHandle(second, events),
	withRegister('mov', 4, sample),
	withConstant('mov', 5, sampleLength),
	call(helper.skbOutput),
];

/** Runs behind the counting: `sample` (r8) holds how many of this kind this CPU had before. Loses r0 to r9. */
export function sampleInstructions({skb: member}: Layout, {scratch, queue, events, most}: SampleMaps, countLost: readonly Instruction[]): Instruction[] {
	const from: Register = 9;
	const reads: readonly (readonly [to: number, length: number, offset: number])[] = [
		[sampleEntry.length, 4, member.len.offset],
		[sampleEntry.captured, 4, member.dataLength.offset],
		[sampleEntry.mac, 2, member.macHeader.offset],
		[sampleEntry.network, 2, member.networkHeader.offset],
		[sampleEntry.head, 8, member.head.offset],
		[sampleEntry.data, 8, member.data.offset],
	];
	return [
		withConstant('mov', first, most),
		jumpIfAtLeast(sample, first, 'out'),
		mapHandle(first, scratch),
		withConstant('mov', second, 0),
		store32(frame, -32, second),
		withRegister('mov', second, frame),
		withConstant('add', second, -32),
		call(helper.mapLookup),
		jumpIfEqual(result, 0, 'out'),
		withRegister('mov', sample, result),
		...Array.from({length: key.words}, (_, i) => [load(first, frame, key.at + 8 * i), store64(sample, sampleEntry.key + 8 * i, first)]).flat(),
		call(helper.ktimeGetNs),
		store64(sample, sampleEntry.time, result),
		...reads.flatMap(([to, length, offset]) => read(to, length, offset)),
		// from = where the frame begins: its link header where it has one; r2 = where its linear part ends
		load(from, sample, sampleEntry.data),
		load32(second, sample, sampleEntry.length),
		load32(first, sample, sampleEntry.captured),
		withRegister('sub', second, first),
		withRegister('add', second, from),
		load16(first, sample, sampleEntry.mac),
		jumpIfEqual(first, noHeader, 'begin'),
		load(third, sample, sampleEntry.head),
		withRegister('add', third, first),
		jumpIfMore(third, from, 'begin'), // a header left over from elsewhere
		withRegister('mov', from, third),
		label('begin'),
		load(first, sample, sampleEntry.data),
		withRegister('sub', first, from),
		load32(third, sample, sampleEntry.length),
		withRegister('add', third, first),
		store32(sample, sampleEntry.length, third), // on the wire, from its beginning
		store64(sample, sampleEntry.linear, first), // bytes in front of data
		withConstant('mov', first, 0),
		jumpIfMore(from, second, 'length'),
		withRegister('mov', first, second),
		withRegister('sub', first, from),
		withConstant('mov', second, sampleBytes),
		jumpIfMore(second, first, 'length'),
		withRegister('mov', first, second),
		label('length'),
		store32(sample, sampleEntry.captured, first),
		withRegister('mov', second, first),
		withRegister('mov', third, from),
		withRegister('mov', first, sample),
		withConstant('add', first, sampleEntry.bytes),
		call(helper.probeReadKernel),
		...(events === undefined ? intoQueue(queue) : intoRing(events, member.len)),
		jumpIfEqual(result, 0, 'out'),
		...countLost,
		jump('out'),
	];
}
