// The order of a sweep, and what becomes of its rounds, with runners that are made up: each lost frame costs them 10 ms.
import test from 'ava';
import type {Contestant} from '../../src/race/race.js';
import {raceReport} from '../../src/race/report.js';
import type {Runner, Task} from '../../src/race/runner.js';
import {showSweep} from '../../src/race/show-loss.js';
import {sweep} from '../../src/race/sweep.js';
import {findWorkloads} from '../../src/race/workload.js';

const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};

function scene(protocols: readonly string[], lostAt: (share: number) => number) {
	const log: string[] = [];
	let share = 0;
	let onPurpose = 0;
	const contestants = protocols.map((protocol): Contestant => {
		const runner = {
			address: `${protocol}:x`,
			protocol,
			size: 2 ** 30,
			blockSize: 512,
			readOnly: false,
			warm: async () => ({operations: 1, errors: 0}),
			async run({seed, workload}: Task) {
				const lost = lostAt(share);
				onPurpose += lost;
				log.push(`${workload.name} ${protocol} ${share} ${seed}`);
				const latencyUs = {min: 1, p50: 2, p90: 3, p99: 4, max: 5};
				return {
					operations: 1000,
					bytes: 4_096_000,
					seconds: 1 + lost * 0.01,
					errors: 0,
					firstError: undefined,
					latencyUs,
					cpuSeconds: 0,
					counters,
					ringDropped: null,
				};
			},
			verify: async () => ({verified: 0, wrong: 0, firstError: undefined, flushed: null}),
			stop: () => log.push('stop'),
		} as unknown as Runner;
		return {runner, surroundings: {interfaces: [], cable: false, tcp: [], targetPids: [], onPurpose: async () => ({count: onPurpose, place: 'tc'})}};
	});
	const controller = new AbortController();
	const options = {
		workloads: findWorkloads(['read-4k-d1']),
		rounds: 2,
		seconds: 1,
		seed: 7,
		span: 2 ** 20,
		filled: true,
		verify: 0,
		losses: [0, 0.001, 0.01],
		lose: async (to: number) => {
			share = to;
		},
		signal: controller.signal,
	};
	return {log, contestants, controller, options};
}

test('every rate has every protocol in every round, the order alternates, and each round asks for the same blocks', async t => {
	const {log, contestants, options} = scene(['aoe', 'iscsi'], () => 0);
	await sweep(contestants, options);
	const name = 'read-4k-d1';
	const round = (order: readonly string[], seed: number) => [0, 0.001, 0.01].flatMap(share => order.map(each => `${name} ${each} ${share} ${seed}`));
	t.deepEqual(log, [...round(['aoe', 'iscsi'], 7), ...round(['iscsi', 'aoe'], 8)]);
});

test('points stand by protocol, then by rate, and each has its cost or says why not', async t => {
	const {contestants, options} = scene(['aoe', 'iscsi', 'fcoe'], share => (share === 0.01 ? 50 : share === 0 ? 0 : 2));
	const points = await sweep(contestants, options);
	t.deepEqual(
		points.map(({protocol, loss, lost, cost}) => [protocol, loss, lost, cost.msPerFrame, cost.why]),
		['aoe', 'iscsi', 'fcoe'].flatMap(protocol => [
			[protocol, 0, 0, null, null],
			[protocol, 0.001, 4, null, 'only 4 frames were lost, 5 are needed: run longer'],
			[protocol, 0.01, 100, 10, null],
		]),
	);
	const text = showSweep(points, 120);
	t.regex(text, /aoe +0%[^\n]* -\n +0\.1%[^\n]* -\n +1%[^\n]* 10\.0 +10\.0 to 10\.0\n +iscsi/);
	t.regex(text, /No cost is given for:\n {2}read-4k-d1 over aoe at 0\.1 %: only 4 frames/);
	const page = raceReport({workloads: [], points, lostFrames: [], lostFrameMissing: 'not <allowed>', facts: {seed: 7, losses: [0, 0.01]}, interrupted: true});
	t.is(page.match(/<svg/g)?.length, 2);
	t.regex(page, /<title>fcoe: 10\.0 ms for each of 100 lost frames at 1 %<\/title>/);
	t.regex(page, /not &lt;allowed&gt;/);
	t.regex(page, /Interrupted/);
	t.regex(page, /<dt>loss<\/dt><dd>0 %, 1 %<\/dd>/);
});

test('Ctrl-C ends it with what there is', async t => {
	const {contestants, options, controller, log} = scene(['aoe'], () => 0);
	const points = await sweep(contestants, {...options, progress: done => done === 2 && controller.abort()});
	t.true(log.includes('stop'));
	t.deepEqual(
		points.map(({loss}) => loss),
		[0, 0.001],
	);
});
