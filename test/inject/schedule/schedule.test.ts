import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {planSchedule, type Wish} from '../../../src/inject/schedule/plan.js';
import {parseRateRamp, parseSizeRamp} from '../../../src/inject/schedule/ramp.js';
import {dueInPhase, framesOf, highestPps, shareOf, steady} from '../../../src/inject/schedule/schedule.js';
import {holds} from '../../property.js';
import {alone, counting, departures} from './wire.js';

const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};
const link = {meanLength: 60, speed: 1e9};
const plan = (wish: Partial<Wish>) => planSchedule({count: 0, seconds: 0, ...wish}, link);
const times = (seen: readonly {at: number}[]) => seen.map(({at}) => at);

test('one frame goes at once', async t => {
	const {seen, done} = await alone(plan({count: 1}));
	t.deepEqual(times(seen), [0]);
	t.is(done.attempted, 1);
});

test('N frames of a rate go at equal distances, the first at once', async t => {
	const {seen, done} = await alone(plan({count: 5, rate: {kind: 'pps', value: 250}}));
	t.deepEqual(times(seen), [0, 4, 8, 12, 16]);
	t.deepEqual(
		seen.map(({number}) => number),
		[0, 1, 2, 3, 4],
	);
	t.like(done.pace, {askedPps: 250, achievedPps: 250, errorPercent: 0, skipped: 0});
});

test('a time holds the frames that are due in it, and not the one at its end', async t => {
	const {seen, done} = await alone(plan({seconds: 1, rate: {kind: 'pps', value: 1000}}));
	t.is(seen.length, 1000);
	t.is(seen.at(-1)?.at, 999);
	t.is(done.pace.askedPps, 1000);
	// no rounding adds or takes one: gaps that no floating point number holds
	for (const [gap, seconds, frames] of [
		[0.003, 3, 1000],
		[0.0007, 0.7, 1000],
		[1 / 3, 1, 3],
		[0.1, 0.95, 10],
	] as const)
		t.is((await alone(plan({seconds, gap}))).seen.length, frames, `${gap} s apart for ${seconds} s`);
});

test('a rate in bits, or in per cent of the line, is one of frames', t => {
	t.is(highestPps(plan({rate: {kind: 'bps', value: 480_000}})), 1000);
	t.is(Math.floor(highestPps(plan({rate: {kind: 'line', value: 1}}))), 1_488_095);
	t.is(highestPps(plan({})), 1000, 'harmless when nobody says anything');
	t.is(highestPps(plan({flood: true})), Number.POSITIVE_INFINITY);
	t.is(highestPps(plan({gap: 0})), Number.POSITIVE_INFINITY);
});

test('a burst goes at one moment, and the rate is that of all frames', async t => {
	const {seen, done} = await alone(plan({count: 8, burst: 3, rate: {kind: 'pps', value: 300}}));
	t.deepEqual(times(seen), [0, 0, 0, 10, 10, 10, 20, 20]);
	t.is(done.pace.errorPercent, 0);
});

test('a gap lies between bursts', async t => {
	const {seen} = await alone(plan({count: 6, burst: 2, gap: 0.005}));
	t.deepEqual(times(seen), [0, 0, 5, 5, 10, 10]);
});

test('a rate ramp goes up in steps of equal time', async t => {
	const {seen, done} = await alone(plan({rateRamp: parseRateRamp('1kpps-3kpps/1kpps'), rampStep: 0.003}));
	t.deepEqual(times(seen), [0, 1, 2, 3, 3.5, 4, 4.5, 5, 5.5, ...Array.from({length: 9}, (_, i) => Number((6 + i / 3).toFixed(6)))]);
	t.is(done.attempted, 18);
	t.is(Math.round(done.pace.askedPps as number), 2000, 'the mean of its steps');
});

test('a rate ramp goes down, ends with its last value, and a count or a time cuts it short', async t => {
	t.deepEqual(
		parseRateRamp('100pps-25pps/30pps').map(({value}) => value),
		[100, 70, 40, 25],
	);
	const ramp = {rateRamp: parseRateRamp('2kpps-1kpps/1kpps'), rampStep: 0.002};
	t.deepEqual(times((await alone(plan(ramp))).seen), [0, 0.5, 1, 1.5, 2, 3]);
	t.is((await alone(plan({...ramp, count: 5}))).seen.length, 5);
	t.is((await alone(plan({...ramp, seconds: 0.001}))).seen.length, 2);
});

