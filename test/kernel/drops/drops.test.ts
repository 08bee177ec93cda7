// The drop monitor against drops that were made on purpose and counted by somebody else: the interface, the protocols, nftables, and for the file tshark.
import {once} from 'node:events';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {dropKey} from '../../../src/monitor/drops/key.js';
import {kernelBtf, readLayout, reasonNames} from '../../../src/monitor/drops/layout.js';
import {dropProgram, lostEntry} from '../../../src/monitor/drops/program.js';
import {sampleLength} from '../../../src/monitor/drops/sample-program.js';
import {slotsLength} from '../../../src/monitor/drops/slots.js';
import {parseFormat} from '../../../src/monitor/drops/trace-events.js';
import {DropTotal} from '../../../src/monitor/drops/trace-source.js';
import {closeBpf, loadProgram, programType} from '../../../src/sys/bpf.js';
import {ArrayMap, CounterMap, QueueMap, ScratchMap} from '../../../src/sys/bpf-maps.js';
import {TraceInstance} from '../../../src/sys/tracefs.js';
import {need} from '../need.js';
import {netstress, readableCopy, start} from '../program.js';
import {dropsBed, unhandled, watching} from './bed.js';

const needed = {root: true, programs: ['trafgen']};
const flood = 100_000;
/** By its path: a package of that name among the test runner's own comes first on the PATH. */
const nft = '/usr/sbin/nft';

for (const source of ['bpf', 'tracefs'] as const)
	test.serial(`${source}: a flood that nobody takes is counted to the frame, or what is missing is admitted`, async t => {
		if (!need(t, needed)) return;
		const {at, received, trafgen, peer} = await dropsBed(t);
		const before = await received();
		const {summary, count, status} = await watching(['-i', at, '--source', source], () => trafgen(unhandled, flood));
		t.is(status, 0);
		t.is(summary.source, source);
		// neighbour discovery may add a frame of its own
		const dropped = (await received()).dropped - before.dropped;
		t.true(dropped >= flood && dropped < flood + 10, String(dropped));
		const counted = count({reason: 'UNHANDLED_PROTO', symbol: '__netif_receive_skb_core', protocol: 0x8899, kind: 'harmless', place: 'unhandled'});
		t.true(counted <= flood);
		t.true(counted + summary.lostEvents >= flood, `${counted} counted, ${summary.lostEvents} admitted`);
		t.true(counted > flood * 0.9);
		if (source === 'bpf') t.is(count({iface: peer.iface, protocol: 0x8899}), counted);
	});

test.serial('more kinds than there are slots on a CPU: each is counted apart from the others', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen} = await dropsBed(t);
	const types = Array.from({length: 300}, (_, i) => 0x9100 + i);
	const each = 10;
	const frames = types.map(type => `{ eth(da=ff:ff:ff:ff:ff:ff, sa=02:00:00:00:00:01, type=${type}), fill(0x5a, 46) }`).join('\n');
	const {summary, count} = await watching(['-i', at, '--source', 'bpf'], () => trafgen(frames, types.length * each));
	const counts = types.map(protocol => count({protocol, reason: 'UNHANDLED_PROTO'}));
	const sum = counts.reduce((total, one) => total + one, 0);
	t.true(Math.max(...counts) === each && sum + summary.lostEvents >= types.length * each, `${sum} counted, ${summary.lostEvents} admitted`);
	t.true(counts.filter(one => one === each).length > types.length / 2, String(counts));
});

test.serial('a second count sees every drop, at any rate', async t => {
	if (!need(t, needed)) return;
	const {trafgen} = await dropsBed(t);
	const total = new DropTotal('protocol == 0x8899');
	t.teardown(() => total.close());
	await trafgen(unhandled, flood);
	t.is(total.read(), flood);
});

test.serial('--no-check: one count alone', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen} = await dropsBed(t);
	const {summary, count, status} = await watching(['-i', at, '--source', 'bpf', '--no-check'], () => trafgen(unhandled, 1000));
	t.is(status, 0);
	t.true(count({protocol: 0x8899}) > 0);
	t.is(summary.lostEvents, 0, 'it knows only what it could not count itself');
});

test.serial('without an interface every namespace is watched, and named', async t => {
	if (!need(t, needed)) return;
	const {trafgen, peer} = await dropsBed(t);
	const {summary} = await watching([], () => trafgen(unhandled, 50));
	const ours = summary.drops.find(({protocol, namespace}) => protocol === 0x8899 && namespace === peer.namespace);
	t.like(ours, {iface: peer.iface, reason: 'UNHANDLED_PROTO'});
	t.true(ours!.count === 50 || ours!.count + summary.lostEvents >= 50);
});

