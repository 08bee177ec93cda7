import test from 'ava';
import {Losses} from '../../../src/initiator/fcoe/losses.js';

const loss = (costMs: number, more: object = {}) => ({oxId: 1, unit: 'data', offset: 0, bytes: 512, mending: 'read again', costMs, ...more}) as const;

test('losses are summed by what was lost and by how it was mended', t => {
	const losses = new Losses();
	losses.add(loss(2));
	losses.add(loss(5));
	losses.add(loss(1, {unit: 'command', mending: 'SRR'}));
	t.is(losses.count, 3);
	t.deepEqual(losses.byUnit, {data: {count: 2, totalMs: 7, maxMs: 5}, command: {count: 1, totalMs: 1, maxMs: 1}});
	t.deepEqual(losses.byMending, {'read again': 2, SRR: 1});
});

test('the latest are kept whole, the sums hold all', t => {
	const losses = new Losses();
	for (let i = 0; i < 100; i++) losses.add(loss(i));
	t.is(losses.count, 100);
	t.is(losses.latest.length, 64);
	t.is(losses.latest.at(-1)!.costMs, 99);
});
