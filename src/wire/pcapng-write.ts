// Writing pcapng (draft-ietf-opsawg-pcapng): one section, interfaces that count in nanoseconds, enhanced packet blocks, statistics.
import {viewOf} from './capture.js';
import {blockTypes, byteOrderMagic, options} from './pcapng.js';

/** One option as it goes into a block. */
export interface BlockOption {
	readonly code: number;
	readonly value: string | Uint8Array;
}

const encoder = new TextEncoder();
const pad = (length: number) => length + (-length & 3);
/** if_tsresol of 10^-9 s. */
const nanoseconds = 9;

/** Writes one block into fresh memory: `body` fixed bytes, then data, then options. */
function block(type: number, body: number, little: boolean, list: readonly BlockOption[], fill: (view: DataView) => void, data?: Uint8Array): Uint8Array {
	const values = list.map(({code, value}) => ({code, value: typeof value === 'string' ? encoder.encode(value) : value}));
	const optionBytes = values.length === 0 ? 0 : values.reduce((sum, {value}) => sum + 4 + pad(value.length), 4);
	const length = 12 + body + pad(data?.length ?? 0) + optionBytes;
	const bytes = new Uint8Array(length);
	const view = viewOf(bytes);
	view.setUint32(0, type, little);
	view.setUint32(4, length, little);
	view.setUint32(length - 4, length, little);
	if (data !== undefined) bytes.set(data, 8 + body);
	let at = 8 + body + pad(data?.length ?? 0);
	for (const {code, value} of values) {
		view.setUint16(at, code, little);
		view.setUint16(at + 2, value.length, little);
		bytes.set(value, at + 4);
		at += 4 + pad(value.length);
	}
	fill(view);
	return bytes;
}

const u32 = (value: number, little: boolean) => {
	const bytes = new Uint8Array(4);
	viewOf(bytes).setUint32(0, value, little);
	return bytes;
};
const u64 = (value: bigint, little: boolean) => {
	const bytes = new Uint8Array(8);
	viewOf(bytes).setBigUint64(0, value, little);
	return bytes;
};
/** A time as two 32-bit halves, the high one first, each in the file's byte order (section 4.3). */
const halves = (time: bigint, little: boolean) => {
	const bytes = new Uint8Array(8);
	const view = viewOf(bytes);
	view.setUint32(0, Number((time >> 32n) & 0xffff_ffffn), little);
	view.setUint32(4, Number(time & 0xffff_ffffn), little);
	return bytes;
};

export interface InterfaceText {
	readonly name: string;
	readonly linkType: number;
	/** 0 = no limit. */
	readonly snapLength: number;
	readonly description?: string | undefined;
	/** The filter as it was typed. */
	readonly filter?: string | undefined;
}

export interface PacketBlock {
	readonly interface: number;
	readonly bytes: Uint8Array;
	/** On the wire. */
	readonly length: number;
	/** Nanoseconds since 1970. */
	readonly time: bigint;
	/** 1 inbound, 2 outbound. */
	readonly direction?: number | undefined;
	readonly comments?: readonly string[] | undefined;
}

export interface InterfaceStatistics {
	readonly interface: number;
	/** Nanoseconds since 1970: when the statistics were taken, when the capture began and ended. */
	readonly time: bigint;
	readonly start: bigint;
	readonly end: bigint;
	readonly received: number;
	readonly dropped: number;
	/** Frames that went into the file. */
	readonly delivered: number;
}

/** Bytes in front of the frame in an enhanced packet block. */
const packetHead = 28;

/** Bytes that `packetInto` needs for a frame of `length` captured bytes. */
export const packetBlockBytes = (length: number): number => packetHead + pad(length) + 12 + 4;

/**
 * Writes an enhanced packet block with its direction straight into `target`, without allocating: the capture's hot path, little-endian.
 * `seconds` and `nanoseconds` since 1970. Returns the block's length.
 */
