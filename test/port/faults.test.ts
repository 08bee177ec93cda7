import test from 'ava';
import {seeded} from '../../src/base/random.js';
import {type FaultOptions, withFaults} from '../../src/port/faults.js';
import {memoryPair} from '../../src/port/memory.js';

function run(frames: number, faults: Omit<FaultOptions, 'random'>, seed = 1) {
	const [a, b] = memoryPair({slots: 1 << 16});
	const port = withFaults(a, {random: seeded(seed), ...faults});
	for (let i = 0; i < frames; i++) {
		const at = port.reserve();
		port.transmitView.setUint32(at, i);
		port.commit(64);
	}
	port.release();
	const numbers: number[] = [];
	b.receive((view, at) => numbers.push(view.getUint32(at)), 1 << 17);
	return {numbers, faults: port.faults, counters: a.counters};
}

test('without faults everything passes in order', t => {
	const {numbers, faults} = run(1000, {});
	t.deepEqual(
		numbers,
		Array.from({length: 1000}, (_, i) => i),
	);
	t.deepEqual(faults, {passed: 1000, dropped: 0, duplicated: 0, reordered: 0, corrupted: 0});
});

test('sent = arrived + dropped - duplicated, exactly, and the share is as asked', t => {
	for (const drop of [0.01, 0.2]) {
		const {numbers, faults} = run(20_000, {drop, duplicate: 0.05, reorder: 0.1});
		t.is(numbers.length, 20_000 - faults.dropped + faults.duplicated);
		t.true(Math.abs(faults.dropped / 20_000 - drop) < drop / 5);
		const counts = new Map<number, number>();
		for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
		t.is([...counts.values()].filter(count => count === 2).length, faults.duplicated);
		t.is(20_000 - counts.size, faults.dropped);
	}
});

test('a frame that is held back is overtaken by no more than the distance', t => {
	const {numbers, faults} = run(20_000, {reorder: 0.1, reorderDistance: 4});
	t.true(faults.reordered > 1500);
	t.is(new Set(numbers).size, 20_000);
	t.true(numbers.every((number, place) => Math.abs(number - place) <= 8));
	t.true(numbers.some((number, place) => number !== place));
});

test('a damaged frame differs in exactly one bit', t => {
	const [a, b] = memoryPair({slots: 1 << 12});
	const port = withFaults(a, {random: seeded(3), corrupt: 1});
	for (let i = 0; i < 100; i++) {
		const at = port.reserve();
		port.transmitBytes.fill(0, at, at + 60);
		port.commit(60);
	}
	let frames = 0;
	b.receive((view, at, length) => {
		frames++;
		let bits = 0;
		for (let i = 0; i < length; i++) for (let byte = view.getUint8(at + i); byte > 0; byte &= byte - 1) bits++;
		t.is(bits, 1);
	}, 200);
	t.is(frames, 100);
});

test('the same seed does the same to the same frames', t => {
	const options = {drop: 0.1, duplicate: 0.1, reorder: 0.1};
	t.deepEqual(run(1000, options, 5), run(1000, options, 5));
	t.notDeepEqual(run(1000, options, 5).numbers, run(1000, options, 6).numbers);
});
