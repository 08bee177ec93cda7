// What every row of every ledger has to be, whatever was counted.
import test from 'ava';
import fc from 'fast-check';
import {joinSides} from '../../../src/monitor/ledger/join.js';
import {placeOrder, places} from '../../../src/monitor/place.js';
import {holds} from '../../property.js';
import {anySides} from './make.js';

test('a row is a loss: more than nothing, at a place that there is, with what moves that place; in the order of a frame’s way', t => {
	holds(
		t,
		fc.property(anySides, fc.boolean(), ([from, to], retries) => {
			const {hops} = joinSides(from, to, retries);
			for (const {count, place, knobs, confirmed} of hops) {
				t.true(Number.isSafeInteger(count) && count > 0, String(count));
				t.is(knobs, places[place].knobs);
				t.true(confirmed.every(({value}) => value > 0));
			}
			const order = hops.map(({place}) => placeOrder.indexOf(place));
			t.deepEqual(
				order,
				order.toSorted((a, b) => a - b),
			);
		}),
	);
});

test('no counter is in two rows, none confirms itself, and no row has more than its counter', t => {
	holds(
		t,
		fc.property(anySides, ([from, to]) => {
			const {hops} = joinSides(from, to);
			const keys = hops.map(({place, side, iface, source, reason, symbol}) => `${place} ${side} ${iface} ${source} ${reason} ${symbol}`);
			t.is(new Set(keys).size, keys.length, keys.join('\n'));
			for (const {side, source, count, confirmed, reason, place} of hops) {
				t.false(confirmed.some(other => other.source === source));
				const owner = /\((\w+)\)$/.exec(source)?.[1];
				if (reason !== undefined || owner === undefined || owner === 'buffer') continue;
				const counted = (side === 'from' ? from : to).moved.filter(counter => counter.source === owner).reduce((sum, {value}) => sum + value, 0);
				t.true(count <= counted, `${count} at ${place} of ${counted} by ${source}`);
			}
		}),
	);
});
