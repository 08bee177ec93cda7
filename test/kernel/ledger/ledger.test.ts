// The ledger closes: each loss is made on purpose, counted by somebody else as well, and the sum is exact.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {dropAt} from '../inject/dropper.js';
import {need} from '../need.js';
import {netstress, readableCopy, startNetstress} from '../program.js';
import {bedFor, type Closed, summaryOf} from './bed.js';

const flood = ['--flood', '-n', '50000'];

/** Everything is there, and lost in these places and nowhere else. */
function closes(t: ExecutionContext, ledger: Closed, lost: Readonly<Record<string, number>>): void {
	t.log(`${ledger.sent} sent, ${ledger.received} received, ${JSON.stringify(ledger.at)}, ${ledger.unexplained} unexplained (${ledger.monitor?.source})`);
	t.is(ledger.unexplained, 0, ledger.stderr);
	t.deepEqual(ledger.at, lost);
	const total = Object.values(lost).reduce((sum, count) => sum + count, 0);
	t.is(ledger.sent + ledger.again, ledger.received + total);
	t.is(ledger.status, 0);
}

test.serial('nothing lost', async t => {
	if (!need(t, {root: true})) return;
	const {ledger} = await bedFor(t);
	const closed = await ledger(...flood);
	closes(t, closed, {});
	t.is(closed.received, 50_000);
});

test.serial('nobody listens', async t => {
	if (!need(t, {root: true})) return;
	const {ledger} = await bedFor(t);
	closes(t, await ledger(...flood, '--receiver', 'none'), {unhandled: 50_000});
});

test.serial("the receiver's packet ring overflows", async t => {
	if (!need(t, {root: true})) return;
	const {ledger} = await bedFor(t);
	const closed = await ledger('--flood', '-n', '300000', '-S', '256KiB');
	const lost = closed.at['packet-ring'] ?? 0;
	t.true(lost > 0, 'the ring held everything: nothing was tried');
	closes(t, closed, {'packet-ring': lost});
});

test.serial('a UDP receive buffer overflows', async t => {
	if (!need(t, {root: true})) return;
	const {ledger, left, right, must} = await bedFor(t);
	const udp = `ip4(src=${left.address.split('/')[0]},dst=${right.address.split('/')[0]})/udp(sport=7,dport=9999)/stamp()`;
	const closed = await ledger(udp, ...flood, '--receiver', 'udp:9999', '-S', '8KiB');
	const snmp = await must(right, 'nstat', '-asz', 'UdpRcvbufErrors');
	const lost = Number(/UdpRcvbufErrors\s+(\d+)/.exec(snmp)?.[1]);
	t.true(lost > 0);
	closes(t, closed, {socket: lost});
});

test.serial('a closed port', async t => {
	if (!need(t, {root: true})) return;
	const {ledger, left, right} = await bedFor(t);
	const udp = `ip4(src=${left.address.split('/')[0]},dst=${right.address.split('/')[0]})/udp(sport=7,dport=9999)/stamp()`;
	closes(t, await ledger(udp, ...flood, '--receiver', 'none'), {'no-socket': 50_000});
});

test.serial("a CPU's backlog overflows", async t => {
	if (!need(t, {root: true})) return;
	const {ledger, backlog} = await bedFor(t);
	const dropped = await backlog(1);
	const closed = await ledger('--flood', '-n', '1000000');
	const lost = closed.at.backlog ?? 0;
	t.true(lost > 0, 'the other CPU kept up: nothing was tried');
	t.true(dropped() >= lost);
	closes(t, closed, {backlog: lost});
});

test.serial("a veth's ring is full", async t => {
	if (!need(t, {root: true})) return;
	const {ledger, right, must} = await bedFor(t);
	// an XDP program that loses nothing gives the veth a ring; a thread empties it, when a CPU has time for it
	const end = await dropAt(t, right, right.iface, {kind: 'share', share: 0});
	await must(right, 'sh', '-c', `echo 1 > /sys/class/net/${right.iface}/threaded`);
	const closed = await ledger('--flood', '-n', '300000');
	t.is(await end(), 0);
	const lost = closed.at['ring-veth'] ?? 0;
	t.true(lost > 0, `the ring was never full: ${JSON.stringify(closed.at)}`);
	closes(t, closed, {'ring-veth': lost});
});

