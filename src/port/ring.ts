// The port on a Linux interface: a TPACKET_V2 ring to receive, and a TX ring or sendmmsg to send.

import {NetstressError} from '../base/errors.js';
import {errno, errnos, nameOf} from '../sys/libc.js';
import {PacketSocket, packetOption} from '../sys/packet.js';
import {Poller} from '../sys/poll.js';
import {RingV2} from '../sys/ring-v2.js';
import {SendBatch} from '../sys/send-batch.js';
import {AOE_ETHERTYPE} from '../wire/aoe.js';
import {type FramePort, newCounters} from './port.js';

export type TransmitEngine = 'ring' | 'sendmmsg';

export interface RingPortOptions {
	/** EtherType to receive; 3 (ETH_P_ALL) = every frame, our own included. */
	etherType?: number;
	/** Bytes of the receive ring. */
	receiveBytes?: number;
	/** How to send; `sendmmsg` copies, `ring` lends its slots to the kernel (docs/architecture.md, "Two ways to send"). */
	transmit?: TransmitEngine;
	/** Bytes of the TX ring (transmit: 'ring'). */
	transmitBytes?: number;
	/** Frames a send batch holds (transmit: 'sendmmsg'). */
	batch?: number;
	/** Send past the qdisc, straight to the driver: then neither its counters nor tcpdump on this host see what is sent (dev_direct_xmit). */
	bypassQdisc?: boolean;
	promiscuous?: boolean;
	/**
	 * Milliseconds that a frame is tried again when the kernel has no room for it (EAGAIN, ENOBUFS: a full qdisc or send buffer); 0, when not
	 * given: it is given up at once. The thread waits meanwhile. (transmit: 'sendmmsg')
	 */
	patienceMs?: number;
	/** Each frame is offered to the kernel once and no more, so that what its queues count as dropped are frames and not tries (transmit: 'sendmmsg'). */
	offerOnce?: boolean;
	/** The longest frame that will be tried, where that is more than the interface takes: the kernel is to refuse it, not we. Bytes. */
	longest?: number;
}

const ETHERNET = 14;

/** Opens a port on interface `name`. ERR_USAGE (no such interface), ERR_PERMISSION (CAP_NET_RAW), ERR_SYSCALL (no memory for the ring, interface down). */
export function openRingPort(name: string, options: RingPortOptions = {}): FramePort {
	const {
		etherType = AOE_ETHERTYPE,
		receiveBytes = 2 << 20,
		transmit = 'sendmmsg',
		transmitBytes = 1 << 20,
		batch = 64,
		bypassQdisc = false,
		promiscuous = false,
		patienceMs = 0,
		offerOnce = false,
		longest = 0,
	} = options;
	const socket = new PacketSocket(name);
	const {iface} = socket;
	const closers: Array<() => void> = [() => socket.close()];
	try {
		if (!iface.up) throw new NetstressError('ERR_SYSCALL', `interface ${name} is down; bring it up: ip link set ${name} up`, {iface: name});
		const frameBytes = Math.max(longest, iface.mtu + ETHERNET);
		const ring = new RingV2(socket, {receiveBytes, transmitBytes: transmit === 'ring' ? transmitBytes : 0, frameBytes});
		closers.unshift(() => ring.close());
		if (bypassQdisc) socket.option(packetOption.qdiscBypass, 1);
		// The kernel charges a frame's true size until the peer has taken it (sock_wmalloc): room for a whole batch of jumbo frames.
		socket.buffers(0, 4 << 20);
		if (promiscuous) socket.promiscuous();
		const poller = new Poller([socket.descriptor]);
		closers.unshift(() => poller.close());
		const send = transmit === 'sendmmsg' ? new SendBatch(socket.descriptor, batch, frameBytes) : undefined;
		if (send) closers.unshift(() => send.close());
		socket.bind(etherType);
		return send ? batchPort(socket, ring, poller, send, closers, patienceMs, offerOnce) : ringPort(socket, ring, poller, closers);
	} catch (error) {
		for (const close of closers) close();
		throw error;
	}
}

type Closers = ReadonlyArray<() => void>;

/** What both kinds share: the receive side and closing. */
function receiver(socket: PacketSocket, ring: RingV2, poller: Poller, closers: Closers) {
	const counters = newCounters();
	const {iface} = socket;
	let closed = false;
	return {
		name: iface.name,
		mac: iface.mac,
		mtu: iface.mtu,
		receiveSlots: ring.receiveSlots,
		descriptor: socket.descriptor,
		get counters() {
			counters.receiveDropped = socket.statistics().drops + ring.oversized;
			return counters;
		},
		tally: counters,
		receive(visit: (view: DataView, at: number, length: number) => void, limit: number): number {
			if (closed) return 0;
			return ring.receive((view, at, length) => {
				counters.received++;
				counters.receivedBytes += length;
				visit(view, at, length);
			}, limit);
		},
		listen(mac: Uint8Array): void {
			if (!closed) socket.listen(mac);
		},
		wait(timeoutMs: number): boolean {
			if (closed) return false;
			if (ring.waiting) return true;
			if (poller.wait(timeoutMs) > 0 && !ring.waiting) socket.takeError();
			return ring.waiting;
		},
		close(): void {
			if (closed) return;
			closed = true;
			for (const close of closers) close();
		},
	};
}

