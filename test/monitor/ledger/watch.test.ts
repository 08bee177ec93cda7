import test from 'ava';
import {NetstressError} from '../../../src/base/errors.js';
import type {Drop, SourceName} from '../../../src/monitor/drops/drop.js';
import {DropWatch, type WatchSources} from '../../../src/monitor/ledger/watch.js';
import {drop} from '../drops/make.js';

const stamp = 0x88b5;
const from = {iface: 'eth0', ifindex: 2, netns: 100};
const types = new Set([stamp]);

/** A kernel that drops what it is told to. */
function kernel(name: SourceName = 'bpf', total: 'counts' | 'refuses' = 'counts') {
	const state = {drops: [] as Drop[], total: 0, lost: 0, filter: '', closed: [] as string[]};
	const sources: WatchSources = {
		drops: () => ({
			passedOver: [],
			source: {name, cannotSee: ['the weather'], read: () => state.drops, lostEvents: () => state.lost, close: () => void state.closed.push('drops')},
		}),
		total(filter) {
			if (total === 'refuses') throw new NetstressError('ERR_PERMISSION', 'no tracefs');
			state.filter = filter;
			return {read: () => state.total, close: () => void state.closed.push('total')};
		},
	};
	return {state, sources};
}

test('what was dropped since the mark, at these ends, and what the monitor was not shown', t => {
	const {state, sources} = kernel();
	state.drops = [drop({protocol: stamp, count: 10})];
	state.total = 12;
	const watch = new DropWatch(types, true, sources);
	t.is(state.filter, `protocol == ${stamp}`);
	state.drops = [
		drop({protocol: stamp, count: 17}), // 7 more
		drop({protocol: stamp, count: 3, netns: 999}), // of the run's protocol, elsewhere
		drop({protocol: 0x800, count: 50}),
	];
	state.total = 27; // 15 more: 7 here, 3 elsewhere, 5 not shown
	state.lost = 2;
	const {reasons, unseen, monitor} = watch.since(from, undefined);
	t.deepEqual(
		reasons?.map(({side, count}) => [side, count]),
		[['from', 7]],
	);
	t.is(unseen, 5);
	t.deepEqual(monitor, {source: 'bpf', cannotSee: ['the weather'], lostEvents: 2});
	watch.mark();
	t.deepEqual(watch.since(from, undefined), {reasons: [], unseen: 0, monitor: {...monitor, lostEvents: 0}}, 'a new mark begins at nothing');
	watch.close();
	t.deepEqual(state.closed, ['drops', 'total']);
});

test('others drop while both counts are read: neither hides nor makes what was not shown', t => {
	// ten frames of the protocol are dropped elsewhere at each reading, and seen
	let clock = 0;
	const tick = () => 10 * ++clock;
	const sources: WatchSources = {
		drops: () => ({
			passedOver: [],
			source: {name: 'bpf', cannotSee: [], read: () => [drop({protocol: stamp, netns: 9, count: tick()})], lostEvents: () => 0, close: () => undefined},
		}),
		total: () => ({read: tick, close: () => undefined}),
	};
	const watch = new DropWatch(types, true, sources);
	t.is(watch.since(from, undefined).unseen, 0);
});

test('several protocols: one filter', t => {
	const {state, sources} = kernel();
	new DropWatch(new Set([0x800, 0x86dd]), true, sources).close();
	t.is(state.filter, 'protocol == 2048 || protocol == 34525');
});

test('a total that has counted less than the monitor hides nothing', t => {
	const {state, sources} = kernel();
	const watch = new DropWatch(types, true, sources);
	state.drops = [drop({protocol: stamp, count: 9})];
	state.total = 4;
	t.is(watch.since(from, undefined).unseen, 0);
});

test('without tracefs nothing is known to be unseen; a monitor that is tracefs itself needs no second count', t => {
	for (const {state, sources} of [kernel('bpf', 'refuses'), kernel('tracefs')]) {
		const watch = new DropWatch(types, true, sources);
		state.total = 1000;
		t.is(watch.since(from, undefined).unseen, 0);
		watch.close();
		t.deepEqual(state.closed, ['drops']);
	}
});

test('for an EtherType that others use too nothing is taken for unseen', t => {
	const {state, sources} = kernel();
	const watch = new DropWatch(types, false, sources);
	state.total = 1000;
	t.is(watch.since(from, undefined).unseen, 0);
	t.is(state.filter, '');
});

test('counters have no reasons', t => {
	const {state, sources} = kernel('counters');
	const watch = new DropWatch(types, true, sources);
	state.drops = [drop({protocol: 0, reason: 'rtnl:rx_dropped', count: 9})];
	const {reasons, monitor} = watch.since(from, undefined);
	t.is(reasons, undefined);
	t.is(monitor.source, 'counters');
});

test('no monitor at all is no failure, and says why; a failure is one', t => {
	const failing = (code: 'ERR_UNSUPPORTED' | 'ERR_PERMISSION' | 'ERR_IO'): WatchSources => ({
		drops() {
			throw new NetstressError(code, 'this kernel is asleep');
		},
		total: () => t.fail() as never,
	});
	for (const code of ['ERR_UNSUPPORTED', 'ERR_PERMISSION'] as const) {
		const watch = new DropWatch(types, true, failing(code));
		t.deepEqual(watch.since(from, undefined), {
			reasons: undefined,
			unseen: 0,
			monitor: {source: 'none', cannotSee: ['why frames are dropped: this kernel is asleep'], lostEvents: 0},
		});
		watch.close();
	}
	t.throws(() => new DropWatch(types, true, failing('ERR_IO')), {code: 'ERR_IO'});
});
