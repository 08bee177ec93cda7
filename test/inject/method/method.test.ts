import test from 'ava';
import fc from 'fast-check';
import {findBackToBack} from '../../../src/inject/method/back-to-back.js';
import {measureLatency} from '../../../src/inject/method/latency-at.js';
import {lossCurve} from '../../../src/inject/method/loss-rate.js';
import {type MethodPlan, measure} from '../../../src/inject/method/measure.js';
import {measureTester, type Tester} from '../../../src/inject/method/tester.js';
import {findThroughput} from '../../../src/inject/method/throughput.js';
import {testNames, verdictOf} from '../../../src/inject/method/trial.js';
import {holds} from '../../property.js';
import {type Device, simulated} from './device.js';

const line = 1_488_095;
const plan = {seconds: 1, resolution: 0.01, maxLoss: 0, verify: 0};
const bursts = {seconds: 2, resolution: 0.001, repeats: 3};
const tester = (topPps: number, ceiling: Tester['ceiling'] = 'line'): Tester => ({
	senderPps: topPps,
	testerLost: 0,
	linePps: ceiling === 'line' ? topPps : undefined,
	mostPps: ceiling === 'rate' ? topPps : undefined,
	alonePps: undefined,
	topPps,
	ceiling,
});

test('the throughput is found within the resolution, whatever the device', async t => {
	await fc.assert(
		fc.asyncProperty(fc.double({min: 0.01, max: 0.99, noNaN: true}), fc.constantFrom(0.1, 0.05, 0.01, 0.001), async (share, resolution) => {
			const {run} = simulated({capacityPps: line * share, buffer: 0, senderPps: line * 2});
			const {pps, limit, failedPps} = await findThroughput(run, 60, tester(line), {...plan, resolution});
			t.is(limit, 'device');
			// half a frame of rounding a trial
			t.true(pps! <= line * share + 1 && failedPps! > line * share, `${pps} ${failedPps} of ${line * share}`);
			t.true((failedPps! - pps!) / failedPps! <= resolution);
		}),
		{numRuns: 50},
	);
});

test('a buffer makes a short trial look better: what it holds, divided by its time', async t => {
	const {run} = simulated({capacityPps: 500_000, buffer: 100_000, senderPps: line});
	const {pps} = await findThroughput(run, 60, tester(line), {...plan, resolution: 0.001});
	t.true(Math.abs(pps! - 600_000) < 1000);
});

test('a device that is faster than the highest rate is bounded by whatever bounds that rate', async t => {
	for (const ceiling of ['line', 'tester', 'rate'] as const) {
		const {run, offers} = simulated({capacityPps: line * 2, buffer: 0, senderPps: line});
		t.like(await findThroughput(run, 60, tester(line, ceiling), plan), {pps: line, limit: ceiling, failedPps: null, trials: 1});
		t.is(offers[0]?.pps, ceiling === 'tester' ? Number.POSITIVE_INFINITY : line, 'a tester at its limit is not paced');
	}
});

test('what the tester cannot count is not the device: tester-limited', async t => {
	const {run} = simulated({capacityPps: line, buffer: 0, senderPps: line, counterPps: 400_000});
	const {pps, limit} = await findThroughput(run, 60, tester(line), plan);
	t.is(limit, 'tester');
	t.true(pps! > 390_000 && pps! <= 400_001);
	// both, and the device is the slower one
	const slow = simulated({capacityPps: 300_000, buffer: 0, senderPps: line, counterPps: 400_000});
	t.like(await findThroughput(slow.run, 60, tester(line), plan), {limit: 'device'});
});

test('a device that loses every hundredth frame has no throughput without loss, and all of it where 1 % may be lost', async t => {
	const {run, offers} = simulated({capacityPps: line, buffer: 0, every: 100, senderPps: line});
	const none = await findThroughput(run, 60, tester(line), plan);
	t.like(none, {pps: null, limit: 'device'});
	t.true(none.trials < 15 && none.failedPps! <= line * 0.0011, 'and it was looked for down to a thousandth');
	t.is(none.trials, offers.length);
	t.like(await findThroughput(run, 60, tester(line), {...plan, maxLoss: 0.01}), {pps: line, limit: 'line', trials: 1});
});

test('a failure is believed when it comes again', async t => {
	const {run, offers} = simulated({capacityPps: line * 2, buffer: 0, senderPps: line});
	let hiccups = 1;
	const shaky: typeof run = async offer => {
		const trial = await run(offer);
		return hiccups-- > 0 ? {...trial, lost: 3, received: trial.received - 3} : trial;
	};
	t.like(await findThroughput(shaky, 60, tester(line), {...plan, verify: 1}), {pps: line, limit: 'line', trials: 2});
	t.is(offers.length, 2);
});

