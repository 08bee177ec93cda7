import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import {apart, type Counter} from '../../../src/monitor/counter.js';
import {guess} from '../../../src/monitor/drivers/guess.js';
import {matches} from '../../../src/monitor/drivers/rule.js';
import {driverCounters, driverTable, rowOf} from '../../../src/monitor/drivers/table.js';
import {standardRules} from '../../../src/monitor/link.js';
import {queueRules} from '../../../src/monitor/queue.js';
import {holds} from '../../property.js';

const folder = fileURLToPath(new URL('../../../../fixtures/ethtool/', import.meta.url));
/** What `ethtool -S` of each driver names, queue 0 standing for all; `driver-version.txt` where a later kernel has other names. */
const fixtures = readdirSync(folder).map(file => ({
	driver: file.replace(/(-[\d.]+)?\.txt$/, ''),
	names: readFileSync(join(folder, file), 'utf8')
		.split('\n')
		.filter(name => name !== ''),
}));
const namesOf = (driver: string) => fixtures.filter(one => one.driver === driver).flatMap(({names}) => names);
const counters = (driver: string, values: Readonly<Record<string, number>>) => driverCounters('eth0', driver, new Map(Object.entries(values)));
const at = (driver: string, name: string): Counter | undefined => counters(driver, {[name]: 1})[0];

