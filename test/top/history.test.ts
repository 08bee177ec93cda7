import test from 'ava';
import fc from 'fast-check';
import {History, historySeconds, type Point, series, spanOf} from '../../src/top/history.js';
import {holds} from '../property.js';

const point = (atSeconds: number, lostPps: number, seconds = 1): Point => ({atSeconds, seconds, lostPps, interfaces: new Map()});
const lost = ({lostPps}: Point) => lostPps;

test('two minutes are kept, however often there is a sample', t => {
	const history = new History();
	for (let at = 1; at <= 500; at++) history.add(point(at, at));
	t.is(history.points.length, historySeconds);
	t.is(history.points[0]?.atSeconds, 381);
	t.is(spanOf(history.points), historySeconds);
	const often = new History();
	for (let i = 1; i <= 20_000; i++) often.add(point(i / 100, i, 0.01));
	t.true(often.points.length <= 2400);
});

test('a young run fills the width with what was measured, nothing before it', t => {
	t.deepEqual(series([point(1, 5), point(2, 7)], lost, 6), [5, 5, 5, 7, 7, 7]);
	t.deepEqual(series([], lost, 6), []);
	t.deepEqual(series([point(3, 1)], lost, 0), []);
});

test('of several intervals in a column the highest is shown: no burst is hidden', t => {
	const points = Array.from({length: 100}, (_, i) => point(i + 1, i === 41 ? 900 : 1));
	const values = series(points, lost, 10);
	t.deepEqual(values, [1, 1, 1, 1, 900, 1, 1, 1, 1, 1]);
});

test('any points, any width: as many values as columns, the highest among them, none that was not measured', t =>
	holds(
		t,
		fc.property(
			fc.array(fc.tuple(fc.double({min: 0.01, max: 30, noNaN: true}), fc.nat(1000)), {minLength: 1, maxLength: 50}),
			fc.integer({min: 1, max: 90}),
			(steps, columns) => {
				const history = new History();
				let at = 0;
				for (const [seconds, value] of steps) {
					at += seconds;
					history.add(point(at, value, seconds));
				}
				const values = series(history.points, lost, columns);
				const measured = new Set(history.points.map(lost));
				return values.length === columns && Math.max(...values) === Math.max(...measured) && values.every(value => value === 0 || measured.has(value));
			},
		),
	));
