import test from 'ava';
import {difference} from '../../src/monitor/snapshot.js';
import {intervalLines, lossText, rateText, totalText} from '../../tools/monitor-report.js';
import {link, made, snapshot} from '../monitor/made.js';

const quiet = difference(snapshot(1, {eth0: link([])}), snapshot(0, {eth0: link([])}));
const cpu = (processed: number, dropped: number) => ({cpu: 1, processed, dropped, squeezed: 0, backlogLength: 3});
const busy = difference(
	snapshot(
		2,
		{
			eth0: link(
				[
					made('rx_dropped', 7, {place: 'unhandled'}),
					made('rx_queue_2_drops', 5, {source: 'ethtool', alsoIn: ['rtnl:rx_dropped']}),
					made('rx_no_buffer_count', 9, {source: 'ethtool', sign: true}),
					made('odd', 3, {source: 'ethtool', place: 'nic-fifo', guessed: true}),
				],
				{received: 3000, receivedBytes: 3_000_000, sent: 10},
			),
			new0: link([], {received: 4}),
		},
		{cpus: [cpu(500, 4)], counters: [made('udp drops', 8, {place: 'socket', source: 'procfs', scope: {inode: 5, bound: '0.0.0.0:53', program: 'named[7]'}})]},
	),
	snapshot(0, {eth0: link([made('odd', 90, {source: 'ethtool', place: 'nic-fifo', guessed: true})]), old0: link([])}, {cpus: [cpu(100, 4)]}),
);

test('nothing moved: it says so', t => {
	t.deepEqual(intervalLines('10:00:00', quiet, false), ['10:00:00 no interface has sent or received anything; nothing was lost']);
	t.is(lossText(quiet, 100), 'nothing was lost');
	t.is(rateText(quiet, false, 100), 'no interface has sent or received anything');
	t.regex(rateText(quiet, true, 100), /eth0/, 'one that was asked for is shown all the same');
});

test('a line for each place, with the raw counters and their owners', t => {
	t.deepEqual(intervalLines('10:00:02', busy, false), [
		'10:00:02 eth0 in 1.50 kpps out 5pps, new0 in 2pps out 0pps',
		'  nic-ring 5: eth0 ethtool rx_queue_2_drops 5',
		'  nic-ring 9 (sign): eth0 ethtool rx_no_buffer_count 9',
		'  nic-fifo 3: eth0 ethtool odd 3, went back, place guessed',
		'  unhandled 2 (harmless): eth0 rtnl rx_dropped 2',
		'  socket 8: 0.0.0.0:53 named[7] procfs udp drops 8',
		'  gone: old0',
	]);
});

test('the tables: losses, then signs apart from them', t => {
	const [losses, signs] = lossText(busy, 200).split('\n\nno loss, but seen before there is one:\n') as [string, string];
	t.regex(losses, /^place +frames +\/s +counted by/);
	t.regex(losses, /nic-ring +5 +2\.50 +eth0 ethtool rx_queue_2_drops +NIC's receive ring full/);
	t.regex(losses, /unhandled +2 +1 +eth0 rtnl rx_dropped +harmless/);
	t.notRegex(losses, /rx_no_buffer_count/);
	t.regex(signs, /nic-ring +9 .*rx_no_buffer_count/);
	const rates = rateText(busy, false, 200);
	t.regex(rates, /eth0 +veth +1\.50 k +12 Mbit\/s +5 +0 bit\/s/);
	t.regex(rates, /new0 +veth +- +- +- +- +new/, 'no rates of an interface that was not there before');
	t.regex(rates, /^ +1 +200 +0 +0 /m, 'the CPU');
	t.regex(rates, /gone: old0/);
	t.regex(totalText(busy, false, 200), /^in 2 s:/);
});

test('a narrow terminal leaves out what matters least', t => {
	const narrow = lossText(busy, 60);
	t.notRegex(narrow, /what happened/);
	t.regex(narrow, /rx_queue_2_drops/);
});
