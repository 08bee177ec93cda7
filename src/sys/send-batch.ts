// Sending by sendmmsg(2): many frames a system call, each copied by the kernel before the call returns. So its slots are free at once (a small
// arena stays in the processor's cache), and each refusal belongs to one frame. Where a TX ring lends its pages to the network, a veth peer's
// packet socket may still hold them when the ring calls the slot free (skb_orphan in packet_rcv); here nothing is lent.
import {errno, libc} from './libc.js';
import {Mapping} from './memory.js';

const MSG_DONTWAIT = 0x40;
/** struct mmsghdr on 64-bit Linux: struct msghdr (56 bytes: iov at 16, iovlen at 24), msg_len at 56. */
const MMSGHDR = 64;
const IOVEC = 16;
const VECTORS = 2 * IOVEC;

export class SendBatch {
	readonly mapping: Mapping;
	readonly slots: number;
	readonly #descriptor: number;
	readonly #slotBytes: number;
	/** Frames start here, behind the headers and vectors; 16 bytes in, so that the payload behind 14 + 22 bytes of header is aligned to 4. */
	readonly #framesAt: number;
	readonly #vectorsAt: number;
	#queued = 0;
	/** What the first slots' headers say already: they are of this length, none of them gathered. */
	#uniform = 0;
	#uniformSlots = 0;
	/** Where each slot's frame begins; what is written there stays until it is written over. */
	readonly offsets: Uint32Array;

	/** An arena of `slots` frames of up to `frameBytes`. ERR_SYSCALL when it cannot be mapped. */
	constructor(descriptor: number, slots: number, frameBytes: number) {
		this.#descriptor = descriptor;
		this.slots = slots;
		this.#slotBytes = (frameBytes + 63) & ~63;
		this.#vectorsAt = slots * MMSGHDR;
		this.#framesAt = (this.#vectorsAt + slots * VECTORS + 4095) & ~4095;
		this.mapping = new Mapping(this.#framesAt + slots * this.#slotBytes, 'a send batch');
		this.offsets = Uint32Array.from({length: slots}, (_, i) => this.#framesAt + i * this.#slotBytes);
		const {view} = this.mapping;
		for (let i = 0; i < slots; i++) {
			const vector = this.#vectorsAt + i * VECTORS;
			view.setBigUint64(i * MMSGHDR + 16, BigInt(this.mapping.address(vector)), true);
			view.setBigUint64(i * MMSGHDR + 24, 1n, true);
			view.setBigUint64(vector, BigInt(this.mapping.address(this.#framesAt + i * this.#slotBytes)), true);
		}
		this.#warm();
	}

	/** The first call of a function of libc costs a good part of a millisecond: here nobody waits for it. */
	#warm(): void {
		libc.sendmmsg(this.#descriptor, this.mapping.address(), 0, MSG_DONTWAIT);
	}

	/** Offset of the next free frame, or -1 when all are queued. */
	reserve(): number {
		return this.#queued < this.slots ? this.#framesAt + this.#queued * this.#slotBytes : -1;
	}

	commit(length: number): void {
		const {view} = this.mapping;
		this.#uniformSlots = 0;
		view.setUint32(this.#vectorsAt + this.#queued * VECTORS + 8, length, true);
		view.setUint32(this.#queued * MMSGHDR + 24, 1, true);
		this.#queued += 1;
	}

	/** Queues the reserved frame's first `length` bytes and `dataLength` bytes at `address`, which must stay mapped until the flush. */
	gather(length: number, address: number, dataLength: number): void {
		const {view} = this.mapping;
		this.#uniformSlots = 0;
		const vector = this.#vectorsAt + this.#queued * VECTORS;
		view.setUint32(vector + 8, length, true);
		view.setUint32(vector + IOVEC, address % 0x1_0000_0000, true);
		view.setUint32(vector + IOVEC + 4, Math.floor(address / 0x1_0000_0000), true);
		view.setUint32(vector + IOVEC + 8, dataLength, true);
		view.setUint32(this.#queued * MMSGHDR + 24, 2, true);
		this.#queued += 1;
	}

	/** Queues the first `count` slots, none being queued, as frames of `length` bytes each. */
	commitFirst(count: number, length: number): void {
		if (this.#uniform !== length) this.#uniformSlots = 0;
		const said = this.#uniformSlots;
		for (this.#queued = said; this.#queued < count; ) this.commit(length);
		this.#queued = count;
		this.#uniform = length;
		this.#uniformSlots = Math.max(said, count);
	}

	/** Bytes of queued frame `i`. */
	#length(i: number): number {
		const {view} = this.mapping;
		const vector = this.#vectorsAt + i * VECTORS;
		const first = view.getUint32(vector + 8, true);
		return view.getUint32(i * MMSGHDR + 24, true) === 1 ? first : first + view.getUint32(vector + IOVEC + 8, true);
	}

	get queued(): number {
		return this.#queued;
	}

	/**
	 * Sends what is queued. `sent(count, bytes)` is told what the kernel took, `refused(errno)` each frame that it did not: it is tried again when
	 * that returns true and otherwise given up, so that one bad frame (or an interface that is down) never holds up those behind it. Afterwards
	 * all slots are free.
	 *
	 * A call that sent some frames and then met an error says how many it sent and not the error (net/socket.c, __sys_sendmmsg): the next call tries the frame
	 * that met it once more, and a queue that dropped it has then dropped two. `unsaid` is told of each such frame; where it is given, none is tried again.
	 */
	flush(sent: (count: number, bytes: number) => void, refused: (code: number) => boolean, unsaid?: () => void): void {
		for (let next = 0; next < this.#queued; ) {
			const left = this.#queued - next;
			const took = libc.sendmmsg(this.#descriptor, this.mapping.address(next * MMSGHDR), left, MSG_DONTWAIT);
			if (took <= 0) {
				if (!refused(errno())) next += 1;
				continue;
			}
			let bytes = 0;
			if (next + took <= this.#uniformSlots) bytes = took * this.#uniform;
			else for (let i = next; i < next + took; i++) bytes += this.#length(i);
			sent(took, bytes);
			next += took;
			if (took < left && unsaid !== undefined) {
				unsaid();
				next += 1;
			}
		}
		this.#queued = 0;
	}

	close(): void {
		this.mapping.close();
	}
}
