// The program that loses frames on purpose. By share: frame number n of an interface is dropped when hash(seed, n) is below the threshold; the
// same seed drops the same frame numbers, no random generator of the kernel is involved. By count: frame number n is dropped when it is
// `first`, or a multiple of `every` behind it. The rule stands in one map entry and may change while frames go by; another counts everything.
//
// It runs where frames arrive: one by one, as they crossed the wire, whatever the sender hands over at once (TCX; XDP on kernels without).
import {
	atomicAdd,
	exit,
	type Instruction,
	jump,
	jumpIfAtLeast,
	jumpIfEqual,
	label,
	load,
	load64,
	mapValue,
	type Register,
	withConstant,
	withRegister,
} from '../sys/bpf-assembler.js';

/** The map entry: u64 frames seen, u64 frames dropped. */
export const entry = {seen: 0, dropped: 8, length: 16} as const;

/** Which frames are lost. Frames are counted from 0, from when the rule is set. */
export type LossRule =
	/** This share of them, 0 to 1, scattered. */
	| {readonly kind: 'share'; readonly share: number}
	/** Number `first`, and from there on every `every`-th. */
	| {readonly kind: 'every'; readonly first: number; readonly every: number}
	/** Number `first` alone. */
	| {readonly kind: 'one'; readonly first: number};

/** The rule's map entry, u64 each. With `every` 0 the threshold counts; `first` is a frame's number since the program began. */
export const ruleEntry = {threshold: 0, every: 8, first: 16, length: 24} as const;

/** More frames than any interface will see: nothing comes again after so many. */
const never = 2n ** 62n;

/** A rule as its map entry; `seen` is the number that the next frame will have. */
export function ruleBytes(rule: LossRule, seen: number): Uint8Array {
	const bytes = new Uint8Array(ruleEntry.length);
	const view = new DataView(bytes.buffer);
	if (rule.kind === 'share') view.setBigUint64(ruleEntry.threshold, BigInt(threshold(rule.share)), true);
	else {
		view.setBigUint64(ruleEntry.every, rule.kind === 'one' ? never : BigInt(rule.every), true);
		view.setBigUint64(ruleEntry.first, BigInt(seen + rule.first), true);
	}
	return bytes;
}

export type LossHook = 'tcx' | 'xdp';

/** XDP_DROP, XDP_PASS; TCX_DROP, TCX_NEXT (linux/bpf.h). The sender hears of neither: its frame has left. */
const results = {xdp: {drop: 1, pass: 2}, tcx: {drop: 2, pass: -1}} as const;

// splitmix64, Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014: passes the usual batteries, needs no state
const golden = 0x9e37_79b9_7f4a_7c15n;
const rounds = [
	{shift: 30, factor: 0xbf58_476d_1ce4_e5b9n},
	{shift: 27, factor: 0x94d0_49bb_1331_11ebn},
	{shift: 31, factor: undefined},
] as const;

const wide = (value: bigint) => BigInt.asUintN(64, value);

/** The program's hash, for tests and for predicting which frames go: the upper 32 bits of splitmix64's output number `n`. */
export function lossHash(seed: number, n: number): number {
	let x = wide(BigInt(n) * golden + wide(BigInt(seed) * golden));
	for (const {shift, factor} of rounds) {
		x ^= x >> BigInt(shift);
		if (factor !== undefined) x = wide(x * factor);
	}
	return Number(x >> 32n);
}

/** The threshold that loses `share` (0 to 1) of the frames: frame n goes when lossHash(seed, n) is below it. */
export const threshold = (share: number): number => Math.min(2 ** 32, Math.round(share * 2 ** 32));

export function lossProgram(hook: LossHook, countersFd: number, ruleFd: number, seed: number): Instruction[] {
	const [counters, hash, other, rule, every]: readonly [Register, Register, Register, Register, Register] = [1, 2, 3, 4, 5];
	const mix = rounds.flatMap(({shift, factor}) => [
		withRegister('mov', other, hash),
		withConstant('rsh', other, shift),
		withRegister('xor', hash, other),
		...(factor === undefined ? [] : [load64(other, factor), withRegister('mul', hash, other)]),
	]);
	return [
		mapValue(counters, countersFd),
		mapValue(rule, ruleFd),
		withConstant('mov', hash, 1),
		atomicAdd(counters, entry.seen, hash, true), // this frame's number
		load(every, rule, ruleEntry.every),
		jumpIfEqual(every, 0, 'scattered'),
		load(other, rule, ruleEntry.first),
		jumpIfAtLeast(hash, other, 'counted'),
		jump('pass'),
		label('counted'),
		withRegister('sub', hash, other),
		withRegister('mod', hash, every),
		jumpIfEqual(hash, 0, 'drop'),
		jump('pass'),
		label('scattered'),
		load64(other, golden),
		withRegister('mul', hash, other),
		load64(other, wide(BigInt(seed) * golden)),
		withRegister('add', hash, other),
		...mix,
		withConstant('rsh', hash, 32),
		load(other, rule, ruleEntry.threshold),
		jumpIfAtLeast(hash, other, 'pass'),
		label('drop'),
		withConstant('mov', hash, 1),
		atomicAdd(counters, entry.dropped, hash),
		withConstant('mov', 0, results[hook].drop),
		exit(),
		label('pass'),
		withConstant('mov', 0, results[hook].pass),
		exit(),
	];
}
