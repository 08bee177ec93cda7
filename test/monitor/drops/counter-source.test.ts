import test from 'ava';
import {counterDrops} from '../../../src/monitor/drops/counter-source.js';
import type {Snapshot} from '../../../src/monitor/snapshot.js';

test('counters become drops of their place; signs do not', t => {
	const snapshot = (rx: number, squeezed: number): Snapshot => ({
		atSeconds: 0,
		interfaces: new Map([
			[
				'eth0',
				{
					sent: 0,
					received: 0,
					sentBytes: 0,
					receivedBytes: 0,
					driver: 'veth',
					index: 9,
					counters: [{place: 'nic-ring', name: 'rx_missed_errors', source: 'rtnl', scope: {iface: 'eth0'}, value: rx}],
				},
			],
		]),
		cpus: [],
		counters: [{place: 'squeezed', name: 'time_squeeze', source: 'softnet', scope: {cpu: 0}, value: squeezed, sign: true}],
	});
	const [only, ...others] = counterDrops(snapshot(15, 9), snapshot(5, 1), 100);
	t.deepEqual(others, []);
	t.like(only, {reason: 'rtnl:rx_missed_errors', place: 'nic-ring', kind: 'loss', iface: 'eth0', ifindex: 9, netns: 100, count: 10});
});
