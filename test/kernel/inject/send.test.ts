// Frames from templates on a real link: the receiving kernel's own counters, its answers, and tcpdump's capture say what arrived.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {CaptureFileDecoder} from '../../../src/wire/capture-file.js';
import {need} from '../need.js';
import {netstress, root, startNetstress} from '../program.js';
import {tshark} from './pcap.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-send-'));
test.after.always(() => rmSync(folder, {recursive: true}));

const program = join(root, 'dist/tools/netstress.js');
/** What a lab gives its first two hosts (docs/lab.md). */
const target = {mac: '02:6e:73:00:00:01', address: '10.77.0.1', address6: 'fd77::1'};
const initiator = {address: '10.77.0.2', address6: 'fd77::2'};

/** A lab of two hosts, and ways to run programs there. */
async function bed(t: ExecutionContext, name: string) {
	t.is((await netstress(['lab', 'up', '--name', name])).status, 0);
	t.teardown(() => netstress(['lab', 'down', '--name', name]));
	const words = (host: string, ...args: string[]) => ['lab', 'exec', '--name', name, host, '--', ...args];
	return {
		words,
		on: (host: string, ...args: string[]) => netstress(words(host, ...args)),
		inject: (...args: string[]) => netstress(words('initiator', process.execPath, program, 'inject', '-i', 'eth0', ...args)),
	};
}

/** The counters of /proc/net/snmp and snmp6 of the target, by `Udp.NoPorts`. */
async function counters(run: (host: string, ...args: string[]) => Promise<{stdout: string}>): Promise<Map<string, number>> {
	const found = new Map<string, number>();
	const lines = (await run('target', 'cat', '/proc/net/snmp')).stdout.split('\n');
	for (let i = 0; i + 1 < lines.length; i += 2) {
		const [names = '', values = ''] = [lines[i], lines[i + 1]];
		const numbers = values.split(' ');
		for (const [j, name] of names.split(' ').entries()) if (j > 0) found.set(`${names.split(':')[0]}.${name}`, Number(numbers[j]));
	}
	for (const line of (await run('target', 'cat', '/proc/net/snmp6')).stdout.split('\n')) {
		const [name = '', value] = line.split(/\s+/);
		found.set(name, Number(value));
	}
	return found;
}

test.serial('the kernel takes what templates build: right checksums count as received, wrong ones as wrong', async t => {
	if (!need(t, {root: true})) return;
	const {on, inject} = await bed(t, `fk${process.pid}`);
	const ip4 = `eth(da=${target.mac})/ip4(src=${initiator.address},dst=${target.address})`;
	const ip6 = `eth(da=${target.mac})/ip6(src=${initiator.address6},dst=${target.address6})`;
	const cases: ReadonlyArray<readonly [template: string, size: string, counts: string, by: number]> = [
		[`${ip4}/udp(sport=rnd(),dport=inc(20000,20009))/stamp`, '86-1514', 'Udp.NoPorts', 100],
		[`${ip4}/udp(sum=!1)/payload(20)`, '', 'Udp.InCsumErrors', 100],
		[`${ip4}/tcp(ack,sport=rnd(1024,65535),dport=9,seq=rnd())/payload(rnd())`, 'rnd(60,1514)', 'Tcp.InSegs', 100],
		[`${ip4}/tcp(ack,sum=!0x1234)`, '', 'Tcp.InCsumErrors', 100],
		[`${ip4}/icmp(echo,id=7,seq=inc())/payload()`, '64-200', 'Icmp.InEchos', 100],
		[`${ip4}/icmp(echo,sum=!1)`, '', 'Icmp.InCsumErrors', 100],
		[`eth(da=${target.mac})/ip4(src=${initiator.address},dst=${target.address},sum=!7)/udp`, '', 'Ip.InHdrErrors', 100],
		[`eth(da=${target.mac})/vlan(id=0)/ip4(src=${initiator.address},dst=${target.address})/udp(dport=20010)`, '', 'Udp.NoPorts', 100],
		[`${ip6}/udp(dport=rnd(20000,20099))/stamp`, '106-1514', 'Udp6NoPorts', 100],
		[`${ip6}/icmp6(echo,seq=inc())/payload(33)`, '', 'Icmp6InEchos', 100],
		[`${ip6}/icmp6(echo,sum=!1)`, '', 'Icmp6InCsumErrors', 100],
	];
	for (const [template, size, name, by] of cases) {
		const before = await counters(on);
		const sent = await inject('--json', '-n', String(by), '-b', '1kpps', ...(size === '' ? [] : ['--size', size]), template);
		t.is(sent.status, 0, sent.stderr);
		const after = await counters(on);
		const moved = (counter: string) => (after.get(counter) ?? 0) - (before.get(counter) ?? 0);
		t.is(moved(name), by, `${name} by ${template}`);
		const wrong = ['Udp.InCsumErrors', 'Tcp.InCsumErrors', 'Icmp.InCsumErrors', 'Ip.InHdrErrors', 'Udp6InCsumErrors', 'Icmp6InCsumErrors'].filter(
			counter => counter !== name,
		);
		t.deepEqual(
			wrong.filter(counter => moved(counter) !== 0),
			[],
			template,
		);
	}
	const long = await inject('-n', '1', '--size', '1515', 'udp');
	t.is(long.status, 2);
	t.regex(long.stderr, /frames of 1515 bytes are more than eth0 takes: 1514 bytes at MTU 1500/);
	t.is((await inject('-n', '1', '--size', '1514', 'udp')).status, 0);
	t.regex((await inject('--print', 'arp')).stdout, /eth\.src: 02:6e:73:00:00:02/, 'from the interface that is named');
	// an ARP request that a template builds is answered: the kernel believed it
	const asked = await inject('-n', '1', `eth(da=ff:ff:ff:ff:ff:ff)/arp(request,spa=10.77.0.99,sha=02:00:00:00:00:99,tpa=${target.address})`);
	t.is(asked.status, 0, asked.stderr);
	t.regex((await on('target', 'ip', 'neighbour')).stdout, /10\.77\.0\.99 .*02:00:00:00:00:99/);
});

