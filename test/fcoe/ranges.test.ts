import test from 'ava';
import fc from 'fast-check';
import {Ranges} from '../../src/fcoe/ranges.js';
import {holds} from '../property.js';

const edge = fc.nat(60);
const span = fc.tuple(edge, edge).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

test('what a plain set of bytes says, ranges say: new bytes, covered bytes, presence, the first hole and all holes', t => {
	holds(
		t,
		fc.property(fc.array(span, {maxLength: 25}), span, (adds, [from, to]) => {
			const ranges = new Ranges();
			const model = new Set<number>();
			for (const [low, high] of adds) {
				const before = model.size;
				for (let at = low; at < high; at++) model.add(at);
				if (ranges.add(low, high) !== model.size - before || ranges.covered !== model.size) return false;
			}
			const missing: number[] = [];
			for (let at = from; at < to; at++) if (!model.has(at)) missing.push(at);
			const holes = ranges.holes(from, to);
			const inHoles = holes.flatMap(hole => Array.from({length: hole.to - hole.from}, (_, i) => hole.from + i));
			// holes that touch would be one hole
			const apart = holes.every((hole, i) => hole.to > hole.from && (i === 0 || hole.from > holes[i - 1]!.to));
			const [first] = holes;
			const hole = ranges.hole(from, to);
			return (
				apart && inHoles.join() === missing.join() && ranges.has(from, to) === (missing.length === 0) && hole?.from === first?.from && hole?.to === first?.to
			);
		}),
		{numRuns: 3000},
	);
});

test('cleared ranges hold nothing', t => {
	const ranges = new Ranges();
	ranges.add(0, 10);
	ranges.clear();
	t.is(ranges.covered, 0);
	t.deepEqual(ranges.holes(0, 10), [{from: 0, to: 10}]);
});
