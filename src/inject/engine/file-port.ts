// Frames into a capture file instead of onto an interface, each at the time when it would have left: pcap with nanoseconds, or pcapng when the name
// says so. Driven by virtual time, a schedule of hours is written as fast as the disk takes it.
import {closeSync, openSync, writeSync} from 'node:fs';
import {NetstressError} from '../../base/errors.js';
import {newCounters, type PortCounters} from '../../port/port.js';
import {linkEthernet} from '../../wire/capture.js';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../../wire/pcap.js';
import {PcapngEncoder} from '../../wire/pcapng-write.js';
import type {TransmitPort} from './port-sender.js';

const pcap: PcapFormat = {tick: 1, littleEndian: true, snapLength: 262_144, linkType: linkEthernet};
const pieceBytes = 1 << 20;

export interface FilePort extends TransmitPort {
	readonly counters: PortCounters;
	/** Writes what is left and closes the file. ERR_IO. */
	close(): void;
}

/**
 * Opens (and empties) `path`; `-` is standard output. `now` gives the time of a frame, nanoseconds since 1970; `maxLength` is the longest frame.
 * ERR_IO, here and from every flush.
 */
export function openFilePort(path: string, maxLength: number, now: () => bigint): FilePort {
	const failed = (error: unknown) =>
		new NetstressError('ERR_IO', `cannot write ${path === '-' ? 'standard output' : path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	const attempt = <T>(what: () => T): T => {
		try {
			return what();
		} catch (error) {
			throw failed(error);
		}
	};
	const descriptor = path === '-' ? 1 : attempt(() => openSync(path, 'w'));
	const pcapng = path.endsWith('.pcapng') ? new PcapngEncoder() : undefined;
	const transmitBytes = new Uint8Array(maxLength);
	const counters = newCounters();
	let pieces =
		pcapng === undefined
			? [encodePcapHeader(pcap)]
			: [pcapng.section('netstress inject'), pcapng.interface({name: 'inject', linkType: linkEthernet, snapLength: 0})];
	let held = 0;
	const write = () => {
		const piece = Buffer.concat(pieces);
		pieces = [];
		held = 0;
		for (let at = 0; at < piece.length; ) at += attempt(() => writeSync(descriptor, piece, at));
	};
	return {
		counters,
		transmitBytes,
		transmitView: new DataView(transmitBytes.buffer),
		reserve: () => 0,
		commit(length) {
			const bytes = transmitBytes.slice(0, length);
			const time = now();
			const record = pcapng === undefined ? encodePcapRecord(pcap, bytes, time) : pcapng.packet({interface: 0, bytes, length, time, direction: 2});
			pieces.push(record);
			held += record.length;
			counters.sent++;
			counters.sentBytes += length;
		},
		flush() {
			if (held > pieceBytes) write();
			return 0;
		},
		close() {
			write();
			if (descriptor !== 1) closeSync(descriptor);
		},
	};
}
