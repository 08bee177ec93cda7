// BPF maps: memory that a program in the kernel and we share by key (Documentation/bpf/map_hash.rst, map_queue_stack.rst).
import {readFileSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import {attributeLength, call, callNumber, command, put64, putText} from './bpf-call.js';
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';
import {kernelAtLeast} from './probe.js';

/** enum bpf_map_type. */
export const mapType = {array: 2, perfEvents: 4, perCpuHash: 5, perCpuArray: 6, queue: 22} as const;

const RLIMIT_MEMLOCK = 8;

/** Before Linux 5.11 maps count as locked memory, of which a process may have 64 KiB: root may raise that. Where it cannot, creating the map says EPERM. */
function raiseLockedMemory(): void {
	if (kernelAtLeast('5.11')) return;
	libc.setrlimit(RLIMIT_MEMLOCK, new Uint8Array(16).fill(0xff)); // RLIM_INFINITY, soft and hard
}

/** Creates a map; gives its descriptor. ERR_PERMISSION without CAP_BPF, ERR_SYSCALL. */
export function createMap(name: string, type: number, keyLength: number, valueLength: number, entries: number): number {
	raiseLockedMemory();
	return call(command.mapCreate, `create the BPF map ${name}`, 0, memory => {
		[type, keyLength, valueLength, entries].forEach((value, i) => {
			memory.view.setUint32(i * 4, value, true);
		});
		putText(memory, 28, name);
	});
}

/** CPUs that may ever be here (`0-3,8`): a per-CPU map has a value for each. */
export function possibleCpus(text = readFileSync('/sys/devices/system/cpu/possible', 'utf8')): number {
	const last = /(\d+)\s*$/.exec(text)?.[1];
	if (last === undefined) throw new NetstressError('ERR_IO', `cannot read how many CPUs this machine may have: ${JSON.stringify(text)}`);
	return Number(last) + 1;
}

/** A map's descriptor, and what reads every entry of it in one mapping. */
class OpenMap {
	#fd: number;

	constructor(fd: number) {
		this.#fd = fd;
	}

	/** ERR_CLOSED after close. */
	get fd(): number {
		if (this.#fd < 0) throw new NetstressError('ERR_CLOSED', 'this BPF map is closed');
		return this.#fd;
	}

	close(): void {
		if (this.#fd >= 0) libc.close(this.#fd);
		this.#fd = -1;
	}
}

/** An array map with one entry of `length` bytes; its descriptor lives until `close`. */
export class ArrayMap extends OpenMap {
	readonly length: number;

	/** ERR_PERMISSION without CAP_BPF, ERR_SYSCALL. */
	constructor(name: string, length: number) {
		super(createMap(name, mapType.array, 4, length, 1));
		this.length = length;
	}

	#access(number: number, what: string, fill: (value: Uint8Array) => void, read: (value: Uint8Array) => void): void {
		const key = attributeLength;
		const value = key + 8;
		const part = ({bytes}: Mapping) => bytes.subarray(value, value + this.length);
		const prepare = (memory: Mapping) => {
			memory.view.setUint32(0, this.fd, true);
			put64(memory, 8, memory.address(key));
			put64(memory, 16, memory.address(value));
			fill(part(memory));
		};
		call(number, what, 8 + this.length, prepare, memory => read(part(memory)));
	}

	/** A copy of the entry. */
	read(): Uint8Array {
		let copy = new Uint8Array();
		this.#access(
			command.mapLookup,
			'read a BPF map',
			() => undefined,
			value => {
				copy = value.slice();
			},
		);
		return copy;
	}

	write(bytes: Uint8Array): void {
		this.#access(
			command.mapUpdate,
			'write a BPF map',
			value => value.set(bytes),
			() => undefined,
		);
	}
}

/**
 * A hash map whose values are 64-bit counters, one for each CPU (BPF_MAP_TYPE_PERCPU_HASH): a program adds to its own CPU's without disturbing the others.
 * Entries are made when the map is (a program must not wait for memory), so `entries` costs memory at once.
 */
