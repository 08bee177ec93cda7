import test from 'ava';
import {type SimulationOptions, simulate} from './simulation.js';

const faulty = {drop: 0.05, duplicate: 0.05, reorder: 0.1};
const cases: Array<[string, SimulationOptions]> = [
	['no loss', {seed: 1, requests: 10_000}],
	['no loss at MTU 1500', {seed: 2, requests: 10_000, mtu: 1500}],
	['1 % loss', {seed: 3, requests: 10_000, drop: 0.01}],
	['5 % loss at MTU 1500', {seed: 4, requests: 10_000, drop: 0.05, mtu: 1500}],
	['20 % loss', {seed: 5, requests: 10_000, drop: 0.2}],
	['duplicates', {seed: 6, requests: 10_000, duplicate: 0.05}],
	['reordering', {seed: 7, requests: 10_000, reorder: 0.1}],
	['loss, duplicates and reordering', {seed: 8, requests: 10_000, ...faulty}],
	['loss, duplicates and reordering at MTU 1500', {seed: 9, requests: 10_000, ...faulty, mtu: 1500}],
	['1 % loss, and reads that cannot be divided', {seed: 10, requests: 10_000, drop: 0.01, plain: true}],
	['loss, duplicates and reordering, and reads that cannot be divided', {seed: 11, requests: 10_000, ...faulty, plain: true}],
];

for (const [name, options] of cases) {
	test(`10,000 random reads and writes over a wire with ${name}: every byte is right`, t => {
		const result = simulate(options);
		const {counters, initiator, target} = result.pair;
		const {recs, srrs, aborts, rereads, resent} = initiator.actions;
		t.log(
			`seed ${options.seed}: ${counters.retransmits} retransmits (${recs} REC, ${srrs} SRR, ${aborts} ABTS, ${rereads} read again, ${resent} sent again), ${counters.late} late, ${target.counters.askedAgain} asked again, ${(result.milliseconds / 1000).toFixed(1)} s of virtual time`,
		);
		t.is(result.errors, 0);
		t.is(result.mismatches, 0);
		t.true(result.volumeEqual);
		t.is(result.leaked, 0);
		const lost = result.faults.requests.dropped + result.faults.replies.dropped;
		if ((options.drop ?? 0) > 0) {
			t.true(lost > 0);
			t.true(result.losses > 0, 'the ledger knows of losses');
		}
		if (lost + (options.duplicate ?? 0) + (options.reorder ?? 0) === 0) {
			// nothing was lost: nothing is asked about or sent again
			t.deepEqual([counters.retransmits, counters.duplicates, counters.late, counters.unexpected], [0, 0, 0, 0]);
			t.deepEqual(initiator.actions, {recs: 0, srrs: 0, aborts: 0, rereads: 0, resent: 0});
			t.deepEqual([target.counters.askedAgain, target.counters.duplicateCommands, target.counters.strayData, result.losses], [0, 0, 0, 0]);
		}
	});
}

for (const [name, options] of [
	['without loss', {seed: 21}],
	['with 1 % loss', {seed: 22, drop: 0.01}],
	['with 1 % loss, undivided', {seed: 23, drop: 0.01, plain: true}],
	['with 5 % loss at MTU 1500', {seed: 24, drop: 0.05, mtu: 1500}],
] as const) {
	test(`commands of up to 512 KiB ${name}: several bursts and sequences each`, t => {
		const result = simulate({requests: 400, depth: 4, blocks: 1024, ...options});
		const {target} = result.pair;
		t.log(`seed ${options.seed}: ${result.losses} losses, ${(result.milliseconds / 1000).toFixed(1)} s of virtual time`);
		t.is(result.errors, 0);
		t.is(result.mismatches, 0);
		t.true(result.volumeEqual);
		t.is(result.leaked, 0);
		t.true((target.counters.readBytes + target.counters.writtenBytes) / 400 > 128 << 10);
	});
}

test('the same seed gives the same trace, another seed another', t => {
	const options = {requests: 1000, ...faulty};
	const {pair: first, ...result} = simulate({seed: 31, ...options});
	const {pair: second, ...again} = simulate({seed: 31, ...options});
	t.deepEqual(again, result);
	t.deepEqual(second.counters, first.counters);
	t.not(simulate({seed: 32, ...options}).trace, result.trace);
});
