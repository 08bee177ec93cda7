import test from 'ava';
import {memoryPair} from '../../src/port/memory.js';

const send = (port: ReturnType<typeof memoryPair>[0], value: number, length = 60) => {
	port.transmitBytes[port.reserve()] = value;
	port.commit(length);
};

test('frames arrive in order, both ways, with their length', t => {
	const [a, b] = memoryPair();
	for (let i = 0; i < 5; i++) send(a, i, 60 + i);
	send(b, 99);
	const seen: Array<[number, number]> = [];
	t.is(
		b.receive((view, at, length) => seen.push([view.getUint8(at), length]), 3),
		3,
	);
	t.is(
		b.receive((view, at, length) => seen.push([view.getUint8(at), length]), 10),
		2,
	);
	t.deepEqual(seen, [
		[0, 60],
		[1, 61],
		[2, 62],
		[3, 63],
		[4, 64],
	]);
	t.is(
		a.receive(view => t.is(view.getUint8(0), 99), 10),
		1,
	);
	t.like(a.counters, {sent: 5, received: 1});
});

test('a full side loses the frame and counts it; an oversized frame is refused', t => {
	const [a, b] = memoryPair({slots: 4, mtu: 100});
	for (let i = 0; i < 6; i++) send(a, i);
	t.is(b.counters.receiveDropped, 2);
	t.is(
		b.receive(() => {}, 100),
		4,
	);
	send(a, 0, 115);
	t.is(a.counters.transmitFailed, 1);
	t.false(b.wait(0));
});
