// TPACKET_V2: receive and transmit rings of fixed slots on one socket, both in one mapping, RX first
// (Documentation/networking/packet_mmap.rst; layouts from include/uapi/linux/if_packet.h, order of reads and writes from af_packet.c).
//
//   | RX block 0 | RX block 1 | ... | TX block 0 | ...      a block holds whole slots only; what is left at its end is waste
//   slot: 0 status u32, 4 len u32, 8 snaplen u32, 12 mac u16, 14 net u16, 16 sec, 20 nsec, 24 vlan ...; RX frame at `mac`, TX frame at 32
//
// A slot belongs to the kernel or to us, by its status word alone: the word is read and written with Atomics, which keeps the
// frame's bytes on the right side of it on every machine.
import {errno, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';
import {type PacketSocket, packetOption} from './packet.js';

const TPACKET_V2 = 1;
const TP_STATUS_USER = 1;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_SEND_REQUEST = 1;
const TP_STATUS_SENDING = 2;
const TP_STATUS_AVAILABLE = 0;
const TP_STATUS_WRONG_FORMAT = 4;
const MSG_DONTWAIT = 0x40;
const PAGE = 4096;
/** TPACKET2_HDRLEN and the room the kernel leaves so that the IP header is aligned: the frame starts at 66 (tpacket_rcv). */
const RX_FRAME_AT = 66;
const TX_FRAME_AT = 32;
const align16 = (n: number) => (n + 15) & ~15;

export interface RingGeometry {
	blockBytes: number;
	blocks: number;
	slotBytes: number;
	slots: number;
}

/**
 * A ring of at most `ringBytes` for frames of `frameBytes`: the block between one page and 64 KiB that wastes least, a smaller one on a tie
 * (a block is physically contiguous memory: the smaller, the surer to get). At least two slots.
 */
export function ringGeometry(ringBytes: number, frameBytes: number, headroom: number): RingGeometry {
	const slotBytes = align16(headroom + frameBytes);
	let best = {blockBytes: 0, waste: 2};
	for (let blockBytes = PAGE; blockBytes <= 16 * PAGE || best.blockBytes === 0; blockBytes *= 2) {
		if (blockBytes < slotBytes) continue;
		const waste = (blockBytes % slotBytes) / blockBytes;
		if (waste < best.waste - 0.01) best = {blockBytes, waste};
	}
	const perBlock = Math.floor(best.blockBytes / slotBytes);
	const blocks = Math.max(Math.ceil(2 / perBlock), Math.floor(ringBytes / best.blockBytes));
	return {blockBytes: best.blockBytes, blocks, slotBytes, slots: blocks * perBlock};
}

/** struct tpacket_req. */
function request({blockBytes, blocks, slotBytes, slots}: RingGeometry): Uint8Array {
	const bytes = new DataView(new ArrayBuffer(16));
	bytes.setUint32(0, blockBytes, true);
	bytes.setUint32(4, blocks, true);
	bytes.setUint32(8, slotBytes, true);
	bytes.setUint32(12, slots, true);
	return new Uint8Array(bytes.buffer);
}

/** Offsets of a ring's slots inside the mapping. */
function slotOffsets(geometry: RingGeometry, from: number): Uint32Array {
	const perBlock = Math.floor(geometry.blockBytes / geometry.slotBytes);
	return Uint32Array.from({length: geometry.slots}, (_, i) => from + Math.floor(i / perBlock) * geometry.blockBytes + (i % perBlock) * geometry.slotBytes);
}

export type SlotVisitor = (view: DataView, at: number, length: number) => void;

export class RingV2 {
	readonly mapping: Mapping;
	readonly receiveSlots: number;
	readonly transmitSlots: number;
	readonly #socket: PacketSocket;
	readonly #words: Int32Array;
	readonly #rx: Uint32Array;
	readonly #tx: Uint32Array;
	#rxHead = 0;
	#txHead = 0;
	/** Frames written since the last kick, and the oldest slot the kernel may still hold. */
	#queued = 0;
	/** Frames longer than their slot (merged by GRO): shown to nobody. */
	oversized = 0;

	/**
	 * Makes the rings and maps them. `receiveBytes` or `transmitBytes` of 0 leave that ring out. When the kernel has not the memory
	 * the size is halved until it fits, down to 64 KiB. ERR_SYSCALL, ERR_PERMISSION.
	 */
	constructor(socket: PacketSocket, options: {receiveBytes: number; transmitBytes: number; frameBytes: number}) {
		this.#socket = socket;
		const {iface} = socket;
		if (!socket.option(packetOption.version, TPACKET_V2)) throw syscallError(`use TPACKET_V2 on ${iface.name}`, 'setsockopt');
		// A frame the driver cannot take must not block those behind it (tpacket_snd, tp_loss).
		socket.option(packetOption.loss, 1);
		const make = (name: number, bytes: number, headroom: number): RingGeometry | undefined => {
			if (bytes === 0) return undefined;
			for (let size = bytes; ; size /= 2) {
				const geometry = ringGeometry(size, options.frameBytes, headroom);
				if (socket.optionBytes(name, request(geometry))) return geometry;
				if (size < 131_072) throw syscallError(`make a packet ring of ${bytes} bytes on ${iface.name}`, 'setsockopt', errno());
			}
		};
		const rx = make(packetOption.rxRing, options.receiveBytes, RX_FRAME_AT);
		const tx = make(packetOption.txRing, options.transmitBytes, TX_FRAME_AT);
		const rxBytes = rx ? rx.blockBytes * rx.blocks : 0;
		const txBytes = tx ? tx.blockBytes * tx.blocks : 0;
		this.mapping = new Mapping(rxBytes + txBytes, `packet rings on ${iface.name}`, socket.descriptor);
		this.#words = new Int32Array(this.mapping.bytes.buffer);
		this.#rx = rx ? slotOffsets(rx, 0) : new Uint32Array();
		this.#tx = tx ? slotOffsets(tx, rxBytes) : new Uint32Array();
		this.receiveSlots = this.#rx.length;
		this.transmitSlots = this.#tx.length;
	}

	/** Shows up to `limit` waiting frames and gives each slot back after the call. */
	receive(visit: SlotVisitor, limit: number): number {
		const {view} = this.mapping;
		const slots = this.#rx;
		let shown = 0;
		while (shown < limit) {
			const slot = slots[this.#rxHead]!;
			if ((Atomics.load(this.#words, slot >>> 2) & TP_STATUS_USER) === 0) break;
			const length = view.getUint32(slot + 8, true);
			if (length === view.getUint32(slot + 4, true)) visit(view, slot + view.getUint16(slot + 12, true), length);
			else this.oversized++;
			Atomics.store(this.#words, slot >>> 2, TP_STATUS_KERNEL);
			this.#rxHead = this.#rxHead + 1 === slots.length ? 0 : this.#rxHead + 1;
			shown++;
		}
		return shown;
	}

	/** True when a frame waits; costs no system call. */
	get waiting(): boolean {
		return (Atomics.load(this.#words, this.#rx[this.#rxHead]! >>> 2) & TP_STATUS_USER) !== 0;
	}

	/** Offset of the next free slot's frame, or -1 when the kernel still holds it. */
	reserve(): number {
		const slot = this.#tx[this.#txHead]!;
		const status = Atomics.load(this.#words, slot >>> 2);
		if (status !== TP_STATUS_AVAILABLE && status !== TP_STATUS_WRONG_FORMAT) return -1;
		return slot + TX_FRAME_AT;
	}

	/** Marks the reserved slot for sending. */
	commit(length: number): void {
		const slot = this.#tx[this.#txHead]!;
		this.mapping.view.setUint32(slot + 4, length, true);
		Atomics.store(this.#words, slot >>> 2, TP_STATUS_SEND_REQUEST);
		this.#txHead = this.#txHead + 1 === this.#tx.length ? 0 : this.#txHead + 1;
		this.#queued += 1;
	}

	get queued(): number {
		return this.#queued;
	}

	/** Frames that the kernel has not done with: still marked for sending, or lent to the network. Walks the whole ring. */
	get pending(): number {
		let frames = 0;
		for (const slot of this.#tx) if ((Atomics.load(this.#words, slot >>> 2) & (TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING)) !== 0) frames++;
		return frames;
	}

	/** Of those, the ones that it has not even taken yet: closing the ring loses them. */
	get untaken(): number {
		let frames = 0;
		for (const slot of this.#tx) if (Atomics.load(this.#words, slot >>> 2) === TP_STATUS_SEND_REQUEST) frames++;
		return frames;
	}

	/** Takes back the frames that the kernel has not taken yet: their slots are free again, and are the next ones. Returns how many. */
	withdraw(): number {
		let frames = 0;
		for (; frames < this.#tx.length; frames++) {
			const before = this.#txHead === 0 ? this.#tx.length - 1 : this.#txHead - 1;
			const slot = this.#tx[before]!;
			if (Atomics.load(this.#words, slot >>> 2) !== TP_STATUS_SEND_REQUEST) break;
			Atomics.store(this.#words, slot >>> 2, TP_STATUS_AVAILABLE);
			this.#txHead = before;
		}
		this.#queued = 0;
		return frames;
	}

	/** Tells the kernel to send what is queued. Returns the bytes it took, or a negative number (errno tells why; they stay queued). */
	kick(): number {
		const took = libc.send(this.#socket.descriptor, 0, 0, MSG_DONTWAIT, 0, 0);
		if (took >= 0) this.#queued = 0;
		return took;
	}

	close(): void {
		this.mapping.close();
	}
}
