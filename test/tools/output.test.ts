import test from 'ava';
import {toJson} from '../../tools/output.js';

test('JSON never holds NaN, Infinity or a BigInt that a reader would round', t => {
	t.is(toJson({a: Number.NaN, b: Number.POSITIVE_INFINITY, c: 5n, d: 2n ** 60n, e: -0.5}), '{"a":null,"b":null,"c":5,"d":"1152921504606846976","e":-0.5}');
});
