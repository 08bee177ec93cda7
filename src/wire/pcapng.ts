// Reading pcapng (draft-ietf-opsawg-pcapng): sections of blocks, each with its length in front and behind; several interfaces, each with its clock.
// Block types other than packets and interface descriptions are skipped. Writing is in pcapng-write.ts.
import {ByteQueue, type CaptureDecoder, type CaptureRecord, damaged, longestRecord, type Truncation, viewOf} from './capture.js';

/** Block types (section 11.1 of the draft). */
export const blockTypes = {
	section: 0x0a0d_0d0a,
	interface: 1,
	/** Obsolete, still in old files. */
	packet: 2,
	simple: 3,
	statistics: 5,
	enhanced: 6,
} as const;
export const byteOrderMagic = 0x1a2b_3c4d;

/** Wireshark's MAX_BLOCK_SIZE: what is longer is damage. */
export const longestBlock = 16 * 1024 * 1024;

/** Option codes (sections 3.5 and 4). */
export const options = {
	end: 0,
	comment: 1,
	hardware: 2,
	os: 3,
	application: 4,
	interfaceName: 2,
	interfaceDescription: 3,
	resolution: 9,
	filter: 11,
	interfaceOs: 12,
	timeOffset: 14,
	packetFlags: 2,
	statisticsStart: 2,
	statisticsEnd: 3,
	statisticsReceived: 4,
	statisticsDropped: 5,
	statisticsAccepted: 6,
	statisticsDelivered: 8,
} as const;

export interface CaptureInterface {
	readonly linkType: number;
	/** 0 = no limit. */
	readonly snapLength: number;
	readonly name: string | undefined;
	/** Ticks a second. */
	readonly ticks: bigint;
	/** Seconds to add to every time. */
	readonly timeOffset: bigint;
}

const text = new TextDecoder();

/** Calls `visit` with each option between `at` and `end`; stops at opt_endofopt or at one that does not fit. */
function eachOption(view: DataView, at: number, end: number, little: boolean, visit: (code: number, at: number, length: number) => void): void {
	let position = at;
	while (position + 4 <= end) {
		const code = view.getUint16(position, little);
		const length = view.getUint16(position + 2, little);
		if (code === options.end || position + 4 + length > end) return;
		visit(code, position + 4, length);
		position += 4 + length + (-length & 3);
	}
}

/** Ticks a second of an if_tsresol byte: a power of ten, or of two when the top bit is set (section 4.2). */
export const ticksOf = (resolution: number): bigint => (resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution));

export class PcapngDecoder implements CaptureDecoder {
	readonly #queue = new ByteQueue();
	#little: boolean | undefined;
	#interfaces: CaptureInterface[] = [];
	#sections = 0;

	/** The interfaces of the section that is being read. */
	get interfaces(): readonly CaptureInterface[] {
		return this.#interfaces;
	}

	get sections(): number {
		return this.#sections;
	}

	push(chunk: Uint8Array): void {
		this.#queue.push(chunk);
	}

	next(): CaptureRecord | undefined {
		for (;;) {
			const offset = this.#queue.offset;
			const length = this.#blockLength();
			const block = length === undefined ? undefined : this.#queue.peek(length);
			if (length === undefined || block === undefined) return undefined;
			const view = viewOf(block);
			const little = this.#little === true;
			const behind = view.getUint32(length - 4, little);
			if (behind !== length) throw damaged(offset + length - 4, `block length ${length} in front, ${behind} behind; the file is damaged`);
			this.#queue.skip(length);
			const record = this.#block(block, view, offset, little);
			if (record !== undefined) return record;
		}
	}

	/** Length of the block at the head of the queue; a section header sets the byte order first. */
	#blockLength(): number | undefined {
		const head = this.#queue.peek(12);
		if (head === undefined) return undefined;
		const view = viewOf(head);
		const offset = this.#queue.offset;
		if (view.getUint32(0) === blockTypes.section) {
			const magic = view.getUint32(8);
			if (magic !== byteOrderMagic && view.getUint32(8, true) !== byteOrderMagic) {
				throw damaged(offset + 8, `0x${magic.toString(16).padStart(8, '0')} is not the byte-order magic of a pcapng section`);
			}
			this.#little = magic !== byteOrderMagic;
		} else if (this.#little === undefined) {
			throw damaged(offset, 'a pcapng file begins with a section header');
		}
		const length = view.getUint32(4, this.#little);
		if (length < 12 || length % 4 !== 0 || length > longestBlock) {
			throw damaged(offset + 4, `block length ${length}; it must be a multiple of 4 from 12 to ${longestBlock}`);
		}
		return length;
	}

