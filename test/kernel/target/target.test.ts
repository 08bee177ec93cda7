// `netstress target` as a user starts it: what cannot be served is refused in words, with the right exit status, before anything is served.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {askStatistics} from '../../../src/sys/statistics-socket.js';
import {need} from '../need.js';

const program = fileURLToPath(new URL('../../../tools/netstress.js', import.meta.url));
const netstress = (...args: string[]) => spawnSync(process.execPath, [program, ...args], {encoding: 'utf8', timeout: 20_000});

function disk(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-test-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'disk.img');
	writeFileSync(path, new Uint8Array(1 << 20));
	return path;
}

const refusals: Array<[name: string, args: (path: string) => string[], status: number, text: RegExp]> = [
	['a missing file', path => [`${path}.no`, '--iscsi', '127.0.0.1:0'], 1, /cannot export .*: there is no such file; create one with: truncate/],
	['a folder', () => [tmpdir(), '--iscsi', '127.0.0.1:0'], 1, /is a directory/],
	['the same file twice', path => [path, path, '--iscsi', '127.0.0.1:0'], 2, /given twice/],
	['no export', path => [path], 2, /nowhere to export to: give --aoe IFACE:SHELF\.SLOT, --fcoe IFACE or --iscsi HOST:PORT/],
	['no interface of that name', path => [path, '--aoe', 'nope0:1.1'], 2, /there is no interface nope0/],
	['a slot that means everybody', path => [path, '--aoe', 'lo:1.255'], 2, /the slot 0 to 254/],
	['an address this host has not', path => [path, '--iscsi', '192.0.2.1:3260'], 1, /cannot listen on 192\.0\.2\.1:3260: EADDRNOTAVAIL/],
	['a name that is no iSCSI name', path => [path, '--iscsi', '127.0.0.1:0', '--iqn', 'disk'], 2, /is not an iSCSI name/],
];
for (const [name, args, status, text] of refusals) {
	test.serial(`refused: ${name}`, t => {
		if (!need(t, {root: true})) return;
		const result = netstress('target', ...args(disk(t)));
		t.regex(result.stderr, text);
		t.is(result.status, status);
		t.is(result.stdout, '');
	});
}

test.serial('refused: a port in use', async t => {
	const busy = createServer();
	await new Promise<void>(resolve => busy.listen(0, '127.0.0.1', resolve));
	t.teardown(() => busy.close());
	const {port} = busy.address() as {port: number};
	const result = netstress('target', disk(t), '--iscsi', `127.0.0.1:${port}`);
	t.regex(result.stderr, /EADDRINUSE; something listens there already; choose another port/);
	t.is(result.status, 1);
});

test.serial('refused without the privilege: a packet socket names CAP_NET_RAW and exits with 4', t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const path = disk(t);
	const args = ['--bounding-set=-net_raw', '--inh-caps=-net_raw', process.execPath, program, 'target', path, '--aoe', 'lo:1.1'];
	const result = spawnSync('setpriv', args, {encoding: 'utf8', timeout: 20_000});
	t.regex(result.stderr, /CAP_NET_RAW/);
	t.is(result.status, 4);
});

test.serial('serving: the first line is the ready object, Ctrl-C ends with the summary and status 0', async t => {
	const path = disk(t);
	const child = spawn(process.execPath, [program, 'target', path, '--iscsi', '127.0.0.1:0', '--json'], {stdio: ['ignore', 'pipe', 'pipe']});
	let text = '';
	child.stdout.on('data', chunk => {
		text += String(chunk);
		if (text.includes('"ready"')) child.kill('SIGINT');
	});
	const status = await new Promise(resolve => child.once('exit', resolve));
	const lines = text
		.trim()
		.split('\n')
		.map(line => JSON.parse(line));
	t.like(lines[0], {type: 'ready', exports: [{volume: path}]});
	t.regex(lines[0].exports[0].address, /^iscsi:\/\/127\.0\.0\.1:\d+\/iqn\.[^/]+\/0$/);
	t.is(lines.at(-1).type, 'summary');
	t.is(status, 0);
});

test.serial('asked from outside its namespaces, by the number that it has here, it says what it has counted of each portal', async t => {
	if (!need(t, {root: true, programs: ['unshare']})) return;
	const words = ['--net', '--pid', '--fork', '--kill-child', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];
	const child = spawn('unshare', [...words, process.execPath, program, 'target', disk(t), '--iscsi', '127.0.0.1:3260', '--json'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	const target = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
	const counts = {initiators: 0, commands: 0, readBytes: 0, writtenBytes: 0, failed: 0, errors: 0, lost: 0};
	t.deepEqual(await askStatistics(target), {type: 'statistics', ports: [{port: 'iscsi:127.0.0.1:3260', ...counts}]});
	t.is(await askStatistics(child.pid!), undefined);
});
