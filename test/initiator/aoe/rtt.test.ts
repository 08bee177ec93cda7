import test from 'ava';
import {RttEstimate} from '../../../src/base/rtt.js';

test('before the first sample the timeout is the initial one, doubled with each attempt, up to the maximum', t => {
	const rtt = new RttEstimate({initialMs: 250, maximumMs: 1000});
	t.deepEqual(
		[1, 2, 3, 4, 99].map(attempt => rtt.timeoutMs(attempt)),
		[250, 500, 1000, 1000, 1000],
	);
});

test('steady round trips draw the timeout towards them, but not below the minimum', t => {
	const rtt = new RttEstimate({minimumMs: 20});
	for (let i = 0; i < 200; i++) rtt.sample(30);
	t.true(Math.abs(rtt.smoothedMs - 30) < 0.01);
	t.true(rtt.timeoutMs() < 31);
	for (let i = 0; i < 200; i++) rtt.sample(0.1);
	t.is(rtt.timeoutMs(), 20);
});

test('a change of pace widens the deviation at once', t => {
	const rtt = new RttEstimate();
	for (let i = 0; i < 50; i++) rtt.sample(10);
	const before = rtt.timeoutMs();
	rtt.sample(100);
	t.true(rtt.timeoutMs() > before + 80);
});
