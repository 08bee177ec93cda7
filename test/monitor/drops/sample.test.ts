import test from 'ava';
import fc from 'fast-check';
import type {Sample} from '../../../src/monitor/drops/drop.js';
import {parseSample} from '../../../src/monitor/drops/sample.js';
import {interfaceText, SampleFile} from '../../../src/monitor/drops/sample-file.js';
import {sampleEntry, sampleLength} from '../../../src/monitor/drops/sample-program.js';
import {parseSymbols} from '../../../src/monitor/drops/symbols.js';
import {holds} from '../../property.js';
import {drop} from './make.js';

const sample = (fields: Partial<Sample> = {}): Sample => ({
	drop: drop(),
	location: 'udp_queue_rcv_one_skb+0x437',
	time: 1_700_000_000_123_456_789n,
	length: 1042,
	bytes: new Uint8Array(256),
	link: 'ethernet',
	...fields,
});

test('an interface is written once for each place and kind of link', t => {
	const file = new SampleFile();
	const kinds = (blocks: Uint8Array[]) => blocks.map(block => new DataView(block.buffer, block.byteOffset).getUint32(0, true));
	t.deepEqual(kinds([file.begin('1')]), [0x0a0d0d0a]);
	t.deepEqual(kinds(file.blocks(sample())), [1, 6]);
	t.deepEqual(kinds(file.blocks(sample())), [6]);
	t.deepEqual(kinds(file.blocks(sample({link: 'ip'}))), [1, 6]);
	t.deepEqual(kinds(file.blocks(sample({drop: drop({netns: 7, namespace: 'blue'})}))), [1, 6]);
	t.is(interfaceText(drop({iface: '', ifindex: 4, namespace: 'blue'})), '#4@blue');
	t.is(interfaceText(drop({iface: '', ifindex: 0})), '');
});

test('a sample has the bytes that were kept, its time, and whether a link header comes first', t => {
	const entry = new Uint8Array(sampleLength);
	const view = new DataView(entry.buffer);
	view.setBigUint64(0, 0xffffffff81000010n, true);
	view.setBigUint64(sampleEntry.time, 5n, true);
	view.setUint32(sampleEntry.length, 100, true);
	view.setUint32(sampleEntry.captured, 4, true);
	view.setUint16(sampleEntry.mac, 0xffff, true);
	entry.set([1, 2, 3, 4, 5], sampleEntry.bytes);
	const symbols = parseSymbols('ffffffff81000000 t here\n');
	const parsed = parseSample(entry, () => drop(), symbols, 10n);
	t.like(parsed, {location: 'here+0x10', time: 15n, length: 100, link: 'ip'});
	t.deepEqual([...parsed.bytes], [1, 2, 3, 4]);
	// what the kernel put behind it: the frame from its data on, padded to eight bytes
	const whole = new Uint8Array(sampleLength + 104);
	whole.set(entry);
	new DataView(whole.buffer).setUint32(sampleEntry.linear, 2, true);
	whole.fill(9, sampleLength, sampleLength + 98);
	const {bytes} = parseSample(whole, () => drop(), symbols, 0n);
	t.deepEqual([...bytes.subarray(0, 4)], [1, 2, 9, 9]);
	t.is(bytes.length, 100);
	t.is(bytes[99], 9);
	t.is(parseSample(entry, () => drop({protocol: 0x88a2}), symbols, 0n).link, 'ethernet');
	holds(
		t,
		fc.property(fc.uint8Array({minLength: sampleLength, maxLength: sampleLength + 300}), any => {
			const {bytes, length} = parseSample(any, () => drop(), symbols, 0n);
			return bytes.length <= 256 && length >= bytes.length;
		}),
	);
});
