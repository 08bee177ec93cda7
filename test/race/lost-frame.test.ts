// Single lost frames against a wire that is made up: every sample's frame is known, and what must not count does not.
import test from 'ava';
import type {Dropper, End} from '../../src/race/dropper.js';
import {frameNumber, loseFrames, lostPlaces} from '../../src/race/lost-frame.js';
import type {Contestant} from '../../src/race/race.js';
import type {Runner} from '../../src/race/runner.js';
import {showLostFrames} from '../../src/race/show-loss.js';

const counters = {commands: 1, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
const silent = new AbortController().signal;

interface Wire {
	/** Frames of a request that each end sends. */
	readonly frames?: number;
	readonly costUs?: number;
	/** The request with a loss fails. */
	readonly fails?: boolean;
	/** The frame is never lost. */
	readonly escapes?: boolean;
	readonly local?: boolean;
	/** Nothing is sent again for a lost frame. */
	readonly unmissed?: boolean;
	/** Loss-free requests differ by this, microseconds. */
	readonly scatterUs?: number;
}

function scene({frames = 4, costUs = 20_000, fails = false, escapes = false, local = false, unmissed = false, scatterUs = 10}: Wire, protocol = 'aoe') {
	const sent = {target: 0, initiator: 0};
	const armed: [End, number][] = [];
	let at: {from: End; number: number} | undefined;
	let dropped = 0;
	let requests = 0;
	const dropper: Dropper = {
		lose: async () => {
			at = undefined;
		},
		arm: async (from, first) => {
			armed.push([from, first]);
			at = {from, number: sent[from] + first};
		},
		counts: async () => ({sent: {...sent}, dropped}),
	};
	const runner = {
		address: `${protocol}:x`,
		protocol,
		async probe() {
			requests++;
			const hit = at !== undefined && !escapes && at.number >= sent[at.from] && at.number < sent[at.from] + frames;
			sent.target += frames;
			sent.initiator += frames;
			if (hit) {
				dropped++;
				at = undefined;
			}
			return {
				latencyUs: 100 + (requests % 2) * scatterUs + (hit ? costUs : 0),
				error: hit && fails ? 'no answer' : null,
				counters: {...counters, retransmits: hit && !unmissed ? 1 : 0},
			};
		},
		verify: async () => ({verified: 1, wrong: 0, firstError: undefined, flushed: true}),
	} as unknown as Runner;
	const surroundings = {interfaces: local ? [] : [{where: 'here', iface: 'lo', pid: 'self' as const}], cable: false, tcp: [], targetPids: []};
	const contestant: Contestant = {runner, surroundings};
	return {dropper, contestant, armed, measure: () => loseFrames([contestant], {dropper, span: 2 ** 20, seed: 1, signal: silent})};
}

test('a frame is the first, the last, or the middle one of those that an end sends', t => {
	t.deepEqual([frameNumber('first', 9), frameNumber('last', 9), frameNumber('middle', 9), frameNumber('last', 0)], [0, 8, 4, 0]);
});

test('each place arms its own frame, and the cost is what is above the loss-free median', async t => {
	const {measure, armed} = scene({});
	const found = await measure();
	t.deepEqual(
		found.map(({place, frame, frames, samples, errors}) => [place, frame, frames, samples, errors]),
		lostPlaces.map(({place, which}) => [place, frameNumber(which, 4), 4, 5, 0]),
	);
	for (const {costMs, clear, retransmits, discarded} of found) {
		t.true(costMs !== null && Math.abs(costMs.median - 20) < 0.02);
		t.true(clear);
		t.deepEqual([retransmits, discarded], [5, 0]);
	}
	t.deepEqual([...new Set(armed.map(([from, first]) => `${from} ${first}`))], ['initiator 0', 'target 3', 'target 2', 'initiator 2']);
});

test('a frame that was not lost does not count, and then there is no figure', async t => {
	const [first] = await scene({escapes: true}).measure();
	t.is(first?.costMs, null);
	t.is(first?.samples, 0);
	t.true((first?.discarded ?? 0) > 0);
	t.regex(first?.why ?? '', /was not/);
});

test('under TCP a lost frame that nobody missed, an acknowledgement, does not count; elsewhere every frame does', async t => {
	const [tcp] = await scene({unmissed: true}, 'iscsi').measure();
	t.deepEqual([tcp?.samples, tcp?.costMs], [0, null]);
	t.true((tcp?.discarded ?? 0) > 0);
	t.is((await scene({unmissed: true}, 'aoe').measure())[0]?.samples, 5);
});

test('a request that fails is an error with its words, not a cost', async t => {
	const [first] = await scene({fails: true}).measure();
	t.is(first?.costMs, null);
	t.true((first?.errors ?? 0) > 0);
	t.is(first?.why, 'no answer');
});

test('what does not stand out from the loss-free requests is marked', async t => {
	const found = await scene({costUs: 0, scatterUs: 100}).measure();
	t.true(found.every(({clear}) => !clear));
	t.regex(showLostFrames(found, 100), /~-?[\d.]+ ms [\s\S]*~ no more than what requests without a loss differ by/);
});

test('what goes over no link is not measured', async t => {
	t.deepEqual(await scene({local: true}).measure(), []);
});

test('every protocol has a column, every place a row', async t => {
	const found = [...(await scene({}).measure()), ...(await scene({costUs: 200_000}, 'fcoe').measure())];
	const lines = showLostFrames(found, 120).split('\n');
	t.regex(lines[2] ?? '', /the frame that is lost +aoe +fcoe/);
	t.regex(lines[3] ?? '', /the request of a 4 KiB read +20\.0 ms .*200 ms/);
	t.is(lines.filter(line => / ms \(/.test(line)).length, lostPlaces.length);
});

test('where the ranges have no room, the medians stand alone', async t => {
	const found = [...(await scene({}).measure()), ...(await scene({costUs: 200_000}, 'fcoe').measure())];
	const text = showLostFrames(found, 50);
	t.regex(text, /the request of a 4 KiB read +20\.0 ms +200 ms\n/);
	t.true(text.split('\n').filter(line => / ms/.test(line) && line.length <= 50).length >= lostPlaces.length);
});
