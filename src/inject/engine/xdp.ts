// Frames made by the kernel: an XDP program run over live frames (BPF_PROG_TEST_RUN, net/bpf/test_run.c), one generator a stream. No socket, no
// copy, no skb; the frames go straight to the driver's ndo_xdp_xmit, past the qdisc and past every packet socket of this host.
import {NetstressError} from '../../base/errors.js';
import {closeBpf, LiveFrames, loadProgram, probeBpf, programType} from '../../sys/bpf.js';
import {ArrayMap} from '../../sys/bpf-maps.js';
import {interfaceInfo} from '../../sys/interface.js';
import {kernelAtLeast} from '../../sys/probe.js';
import {realtimeAt} from '../../sys/realtime.js';
import {keepDispatched} from '../../sys/xdp-dispatch.js';
import type {FrameImage} from '../source.js';
import {generatorEntry, generatorProgram} from './xdp-program.js';

export const xdpMinimumKernel = '5.18';
/**
 * A page holds a frame, the kernel's own head of it, XDP's headroom and the shared info behind it (TEST_XDP_FRAME_SIZE in test_run.c); what is left is
 * found by trying, this is what fits on every machine with pages of 4 KiB.
 */
export const xdpMostBytes = 3392;
/** Frames that reach the driver together. veth's queue holds 256 and is emptied between two batches. */
const batch = 64;

const unsupported = (iface: string, what: string, details: Record<string, unknown>) =>
	new NetstressError('ERR_UNSUPPORTED', `--engine xdp cannot send on ${iface}: ${what}`, {iface, ...details});

/** Why this machine cannot make frames in XDP; undefined when it can. */
export function xdpMissing(): {what: string; details: Record<string, unknown>} | undefined {
	if (!kernelAtLeast(xdpMinimumKernel))
		return {what: `live XDP frames need Linux ${xdpMinimumKernel} or newer`, details: {feature: 'BPF_F_TEST_XDP_LIVE_FRAMES', minimumKernel: xdpMinimumKernel}};
	const {state, detail} = probeBpf();
	return state === 'present' ? undefined : {what: `bpf(2) is not allowed here (${detail}); run as root, outside a user namespace`, details: {feature: 'bpf'}};
}

/** Nanoseconds from CLOCK_MONOTONIC to 1970. hrtime is CLOCK_MONOTONIC itself. */
function epochOffset(): bigint {
	const nowMs = performance.now();
	const monotonic = process.hrtime.bigint();
	return realtimeAt(nowMs) - monotonic;
}

export class XdpGenerator {
	readonly #map: ArrayMap;
	readonly #program: number;
	readonly #frames: LiveFrames;
	readonly #forget: (() => void) | undefined;
	#made = 0;

	/** Loads the program. ERR_UNSUPPORTED (exit status 4) says what is missing; ERR_USAGE for a frame beyond a page or the MTU. */
	constructor(iface: string, image: FrameImage) {
		const missing = xdpMissing();
		if (missing !== undefined) throw unsupported(iface, missing.what, missing.details);
		const {index, up, mtu} = interfaceInfo(iface);
		if (!up) throw new NetstressError('ERR_SYSCALL', `interface ${iface} is down; bring it up: ip link set ${iface} up`, {iface});
		const {length} = image.bytes;
		if (length > mtu + 14) throw new NetstressError('ERR_USAGE', `frames of ${length} bytes are more than ${iface} takes: ${mtu + 14} bytes at MTU ${mtu}`);
		if (length > xdpMostBytes)
			throw unsupported(iface, `a frame of ${length} bytes does not fit a page: ${xdpMostBytes} at most; use --engine packet`, {length});
		this.#map = new ArrayMap('netstress_gen', generatorEntry.length);
		const entry = new Uint8Array(generatorEntry.length);
		new DataView(entry.buffer).setBigUint64(generatorEntry.epoch, BigInt.asUintN(64, epochOffset()), true);
		this.#map.write(entry);
		this.#program = loadProgram('netstress_gen', programType.xdp, 0, 0, generatorProgram(image.bytes, image.stampAt, index, this.#map.fd));
		this.#forget = keepDispatched(this.#program);
		this.#frames = new LiveFrames(this.#program, image.bytes, batch);
	}

	/** Frames made so far. Whether they left is for the interface's counters to say. */
	get made(): number {
		return this.#made;
	}

	/** Makes `count` frames, fewer when a signal comes in between. Returns how many. ERR_SYSCALL. */
	send(count: number): number {
		this.#frames.run(count);
		const before = this.#made;
		this.#made = Number(new DataView(this.#map.read().buffer).getBigUint64(generatorEntry.made, true));
		return this.#made - before;
	}

	close(): void {
		this.#frames.close();
		this.#forget?.();
		closeBpf(this.#program);
		this.#map.close();
	}
}
