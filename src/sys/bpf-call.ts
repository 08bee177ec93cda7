// One bpf(2) call: its number, its attributes (linux/bpf.h, union bpf_attr), and the memory that they point to.
import {NetstressError} from '../base/errors.js';
import {errno, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const callNumbers: Readonly<Record<string, number>> = {x64: 321, arm64: 280, riscv64: 280, s390x: 351, ppc64: 361};
/** enum bpf_cmd. */
export const command = {
	mapCreate: 0,
	mapLookup: 1,
	mapUpdate: 2,
	mapNextKey: 4,
	programLoad: 5,
	testRun: 10,
	informationByFd: 15,
	rawTracepointOpen: 17,
	mapTake: 21,
	linkCreate: 28,
} as const;
export const attributeLength = 128;

/** The number of bpf(2) here. ERR_UNSUPPORTED on a machine that we do not know. */
export function callNumber(): number {
	const number = callNumbers[process.arch];
	if (number === undefined) throw new NetstressError('ERR_UNSUPPORTED', `bpf(2) is not known on ${process.arch}`, {feature: 'bpf'});
	return number;
}

/** One call's memory: attributes at 0, then whatever they point to. */
export function call(number: number, what: string, length: number, fill: (memory: Mapping) => void, read?: (memory: Mapping) => void): number {
	const syscall = callNumber();
	const memory = new Mapping(attributeLength + length, what);
	try {
		fill(memory);
		const result = Number(libc.syscall(syscall, number, memory.address(), attributeLength, 0, 0));
		if (result < 0) {
			const error = errno();
			read?.(memory);
			throw syscallError(what, 'bpf', error);
		}
		read?.(memory);
		return result;
	} finally {
		memory.close();
	}
}

export const put64 = ({view}: Mapping, at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
export const putText = ({bytes}: Mapping, at: number, text: string) => bytes.set(new TextEncoder().encode(text).subarray(0, 15), at);
