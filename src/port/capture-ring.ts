// The receive-only port of a capture: every frame that passes an interface, both directions, through a TPACKET_V3 ring.
import {NetstressError} from '../base/errors.js';
import type {InterfaceInfo} from '../sys/interface.js';
import {Mapping} from '../sys/memory.js';
import {ETH_P_ALL, PacketSocket, type PacketStatistics, packetOption} from '../sys/packet.js';
import {Poller} from '../sys/poll.js';
import {type CapturedFrame, discardQueued, RingV3, type RingV3Options} from '../sys/ring-v3.js';

export interface CaptureRingOptions extends RingV3Options {
	promiscuous?: boolean;
	/**
	 * Frames of this EtherType alone, where the protocols of this host get theirs: behind traffic control and netfilter. Without it every frame, as it comes in
	 * (net/core/dev.c, __netif_receive_skb_core: ptype_all comes first, ptype_specific last).
	 */
	etherType?: number | undefined;
	/** Leave out what this host sends (PACKET_IGNORE_OUTGOING, Linux 4.20); older kernels still show it, marked `outgoing`. */
	ignoreOutgoing?: boolean;
	/** Classic BPF as `tcpdump -ddd` prints it: instructions {code, jt, jf, k}. */
	filter?: ReadonlyArray<{code: number; jt: number; jf: number; k: number}>;
}

export interface CaptureRing {
	readonly iface: InterfaceInfo;
	/** Shows the frames that wait, of `limit` blocks at most; valid only during the call. Returns how many. */
	receive(visit: (frame: CapturedFrame) => void, limit?: number): number;
	/** Sleeps until frames wait or `timeoutMs` passed; true when frames wait. */
	wait(timeoutMs: number): boolean;
	/** Frames that passed the filter since the start, and those lost because the ring was full. */
	statistics(): PacketStatistics;
	close(): void;
}

/** Opens a capture ring on `name`. ERR_USAGE, ERR_PERMISSION (CAP_NET_RAW), ERR_SYSCALL. */
export function openCaptureRing(name: string, options: CaptureRingOptions = {}): CaptureRing {
	const socket = new PacketSocket(name);
	const closers: Array<() => void> = [() => socket.close()];
	const close = (): void => {
		for (const one of closers.splice(0)) one();
	};
	try {
		if (!socket.iface.up) throw new NetstressError('ERR_SYSCALL', `interface ${name} is down; bring it up: ip link set ${name} up`, {iface: name});
		if (options.filter) attach(socket, options.filter);
		const ring = new RingV3(socket, options);
		closers.unshift(() => ring.close());
		const poller = new Poller([socket.descriptor]);
		closers.unshift(() => poller.close());
		if (options.promiscuous) socket.promiscuous();
		if (options.ignoreOutgoing) socket.option(packetOption.ignoreOutgoing, 1);
		discardQueued(socket);
		socket.bind(options.etherType ?? ETH_P_ALL);
		socket.statistics();
		return {
			iface: socket.iface,
			receive: (visit, limit) => ring.receive(visit, limit),
			wait(timeoutMs) {
				if (ring.waiting) return true;
				if (poller.wait(timeoutMs) > 0 && !ring.waiting) socket.takeError();
				return ring.waiting;
			},
			statistics: () => socket.statistics(),
			close,
		};
	} catch (error) {
		close();
		throw error;
	}
}

/** Lays the program out as struct sock_filter {u16 code, u8 jt, u8 jf, u32 k} and attaches it; the kernel copies it. */
function attach(socket: PacketSocket, program: NonNullable<CaptureRingOptions['filter']>): void {
	const memory = new Mapping(Math.max(4096, program.length * 8), 'a packet filter');
	program.forEach(({code, jt, jf, k}, i) => {
		memory.view.setUint16(i * 8, code, true);
		memory.view.setUint8(i * 8 + 2, jt);
		memory.view.setUint8(i * 8 + 3, jf);
		memory.view.setUint32(i * 8 + 4, k, true);
	});
	try {
		socket.filter(memory.address(), program.length);
	} finally {
		memory.close();
	}
}
