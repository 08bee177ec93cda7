// A small assembler for BPF programs: 8-byte instructions, named as in the kernel's instruction set document
// (Documentation/bpf/standardization/instruction-set.rst). Only what our programs use.

/** Registers: r0 result, r1 to r5 arguments, r6 to r9 kept over calls, r10 the frame. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** One instruction: one 8-byte slot, two for a 64-bit constant. A jump names its label. */
export interface Instruction {
	readonly code: number;
	readonly dst?: Register;
	readonly src?: number;
	readonly off?: number;
	readonly imm?: number;
	/** Upper half of a 64-bit constant: this instruction takes two slots. */
	readonly high?: number;
	readonly to?: string;
	/** A label instead of an instruction: jumps may name it. */
	readonly label?: string;
}

const operation = {add: 0x00, sub: 0x10, mul: 0x20, or: 0x40, and: 0x50, lsh: 0x60, rsh: 0x70, mod: 0x90, xor: 0xa0, mov: 0xb0} as const;
type Operation = keyof typeof operation;
/** BPF_ALU64 and BPF_ALU (the lower 32 bits, the upper ones become 0), with a register or a constant as source. */
const ALU64 = 0x07;
const ALU32 = 0x04;
const SOURCE_REGISTER = 0x08;

export const withRegister = (op: Operation, dst: Register, src: Register): Instruction => ({code: operation[op] | SOURCE_REGISTER | ALU64, dst, src});
export const withConstant = (op: Operation, dst: Register, imm: number): Instruction => ({code: operation[op] | ALU64, dst, imm});
export const withRegister32 = (op: Operation, dst: Register, src: Register): Instruction => ({code: operation[op] | SOURCE_REGISTER | ALU32, dst, src});
export const withConstant32 = (op: Operation, dst: Register, imm: number): Instruction => ({code: operation[op] | ALU32, dst, imm});

/** Puts the lower `bits` of a register into network order (BPF_END, BPF_TO_BE). */
export const toBigEndian = (dst: Register, bits: 16 | 32 | 64): Instruction => ({code: 0xdc, dst, imm: bits});

/** A 64-bit constant. */
export const load64 = (dst: Register, value: bigint): Instruction => ({
	code: 0x18,
	dst,
	imm: Number(BigInt.asIntN(32, value)),
	high: Number(BigInt.asIntN(32, value >> 32n)),
});

/** The address of byte `offset` in the only entry of an array map (BPF_PSEUDO_MAP_VALUE, Linux 5.2). */
export const mapValue = (dst: Register, fd: number, offset = 0): Instruction => ({code: 0x18, dst, src: 2, imm: fd, high: offset});

/** A map itself, as helpers take it (BPF_PSEUDO_MAP_FD). */
export const mapHandle = (dst: Register, fd: number): Instruction => ({code: 0x18, dst, src: 1, imm: fd, high: 0});

/** `*(u64 *)(dst + off) += src`; with `fetch` src receives what was there before (Linux 5.12). */
export const atomicAdd = (dst: Register, off: number, src: Register, fetch = false): Instruction => ({code: 0xdb, dst, src, off, imm: fetch ? 1 : 0});

/** `dst = *(u64 *)(src + off)`. */
export const load = (dst: Register, src: Register, off: number): Instruction => ({code: 0x79, dst, src, off});
/** `dst = *(u32 *)(src + off)`. */
export const load32 = (dst: Register, src: Register, off: number): Instruction => ({code: 0x61, dst, src, off});
/** `dst = *(u16 *)(src + off)`. */
export const load16 = (dst: Register, src: Register, off: number): Instruction => ({code: 0x69, dst, src, off});
/** `*(u64 *)(dst + off) = src` and `*(u32 *)(dst + off) = src`. */
export const store64 = (dst: Register, off: number, src: Register): Instruction => ({code: 0x7b, dst, src, off});
export const store32 = (dst: Register, off: number, src: Register): Instruction => ({code: 0x63, dst, src, off});
/** `*(u16 *)(dst + off) = src`. */
export const store16 = (dst: Register, off: number, src: Register): Instruction => ({code: 0x6b, dst, src, off});

/** Jumps to a label. */
export const jump = (to: string): Instruction => ({code: 0x05, to});
/** Jumps to a label when dst is the constant. */
export const jumpIfEqual = (dst: Register, imm: number, to: string): Instruction => ({code: 0x15, dst, imm, to});
/** Jumps to a label when dst is not the constant. */
export const jumpIfNotEqual = (dst: Register, imm: number, to: string): Instruction => ({code: 0x55, dst, imm, to});
/** Jumps to a label when dst is not src. */
export const jumpIfDiffers = (dst: Register, src: Register, to: string): Instruction => ({code: 0x5d, dst, src, to});
/** Jumps to a label when dst >= src, unsigned. */
export const jumpIfAtLeast = (dst: Register, src: Register, to: string): Instruction => ({code: 0x3d, dst, src, to});
/** Jumps to a label when dst >= the constant, unsigned. */
export const jumpIfConstantAtLeast = (dst: Register, imm: number, to: string): Instruction => ({code: 0x35, dst, imm, to});
/** Jumps to a label when dst > src, unsigned. */
export const jumpIfMore = (dst: Register, src: Register, to: string): Instruction => ({code: 0x2d, dst, src, to});
/** Helpers of the kernel that more than one of our programs calls (enum bpf_func_id). */
export const helper = {mapLookup: 1, mapUpdate: 2, ktimeGetNs: 5, smpProcessorId: 8, mapPush: 87, skbOutput: 111, probeReadKernel: 113} as const;
/** Calls a kernel helper by its number (enum bpf_func_id); r0 receives its result, r1 to r5 are lost. */
export const call = (helper: number): Instruction => ({code: 0x85, imm: helper});
export const exit = (): Instruction => ({code: 0x95});
export const label = (name: string): Instruction => ({code: 0, label: name});

const slots = ({label: name, high}: Instruction) => (name !== undefined ? 0 : high !== undefined ? 2 : 1);

/** The bytes of a program. Jumps count 8-byte slots from behind the jump. RangeError for a label that is not there. */
export function assemble(program: readonly Instruction[]): Uint8Array {
	const labels = new Map<string, number>();
	let length = 0;
	for (const instruction of program) {
		if (instruction.label !== undefined) labels.set(instruction.label, length);
		length += slots(instruction);
	}
	const bytes = new Uint8Array(length * 8);
	const view = new DataView(bytes.buffer);
	let slot = 0;
	for (const instruction of program) {
		const {code, dst = 0, src = 0, imm = 0, high, to} = instruction;
		if (instruction.label !== undefined) continue;
		const target = to === undefined ? undefined : labels.get(to);
		if (to !== undefined && target === undefined) throw new RangeError(`no label ${to} in this program`);
		const at = slot * 8;
		view.setUint8(at, code);
		view.setUint8(at + 1, dst | (src << 4));
		view.setInt16(at + 2, target === undefined ? (instruction.off ?? 0) : target - slot - 1, true);
		view.setInt32(at + 4, imm, true);
		if (high !== undefined) view.setInt32(at + 12, high, true);
		slot += slots(instruction);
	}
	return bytes;
}
