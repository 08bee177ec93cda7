// The report of netstress rfc2544: tables that fit the terminal, a page that stands alone, curves that show what was measured.
import test from 'ava';
import type {SizeResult} from '../../src/inject/method/measure.js';
import {rfc2544Page, rfc2544Text} from '../../tools/rfc2544-report.js';

const line = (size: number) => 1e9 / 8 / (size + 24);
const sizes = [60, 124, 252, 508, 1020, 1276, 1514, 9014];
/** A device of 60,000 frames a second on a gigabit line, measured by a tester of 1.2 million. */
const results: SizeResult[] = sizes.map(size => {
	const [linePps, senderPps] = [line(size), 1_200_000];
	const topPps = Math.min(linePps, senderPps);
	const pps = Math.min(60_000, topPps);
	const bound = pps < topPps;
	return {
		size,
		tester: {
			senderPps,
			testerLost: 0,
			linePps,
			mostPps: undefined,
			alonePps: size === 60 ? 4_000_000 : undefined,
			topPps,
			ceiling: size === 60 ? 'held-back' : 'line',
		},
		throughput: {pps, limit: bound ? 'device' : 'line', failedPps: bound ? pps * 1.01 : null, trials: 9},
		loss: [1, 0.9, 0.8].map(share => {
			const [offeredPps, sent] = [topPps * share, Math.round(topPps * share)];
			const lost = Math.max(0, sent - 60_000);
			return {
				share,
				pps: offeredPps,
				offeredPps,
				sent,
				received: sent - lost,
				lost,
				testerLost: 0,
				lossShare: lost / sent,
				verdict: lost > 0 ? 'device' : 'passed',
			};
		}),
		backToBack: {
			frames: 843,
			min: 840,
			max: 845,
			standardDeviation: 2,
			bursts: [840, 845],
			limit: 'device',
			topPps,
			impliedSeconds: 0.02,
			correctedSeconds: 0.01,
			correctedFrames: 507,
			trials: 20,
		},
		latency: {pps, latencyNs: {min: 2000, p50: 5000 + size, p90: 9000, p99: 20_000 + size, max: 3_000_000}, jitterNs: 300, lost: 0, sent: 9, trials: 1},
	};
});

for (const width of [80, 200]) {
	test(`tables of ${width} columns: no line is longer, and what matters is there`, t => {
		const text = rfc2544Text(results, width);
		for (const row of text.split('\n')) t.true(row.length <= width, `${row.length}: ${row}`);
		for (const word of ['throughput', 'bounded by', '1514 (1518 with FCS)', '60 k/s', 'Frame loss rate', 'longest burst', '507 frames'])
			t.true(text.includes(word), word);
		t.is(text.includes('alone'), width === 200);
		t.is(text.includes('jitter'), width === 200);
	});
}

test('the page has the curves: throughput beside the line, latency, and a loss curve for every size, six in a chart at most', t => {
	const page = rfc2544Page(results, [['sender', 'eth1 & "co"']], false);
	const charts = page.split('<svg').slice(1);
	t.is(charts.length, 2 + 2);
	t.deepEqual(
		charts.map(chart => /aria-label="([^"]*)"/.exec(chart)?.[1]),
		['Throughput by frame size', 'Latency at the throughput, by frame size', 'Frame loss rate', 'Frame loss rate'],
	);
	const [throughput, latency, ...losses] = charts as [string, string, string, string];
	for (const name of ['throughput', 'line rate', 'what the tester reached']) t.true(throughput.includes(`>${name}<`), name);
	t.true(throughput.includes('<title>throughput: 60 k/s of 64 bytes; 60.6 k/s lost frames</title>'));
	t.true(throughput.includes('<title>line rate: 1.49 M/s of 64 bytes</title>'));
	t.true(latency.includes('<title>median: 5.06 us of 64 bytes</title>'));
	for (const size of sizes) t.is(losses.filter(chart => chart.includes(`>${size + 4} bytes<`)).length, 1, `${size}`);
	t.true(losses[0]?.includes('95 % lost at 1.20 M/s'));
	t.true(page.includes('eth1 &amp; &quot;co&quot;'));
	t.true(page.includes('held back: alone the tester is faster'));
	t.notRegex(page, /NaN|undefined|Infinity|<script|https?:\/\/(?!www\.w3\.org)/);
});

test('a page of a run that was interrupted before it had measured anything', t => {
	for (const some of [[], [{size: 60}]]) {
		const page = rfc2544Page(some, [], true);
		t.true(page.includes('Interrupted'));
		t.notRegex(page, /NaN|undefined|Infinity|<svg/);
	}
	t.notRegex(
		rfc2544Page([{size: 60, throughput: {pps: null, limit: 'device', failedPps: 9, trials: 3}, loss: [], latency: null}], [], false),
		/NaN|undefined|Infinity/,
	);
});
