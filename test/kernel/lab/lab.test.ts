import {existsSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {NetstressError} from '../../../src/base/errors.js';
import type {EndLoss} from '../../../src/lab/keeper-protocol.js';
import {createLab, type Lab, type LabKind} from '../../../src/lab/lab.js';
import {type LossRule, lossHash, threshold} from '../../../src/lab/loss-program.js';
import {startTime} from '../../../src/sys/process.js';
import {leftovers, nothing} from '../leftovers.js';
import {need} from '../need.js';
import {readableCopy, root, start} from '../program.js';

const pair = {hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'] as const, mtu: 9000}]};

/** Receives `count` datagrams of UDP, or as many as come until a "stop" one; prints how many. */
const receiver = `const s=require('dgram').createSocket('udp4');let n=0;s.on('message',m=>{if(String(m)==='stop'){console.log(n);s.close()}else n++});s.bind(7777,()=>console.log('ready'))`;
const sender = (count: number, address: string) =>
	`const s=require('dgram').createSocket('udp4');let i=0;const next=()=>i++<${count}?s.send('x'.repeat(100),7777,'${address}',()=>i%20?next():setTimeout(next,2)):s.close();next()`;

const macro = test.macro({
	async exec(t: ExecutionContext, kind: LabKind, work: (t: ExecutionContext, lab: Lab) => Promise<void>) {
		if (!need(t, kind === 'named' ? {root: true} : {})) return;
		const after = leftovers();
		const lab = await createLab(pair, {kind, prefix: `netstress-t${process.pid}-${kind}`});
		try {
			await work(t, lab);
		} finally {
			await lab.close();
		}
		t.deepEqual(await after(), nothing);
	},
	title: (title = '', kind: LabKind) => `${title} (${kind})`,
});

for (const kind of ['named', 'user'] as const) {
	test.serial('hosts have their interfaces, addresses and MTU, and reach each other', macro, kind, async (t, lab) => {
		const {stdout} = await lab.host('target').run('ip', ['-o', 'addr', 'show', 'eth0']);
		t.regex(stdout, /10\.77\.0\.1\/24/);
		t.regex(stdout, /fd77::1\/64/);
		t.notRegex(stdout, /fe80|tentative/, 'no link-local address and no duplicate address detection');
		t.regex((await lab.host('initiator').run('ip', ['link', 'show', 'eth0'])).stdout, /mtu 9000/);
		const target = lab.host('target').spawn(process.execPath, ['-e', "require('net').createServer(s=>s.end('hello')).listen(3260,'::',()=>console.log('up'))"]);
		await new Promise(resolve => target.stdout?.once('data', resolve));
		for (const address of [lab.host('target').address, lab.host('target').address6]) {
			const client = await lab.host('initiator').run(process.execPath, ['-e', `require('net').connect(3260,'${address}').pipe(process.stdout)`]);
			t.is(client.stdout, 'hello', address);
		}
	});

	test.serial('segmentation and coalescing are off on both ends', macro, kind, async (t, lab) => {
		if (!need(t, {programs: ['ethtool']})) return;
		for (const host of lab.hosts) {
			const {stdout} = await host.run('ethtool', ['-k', 'eth0']);
			for (const name of ['tx-tcp-segmentation', 'tx-tcp6-segmentation', 'generic-segmentation-offload', 'generic-receive-offload'])
				t.regex(stdout, new RegExp(`${name}: off`), host.name);
		}
	});

	test.serial('a program on a host has its own pid, working directory and standard input', macro, kind, async (t, lab) => {
		const child = lab.host('target').spawn('sh', ['-c', 'echo $$; pwd; cat'], {cwd: '/usr', stdio: ['pipe', 'pipe', 'inherit']});
		let said = '';
		child.stdout?.on('data', text => {
			said += text;
		});
		child.stdin?.end('input');
		await new Promise(resolve => child.on('close', resolve));
		t.is(said, `${child.pid}\n/usr\ninput`);
	});
}

for (const engine of ['tcx', 'xdp'] as const) {
	const end = 'b';
	test.serial(`the loss program drops the very frames that its seed says, and counts them (${engine})`, async t => {
		if (!need(t, {root: true})) return;
		const share = 0.1;
		const seed = 77;
		const links = [{between: ['a', 'b'] as const, mtu: 9000, loss: share, lossEngine: engine, seed}];
		const lab = await createLab({hosts: ['a', 'b'], links, staticNeighbours: true}, {prefix: `netstress-t${process.pid}-loss`});
		try {
			const listening = lab.host('b').spawn(process.execPath, ['-e', receiver]);
			await new Promise(resolve => listening.stdout?.once('data', resolve));
			const count = new Promise<number>(resolve => listening.stdout?.once('data', text => resolve(Number(text))));
			const sent = await lab.host('a').run(process.execPath, ['-e', sender(2000, lab.host('b').address)]);
			t.is(sent.stderr, '', 'the sender is not told that its frames vanish');
			const found = (await lab.lost()).find(({host}) => host === end);
			const {seen = 0, dropped = 0} = found ?? {};
			t.is(found?.engine, engine);
			t.true(seen >= 2000, `${seen} frames seen`);
			const predicted = Array.from({length: seen}, (_, n) => lossHash(lab.host(end).interfaces[0]?.seed as number, n) < threshold(share)).filter(
				Boolean,
			).length;
			t.is(dropped, predicted);
			// the word "stop" may itself be lost: say it until the receiver has heard it
			const stop = `const s=require('dgram').createSocket('udp4');let i=0;const t=setInterval(()=>i++<20?s.send('stop',7777,'${lab.host('b').address}'):(clearInterval(t),s.close()),5)`;
			await lab.host('a').run(process.execPath, ['-e', stop]);
			const received = await count;
			t.true(2000 - received <= dropped && 2000 - received >= dropped - (seen - 2000), `${received} received, ${dropped} of ${seen} dropped`);
		} finally {
			await lab.close();
		}
	});
}

for (const engine of ['tcx', 'xdp'] as const) {
	const end = 'b';
	test.serial(`a rule that changes while the lab stands loses every N-th frame, one alone, or none, exactly (${engine})`, async t => {
		if (!need(t, {root: true})) return;
		const links = [{between: ['a', 'b'] as const, mtu: 9000, lossEngine: engine}];
		const lab = await createLab({hosts: ['a', 'b'], links, staticNeighbours: true}, {prefix: `netstress-t${process.pid}-rule`});
		try {
			const at = async (ends: ReturnType<typeof lab.lost>) => (await ends).find(({host}) => host === end) as EndLoss;
			t.deepEqual(await at(lab.lost()), {host: end, iface: 'eth0', engine: 'none', seen: 0, dropped: 0});
			const send = (count: number) => lab.host('a').run(process.execPath, ['-e', sender(count, lab.host('b').address)]);
			const lost = async (rule: LossRule, count: number) => {
				const before = await at(lab.lose(rule, [end]));
				await send(count);
				const after = await at(lab.lost());
				t.is(after.engine, engine);
				return {seen: after.seen - before.seen, dropped: after.dropped - before.dropped};
			};
			const every = await lost({kind: 'every', first: 5, every: 10}, 1000);
			t.true(every.seen >= 1000);
			t.is(every.dropped, Math.ceil((every.seen - 5) / 10));
			t.is((await lost({kind: 'one', first: 7}, 100)).dropped, 1);
			t.is((await lost({kind: 'one', first: 10 ** 6}, 100)).dropped, 0);
			t.is((await lost({kind: 'share', share: 0}, 100)).dropped, 0);
			const all = await lost({kind: 'share', share: 1}, 100);
			t.true(all.seen >= 100);
			t.is(all.dropped, all.seen);
		} finally {
			await lab.close();
		}
	});
}

test.serial('what TCP hands over at once is lost frame by frame: the program sees what the interface counts', async t => {
	if (!need(t, {root: true})) return;
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b'], lossEngine: 'tcx'}]}, {prefix: `netstress-t${process.pid}-gso`});
	try {
		const seen = async (ends: ReturnType<typeof lab.lost>) => (await ends).find(({host}) => host === 'b')?.seen ?? 0;
		const sent = async () => Number((await lab.host('a').run('cat', ['/sys/class/net/eth0/statistics/tx_packets'])).stdout);
		await lab.lose({kind: 'share', share: 0});
		const listening = lab.host('b').spawn(process.execPath, ['-e', "require('net').createServer(s=>s.resume()).listen(7778,()=>console.log(1))"]);
		await new Promise(resolve => listening.stdout?.once('data', resolve));
		const before = {seen: await seen(lab.lost()), sent: await sent()};
		const send = `const s=require('net').connect(7778,'${lab.host('b').address}',()=>s.end(Buffer.alloc(2e6)));s.on('close',()=>0)`;
		t.is((await lab.host('a').run(process.execPath, ['-e', send])).status, 0);
		const after = {seen: await seen(lab.lost()), sent: await sent()};
		t.true(after.sent - before.sent > 2e6 / 1460);
		t.is(after.seen - before.seen, after.sent - before.sent);
	} finally {
		await lab.close();
	}
});

test.serial('a rule that is not allowed is refused, and the lab goes on', async t => {
	const lab = await createLab(pair, {kind: 'user', prefix: 'netstress-t-norule'});
	try {
		const error = await t.throwsAsync<NetstressError>(lab.lose({kind: 'one', first: 0}));
		t.is(error?.code, 'ERR_UNSUPPORTED');
		t.is(error?.exitStatus, 4);
		t.regex(error?.message ?? '', /bpf\(2\)/);
		t.is((await lab.host('target').run('true')).status, 0);
		t.true((await lab.lost()).every(({engine}) => engine === 'none'));
	} finally {
		await lab.close();
	}
});

test.serial('loss where neither netem nor bpf(2) is allowed is refused, names what is missing and leaves nothing', async t => {
	const after = leftovers();
	const error = await t.throwsAsync<NetstressError>(
		createLab({...pair, links: [{between: ['target', 'initiator'], loss: 0.01}]}, {kind: 'user', prefix: 'netstress-t-noloss'}),
	);
	if (error !== undefined) {
		t.is(error.code, 'ERR_UNSUPPORTED');
		t.is(error.exitStatus, 4);
		t.regex(error.message, /netem.*bpf\(2\)/s);
	}
	t.deepEqual(await after(), nothing);
});

test.serial('a namespace of the same name that was there before is refused and survives (named)', async t => {
	if (!need(t, {root: true})) return;
	const prefix = `netstress-t${process.pid}-twice`;
	const first = await createLab(pair, {prefix});
	try {
		await t.throwsAsync(createLab(pair, {prefix}), {message: /already/});
		t.true(existsSync(`/run/netns/${prefix}-target`));
	} finally {
		await first.close();
	}
});

// `ip netns` makes /run/netns when it is first used: on a fresh machine an ordinary user has to do without
test.serial('an ordinary user makes a lab where nobody has used ip netns yet, and what is in /run stays reachable', async t => {
	if (!need(t, {root: true, programs: ['unshare', 'setpriv']})) return;
	const after = leftovers();
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const nobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
	const program = join(copy.folder, 'dist/tools/netstress.js');
	const name = `--name fresh${process.pid}`;
	const script = `mount -t tmpfs -o mode=755 none /run && echo hello > /run/greeting || exit 9
		${nobody} "$0" ${program} lab up -q ${name} &&
		${nobody} "$0" ${program} lab exec ${name} target -- sh -c 'cat /run/greeting; ip -br address'
		${nobody} "$0" ${program} lab down ${name}; ls /run`;
	const {stdout, stderr} = await start('unshare', ['-m', 'sh', '-c', script, process.execPath]).finished;
	t.regex(stdout, /hello\n(.*\n)*eth0.*10\.77\.0\.1/, stderr);
	t.regex(stdout, /is gone\ngreeting\n$/);
	t.deepEqual(await after(), nothing);
});

const ways = {
	'an ordinary end': child => child.stdin?.write('close\n'),
	'Ctrl-C': child => child.kill('SIGINT'),
	'a crash': child => child.kill('SIGUSR1'),
	'SIGKILL of the parent': child => child.kill('SIGKILL'),
	'SIGKILL of the keeper, then an ordinary end': (child, {keeperPid}) => {
		process.kill(keeperPid, 'SIGKILL');
		setTimeout(() => child.stdin?.write('close\n'), 100);
	},
} satisfies Record<string, (child: import('node:child_process').ChildProcess, lab: {keeperPid: number}) => unknown>;

for (const user of [undefined, 'nobody'] as const) {
	for (const [way, act] of Object.entries(ways)) {
		test.serial(`nothing is left after ${way}, a hanging program included (${user ?? 'this user'})`, async t => {
			if (user === 'nobody' && !need(t, {root: true, programs: ['setpriv']})) return;
			const after = leftovers();
			const copy = user === 'nobody' ? readableCopy() : undefined;
			t.teardown(() => copy?.remove());
			const holder = start(process.execPath, [join(copy?.folder ?? root, 'dist/test/kernel/lab/holder.js')], {user, keepInput: true});
			await holder.saw('folder');
			const lab = JSON.parse(holder.said()) as {kind: LabKind; keeperPid: number; stubborn: number; folder: string};
			t.is(lab.kind, user === undefined && process.geteuid?.() === 0 ? 'named' : 'user');
			t.not(startTime(lab.stubborn), undefined);
			act(holder.child, lab);
			await holder.finished;
			t.deepEqual(await after(), nothing);
			t.is(startTime(lab.stubborn), undefined);
			t.false(existsSync(lab.folder));
		});
	}
}
