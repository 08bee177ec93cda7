import test from 'ava';
import fc from 'fast-check';
import {apart, type Counter, counterKey, kindOf, movement, step} from '../../src/monitor/counter.js';
import {holds} from '../property.js';

const counter = (name: string, value: number, more: Partial<Counter> = {}): Counter => ({
	place: 'driver-rx',
	name,
	source: 'ethtool',
	scope: {iface: 'eth0'},
	value,
	...more,
});
const values = (counters: readonly Counter[]) => Object.fromEntries(counters.map(({name, value}) => [name, value]));

test('a step forward is the difference; over the width it is a wrap', t => {
	t.deepEqual(step(7, 5), {value: 2});
	t.deepEqual(step(3, 2 ** 32 - 2, 32), {value: 5, wrapped: true});
	t.deepEqual(step(10, 65_530, 16), {value: 16, wrapped: true});
	t.deepEqual(step(20, 30, 16), {value: 65_526, wrapped: true}, '16 bits always wrap: r8169 counts modulo 65536');
});

test('a step backward is a reset: what stands there came since; a little back is nothing', t => {
	t.deepEqual(step(5, 1000), {value: 5, reset: true});
	t.deepEqual(step(0, 1000, 32), {value: 0, reset: true}, 'far from the width, 32 bits do not wrap');
	t.deepEqual(step(998, 1000), {value: 0, reset: true});
});

test('no step is negative, and a wrap gives back what was added', t => {
	holds(
		t,
		fc.property(fc.nat(), fc.nat(), fc.constantFrom(16, 32, undefined), (after, before, bits) => {
			t.true(step(after, before, bits as 16 | 32 | undefined).value >= 0);
		}),
	);
	holds(
		t,
		fc.property(fc.nat(2 ** 31 - 1), fc.integer({min: 0, max: 2 ** 32 - 1}), (added, before) => {
			t.is(step((before + added) % 2 ** 32, before, 32).value, added);
		}),
	);
});

test('what moved: new counters count from zero, those that stood still are left out', t => {
	const before = [counter('a', 5), counter('b', 5), counter('c', 9)];
	const after = [counter('a', 5), counter('b', 8), counter('c', 1), counter('new', 2)];
	t.deepEqual(
		movement(after, before).map(({name, value, total, reset}) => [name, value, total, reset]),
		[
			['b', 3, 8, undefined],
			['c', 1, 1, true],
			['new', 2, 2, undefined],
		],
	);
});

test('keys tell scopes and sources apart', t => {
	const keys = [{iface: 'eth0'}, {iface: 'eth1'}, {cpu: 0}, {cpu: 1}, {inode: 5}, {}].flatMap(scope => [
		counterKey(counter('x', 0, {scope})),
		counterKey(counter('x', 0, {scope, source: 'rtnl'})),
	]);
	t.is(new Set(keys).size, keys.length);
});

test('a part is subtracted from its whole, once', t => {
	const rtnl = (name: string, value: number, more: Partial<Counter> = {}) => counter(name, value, {source: 'rtnl', ...more});
	t.deepEqual(values(apart([rtnl('rx_dropped', 7), counter('rx_queue_0_drops', 5, {alsoIn: ['rtnl:rx_dropped']})])), {rx_dropped: 2, rx_queue_0_drops: 5});
	// a part of a part: 3 of the 5 of the 7
	const chain = [rtnl('rx_dropped', 7), counter('sum', 5, {alsoIn: ['rtnl:rx_dropped']}), counter('queue', 3, {alsoIn: ['ethtool:sum', 'rtnl:rx_dropped']})];
	t.deepEqual(values(apart(chain)), {rx_dropped: 2, sum: 2, queue: 3});
	t.deepEqual(values(apart([...chain].reverse())), {rx_dropped: 2, sum: 2, queue: 3}, 'in any order');
	// the whole is not there: nothing to subtract from
	t.deepEqual(values(apart([counter('queue', 3, {alsoIn: ['ethtool:sum']})])), {queue: 3});
	// counted three times over
	const alx = [rtnl('rx_missed_errors', 4), rtnl('rx_fifo_errors', 4), counter('rx_ov_rxf', 4, {alsoIn: ['rtnl:rx_missed_errors', 'rtnl:rx_fifo_errors']})];
	t.deepEqual(values(apart(alx)), {rx_missed_errors: 0, rx_fifo_errors: 0, rx_ov_rxf: 4});
});

test('a part that only some of its wholes’ parts hold is subtracted from the whole all the same', t => {
	const sum = (overflows: number) => {
		const snmp = (name: string, value: number, alsoIn?: string[]) => counter(name, value, {source: 'snmp', scope: {}, ...(alsoIn ? {alsoIn} : {})});
		const socket = counter('listen', 17, {source: 'sock_diag', scope: {inode: 3}, alsoIn: ['snmp:drops', 'snmp:overflows']});
		return apart([socket, snmp('drops', 20), snmp('overflows', overflows, ['snmp:drops'])]).reduce((all, {value}) => all + value, 0);
	};
	for (const overflows of [0, 5, 17, 20]) t.is(sum(overflows), 20, `${overflows}`);
});

