import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {statSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import {Station} from '../../../src/monitor/ledger/station.js';
import type {Snapshot} from '../../../src/monitor/snapshot.js';
import {link, made, snapshot} from '../made.js';

/** Reads these snapshots, one after the other. */
const reader = (...readings: Snapshot[]) => {
	let next = 0;
	return () => readings[Math.min(next++, readings.length - 1)] as Snapshot;
};
const onLo = (name: string, value: number) => made(name, value, {scope: {iface: 'lo'}});

test('what moved between the two readings', async t => {
	const udp = (value: number) => made('UdpInErrors', value, {place: 'socket', source: 'snmp', scope: {}});
	const before = snapshot(1, {lo: link([onLo('rx_missed_errors', 5), onLo('rx_dropped', 3)], {sent: 100, received: 70, driver: 'veth'})}, {counters: [udp(4)]});
	const after = snapshot(2, {lo: link([onLo('rx_missed_errors', 12), onLo('rx_dropped', 3)], {sent: 160, received: 90, driver: 'veth'})}, {counters: [udp(6)]});
	const {sent, received, moved, driver} = await new Station('lo', reader(before, after)).moved();
	t.deepEqual([sent, received, driver], [60, 20, 'veth']);
	t.deepEqual(
		moved.map(({name, value}) => [name, value]),
		[
			['rx_missed_errors', 7],
			['UdpInErrors', 2],
		],
	);
});

test('a driver that counts late is waited for: its last losses are in', async t => {
	// ixgbe asks its card once in two seconds (drivers/intel.ts); these readings come half a second apart
	const reading = (missed: number) => snapshot(missed, {lo: link([onLo('rx_missed_errors', missed)], {driver: 'ixgbe'})});
	const {moved} = await new Station('lo', reader(reading(0), reading(0), reading(0), reading(9))).moved();
	t.is(moved[0]?.value, 9);
});

test('an interface that went away has taken its counters with it', async t => {
	const before = snapshot(1, {lo: link([onLo('rx_missed_errors', 5)], {sent: 10, received: 10, driver: 'veth'})});
	t.deepEqual(await new Station('lo', reader(before, snapshot(2, {}))).moved(), {sent: 0, received: 0, moved: [], driver: 'veth'});
});

test('an end is where this thread is', t => {
	const {end} = new Station('lo', reader(snapshot(0, {})));
	t.deepEqual([end.iface, end.ifindex], ['lo', 1]);
	t.is(end.netns, statSync('/proc/thread-self/ns/net').ino);
	t.throws(() => new Station('nosuch0'), {code: 'ERR_USAGE', message: /no interface nosuch0/});
});

test('the kernel’s own counters move: datagrams to a closed port', async t => {
	const socket = createSocket('udp4').bind(0, '127.0.0.1');
	await once(socket, 'listening');
	const {port} = socket.address() as AddressInfo;
	await new Promise<void>(resolve => socket.close(() => resolve()));
	const station = new Station('lo');
	const sender = createSocket('udp4');
	for (let i = 0; i < 7; i++) await new Promise<void>((resolve, reject) => sender.send('x', port, '127.0.0.1', error => (error ? reject(error) : resolve())));
	sender.close();
	const {moved, received} = await station.moved();
	t.true(received >= 7);
	t.true((moved.find(({name}) => name === 'UdpNoPorts')?.value ?? 0) >= 7, JSON.stringify(moved));
});
