// A read-only port over a capture file: an engine sees the frames of a capture as if they arrived now, as fast as it takes them.
import {closeSync, openSync, readSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import {linkEthernet, type Truncation, viewOf} from '../wire/capture.js';
import {CaptureFileDecoder} from '../wire/capture-file.js';
import {type FramePort, newCounters} from './port.js';

const pieceBytes = 256 * 1024;
/** The largest payload that a record can hold behind its Ethernet header. */
const largestPayload = 65_535;

export interface CaptureFilePort extends FramePort {
	/** True when every frame has been shown. */
	readonly ended: boolean;
	/** Set at the end when the file stops inside a record. */
	readonly truncated: Truncation | undefined;
}

/** Opens a capture file (pcap or pcapng) as a port that never sends: `reserve` gives -1. ERR_IO, ERR_PROTOCOL for a damaged file or one without Ethernet. */
export function openCaptureFile(path: string): CaptureFilePort {
	let descriptor: number;
	try {
		descriptor = openSync(path, 'r');
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	}
	const decoder = new CaptureFileDecoder();
	const counters = newCounters();
	const transmitBytes = new Uint8Array(0);
	let ended = false;
	let truncated: Truncation | undefined;
	let closed = false;
	/** Reads on; a record's bytes are views of pieces, so each piece is fresh memory. */
	const refill = () => {
		const piece = new Uint8Array(pieceBytes);
		const length = readSync(descriptor, piece, 0, pieceBytes, null);
		if (length > 0) decoder.push(piece.subarray(0, length));
		else {
			ended = true;
			truncated = decoder.finish();
		}
	};
	return {
		name: path,
		mac: new Uint8Array(6),
		mtu: largestPayload,
		receiveSlots: Number.POSITIVE_INFINITY,
		descriptor: -1,
		counters,
		get ended() {
			return ended;
		},
		get truncated() {
			return truncated;
		},
		receive(visit, limit) {
			let shown = 0;
			while (shown < limit && !closed) {
				const record = decoder.next();
				if (record === undefined) {
					if (ended) break;
					refill();
					continue;
				}
				if (record.linkType !== linkEthernet)
					throw new NetstressError('ERR_PROTOCOL', `${path} holds frames of link type ${record.linkType}, not Ethernet (1)`);
				counters.received++;
				counters.receivedBytes += record.bytes.length;
				shown++;
				visit(viewOf(record.bytes), 0, record.bytes.length);
			}
			return shown;
		},
		transmitView: new DataView(transmitBytes.buffer),
		transmitBytes,
		reserve() {
			counters.transmitFull++;
			return -1;
		},
		commit() {
			throw new NetstressError('ERR_UNSUPPORTED', `${path} is a capture file: nothing can be sent into it`, {feature: 'transmit'});
		},
		flush: () => 0,
		wait: () => !ended && !closed,
		close() {
			if (closed) return;
			closed = true;
			closeSync(descriptor);
		},
	};
}
