// Readers of capture files on any bytes: records or ERR_PROTOCOL, never anything else, and no record longer than the file.
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import type {CaptureDecoder} from '../../src/wire/capture.js';
import {CaptureFileDecoder} from '../../src/wire/capture-file.js';
import {PcapDecoder} from '../../src/wire/pcap.js';
import {PcapngDecoder} from '../../src/wire/pcapng.js';
import {PcapngEncoder} from '../../src/wire/pcapng-write.js';
import {concat} from '../build.js';
import {corpus, spoiled} from './corpus.js';
import {fuzz} from './fuzz.js';

/** Feeds a file in pieces; throws what a reader must not do. */
function read(decoder: CaptureDecoder, file: Uint8Array, piece: number): void {
	let bytes = 0;
	try {
		for (let at = 0; at < file.length; at += piece) {
			decoder.push(file.slice(at, at + piece));
			for (let record = decoder.next(); record !== undefined; record = decoder.next()) bytes += record.bytes.length;
		}
		const truncated = decoder.finish();
		if (truncated !== undefined && truncated.offset + truncated.have !== file.length)
			throw new Error(`truncation at ${JSON.stringify(truncated)} of ${file.length}`);
	} catch (error) {
		if (!(error instanceof NetstressError && error.code === 'ERR_PROTOCOL')) throw error;
		const {offset} = error.details as {offset: number};
		if (!(offset >= 0 && offset <= file.length)) throw new Error(`an error at byte ${offset} of ${file.length}: ${error.message}`);
	}
	if (bytes > file.length) throw new Error(`${bytes} bytes of frames from a file of ${file.length}`);
}

const piece = fc.integer({min: 1, max: 5000});

test('any bytes in any reader', t => {
	const readers = fc.constantFrom(
		() => new CaptureFileDecoder(),
		() => new PcapDecoder(),
		() => new PcapngDecoder(),
	);
	fuzz(
		t,
		fc.property(readers, fc.uint8Array({maxLength: 300}), piece, (reader, bytes, size) => read(reader(), bytes, size)),
	);
});

test('spoiled pcap files', t => {
	fuzz(
		t,
		fc.property(fc.nat(corpus.length - 1), spoiled(6), piece, (which, spoil, size) => read(new CaptureFileDecoder(), spoil(corpus[which]!.file), size)),
	);
});

test('spoiled pcapng files of either byte order', t => {
	const fileOf = (little: boolean) => {
		const encoder = new PcapngEncoder(little);
		const packets = (corpus[0]?.frames ?? []).map((bytes, i) =>
			encoder.packet({interface: i & 1, bytes, length: bytes.length, time: BigInt(i), comments: ['note']}),
		);
		const interfaces = ['a', 'b'].map(name => encoder.interface({name, linkType: 1, snapLength: 0, filter: 'ip'}));
		return concat(
			encoder.section('fuzz'),
			...interfaces,
			...packets,
			encoder.statistics({interface: 0, time: 1n, start: 0n, end: 1n, received: 1, dropped: 0, delivered: 1}),
		);
	};
	fuzz(
		t,
		fc.property(fc.constantFrom(fileOf(true), fileOf(false)), spoiled(6), piece, (file, spoil, size) => read(new CaptureFileDecoder(), spoil(file), size)),
	);
});
