// The recipes of docs/inject.md, packETH's ways to send: each is run as it stands there, and what arrives is counted and timed at the peer.
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {need} from '../need.js';
import {root} from '../program.js';
import {bedFor, program} from './bed.js';
import {tshark} from './pcap.js';

const stopwatch = fileURLToPath(new URL('./stopwatch.js', import.meta.url));
const page = readFileSync(join(root, 'docs/inject.md'), 'utf8');

/** Times of arrival in nanoseconds, and the length of each frame, of everything that `send` sends. */
async function arrivals(peer: LabHost, send: () => Promise<void>) {
	const child = peer.spawn(process.execPath, [stopwatch, peer.iface, '1000000', '60'], {stdio: ['pipe', 'pipe', 'inherit']});
	let said = '';
	child.stdout!.setEncoding('utf8').on('data', text => (said += text));
	const closed = once(child, 'close');
	await once(child.stdout!, 'data');
	await send();
	child.stdin!.end();
	await closed;
	const {at, lengths, drops} = JSON.parse(said.split('\n')[1]!) as {at: number[]; lengths: number[]; drops: number};
	return {at, lengths, drops};
}

/** Runs the recipe of that name: its line in the page is the command. */
async function recipe(t: ExecutionContext, line: string, stopAfterMs?: number) {
	t.true(page.includes(`\nnetstress inject -i eth1 ${line}`), `docs/inject.md has: ${line}`);
	const {peer, sender, words} = await bedFor(t);
	let summary: Record<string, unknown> & {sent: number; pace: Record<string, number>} = {sent: 0, pace: {}};
	const arrived = await arrivals(peer, async () => {
		const child = sender.spawn(process.execPath, words(line.split(' ')), {stdio: ['ignore', 'pipe', 'pipe']});
		let stdout = '';
		child.stdout!.setEncoding('utf8').on('data', text => (stdout += text));
		if (stopAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), stopAfterMs);
		const [status] = await once(child, 'close');
		t.is(status, 0, stdout);
		summary = JSON.parse(stdout.trim().split('\n').at(-1)!);
	});
	t.is(arrived.drops, 0);
	t.is(arrived.at.length, summary.sent, 'the peer counts what the summary says');
	return {...arrived, summary};
}

test.serial('one frame', async t => {
	if (!need(t, {root: true})) return;
	t.is((await recipe(t, '-n 1')).summary.sent, 1);
});

test.serial('N frames', async t => {
	if (!need(t, {root: true})) return;
	t.is((await recipe(t, '-n 500 -b 1kpps')).summary.sent, 500);
});

test.serial('for a time', async t => {
	if (!need(t, {root: true})) return;
	t.is((await recipe(t, '-D 2s -b 5Mbit --size 1250')).summary.sent, 1000);
});

test.serial('until stopped', async t => {
	if (!need(t, {root: true})) return;
	const {summary} = await recipe(t, '-n 0 -b 2kpps', 1500);
	t.true(summary.sent > 100);
});

test.serial('a rate that rises', async t => {
	if (!need(t, {root: true})) return;
	const {at, summary} = await recipe(t, '--rate-ramp 1kpps-5kpps/1kpps --ramp-step 200ms');
	// a machine that is busy with other things leaves frames out rather than let the ramp stand still
	t.is(summary.sent + (summary.pace.skipped as number), 200 + 400 + 600 + 800 + 1000);
	const inStep = (step: number) => at.filter(time => time >= step * 2e8 && time < (step + 1) * 2e8).length;
	t.true(inStep(3) > inStep(0), 'by the receiver’s clock');
});

test.serial('a length that rises', async t => {
	if (!need(t, {root: true})) return;
	const {lengths, summary} = await recipe(t, '--size-ramp 64-1514/290 --ramp-step 100ms -b 2kpps');
	t.is(summary.sent, 6 * 200);
	const sizes = [64, 354, 644, 934, 1224, 1514];
	t.deepEqual(
		lengths,
		sizes.flatMap(size => Array.from({length: 200}, () => size)),
	);
});

test.serial('bursts', async t => {
	if (!need(t, {root: true})) return;
	const {at, summary} = await recipe(t, '-n 320 --burst 32 --gap 10ms');
	t.is(summary.sent, 320);
	// between two bursts nothing: the longest pause inside one is shorter than the shortest between two
	const pauses = at.slice(1).map((time, i) => time - at[i]!);
	const between = pauses.filter((_, i) => (i + 1) % 32 === 0);
	const inside = pauses.filter((_, i) => (i + 1) % 32 !== 0);
	t.true(Math.max(...inside) < Math.min(...between));
});

