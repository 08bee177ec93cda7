// TPACKET_V3, receive only: the kernel packs frames of any length into blocks and hands a whole block over, when it is full or when its timer
// runs out (Documentation/networking/packet_mmap.rst; struct tpacket_block_desc and tpacket3_hdr in include/uapi/linux/if_packet.h).
// Nothing is lost at rates where a frame at a time would be, but a frame may wait as long as the timer: for capture, not for targets.
//
//   block: 0 version, 4 offset_to_priv, 8 status, 12 num_pkts, 16 offset_to_first_pkt, 20 blk_len, 24 seq_num(8) ...
//   frame: 0 next_offset, 4 sec, 8 nsec, 12 snaplen, 16 len, 20 status, 24 mac u16, 26 net u16, 28 rxhash, 32 vlan_tci, 36 vlan_tpid u16; sockaddr_ll at 48
import {libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';
import {type PacketSocket, packetOption} from './packet.js';

const TPACKET_V3 = 2;
const TP_STATUS_USER = 1;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_LOSING = 4;
const TP_STATUS_VLAN_VALID = 0x10;
const TP_STATUS_VLAN_TPID_VALID = 0x40;
const SOCKADDR_LL_AT = 48;
const SLL_PKTTYPE_AT = 10;
const PACKET_OUTGOING = 4;
const MSG_DONTWAIT_TRUNC = 0x60;

/** A captured frame: valid only during the call. */
export interface CapturedFrame {
	view: DataView;
	at: number;
	/** Bytes captured, and bytes the frame had on the wire. */
	length: number;
	originalLength: number;
	/** When the kernel saw it: seconds and nanoseconds since 1970. */
	seconds: number;
	nanoseconds: number;
	/** Sent by this host. */
	outgoing: boolean;
	/** The tag that was taken out of the frame before we saw it, or -1. */
	vlanTci: number;
	vlanTpid: number;
	/** Frames were lost before this one. */
	losing: boolean;
}

export interface RingV3Options {
	/** Bytes of the ring, in blocks of `blockBytes`. */
	ringBytes?: number;
	blockBytes?: number;
	/** Milliseconds after which a block that is not full is handed over. */
	timeoutMs?: number;
}

export class RingV3 {
	readonly blocks: number;
	readonly blockBytes: number;
	readonly #mapping: Mapping;
	readonly #words: Int32Array;
	#head = 0;
	readonly #frame: CapturedFrame;

	/** Makes and maps the ring. Halves its size until the kernel has the memory. ERR_SYSCALL, ERR_PERMISSION. */
	constructor(socket: PacketSocket, options: RingV3Options = {}) {
		const {ringBytes = 16 << 20, blockBytes = 1 << 18, timeoutMs = 20} = options;
		const {iface} = socket;
		if (!socket.option(packetOption.version, TPACKET_V3)) throw syscallError(`use TPACKET_V3 on ${iface.name}`, 'setsockopt');
		let blocks = Math.max(2, Math.floor(ringBytes / blockBytes));
		for (; !socket.optionBytes(packetOption.rxRing, request(blockBytes, blocks, timeoutMs)); blocks = Math.floor(blocks / 2)) {
			if (blocks <= 2) throw syscallError(`make a capture ring of ${ringBytes} bytes on ${iface.name}`, 'setsockopt');
		}
		this.blocks = blocks;
		this.blockBytes = blockBytes;
		this.#mapping = new Mapping(blocks * blockBytes, `a capture ring on ${iface.name}`, socket.descriptor);
		this.#words = new Int32Array(this.#mapping.bytes.buffer);
		const {view} = this.#mapping;
		this.#frame = {view, at: 0, length: 0, originalLength: 0, seconds: 0, nanoseconds: 0, outgoing: false, vlanTci: -1, vlanTpid: 0, losing: false};
	}

	/** True when a block waits; costs no system call. */
	get waiting(): boolean {
		return (Atomics.load(this.#words, (this.#head * this.blockBytes + 8) >>> 2) & TP_STATUS_USER) !== 0;
	}

	/** Shows every frame of the blocks that wait, `limit` blocks at most, and gives each block back. Returns how many frames there were. */
	receive(visit: (frame: CapturedFrame) => void, limit = this.blocks): number {
		const {view} = this.#mapping;
		let shown = 0;
		for (let done = 0; done < limit && this.waiting; done++) {
			const block = this.#head * this.blockBytes;
			const count = view.getUint32(block + 12, true);
			let at = block + view.getUint32(block + 16, true);
			for (let i = 0; i < count; i++) {
				visit(this.#read(view, at));
				at += view.getUint32(at, true);
			}
			shown += count;
			Atomics.store(this.#words, (block + 8) >>> 2, TP_STATUS_KERNEL);
			this.#head = this.#head + 1 === this.blocks ? 0 : this.#head + 1;
		}
		return shown;
	}

	#read(view: DataView, at: number): CapturedFrame {
		const frame = this.#frame;
		const status = view.getUint32(at + 20, true);
		frame.at = at + view.getUint16(at + 24, true);
		frame.length = view.getUint32(at + 12, true);
		frame.originalLength = view.getUint32(at + 16, true);
		frame.seconds = view.getUint32(at + 4, true);
		frame.nanoseconds = view.getUint32(at + 8, true);
		frame.outgoing = view.getUint8(at + SOCKADDR_LL_AT + SLL_PKTTYPE_AT) === PACKET_OUTGOING;
		frame.vlanTci = (status & TP_STATUS_VLAN_VALID) === 0 ? -1 : view.getUint32(at + 32, true);
		frame.vlanTpid = (status & TP_STATUS_VLAN_TPID_VALID) === 0 ? 0x8100 : view.getUint16(at + 36, true);
		frame.losing = (status & TP_STATUS_LOSING) !== 0;
		return frame;
	}

	close(): void {
		this.#mapping.close();
	}
}

/** struct tpacket_req3: block_size, block_nr, frame_size, frame_nr, retire_blk_tov, sizeof_priv, feature_req_word. */
function request(blockBytes: number, blocks: number, timeoutMs: number): Uint8Array {
	const frameBytes = 2048;
	const bytes = new DataView(new ArrayBuffer(28));
	[blockBytes, blocks, frameBytes, (blockBytes / frameBytes) * blocks, timeoutMs, 0, 0].forEach((word, i) => {
		bytes.setUint32(i * 4, word, true);
	});
	return new Uint8Array(bytes.buffer);
}

/** Throws away what a socket queued between its creation and its ring (a ring does not take over what came before). */
export function discardQueued(socket: PacketSocket): void {
	const scratch = new Mapping(4096, 'discarded frames');
	while (libc.recv(socket.descriptor, scratch.address(), 1, MSG_DONTWAIT_TRUNC) >= 0);
	scratch.close();
}
