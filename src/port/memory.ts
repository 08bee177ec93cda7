// Two ports joined in memory: what one sends the other receives, at once and in order. The wrappers (faults.ts) make it a bad wire.
import {type FramePort, newCounters} from './port.js';

const ETHERNET = 14;

export interface MemoryPairOptions {
	mtu?: number;
	/** Frames each side holds before it loses the next one, as a receive ring does. */
	slots?: number;
}

/** A queue of frames in one buffer, oldest first. */
class FrameQueue {
	readonly view: DataView;
	readonly #bytes: Uint8Array;
	readonly #lengths: Uint32Array;
	readonly #slotBytes: number;
	readonly #slots: number;
	#head = 0;
	#count = 0;

	constructor(slots: number, slotBytes: number) {
		this.#slots = slots;
		this.#slotBytes = slotBytes;
		this.#bytes = new Uint8Array(slots * slotBytes);
		this.view = new DataView(this.#bytes.buffer);
		this.#lengths = new Uint32Array(slots);
	}

	get count(): number {
		return this.#count;
	}

	/** False when it is full: the frame is lost. */
	push(frame: Uint8Array): boolean {
		if (this.#count === this.#slots) return false;
		const slot = (this.#head + this.#count) % this.#slots;
		this.#bytes.set(frame, slot * this.#slotBytes);
		this.#lengths[slot] = frame.length;
		this.#count++;
		return true;
	}

	/** Shows the oldest frame, then takes it off. */
	shift(visit: (view: DataView, at: number, length: number) => void): void {
		const slot = this.#head;
		visit(this.view, slot * this.#slotBytes, this.#lengths[slot]!);
		this.#head = (slot + 1) % this.#slots;
		this.#count--;
	}
}

function memoryPort(name: string, mac: Uint8Array, mtu: number, incoming: FrameQueue, deliver: (frame: Uint8Array) => boolean): FramePort {
	const counters = newCounters();
	const frameBytes = mtu + ETHERNET;
	const transmitBytes = new Uint8Array(frameBytes);
	// Ring slots arrive dirty; so does this one, that an encoder which forgets a byte is found out.
	transmitBytes.fill(0xa5);
	return {
		name,
		mac,
		mtu,
		receiveSlots: Number.POSITIVE_INFINITY,
		descriptor: -1,
		counters,
		transmitBytes,
		transmitView: new DataView(transmitBytes.buffer),
		receive(visit, limit) {
			let shown = 0;
			for (; shown < limit && incoming.count > 0; shown++) {
				incoming.shift((view, at, length) => {
					counters.received++;
					counters.receivedBytes += length;
					visit(view, at, length);
				});
			}
			return shown;
		},
		reserve: () => 0,
		commit(length) {
			if (length > frameBytes) {
				counters.transmitFailed++;
				return;
			}
			counters.sent++;
			counters.sentBytes += length;
			deliver(transmitBytes.subarray(0, length));
		},
		flush: () => 0,
		wait: () => incoming.count > 0,
		close() {},
	};
}

/** Makes the pair. Addresses are 02:00:00:00:00:01 and :02; a frame that finds the other side full is counted there as receiveDropped. */
export function memoryPair(options: MemoryPairOptions = {}): [FramePort, FramePort] {
	const {mtu = 1500, slots = 1024} = options;
	const toA = new FrameQueue(slots, mtu + ETHERNET);
	const toB = new FrameQueue(slots, mtu + ETHERNET);
	const into = (queue: FrameQueue, owner: () => FramePort) => (frame: Uint8Array) => {
		const taken = queue.push(frame);
		if (!taken) owner().counters.receiveDropped++;
		return taken;
	};
	const a: FramePort = memoryPort(
		'memory-a',
		Uint8Array.of(2, 0, 0, 0, 0, 1),
		mtu,
		toA,
		into(toB, () => b),
	);
	const b: FramePort = memoryPort(
		'memory-b',
		Uint8Array.of(2, 0, 0, 0, 0, 2),
		mtu,
		toB,
		into(toA, () => a),
	);
	return [a, b];
}
