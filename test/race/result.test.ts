import test from 'ava';
import fc from 'fast-check';
import type {Observation} from '../../src/race/observe.js';
import {median, resultOf, workloadResult} from '../../src/race/result.js';
import type {Round} from '../../src/race/round.js';
import {showRace} from '../../src/race/show.js';
import {workloads} from '../../src/race/workload.js';

const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
const quiet: Observation = {
	lostAt: {onPurpose: 0, interfaces: 0, cable: 0, tcp: 0},
	onPurposeAt: 'tc',
	reasons: null,
	tcp: null,
	targetCpu: 0.1,
	frames: {sent: 10, received: 10},
};
const round = (operations: number, more: Partial<Round['report']> = {}, seen: Partial<Observation> = {}): Round => ({
	report: {
		operations,
		bytes: operations * 4096,
		seconds: 1,
		errors: 0,
		firstError: undefined,
		latencyUs: {min: 1, p50: 2, p90: 3, p99: 4, max: operations},
		cpuSeconds: 0.5,
		counters,
		ringDropped: 0,
		...more,
	},
	seen: {...quiet, ...seen},
	verification: {verified: 3, wrong: 0, firstError: undefined, flushed: null},
});
const workload = workloads[0] as (typeof workloads)[0];

test('the median is the middle value, or the mean of the middle two', t => {
	t.is(median([3, 1, 2]), 2);
	t.is(median([4, 1, 3, 2]), 2.5);
	t.is(median([]), 0);
});

test('IOPS are medians with their range, losses and errors are sums', t => {
	const result = resultOf('aoe', 'a', [
		round(100, {ringDropped: 2}),
		round(300, {errors: 1, firstError: 'x'}),
		round(200, {}, {lostAt: {onPurpose: 5, interfaces: 1, cable: 0, tcp: 0}}),
	]);
	t.like(result, {iops: 200, iopsRange: {min: 100, max: 300}, rounds: 3, errors: 1, firstError: 'x', lost: 8, verified: 9});
	t.deepEqual(
		result.hops.map(({place, count}) => [place, count]),
		[
			['tc', 5],
			['packet-ring', 2],
			['unknown', 1],
		],
	);
	t.is(result.unexplained, 0);
	t.deepEqual(result.latencyUs, {min: 1, p50: 2, p90: 3, p99: 4, max: 300});
});

test('CPU is per gigabyte of payload, and unknown as a whole when the target is not here', t => {
	const known = resultOf('aoe', 'a', [round(250_000)]);
	t.is(known.initiatorCpuSecondsPerGB, 0.488);
	t.is(known.cpuSecondsPerGB, 0.586);
	t.like(resultOf('aoe', 'a', [round(250_000, {}, {targetCpu: null})]), {cpuSecondsPerGB: null, targetCpuSecondsPerGB: null, initiatorCpuSecondsPerGB: 0.488});
	t.is(resultOf('aoe', 'a', [round(0)]).cpuSecondsPerGB, null);
});

test('iSCSI is charged what TCP sent again, AoE what its initiator did', t => {
	const seen = {tcp: {retransmits: 7, needless: 4}};
	const session = {counters: {...counters, retransmits: 3, late: 1, duplicates: 2}};
	t.like(resultOf('iscsi', 'a', [round(1, session, seen)]), {retransmits: 7, needlessRetransmits: 4});
	t.like(resultOf('aoe', 'a', [round(1, session, seen)]), {retransmits: 3, needlessRetransmits: 2});
	t.like(resultOf('iscsi', 'a', [round(1, session)]), {retransmits: 3});
});

test('a winner is clear only when no other round reached its slowest', t => {
	const of = (address: string, ...iops: number[]) =>
		resultOf(
			'aoe',
			address,
			iops.map(n => round(n)),
		);
	t.deepEqual(workloadResult(workload, [of('a', 100, 110), of('b', 200, 220)]).winner, {protocol: 'aoe', address: 'b', by: 2, clear: true});
	t.is(workloadResult(workload, [of('a', 100, 210), of('b', 200, 220)]).winner?.clear, false);
	t.is(workloadResult(workload, [of('a', 100)]).winner, null);
	t.is(workloadResult(workload, [of('a', 0), of('b', 0)]).winner, null);
});

test('nothing in a result is NaN, infinite or negative, whatever the rounds were', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.nat(1e6), fc.float({min: 0, max: 10, noNaN: true})), {minLength: 1, maxLength: 5}), rounds => {
			const result = resultOf(
				'aoe',
				'a',
				rounds.map(([operations, seconds]) => round(operations, {seconds, latencyUs: null, ringDropped: -1})),
			);
			const check = (value: unknown): void => {
				if (typeof value === 'number') t.true(Number.isFinite(value) && value >= 0);
				else if (value && typeof value === 'object') Object.values(value).forEach(check);
			};
			check(workloadResult(workload, [result, {...result, address: 'b'}]));
		}),
	);
});

test('the table fits 80 columns and uses 200', t => {
	const results = workloads.map(workload =>
		workloadResult(workload, [
			resultOf('aoe', 'aoe:eth0/1.1', [round(123_456), round(133_456)]),
			resultOf('iscsi', 'iscsi://10.77.0.1:3260/iqn.2026-11.io.netstress:race/0', [round(99_999), round(98_999)]),
		]),
	);
	const lines = (width: number) => showRace(results, width).split('\n');
	const table = (width: number) => lines(width).slice(0, 1 + 2 * workloads.length);
	for (const line of lines(80)) t.true(line.length <= 80, `${line.length}: ${line}`);
	t.true(table(200).some(line => line.length > 130));
	t.true(table(200).every(line => line.length <= 200));
	for (const line of lines(80)) t.is(line, line.trimEnd());
	t.regex(lines(80).join('\n'), /read-4k-d1: aoe wins, 1\.29 times the IOPS of iscsi/);
	t.regex(lines(80).join('\n'), /Wins: aoe 6 of 6 workloads/);
});

test('two addresses of one protocol are told apart by their address', t => {
	const results = [workloadResult(workload, [resultOf('aoe', 'aoe:eth0/1.1', [round(1)]), resultOf('aoe', 'aoe:eth0/2.1', [round(2)])])];
	t.regex(showRace(results, 80), /aoe:eth0\/2\.1 wins, 2\.00 times the IOPS of aoe:eth0\/1\.1/);
});
