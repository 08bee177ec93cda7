import test from 'ava';
import {Spin} from '../../src/base/spin.js';

test('it looks for as long as it may, then sleeps', t => {
	const spin = new Spin(0.05);
	t.deepEqual(
		[0, 0.02, 0.049, 0.051].map(now => spin.keep(now)),
		[true, true, true, false],
	);
});

test('success keeps it looking; failure after failure makes it sleep at once, until it tries again', t => {
	const spin = new Spin(0.05);
	let now = 0;
	const looks = () => {
		const start = now;
		while (spin.keep(now)) now += 0.001;
		const looked = now - start;
		now += 1;
		return looked;
	};
	t.true(looks() > 0.045);
	t.true(looks() > 0.02);
	t.true(looks() > 0.01);
	const quiet = Array.from({length: 63}, looks);
	t.true(quiet.every(time => time === 0));
	looks();
	t.true(looks() > 0.045, 'tried again');
	spin.keep(now);
	spin.found();
	t.true(looks() > 0.045, 'found while looking');
});

test('a limit of nothing never looks', t => {
	const spin = new Spin(0);
	for (let i = 0; i < 1000; i++) t.false(spin.keep(i));
});