test.serial('what arrives is what --engine file wrote with the same seed, for every kind of frames', async t => {
	if (!need(t, {root: true, programs: ['tcpdump', 'tshark']})) return;
	const {words, inject} = await bed(t, `ff${process.pid}`);
	const capture = join(folder, 'read.pcap');
	const packets = join(folder, 'packets.cfg');
	writeFileSync(packets, '{ eth(da=02:00:00:00:00:07,sa=02:00:00:00:00:08,type=0x88b5), "trafgen", dinc(1,9), fill(7,50) }\n');
	const kinds: ReadonlyArray<readonly string[]> = [
		['--seed', '5', '--size', '80-300', 'eth(sa=02:00:00:00:00:08,type=0x88b5)/payload(rnd())'],
		['--seed', '6', 'eth(sa=02:00:00:00:00:08)/vlan(id=rnd(1,4094))/aoe(shelf=1,slot=0)/ata(read,lba=rnd(0,100000))'],
		['--trafgen', packets],
		['--hex', `0200000000070200000000088 8b5${'ab'.repeat(60)}`.replaceAll(' ', '')],
		['--read', capture, '--frame', '2-5'],
	];
	for (const [i, args] of kinds.entries()) {
		const written = join(folder, `written-${i}.pcap`);
		t.is((await netstress(['inject', '-w', written, '-n', '40', ...args])).status, 0);
		if (i === 0) writeFileSync(capture, readFileSync(written));
		const seen = join(folder, `seen-${i}.pcap`);
		const dump = startNetstress(words('target', 'tcpdump', '-i', 'eth0', '-c', '40', '-w', seen, '-U', 'ether', 'src', '02:00:00:00:00:08'));
		await new Promise(resolve => setTimeout(resolve, 700)); // tcpdump says nothing on standard output before the first frame
		const sent = await inject('-n', '40', '-b', '1kpps', ...args);
		t.is(sent.status, 0, sent.stderr);
		await dump.finished;
		t.deepEqual(framesIn(seen), framesIn(written), args.join(' '));
	}
	t.is(tshark(join(folder, 'written-1.pcap'), '-Y', 'aoe.cmd == 0', '-T', 'fields', '-e', 'vlan.id').trim().split('\n').length, 40);
});

test.serial('streams go at once, each with its own count, and their stamps say which', async t => {
	if (!need(t, {root: true, programs: ['tcpdump', 'tshark']})) return;
	const {words, inject} = await bed(t, `fs${process.pid}`);
	const file = join(folder, 'two.streams');
	writeFileSync(file, '[slow]\nframes = stamp\ncount = 20\nrate = 100pps\n\n[fast]\nframes = vlan(id=5)/stamp\ncount = 200\nrate = 1kpps\nstream = 9\n');
	const seen = join(folder, 'streams.pcap');
	const dump = startNetstress(words('target', 'tcpdump', '-i', 'eth0', '-c', '220', '-w', seen, '-U', 'ether', 'proto', '0x88b5', 'or', 'vlan'));
	await new Promise(resolve => setTimeout(resolve, 700)); // tcpdump says nothing on standard output before the first frame
	const sent = await inject('--json', '--streams', file);
	t.is(sent.status, 0, sent.stderr);
	t.like(JSON.parse(sent.stdout.trim()) as object, {sent: 220, failed: 0, bytes: 20 * 60 + 200 * 62});
	await dump.finished;
	const frames = framesIn(seen).map(frame => Buffer.from(frame, 'hex'));
	const [slow, fast] = [frames.filter(frame => frame.readUInt16BE(12) === 0x88b5), frames.filter(frame => frame.readUInt16BE(12) === 0x8100)];
	t.deepEqual(
		slow.map(frame => [frame.readUInt32BE(14 + 12), frame.readUInt32BE(14 + 20)]),
		Array.from({length: 20}, (_, i) => [0, i]),
	);
	t.deepEqual(
		fast.map(frame => [frame.readUInt32BE(18 + 12), frame.readUInt32BE(18 + 20)]),
		Array.from({length: 200}, (_, i) => [9, i]),
	);
});

/** The frames of a capture file, in hexadecimal. */
function framesIn(path: string): string[] {
	const decoder = new CaptureFileDecoder();
	decoder.push(readFileSync(path));
	const list: string[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) list.push(Buffer.from(record.bytes).toString('hex'));
	return list;
}
