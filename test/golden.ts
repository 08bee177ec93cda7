// Writes the synthetic captures and the text trees of all fixtures (npm run golden). A change of them is a change to be read before it is kept.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Dissector} from '../src/dissect/dissector.js';
import {textTree} from '../src/dissect/text.js';
import {linkEthernet} from '../src/wire/capture.js';
import {CaptureFileDecoder} from '../src/wire/capture-file.js';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../src/wire/pcap.js';
import {concat} from './build.js';
import {synthetic} from './fixtures.js';

/** fixtures/ of the checkout: dist/test lies two folders below its root. */
export const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

const format: PcapFormat = {tick: 1000, littleEndian: true, snapLength: 262_144, linkType: linkEthernet};
/** 2026-01-01, a frame every 100 us. */
const startNs = 1_767_225_600_000_000_000n;

/** A synthetic capture as a file. */
export const captureOf = (frames: readonly Uint8Array[]): Uint8Array =>
	concat(encodePcapHeader(format), ...frames.map((frame, i) => encodePcapRecord(format, frame, startNs + BigInt(i) * 100_000n)));

/** The text tree of a capture file. */
export function treeOf(file: Uint8Array): string {
	const decoder = new CaptureFileDecoder();
	decoder.push(file);
	const dissector = new Dissector();
	let text = '';
	let number = 0;
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) text += textTree(dissector.dissect({...record, number: ++number}));
	return text;
}

/** The small captures below fixtures/, as `<protocol>/<case>`. */
export const captures = (): string[] =>
	readdirSync(fixtures, {recursive: true, encoding: 'utf8'})
		.filter(name => name.endsWith('.pcap') && !name.startsWith('captures/'))
		.map(name => name.slice(0, -'.pcap'.length))
		.sort();

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	for (const [name, frames] of Object.entries(synthetic)) writeFileSync(`${fixtures}${name}.pcap`, captureOf(frames()));
	for (const name of captures()) writeFileSync(`${fixtures}${name}.tree.txt`, treeOf(readFileSync(`${fixtures}${name}.pcap`)));
	console.error(`wrote the trees of ${captures().length} captures`);
}
