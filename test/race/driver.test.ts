import test from 'ava';
import {drive, verifyWritten, type Written} from '../../src/race/driver.js';
import {Pattern} from '../../src/race/pattern.js';
import type {Workload} from '../../src/race/workload.js';
import {memoryDevice} from './device.js';

const workload: Workload = {name: 'test', pattern: 'random', readShare: 0.5, blockSize: 4096, depth: 8};
const pattern = new Pattern(3);
const options = {span: 2 ** 20, seed: 9, seconds: 0.05, pattern};

test('keeps exactly the depth outstanding and counts what came back', async t => {
	const device = memoryDevice();
	const run = await drive(device, workload, options);
	t.is(device.deepest(), 8);
	t.is(run.operations, device.log.length);
	t.is(run.bytes, run.operations * 4096);
	t.is(run.errors, 0);
	const {min = 0, p50 = 0, p90 = 0, p99 = 0, max = 0} = run.latencyUs ?? {};
	t.true(min > 0 && min <= p50 && p50 <= p90 && p90 <= p99 && p99 <= max);
});

test('two devices are given the same requests in the same order', async t => {
	const [a, b] = [memoryDevice(), memoryDevice()];
	await drive(a, workload, options);
	await drive(b, workload, options);
	const common = Math.min(a.log.length, b.log.length);
	t.true(common > 20);
	t.deepEqual(a.log.slice(0, common), b.log.slice(0, common));
});

test('what was written can be read back and is right, overlapping writes included', async t => {
	const device = memoryDevice({size: 16 * 4096});
	const written: Written = new Map();
	await drive(device, {...workload, readShare: 0}, {...options, written});
	t.is(written.size, 16);
	t.like(await verifyWritten(device, written, 4096, pattern, 256), {verified: 16, wrong: 0, firstError: undefined});
});

test('a write to the wrong place is found when read back', async t => {
	const device = memoryDevice({misplace: position => (position === 8192 ? 0 : position)});
	const written: Written = new Map();
	await drive(device, {...workload, pattern: 'sequential', readShare: 0}, {...options, span: 16 * 4096, written});
	const {wrong, firstError} = await verifyWritten(device, written, 4096, pattern, 256);
	t.true(wrong >= 1);
	t.regex(firstError as string, /data at byte (0|8192): /);
});

test('a lost write is found by its generation', async t => {
	const device = memoryDevice({size: 8 * 4096});
	const written: Written = new Map();
	await drive(device, {...workload, readShare: 0}, {...options, span: 8 * 4096, written});
	pattern.fill(device.memory.subarray(4096, 8192), {position: 4096, generation: 0});
	t.like(await verifyWritten(device, written, 4096, pattern, 256), {
		verified: 7,
		wrong: 1,
		firstError: 'data at byte 4096: other generation (found seed 3, generation 0, position 4096)',
	});
});

test('reads are checked where asked, and a changed bit is an error with its place', async t => {
	const device = memoryDevice({
		spoil(bytes, position) {
			if (position === 4096) bytes[100] = (bytes[100] as number) ^ 4;
		},
	});
	pattern.fill(device.memory, {position: 0, generation: 0});
	const run = await drive(device, {...workload, pattern: 'sequential', readShare: 1}, {...options, span: 16 * 4096, check: true});
	t.true(run.errors > 0);
	t.regex(run.firstError as string, /data at byte 4096: changed bytes/);
});

test('errors are counted, the first is told, and a dead device ends the run early', async t => {
	const some = await drive(memoryDevice({fail: number => number % 10 === 3}), workload, options);
	t.true(some.errors > 0 && some.operations > some.errors);
	t.is(some.firstError, 'the device failed');
	const start = performance.now();
	const dead = await drive(memoryDevice({fail: () => true}), workload, {...options, seconds: 60});
	t.true(dead.errors >= 100 && dead.errors <= 108, `${dead.errors}`);
	t.is(dead.operations, 0);
	t.is(dead.latencyUs?.min === undefined ? 0 : dead.operations, 0);
	t.true(performance.now() - start < 30_000);
});

test('an abort ends the run with what there is', async t => {
	const controller = new AbortController();
	setTimeout(() => controller.abort(), 30);
	const run = await drive(memoryDevice(), workload, {...options, seconds: 60, signal: controller.signal});
	t.true(run.operations > 0 && run.seconds < 30);
});

test('a session that throws when asked is an error of the run, not of the program', async t => {
	const device = memoryDevice();
	const closed = {
		...device,
		submit() {
			throw new Error('closed under us');
		},
	};
	const run = await drive(closed, workload, options);
	t.is(run.operations, 0);
	t.is(run.firstError, 'closed under us');
});
