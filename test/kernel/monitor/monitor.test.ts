// netstress monitor as its users run it: unprivileged, in another namespace, recorded and shown again, interrupted, scraped by Prometheus' own tool.
import {spawn} from 'node:child_process';
import {appendFileSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {netstress, readableCopy, root, start, startNetstress} from '../program.js';

const program = join(root, 'dist/tools/netstress.js');

interface Line {
	type: string;
	seconds: number;
	intervals: number;
	interfaces: {iface: string; received: number; rates: Record<string, number>; counters: {place: string; name: string; value: number}[]}[];
	cpus: {cpu: number}[];
	counters: {name: string; value: number; bound?: string; program?: string}[];
	losses: {place: string; kind: string; count: number}[];
}
const parsed = (stdout: string) =>
	stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Line);

async function bed(t: ExecutionContext) {
	const links = [{between: ['sender', 'peer'] as const, mtu: 1500}];
	const lab = await createLab({hosts: ['sender', 'peer'], links, staticNeighbours: true}, {prefix: `netstress-n${process.pid}`});
	t.teardown(() => lab.close());
	const folder = mkdtempSync(join(tmpdir(), 'netstress-monitor-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	const [sender, peer] = [lab.host('sender'), lab.host('peer')];
	const datagrams = async (count: number, port: number) => {
		const code = `const s=require('dgram').createSocket('udp4');let i=0;const next=()=>i++<${count}?s.send('x'.repeat(100),${port},'${peer.address}',next):s.close();next()`;
		t.is((await sender.run(process.execPath, ['-e', code])).status, 0);
	};
	return {sender, peer, folder, datagrams};
}

test.serial('without a privilege: rates, CPUs and a summary', async t => {
	if (!need(t, {programs: ['setpriv']})) return;
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const {status, stdout, stderr} = await netstress(['monitor', '-n', '2', '-I', '100ms', '--json'], {from: copy.folder, user: 'nobody'});
	t.is(status, 0, stderr);
	const lines = parsed(stdout);
	t.deepEqual(
		lines.map(({type}) => type),
		['interval', 'interval', 'summary'],
	);
	const summary = lines.at(-1)!;
	t.is(summary.intervals, 2);
	t.true(summary.cpus.length > 0);
	t.true(summary.interfaces.some(({iface}) => iface === 'lo'));
	for (const key of ['receivedPps', 'sentPps', 'receivedBps', 'sentBps']) t.is(typeof summary.interfaces[0]?.rates[key], 'number', key);
});

test.serial('a socket that loses is named with its program; Ctrl-C prints the summary; the recording shows the same again', async t => {
	if (!need(t, {root: true})) return;
	const {peer, folder, datagrams} = await bed(t);
	const reader = peer.spawn(
		process.execPath,
		[
			'-e',
			`const s=require('dgram').createSocket('udp4');s.bind(7777,()=>{s.setRecvBufferSize(5000);console.log('ready');require('fs').readSync(0,Buffer.alloc(1))})`,
		],
		{stdio: ['pipe', 'pipe', 'inherit']},
	);
	t.teardown(() => void reader.kill('SIGKILL'));
	await new Promise(resolve => reader.stdout!.once('data', resolve));
	const file = join(folder, 'run.ndjson');
	const outer = peer.command(process.execPath, [program, 'monitor', '-I', '200ms', '--json', '--record', file]);
	const monitor = start(outer.file, outer.args);
	await monitor.saw('"interval"');
	await datagrams(100, 7777);
	const before = monitor.said().length;
	await new Promise<void>(resolve => {
		const look = () => (monitor.said().slice(before).split('"interval"').length > 3 ? resolve() : setTimeout(look, 50));
		look();
	});
	monitor.child.kill('SIGINT');
	const {status, stdout, stderr} = await monitor.finished;
	t.is(status, 0, stderr);
	const lines = parsed(stdout);
	const summary = lines.at(-1)!;
	t.is(summary.type, 'summary');
	const socket = summary.counters.find(({name}) => name === 'udp drops')!;
	t.is(socket.bound, '0.0.0.0:7777');
	t.regex(socket.program ?? '', /^node\[\d+\]$/);
	// the CPUs' backlogs are the whole machine's: whoever else is busy on it is not this test's business
	const ours = ({losses}: Line) => losses.filter(({place}) => place !== 'backlog' && place !== 'squeezed');
	t.deepEqual(
		ours(summary).map(({place, kind, count}) => [place, kind, count]),
		[['socket', 'loss', socket.value]],
	);
	t.is(
		lines
			.slice(0, -1)
			.flatMap(ours)
			.reduce((sum, {count}) => sum + count, 0),
		socket.value,
		'the intervals add up to the summary',
	);

	const again = await netstress(['monitor', '--replay', file, '--json']);
	t.is(again.status, 0, again.stderr);
	t.deepEqual(parsed(again.stdout), lines);
	// whoever was killed in the middle of a line, and a line that somebody changed
	const whole = readFileSync(file, 'utf8');
	appendFileSync(file, '{"type":"snap');
	const cut = await netstress(['monitor', '--replay', file, '--json']);
	t.is(cut.status, 0);
	t.regex(cut.stderr, /ends in the middle of a line/);
	t.deepEqual(parsed(cut.stdout), lines);
	appendFileSync(file, '\n');
	const bad = await netstress(['monitor', '--replay', file]);
	t.is(bad.status, 1);
	t.regex(bad.stderr, new RegExp(`line ${whole.split('\n').length}: is no JSON`));
	const text = await netstress(['monitor', '--replay', join(root, 'package.json')]);
	t.regex(text.stderr, /line 1: is no JSON/);
});

const get = (url: string, accept = 'text/plain') =>
	new Promise<string>((resolve, reject) => {
		request(url, {headers: {accept}}, response => {
			let body = '';
			response.setEncoding('utf8').on('data', more => {
				body += more;
			});
			response.on('end', () => resolve(body));
		})
			.on('error', reject)
			.end();
	});

test.serial("metrics pass Prometheus' own check, and say what ip says", async t => {
	if (!need(t, {programs: ['promtool', 'ip']})) return;
	const monitor = startNetstress(['monitor', '--listen', ':0', '-I', '100ms']);
	t.teardown(() => void monitor.child.kill('SIGKILL'));
	const url = await new Promise<string>(resolve => {
		monitor.child.stderr!.on('data', text => {
			const found = /metrics at (\S+)/.exec(String(text))?.[1];
			if (found !== undefined) resolve(found);
		});
	});
	const text = await get(url);
	const check = spawn('promtool', ['check', 'metrics'], {stdio: ['pipe', 'pipe', 'pipe']});
	let said = '';
	check.stderr.on('data', more => {
		said += more;
	});
	check.stdin.end(text);
	t.is(await new Promise(resolve => check.on('close', resolve)), 0, said);
	t.is(said, '');
	t.true((await get(url, 'application/openmetrics-text')).endsWith('# EOF\n'));
	const {stdout} = await start('ip', ['-s', '-j', 'link', 'show']).finished;
	for (const {ifname, stats64} of JSON.parse(stdout) as {ifname: string; stats64: {rx: {packets: number}}}[]) {
		const value = Number(new RegExp(`^netstress_interface_received_frames_total\\{iface="${ifname}",driver="[^"]*"\\} (\\d+)$`, 'm').exec(text)?.[1]);
		t.true(value <= stats64.rx.packets && value > stats64.rx.packets - 100_000, `${ifname}: ${value}, ip says ${stats64.rx.packets} a moment later`);
	}
	monitor.child.kill('SIGINT');
	t.is((await monitor.finished).status, 0);
});

test.serial('an interface of another network namespace: its sockets and protocols, Ctrl-C, and what there is none of', async t => {
	if (!need(t, {root: true})) return;
	const {peer, datagrams} = await bed(t);
	const monitor = startNetstress(['monitor', '-i', `${peer.iface}@${peer.namespace}`, '--json', '-I', '200ms']);
	await monitor.saw('"interval"');
	await datagrams(70, 9);
	monitor.child.kill('SIGINT');
	const {status, stdout, stderr} = await monitor.finished;
	t.is(status, 0, stderr);
	const summary = parsed(stdout).at(-1)!;
	t.is(summary.type, 'summary');
	t.deepEqual(
		summary.interfaces.map(({iface, received}) => [iface, received >= 70]),
		[[peer.iface, true]],
	);
	t.is(summary.counters.find(({name}) => name === 'UdpNoPorts')?.value, 70);
	const missing = await netstress(['monitor', '-i', `nosuch@${peer.namespace}`, '-n', '1']);
	t.is(missing.status, 2);
	t.regex(missing.stderr, new RegExp(`there is no interface nosuch in network namespace ${peer.namespace}`));
});

test.serial('drop reasons are served, too; without a privilege it is said what is missing', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const {peer, datagrams} = await bed(t);
	const monitor = startNetstress(['monitor', '--listen', ':0', '--drops', '-I', '100ms']);
	t.teardown(() => void monitor.child.kill('SIGKILL'));
	const url = await new Promise<string>(resolve => {
		monitor.child.stderr!.on('data', text => {
			const found = /metrics at (\S+)/.exec(String(text))?.[1];
			if (found !== undefined) resolve(found);
		});
	});
	await datagrams(50, 9);
	const text = await get(url);
	const line = text.split('\n').find(one => /^netstress_kernel_drops_total\{reason="NO_SOCKET"/.test(one) && one.includes(`namespace="${peer.namespace}"`));
	t.is(
		Number(line?.split(' ').at(-1)),
		50,
		text
			.split('\n')
			.filter(one => one.startsWith('netstress_kernel'))
			.join('\n'),
	);
	t.regex(line ?? '', /place="no-socket",kind="harmless"/);
	monitor.child.kill('SIGINT');
	t.is((await monitor.finished).status, 0);
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const {status, stderr} = await netstress(['monitor', '--listen', ':0', '--drops'], {from: copy.folder, user: 'nobody'});
	t.is(status, 4);
	t.regex(stderr, /^netstress: --drops: bpf: .*root/);
});

test.serial('a thread that has entered another namespace reads that one', async t => {
	if (!need(t, {root: true})) return;
	const {peer, folder, datagrams} = await bed(t);
	await datagrams(50, 9);
	const src = (name: string) => JSON.stringify(join(root, 'dist/src', name));
	// the main thread stays where it is; sysfs and /proc/self/net would show its namespace to the worker
	const code = `import {Worker, isMainThread, parentPort} from 'node:worker_threads'; import {openSync} from 'node:fs'; import {fileURLToPath} from 'node:url';
import {readCounters} from ${src('monitor/snapshot.js')}; import {libc} from ${src('sys/libc.js')};
const tell = () => { const {interfaces, counters} = readCounters(); return {names: [...interfaces.keys()], driver: interfaces.get('${peer.iface}')?.driver, noPorts: counters.find(({name}) => name === 'UdpNoPorts').value}; };
if (isMainThread) { const worker = new Worker(fileURLToPath(import.meta.url)); worker.once('message', there => console.log(JSON.stringify({here: tell(), there}))); }
else { if (libc.setns(openSync('/var/run/netns/${peer.namespace}', 'r'), 0x40000000) < 0) throw new Error('setns'); parentPort.postMessage(tell()); }`;
	const path = join(folder, 'thread.mjs');
	appendFileSync(path, code);
	const {stdout, stderr} = await start(process.execPath, [path]).finished;
	const {here, there} = JSON.parse(stdout || stderr) as Record<'here' | 'there', {names: string[]; driver: string; noPorts: number}>;
	t.deepEqual([...there.names].sort(), [peer.iface, 'lo'].sort());
	t.is(there.driver, 'veth');
	t.is(there.noPorts, 50);
	t.notDeepEqual(here.names, there.names);
	t.not(here.noPorts, 50);
});