export function packetInto(
	target: Uint8Array,
	view: DataView,
	at: number,
	frame: Uint8Array,
	length: number,
	seconds: number,
	nanoseconds: number,
	direction: 1 | 2,
): number {
	const size = packetBlockBytes(frame.length);
	// seconds * 10^9 + nanoseconds in two halves, exact in Numbers: `upper` counts units of 2^16
	const low = (seconds % 0x1_0000) * 1e9 + nanoseconds;
	const upper = Math.floor(seconds / 0x1_0000) * 1e9 + Math.floor(low / 0x1_0000);
	view.setUint32(at, blockTypes.enhanced, true);
	view.setUint32(at + 4, size, true);
	view.setUint32(at + 8, 0, true);
	view.setUint32(at + 12, Math.floor(upper / 0x1_0000), true);
	view.setUint32(at + 16, (upper % 0x1_0000) * 0x1_0000 + (low % 0x1_0000), true);
	view.setUint32(at + 20, frame.length, true);
	view.setUint32(at + 24, length, true);
	target.set(frame, at + packetHead);
	let tail = at + packetHead + frame.length;
	const padded = at + packetHead + pad(frame.length);
	while (tail < padded) target[tail++] = 0;
	view.setUint16(tail, options.packetFlags, true);
	view.setUint16(tail + 2, 4, true);
	view.setUint32(tail + 4, direction, true);
	view.setUint32(tail + 8, options.end, true);
	view.setUint32(tail + 12, size, true);
	return size;
}

/** Makes the blocks of one file; the byte order is this machine's usual one unless asked otherwise. */
export class PcapngEncoder {
	readonly #little: boolean;

	constructor(littleEndian = true) {
		this.#little = littleEndian;
	}

	/** Begins a section; its length is left open (-1), so that the file can be a pipe. */
	section(application: string, comment?: string): Uint8Array {
		const list: BlockOption[] = [{code: options.application, value: application}];
		if (comment !== undefined) list.unshift({code: options.comment, value: comment});
		const little = this.#little;
		return block(blockTypes.section, 16, little, list, view => {
			view.setUint32(8, byteOrderMagic, little);
			view.setUint16(12, 1, little);
			view.setBigInt64(16, -1n, little);
		});
	}

	interface({name, linkType, snapLength, description, filter}: InterfaceText): Uint8Array {
		const list: BlockOption[] = [
			{code: options.interfaceName, value: name},
			{code: options.resolution, value: Uint8Array.of(nanoseconds)},
		];
		if (description !== undefined) list.push({code: options.interfaceDescription, value: description});
		// the first byte says how the filter is written: 0 = libpcap's language (section 4.2)
		if (filter !== undefined) list.push({code: options.filter, value: `\0${filter}`});
		const little = this.#little;
		return block(blockTypes.interface, 8, little, list, view => {
			view.setUint16(8, linkType, little);
			view.setUint32(12, snapLength, little);
		});
	}

	packet(packet: PacketBlock): Uint8Array {
		const little = this.#little;
		const list: BlockOption[] = [];
		for (const comment of packet.comments ?? []) list.push({code: options.comment, value: comment});
		if (packet.direction !== undefined) list.push({code: options.packetFlags, value: u32(packet.direction, little)});
		return block(
			blockTypes.enhanced,
			20,
			little,
			list,
			view => {
				view.setUint32(8, packet.interface, little);
				view.setUint32(12, Number((packet.time >> 32n) & 0xffff_ffffn), little);
				view.setUint32(16, Number(packet.time & 0xffff_ffffn), little);
				view.setUint32(20, packet.bytes.length, little);
				view.setUint32(24, packet.length, little);
			},
			packet.bytes,
		);
	}

	statistics(statistics: InterfaceStatistics): Uint8Array {
		const little = this.#little;
		const count = (code: number, value: number) => ({code, value: u64(BigInt(value), little)});
		const list: BlockOption[] = [
			{code: options.statisticsStart, value: halves(statistics.start, little)},
			{code: options.statisticsEnd, value: halves(statistics.end, little)},
			count(options.statisticsReceived, statistics.received),
			count(options.statisticsDropped, statistics.dropped),
			count(options.statisticsDelivered, statistics.delivered),
		];
		return block(blockTypes.statistics, 12, little, list, view => {
			view.setUint32(8, statistics.interface, little);
			view.setUint32(12, Number((statistics.time >> 32n) & 0xffff_ffffn), little);
			view.setUint32(16, Number(statistics.time & 0xffff_ffffn), little);
		});
	}
}
