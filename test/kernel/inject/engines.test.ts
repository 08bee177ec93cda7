import {once} from 'node:events';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {loadCap} from '../../../src/port/libpcap.js';
import {need, skip} from '../need.js';
import {netstress, root} from '../program.js';
import {bedFor, program, stampsAt} from './bed.js';
import {startSink} from './sink-client.js';

const engines: ReadonlyArray<readonly [name: string, flags: readonly string[]]> = [
	['packet by sendmmsg', ['--engine', 'packet', '--transmit', 'sendmmsg']],
	['packet by a TX ring', ['--engine', 'packet', '--transmit', 'ring']],
	['packet past the qdisc', ['--engine', 'packet', '--bypass-qdisc']],
	['xdp', ['--engine', 'xdp']],
	['pcap', ['--engine', 'pcap']],
];
const hasCap = () =>
	loadCap().then(
		() => true,
		() => false,
	);

for (const [name, flags] of engines) {
	test.serial(`${name}: as many frames and bytes reach the peer as the summary says were sent`, async t => {
		if (!need(t, {root: true})) return;
		if (name === 'pcap' && !(await hasCap())) return skip(t, 'needs the optional package cap');
		const {peer, inject} = await bedFor(t);
		const sink = await startSink(peer);
		for (const [size, pace] of [
			[60, ['--flood', '-n', '20011']],
			[1514, ['-b', '20kpps', '-D', '200ms']],
		] as const) {
			const before = await sink.count();
			const {status, summary, stderr} = await inject(...flags, ...pace, '--size', String(size));
			const after = await sink.count();
			t.is(status, 0, stderr);
			t.is(summary.sent, size === 60 ? 20_011 : 4000);
			t.is(after.frames - before.frames, summary.sent);
			t.is(after.bytes - before.bytes, summary.bytes as number);
			t.like(summary, {failed: 0, engine: flags[1], engineReason: 'asked for', accepted: summary.sent});
			t.true((summary.interfaceSent as number) >= summary.sent, 'and what the kernel says by itself');
		}
		await sink.close();
	});
}

for (const [name, flags] of engines.filter(([name]) => ['xdp', 'packet by sendmmsg'].includes(name))) {
	test.serial(`${name}: every stamp at the peer is valid, comes once and in order, with the time at which it was sent`, async t => {
		if (!need(t, {root: true, programs: ['tcpdump', 'ethtool']})) return;
		const {peer, inject, lab} = await bedFor(t, {gro: true});
		const begin = BigInt(Date.now()) * 1_000_000n;
		const stamps = await stampsAt(peer, lab.folder, 5000, async () => {
			const {status, stderr} = await inject(...flags, '-n', '5000', '-b', '20kpps', '--stream', '7', '--size', '300');
			t.is(status, 0, stderr);
		});
		const end = BigInt(Date.now()) * 1_000_000n;
		t.is(stamps.length, 5000);
		t.true(stamps.every(({valid, stream, length}) => valid && stream === 7 && length === 300));
		t.deepEqual(
			stamps.map(({sequence}) => Number(sequence)),
			Array.from({length: 5000}, (_, i) => i),
		);
		t.true(stamps.every(({time}, i) => i === 0 || time >= stamps[i - 1]!.time));
		t.true(stamps[0]!.time > begin && stamps.at(-1)!.time < end, 'nanoseconds since 1970');
	});
}

test.serial('--cpus: each CPU sends a stream of its own; all of it arrives, every number of every stream once', async t => {
	if (!need(t, {root: true, programs: ['tcpdump', 'ethtool']})) return;
	const {peer, inject, lab} = await bedFor(t, {gro: true});
	for (const engine of ['packet', 'xdp']) {
		const stamps = await stampsAt(peer, lab.folder, 4001, async () => {
			const {status, summary, stderr} = await inject('--engine', engine, '--cpus', '0,1', '-n', '4001', '-b', '20kpps');
			t.is(status, 0, stderr);
			t.like(summary, {sent: 4001, failed: 0, engine});
			t.deepEqual(summary.cpus as unknown, [0, 1]);
			t.true(Math.abs((summary.pace.askedPps as number) - 20_000) < 20);
		});
		t.is(stamps.length, 4001);
		t.true(stamps.every(({valid}) => valid));
		for (const [stream, frames] of [
			[0, 2001],
			[1, 2000],
		] as const)
			t.deepEqual(
				stamps.filter(stamp => stamp.stream === stream).map(({sequence}) => Number(sequence)),
				Array.from({length: frames}, (_, i) => i),
			);
	}
	const {status, stderr} = await inject('--cpus', '0,999', '-n', '10');
	t.is(status, 2);
	t.regex(stderr, /no CPU 999/);
	t.regex((await inject('--cpus', '0,0', '-n', '10')).stderr, /twice/);
});

