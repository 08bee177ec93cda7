import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {leftovers, nothing} from '../leftovers.js';
import {need} from '../need.js';
import {netstress, readableCopy, root, startNetstress} from '../program.js';

for (const user of [undefined, 'nobody'] as const) {
	test.serial(`doctor says that npm start can run, names a fix for whatever is missing, and leaves nothing (${user ?? 'this user'})`, async t => {
		if (user === 'nobody' && !need(t, {root: true, programs: ['setpriv']})) return;
		const after = leftovers();
		const copy = user === 'nobody' ? readableCopy() : undefined;
		t.teardown(() => copy?.remove());
		const {status, stdout} = await netstress(['doctor', '--json'], {user, ...(copy ? {from: copy.folder} : {})});
		t.is(status, 0);
		const lines = stdout.trim().split('\n');
		const {type, ready, checks} = JSON.parse(lines.at(-1) as string) as {
			type: string;
			ready: boolean;
			checks: {name: string; ok: boolean; detail: string; fix?: string; required: boolean}[];
		};
		t.is(type, 'summary');
		t.true(ready);
		t.is(lines.length, checks.length + 1);
		for (const {name, ok, detail, fix, required} of checks) {
			t.true(detail.length > 0, name);
			if (!ok) t.true((fix ?? '').length > 0, `${name} has a fix`);
			if (required) t.true(ok, name);
		}
		t.deepEqual(await after(), nothing);
	});
}

for (const user of [undefined, 'nobody'] as const) {
	test.serial(`lab up, show, exec and down: the lab outlives its command and then is gone (${user ?? 'this user'})`, async t => {
		if (user === 'nobody' && !need(t, {root: true, programs: ['setpriv']})) return;
		const after = leftovers();
		const copy = user === 'nobody' ? readableCopy() : undefined;
		t.teardown(() => copy?.remove());
		const as = {user, ...(copy ? {from: copy.folder} : {})};
		const name = ['--name', `t${process.pid}`];
		t.is((await netstress(['lab', 'up', ...name, '--mtu', '9000'], as)).status, 0);
		t.is((await netstress(['lab', 'up', ...name], as)).status, 2, 'twice is a mistake');
		const shown = await netstress(['lab', 'show', '--json', ...name], as);
		t.regex(shown.stdout, /"address":"10\.77\.0\.1"/);
		t.regex((await netstress(['lab', 'exec', ...name, 'target', '--', 'ip', '-br', 'address'], as)).stdout, /eth0.*10\.77\.0\.1\/24/);
		t.is((await netstress(['lab', 'exec', ...name, 'initiator', '--', 'sh', '-c', 'exit 7'], as)).status, 7, 'the command’s own status');
		t.regex((await netstress(['lab', 'exec', ...name, 'target', '--', 'netstress', '--version'], as)).stdout, /^\d+\.\d+\.\d+$/m, 'this very program');
		t.is((await netstress(['lab', 'exec', ...name, 'nobody-there', '--', 'true'], as)).status, 2);
		t.is((await netstress(['lab', 'exec', ...name, 'target', '--', 'cat'], {...as, input: 'through'})).stdout, 'through');
		t.is((await netstress(['lab', 'down', ...name], as)).status, 0);
		t.is((await netstress(['lab', 'exec', ...name, 'target', '--', 'true'], as)).status, 1);
		t.deepEqual(await after(), nothing);
	});
}

test.serial('a lab whose keeper was killed is forgotten and swept', async t => {
	if (!need(t, {root: true})) return;
	const after = leftovers();
	const name = ['--name', `k${process.pid}`];
	const {stdout} = await netstress(['lab', 'up', '--json', ...name]);
	const {keeperPid} = JSON.parse(stdout) as {keeperPid: number};
	process.kill(keeperPid, 'SIGKILL');
	t.regex((await netstress(['lab', 'exec', ...name, 'target', '--', 'true'])).stderr, /there is no lab/);
	t.deepEqual(await after(), nothing);
});

