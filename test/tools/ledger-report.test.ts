import test from 'ava';
import type {Hop, Ledger} from '../../src/monitor/ledger/hop.js';
import {places} from '../../src/monitor/place.js';
import {showLedger} from '../../tools/ledger-report.js';

const hop = (fields: Partial<Hop> = {}): Hop => {
	const place = fields.place ?? 'qdisc';
	return {
		place,
		side: 'from',
		iface: 'eth0',
		protocol: undefined,
		count: 417,
		source: 'drop reason QDISC_DROP',
		reason: 'QDISC_DROP',
		symbol: '__dev_queue_xmit',
		confirmed: [{source: 'pfifo 0: root drops (qdisc)', value: 417}],
		knobs: places[place].knobs,
		...fields,
	};
};
const ledger = (fields: Partial<Ledger> = {}): Ledger => ({sent: 2000, again: 0, received: 2000, hops: [], unexplained: 0, notes: [], ...fields});

test('nothing lost: the sum, and no empty column', t => {
	t.is(
		showLedger(ledger(), 80),
		`frames
  2000  sent
  2000  received
     0  unexplained
2000 of 2000 came: 0 % lost`,
	);
});

test('a loss: where, who counted it, who has it too, and the commands that move it, for its interface', t => {
	t.is(
		showLedger(ledger({received: 1583, hops: [hop()]}), 200),
		`frames                         at    counted by                                  seen too by
  2000  sent
  -417    transmit queue full  eth0  drop reason QDISC_DROP at __dev_queue_xmit  pfifo 0: root drops (qdisc) 417
  1583  received
     0  unexplained
1583 of 2000 came: 20.8 % lost
transmit queue full: the interface's queueing discipline had no room or shaped the frame away
  txqueuelen: ip link set eth0 txqueuelen N
  qdisc: tc qdisc show dev eth0`,
	);
});

test('what the frames were has a column where it is known', t => {
	t.regex(showLedger(ledger({hops: [hop({protocol: 'AoE'})]}), 200), /-417 {4}transmit queue full {2}eth0 {2}AoE +drop reason/);
});

test('two interfaces of one name are told apart', t => {
	const text = showLedger(ledger({hops: [hop(), hop({side: 'to', place: 'socket', symbol: undefined, source: 'x'})]}), 200, true);
	t.regex(text, /-417 {4}transmit queue full {2}from eth0 {2}drop reason/);
	t.regex(text, /-417 {4}receive buffer full {2}to eth0 {4}x/);
});

test('an overcount is said, and what it means', t => {
	t.regex(
		showLedger(ledger({received: 1990, hops: [hop({count: 13})], unexplained: -3}), 300),
		/^3 more were counted as lost than are missing: a counter above has other traffic/m,
	);
	t.notRegex(showLedger(ledger({received: 1990, unexplained: 10}), 300), /counted as lost/);
});

test('lines keep to the width; a command is not broken', t => {
	const notes = ['left: bpf cannot see: frames that a card or its driver lost before the kernel had them: netstress monitor; and whatever else there is'];
	const text = showLedger(ledger({again: 5, hops: [hop({place: 'socket'})], unexplained: -1, notes}), 60);
	const lines = text.split('\n');
	for (const line of lines) t.true(line.length <= 60 || line.startsWith('  receive buffer'), line);
	t.true(lines.includes('  receive buffer: sysctl -w net.core.rmem_max=N net.core.rmem_default=N'));
	t.true(text.replaceAll(/\n {2}/g, ' ').includes(`note: ${notes[0]}`));
});
