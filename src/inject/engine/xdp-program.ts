// The XDP program that makes frames: it finds the same frame in front of it each time, writes the stamp's number, time and check into it, and
// redirects it to an interface. Number and clock stand in a map; the check is that of src/wire/stamp.ts, its constant first half computed here.
import {
	call,
	exit,
	type Instruction,
	jumpIfMore,
	label,
	load,
	load32,
	mapValue,
	type Register,
	store32,
	store64,
	toBigEndian,
	withConstant,
	withConstant32,
	withRegister,
	withRegister32,
} from '../../sys/bpf-assembler.js';
import {stamp, stampCheckOf} from '../../wire/stamp.js';

/** The map entry, u64 each: how many frames were made (the next sequence number), and nanoseconds from CLOCK_MONOTONIC to 1970. */
export const generatorEntry = {made: 0, epoch: 8, length: 16} as const;

/** enum bpf_func_id. */
const helper = {ktimeGetNs: 5, redirect: 23} as const;
const XDP_ABORTED = 0;
/** struct xdp_md: u32 data, u32 data_end. */
const context = {data: 0, end: 4} as const;

const [hash, scratch, word]: readonly [Register, Register, Register] = [1, 2, 3];
const [frame, number, map]: readonly [Register, Register, Register] = [6, 7, 8];
const time: Register = 0;

/** One word into the check: `hash = (hash ^ word) * prime; hash ^= hash >> 15`. */
const mixWord = (from: Register, upper: boolean): Instruction[] => [
	withRegister('mov', word, from),
	...(upper ? [withConstant('rsh', word, 32)] : []),
	withRegister32('xor', hash, word),
	withConstant32('mul', hash, 0x0100_0193),
	withRegister32('mov', scratch, hash),
	withConstant32('rsh', scratch, 15),
	withRegister32('xor', hash, scratch),
];

/** Stores a register into the frame in network order; the register is lost. */
const putBig = (from: Register, at: number): Instruction[] => [toBigEndian(from, 64), store64(frame, at, from)];

/** Writes number, time and check of the stamp at offset `at`; `checkSoFar` is the check after the constant words. */
const writeStamp = (at: number, checkSoFar: number): Instruction[] => [
	call(helper.ktimeGetNs),
	load(scratch, map, generatorEntry.epoch),
	withRegister('add', time, scratch),
	withConstant32('mov', hash, checkSoFar | 0),
	...mixWord(number, true),
	...mixWord(number, false),
	...mixWord(time, true),
	...mixWord(time, false),
	...putBig(number, at + stamp.fields.sequence.at),
	...putBig(time, at + stamp.fields.time.at),
	toBigEndian(hash, 32),
	store32(frame, at + stamp.fields.check.at, hash),
];

/**
 * The program for frames like `image`, sent out of interface `ifindex`. `stampAt` is where a stamp begins that is to be completed; without one
 * the frame goes as it is. One thread at a time may run it: the count is not atomic.
 */
export function generatorProgram(image: Uint8Array, stampAt: number | undefined, ifindex: number, mapFd: number): Instruction[] {
	const view = new DataView(image.buffer, image.byteOffset, image.length);
	const end = stampAt === undefined ? 0 : stampAt + stamp.length;
	const constantWords = stamp.fields.sequence.at / 4;
	return [
		load32(frame, 1, context.data),
		load32(scratch, 1, context.end),
		withRegister('mov', word, frame),
		withConstant('add', word, end),
		jumpIfMore(word, scratch, 'short'),
		mapValue(map, mapFd),
		load(number, map, generatorEntry.made),
		withRegister('mov', scratch, number),
		withConstant('add', scratch, 1),
		store64(map, generatorEntry.made, scratch),
		...(stampAt === undefined ? [] : writeStamp(stampAt, stampCheckOf(view, stampAt, constantWords))),
		withConstant('mov', 1, ifindex),
		withConstant('mov', 2, 0),
		call(helper.redirect),
		exit(),
		label('short'),
		withConstant('mov', 0, XDP_ABORTED),
		exit(),
	];
}
