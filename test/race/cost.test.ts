import test from 'ava';
import fc from 'fast-check';
import {costOf, leastLost} from '../../src/race/cost.js';
import type {Round} from '../../src/race/round.js';
import {holds} from '../property.js';

const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
const round = (operations: number, seconds: number, lost = 0): Round => ({
	report: {operations, bytes: operations * 4096, seconds, errors: 0, firstError: undefined, latencyUs: null, cpuSeconds: 0, counters, ringDropped: 0},
	seen: {
		lostAt: {onPurpose: lost, interfaces: 0, cable: 0, tcp: 0},
		onPurposeAt: 'tc',
		reasons: null,
		tcp: null,
		targetCpu: null,
		frames: {sent: 0, received: 0},
	},
	verification: {verified: 0, wrong: 0, firstError: undefined, flushed: null},
});

test('the extra time at equal work is shared among the lost frames', t => {
	// 1000 operations take 1 s without loss; 500 took 1 s with 10 lost: 0.5 s for 10 frames
	t.deepEqual(costOf([round(500, 1, 10)], [round(1000, 1)]), {msPerFrame: 50, msRange: {min: 50, max: 50}, extraSeconds: 0.5, why: null});
	// rounds add up: time, work and losses
	t.is(costOf([round(500, 1, 4), round(250, 1, 6)], [round(1000, 1), round(1000, 1)]).msPerFrame, 125);
});

test('the range is against the slowest and the fastest loss-free round', t => {
	const {msPerFrame, msRange} = costOf([round(500, 1, 10)], [round(800, 1), round(1200, 1)]);
	t.is(msPerFrame, 50);
	t.deepEqual(msRange, {min: 37.5, max: 58.33});
});

test('no figure where it cannot be told: the reason instead', t => {
	const free = [round(1000, 1)];
	t.regex(costOf([round(500, 1, leastLost - 1)], free).why ?? '', /only 4 frames were lost, 5 are needed/);
	t.regex(costOf([round(500, 1, 1)], free).why ?? '', /only 1 frame was lost/);
	t.is(costOf([round(500, 1, 0)], free).why, 'no frame was lost');
	t.regex(costOf([round(900, 1, 50)], [round(1000, 1), round(850, 1)]).why ?? '', /loss-free rounds differ by more/);
	t.regex(costOf([round(500, 1, 50)], []).why ?? '', /no loss-free run/);
	t.regex(costOf([round(500, 1, 50)], [round(0, 0)]).why ?? '', /no loss-free run/);
	t.regex(costOf([round(500, 1, 50)], [round(1000, 1, 1)]).why ?? '', /lost frames too/);
	const failing = round(500, 1, 50);
	t.is(costOf([{...failing, report: {...failing.report, errors: 2}}], free).why, '2 requests failed');
	for (const lossy of [0, 1, leastLost - 1]) t.is(costOf([round(500, 1, lossy)], free).msPerFrame, null);
});

test('a figure is never below 0, lies in its range, and stands without a reason; without a figure there is one', t => {
	const rounds = (most: number) =>
		fc.array(
			fc.tuple(
				fc.nat(5000),
				fc.nat(10_000_000).map(us => us / 1e6),
				fc.nat(most),
			),
			{maxLength: 4},
		);
	holds(
		t,
		fc.property(rounds(50), rounds(0), (lossy, free) => {
			const {msPerFrame, msRange, why} = costOf(
				lossy.map(each => round(...each)),
				free.map(each => round(...each)),
			);
			if (msPerFrame === null) return why !== null && msRange === null;
			return why === null && msRange !== null && msRange.min >= 0 && msRange.min <= msPerFrame && msPerFrame <= msRange.max && Number.isFinite(msRange.max);
		}),
	);
});
