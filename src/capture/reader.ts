// Reads a capture file from disk or standard input in pieces, so that memory stays bounded whatever the file's size.
import {createReadStream} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import type {CaptureRecord, Truncation} from '../wire/capture.js';
import {CaptureFileDecoder} from '../wire/capture-file.js';

const pieceBytes = 256 * 1024;

/** What is known of a file once it has been read. */
export interface ReadSummary {
	records: number;
	/** Set when the file ends inside a record. */
	truncated: Truncation | undefined;
}

/** Names what was being read in front of a decoder's own words. */
function named(path: string, error: unknown): unknown {
	const name = path === '-' ? 'standard input' : path;
	if (error instanceof NetstressError) return new NetstressError(error.code, `cannot read ${name}: ${error.message}`, {...error.details, path}, error);
	const code = (error as NodeJS.ErrnoException).code;
	if (code === undefined) return error;
	const hint = code === 'ENOENT' ? '; see --read' : code === 'EISDIR' ? '; give a file' : '';
	return new NetstressError('ERR_IO', `cannot read ${name}: ${code}${hint}`, {path, errno: code}, error);
}

/** The truncation of a file in words. */
export const truncationText = (path: string, {offset, have, need}: Truncation): string =>
	`${path === '-' ? 'standard input' : path} ends inside a record: at byte ${offset} there are ${have} of ${need} bytes; the record is left out`;

/**
 * The records of a capture file (pcap or pcapng, told apart by content; `-` is standard input), in batches as they come off the disk.
 * A record's bytes are valid until the next batch is asked for. `summary` is filled as the file goes by.
 * ERR_IO when the file cannot be read, ERR_PROTOCOL (with the offset and the value) when it is damaged; what came before is delivered first.
 */
export async function* captureBatches(path: string, summary: ReadSummary = {records: 0, truncated: undefined}): AsyncGenerator<CaptureRecord[]> {
	const decoder = new CaptureFileDecoder();
	const stream = path === '-' ? process.stdin : createReadStream(path, {highWaterMark: pieceBytes});
	try {
		for await (const chunk of stream) {
			decoder.push(chunk as Uint8Array);
			const {batch, error} = drain(decoder);
			summary.records += batch.length;
			if (batch.length > 0) yield batch;
			if (error !== undefined) throw error;
		}
		summary.truncated = decoder.finish();
	} catch (error) {
		throw named(path, error);
	}
}

/** The records that are complete by now, and what stopped the decoder if it did not simply run out. */
function drain(decoder: CaptureFileDecoder): {batch: CaptureRecord[]; error: unknown} {
	const batch: CaptureRecord[] = [];
	try {
		for (let record = decoder.next(); record !== undefined; record = decoder.next()) batch.push(record);
	} catch (error) {
		return {batch, error};
	}
	return {batch, error: undefined};
}