test.serial('a veth whose peer takes no XDP frames: asked for, xdp fails and says what is missing; auto sends by sockets and says why', async t => {
	if (!need(t, {root: true})) return;
	const {inject, peer} = await bedFor(t);
	const failed = await inject('--engine', 'xdp', '-n', '100');
	t.is(failed.status, 1);
	t.regex(failed.stderr, /nothing left eth0: 100 frames were tried.*ethtool -K PEER gro on/);
	t.like(failed.summary, {sent: 0, failed: 100, attempted: 100});
	const packet = await inject('-n', '50k', '--flood');
	t.is(packet.status, 0, packet.stderr);
	t.like(packet.summary, {sent: 50_000, engine: 'packet'});
	t.regex(packet.stderr, /engine packet: the driver of eth0 takes no frames from XDP/);
	const sink = await startSink(peer);
	const xdp = await inject('-n', '50k', '--flood');
	t.like(xdp.summary, {sent: 50_000, engine: 'xdp', interfaceCounter: 'xdp_xmit'});
	t.is((await sink.count()).frames, 50_000, 'the frame that was tried first is one of them');
	t.is((await inject('-n', '10', '--flood', 'ip4(dst=192.0.2.7)/udp(dport=inc(1,9))/stamp()')).summary.engine, 'packet', 'ports that change');
	t.is((await inject('-n', '10', '--flood', 'vlan(id=5)/stamp()')).summary.engine, 'xdp');
	await sink.close();
});

for (const transmit of ['sendmmsg', 'ring']) {
	test.serial(`${transmit}: a full qdisc makes the sender wait, and no frame is lost`, async t => {
		if (!need(t, {root: true, programs: ['tc']})) return;
		const {inject, sender, peer} = await bedFor(t);
		const shaped = await sender.run('tc', 'qdisc add dev eth0 root tbf rate 20mbit burst 20kb limit 30000'.split(' '));
		if (shaped.status !== 0) return skip(t, `needs sch_tbf: ${shaped.stderr.trim()}`);
		const sink = await startSink(peer);
		const {status, summary, stderr} = await inject('-n', '5000', '--flood', '--transmit', transmit, '--size', '200');
		t.is(status, 0, stderr);
		t.like(summary, {sent: 5000, bytes: 1_000_000, failed: 0, refusals: {}, leftover: 0});
		t.true(((summary.retried as unknown as Record<string, number>).ENOBUFS ?? 0) > 0);
		t.is((await sink.count()).frames, 5000);
		await sink.close();
	});
}

for (const [engine, transmit] of [
	['packet', 'sendmmsg'],
	['packet', 'ring'],
	['xdp', ''],
] as const) {
	test.serial(`${engine} ${transmit}: an interface that goes down in the middle is failure, and no frame that did not leave is called sent`, async t => {
		if (!need(t, {root: true})) return;
		const {sender, peer, words} = await bedFor(t);
		const sink = await startSink(peer);
		const child = sender.spawn(
			process.execPath,
			words(['--engine', engine, ...(transmit === '' ? [] : ['--transmit', transmit]), '-n', '3000', '-b', '2kpps']),
			{stdio: ['ignore', 'pipe', 'pipe']},
		);
		let stdout = '';
		child.stdout!.setEncoding('utf8').on('data', text => (stdout += text));
		const ended = once(child, 'close');
		for (; (await sink.count()).frames < 200; await sleep(20));
		t.is((await sender.run('ip', ['link', 'set', sender.iface, 'down'])).status, 0);
		const [status] = await ended;
		const {frames} = await sink.count();
		const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as {sent: number; failed: number; attempted: number; refusals: Record<string, number>};
		t.is(status, 1);
		t.is(summary.sent, frames);
		t.true(summary.failed > 0);
		t.is(summary.sent + summary.failed, summary.attempted);
		if (engine === 'packet') t.true((summary.refusals.ENETDOWN ?? summary.refusals.ENXIO ?? 0) > 0, JSON.stringify(summary.refusals));
		await sink.close();
	});
}

