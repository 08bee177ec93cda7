import test from 'ava';
import {distance, nearest} from '../../src/base/nearest.js';

test('distance counts letters added, taken away, changed and swapped', t => {
	t.is(distance('rate', 'rate'), 0);
	t.is(distance('raet', 'rate'), 1);
	t.is(distance('rte', 'rate'), 1);
	t.is(distance('ratee', 'rate'), 1);
	t.is(distance('gate', 'rate'), 1);
	t.is(distance('', 'rate'), 4);
});

test('nearest finds the mistyped word, and nothing when none is near', t => {
	const known = ['iface', 'count', 'duration', 'ring-size', 'json'];
	t.is(nearest('conut', known), 'count');
	t.is(nearest('ringsize', known), 'ring-size');
	t.is(nearest('dur', known), 'duration');
	t.is(nearest('zebra', known), undefined);
	t.is(nearest('x', []), undefined);
});
