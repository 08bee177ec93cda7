import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {count, duration, rate, share, showBits, showBytesPerSecond, showCount, showSeconds, showShare, showSize, size} from '../../src/base/units.js';

const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};

test('durations need a unit', t => {
	t.is(duration('10s'), 10);
	t.is(duration('500ms'), 0.5);
	t.is(duration('2min'), 120);
	t.true(Math.abs(duration('10us') - 1e-5) < 1e-12);
	t.is(duration('0'), 0);
	for (const text of ['10', '', 's', '-1s', '1x', '1e3s', '10 s s', 'constructor']) t.throws(() => duration(text), usage, text);
	t.regex((t.throws(() => duration('10', '--gap')) as Error).message, /--gap "10".*unit is missing.*10s/);
});

test('sizes are bytes, binary or decimal, and whole', t => {
	t.is(size('4MiB'), 4_194_304);
	t.is(size('1GB'), 1_000_000_000);
	t.is(size('512'), 512);
	t.is(size('1.5KiB'), 1536);
	for (const text of ['0.3B', '1.0001KiB', '4M', '-4', 'four', '1toString']) t.throws(() => size(text), usage, text);
});

test('counts are whole', t => {
	t.is(count('10k'), 10_000);
	t.is(count('1.5M'), 1_500_000);
	t.is(count('0'), 0);
	for (const text of ['1.5', '10pps', '']) t.throws(() => count(text), usage, text);
});

test('shares need the per cent sign and end at a hundred', t => {
	t.is(share('0.1%'), 0.001);
	t.is(share('100%'), 1);
	t.is(share('0'), 0);
	for (const text of ['0.1', '101%', '5', '-1%']) t.throws(() => share(text), usage, text);
});

test('rates are frames, bits or a share of the line, and need a unit', t => {
	t.deepEqual(rate('10kpps'), {kind: 'pps', value: 10_000});
	t.deepEqual(rate('100Mbit'), {kind: 'bps', value: 100_000_000});
	t.deepEqual(rate('40%'), {kind: 'line', value: 0.4});
	for (const text of ['1000', '10', 'kpps', '0pps', '5MB']) t.throws(() => rate(text), usage, text);
});

test('what is shown has three digits and the fitting unit', t => {
	t.is(showSize(268_435_456), '256 MiB');
	t.is(showSize(1000), '1000 B');
	t.is(showBytesPerSecond(860_300_000), '860 MB/s');
	t.is(showBits(9_870_000_000), '9.87 Gbit/s');
	t.is(showCount(12_345), '12.3 k');
	t.is(showCount(7), '7');
	t.is(showSeconds(0.00024), '240 us');
	t.is(showSeconds(0), '0 s');
	t.is(showShare(0.001), '0.1 %');
});

test('no text makes a parser throw anything but a usage error', t => {
	for (const parse of [duration, size, count, share, rate]) {
		fc.assert(
			fc.property(fc.string(), text => {
				try {
					parse(text);
				} catch (error) {
					t.true(error instanceof NetstressError && error.code === 'ERR_USAGE');
				}
			}),
		);
	}
});