test('the loss curve is the device: one tenth of the rate a step, until two trials lose nothing', async t => {
	const {run} = simulated({capacityPps: line * 0.65, buffer: 0, senderPps: line});
	const points = await lossCurve(run, 60, tester(line), 1);
	t.deepEqual(
		points.map(({share}) => share),
		[1, 0.9, 0.8, 0.7, 0.6, 0.5],
	);
	for (const {share, lossShare} of points) t.true(Math.abs(lossShare - Math.max(0, 1 - 0.65 / share)) < 1e-5);
	t.is((await lossCurve(simulated({capacityPps: 1, buffer: 0, senderPps: line}).run, 60, tester(line), 1)).length, 10, 'not below a tenth');
});

test('the buffer is found by bursts, whatever the device', async t => {
	await fc.assert(
		fc.asyncProperty(fc.double({min: 0.1, max: 0.9, noNaN: true}), fc.integer({min: 10, max: 50_000}), async (share, buffer) => {
			const device: Device = {capacityPps: line * share, buffer, senderPps: line};
			const found = await findBackToBack(simulated(device).run, 60, tester(line), line * share, bursts);
			t.is(found.limit, 'device');
			t.is(found.bursts.length, 3);
			// the search ends within a frame or a thousandth; what counts are (1 - share) of the frames
			t.true(Math.abs(found.correctedFrames! - buffer) <= 2 + buffer * 0.002, `${found.correctedFrames} of ${buffer}`);
			t.true(Math.abs(found.correctedSeconds! - found.correctedFrames! / line) < 1e-9);
			t.is(found.standardDeviation, 0);
		}),
		{numRuns: 50},
	);
});

test('a burst that nothing ends is a lower bound, and says nothing of a buffer', async t => {
	const {run} = simulated({capacityPps: line, buffer: 0, senderPps: line});
	t.like(await findBackToBack(run, 60, tester(line, 'tester'), line, bursts), {frames: line * 2, limit: 'tester', correctedSeconds: null, trials: 1});
	const small = simulated({capacityPps: line, buffer: 0, senderPps: line, counterPps: line / 2});
	t.like(await findBackToBack(small.run, 60, tester(line), line, bursts), {limit: 'tester', correctedSeconds: null});
	const broken = simulated({capacityPps: 0, buffer: 0, senderPps: line});
	t.like(await findBackToBack(broken.run, 60, tester(line), null, bursts), {frames: 0, limit: 'device', correctedSeconds: null});
});

test('the tester: the lowest of what it can, what the line carries and what is allowed', async t => {
	const at = (senderPps: number, linePps?: number, mostPps?: number) =>
		measureTester(simulated({capacityPps: line, buffer: 0, senderPps}).run, 60, 1, linePps, mostPps);
	t.like(await at(1000, 5000), {topPps: 1000, ceiling: 'tester'});
	t.like(await at(9000, 5000), {topPps: 5000, ceiling: 'line'});
	t.like(await at(4950, 5000), {topPps: 5000, ceiling: 'line'}, 'a card at its line rate');
	t.like(await at(9000, 5000, 2000), {topPps: 2000, ceiling: 'rate'});
	t.like(await at(9000), {topPps: 9000, ceiling: 'tester'});
});

test('latency: percentiles are averaged, extremes kept', async t => {
	const {run} = simulated({capacityPps: line, buffer: 0, senderPps: line});
	t.deepEqual(await measureLatency(run, 60, 1000, {seconds: 1, repeats: 3}), {
		pps: 1000,
		latencyNs: {min: 1000, p50: 2000, p90: 3000, p99: 4000, max: 15_000},
		jitterNs: 10,
		lost: 0,
		sent: 3000,
		trials: 3,
	});
});

const whole: MethodPlan = {
	sizes: [60, 1514],
	tests: new Set(testNames),
	throughput: plan,
	lossSeconds: 1,
	backToBack: bursts,
	latency: {seconds: 1, repeats: 1},
	linePps: () => line,
	mostPps: () => undefined,
};

