import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {Drop} from '../../src/monitor/drops/drop.js';
import {families, metricFamilies} from '../../src/monitor/metrics.js';
import {Tally} from '../../src/monitor/tally.js';
import {link, made, snapshot} from './made.js';

const dashboard = JSON.parse(readFileSync(fileURLToPath(new URL('../../../docs/grafana/netstress.json', import.meta.url)), 'utf8')) as {
	panels: {title: string; targets: {expr: string; legendFormat: string}[]}[];
	templating: {list: {query?: string | {query: string}}[]};
};

const drop: Drop = {
	reason: 'SOCKET_RCVBUFF',
	symbol: 'packet_rcv',
	protocol: 0x88a2,
	protocolName: 'aoe',
	iface: 'eth0',
	ifindex: 2,
	netns: 1,
	namespace: 'self',
	place: 'socket',
	kind: 'loss',
	count: 5,
};
const info = {version: '1.2.3', readSeconds: 0.001, drops: [drop, {...drop, ifindex: 3, count: 2}]};
const values = (tally: Tally, peak: Map<string, number>, name: string) =>
	metricFamilies(tally, peak, info)
		.find(family => family.name === name)
		?.samples.map(({labels, value}) => [Object.values(labels).join(' ').trim(), value]);

test('the dashboard names only metrics and labels that exist, and every metric is on it', t => {
	const queries = [
		...dashboard.panels.flatMap(({targets}) => targets.map(({expr}) => expr)),
		...dashboard.templating.list.map(({query}) => (typeof query === 'string' ? query : (query?.query ?? ''))),
	].join('\n');
	const legends = dashboard.panels.flatMap(({targets}) => targets.map(({legendFormat}) => legendFormat)).join(' ');
	const named = new Set(queries.match(/netstress_\w+/g));
	t.deepEqual([...named].sort(), Object.keys(families).sort());
	const tally = new Tally(snapshot(0, {eth0: link([made('a', 0)])}, {cpus: [{cpu: 0, processed: 1, dropped: 0, squeezed: 0, backlogLength: 0}]}));
	const known = new Set(['instance', ...metricFamilies(tally, new Map(), info).flatMap(({samples}) => samples.flatMap(({labels}) => Object.keys(labels)))]);
	const used = new Set([...queries.matchAll(/(\w+)(?:=~|!=|=)"/g), ...legends.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1] as string));
	t.deepEqual(
		[...used].filter(label => !known.has(label)),
		[],
	);
	t.true(used.size > 5);
});

test('a loss is exported once, from zero on, and never goes back', t => {
	const part = (value: number) => made('queue', value, {source: 'ethtool', alsoIn: ['rtnl:whole']});
	const at = (seconds: number, whole: number, queue: number) => snapshot(seconds, {eth0: link([made('whole', whole, {place: 'driver-rx'}), part(queue)])});
	const tally = new Tally(at(0, 100, 90));
	const peak = new Map<string, number>();
	const lost = () => values(tally, peak, 'netstress_lost_frames_total');
	t.deepEqual(lost(), [
		['driver-rx loss eth0', 0],
		['nic-ring loss eth0', 0],
	]);
	tally.add(at(1, 105, 93));
	t.deepEqual(lost(), [
		['driver-rx loss eth0', 2],
		['nic-ring loss eth0', 3],
	]);
	// the part was read a moment later than the whole: the whole's own part would fall to 1
	tally.add(at(2, 105, 94));
	t.deepEqual(lost(), [
		['driver-rx loss eth0', 2],
		['nic-ring loss eth0', 4],
	]);
	t.deepEqual(values(tally, peak, 'netstress_counted_total'), [
		['driver-rx loss rtnl whole eth0', 105],
		['nic-ring loss ethtool queue eth0', 94],
	]);
});

test('a connection has no series of its own', t => {
	const connection = made('tcp drops', 3, {source: 'sock_diag', place: 'tcp', scope: {inode: 9, bound: '10.0.0.1:54321'}});
	t.deepEqual(values(new Tally(snapshot(0, {}, {counters: [connection]})), new Map(), 'netstress_counted_total'), []);
});

test('drop reasons: equal labels are one series', t => {
	t.deepEqual(values(new Tally(snapshot(0, {})), new Map(), 'netstress_kernel_drops_total'), [['SOCKET_RCVBUFF packet_rcv aoe eth0 self socket loss', 7]]);
});

test('sockets that are bound alike are one series', t => {
	const socket = (inode: number, value: number) => made('udp drops', value, {source: 'procfs', place: 'socket', scope: {inode, bound: '0.0.0.0:53'}});
	const tally = new Tally(snapshot(0, {}, {counters: [socket(1, 5), socket(2, 7)]}));
	t.deepEqual(values(tally, new Map(), 'netstress_counted_total'), [['socket loss procfs udp drops   0.0.0.0:53', 12]]);
});
