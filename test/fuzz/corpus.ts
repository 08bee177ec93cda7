// Frames to start from: everything under fixtures/, and ways to spoil it.
import {readFileSync} from 'node:fs';
import fc from 'fast-check';
import {CaptureFileDecoder} from '../../src/wire/capture-file.js';
import {captures, fixtures} from '../golden.js';

export interface Corpus {
	readonly name: string;
	readonly file: Uint8Array;
	readonly frames: readonly Uint8Array[];
}

function framesOf(file: Uint8Array): Uint8Array[] {
	const decoder = new CaptureFileDecoder();
	decoder.push(file);
	const frames: Uint8Array[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) frames.push(record.bytes.slice());
	return frames;
}

export const corpus: readonly Corpus[] = captures().map(name => {
	const file = new Uint8Array(readFileSync(`${fixtures}${name}.pcap`));
	return {name, file, frames: framesOf(file)};
});
export const everyFrame: readonly Uint8Array[] = corpus.flatMap(({frames}) => frames);

/** One change of a byte string: a byte set, a run cut out, bytes put in, the end cut off. */
type Change = {kind: 'set' | 'delete' | 'insert' | 'cut'; at: number; value: number; length: number};
const change: fc.Arbitrary<Change> = fc.record({
	kind: fc.constantFrom('set', 'set', 'set', 'delete', 'insert', 'cut'),
	at: fc.nat(),
	value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
	length: fc.integer({min: 1, max: 40}),
});

/** The bytes with up to `most` changes; a third of the places lie in the first 80 bytes, where the headers are. */
export const spoiled = (most: number): fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> =>
	fc.array(change, {maxLength: most}).map(changes => {
		const spoil = (bytes: Uint8Array) => {
			let now = bytes.slice();
			for (const {kind, at, value, length} of changes) {
				if (now.length === 0) break;
				const place = at % (at % 3 === 0 ? Math.min(80, now.length) : now.length);
				if (kind === 'set') now[place] = value;
				else if (kind === 'cut') now = now.slice(0, place);
				else {
					const put = kind === 'insert' ? new Uint8Array(length).fill(value) : new Uint8Array(0);
					const rest = now.slice(kind === 'insert' ? place : place + length);
					const joined = new Uint8Array(place + put.length + rest.length);
					joined.set(now.subarray(0, place));
					joined.set(put, place);
					joined.set(rest, place + put.length);
					now = joined;
				}
			}
			return now;
		};
		// what a report shows of it
		return Object.assign(spoil, {toString: () => JSON.stringify(changes)});
	});
