import test from 'ava';
import {netemCounts} from '../../src/lab/loss.js';
import {lossHash, lossProgram, ruleBytes, threshold} from '../../src/lab/loss-program.js';
import {assemble} from '../../src/sys/bpf-assembler.js';

// the reference generator's state before output n is n times the golden ratio when it was seeded with 0
test("the hash is splitmix64: the upper halves of the reference generator's first outputs for seed 0", t => {
	t.deepEqual(
		[1, 2, 3].map(n => lossHash(0, n)),
		[0xe220a839, 0x6e789e6a, 0x06c45d18],
	);
});

test('a share of the frames is lost, and another share for another seed', t => {
	for (const share of [0.001, 0.05, 0.5]) {
		const lost = Array.from({length: 100_000}, (_, n) => lossHash(42, n) < threshold(share)).filter(Boolean).length;
		t.true(Math.abs(lost - share * 100_000) < 5 * Math.sqrt(share * 100_000), `${lost} of 100000 at ${share}`);
	}
	t.notDeepEqual(
		Array.from({length: 8}, (_, n) => lossHash(1, n)),
		Array.from({length: 8}, (_, n) => lossHash(2, n)),
	);
	t.is(threshold(0), 0);
	t.is(threshold(1), 2 ** 32);
});

test('the programs are whole slots, end with exit, and differ by where they run', t => {
	const [tcx, xdp] = (['tcx', 'xdp'] as const).map(hook => assemble(lossProgram(hook, 7, 8, 3))) as [Uint8Array, Uint8Array];
	for (const program of [tcx, xdp]) {
		t.is(program.length % 8, 0);
		t.is(program[program.length - 8], 0x95);
	}
	t.notDeepEqual(tcx, xdp);
});

test('netem counts what passed and what it dropped', t => {
	t.deepEqual(netemCounts('[{"kind":"netem","packets":990,"drops":10},{"kind":"noqueue"}]'), {seen: 1000, dropped: 10});
	t.deepEqual(netemCounts('[]'), {seen: 0, dropped: 0});
	t.deepEqual(netemCounts(''), {seen: 0, dropped: 0});
});

test('a rule is its threshold, or where counting begins and how far apart the losses are', t => {
	const read = (bytes: Uint8Array) => Array.from({length: 3}, (_, i) => new DataView(bytes.buffer).getBigUint64(i * 8, true));
	t.deepEqual(read(ruleBytes({kind: 'share', share: 0.5}, 1000)), [2n ** 31n, 0n, 0n]);
	t.deepEqual(read(ruleBytes({kind: 'every', first: 3, every: 10}, 1000)), [0n, 10n, 1003n]);
	const [, every, first] = read(ruleBytes({kind: 'one', first: 0}, 1000));
	t.is(first, 1000n);
	t.true((every as bigint) > 2n ** 53n, 'once');
});
