import test from 'ava';
import fc from 'fast-check';
import {Overtaken} from '../../../src/initiator/aoe/overtaken.js';
import {holds} from '../../property.js';

const sent = (...entries: number[]) => {
	const overtaken = new Overtaken(100);
	for (const entry of entries) overtaken.sent(entry);
	return overtaken;
};

/** A reply as the engine takes it. */
const reply = (overtaken: Overtaken, entry: number) => {
	const lost = overtaken.answered(entry);
	overtaken.gone(entry);
	return lost;
};

test('the third reply to later requests gives the oldest', t => {
	const overtaken = sent(7, 0, 99, 3, 4);
	t.deepEqual(
		[0, 99, 3].map(entry => reply(overtaken, entry)),
		[undefined, undefined, 7],
	);
	// sent again it is the youngest: what was sent before it says nothing of it
	overtaken.sent(7);
	t.is(reply(overtaken, 4), undefined);
	t.is(reply(overtaken, 7), undefined);
});

test('the last requests have fewer behind them, and fewer are enough, unless the target changes the order', t => {
	const overtaken = sent(5, 6, 7);
	t.is(overtaken.answered(6, 3), undefined);
	overtaken.gone(6);
	t.is(overtaken.answered(7, 2), 5);
	const two = sent(5, 6);
	t.is(two.answered(6, 2), 5);
	two.mistaken();
	two.sent(6);
	t.is(two.answered(6, 2), undefined);
});

test('replies in order are no loss, and neither is one that is not on the wire', t => {
	const overtaken = sent(1, 2, 3);
	t.deepEqual(
		[1, 2, 3, 3, 50].map(entry => reply(overtaken, entry)),
		Array(5).fill(undefined),
	);
});

test('a mistake doubles what it takes, up to 64', t => {
	const overtaken = sent(...Array(100).keys());
	for (let i = 0; i < 9; i++) overtaken.mistaken();
	const found = Array.from({length: 99}, (_, i) => reply(overtaken, i + 1));
	t.is(found.indexOf(0), 63);
});

test('whatever happens, it is the one that was sent first', t => {
	const step = fc.record({entry: fc.nat(19), what: fc.constantFrom('sent' as const, 'gone' as const, 'answered' as const)});
	holds(
		t,
		fc.property(fc.array(step, {maxLength: 200}), steps => {
			const overtaken = new Overtaken(20);
			let order: number[] = [];
			for (const {entry, what} of steps) {
				if (what === 'answered') {
					const lost = overtaken.answered(entry);
					if (lost !== undefined && (lost !== order[0] || lost === entry || !order.includes(entry))) return false;
				} else {
					overtaken[what](entry);
					order = order.filter(each => each !== entry);
					if (what === 'sent') order.push(entry);
				}
			}
			return true;
		}),
	);
});