test.serial("the sender's queue is full", async t => {
	if (!need(t, {root: true})) return;
	const {ledger, bucket} = await bedFor(t);
	const dropped = await bucket();
	const closed = await ledger(...flood);
	const lost = await dropped();
	t.true(lost > 0);
	closes(t, closed, {qdisc: lost});
});

test.serial('a transmit ring offers again what the queue threw away: more drops than losses', async t => {
	if (!need(t, {root: true})) return;
	const {ledger, bucket} = await bedFor(t);
	const dropped = await bucket();
	const closed = await ledger('--flood', '-n', '5000', '--transmit', 'ring');
	const thrown = await dropped();
	t.true(closed.again > 0);
	t.is(closed.received, 5000);
	closes(t, closed, {qdisc: thrown});
});

test.serial('an XDP program drops', async t => {
	if (!need(t, {root: true})) return;
	const {ledger, right} = await bedFor(t);
	const end = await dropAt(t, right, right.iface, {kind: 'every', first: 0, every: 7});
	const closed = await ledger(...flood);
	const lost = await end();
	t.true(lost >= Math.floor(50_000 / 7));
	closes(t, closed, {xdp: closed.at.xdp ?? 0});
	// the rule counts whatever comes, also what the kernel says by itself on a new link
	t.true(Math.abs(lost - (closed.at.xdp ?? 0)) <= 5, `${lost} lost by the program`);
});

test.serial('a rule of netfilter drops', async t => {
	if (!need(t, {root: true, programs: ['nft']})) return;
	const {ledger, rule} = await bedFor(t);
	const dropped = await rule();
	const closed = await ledger(...flood);
	closes(t, closed, {filter: 5000});
	t.is(await dropped(), 5000);
});

test.serial('frames longer than the MTU, at this end and at the other', async t => {
	if (!need(t, {root: true})) return;
	const {ledger, right, must} = await bedFor(t);
	closes(t, await ledger('--flood', '-n', '5000', '--size', '2000'), {refused: 5000});
	await must(right, 'ip', 'link', 'set', right.iface, 'mtu', '600');
	closes(t, await ledger('--flood', '-n', '5000', '--size', '1000'), {'driver-tx': 5000});
});

/** Frames are on their way when the receiving interface counts them. */
async function someFramesCame({right}: Awaited<ReturnType<typeof bedFor>>): Promise<void> {
	for (let i = 0; i < 200; i++) {
		const {stdout} = await right.run('cat', [`/sys/class/net/${right.iface}/statistics/rx_packets`]);
		if (Number(stdout) > 500) return;
		await sleep(20);
	}
}

for (const end of ['left', 'right'] as const) {
	test.serial(`the ${end} interface goes down in the middle`, async t => {
		if (!need(t, {root: true})) return;
		const bed = await bedFor(t);
		const running = startNetstress(['ledger', '--from', bed.from, '--to', bed.to, '--json', '-b', '2kpps', '-n', '8000']);
		const host = bed[end];
		await someFramesCame(bed);
		await bed.must(host, 'ip', 'link', 'set', host.iface, 'down');
		const closed = summaryOf(await running.finished);
		t.true(closed.received >= 500 && closed.received < 8000, `${closed.received} received`);
		closes(t, closed, closed.at);
		const places = Object.keys(closed.at);
		t.true(
			places.every(place => ['refused', 'driver-tx', 'qdisc', 'teardown'].includes(place)),
			places.join(),
		);
	});
}