test('a CPU’s loss is one of some interface, and of the namespace’s veth that sent it', t => {
	const at = (iface: string, name: string, value: number, place: Counter['place']) => counter(name, value, {source: 'rtnl', scope: {iface}, place});
	const softnet = counter('dropped', 10, {source: 'softnet', scope: {cpu: 1}, place: 'backlog', alsoIn: ['*/rtnl:rx_dropped', '*ring-veth/rtnl:tx_dropped']});
	const rest = apart([
		softnet,
		at('eth0', 'rx_dropped', 4, 'unhandled'),
		at('eth1', 'rx_dropped', 9, 'unhandled'),
		at('eth0', 'tx_dropped', 10, 'driver-tx'),
		at('veth', 'tx_dropped', 12, 'ring-veth'),
	]);
	t.deepEqual(
		rest.map(({value}) => value),
		[10, 0, 3, 10, 2],
	);
});

test('a socket’s loss is found among the namespace’s protocols, a member’s with its bond', t => {
	const socket = counter('udp drops', 3, {source: 'procfs', scope: {inode: 9}, alsoIn: ['snmp:UdpRcvbufErrors', 'snmp:UdpInErrors']});
	const buffer = counter('UdpRcvbufErrors', 4, {source: 'snmp', scope: {}, alsoIn: ['snmp:UdpInErrors']});
	const errors = counter('UdpInErrors', 6, {source: 'snmp', scope: {}});
	t.deepEqual(values(apart([socket, buffer, errors])), {'udp drops': 3, UdpRcvbufErrors: 1, UdpInErrors: 2});
	const member = counter('rx_dropped', 3, {source: 'rtnl', alsoIn: ['bond0/rtnl:rx_dropped']});
	const bond = counter('rx_dropped', 5, {source: 'rtnl', scope: {iface: 'bond0'}});
	t.deepEqual(
		apart([member, bond]).map(({value}) => value),
		[3, 2],
	);
});

test('a socket of both families: its losses are in the counters of either, each once', t => {
	const snmp = (name: string, value: number, alsoIn?: string[]) => counter(name, value, {source: 'snmp', scope: {}, ...(alsoIn ? {alsoIn} : {})});
	const both = ['snmp:Udp6RcvbufErrors or snmp:UdpRcvbufErrors', 'snmp:Udp6InErrors or snmp:UdpInErrors'];
	const rest = apart([
		counter('udp6 drops', 15, {source: 'procfs', scope: {inode: 9}, alsoIn: both}), // 10 by IPv6, 5 by IPv4
		counter('udp drops', 3, {source: 'procfs', scope: {inode: 8}, alsoIn: ['snmp:UdpRcvbufErrors', 'snmp:UdpInErrors']}),
		snmp('Udp6RcvbufErrors', 10, ['snmp:Udp6InErrors']),
		snmp('Udp6InErrors', 10),
		snmp('UdpRcvbufErrors', 9, ['snmp:UdpInErrors']), // 5 + 3, and 1 of a socket that is closed by now
		snmp('UdpInErrors', 11), // 9, and 2 that a filter took
	]);
	t.deepEqual(values(rest), {'udp6 drops': 15, 'udp drops': 3, Udp6RcvbufErrors: 0, Udp6InErrors: 0, UdpRcvbufErrors: 1, UdpInErrors: 2});
	t.is(
		rest.reduce((sum, {value}) => sum + value, 0),
		21, // 10 + 11
	);
	const byIpv4 = apart([
		counter('udp6 drops', 7, {source: 'procfs', scope: {inode: 9}, alsoIn: both}),
		snmp('UdpRcvbufErrors', 7, ['snmp:UdpInErrors']),
		snmp('UdpInErrors', 7),
	]);
	t.deepEqual(values(byIpv4), {'udp6 drops': 7, UdpRcvbufErrors: 0, UdpInErrors: 0});
});

test('whatever contains whatever, even itself and in circles, no rest is negative or more than was counted', t => {
	const names = ['a', 'b', 'c', 'd'];
	const one = fc.record({
		name: fc.constantFrom(...names),
		value: fc.nat(100),
		alsoIn: fc.array(fc.constantFrom(...names.map(name => `ethtool:${name}`), '*/ethtool:a', 'ethtool:b or ethtool:c', 'x/y:z')),
	});
	holds(
		t,
		fc.property(fc.uniqueArray(one, {selector: ({name}) => name}), list => {
			const counters = list.map(({name, value, alsoIn}) => counter(name, value, {alsoIn}));
			apart(counters).forEach(({value}, i) => {
				t.true(value >= 0 && value <= (counters[i] as Counter).value);
			});
		}),
	);
});

test('a sign is none of the losses of its place', t => {
	t.is(kindOf(counter('rx_no_buffer_count', 1, {place: 'nic-ring', sign: true})), 'sign');
	t.is(kindOf(counter('rx_missed_errors', 1, {place: 'nic-ring'})), 'loss');
	const rest = apart([counter('stop', 5, {sign: true, alsoIn: ['ethtool:drops']}), counter('drops', 5)]);
	t.deepEqual(values(rest), {stop: 5, drops: 5}, 'a sign is part of no loss');
});
