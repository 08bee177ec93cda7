import test from 'ava';
import {NetstressError} from '../../src/base/errors.js';
import {describeWorkload, findWorkloads, profiles, sequence, type Workload, workloads} from '../../src/race/workload.js';

const base: Workload = {name: 'test', pattern: 'random', readShare: 0.7, blockSize: 4096, depth: 4};
const take = (workload: Workload, span: number, seed: number, count: number) => {
	const next = sequence(workload, span, seed);
	return Array.from({length: count}, next);
};

test('the same seed gives the same requests, another seed others', t => {
	t.deepEqual(take(base, 2 ** 20, 5, 1000), take(base, 2 ** 20, 5, 1000));
	t.notDeepEqual(take(base, 2 ** 20, 5, 1000), take(base, 2 ** 20, 6, 1000));
});

test('requests lie on block boundaries inside the span', t => {
	for (const pattern of ['sequential', 'random'] as const) {
		for (const {position} of take({...base, pattern}, 100_000, 1, 500)) {
			t.is(position % 4096, 0);
			t.true(position >= 0 && position + 4096 <= 100_000);
		}
	}
});

test('a sequential workload goes block by block and wraps', t => {
	const positions = take({...base, pattern: 'sequential'}, 8 * 4096, 3, 20).map(({position}) => position / 4096);
	for (const [i, block] of positions.entries()) if (i > 0) t.is(block, ((positions[i - 1] as number) + 1) % 8);
});

test('the share of reads is kept', t => {
	const reads = take(base, 2 ** 20, 1, 10_000).filter(({op}) => op === 'read').length;
	t.true(Math.abs(reads - 7000) < 250, `${reads}`);
	t.true(take({...base, readShare: 1}, 2 ** 20, 1, 100).every(({op}) => op === 'read'));
	t.true(take({...base, readShare: 0}, 2 ** 20, 1, 100).every(({op}) => op === 'write'));
});

test('a device too small for a workload is a usage error', t => {
	t.throws(() => sequence(base, 3 * 4096, 1), {instanceOf: NetstressError, code: 'ERR_USAGE', message: /at least 4 blocks/});
});

test('names are unique, profiles name workloads that there are, and each has words', t => {
	t.is(new Set(workloads.map(({name}) => name)).size, workloads.length);
	for (const {workloads: names} of Object.values(profiles)) t.is(findWorkloads(names).length, names.length);
	t.is(describeWorkload(findWorkloads(['mix-4k-d16'])[0] as Workload), 'random 70 % reads, 4 KiB, 16 outstanding');
});