	#block(block: Uint8Array, view: DataView, offset: number, little: boolean): CaptureRecord | undefined {
		const end = block.length - 4;
		const need = (size: number, what: string) => {
			if (end < size) throw damaged(offset + 4, `${what} of ${block.length} bytes; ${size + 4} is the least`);
		};
		switch (view.getUint32(0, little)) {
			case blockTypes.section: {
				need(24, 'section header');
				const major = view.getUint16(12, little);
				if (major !== 1) throw damaged(offset + 12, `pcapng version ${major}.${view.getUint16(14, little)}; 1.0 and 1.2 are known`);
				this.#interfaces = [];
				this.#sections++;
				return undefined;
			}
			case blockTypes.interface:
				need(16, 'interface description');
				this.#interfaces.push(describe(view, end, little));
				return undefined;
			case blockTypes.enhanced:
				need(28, 'enhanced packet block');
				return this.#packet(block, view, offset, little, view.getUint32(8, little));
			case blockTypes.packet:
				need(28, 'packet block');
				return this.#packet(block, view, offset, little, view.getUint16(8, little));
			case blockTypes.simple: {
				need(12, 'simple packet block');
				const {linkType, snapLength, name} = this.#interface(0, offset);
				const length = view.getUint32(8, little);
				const captured = Math.min(length, end - 12, snapLength === 0 ? Number.POSITIVE_INFINITY : snapLength);
				if (captured > longestRecord) throw damaged(offset + 8, `${captured} captured bytes; ${longestRecord} is the most a record may hold`);
				const bytes = block.subarray(12, 12 + captured);
				return {bytes, length, time: 0n, linkType, interface: 0, interfaceName: name ?? 'unknown', direction: undefined, comments: []};
			}
			default:
				return undefined;
		}
	}

	#interface(index: number, offset: number): CaptureInterface {
		const found = this.#interfaces[index];
		if (found === undefined) throw damaged(offset + 8, `a packet of interface ${index}, but the section describes ${this.#interfaces.length}`);
		return found;
	}

	#packet(block: Uint8Array, view: DataView, offset: number, little: boolean, index: number): CaptureRecord {
		const {linkType, name, ticks, timeOffset} = this.#interface(index, offset);
		const captured = view.getUint32(20, little);
		const end = block.length - 4;
		if (captured > longestRecord) throw damaged(offset + 20, `${captured} captured bytes; ${longestRecord} is the most a record may hold`);
		if (28 + captured > end) throw damaged(offset + 20, `${captured} captured bytes in a block of ${block.length}`);
		const count = BigInt(view.getUint32(12, little)) * 0x1_0000_0000n + BigInt(view.getUint32(16, little));
		const comments: string[] = [];
		let direction: number | undefined;
		eachOption(view, 28 + captured + (-captured & 3), end, little, (code, at, length) => {
			if (code === options.comment) comments.push(text.decode(block.subarray(at, at + length)));
			else if (code === options.packetFlags && length === 4) direction = view.getUint32(at, little) & 3 || undefined;
		});
		return {
			bytes: block.subarray(28, 28 + captured),
			length: view.getUint32(24, little),
			time: (count * 1_000_000_000n) / ticks + timeOffset * 1_000_000_000n,
			linkType,
			interface: index,
			// as Wireshark calls an interface that has no name
			interfaceName: name ?? 'unknown',
			direction,
			comments,
		};
	}

	finish(): Truncation | undefined {
		const have = this.#queue.length;
		const offset = this.#queue.offset;
		if (have === 0 && this.#sections > 0) return undefined;
		return {offset, have, need: this.#blockLength() ?? 12};
	}
}

function describe(view: DataView, end: number, little: boolean): CaptureInterface {
	let name: string | undefined;
	let ticks = 1_000_000n;
	let timeOffset = 0n;
	eachOption(view, 16, end, little, (code, at, length) => {
		if (code === options.interfaceName) name = text.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
		else if (code === options.resolution && length === 1) ticks = ticksOf(view.getUint8(at));
		else if (code === options.timeOffset && length === 8) timeOffset = view.getBigInt64(at, little);
	});
	return {linkType: view.getUint16(8, little), snapLength: view.getUint32(12, little), name, ticks, timeOffset};
}