test.serial('for another host, closed port: harmless, and as many as the protocols count', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen, datagram, snmp} = await dropsBed(t);
	const before = await snmp('Udp', 'NoPorts');
	const {summary, count} = await watching(['-i', at], async () => {
		await trafgen(datagram(9999), 200);
		await trafgen(datagram(9999, '02:00:00:00:00:99'), 300);
	});
	const missed = summary.lostEvents;
	t.is((await snmp('Udp', 'NoPorts')) - before, 200);
	const closed = count({reason: 'NO_SOCKET', kind: 'harmless', place: 'no-socket', protocol: 0x800});
	const other = count({reason: 'OTHERHOST', kind: 'harmless', place: 'other-host'});
	t.true(closed === 200 || (closed < 200 && closed + missed >= 200), String(closed));
	t.true(other === 300 || (other < 300 && other + missed >= 300), String(other));
	t.is(count({kind: 'loss'}), 0);
});

test.serial('a program that does not read: the drops are those that UDP counts, and there is advice', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen, datagram, snmp, peer} = await dropsBed(t);
	const reader = peer.spawn(
		process.execPath,
		['-e', `const s = require('dgram').createSocket('udp4'); s.bind(7777, () => { s.setRecvBufferSize(20000); console.log('bound'); })`],
		{
			stdio: ['ignore', 'pipe', 'inherit'],
		},
	);
	t.teardown(() => reader.kill('SIGKILL'));
	await once(reader.stdout!, 'data');
	reader.kill('SIGSTOP');
	const before = await snmp('Udp', 'RcvbufErrors');
	const {summary, count} = await watching(['-i', at], () => trafgen(datagram(7777, peer.mac, 1000), 2000));
	const full = (await snmp('Udp', 'RcvbufErrors')) - before;
	t.true(full > 100);
	const counted = count({reason: 'SOCKET_RCVBUFF', kind: 'loss', place: 'socket', iface: peer.iface});
	t.true(counted === full || (counted < full && counted + summary.lostEvents >= full), `${counted} of ${full}`);
	t.regex(summary.drops.find(({reason}) => reason === 'SOCKET_RCVBUFF')!.advice, /rmem_max/);
});

test.serial('netfilter: as many as the rule counted, and it is policy', async t => {
	if (!need(t, {...needed, programs: ['trafgen', 'nft']})) return;
	const {at, trafgen, datagram, must, peer} = await dropsBed(t);
	await must(peer, nft, 'add table ip t; add chain ip t c { type filter hook input priority 0; }; add rule ip t c udp dport 5555 counter drop');
	const {summary, count} = await watching(['-i', at], () => trafgen(datagram(5555), 500));
	const ruled = Number(/packets (\d+)/.exec(await must(peer, nft, 'list', 'ruleset'))?.[1]);
	t.is(ruled, 500);
	const counted = count({reason: 'NETFILTER_DROP', kind: 'policy', place: 'filter'});
	t.true(counted === ruled || (counted < ruled && counted + summary.lostEvents >= ruled), String(counted));
});

test.serial('dropped frames come out as they were, and tshark reads why in the comment', async t => {
	if (!need(t, {...needed, programs: ['trafgen', 'tshark']})) return;
	const {at, trafgen, folder, sender, peer, must} = await dropsBed(t);
	const file = join(folder, 'dropped.pcapng');
	const {summary} = await watching(['-i', at, '-w', file, '--samples', '5'], async () => {
		await trafgen(unhandled, 20);
		await must(sender, 'bash', '-c', `for i in $(seq 20); do head -c 1000 /dev/zero >/dev/udp/${peer.address}/9999 || true; done`);
	});
	t.is(summary.samples?.lost, 0);
	const shown = await peer.run('tshark', [
		'-r',
		file,
		'-T',
		'fields',
		'-e',
		'frame.comment',
		'-e',
		'frame.len',
		'-e',
		'frame.cap_len',
		'-e',
		'eth.type',
		'-e',
		'udp.dstport',
	]);
	const lines = shown.stdout
		.trim()
		.split('\n')
		.map(line => line.split('\t'));
	t.is(lines.length, summary.samples!.written);
	const strange = lines.filter(([, , , type]) => type === '0x8899');
	const udp = lines.filter(([, , , , port]) => port === '9999');
	for (const kind of [strange, udp]) t.true(kind.length >= 1 && kind.length <= 5 * 2, shown.stdout);
	for (const [comment = '', length, captured] of strange) {
		t.regex(comment, /^UNHANDLED_PROTO at __netif_receive_skb_core\+0x[0-9a-f]+: no program/);
		// trafgen's ring: only the link header is in the linear part, the rest in pages
		t.deepEqual([length, captured], ['60', '60']);
	}
	const {stdout: digits} = await peer.run('tshark', ['-r', file, '-x', '-Y', 'eth.type == 0x8899']);
	t.is(digits.match(/\b5a(?= )/g)?.length, strange.length * 46);
	for (const [comment = '', length, captured] of udp) {
		t.regex(comment, /^NO_SOCKET at /);
		t.deepEqual([length, captured], ['1042', '256']);
	}
});