test('all of it, size by size, in an order in which one needs the other; an interrupt leaves what is there', async t => {
	const {run} = simulated({capacityPps: line / 2, buffer: 100, senderPps: line});
	const told: string[] = [];
	const results = await measure(run, whole, (what, size) => told.push(`${what} ${size}`), new AbortController().signal);
	t.deepEqual(told.slice(0, 5), ['tester 60', 'throughput 60', 'loss 60', 'back-to-back 60', 'latency 60']);
	t.is(results.length, 2);
	t.true(results.every(({tester, throughput, loss, backToBack, latency}) => tester && throughput && loss && backToBack && latency));
	const abort = new AbortController();
	const stopping: typeof run = async offer => {
		if (offer.test === 'loss') {
			abort.abort();
			throw new Error('interrupted');
		}
		return run(offer);
	};
	const [only, ...none] = await measure(stopping, whole, () => undefined, abort.signal);
	t.deepEqual(none, []);
	t.truthy(only?.throughput);
	t.is(only?.loss, undefined);
	await t.throwsAsync(
		measure(
			async () => Promise.reject(new Error('broken')),
			whole,
			() => undefined,
			new AbortController().signal,
		),
		{message: 'broken'},
	);
	const lossless = simulated({capacityPps: line, buffer: 0, every: 100, senderPps: line});
	const [lossy] = await measure(lossless.run, {...whole, sizes: [60], tests: new Set(['latency'])}, () => undefined, new AbortController().signal);
	t.is(lossy?.latency, null, 'no rate without loss: nothing to measure the latency at');
	t.is(lossy?.backToBack, undefined);
});

const noLine = {...whole, linePps: () => undefined};
const only = async (device: Device, plan: MethodPlan) =>
	(await measure(simulated(device).run, {...plan, sizes: [60]}, () => undefined, new AbortController().signal))[0]!;

test('a device that holds the sender back is not a slow tester: alone the tester is faster', async t => {
	const held = {capacityPps: line, buffer: 0, senderPps: 400_000, heldPps: 50_000};
	const asked: number[] = [];
	const alone = async (_size: number, pps: number) => {
		asked.push(pps);
		return 400_000;
	};
	const {tester: slow, throughput, backToBack} = await only(held, {...noLine, alone});
	t.like(slow, {senderPps: 50_000, alonePps: 400_000, topPps: 50_000, ceiling: 'held-back'});
	t.like(throughput, {pps: 50_000, limit: 'held-back'});
	t.is(backToBack?.limit, 'held-back', 'a lower bound');
	t.deepEqual(asked, [Number.POSITIVE_INFINITY], 'asked once, as fast as frames go');
	// where it loses frames too, the losses bound it
	t.is((await only({...held, capacityPps: 30_000}, {...noLine, alone})).throughput?.limit, 'device');
	// a slow tester is a slow tester, a bridge between costs a little, and where nobody can tell nothing is claimed
	for (const own of [400_000, 600_000, undefined]) {
		const {tester: its, throughput: found} = await only({...held, heldPps: 400_000}, {...noLine, alone: async () => own});
		t.like(its, {ceiling: 'tester', alonePps: own});
		t.is(found?.limit, 'tester');
	}
	// a tester that reaches the line, or what people allow, is not asked
	asked.length = 0;
	await only({...held, senderPps: line, heldPps: line}, {...whole, alone});
	await only(held, {...noLine, mostPps: () => 20_000, alone});
	t.deepEqual(asked, []);
});

test('nothing is ever offered faster than people allow, also by a tester that fell short at first', async t => {
	const {run, offers} = simulated({capacityPps: line, buffer: 100, senderPps: line});
	let first = true;
	const slowStart: typeof run = async offer => {
		const trial = await run(offer);
		if (!first) return trial;
		first = false;
		return {...trial, offeredPps: trial.offeredPps * 0.97};
	};
	const [result] = await measure(slowStart, {...noLine, mostPps: () => 20_000}, () => undefined, new AbortController().signal);
	t.is(result?.tester?.ceiling, 'tester');
	t.true(offers.every(({pps}) => pps <= 20_000));
	t.like(result?.throughput, {pps: 20_000, limit: 'rate'});
});

test('no numbers at all make a verdict that is none', t => {
	holds(
		t,
		fc.property(
			fc.nat(),
			fc.nat(),
			fc.nat(),
			fc.double({min: 0, noNaN: true}),
			fc.double({min: 0, max: 1, noNaN: true}),
			(sent, lostAll, ring, pps, maxLoss) => {
				const lost = Math.min(sent, lostAll);
				const trial = {sent, received: sent - lost, lost, testerLost: Math.min(lost, ring), offeredPps: pps, latencyNs: null, jitterNs: null};
				const verdict = verdictOf(trial, pps, maxLoss);
				return sent === 0 ? verdict === 'tester' : (verdict === 'passed') === lost / sent <= maxLoss;
			},
		),
	);
});
