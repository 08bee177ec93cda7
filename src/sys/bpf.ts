// bpf(2) without clang and libbpf: programs and links, from TypeScript. Maps: bpf-maps.ts.
import {NetstressError} from '../base/errors.js';
import {assemble, type Instruction} from './bpf-assembler.js';
import {attributeLength, call, callNumber, command, put64, putText} from './bpf-call.js';
import {ArrayMap} from './bpf-maps.js';
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

/** Program types and attach types in use (enum bpf_prog_type, enum bpf_attach_type). */
export const programType = {classifier: 3, xdp: 6, rawTracepoint: 17, tracing: 26} as const;
/** TCX since Linux 6.6, XDP links since 5.9, tracepoints with typed arguments since 5.5. */
export const attachType = {xdp: 37, tcxIngress: 46, traceRawTracepoint: 23} as const;
/** BPF_F_XDP_HAS_FRAGS: the program accepts frames of several buffers, without which veth refuses it above an MTU of about 3500. Linux 5.18. */
export const xdpHasFragments = 1 << 5;
/** XDP_FLAGS_SKB_MODE, XDP_FLAGS_DRV_MODE (linux/if_link.h). */
export const xdpMode = {generic: 2, driver: 4} as const;

/** Loads a program and returns its descriptor. `typeId`: what a tracing program attaches to, by its id in the kernel's BTF. ERR_SYSCALL with the verifier's words, ERR_PERMISSION without CAP_BPF and CAP_NET_ADMIN. */
export function loadProgram(name: string, type: number, attach: number, flags: number, program: readonly Instruction[], typeId = 0): number {
	const code = assemble(program);
	const license = attributeLength;
	const start = license + 8;
	const log = start + code.length;
	const logLength = 65_536;
	let said = '';
	try {
		return call(
			command.programLoad,
			`load the BPF program ${name}`,
			8 + code.length + logLength,
			memory => {
				const {view, bytes} = memory;
				putText(memory, license, 'GPL');
				bytes.set(code, start);
				view.setUint32(0, type, true);
				view.setUint32(4, code.length / 8, true);
				put64(memory, 8, memory.address(start));
				put64(memory, 16, memory.address(license));
				view.setUint32(24, 1, true);
				view.setUint32(28, logLength, true);
				put64(memory, 32, memory.address(log));
				view.setUint32(44, flags, true);
				putText(memory, 48, name);
				view.setUint32(68, attach, true);
				view.setUint32(108, typeId, true);
			},
			({bytes}) => {
				const text = bytes.subarray(log, log + logLength);
				said = new TextDecoder().decode(text.subarray(0, text.indexOf(0))).trim();
			},
		);
	} catch (error) {
		const cause = error as NetstressError;
		const last = said.split('\n').slice(-3).join(' | ');
		throw new NetstressError(cause.code, `${cause.message}${last ? `; the verifier says: ${last}` : ''}`, {...cause.details, log: said}, error);
	}
}

/** Attaches a program to an interface; the attachment lives as long as the descriptor that is returned. */
export const linkToInterface = (program: number, ifindex: number, attach: number, flags: number): number =>
	call(command.linkCreate, `attach a BPF program to interface ${ifindex}`, 0, ({view}) => {
		[program, ifindex, attach, flags].forEach((value, i) => {
			view.setUint32(i * 4, value, true);
		});
	});

/** BPF_F_TEST_XDP_LIVE_FRAMES (Linux 5.18): frames that a program redirects really leave. */
const testLiveFrames = 2;

/**
 * Runs an XDP program over copies of one frame that the kernel makes itself, again and again (net/bpf/test_run.c, bpf_test_run_xdp_live).
 * The kernel uses the copies' memory again: a program finds in a frame what it wrote there before.
 */
export class LiveFrames {
	/** The most that the kernel runs in one go. */
	static readonly mostBatch = 256;
	readonly #memory: Mapping;
	readonly #syscall = callNumber();

	/** `batch`: frames that are redirected together; a device's XDP queue (veth: 256) must hold them. */
	constructor(program: number, frame: Uint8Array, batch: number) {
		this.#memory = new Mapping(attributeLength + frame.length, 'live frames');
		const {view, bytes} = this.#memory;
		bytes.set(frame, attributeLength);
		view.setUint32(0, program, true);
		view.setUint32(8, frame.length, true);
		put64(this.#memory, 16, this.#memory.address(attributeLength));
		view.setUint32(64, testLiveFrames, true);
		view.setUint32(72, batch, true);
	}

	/** Runs the program `repeat` times, fewer when a signal comes in between: the program must count itself. ERR_SYSCALL, ERR_PERMISSION. */
	run(repeat: number): void {
		this.#memory.view.setUint32(32, repeat, true);
		if (Number(libc.syscall(this.#syscall, command.testRun, this.#memory.address(), attributeLength, 0, 0)) >= 0) return;
		const error = errno();
		if (error !== errnos.EINTR) throw syscallError('run XDP frames', 'bpf', error);
	}

	close(): void {
		this.#memory.close();
	}
}

/** Closes a program's or a link's descriptor. */
export const closeBpf = (fd: number): void => void libc.close(fd);

/** Whether this process may use bpf(2) here: tries the smallest map there is. */
export function probeBpf(): {state: 'present' | 'absent' | 'failed'; detail: string} {
	try {
		new ArrayMap('netstress_probe', 8).close();
		return {state: 'present', detail: 'maps can be created'};
	} catch (error) {
		const {details, message} = error as NetstressError;
		const absent = details.errno === 'EPERM' || details.errno === 'ENOSYS' || details.feature === 'bpf';
		return {
			state: absent ? 'absent' : 'failed',
			detail: details.errno === 'EPERM' ? 'EPERM: it needs root on the host itself (CAP_BPF and CAP_NET_ADMIN), which a lab does not give' : message,
		};
	}
}

/**
 * Runs a program at a tracepoint, of every namespace, until the descriptor that is returned is closed. A raw tracepoint program is told the tracepoint's `name`,
 * a tracing program was loaded for it. ERR_SYSCALL, ERR_PERMISSION.
 */
export const openRawTracepoint = (program: number, name?: string): number =>
	call(command.rawTracepointOpen, 'attach a BPF program to a tracepoint', 64, memory => {
		if (name !== undefined) {
			memory.bytes.set(new TextEncoder().encode(name), attributeLength);
			put64(memory, 0, memory.address(attributeLength));
		}
		memory.view.setUint32(8, program, true);
	});

/**
 * How often the kernel did not run a program because it was already running on that CPU (struct bpf_prog_info, recursion_misses, Linux 5.12); 0 on
 * kernels that do not count it.
 */
export function programMisses(program: number): number {
	const missesAt = 208;
	const length = 216;
	let misses = 0;
	const fill = (memory: Mapping) => {
		memory.view.setUint32(0, program, true);
		memory.view.setUint32(4, length, true);
		put64(memory, 8, memory.address(attributeLength));
	};
	call(command.informationByFd, 'ask about a BPF program', length, fill, ({view}) => {
		misses = Number(view.getBigUint64(attributeLength + missesAt, true));
	});
	return misses;
}
