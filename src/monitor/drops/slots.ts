// The first kinds of drop on each CPU have counters of their own, found by a few bits of their key: half the price of a hash map's lookup and locked addition, which
// the rest goes to. A slot belongs to the kind that came first and is never given away, so that a kind is counted in one place of each CPU, and all places add up.
// The additions are plain ones: since Linux 6.2 a program at a tracepoint does not interrupt itself (__bpf_trace_run in kernel/trace/bpf_trace.c; such a run is one
// that the program missed, and counted as that).
import {
	call,
	helper,
	type Instruction,
	jump,
	jumpIfConstantAtLeast,
	jumpIfDiffers,
	jumpIfEqual,
	label,
	load,
	mapValue,
	type Register,
	store64,
	withConstant,
	withRegister,
} from '../../sys/bpf-assembler.js';
import type {ArrayMap} from '../../sys/bpf-maps.js';
import {kernelAtLeast} from '../../sys/probe.js';
import {dropKey} from './key.js';

/** Whether the kernel runs a program one at a time on each CPU. */
export const slotsWork = (): boolean => kernelAtLeast('6.2');

/** A slot: the key, then its count. All of a CPU's lie together. */
const slot = {count: dropKey.length, length: dropKey.length + 8} as const;
const lengthBits = 5; // 32 bytes
const slotBits = 6;
const cpuBits = lengthBits + slotBits;
/** 2^64 over the golden ratio, its upper 32 bits: spreads the key's words over the product's upper ones (Knuth, TAOCP 6.4). */
const spread = 0x9e3779b1 | 0;
const words = [0, 8, 16] as const;

/** Bytes of the array map that slots for `cpus` CPUs take. */
export const slotsLength = (cpus: number): number => cpus << cpuBits;

const [result, first, second, third]: readonly [Register, Register, Register, Register] = [0, 1, 2, 3];
const frame: Register = 10;

/**
 * Counts the key on the stack at `keyAt` in its slot and goes on at the label `counted`, with the count before in `count`; or at `otherwise`, where the slot is another
 * kind's. `slots`: an array map of one entry for `cpus` CPUs.
 */
export function slotInstructions(slots: number, cpus: number, keyAt: number, count: Register, counted: string, otherwise: string): Instruction[] {
	return [
		load(first, frame, keyAt),
		...words.slice(1).flatMap(at => [load(second, frame, keyAt + at), withRegister('xor', first, second)]),
		withConstant('mul', first, spread),
		withConstant('rsh', first, 64 - slotBits),
		withConstant('lsh', first, lengthBits),
		withRegister('mov', count, first),
		call(helper.smpProcessorId),
		jumpIfConstantAtLeast(result, cpus, otherwise), // the verifier wants to know
		withConstant('lsh', result, cpuBits),
		withRegister('add', count, result),
		mapValue(result, slots),
		withRegister('add', result, count),
		load(count, result, slot.count),
		jumpIfEqual(count, 0, 'free'),
		...words.flatMap(at => [load(second, result, at), load(third, frame, keyAt + at), jumpIfDiffers(second, third, otherwise)]),
		jump('add'),
		label('free'),
		...words.flatMap(at => [load(second, frame, keyAt + at), store64(result, at, second)]),
		label('add'),
		withRegister('mov', first, count),
		withConstant('add', first, 1),
		store64(result, slot.count, first),
		jump(counted),
	];
}

/** What the slots have counted; a key may be there once for each CPU. The counts are of one look, the keys of a second: each that has a count is whole by then. */
export function slotEntries(map: Pick<ArrayMap, 'read'>): {key: Uint8Array; count: number}[] {
	const counts = new DataView(map.read().buffer);
	const keys = map.read();
	const found: {key: Uint8Array; count: number}[] = [];
	for (let at = 0; at < counts.byteLength; at += slot.length) {
		const count = Number(counts.getBigUint64(at + slot.count, true));
		if (count > 0) found.push({key: keys.subarray(at, at + dropKey.length), count});
	}
	return found;
}