export class CounterMap extends OpenMap {
	readonly keyLength: number;
	readonly words: number;
	readonly #cpus = possibleCpus();

	/** Values are `words` counters of 64 bits. ERR_PERMISSION without CAP_BPF, ERR_SYSCALL. */
	constructor(name: string, keyLength: number, words: number, entries: number) {
		super(createMap(name, mapType.perCpuHash, keyLength, words * 8, entries));
		this.keyLength = keyLength;
		this.words = words;
	}

	/** Every key with its counters, summed over the CPUs. Keys that come while this reads may be in it or not; none is there twice. ERR_SYSCALL. */
	entries(): {key: Uint8Array; counts: number[]}[] {
		const {keyLength, words} = this;
		const keyAt = attributeLength;
		const nextAt = keyAt + keyLength;
		const valueAt = nextAt + keyLength;
		const syscall = callNumber();
		const memory = new Mapping(valueAt + words * 8 * this.#cpus, 'a BPF map');
		const {bytes, view} = memory;
		const found = new Map<string, {key: Uint8Array; counts: number[]}>();
		// false: there is none (ENOENT)
		const ask = (number: number, key: number, second: number): boolean => {
			view.setUint32(0, this.fd, true);
			put64(memory, 8, key);
			put64(memory, 16, second);
			put64(memory, 24, 0);
			if (Number(libc.syscall(syscall, number, memory.address(), attributeLength, 0, 0)) >= 0) return true;
			if (errno() === errnos.ENOENT) return false;
			throw syscallError('read a BPF map', 'bpf');
		};
		try {
			for (let key = 0; ask(command.mapNextKey, key, memory.address(nextAt)); key = memory.address(keyAt)) {
				bytes.copyWithin(keyAt, nextAt, valueAt);
				const name = Buffer.from(bytes.subarray(keyAt, nextAt)).toString('latin1');
				if (found.has(name)) break; // our last key was deleted meanwhile, and the kernel began again
				if (!ask(command.mapLookup, memory.address(keyAt), memory.address(valueAt))) continue;
				const counts = Array.from({length: words}, (_, word) => {
					let sum = 0n;
					for (let cpu = 0; cpu < this.#cpus; cpu++) sum += view.getBigUint64(valueAt + (cpu * words + word) * 8, true);
					return Number(sum);
				});
				found.set(name, {key: bytes.slice(keyAt, nextAt), counts});
			}
			return [...found.values()];
		} finally {
			memory.close();
		}
	}
}

/** Memory of a program's own, one piece for each CPU (BPF_MAP_TYPE_PERCPU_ARRAY): more than its stack of 512 bytes holds. */
export class ScratchMap extends OpenMap {
	constructor(name: string, length: number) {
		super(createMap(name, mapType.perCpuArray, 4, length, 1));
	}
}

/** First in, first out, from the kernel to us (BPF_MAP_TYPE_QUEUE, Linux 4.20). A full queue refuses; the program must count that. */
export class QueueMap extends OpenMap {
	readonly length: number;

	constructor(name: string, length: number, entries: number) {
		super(createMap(name, mapType.queue, 0, length, entries));
		this.length = length;
	}

	/** Takes everything that is there, the oldest first. ERR_SYSCALL. */
	take(): Uint8Array[] {
		const syscall = callNumber();
		const memory = new Mapping(attributeLength + this.length, 'a BPF queue');
		const taken: Uint8Array[] = [];
		try {
			for (;;) {
				memory.view.setUint32(0, this.fd, true);
				put64(memory, 8, 0);
				put64(memory, 16, memory.address(attributeLength));
				if (Number(libc.syscall(syscall, command.mapTake, memory.address(), attributeLength, 0, 0)) < 0) {
					if (errno() === errnos.ENOENT) return taken;
					throw syscallError('take from a BPF queue', 'bpf');
				}
				taken.push(memory.bytes.slice(attributeLength, attributeLength + this.length));
			}
		} finally {
			memory.close();
		}
	}
}