test.serial('io writes, reads, verifies, discovers and identifies over both protocols', async t => {
	if (!need(t, {root: true})) return;
	const after = leftovers();
	const folder = mkdtempSync(join(tmpdir(), 'netstress-io-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const name = `io${process.pid}`;
	const image = join(folder, 'disk.img');
	writeFileSync(image, new Uint8Array(8 * 2 ** 20));
	t.is((await netstress(['lab', 'up', '--name', name, '--mtu', '9000'])).status, 0);
	const on = (host: string, ...args: string[]) => ['lab', 'exec', '--name', name, host, '--', process.execPath, join(root, 'dist/tools/netstress.js'), ...args];
	const target = startNetstress(on('target', 'target', image, '--aoe', 'eth0:1.1', '--iscsi', '10.77.0.1:3260'));
	await target.saw('"type":"ready"');
	const ready = JSON.parse(target.said().split('\n')[0] as string) as {exports: {address: string}[]};
	const io = (...args: string[]) => netstress(on('initiator', 'io', ...args));

	t.regex((await io('aoe:eth0', 'discover', '--json')).stdout, /"address":"aoe:eth0\/1\.1"/);
	t.regex((await io('iscsi://10.77.0.1:3260', 'discover', '--json')).stdout, /"address":"iscsi:\/\/10\.77\.0\.1:3260\/iqn\./);
	for (const {address} of ready.exports) {
		const identity = JSON.parse((await io(address, 'identify', '--json')).stdout) as {size: number};
		t.is(identity.size, 8 * 2 ** 20, address);
		t.is((await io(address, 'write', '--pattern', '--seed', '7')).status, 0, address);
		t.is((await io(address, 'verify', '--seed', '7')).status, 0, address);
		t.is((await io(address, 'verify', '--seed', '8')).status, 1, 'another pattern is a failure');
		const out = join(folder, `out-${address.slice(0, 3)}`);
		t.is((await io(address, 'read', '--offset', '1MiB', '--length', '70000', '--output', out)).status, 0);
		t.is(Buffer.compare(readFileSync(out), readFileSync(image).subarray(2 ** 20, 2 ** 20 + 70_000)), 0);
		t.is((await io(address, 'read', '--output', out)).status, 2, 'an existing file is not overwritten');
		const bench = JSON.parse((await io(address, 'bench', '--json', '--duration', '100ms')).stdout) as {iops: number; errors: number};
		t.true(bench.iops > 0 && bench.errors === 0);
		t.is((await io(address, 'read', '--offset', '8MiB', '--length', '1')).status, 2, 'beyond the end');
	}
	t.is((await io('aoe:eth0/9.9', 'identify')).status, 1);
	target.child.kill('SIGINT');
	t.is((await target.finished).status, 0);
	t.is((await netstress(['lab', 'down', '--name', name])).status, 0);
	t.deepEqual(await after(), nothing);
});

test.serial('inject as it stands sends 1,000 stamped frames that another program counts', async t => {
	if (!need(t, {root: true, programs: ['tcpdump']})) return;
	const name = `in${process.pid}`;
	t.is((await netstress(['lab', 'up', '--name', name])).status, 0);
	t.teardown(() => netstress(['lab', 'down', '--name', name]));
	const on = (host: string, ...args: string[]) => ['lab', 'exec', '--name', name, host, '--', ...args];
	const program = join(root, 'dist/tools/netstress.js');
	const dump = startNetstress(on('target', 'tcpdump', '-i', 'eth0', '-nn', '-l', '-c', '1000', '-e', 'ether', 'proto', '0x88b5'));
	await new Promise(resolve => setTimeout(resolve, 700)); // tcpdump says nothing on standard output before the first frame
	const sent = await netstress(on('initiator', process.execPath, program, 'inject', '-i', 'eth0', '--json'));
	t.is(sent.status, 0, sent.stderr);
	const summary = JSON.parse(sent.stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>;
	t.like(summary, {type: 'summary', sent: 1000, bytes: 60_000, failed: 0});
	t.is((summary.pace as {askedPps: number}).askedPps, 1000);
	t.is((await dump.finished).stdout.split('\n').filter(line => line.includes('0x88b5')).length, 1000);

	const flood = await netstress(on('initiator', process.execPath, program, 'inject', '-i', 'eth0', '--json', '-n', '50k', '--flood'));
	t.is(JSON.parse(flood.stdout.trim()).sent, 50_000);
	const late = startNetstress(on('initiator', process.execPath, program, 'inject', '-i', 'eth0', '--json', '-n', '0', '-b', '500pps', '-I', '100ms'));
	await late.saw('"type":"interval"');
	late.child.kill('SIGINT');
	const ended = await late.finished;
	t.is(ended.status, 0, 'Ctrl-C ends what was to run until then');
	t.true((JSON.parse(ended.stdout.trim().split('\n').at(-1) as string) as {sent: number}).sent > 0);
});

test.serial('inject refuses speed on the interface with the default route, and says so when nothing went out', async t => {
	if (!need(t, {root: true})) return;
	const name = `de${process.pid}`;
	t.is((await netstress(['lab', 'up', '--name', name])).status, 0);
	t.teardown(() => netstress(['lab', 'down', '--name', name]));
	const on = (...args: string[]) => netstress(['lab', 'exec', '--name', name, 'initiator', '--', ...args]);
	const inject = (...args: string[]) => on(process.execPath, join(root, 'dist/tools/netstress.js'), 'inject', '-i', 'eth0', ...args);
	t.is((await on('ip', 'route', 'add', 'default', 'via', '10.77.0.1')).status, 0);
	const refused = await inject('-b', '2kpps');
	t.is(refused.status, 2);
	t.regex(refused.stderr, /default route.*--allow-default-route/);
	t.is((await inject('-n', '5')).status, 0, 'the default is harmless anywhere');
	t.is((await inject('-n', '5', '--flood', '--allow-default-route')).status, 0);
	t.is((await on('ip', 'link', 'set', 'eth0', 'down')).status, 0);
	const down = await inject('-n', '5');
	t.is(down.status, 1);
	t.regex(down.stderr, /eth0 is down/);
});

test.serial('the second Ctrl-C ends at once, and the lab goes all the same', async t => {
	const after = leftovers();
	const running = startNetstress(['race', '--json', '--workload', 'read-4k-d1', '--rounds', '1', '--duration', '30s', '--size', '32MiB', '--protocol', 'aoe']);
	await new Promise(resolve => setTimeout(resolve, 2500));
	running.child.kill('SIGINT');
	await new Promise(resolve => setTimeout(resolve, 700));
	running.child.kill('SIGINT');
	await running.finished;
	t.deepEqual(await after(), nothing);
});