test.serial('the link is taken away in the middle: what had come is counted, the rest was refused', async t => {
	if (!need(t, {root: true})) return;
	const bed = await bedFor(t);
	const running = startNetstress(['ledger', '--from', bed.from, '--to', bed.to, '--json', '-b', '2kpps', '-n', '8000']);
	await someFramesCame(bed);
	await bed.must(bed.right, 'ip', 'link', 'del', bed.right.iface);
	const closed = summaryOf(await running.finished);
	t.regex(closed.stderr, /^interface \S+@\S+ has gone away: what had come until then is counted$/m);
	t.true(closed.received >= 500 && closed.received < 8000, `${closed.received} received`);
	// one that was on its way may die with the link
	closes(t, closed, closed.at);
	t.true((closed.at.refused ?? 0) > 0);
});

test.serial('a receiving half whose interface is taken away ends by itself', async t => {
	if (!need(t, {root: true})) return;
	const bed = await bedFor(t);
	const receiving = startNetstress(['ledger', '--to', bed.to, '--json', '--run', '1a2b']);
	await receiving.saw('"ready"');
	await bed.must(bed.right, 'ip', 'link', 'del', bed.right.iface);
	const {status, stdout, stderr} = await receiving.finished;
	t.is(status, 0);
	t.regex(stderr, /has gone away/);
	t.regex(stdout, /"runs":\["1a2b"\]/);
});

test.serial('five losses at once, ten million frames', async t => {
	if (!need(t, {root: true, programs: ['nft']})) return;
	const {ledger, rule, right, backlog} = await bedFor(t);
	const xdp = await dropAt(t, right, right.iface, {kind: 'every', first: 0, every: 1000});
	const filtered = await rule('0x88b5', 100);
	const overflowed = await backlog(4);
	const closed = await ledger('--flood', '-n', '10000000', '--size', '60-1520', '-S', '1MiB');
	t.is(closed.sent, 10_000_000);
	for (const hop of closed.hops) t.log(`${hop.place} ${hop.count} by ${hop.source} ${hop.symbol ?? ''}, also ${JSON.stringify(hop.confirmed)}`);
	const {at} = closed;
	const ruled = await filtered();
	t.log(`${ruled} by the rule, ${overflowed()} by softnet`);
	closes(t, closed, at);
	// a program at the tracepoint is not called for every drop on an idle CPU; a trace buffer counts those, without their reason
	// (softnet's own count goes first, and has the few frames in it that a new link sends by itself)
	const filteredOrUnknown = (at.filter ?? 0) + (at.unknown ?? 0);
	t.true(Math.abs(filteredOrUnknown - ruled) <= 5, `${filteredOrUnknown} by the ledger`);
	t.true(Math.abs((at.xdp ?? 0) - (await xdp())) <= 5);
	t.true(overflowed() >= (at.backlog ?? 0));
	for (const place of ['refused', 'xdp', 'filter', 'backlog', 'packet-ring']) t.true((at[place] ?? 0) > 0, `nothing was lost at ${place}`);
});

