import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {explain, explainPlace, knownReasons} from '../../../src/monitor/drops/reasons.js';
import {parseFormat} from '../../../src/monitor/drops/trace-events.js';
import {placeOrder, places} from '../../../src/monitor/place.js';
import {holds} from '../../property.js';

const namesOf = (kernel: string) =>
	[...parseFormat(readFileSync(`fixtures/drops/kfree_skb-${kernel}.format`, 'utf8'))!.names.values()].filter(
		name => name !== 'NOT_SPECIFIED' && name !== 'MAX',
	);

test('every reason of Linux 6.1 and 6.18 has a place, a sentence and a kind', t => {
	const named = [...namesOf('6.1'), ...namesOf('6.18')];
	t.true(named.length > 180);
	for (const reason of named) {
		const {place, meaning, kind} = explain(reason, 'anywhere');
		t.not(place, 'unknown', reason);
		t.true(meaning.length > 5, reason);
		t.true(['loss', 'harmless', 'policy'].includes(kind), reason);
	}
});

test('names of earlier kernels and of other subsystems are placed by their shape', t => {
	const place = (reason: string) => explain(reason, '').place;
	t.is(place('TC_ERROR'), 'tc'); // 6.8
	t.is(place('FRAG_BPF_EINVAL'), 'filter'); // 6.3
	t.is(place('RX_DROP_U_MIC_FAIL'), 'driver-rx'); // mac80211
	t.is(place('OVS_DROP_METER'), 'filter'); // openvswitch
	t.is(place('QDISC_NEVER_HEARD_OF'), 'qdisc');
	t.is(place('TCP_SOMETHING_NEW'), 'tcp');
	t.is(place('SOMETHING_INVALID_NEW'), 'malformed');
	t.is(place('GIANT_HAMSTER'), 'unknown');
});

test('capacity is loss, what nobody wants is harmless, what a rule says is policy', t => {
	for (const reason of [
		'CPU_BACKLOG',
		'SOCKET_RCVBUFF',
		'SOCKET_BACKLOG',
		'PROTO_MEM',
		'QDISC_DROP',
		'FULL_RING',
		'NOMEM',
		'NEIGH_QUEUEFULL',
		'PACKET_SOCK_ERROR',
	])
		t.is(explain(reason, '').kind, 'loss', reason);
	for (const reason of ['OTHERHOST', 'UNHANDLED_PROTO', 'IPV6DISABLED', 'SOCKET_CLOSE', 'QUEUE_PURGE', 'TCP_OLD_ACK', 'NO_SOCKET'])
		t.is(explain(reason, '').kind, 'harmless', reason);
	for (const reason of ['NETFILTER_DROP', 'SOCKET_FILTER', 'TC_INGRESS', 'XDP', 'IP_OUTNOROUTES']) t.is(explain(reason, '').kind, 'policy', reason);
});

test('losses of capacity say what to do', t => {
	for (const reason of knownReasons) {
		const {kind, advice, place} = explain(reason, '');
		if (kind === 'loss') t.true(advice.length > 0, `${reason} at ${place}`);
	}
});

test('without a reason the function decides, and what it does not decide is called loss', t => {
	const at = (symbol: string) => explain('NOT_SPECIFIED', symbol);
	t.is(at('tpacket_rcv').place, 'packet-ring');
	t.is(at('enqueue_to_backlog').place, 'backlog');
	t.is(at('__netif_receive_skb_core').kind, 'harmless');
	t.is(at('nf_hook_slow').place, 'filter');
	t.is(at('udp_queue_rcv_one_skb').place, 'socket');
	t.is(at('__udp4_lib_rcv').place, 'no-socket');
	t.is(at('ip6_mc_input').kind, 'harmless');
	t.like(at('some_driver_poll'), {place: 'unknown', kind: 'loss'});
	t.regex(at('some_driver_poll').meaning, /dropped in some_driver_poll/);
	t.is(explain('0x50007', '').place, 'unknown');
});

test('every place can be explained alone', t => {
	for (const place of placeOrder) t.is(explainPlace(place).meaning, places[place].meaning);
});

test('any name at all is explained', t => {
	holds(
		t,
		fc.property(fc.string(), fc.string(), (reason, symbol) => explain(reason, symbol).place in places),
	);
});
