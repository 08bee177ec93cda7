// Samples made by hand, and a run of them.
import type {Drop} from '../../src/monitor/drops/drop.js';
import {Run} from '../../src/top/model.js';
import type {Sample} from '../../src/top/sample.js';
import {asciiMarks, unicodeMarks} from '../../src/top/text.js';
import {newView, type View} from '../../src/top/view.js';
import {link, made, snapshot} from '../monitor/made.js';

const targetPorts = [
	{port: 'aoe:eth0', initiators: null, commandsPerSecond: 117_000, readPerSecond: 477e6, writtenPerSecond: 0, failed: 0, errors: 0, lost: 3},
	{port: 'iscsi:[fd77::1]:3260', initiators: 2, commandsPerSecond: 12, readPerSecond: 0, writtenPerSecond: 98_304, failed: 1, errors: 1, lost: 0},
];

export const drop = (more: Partial<Drop> = {}): Drop => ({
	reason: 'SOCKET_RCVBUFF',
	symbol: 'udp_queue_rcv_one_skb',
	protocol: 0x0800,
	protocolName: 'IPv4',
	iface: 'eth0',
	ifindex: 2,
	netns: 1,
	namespace: 'self',
	place: 'socket',
	kind: 'loss',
	count: 10,
	...more,
});

const cpu = (processed: number, dropped: number) => ({cpu: 0, processed, dropped, squeezed: 0, receivedRps: 0, flowLimit: 0, backlogLength: 0});

/** Second `at` of a host whose card, rule and unread socket lose, and where somebody sends what nobody takes. */
export function sample(at: number, more: Partial<Sample> = {}): Sample {
	const counters = [
		made('rx_missed_errors', 100 * at),
		made('rx_dropped', 7 * at, {place: 'unhandled'}),
		made('rx_queue_0_xdp_drops', 3 * at, {place: 'xdp', source: 'ethtool'}),
	];
	return {
		time: new Date(Date.UTC(2026, 0, 2, 12, 0, at)).toISOString(),
		snapshot: snapshot(
			at,
			{
				eth0: link(counters, {received: 1000 * at, sent: 50 * at, receivedBytes: 100_000 * at, sentBytes: 5000 * at}),
				lo: link([], {index: 1, driver: 'loopback'}),
			},
			{
				cpus: [cpu(1000 * at, 0)],
				counters: [
					made('udp drops', 20 * at, {place: 'socket', source: 'procfs', scope: {inode: 7, bound: '0.0.0.0:53', program: 'named[12]'}}),
					made('time_squeeze', at, {place: 'squeezed', source: 'softnet', scope: {cpu: 0}, sign: true}),
				],
			},
		),
		drops: {
			source: 'bpf',
			lostEvents: 0,
			elsewhere: 0,
			passedOver: [],
			drops:
				at === 0
					? []
					: [drop({count: 20}), drop({reason: 'UNHANDLED_PROTO', symbol: '__netif_receive_skb_core', place: 'unhandled', kind: 'harmless', count: 7})],
		},
		storage: {
			ifaces: ['eth0'],
			dropped: 0,
			why: '',
			protocols: [
				{protocol: 'aoe', answered: 500, readBytes: 512_000, writtenBytes: 0, again: 1, waiting: 2, latencyUs: {p50: 90, p99: 400, max: 1200}, timed: 500},
			],
		},
		targets: [{pid: 4711, words: 'disk.img --aoe eth0:1.1', cpuShare: 0.25, residentBytes: 64 << 20, threads: 9, ports: targetPorts}],
		...more,
	};
}

export function runOf(samples: Iterable<Sample>): Run {
	const run = new Run();
	for (const one of samples) run.add(one);
	return run;
}

/** Seconds 0 to `last` of `sample`. */
export const seconds = (last: number): Sample[] => Array.from({length: last + 1}, (_, at) => sample(at));

export const view = (more: Partial<View> = {}, ascii = false): View => ({
	...newView({host: 'host', recording: undefined, replay: undefined, marks: ascii ? asciiMarks : unicodeMarks, intervalSeconds: 1, iface: undefined}),
	...more,
});