test.serial('several streams, each at its own pace', async t => {
	if (!need(t, {root: true})) return;
	const {lab, inject, peer} = await bedFor(t);
	const file = join(lab.folder, 'streams');
	writeFileSync(
		file,
		'[slow]\nframes = stamp\nsize = 100\nrate = 100pps\ncount = 20\n[fast]\nframes = stamp\nsize = 200\ngap = 10ms\nburst = 10\ncount = 200\n[longer]\nframes = stamp\nsize-ramp = 300-500/100\nramp-step = 60ms\nrate = 1kpps\nburst = 3\n',
	);
	let skipped = 0;
	const {lengths, at} = await arrivals(peer, async () => {
		const {status, summary, stderr} = await inject('--streams', file);
		t.is(status, 0, stderr);
		skipped = summary.pace.skipped as number;
		t.is(summary.sent + skipped, 220 + 180);
	});
	t.is(lengths.filter(length => length === 100).length, 20);
	t.is(lengths.filter(length => length === 200).length, 200);
	const longer = lengths.filter(length => length >= 300);
	t.deepEqual(
		longer,
		[...longer].sort((a, b) => a - b),
		'one length after the other',
	);
	t.is(longer.length + skipped, 180);
	for (const length of [300, 400, 500]) t.true(longer.filter(one => one === length).length <= 60);
	// side by side: each begins before the other ends
	const [first, last] = [(size: number) => at[lengths.indexOf(size)]!, (size: number) => at[lengths.lastIndexOf(size)]!];
	t.true(first(100) < last(200) && first(200) < last(100));
});

/** Captures what `send` sends, with tcpdump, and asks tshark how many frames a filter finds. */
async function captured(lab: Awaited<ReturnType<typeof bedFor>>['lab'], peer: LabHost, frames: number, send: () => Promise<void>) {
	const file = join(lab.folder, 'seen.pcap');
	const dump = peer.spawn('tcpdump', ['-i', peer.iface, '-nn', '-w', file, '-c', String(frames), 'ip'], {stdio: ['ignore', 'ignore', 'pipe']});
	const ended = once(dump, 'exit');
	await once(dump.stderr!, 'data');
	await send();
	await ended;
	return (filter: string) => tshark(file, '-Y', filter, '-T', 'fields', '-e', 'frame.number').split('\n').filter(Boolean).length;
}

test.serial('a share of attacks among other traffic: the stream file of the page', async t => {
	if (!need(t, {root: true, programs: ['tcpdump', 'tshark']})) return;
	t.true(page.includes('\nnetstress inject -i eth1 --streams attacks.streams'));
	const streams = /```\n(\[innocent\][^`]*)```/.exec(page)?.[1];
	t.truthy(streams);
	const {lab, peer, inject} = await bedFor(t);
	const file = join(lab.folder, 'attacks.streams');
	writeFileSync(file, streams!);
	const count = await captured(lab, peer, 1000, async () => {
		const {status, summary, stderr} = await inject('--streams', file);
		t.is(status, 0, stderr);
		t.is(summary.sent, 1000);
	});
	t.is(count('tcp.srcport == 80 and tcp.flags == 0x10 and tcp.checksum.status == 1 and ip.checksum.status == 1'), 1000);
	t.is(count('frame contains "/cgi-bin/phf?Qalias=x"'), 250);
	t.is(count('frame contains "200 OK"'), 750);
	// in the first half as in the second: side by side, not one behind the other
	const early = count('frame.number <= 500 and frame contains "phf"');
	t.true(early > 75 && early < 175, `${early}`);
});

test.serial('a pcapng file that Wireshark wrote goes out frame by frame', async t => {
	if (!need(t, {root: true, programs: ['tcpdump', 'tshark', 'editcap']})) return;
	const {lab, peer, inject} = await bedFor(t);
	const [classic, next] = [join(lab.folder, 'a.pcap'), join(lab.folder, 'a.pcapng')];
	execFileSync(process.execPath, [program, 'inject', '-w', classic, '-n', '40', 'ip4(dst=192.0.2.7)/udp(dport=inc(1,40))/payload(30)']);
	execFileSync('editcap', ['-F', 'pcapng', classic, next]);
	const count = await captured(lab, peer, 31, async () => {
		const {status, summary, stderr} = await inject('-r', next, '--frame', '10-', '-b', '1kpps');
		t.is(status, 0, stderr);
		t.is(summary.sent, 31);
	});
	t.is(count('udp.checksum.status == 1'), 31);
	t.is(count('udp.dstport >= 10'), 31);
	t.is(count('udp.dstport == 10 or udp.dstport == 40'), 2);
});
