// The program that loses frames on purpose: frame number n of an interface is dropped when hash(seed, n) is below the threshold. The same
// seed drops the same frame numbers; no random generator of the kernel is involved. Everything is counted in one map entry.
//
// It runs where frames leave (TCX) or, on kernels without, where they arrive (XDP).
import {
	atomicAdd,
	call,
	exit,
	type Instruction,
	jumpIfAtLeast,
	label,
	load64,
	mapValue,
	type Register,
	withConstant,
	withRegister,
} from '../sys/bpf-assembler.js';

/** The map entry: u64 frames seen, u64 frames dropped. */
export const entry = {seen: 0, dropped: 8, length: 16} as const;

export type LossHook = 'tcx' | 'xdp';

/** XDP_DROP, XDP_PASS; TCX_NEXT (linux/bpf.h). */
const result = {xdpDrop: 1, xdpPass: 2, tcxNext: -1} as const;
/** bpf_redirect, enum bpf_func_id. */
const bpfRedirect = 23;

/**
 * Ends with the frame gone. TCX_DROP would tell the sender (NET_XMIT_DROP: ENOBUFS on a packet socket, a congestion signal to TCP), which no
 * wire does; a redirection to an interface that does not exist frees the frame and reports success (net/core/dev.c, sch_handle_egress).
 */
const vanish = (hook: LossHook): Instruction[] =>
	hook === 'xdp'
		? [withConstant('mov', 0, result.xdpDrop), exit()]
		: [withConstant('mov', 1, 0x7fff_ffff), withConstant('mov', 2, 0), call(bpfRedirect), exit()];

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

export function lossProgram(hook: LossHook, mapFd: number, share: number, seed: number): Instruction[] {
	const [counters, hash, other]: Register[] = [1, 2, 3];
	const c = counters as Register;
	const h = hash as Register;
	const o = other as Register;
	const mix = rounds.flatMap(({shift, factor}) => [
		withRegister('mov', o, h),
		withConstant('rsh', o, shift),
		withRegister('xor', h, o),
		...(factor === undefined ? [] : [load64(o, factor), withRegister('mul', h, o)]),
	]);
	return [
		mapValue(c, mapFd),
		withConstant('mov', h, 1),
		atomicAdd(c, entry.seen, h, true), // h = this frame's number
		load64(o, golden),
		withRegister('mul', h, o),
		load64(o, wide(BigInt(seed) * golden)),
		withRegister('add', h, o),
		...mix,
		withConstant('rsh', h, 32),
		load64(o, BigInt(threshold(share))),
		jumpIfAtLeast(h, o, 'pass'),
		withConstant('mov', h, 1),
		atomicAdd(c, entry.dropped, h),
		...vanish(hook),
		label('pass'),
		withConstant('mov', 0, hook === 'xdp' ? result.xdpPass : result.tcxNext),
		exit(),
	];
}