test.serial('counters: places and numbers without any privilege in the kernel', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen, datagram} = await dropsBed(t);
	const {summary, count} = await watching(['-i', at, '--source', 'counters'], () => trafgen(datagram(9999), 200));
	t.is(summary.source, 'counters');
	t.is(count({place: 'no-socket', kind: 'harmless'}), 200);
});

test.serial('-n ends it by itself, live figures say what came since the last, an unknown interface is a usage error', async t => {
	if (!need(t, needed)) return;
	const {at, trafgen} = await dropsBed(t);
	const {lines, status, count} = await watching(
		['-i', at, '-n', '50', '-I', '50ms'],
		async () => {
			await trafgen(unhandled, 20);
			await sleep(300);
			await trafgen(unhandled, 100);
		},
		{ends: true},
	);
	t.is(status, 0);
	t.true(count({protocol: 0x8899}) >= 50);
	t.true(lines.filter(({type}) => type === 'interval').length >= 1);
	const {status: usage, stderr} = await netstress(['drops', '-i', 'nosuch0', '-D', '1s']);
	t.is(usage, 2);
	t.regex(stderr, /there is no interface nosuch0/);
});

test.serial('an ordinary user gets counters, and hears what the better sources miss; asked for one of them, status 4', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const {summary, stderr} = await watching([], async () => undefined, {user: 'nobody', from: copy.folder});
	t.is(summary.source, 'counters');
	t.deepEqual(
		summary.passedOver.map(({name}) => name),
		['bpf', 'tracefs', 'netlink'],
	);
	t.regex(summary.passedOver[0]!.why, /CAP_BPF/);
	t.regex(stderr, /bpf cannot be used here/);
	for (const source of ['bpf', 'tracefs']) {
		const words = [join(copy.folder, 'dist/tools/netstress.js'), 'drops', '--source', source, '-D', '1s'];
		t.is((await start(process.execPath, words, {user: 'nobody'}).finished).status, 4, source);
	}
});

/** Instances of ours in tracefs, seen through another mount of it. */
const instances = async () => {
	const {stdout} = await start('unshare', ['-m', 'sh', '-c', 'mount -t tracefs none /mnt && ls /mnt/instances']).finished;
	return stdout.split('\n').filter(name => name.startsWith('netstress-'));
};

test.serial('Ctrl-C leaves no instance behind; one that a kill left goes with the next run', async t => {
	if (!need(t, {root: true, programs: ['unshare']})) return;
	const before = await instances();
	await watching(['--source', 'tracefs'], async () => t.is((await instances()).length, before.length + 1));
	t.deepEqual(await instances(), before);
	const killed = start(process.execPath, [new URL('../../../tools/netstress.js', import.meta.url).pathname, 'drops', '--json', '--source', 'tracefs']);
	await killed.saw('"type":"ready"');
	killed.child.kill('SIGKILL');
	await killed.finished;
	t.is((await instances()).length, before.length + 1);
	await watching(['--source', 'tracefs'], async () => undefined);
	t.deepEqual(await instances(), before);
});

test.serial("BTF has the names that the kernel's own trace format prints", t => {
	if (!need(t, {root: true})) return;
	const instance = new TraceInstance('test', 64);
	t.teardown(() => instance.close());
	const format = parseFormat(instance.read('events/skb/kfree_skb/format'))!;
	const names = reasonNames(kernelBtf());
	for (const [value, name] of format.names) if (name !== 'MAX') t.is(names.get(value), name);
});

const tracepoints: Readonly<Record<string, {reason: number | undefined; socket: number | undefined}>> = {
	'5.10 to 5.16': {reason: undefined, socket: undefined},
	'5.17 to 6.10': {reason: 2, socket: undefined},
	'6.11 and later': {reason: 2, socket: 3},
};

for (const [kernels, later] of Object.entries(tracepoints))
	test.serial(`the program for ${kernels} is one that a verifier takes, with and without slots and samples`, t => {
		if (!need(t, {root: true})) return;
		const layout = readLayout(kernelBtf());
		const position = {...layout.position, ...later};
		const counters = new CounterMap('test', dropKey.length, 1, 16);
		const lost = new ArrayMap('test', lostEntry.length);
		const cpus = 4;
		const slots = new ArrayMap('test', slotsLength(cpus));
		const queue = new QueueMap('test', sampleLength, 4);
		const scratch = new ScratchMap('test', sampleLength);
		t.teardown(() => {
			for (const map of [counters, slots, lost, queue, scratch]) map.close();
		});
		for (const samples of [undefined, {scratch: scratch.fd, queue: queue.fd, most: 2}])
			for (const inSlots of [undefined, {fd: slots.fd, cpus}]) {
				const code = dropProgram({...layout, position}, 'probe', {counters: counters.fd, slots: inSlots, lost: lost.fd, samples}, [0, 1]);
				const program = loadProgram('test', programType.rawTracepoint, 0, 0, code);
				t.true(program > 0);
				closeBpf(program);
			}
	});
