// Snapshots made by hand.
import type {Counter} from '../../src/monitor/counter.js';
import type {InterfaceSnapshot, Snapshot} from '../../src/monitor/snapshot.js';

export const made = (name: string, value: number, more: Partial<Counter> = {}): Counter => ({
	place: 'nic-ring',
	name,
	source: 'rtnl',
	scope: {iface: 'eth0'},
	value,
	...more,
});

export const link = (counters: readonly Counter[], more: Partial<InterfaceSnapshot> = {}): InterfaceSnapshot => ({
	sent: 0,
	received: 0,
	sentBytes: 0,
	receivedBytes: 0,
	driver: 'veth',
	index: 2,
	counters,
	...more,
});

export const snapshot = (atSeconds: number, interfaces: Readonly<Record<string, InterfaceSnapshot>>, more: Partial<Snapshot> = {}): Snapshot => ({
	atSeconds,
	interfaces: new Map(Object.entries(interfaces)),
	cpus: [],
	counters: [],
	...more,
});
