import test from 'ava';
import {type SimulationOptions, simulate} from '../../simulation.js';

const cases: Array<[string, SimulationOptions]> = [
	['no loss', {seed: 1, requests: 10_000}],
	['1 % loss', {seed: 2, requests: 10_000, drop: 0.01}],
	['5 % loss', {seed: 3, requests: 10_000, drop: 0.05}],
	['20 % loss', {seed: 4, requests: 10_000, drop: 0.2}],
	['duplicates', {seed: 5, requests: 10_000, duplicate: 0.05}],
	['reordering', {seed: 6, requests: 10_000, reorder: 0.1}],
	['loss, duplicates and reordering with jumbo frames', {seed: 7, requests: 10_000, drop: 0.05, duplicate: 0.05, reorder: 0.1, mtu: 9000}],
];

for (const [name, options] of cases) {
	test(`10,000 random reads and writes over a wire with ${name}: every byte is right`, t => {
		const result = simulate(options);
		t.log(
			`seed ${options.seed}: ${result.retransmits} retransmits, ${result.late} late, ${result.duplicates} duplicates, ${(result.milliseconds / 1000).toFixed(1)} s of virtual time`,
		);
		t.is(result.errors, 0);
		t.is(result.mismatches, 0);
		t.true(result.volumeEqual);
		const lost = result.faults.requests.dropped + result.faults.replies.dropped;
		if ((options.drop ?? 0) > 0) t.true(lost > 0);
		// Without duplicates and reordering each lost frame costs exactly one retransmission, and nothing is sent again that was not lost.
		if (!options.reorder && !options.duplicate) t.is(result.retransmits, lost);
	});
}

test('the same seed gives the same trace, another seed another', t => {
	const options = {requests: 1000, drop: 0.05, duplicate: 0.05, reorder: 0.1};
	const first = simulate({seed: 11, ...options});
	t.deepEqual(simulate({seed: 11, ...options}), first);
	t.not(simulate({seed: 12, ...options}).trace, first.trace);
});
