import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {captureBatches, type ReadSummary, truncationText} from '../../src/capture/reader.js';
import {encodePcapHeader, encodePcapRecord} from '../../src/wire/pcap.js';
import {PcapngEncoder} from '../../src/wire/pcapng-write.js';
import {concat} from '../build.js';
import {captures, fixtures} from '../golden.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-reader-'));
test.after.always(() => rmSync(folder, {recursive: true}));
const file = (name: string, bytes: Uint8Array) => {
	const path = join(folder, name);
	writeFileSync(path, bytes);
	return path;
};

interface Seen {
	readonly bytes: string;
	readonly length: number;
	readonly time: bigint;
}

async function read(path: string): Promise<{records: Seen[]; summary: ReadSummary; error: unknown}> {
	const summary: ReadSummary = {records: 0, truncated: undefined};
	const records: Seen[] = [];
	try {
		for await (const batch of captureBatches(path, summary)) {
			for (const {bytes, length, time} of batch) records.push({bytes: Buffer.from(bytes).toString('hex'), length, time});
		}
	} catch (error) {
		return {records, summary, error};
	}
	return {records, summary, error: undefined};
}

/** pcap-parser, which we did not write, as the cross-check. */
function readWithPcapParser(path: string): Promise<Seen[]> {
	const pcapParser = createRequire(import.meta.url)('pcap-parser') as {parse(path: string): NodeJS.EventEmitter};
	return new Promise((resolve, reject) => {
		const records: Seen[] = [];
		const parser = pcapParser.parse(path);
		parser.on('packet', ({header, data}: {header: Record<string, number>; data: Buffer}) => {
			const time = BigInt(header.timestampSeconds as number) * 1_000_000_000n + BigInt(header.timestampMicroseconds as number) * 1000n;
			records.push({bytes: data.toString('hex'), length: header.originalLength as number, time});
		});
		parser.on('end', () => resolve(records));
		parser.on('error', reject);
	});
}

for (const name of captures()) {
	test.serial(`${name}: the records are those that pcap-parser finds`, async t => {
		const path = `${fixtures}${name}.pcap`;
		const {records, summary, error} = await read(path);
		t.is(error, undefined);
		t.is(summary.records, records.length);
		t.deepEqual(records, await readWithPcapParser(path));
	});
}

test('a file much larger than a piece is read whole, in order', async t => {
	const encoder = new PcapngEncoder();
	const frames = Array.from({length: 3000}, (_, i) => new Uint8Array(100 + (i % 900)).fill(i));
	const blocks = frames.map((bytes, i) => encoder.packet({interface: 0, bytes, length: bytes.length, time: BigInt(i)}));
	const path = file('large.pcapng', concat(encoder.section('test'), encoder.interface({name: 'x', linkType: 1, snapLength: 0}), ...blocks));
	const {records, error} = await read(path);
	t.is(error, undefined);
	t.deepEqual(
		records.map(({bytes}) => bytes),
		frames.map(frame => Buffer.from(frame).toString('hex')),
	);
});

const format = {tick: 1000, littleEndian: true, snapLength: 65_535, linkType: 1} as const;
const record = encodePcapRecord(format, new Uint8Array(100), 0n);

test('a truncated last record is reported, and what came before is delivered', async t => {
	const path = file('cut.pcap', concat(encodePcapHeader(format), record, record.subarray(0, 50)));
	const {records, summary, error} = await read(path);
	t.is(error, undefined);
	t.is(records.length, 1);
	t.deepEqual(summary.truncated, {offset: 140, have: 50, need: 116});
	t.regex(truncationText(path, summary.truncated!), /cut\.pcap ends inside a record: at byte 140 there are 50 of 116 bytes/);
});

test('damage in the middle: the records before it are delivered, then an error that names file, offset and value', async t => {
	const bad = record.slice();
	bad.set([0xff, 0xff, 0xff, 0x7f], 8);
	const path = file('bad.pcap', concat(encodePcapHeader(format), record, bad, record));
	const {records, error} = await read(path);
	t.is(records.length, 1);
	t.like(error, {code: 'ERR_PROTOCOL'});
	t.regex((error as Error).message, /cannot read .*bad\.pcap: at byte 148: record 2 says 2147483647 captured bytes; 262144/);
});

test('a file that is missing, a folder, an empty file', async t => {
	t.regex(((await read(join(folder, 'none'))).error as Error).message, /cannot read .*none: ENOENT/);
	t.regex(((await read(folder)).error as Error).message, /EISDIR; give a file/);
	t.deepEqual((await read(file('empty', new Uint8Array(0)))).summary.truncated, {offset: 0, have: 0, need: 24});
});
