// The ports of this folder that deal with capture files.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {VirtualClock} from '../../src/base/clock.js';
import {openCaptureFile} from '../../src/port/capfile.js';
import {loadCap} from '../../src/port/libpcap.js';
import {memoryPair} from '../../src/port/memory.js';
import {withPcapng} from '../../src/port/pcapng.js';
import {encodePcapHeader, encodePcapRecord} from '../../src/wire/pcap.js';
import {PcapngDecoder} from '../../src/wire/pcapng.js';
import {concat, text} from '../build.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-port-'));
test.after.always(() => rmSync(folder, {recursive: true}));

test('the pcapng wrapper keeps what passes, with direction and time, and lets it pass', t => {
	const clock = new VirtualClock();
	const [left, right] = memoryPair({mtu: 1500});
	const decoder = new PcapngDecoder();
	const port = withPcapng(left, {sink: block => decoder.push(block), now: () => BigInt(Math.round(clock.now() * 1e6))});
	const send = (to: typeof port, words: string) => {
		const at = to.reserve();
		to.transmitBytes.set(text(words), at);
		to.commit(words.length);
		to.flush();
	};
	send(port, 'first frame out');
	clock.advanceTo(2);
	send(right, 'then one comes in');
	clock.advanceTo(3);
	const received: string[] = [];
	port.receive((view, at, length) => received.push(Buffer.from(view.buffer, view.byteOffset + at, length).toString()), 10);
	t.deepEqual(received, ['then one comes in']);
	const kept: Array<[string, number | undefined, bigint]> = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next())
		kept.push([Buffer.from(record.bytes).toString(), record.direction, record.time]);
	t.deepEqual(kept, [
		['first frame out', 2, 0n],
		['then one comes in', 1, 3_000_000n],
	]);
	t.is(decoder.finish(), undefined);
});

const format = {tick: 1000, littleEndian: true, snapLength: 65_535, linkType: 1} as const;

test('a capture file is a port that receives and never sends', t => {
	const path = join(folder, 'frames.pcap');
	writeFileSync(path, concat(encodePcapHeader(format), ...['one', 'two', 'three'].map(words => encodePcapRecord(format, text(words), 0n))));
	const port = openCaptureFile(path);
	const seen: string[] = [];
	const visit = (view: DataView, at: number, length: number) => void seen.push(Buffer.from(view.buffer, view.byteOffset + at, length).toString());
	t.is(port.receive(visit, 2), 2);
	t.true(port.wait(0));
	t.is(port.receive(visit, 10), 1);
	t.is(port.receive(visit, 10), 0);
	t.deepEqual(seen, ['one', 'two', 'three']);
	t.true(port.ended);
	t.false(port.wait(0));
	t.is(port.reserve(), -1);
	t.like(port.counters, {received: 3, receivedBytes: 11, transmitFull: 1});
	port.close();
	port.close();
	t.throws(() => openCaptureFile(join(folder, 'none')), {code: 'ERR_IO', message: /ENOENT/});
});

test('a capture file of another link type is refused', t => {
	const path = join(folder, 'raw.pcap');
	const raw = {...format, linkType: 101};
	writeFileSync(path, concat(encodePcapHeader(raw), encodePcapRecord(raw, text('x'), 0n)));
	const port = openCaptureFile(path);
	t.throws(() => port.receive(() => undefined, 1), {code: 'ERR_PROTOCOL', message: /link type 101, not Ethernet/});
	port.close();
});

test('without the package cap the libpcap port says what to install', async t => {
	await t.throwsAsync(loadCap('netstress-no-such-package'), {code: 'ERR_UNSUPPORTED', message: /apt-get install libpcap-dev.*npm rebuild cap/});
});
