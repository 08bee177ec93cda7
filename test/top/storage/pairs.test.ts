import test from 'ava';
import {Pairs} from '../../../src/top/storage/pairs.js';

const asked = (pairs: Pairs, peer: number, tag: number, timeNs: number) => pairs.request(peer, {tag, timeNs, readBytes: 512, writtenBytes: 0});

test('an answer is paired with its request by peer and tag, and counted with its bytes', t => {
	const pairs = new Pairs('aoe');
	t.is(pairs.take(0), undefined);
	asked(pairs, 1, 7, 1000);
	asked(pairs, 2, 7, 5000);
	pairs.answer(2, 7, 8000);
	pairs.answer(3, 7, 9000);
	t.like(pairs.take(10_000), {answered: 1, readBytes: 512, waiting: 1, timed: 1, latencyUs: {p50: 3, p99: 3, max: 3}});
});

test('what nobody answers for a minute is forgotten', t => {
	const pairs = new Pairs('fcoe');
	asked(pairs, 1, 1, 0);
	asked(pairs, 1, 2, 50e9);
	t.is(pairs.take(61e9)?.waiting, 1);
	t.is(pairs.take(111e9)?.waiting, 0);
});

test('of too many the older half is forgotten, and the younger ones are still paired', t => {
	const pairs = new Pairs('iscsi');
	for (let i = 0; i <= 65_536; i++) asked(pairs, i % 3, i, i);
	t.is(pairs.take(70_000)?.waiting, 32_769);
	pairs.answer(32_767 % 3, 32_767, 70_000);
	pairs.answer(65_536 % 3, 65_536, 70_000);
	t.like(pairs.take(70_000), {answered: 1, waiting: 32_768});
});
