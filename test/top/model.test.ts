import test from 'ava';
import {Run} from '../../src/top/model.js';
import {drop, runOf, sample, seconds} from './samples.js';

test('before the first sample there is nothing; the first has totals of zero and no rates', t => {
	const run = new Run();
	t.is(run.frame(), undefined);
	run.add(sample(5));
	const frame = run.frame()!;
	t.deepEqual([frame.seconds, frame.intervalSeconds, frame.losses, frame.drops, frame.points], [0, 0, [], [], []]);
	t.deepEqual(
		frame.interfaces.map(({iface, receivedPps}) => [iface, receivedPps]),
		[
			['eth0', 0],
			['lo', 0],
		],
	);
});

test('losses stand in the order of a frame’s way, kinds apart, with the counter that says so and what moves it', t => {
	const {losses} = runOf(seconds(4)).frame()!;
	t.deepEqual(
		losses.map(({place, kind, count, perSecond, countedBy}) => [place, kind, count, perSecond, countedBy]),
		[
			['nic-ring', 'loss', 400, 100, 'eth0 rtnl rx_missed_errors'],
			['socket', 'loss', 80, 20, '0.0.0.0:53 named[12] udp drops'],
			['xdp', 'policy', 12, 3, 'eth0 ethtool rx_queue_0_xdp_drops'],
			['unhandled', 'harmless', 28, 7, 'eth0 rtnl rx_dropped'],
			['squeezed', 'sign', 4, 1, 'cpu 0 softnet time_squeeze (whole machine)'],
		],
	);
	t.is(losses[0]?.knob, 'ethtool -G eth0 rx N');
});

test('drops add up over samples, and a rate is of the last interval alone', t => {
	const run = runOf(seconds(2));
	run.add(sample(4, {drops: {source: 'bpf', lostEvents: 0, elsewhere: 0, passedOver: [], drops: [drop({count: 8})]}}));
	const {drops} = run.frame()!;
	t.deepEqual(
		drops.map(({reason, count, perSecond}) => [reason, count, perSecond]),
		[
			['SOCKET_RCVBUFF', 48, 4],
			['UNHANDLED_PROTO', 14, 0],
		],
	);
});

test('reset: totals begin again, the charts go on', t => {
	const run = runOf(seconds(3));
	run.reset();
	const cleared = run.frame()!;
	t.deepEqual([cleared.losses, cleared.drops, cleared.storage, cleared.seconds], [[], [], [], 0]);
	t.is(cleared.points.length, 3);
	run.add(sample(4));
	const frame = run.frame()!;
	t.is(frame.losses[0]?.count, 100);
	t.is(frame.drops[0]?.count, 20);
	t.is(frame.points.length, 4);
});

test('a frame stays as it is while the run goes on', t => {
	const run = runOf(seconds(2));
	const frame = run.frame()!;
	const before = structuredClone(frame);
	run.add(sample(3));
	t.deepEqual(frame, before);
});

test('an interface that came has no rates; one that is gone is named', t => {
	const run = runOf(seconds(1));
	const {interfaces, ...rest} = sample(2).snapshot;
	const [eth0] = [...interfaces.values()];
	run.add({...sample(2), snapshot: {...rest, interfaces: new Map([['eth1', {...eth0!, index: 9}]])}});
	const frame = run.frame()!;
	t.deepEqual(
		frame.interfaces.map(({iface, came, receivedPps, receivedBps}) => [iface, came, receivedPps, receivedBps]),
		[['eth1', true, 0, 0]],
	);
	t.deepEqual(frame.gone, ['eth0', 'lo']);
});

test('storage: rates of the last interval, totals since the start, quiet protocols stay', t => {
	const run = runOf(seconds(3));
	run.add(sample(5, {storage: {ifaces: ['eth0'], dropped: 0, why: '', protocols: []}}));
	const {storage} = run.frame()!;
	t.like(storage[0], {protocol: 'aoe', iops: 0, bytesPerSecond: 0, answeredTotal: 1500, againTotal: 3, latencyUs: null});
});

test('an interface’s own losses are those of its counters, not its namespace’s', t => {
	const {interfaces, points} = runOf(seconds(3)).frame()!;
	t.deepEqual(
		interfaces.map(({iface, lost, lostPps}) => [iface, lost, lostPps]),
		[
			['eth0', 300, 100],
			['lo', 0, 0],
		],
	);
	t.is(points.at(-1)?.lostPps, 120, 'the socket’s are in the sum');
});

test('what rules dropped stands in the ledger where no counter has it, and is not counted twice where one has', t => {
	const run = runOf(seconds(1));
	const rule = drop({reason: 'NETFILTER_DROP', symbol: 'nft_do_chain', place: 'filter', kind: 'policy', count: 40});
	const xdp = drop({reason: 'XDP', symbol: 'do_xdp_generic', place: 'xdp', kind: 'policy', count: 3});
	run.add(sample(2, {drops: {source: 'bpf', lostEvents: 0, elsewhere: 5, passedOver: [], drops: [rule, xdp, drop({count: 1})]}}));
	const {losses, dropsElsewhere} = run.frame()!;
	t.deepEqual(
		losses.filter(({kind}) => kind !== 'sign').map(({place, count, countedBy}) => [place, count, countedBy]),
		[
			['nic-ring', 200, 'eth0 rtnl rx_missed_errors'],
			['socket', 40, '0.0.0.0:53 named[12] udp drops'],
			['xdp', 6, 'eth0 ethtool rx_queue_0_xdp_drops'],
			['filter', 40, 'bpf NETFILTER_DROP'],
			['unhandled', 14, 'eth0 rtnl rx_dropped'],
		],
	);
	t.is(dropsElsewhere, 5);
});