test('a size ramp at a rate of frames keeps the rate; at a rate of bits it keeps the bits', async t => {
	const run = async (wish: Partial<Wish>) => {
		let bytes = 0;
		const schedule = plan({sizeRamp: parseSizeRamp('100-300/100'), rampStep: 0.002, ...wish});
		return (await departures([{source: counting(1, () => bytes), schedule, setSize: size => (bytes = size)}])).seen.map(({at, length}) => [at, length]);
	};
	t.deepEqual(await run({rate: {kind: 'pps', value: 1000}}), [
		[0, 100],
		[1, 100],
		[2, 200],
		[3, 200],
		[4, 300],
		[5, 300],
	]);
	const bits = await run({rate: {kind: 'bps', value: 4_800_000}});
	for (const length of [100, 200, 300]) t.is(bits.filter(frame => frame[1] === length).length, 1200 / length);
});

test('several streams go by whose frame is due first', async t => {
	const {seen, done} = await departures([
		{source: counting(1), schedule: steady(1000, {count: 4})},
		{source: counting(2), schedule: steady(500, {count: 2, startMs: 0.5})},
		{source: counting(3), schedule: steady(1000, {count: 4, burst: 2})},
	]);
	t.deepEqual(
		seen.map(({at, mark}) => [at, mark]),
		[
			[0, 1],
			[0, 3],
			[0, 3],
			[0.5, 2],
			[1, 1],
			[2, 1],
			[2, 3],
			[2, 3],
			[2.5, 2],
			[3, 1],
		],
	);
	t.deepEqual(done.byStream, [4, 2, 4]);
});

test('streams without a pace go in turn, behind what is due', async t => {
	const flood = (mark: number) => ({source: counting(mark), schedule: steady(Number.POSITIVE_INFINITY, {count: 100})});
	const {seen, done} = await departures([flood(1), flood(2), {source: counting(3), schedule: steady(1000, {count: 2})}]);
	t.deepEqual(done.byStream, [100, 100, 2]);
	const first = seen.slice(0, 21).map(({mark}) => mark);
	t.true(Math.abs(first.filter(mark => mark === 1).length - first.filter(mark => mark === 2).length) <= 1, `${first}`);
	t.is(done.pace.askedPps, undefined, 'nothing was asked for');
});

test('contradictions are refused', t => {
	const rate = {kind: 'pps', value: 1} as const;
	for (const wish of [
		{rate, gap: 1},
		{rate, flood: true},
		{gap: 1, rateRamp: [rate]},
		{burst: 3, flood: true},
		{burst: 0, rate},
		{rateRamp: [rate], sizeRamp: [60]},
		{rampStep: 1},
		{sizeRamp: [60], rampStep: 0},
	])
		t.throws(() => plan(wish), usage, JSON.stringify(wish));
	for (const text of ['', '1kpps', '1kpps-2kpps', '1kpps-2Mbit/1kpps', '1-2/1', '1kpps-2kpps/0pps']) t.throws(() => parseRateRamp(text), usage, text);
	for (const text of ['', '64', '64-1514', '5-100/1', '64-70000/1', '64-1514/0', 'a-b/c']) t.throws(() => parseSizeRamp(text), usage, text);
});

test('shares of one stream together are the stream: as many frames, at the times of the whole', async t => {
	const whole = plan({count: 11, rate: {kind: 'pps', value: 1000}});
	const all = await alone(whole);
	const parts = await Promise.all([0, 1, 2].map(index => alone(shareOf(whole, index, 3))));
	t.deepEqual(
		parts.flatMap(({seen}) => times(seen)).sort((a, b) => a - b),
		times(all.seen),
	);
});

test('whatever the pace, the frames counted in advance are the frames sent, and no frame goes before its time', async t => {
	const property = fc.asyncProperty(
		fc.double({min: 0.5, max: 5000, noNaN: true}),
		fc.integer({min: 1, max: 40}),
		fc.double({min: 0.001, max: 0.5, noNaN: true}),
		async (pps, burst, seconds) => {
			const schedule = steady(pps, {burst, seconds});
			const {seen} = await alone(schedule);
			return seen.length === framesOf(schedule) && seen.every(({at, number}) => Math.abs(at - dueInPhase(pps, burst, number)) < 1e-5);
		},
	);
	await t.notThrowsAsync(() => Promise.resolve(fc.assert(property, {numRuns: 200})));
	holds(
		t,
		fc.property(fc.string(), text => {
			try {
				parseRateRamp(text);
				parseSizeRamp(text);
			} catch (error) {
				return error instanceof NetstressError;
			}
			return true;
		}),
	);
});
