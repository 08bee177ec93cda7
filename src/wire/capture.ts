// What a capture file is made of, whatever its format, and the queue that its bytes arrive through. No I/O: src/port and src/capture push the bytes.
import {NetstressError} from '../base/errors.js';

/** LINKTYPE values (pcap-linktype(7)); Ethernet is what netstress writes. */
export const linkTypes: Readonly<Record<number, string>> = {
	0: 'NULL',
	1: 'ETHERNET',
	101: 'RAW',
	113: 'LINUX_SLL',
	228: 'IPV4',
	229: 'IPV6',
	276: 'LINUX_SLL2',
};
export const linkEthernet = 1;

/** The longest frame a record may hold: libpcap's MAXIMUM_SNAPLEN and Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD. */
export const longestRecord = 262_144;

/** One frame of a capture file. `bytes` is a view, valid until more of the file is pushed into its decoder. */
export interface CaptureRecord {
	/** The captured bytes. */
	readonly bytes: Uint8Array;
	/** Bytes the frame had on the wire; more than `bytes.length` when the capture cut it. */
	readonly length: number;
	/** Nanoseconds since 1970-01-01 UTC; 0 where the format keeps none (simple packet blocks). */
	readonly time: bigint;
	/** LINKTYPE of the interface it was taken on. */
	readonly linkType: number;
	/** Index of that interface within its section. */
	readonly interface: number;
	readonly interfaceName: string | undefined;
	/** 1 inbound, 2 outbound, undefined when the file does not say (epb_flags, pcapng 4.3.1). */
	readonly direction: number | undefined;
	readonly comments: readonly string[];
}

/** What is missing when a file ends inside a record. */
export interface Truncation {
	/** Where in the file the record begins. */
	readonly offset: number;
	/** Bytes that are there, and bytes that the record needs (as far as known). */
	readonly have: number;
	readonly need: number;
}

/** Turns the bytes of a file into records. */
export interface CaptureDecoder {
	push(chunk: Uint8Array): void;
	/** The next record, or undefined until more is pushed. ERR_PROTOCOL for a damaged file, naming the offset and the value. */
	next(): CaptureRecord | undefined;
	/** To be asked when the file has ended: what is missing, if anything. */
	finish(): Truncation | undefined;
}

/** The error of a damaged or foreign file. */
export const damaged = (offset: number, what: string) =>
	new NetstressError('ERR_PROTOCOL', `at byte ${offset}: ${what}`, {
		offset,
	});

/** Bytes that arrive in pieces and leave in runs: copies only where a run lies across two pieces. */
export class ByteQueue {
	#pieces: Uint8Array[] = [];
	#at = 0;
	#total = 0;
	/** How many bytes have been taken: the file offset of the next one. */
	offset = 0;

	get length(): number {
		return this.#total;
	}

	push(piece: Uint8Array): void {
		if (piece.length === 0) return;
		this.#pieces.push(piece);
		this.#total += piece.length;
	}

	/** The next `size` bytes, left in the queue; undefined when they are not all there yet. */
	peek(size: number): Uint8Array | undefined {
		if (this.#total < size) return undefined;
		const first = this.#pieces[0] ?? new Uint8Array(0);
		if (first.length - this.#at < size) {
			const joined = new Uint8Array(this.#total);
			let to = 0;
			for (const [index, piece] of this.#pieces.entries()) {
				const part = index === 0 ? piece.subarray(this.#at) : piece;
				joined.set(part, to);
				to += part.length;
			}
			this.#pieces = [joined];
			this.#at = 0;
		}
		return this.#pieces[0]?.subarray(this.#at, this.#at + size);
	}

	/** Drops `size` bytes that `peek` has shown. */
	skip(size: number): void {
		this.#at += size;
		this.#total -= size;
		this.offset += size;
		const first = this.#pieces[0];
		if (first !== undefined && this.#at === first.length) {
			this.#pieces.shift();
			this.#at = 0;
		}
	}
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
