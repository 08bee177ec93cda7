import test from 'ava';
import fc from 'fast-check';
import {U32Map} from '../../src/base/u32-map.js';
import {holds} from '../property.js';

// few keys, so that they are hit again; some far apart, some that share their home
const key = fc.oneof(fc.nat(40), fc.constantFrom(0xffff_ffff, 0x8000_0000, 0x7fff_ffff), fc.integer({min: 0, max: 300}));
const step = fc.oneof(
	{weight: 5, arbitrary: fc.record({what: fc.constant('set' as const), key, value: fc.integer()})},
	{weight: 4, arbitrary: fc.record({what: fc.constant('delete' as const), key, value: fc.constant(0)})},
	{weight: 1, arbitrary: fc.record({what: fc.constant('clear' as const), key, value: fc.constant(0)})},
);

test('whatever is done to it, it holds what a Map holds', t => {
	holds(
		t,
		fc.property(fc.array(step, {maxLength: 400}), steps => {
			const ours = new U32Map<number>();
			const theirs = new Map<number, number>();
			for (const {what, key, value} of steps) {
				if (what === 'set') {
					ours.set(key, value);
					theirs.set(key, value);
				} else if (what === 'delete') {
					if (ours.delete(key) !== theirs.delete(key)) return false;
				} else {
					ours.clear();
					theirs.clear();
				}
				if (ours.size !== theirs.size || ours.get(key) !== theirs.get(key) || ours.has(key) !== theirs.has(key)) return false;
			}
			const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b).join();
			return [...theirs].every(([each, value]) => ours.get(each) === value) && sorted(ours.values()) === sorted(theirs.values());
		}),
		{numRuns: 2000},
	);
});

test('tags that go round, thousands at a time', t => {
	const map = new U32Map<{tag: number}>();
	for (let tag = 0xffff_f000; tag < 0xffff_f000 + 20_000; tag++) {
		map.set(tag >>> 0, {tag});
		if (tag >= 0xffff_f000 + 3000) t.true(map.delete((tag - 3000) >>> 0));
	}
	t.is(map.size, 3000);
	t.is(map.values().length, 3000);
	t.is(map.get((0xffff_f000 + 19_999) >>> 0)?.tag, 0xffff_f000 + 19_999);
});
