// netstress receive on a veth: what the sender's and the dropper's own counters say is what it counts, to the frame.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {netstress, root} from '../program.js';
import {dropAt} from './dropper.js';

const program = join(root, 'dist/tools/netstress.js');

interface Summary {
	readonly [key: string]: unknown;
	readonly received: number;
	readonly lost: number;
	readonly ringDropped: number;
}

async function twoHosts(t: ExecutionContext) {
	const lossy = {between: ['a', 'b'] as [string, string], mtu: 1500, lossEngine: 'xdp' as const};
	const lab = await createLab({hosts: ['a', 'b'], links: [lossy]}, {prefix: `netstress-r${process.pid}`});
	t.teardown(() => lab.close());
	return {lab, a: lab.host('a'), b: lab.host('b')};
}

/** Starts a receiver; resolves when it counts. */
async function receive(t: ExecutionContext, host: LabHost, ...args: string[]) {
	const child = host.spawn(process.execPath, [program, 'receive', '-i', host.iface, '--json', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => void child.kill('SIGKILL'));
	let [stdout, stderr] = ['', ''];
	const finished = new Promise<{status: number | null; summary: Summary; stderr: string}>((resolve, reject) =>
		child.on('close', status => {
			const last = stdout.trim().split('\n').at(-1) ?? '';
			if (last === '') reject(new Error(stderr));
			else resolve({status, summary: JSON.parse(last) as Summary, stderr});
		}),
	);
	child.stdout!.setEncoding('utf8').on('data', text => {
		stdout += text;
	});
	await new Promise<void>((resolve, reject) => {
		child.stderr!.on('data', text => {
			stderr += String(text);
			if (stderr.includes('counting stamped frames')) resolve();
		});
		finished.catch(reject);
	});
	return {child, finished};
}
const inject = async (t: ExecutionContext, host: LabHost, ...args: string[]) => {
	const {stdout} = await host.run(process.execPath, [program, 'inject', '-i', host.iface, '--json', ...args]);
	const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as {sent: number; run: string};
	t.true(summary.sent > 0);
	return summary;
};
/** Frames are in the ring when their sender has ended; its blocks are handed over after 20 ms. */
const settle = () => new Promise(resolve => setTimeout(resolve, 300));

test.serial('what is sent is counted, in every kind of frame, and own frames are not', async t => {
	if (!need(t, {root: true})) return;
	const {a, b} = await twoHosts(t);
	for (const template of ['stamp', 'vlan(id=7)/stamp', 'ip4(dst=10.77.0.9)/udp(dport=9)/stamp', 'ip6(dst=fd77::9)/tcp(ack)/stamp']) {
		const {child, finished} = await receive(t, b, '--from-zero', '--max-loss', '0');
		const {sent, run} = await inject(t, a, '-n', '5000', '-b', '20kpps', '--size', '150', template);
		await inject(t, b, '-n', '100');
		await settle();
		child.kill('SIGINT');
		const {status, summary, stderr} = await finished;
		t.is(status, 0, stderr);
		t.like(summary, {received: sent, unique: 5000, lost: 0, duplicated: 0, reordered: 0, corrupted: 0, late: 0, ringDropped: 0, foreign: 0}, template);
		t.like(summary, {negativeLatencies: 0}, 'one clock');
		t.like((summary.streams as object[])[0], {run, stream: 0, firstSequence: 0, lastSequence: 4999});
		t.log(`${template}: latency ${JSON.stringify(summary.latencyNs)}`);
	}
});

test.serial('frames that an XDP program drops are lost, as many and in such bursts as it was told', async t => {
	if (!need(t, {root: true})) return;
	const {lab, a, b} = await twoHosts(t);
	const cases = [
		{rule: {kind: 'every', first: 10, every: 100}, crossed: true},
		{rule: {kind: 'one', first: 0}, crossed: false},
		{rule: {kind: 'share', share: 0.05}, crossed: true},
	] as const;
	for (const {rule, crossed} of cases) {
		const {child, finished} = await receive(t, b, '--from-zero', '--max-loss', '0.5%');
		const before = await lab.lose(rule, ['b']);
		const {sent} = await inject(t, a, '-n', '10000', '-b', '20kpps');
		await settle();
		const after = await lab.lose({kind: 'share', share: 0}, ['b']);
		child.kill('SIGINT');
		const {status, summary, stderr} = await finished;
		const total = (list: typeof after) => list.reduce((sum, {dropped}) => sum + dropped, 0);
		const dropped = total(after) - total(before);
		t.true(dropped > 0);
		t.is(sent, 10_000);
		t.is(summary.ringDropped, 0);
		t.is(summary.received + dropped, sent, JSON.stringify(rule));
		t.like(summary, {lost: dropped, networkLost: dropped, duplicated: 0, reordered: 0, corrupted: 0});
		t.is(status, crossed ? 3 : 0, stderr);
		if (rule.kind === 'every') t.deepEqual(summary.lossBursts, [{from: 1, to: 1, bursts: dropped}]);
		t.log(`${JSON.stringify(rule)}: ${sent} sent, ${summary.received} received, ${dropped} dropped, ${summary.lost} lost`);
	}
});

test.serial('a count and a duration end it; a ring that is too small is not the network', async t => {
	if (!need(t, {root: true})) return;
	const {a, b} = await twoHosts(t);
	const counted = await receive(t, b, '-n', '50');
	await inject(t, a, '-n', '200');
	t.like((await counted.finished).summary, {received: 50, lost: 0});
	const timed = await receive(t, b, '-D', '500ms');
	t.like((await timed.finished).summary, {received: 0, lost: 0});
	const {child, finished} = await receive(t, b, '--from-zero', '--ring-size', '512KiB', '--max-loss', '0');
	child.kill('SIGSTOP');
	await inject(t, a, '-n', '20000', '--flood', '--size', '1000');
	child.kill('SIGCONT');
	await settle();
	child.kill('SIGINT');
	const {summary, status, stderr} = await finished;
	t.true(summary.ringDropped > 0);
	t.is(summary.networkLost, 0);
	t.true(summary.lost <= summary.ringDropped);
	t.is(status, 1, 'nobody can tell what the network lost');
	t.regex(stderr, /our own ring lost frames/);
});

test.serial('inject --peer closes the sum, what an XDP program drops last included, and keeps to --max-loss', async t => {
	if (!need(t, {root: true})) return;
	const {a} = await twoHosts(t);
	await a.run('ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
	for (const name of ['v0', 'v1']) await a.run('ip', ['link', 'set', name, 'up']);
	const run = async (...args: string[]) => {
		const child = a.spawn(process.execPath, [program, 'inject', '-i', 'v0', '--peer', 'v1', '--json', ...args], {stdio: ['ignore', 'pipe', 'pipe']});
		t.teardown(() => void child.kill('SIGKILL'));
		let [stdout, stderr] = ['', ''];
		child.stdout!.on('data', text => {
			stdout += String(text);
		});
		child.stderr!.on('data', text => {
			stderr += String(text);
		});
		const status = await new Promise<number | null>(resolve => child.on('close', resolve));
		const {sent, peer} = JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as {sent: number; peer: Summary & {unique: number; networkLost: number}};
		return {status, sent, peer, stderr};
	};
	for (const words of [
		['-b', '50kpps', '--engine', 'packet'],
		['-b', '50kpps', 'ip4/udp/stamp'],
		['-b', '100kpps', '--transmit', 'ring'],
	]) {
		const {status, sent, peer, stderr} = await run('-n', '20000', '--max-loss', '0', ...words);
		t.is(status, 0, stderr);
		t.like(peer, {received: sent, unique: 20_000, lost: 0, ringDropped: 0, negativeLatencies: 0}, words.join(' '));
	}
	// every tenth frame, the last one of all too: it leaves no gap in the numbers, and only the sender's count tells
	const end = await dropAt(t, a, 'v1', {kind: 'every', first: 9, every: 10});
	const {status, sent, peer, stderr} = await run('-n', '10000', '-b', '50kpps', '--engine', 'packet', '--max-loss', '9%');
	const dropped = await end();
	t.is(status, 3, stderr);
	t.is(sent, peer.unique + peer.lost);
	t.is(peer.lost, 1000);
	t.true(dropped >= 1000, 'neighbour discovery may have been among the frames');
	t.log(`${sent} sent = ${peer.unique} received + ${peer.lost} lost; the program dropped ${dropped}`);
});

test.serial('inject --peer: each stream has its own losses, those behind the last frame that came too, also with --cpus', async t => {
	if (!need(t, {root: true})) return;
	const {lab, a, b} = await twoHosts(t);
	for (const host of [a, b]) await host.run('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
	await a.run('ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
	for (const name of ['v0', 'v1']) await a.run('ip', ['link', 'set', name, 'up']);
	const file = join(lab.folder, 'streams');
	// in turn, a frame each: of the last ten of both, all are lost
	writeFileSync(file, '[one]\nframes = stamp\nstream = 3\nrate = 1kpps\ncount = 100\n[two]\nframes = ip4/udp/stamp\nrate = 1kpps\ncount = 100\n');
	for (const words of [
		['--streams', file],
		['--cpus', '0,1', '-n', '200', '-b', '2kpps'],
	]) {
		const end = await dropAt(t, a, 'v1', {kind: 'every', first: 180, every: 1});
		const {stdout, stderr} = await a.run(process.execPath, [program, 'inject', '-i', 'v0', '--peer', 'v1', '--engine', 'packet', '--json', ...words]);
		const dropped = await end();
		const {sent, peer} = JSON.parse(stdout.trim().split('\n').at(-1) || stderr) as {
			sent: number;
			peer: Summary & {unique: number; streams: {stream: number; unique: number; lost: number}[]; lossBursts: {bursts: number; from: number}[]};
		};
		t.is(dropped, 20);
		t.is(sent, peer.unique + 20);
		t.is(peer.lost, 20);
		const streams = [...peer.streams].sort((x, y) => x.stream - y.stream);
		t.deepEqual(
			streams.map(({stream}) => stream),
			words[0] === '--cpus' ? [0, 1] : [1, 3],
		);
		for (const {unique, lost} of streams) t.is(unique + lost, 100, words.join(' '));
		t.is(
			streams.reduce((sum, {lost}) => sum + lost, 0),
			20,
		);
		t.is(
			peer.lossBursts.reduce((sum, {from, bursts}) => sum + from * bursts, 0),
			20,
		);
	}
});

test('wrong words are usage errors', async t => {
	t.is((await netstress(['receive'])).status, 2);
	for (const words of [
		['-i', 'lo', '--run', 'xyz'],
		['-i', 'lo', '--stream', '-1'],
		['-i', 'lo', '--max-loss', '3'],
		['-i', 'lo', '--pattern', 'HELLO'],
		['-i', 'lo', '--pattern', 'HELLO@50'],
		['-i', 'lo', '--pattern', 'HELLO@50', '--counter', '52'],
		['-i', 'lo', '--pattern', 'HELLO@50', '--counter', '60', '--run', '1'],
		['-i', 'no-such-one'],
	])
		t.is((await netstress(['receive', ...words])).status, 2, words.join(' '));
	for (const words of [
		['-i', 'lo', '--max-loss', '1%'],
		['-i', 'lo', '--peer', 'lo'],
		['--print', '--peer', 'lo'],
	])
		t.is((await netstress(['inject', ...words])).status, 2, words.join(' '));
});