const count = (map: Map<string, number>, key: string) => void map.set(key, (map.get(key) ?? 0) + 1);
/** The error of a frame that is longer than the interface takes. */
const tooLong = 'EMSGSIZE';
/** A frame that was refused behind others of its batch: the kernel does not say why. */
const noReason = 'unsaid';
/** Between two tries of a frame that found no room. */
const retryMs = 0.05;
const nothing = new Int32Array(new SharedArrayBuffer(4));

function batchPort(socket: PacketSocket, ring: RingV2, poller: Poller, send: SendBatch, closers: Closers, patienceMs: number, offerOnce: boolean): FramePort {
	const base = receiver(socket, ring, poller, closers);
	const {tally, mtu} = base;
	const refusals = new Map<string, number>();
	const retried = new Map<string, number>();
	/** When the kernel refused the frame at the head of the queue first; 0 = it has not. */
	let since = 0;
	const sent = (count: number, bytes: number) => {
		tally.sent += count;
		tally.sentBytes += bytes;
		since = 0;
	};
	let faulted = false;
	const refused = (code: number): boolean => {
		if (patienceMs > 0 && (code === errnos.EAGAIN || code === errnos.ENOBUFS)) {
			const now = performance.now();
			if (since === 0) {
				since = now;
				count(retried, nameOf(code));
			}
			if (now - since < patienceMs) {
				Atomics.wait(nothing, 0, 0, retryMs);
				return true;
			}
			// since stays: who has no room for so long is not waited for with every frame
		}
		tally.transmitFailed++;
		count(refusals, nameOf(code));
		if (code === errnos.EFAULT) faulted = true;
		return false;
	};
	const refuseLong = () => {
		tally.transmitFailed++;
		count(refusals, tooLong);
	};
	const unsaid = offerOnce
		? () => {
				tally.transmitFailed++;
				count(refusals, noReason);
			}
		: undefined;
	return Object.assign(base, {
		refusals,
		retried,
		transmitView: send.mapping.view,
		transmitBytes: send.mapping.bytes,
		slots: send.offsets,
		commitFirst: (frames: number, length: number) => send.commitFirst(frames, length),
		reserve(): number {
			const at = send.reserve();
			if (at >= 0) return at;
			send.flush(sent, refused, unsaid);
			return send.reserve();
		},
		commit(length: number): void {
			if (length > mtu + ETHERNET) refuseLong();
			else send.commit(length);
		},
		gather(length: number, address: number, dataLength: number): void {
			if (length + dataLength > mtu + ETHERNET) refuseLong();
			else send.gather(length, address, dataLength);
		},
		takeFault(): boolean {
			const was = faulted;
			faulted = false;
			return was;
		},
		flush(): number {
			const before = tally.sent;
			if (send.queued > 0) send.flush(sent, refused, unsaid);
			return tally.sent - before;
		},
	});
}

function ringPort(socket: PacketSocket, ring: RingV2, poller: Poller, closers: Closers): FramePort {
	const base = receiver(socket, ring, poller, closers);
	const {tally, mtu} = base;
	const refusals = new Map<string, number>();
	const retried = new Map<string, number>();
	/** Frames that were committed and are not in the tally yet. */
	let open = 0;
	let openBytes = 0;
	const kick = (): number => {
		if (open === 0) return 0;
		const took = ring.kick();
		const code = took < 0 ? errno() : 0;
		if (took >= openBytes) return settle(open, openBytes);
		// A frame that the kernel has not taken is still marked; a call that fails has often sent some before. One that it threw away (PACKET_LOSS)
		// is not marked either: the interface's counter misses it.
		const left = ring.untaken;
		const frames = settle(open - left, left === 0 ? openBytes : Math.round((openBytes * (open - left)) / open));
		// without room the next kick tries again
		if (code === errnos.EAGAIN || code === errnos.ENOBUFS) count(retried, nameOf(code));
		else if (code !== 0) giveUp(nameOf(code));
		return frames;
	};
	/** An interface that is down takes nothing at another try either. */
	const giveUp = (code: string) => {
		const frames = ring.withdraw();
		tally.transmitFailed += frames;
		refusals.set(code, (refusals.get(code) ?? 0) + frames);
		open = 0;
		openBytes = 0;
	};
	const settle = (frames: number, bytes: number): number => {
		open -= frames;
		openBytes -= bytes;
		tally.sent += frames;
		tally.sentBytes += bytes;
		return frames;
	};
	return Object.assign(base, {
		refusals,
		retried,
		pending: () => ring.pending,
		transmitView: ring.mapping.view,
		transmitBytes: ring.mapping.bytes,
		reserve(): number {
			const at = ring.reserve();
			if (at >= 0) return at;
			kick();
			const second = ring.reserve();
			if (second < 0) tally.transmitFull++;
			return second;
		},
		commit(length: number): void {
			if (length > mtu + ETHERNET) {
				tally.transmitFailed++;
				count(refusals, tooLong);
				return;
			}
			ring.commit(length);
			open++;
			openBytes += length;
		},
		flush: kick,
	});
}
