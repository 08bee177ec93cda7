import test from 'ava';
import fc from 'fast-check';
import {dropsSince, type End, reasonsOf} from '../../../src/monitor/ledger/reasons.js';
import type {Place} from '../../../src/monitor/place.js';
import {holds} from '../../property.js';
import {drop} from '../drops/make.js';

const stamp = 0x88b5;
const from: End = {iface: 'a', ifindex: 2, netns: 100};
const to: End = {iface: 'b', ifindex: 3, netns: 200};
const seen = (fields: Parameters<typeof drop>[0], one: End | undefined = from, other: End | undefined = to) =>
	reasonsOf([drop({protocol: stamp, count: 4, ...fields})], new Set([stamp]), one, other).map(({side, iface, count}) => [side, iface, count]);

test('what came since the last look, by reason, function, protocol, interface and namespace', t => {
	const before = [drop({count: 5}), drop({count: 2, netns: 7}), drop({count: 9, symbol: 'gone'})];
	const after = [drop({count: 8}), drop({count: 2, netns: 7}), drop({count: 1, protocol: 0x86dd}), drop({count: 4, ifindex: 9})];
	t.deepEqual(
		dropsSince(after, before).map(({count, protocol, ifindex}) => [count, protocol, ifindex]),
		[
			[3, 0x800, 2], // 8 - 5
			[1, 0x86dd, 2], // new
			[4, 0x800, 9], // new
		],
	);
	t.deepEqual(dropsSince([drop({count: 1})], [drop({count: 3})]), [], 'a source that began again has nothing to subtract from: never below zero');
});

test('a drop is at the end whose namespace and interface it has; elsewhere it is nobody’s', t => {
	t.deepEqual(seen({netns: 100, ifindex: 2, iface: 'a', place: 'backlog'}), [['from', 'a', 4]]);
	t.deepEqual(seen({netns: 200, ifindex: 3, iface: 'b', place: 'qdisc'}), [['to', 'b', 4]]);
	t.deepEqual(seen({netns: 200, ifindex: 2}), [], 'the right number in the wrong namespace');
	t.deepEqual(seen({netns: 300, ifindex: 3}), []);
	t.deepEqual(seen({netns: 100, ifindex: 2, protocol: 0x800}), [], 'another protocol');
});

test('a source that knows no namespace goes by the interface’s number, one that knows neither by the place', t => {
	t.deepEqual(seen({netns: 0, ifindex: 2, iface: '', place: 'filter'}), [['from', 'a', 4]]);
	t.deepEqual(seen({netns: 0, ifindex: 3, iface: 'b', place: 'filter'}), [['to', 'b', 4]]);
	for (const place of ['refused', 'tx-ring', 'qdisc', 'driver-tx'] as const) t.deepEqual(seen({netns: 0, ifindex: 0, iface: '', place}), [['from', 'a', 4]]);
	for (const place of ['backlog', 'unhandled', 'unknown'] as const) t.deepEqual(seen({netns: 0, ifindex: 0, iface: '', place}), [['to', 'b', 4]]);
	t.deepEqual(seen({netns: 200, ifindex: 0, iface: '', place: 'qdisc'}), [['to', 'b', 4]], 'the namespace alone');
	const twins = {...to, ifindex: 2, netns: 100};
	t.deepEqual(seen({netns: 100, ifindex: 2, place: 'qdisc'}, from, twins), [['from', 'eth0', 4]], 'both ends are meant: the place decides');
	t.deepEqual(seen({netns: 100, ifindex: 2, place: 'backlog'}, from, twins), [['to', 'eth0', 4]]);
});

test('two halves of a run, each with its own monitor: a drop of no known interface is one half’s alone', t => {
	holds(
		t,
		fc.property(fc.constantFrom('qdisc', 'driver-tx', 'backlog', 'unhandled', 'filter', 'unknown'), place => {
			const nowhere = {netns: 0, ifindex: 0, iface: '', place} as const;
			const halves = [
				...reasonsOf([drop({protocol: stamp, ...nowhere})], new Set([stamp]), from, undefined, true),
				...reasonsOf([drop({protocol: stamp, ...nowhere})], new Set([stamp]), undefined, to, true),
			];
			t.deepEqual(halves, reasonsOf([drop({protocol: stamp, ...nowhere})], new Set([stamp]), from, to));
		}),
	);
});

test('one end alone of a talk both ways has what no interface is known of', t => {
	const nowhere = {netns: 0, ifindex: 0, iface: ''} as const;
	const sideOf = (place: Place, ...ends: [End | undefined, End | undefined]) =>
		reasonsOf([drop({protocol: stamp, ...nowhere, place})], new Set([stamp]), ...ends).map(({side, iface}) => [side, iface]);
	t.deepEqual(sideOf('backlog', from, undefined), [['from', 'a']]);
	t.deepEqual(sideOf('qdisc', undefined, to), [['to', 'b']]);
});

test('an end of all interfaces of a namespace', t => {
	t.deepEqual(seen({netns: 100, ifindex: 77}, {...from, ifindex: undefined}, to), [['from', 'eth0', 4]]);
	t.deepEqual(seen({netns: 300, ifindex: 77}, {...from, ifindex: undefined}, to), []);
});

test('one end alone takes what is its own', t => {
	t.deepEqual(
		reasonsOf([drop({protocol: stamp, netns: 100, ifindex: 2}), drop({protocol: stamp, netns: 200, ifindex: 3})], new Set([stamp]), undefined, to).map(
			({side}) => side,
		),
		['to'],
	);
	t.deepEqual(reasonsOf([drop({protocol: stamp})], new Set([stamp]), undefined, undefined), []);
});