test.serial('what cannot be sent is refused before anything is: too long, no such engine, no privilege', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const {inject, sender} = await bedFor(t, {mtu: 9000});
	for (const engine of ['packet', 'xdp', 'auto']) {
		const {status, stderr} = await inject('--engine', engine, '-n', '5', '--size', '9015');
		t.is(status, 2, engine);
		t.regex(stderr, /9015 bytes.*9014 bytes at MTU 9000/);
	}
	const page = await inject('--engine', 'xdp', '-n', '5', '--size', '4000');
	t.is(page.status, 4);
	t.regex(page.stderr, /4000 bytes does not fit a page.*--engine packet/);
	t.is((await inject('--engine', 'auto', '-n', '5', '--flood', '--size', '4000')).summary.engine, 'packet');
	const unknown = await inject('--engine', 'dpdk');
	t.is(unknown.status, 2);
	t.regex(unknown.stderr, /engine/);
	t.is((await inject('--engine', 'xdp', '--transmit', 'ring')).status, 2);
	const changing = await inject('--engine', 'xdp', '-n', '5', 'ip4(dst=192.0.2.7)/udp(dport=inc(1,9))/stamp()');
	t.is(changing.status, 2);
	t.regex(changing.stderr, /--engine packet/);
	for (const [engine, why] of [
		['packet', /CAP_NET_RAW/],
		['xdp', /bpf\(2\) is not allowed here/],
	] as const) {
		const {status, stderr} = await netstress(['inject', '-i', 'lo', '-n', '1', '--engine', engine], {user: 'nobody'});
		// a checkout that nobody may read says so first
		if (/Cannot find module|EACCES: permission denied/.test(stderr)) continue;
		t.is(status, 4, stderr);
		t.regex(stderr, why);
	}
	t.truthy(sender);
});

test.serial('elsewhere than on Linux libpcap sends: ifconfig says what the interface is, and what needs Linux says so', async t => {
	if (!need(t, {root: true, programs: ['ifconfig', 'tcpdump']})) return;
	if (!(await hasCap())) return skip(t, 'needs the optional package cap');
	const {peer, sender, lab} = await bedFor(t);
	const elsewhere = ['--import', join(root, 'dist/test/kernel/inject/elsewhere.js'), program];
	let done = {status: null as number | null, stdout: '', stderr: ''};
	const stamps = await stampsAt(peer, lab.folder, 300, async () => {
		done = await sender.run(process.execPath, [...elsewhere, 'inject', '-i', sender.iface, '-n', '300', '-b', '5kpps', '--json']);
	});
	t.is(done.status, 0, done.stderr);
	t.like(JSON.parse(done.stdout.trim().split('\n').at(-1)!), {sent: 300, failed: 0, engine: 'pcap', interfaceCounter: 'none'});
	t.is(stamps.length, 300);
	t.true(stamps.every(({valid}) => valid));
	for (const [words, status, says] of [
		[['inject', '-i', 'nosuch0'], 2, /there is no interface nosuch0; see: ifconfig -a/],
		[['inject', '-i', sender.iface, '--size', '1515'], 2, /1514 bytes at MTU 1500/],
		[['inject', '-i', sender.iface, '--peer', 'lo'], 4, /this needs Linux/],
		[['receive', '-i', sender.iface], 4, /this needs Linux/],
	] as const) {
		const refused = await sender.run(process.execPath, [...elsewhere, ...words]);
		t.is(refused.status, status, refused.stderr);
		t.regex(refused.stderr, says);
	}
});
