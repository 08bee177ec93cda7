// What a BPF program hands over event by event with bpf_perf_event_output or bpf_skb_output: a ring for each CPU (perf_event_open(2), "MMAP layout"). A ring that is full
// loses the newest events, and the kernel says how many.
import {readFileSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import {attributeLength, call, command, put64} from './bpf-call.js';
import {createMap, mapType, possibleCpus} from './bpf-maps.js';
import {libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const callNumbers: Readonly<Record<string, number>> = {x64: 298, arm64: 241, riscv64: 241, s390x: 331, ppc64: 319};
/** struct perf_event_attr as of Linux 4.1 (PERF_ATTR_SIZE_VER5). */
const attribute = {type: 0, size: 4, config: 8, samplePeriod: 16, sampleType: 24, bytes: 112} as const;
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_BPF_OUTPUT = 10;
const PERF_SAMPLE_RAW = 1 << 10;
const PERF_FLAG_FD_CLOEXEC = 8;
/** struct perf_event_mmap_page. */
const control = {head: 1024, tail: 1032} as const;
const pageBytes = 4096;
/** PERF_RECORD_LOST, PERF_RECORD_SAMPLE; struct perf_event_header: u32 type, u16 misc, u16 size. */
const record = {lost: 2, sample: 9, header: 8} as const;

/** Reads the records between `tail` and `head` of a ring's data; gives how many events the kernel says were lost. Damaged lengths end the reading. */
export function readRecords(data: Uint8Array, tail: number, head: number, visit: (raw: Uint8Array) => void): number {
	let lost = 0;
	const part = (from: number, length: number): Uint8Array => {
		const at = from % data.length;
		if (at + length <= data.length) return data.slice(at, at + length);
		const bytes = new Uint8Array(length); // around the ring's end
		bytes.set(data.subarray(at));
		bytes.set(data.subarray(0, length - (data.length - at)), data.length - at);
		return bytes;
	};
	const viewOf = ({buffer, byteOffset, byteLength}: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
	for (let at = tail; at + record.header <= head; ) {
		const header = viewOf(part(at, record.header));
		const size = header.getUint16(6, true);
		if (size < record.header || at + size > head) break;
		const body = part(at + record.header, size - record.header);
		const view = viewOf(body);
		const type = header.getUint32(0, true);
		if (type === record.lost && body.length >= 16) lost += Number(view.getBigUint64(8, true));
		if (type === record.sample && body.length >= 4) visit(body.subarray(4, 4 + Math.min(view.getUint32(0, true), body.length - 4)));
		at += size;
	}
	return lost;
}

/** CPUs of a list such as `0-3,8`. */
export const cpuList = (text: string): number[] =>
	text
		.trim()
		.split(',')
		.filter(part => part !== '')
		.flatMap(part => {
			const [first = 0, last = first] = part.split('-').map(Number);
			return Array.from({length: last - first + 1}, (_, i) => first + i);
		});

interface Ring {
	readonly fd: number;
	readonly memory: Mapping;
}

export class PerfBuffer {
	readonly #rings: Ring[] = [];
	#map = -1;
	#lost = 0;

	/** `pages` of ring, a power of two, for each CPU that is there now. ERR_PERMISSION without CAP_PERFMON, ERR_UNSUPPORTED, ERR_SYSCALL. */
	constructor(name: string, pages: number) {
		const syscall = callNumbers[process.arch];
		if (syscall === undefined) throw new NetstressError('ERR_UNSUPPORTED', `perf_event_open(2) is not known on ${process.arch}`, {feature: 'perf'});
		try {
			this.#map = createMap(name, mapType.perfEvents, 4, 4, possibleCpus());
			for (const cpu of cpuList(readFileSync('/sys/devices/system/cpu/online', 'utf8'))) this.#open(syscall, cpu, pages);
		} catch (error) {
			this.close();
			throw error;
		}
	}

	#open(syscall: number, cpu: number, pages: number): void {
		const memory = new Mapping(pageBytes, 'a perf event');
		const {view} = memory;
		view.setUint32(attribute.type, PERF_TYPE_SOFTWARE, true);
		view.setUint32(attribute.size, attribute.bytes, true);
		view.setBigUint64(attribute.config, BigInt(PERF_COUNT_SW_BPF_OUTPUT), true);
		view.setBigUint64(attribute.samplePeriod, 1n, true);
		view.setBigUint64(attribute.sampleType, BigInt(PERF_SAMPLE_RAW), true);
		// every process (-1) on this CPU, no group (-1)
		const none = 2n ** 64n - 1n;
		const fd = Number(libc.syscall(syscall, memory.address(), none, cpu, none, PERF_FLAG_FD_CLOEXEC));
		const failed = fd < 0 ? syscallError(`open a ring for BPF events on CPU ${cpu}`, 'perf_event_open') : undefined;
		memory.close();
		if (failed !== undefined) throw failed;
		try {
			this.#rings.push({fd, memory: new Mapping((1 + pages) * pageBytes, `a ring for BPF events on CPU ${cpu}`, fd)});
		} catch (error) {
			libc.close(fd);
			throw error;
		}
		call(command.mapUpdate, 'hand a ring to a BPF map', 8, memory => {
			memory.view.setUint32(0, this.#map, true);
			put64(memory, 8, memory.address(attributeLength));
			put64(memory, 16, memory.address(attributeLength + 4));
			memory.view.setUint32(attributeLength, cpu, true);
			memory.view.setInt32(attributeLength + 4, fd, true);
		});
	}

	/** The map's descriptor, for the program. */
	get fd(): number {
		return this.#map;
	}

	/** Events that found their ring full, as far as the kernel has said by now. */
	get lost(): number {
		return this.#lost;
	}

	/** Takes every event that is there, CPU by CPU, each CPU's oldest first. */
	take(): Uint8Array[] {
		const taken: Uint8Array[] = [];
		for (const {memory} of this.#rings) {
			// the kernel writes the head behind the data; both are 64 bits and only grow
			const words = new BigUint64Array(memory.bytes.buffer, memory.bytes.byteOffset, pageBytes / 8);
			const head = Atomics.load(words, control.head / 8);
			const tail = words[control.tail / 8] as bigint;
			const data = memory.bytes.subarray(pageBytes);
			// positions within the ring: a multiple of its length may be taken off both
			const from = Number(tail % BigInt(data.length));
			this.#lost += readRecords(data, from, from + Number(head - tail), raw => taken.push(raw));
			Atomics.store(words, control.tail / 8, head);
		}
		return taken;
	}

	close(): void {
		for (const {fd, memory} of this.#rings.splice(0)) {
			memory.close();
			libc.close(fd);
		}
		if (this.#map >= 0) libc.close(this.#map);
		this.#map = -1;
	}
}
