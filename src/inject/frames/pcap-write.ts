// Frames into a capture file instead of onto an interface: pcap with nanoseconds, each frame at the time when it would have left.
import {closeSync, openSync, writeSync} from 'node:fs';
import {NetstressError} from '../../base/errors.js';
import {linkEthernet} from '../../wire/capture.js';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../../wire/pcap.js';
import type {FrameSource} from '../source.js';

const format: PcapFormat = {tick: 1, littleEndian: true, snapLength: 262_144, linkType: linkEthernet};
const pieceBytes = 1 << 20;

export interface FileRun {
	readonly count: number;
	/** When frame n leaves, in milliseconds from the start. */
	readonly dueAt: (n: number) => number;
	/** Nanoseconds since 1970 of the first frame. */
	readonly start: bigint;
	readonly signal: AbortSignal;
}

/** Writes `count` frames to `path` (`-` is standard output). Returns how many, and their bytes. ERR_IO. */
export function writeFrames(source: FrameSource, path: string, {count, dueAt, start, signal}: FileRun): {frames: number; bytes: number} {
	const failed = (error: unknown) =>
		new NetstressError('ERR_IO', `cannot write ${path === '-' ? 'standard output' : path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	let descriptor: number;
	try {
		descriptor = path === '-' ? 1 : openSync(path, 'w');
	} catch (error) {
		throw failed(error);
	}
	const slot = new Uint8Array(source.maxLength);
	const view = new DataView(slot.buffer);
	const origin = performance.now();
	let bytes = 0;
	let frames = 0;
	let pieces: Uint8Array[] = [encodePcapHeader(format)];
	let held = 0;
	const flush = () => {
		const piece = Buffer.concat(pieces);
		for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at);
		pieces = [];
		held = 0;
	};
	try {
		for (; frames < count && !signal.aborted; frames++) {
			const due = dueAt(frames);
			const length = source.write(slot, view, 0, origin + due);
			const record = encodePcapRecord(format, slot.subarray(0, length), start + BigInt(Math.round(due * 1e6)));
			pieces.push(record);
			bytes += length;
			held += record.length;
			if (held > pieceBytes) flush();
		}
		flush();
	} catch (error) {
		throw error instanceof NetstressError ? error : failed(error);
	} finally {
		if (descriptor !== 1) closeSync(descriptor);
	}
	return {frames, bytes};
}