test.serial('two halves, recorded apart, are the whole', async t => {
	if (!need(t, {root: true, programs: ['nft']})) return;
	const bed = await bedFor(t);
	const folder = mkdtempSync(join(tmpdir(), 'netstress-ledger-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const [a, b] = [join(folder, 'a.ndjson'), join(folder, 'b.ndjson')];
	await bed.rule();
	const receiving = startNetstress(['ledger', '--to', bed.to, '--record', b, '--json', '-D', '20s']);
	await receiving.saw('"ready"');
	const sent = await netstress(['ledger', '--from', bed.from, '--record', a, '--json', '--dst', bed.right.mac, '--flood', '-n', '20000']);
	t.is(sent.status, 0, sent.stderr);
	receiving.child.kill('SIGINT');
	t.is((await receiving.finished).status, 0);
	const joined = summaryOf(await netstress(['ledger', '--merge', a, b, '--json']));
	t.is(joined.unexplained, 0);
	t.deepEqual(joined.at, {filter: 2000});
	t.is(joined.received, 18_000);
	const other = await netstress(['ledger', '--merge', a, a]);
	t.is(other.status, 2);
	t.regex(other.stderr, /with both its sides/);
	writeFileSync(b, readFileSync(b, 'utf8').replace('"unseen"', '"unsaid"'));
	const broken = await netstress(['ledger', '--merge', a, b]);
	t.is(broken.status, 1);
	t.regex(broken.stderr, /b\.ndjson, line 2: "unseen" is no count/);
});

test.serial('limits: what was lost and what is unexplained give status 3', async t => {
	if (!need(t, {root: true, programs: ['nft']})) return;
	const {from, to, rule} = await bedFor(t);
	await rule();
	const lossy = await netstress(['ledger', '--from', from, '--to', to, '-n', '1000', '-b', '1kpps', '--max-loss', '1%', '--max-unexplained', '0']);
	t.is(lossy.status, 3);
	t.regex(lossy.stderr, /more was lost than --max-loss 1 % allows/);
	t.notRegex(lossy.stderr, /unexplained/);
});

test.serial('wrong words are usage errors', async t => {
	for (const [words, text] of [
		[[], /between which interfaces/],
		[['--from', 'lo', '--to', 'lo'], /are both lo/],
		[['--from', 'nope0', '--to', 'lo'], /no interface nope0/],
		[['--from', 'lo@nowhere', '--to', 'lo'], /no network namespace nowhere/],
		[['--from', 'lo', '--to', 'lo@1', '--receiver', 'tcp'], /is not ring, udp:PORT or none/],
		[['--merge', '/nonexistent', '/nonexistent'], /cannot read .nonexistent: ENOENT/],
	] as const) {
		const {status, stderr} = await netstress(['ledger', ...words]);
		t.regex(stderr, text);
		t.is(status, words[0] === '--merge' ? 1 : 2, words.join(' '));
	}
});

test.serial('an ordinary user in a lab of his own: the counters alone close it, and it is said what they cannot see', async t => {
	if (!need(t, {root: true, programs: ['setpriv', 'unshare']})) return;
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const as = {user: 'nobody', from: copy.folder} as const;
	const name = `ledger${process.pid}`;
	const up = await netstress(['lab', 'up', '--name', name, '--hosts', 'left,right', '--json'], as);
	t.is(up.status, 0, up.stderr);
	try {
		const {hosts} = JSON.parse(up.stdout) as {hosts: {name: string; interfaces: {iface: string; peerAt: string}[]}[]};
		const {iface = '', peerAt = ''} = hosts.find(host => host.name === 'left')?.interfaces[0] ?? {};
		const ledger = async (...args: string[]) =>
			summaryOf(
				await netstress(
					[
						'lab',
						'exec',
						'--name',
						name,
						'left',
						'--',
						process.execPath,
						`${copy.folder}/dist/tools/netstress.js`,
						'ledger',
						'--from',
						iface,
						'--to',
						peerAt,
						'--json',
						...args,
					],
					as,
				),
			);
		const nobody = await ledger(...flood, '--receiver', 'none');
		closes(t, nobody, nobody.at);
		t.is(nobody.monitor.source, 'counters');
		t.true(nobody.notes.length > 0);
		const refused = await ledger('--flood', '-n', '5000', '--size', '2000');
		closes(t, refused, {refused: 5000});
		const smaller = await netstress(['lab', 'exec', '--name', name, 'right', '--', 'sh', '-c', 'ip link set "$(ls /sys/class/net | grep -v lo)" mtu 600'], as);
		t.is(smaller.status, 0, smaller.stderr);
		const tooLong = await ledger('--flood', '-n', '5000', '--size', '1000');
		closes(t, tooLong, {'driver-tx': 5000});
		t.regex(tooLong.hops[0]?.source ?? '', /^tx_dropped \(rtnl\)/);
		const ring = await ledger('--flood', '-n', '300000', '-S', '256KiB');
		closes(t, ring, {'packet-ring': ring.at['packet-ring'] ?? 0});
	} finally {
		await netstress(['lab', 'down', '--name', name], as);
	}
});
