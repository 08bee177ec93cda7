// The classic capture file (draft-ietf-opsawg-pcap): a 24-byte header, then records of 16 bytes and the frame; micro- or nanoseconds, either byte order.
import {NetstressError} from '../base/errors.js';
import {ByteQueue, type CaptureDecoder, type CaptureRecord, damaged, longestRecord, type Truncation, viewOf} from './capture.js';

const microMagic = 0xa1b2_c3d4;
const nanoMagic = 0xa1b2_3c4d;
const fileHeader = 24;
const recordHeader = 16;

export interface PcapFormat {
	/** Nanoseconds a tick of the fraction: 1000 or 1. */
	readonly tick: 1000 | 1;
	readonly littleEndian: boolean;
	/** Longest captured part as the header states it. */
	readonly snapLength: number;
	readonly linkType: number;
}

/** True when the four bytes begin a classic capture file of either precision and byte order. */
export const isPcap = (view: DataView): boolean =>
	[true, false].some(little => {
		const magic = view.getUint32(0, little);
		return magic === microMagic || magic === nanoMagic;
	});

/** Reads the file header. ERR_PROTOCOL for an unknown magic number or version. */
export function decodePcapHeader(view: DataView): PcapFormat {
	const littleEndian = view.getUint8(0) === 0xd4 || view.getUint8(0) === 0x4d;
	const magic = view.getUint32(0, littleEndian);
	if (magic !== microMagic && magic !== nanoMagic) throw damaged(0, `0x${magic.toString(16)} is not the magic number of a pcap file`);
	const major = view.getUint16(4, littleEndian);
	const minor = view.getUint16(6, littleEndian);
	if (major !== 2 || minor > 4) throw damaged(4, `pcap version ${major}.${minor}; 2.4 is the newest known`);
	return {
		tick: magic === nanoMagic ? 1 : 1000,
		littleEndian,
		snapLength: view.getUint32(16, littleEndian),
		// the upper half holds the length of a captured frame check sequence
		linkType: view.getUint32(20, littleEndian) % 0x1_0000,
	};
}

/** The 24 bytes that begin a file. */
export function encodePcapHeader(format: PcapFormat): Uint8Array {
	const bytes = new Uint8Array(fileHeader);
	const view = viewOf(bytes);
	const little = format.littleEndian;
	view.setUint32(0, format.tick === 1 ? nanoMagic : microMagic, little);
	view.setUint16(4, 2, little);
	view.setUint16(6, 4, little);
	view.setUint32(16, format.snapLength, little);
	view.setUint32(20, format.linkType, little);
	return bytes;
}

/** The bytes of one record: header and frame. `time` in nanoseconds; seconds beyond 2106 do not fit (ERR_FIELD_RANGE). */
export function encodePcapRecord(format: PcapFormat, frame: Uint8Array, time: bigint, length = frame.length): Uint8Array {
	const seconds = time / 1_000_000_000n;
	if (seconds < 0n || seconds > 0xffff_ffffn) throw new NetstressError('ERR_FIELD_RANGE', `pcap cannot hold the time ${seconds} s; write pcapng`, {time});
	const bytes = new Uint8Array(recordHeader + frame.length);
	const view = viewOf(bytes);
	const little = format.littleEndian;
	view.setUint32(0, Number(seconds), little);
	view.setUint32(4, Math.floor(Number(time % 1_000_000_000n) / format.tick), little);
	view.setUint32(8, frame.length, little);
	view.setUint32(12, length, little);
	bytes.set(frame, recordHeader);
	return bytes;
}

/** Reads a classic capture file piece by piece. */
export class PcapDecoder implements CaptureDecoder {
	readonly #queue = new ByteQueue();
	#format: PcapFormat | undefined;
	#records = 0;

	/** Known once the first 24 bytes have been pushed and `next` was called. */
	get format(): PcapFormat | undefined {
		return this.#format;
	}

	push(chunk: Uint8Array): void {
		this.#queue.push(chunk);
	}

	next(): CaptureRecord | undefined {
		if (this.#format === undefined) {
			const head = this.#queue.peek(fileHeader);
			if (head === undefined) return undefined;
			this.#format = decodePcapHeader(viewOf(head));
			this.#queue.skip(fileHeader);
		}
		const {littleEndian, tick, linkType} = this.#format;
		const header = this.#queue.peek(recordHeader);
		if (header === undefined) return undefined;
		const view = viewOf(header);
		const captured = view.getUint32(8, littleEndian);
		const length = view.getUint32(12, littleEndian);
		if (captured > longestRecord) {
			throw damaged(this.#queue.offset + 8, `record ${this.#records + 1} says ${captured} captured bytes; ${longestRecord} is the most a record may hold`);
		}
		const whole = this.#queue.peek(recordHeader + captured);
		if (whole === undefined) return undefined;
		const seconds = view.getUint32(0, littleEndian);
		const fraction = view.getUint32(4, littleEndian);
		this.#queue.skip(recordHeader + captured);
		this.#records++;
		return {
			bytes: whole.subarray(recordHeader),
			length,
			time: BigInt(seconds) * 1_000_000_000n + BigInt(fraction * tick),
			linkType,
			interface: 0,
			interfaceName: undefined,
			direction: undefined,
			comments: [],
		};
	}

	finish(): Truncation | undefined {
		const have = this.#queue.length;
		const offset = this.#queue.offset;
		if (this.#format === undefined) return {offset, have, need: fileHeader};
		if (have === 0) return undefined;
		const header = this.#queue.peek(recordHeader);
		const need = header === undefined ? recordHeader : recordHeader + viewOf(header).getUint32(8, this.#format.littleEndian);
		return {offset, have, need};
	}
}