test('every driver has one row, and every row says which kernel files it was read from', t => {
	const names = driverTable.flatMap(row => row.names);
	t.is(new Set(names).size, names.length);
	for (const row of driverTable) t.regex(row.files, /^drivers\/net\//, row.names[0] as string);
});

for (const row of driverTable.filter(({ethtool}) => ethtool !== undefined)) {
	test(`${row.names[0]}: each rule is about a name that the driver has`, t => {
		const names = row.names.flatMap(namesOf).map(name => name.trim());
		t.not(names.length, 0, `fixtures/ethtool/${row.names[0]}.txt`);
		for (const rule of row.ethtool ?? [])
			t.true(
				names.some(name => matches(rule, name)),
				String(rule.name),
			);
	});

	test(`${row.names[0]}: what is part of another counter names one that there is`, t => {
		const known = new Set([
			...row.names.flatMap(namesOf).map(name => `ethtool:${name.trim()}`),
			...standardRules.map(({name}) => `rtnl:${String(name)}`),
			...queueRules.map(({name}) => `qstats:${name}`),
		]);
		const all = [...(row.ethtool ?? []), ...(row.rtnl ?? [])];
		const unknown = all.flatMap(({name, alsoIn = []}) =>
			alsoIn.filter(whole => !known.has(whole.replace('$1', '0'))).map(whole => `${String(name)}: ${whole}`),
		);
		t.deepEqual(unknown, []);
	});
}

test('the same loss has the same place, whatever the driver calls it', t => {
	const full = {
		ixgbe: 'rx_no_dma_resources',
		vmxnet3: '  pkts rx OOB',
		mlx5_core: 'rx_out_of_buffer',
		r8169: 'rx_missed',
		igb: 'rx_queue_3_drops',
		tg3: 'rx_discards',
		bnxt_en: 'rx_total_discard_pkts',
		sfc: 'port_rx_nodesc_drops',
		alx: 'rx_rrd_ov_drop_packets',
		atlantic: 'InDroppedDma',
		enic: 'rx_no_bufs',
		qede: 'no_buff_discards',
	};
	for (const [driver, name] of Object.entries(full)) t.is(at(driver, name)?.place, 'nic-ring', `${driver} ${name}`);
	const fifo = {mlx5_core: 'rx_discards_phy', i40e: 'port.rx_discards', ice: 'rx_dropped.nic', alx: 'rx_rxf_ov_drop_packets', cxgb4: 'rx_bg0_frames_dropped  '};
	for (const [driver, name] of Object.entries(fifo)) t.is(at(driver, name)?.place, 'nic-fifo', `${driver} ${name}`);
	t.is(at('ena', 'conntrack_allowance_exceeded')?.place, 'shaped');
	t.is(at('virtio_net', 'rx_queue_0_xdp_drops')?.place, 'xdp');
	t.is(at('ixgbe', 'rx_fcoe_dropped')?.place, 'nic-ring');
});

test('what looks like loss and is none is a sign', t => {
	const signs = {
		igb: 'rx_no_buffer_count',
		e1000e: 'rx_no_buffer_count',
		mlx5_core: 'rx_global_pause',
		ena: 'pps_allowance_exceeded',
		ixgbe: 'tx_busy',
		tg3: 'rx_threshold_hit',
	};
	for (const [driver, name] of Object.entries(signs)) t.true(at(driver, name)?.sign, `${driver} ${name}`);
});

test('a pattern is about the whole name', t => {
	const rule = {name: /rx\d+_drops/, place: 'nic-ring', meaning: ''} as const;
	t.deepEqual(
		['rx0_drops', 'rx12_drops', 'rx0_drops_more', 'my_rx0_drops', 'rx_drops'].filter(name => matches(rule, name)),
		['rx0_drops', 'rx12_drops'],
	);
});

test('r8169 counts in 16 bits', t => {
	t.is(at('r8169', 'rx_missed')?.bits, 16);
	t.is(rowOf('r8169')?.rtnl?.find(({name}) => name === 'rx_missed_errors')?.bits, 16);
});

test('no frame is counted twice: virtio’s queue, its total and the interface', t => {
	const rtnl: Counter = {place: 'unhandled', name: 'rx_dropped', source: 'rtnl', scope: {iface: 'eth0'}, value: 9};
	const now = apart([rtnl, ...counters('virtio_net', {rx_drops: 7, rx_xdp_drops: 4, rx0_drops: 5, rx1_drops: 2, rx0_xdp_drops: 4, rx1_xdp_drops: 0})]);
	t.is(
		now.reduce((sum, {value}) => sum + value, 0),
		9,
	);
	t.deepEqual(Object.fromEntries(now.filter(({value}) => value > 0).map(({name, value}) => [name, value])), {
		rx_dropped: 2,
		rx0_drops: 1,
		rx1_drops: 2,
		rx0_xdp_drops: 4,
	});
	const before = apart([rtnl, ...counters('virtio_net', {rx_queue_0_drops: 7, rx_queue_0_xdp_drops: 4})]);
	t.deepEqual(
		before.map(({value}) => value),
		[2, 3, 4],
	);
});

test('an unknown driver is read by its words, and every such place is marked as guessed', t => {
	const names = [
		'rx_packets',
		'rx_missed',
		'rx_no_buffer',
		'rx_fifo_overflow',
		'rx_crc_errors',
		'tx_dropped',
		'rx_queue_0_drops',
		'rx_drops',
		'rx_bytes_dropped',
		'tx_pause',
	];
	const found = counters('nobodys', Object.fromEntries(names.map(name => [name, 1])));
	t.deepEqual(
		found.map(({name, place, sign}) => [name, place, sign ?? false]),
		[
			['rx_missed', 'nic-ring', false],
			['rx_no_buffer', 'nic-ring', false],
			['rx_fifo_overflow', 'nic-fifo', false],
			['rx_crc_errors', 'nic-error', false],
			['tx_dropped', 'driver-tx', false],
			['rx_queue_0_drops', 'driver-rx', false],
			['rx_drops', 'driver-rx', false],
			['tx_pause', 'driver-tx', true],
		],
	);
	t.true(found.every(({guessed}) => guessed));
	t.deepEqual(found.find(({name}) => name === 'rx_queue_0_drops')?.alsoIn, ['ethtool:rx_drops'], 'a queue is part of the total beside it');
	t.false(
		driverCounters(
			'eth0',
			'igb',
			new Map([
				['rx_missed_errors', 1],
				['rx_queue_0_drops', 1],
			]),
		).some(({guessed}) => guessed),
	);
});

test('guessing finds most of what the table knows, and no name makes it throw', t => {
	// the guess is for drivers that we do not know: how good is it on those that we do?
	let known = 0;
	let right = 0;
	for (const {driver, names} of fixtures) {
		const all = new Set(names.map(name => name.trim()));
		for (const name of all) {
			const rule = rowOf(driver)?.ethtool?.find(one => matches(one, name));
			if (rule === undefined || rule.sign) continue;
			known++;
			if (guess(name, all) !== undefined) right++;
		}
	}
	t.log(`${right} of ${known} loss counters of known drivers would be noticed by name`);
	t.true(right / known > 0.9);
	holds(
		t,
		fc.property(fc.string(), fc.array(fc.string()), (name, others) => {
			guess(name, new Set(others));
			driverCounters('eth0', undefined, new Map([[name, 1]]));
		}),
	);
});
