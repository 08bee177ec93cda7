import test from 'ava';
import {parseProgram} from '../../src/capture/filter.js';

test('the program that tcpdump -ddd prints for "ether proto 0x88a2"', t => {
	t.deepEqual(parseProgram('4\n40 0 0 12\n21 0 1 34978\n6 0 0 262144\n6 0 0 0\n'), [
		{code: 40, jt: 0, jf: 0, k: 12},
		{code: 21, jt: 0, jf: 1, k: 34_978},
		{code: 6, jt: 0, jf: 0, k: 262_144},
		{code: 6, jt: 0, jf: 0, k: 0},
	]);
});

for (const text of ['', '2\n6 0 0 0', 'x\n6 0 0 0', '1\n6 0 0', '1\n6 0 0 -1', '1\n6 0 0 4294967296', '0\n']) {
	test(`${JSON.stringify(text)} is no program`, t => {
		t.throws(() => parseProgram(text), {code: 'ERR_PROTOCOL'});
	});
}
