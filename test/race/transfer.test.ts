import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {Pattern} from '../../src/race/pattern.js';
import {alignedSpan, checkPattern, readSpan, spanOf, writePattern, writeStream} from '../../src/race/transfer.js';
import {memoryDevice} from './device.js';

const options = {blockSize: 4096, depth: 4, signal: new AbortController().signal};
const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};

async function* chunks(bytes: Uint8Array, size: number) {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const collect = async (parts: AsyncIterable<Uint8Array>) => {
	const all: Uint8Array[] = [];
	for await (const part of parts) all.push(part);
	return Buffer.concat(all);
};

test('any offset and length reads those very bytes, in order, inside the device', async t => {
	const device = memoryDevice({size: 64 * 1024, blockSize: 512});
	for (let i = 0; i < device.size; i++) device.memory[i] = (i * 31) & 0xff;
	await fc.assert(
		fc.asyncProperty(fc.nat(device.size), fc.nat(device.size), async (offset, wish) => {
			const length = Math.min(wish, device.size - offset);
			const read = await collect(readSpan(device, spanOf(device, offset, length), options));
			t.is(Buffer.compare(read, device.memory.subarray(offset, offset + length)), 0);
		}),
		{numRuns: 50},
	);
	t.true(device.deepest() <= 4);
});

test('a stream is written whatever its chunks are, flushed at the end, and nothing else is touched', async t => {
	for (const chunk of [1, 511, 4096, 5000]) {
		const device = memoryDevice({size: 64 * 1024});
		const bytes = Uint8Array.from({length: 10 * 512}, (_, i) => i & 0xff);
		t.is(await writeStream(device, chunks(bytes, chunk), 1024, false, options), bytes.length);
		t.is(Buffer.compare(device.memory.subarray(1024, 1024 + bytes.length), bytes), 0);
		t.true(device.memory.subarray(0, 1024).every(byte => byte === 0) && device.memory.subarray(1024 + bytes.length).every(byte => byte === 0));
		t.is(device.log.at(-1), 'f0+0');
	}
});

test('an input that does not fill its last block is refused, or padded with zeros', async t => {
	const bytes = new Uint8Array(700).fill(1);
	await t.throwsAsync(writeStream(memoryDevice(), chunks(bytes, 100), 0, false, options), {...usage, message: /--pad/});
	const device = memoryDevice();
	device.memory.fill(9);
	t.is(await writeStream(device, chunks(bytes, 100), 0, true, options), 1024);
	t.true(device.memory.subarray(700, 1024).every(byte => byte === 0) && device.memory[1024] === 9);
});

test('what reaches beyond the end or off the blocks is refused before a byte moves', async t => {
	const device = memoryDevice({size: 4096});
	t.throws(() => spanOf(device, 4000, 97), usage);
	t.throws(() => spanOf(device, 5000), usage);
	t.throws(() => alignedSpan(device, 100, 512), {...usage, message: /--offset 100/});
	await t.throwsAsync(writeStream(device, chunks(new Uint8Array(1024), 512), 3584, false, {...options, blockSize: 1024}), {...usage, message: /longer than/});
	t.deepEqual(
		device.log.filter(line => line.startsWith('w')),
		[],
	);
});

test('the pattern is written and checked, and one spoilt block is counted', async t => {
	const device = memoryDevice({size: 64 * 1024});
	const pattern = new Pattern(4);
	t.is(await writePattern(device, pattern, {offset: 0, length: device.size}, options), device.size);
	t.deepEqual(await checkPattern(device, pattern, {offset: 0, length: device.size}, options), {verifiedBytes: device.size, wrongBlocks: 0, firstError: null});
	device.memory[5000] = (device.memory[5000] as number) ^ 1;
	t.like(await checkPattern(device, pattern, {offset: 0, length: device.size}, options), {verifiedBytes: device.size - 4096, wrongBlocks: 1});
});

test("a device's error comes out", async t => {
	const device = memoryDevice({fail: number => number === 2});
	await t.throwsAsync(collect(readSpan(device, spanOf(device), options)), {code: 'ERR_IO', message: 'the device failed'});
	await t.throwsAsync(writePattern(memoryDevice({fail: number => number === 2}), new Pattern(1), {offset: 0, length: 65_536}, options), {code: 'ERR_IO'});
});
