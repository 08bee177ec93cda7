// The recipes of docs/receive.md, packETH's receiver: each is run as it stands there against trafgen, with a program in the kernel that drops a known number.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {root} from '../program.js';
import {program} from './bed.js';
import {dropAt} from './dropper.js';

const page = readFileSync(join(root, 'docs/receive.md'), 'utf8');
const frames = 1000;
/** Addresses and a local experimental EtherType that is not ours: trafgen's packet language (trafgen(8)). */
const head = '0x02,0,0,0,0,2, 0x02,0,0,0,0,1, 0x88,0xb6,';

interface Line {
	readonly [key: string]: unknown;
	readonly type: string;
	readonly frames: number;
	readonly received: number;
	readonly streams: readonly {tool: string}[];
}

const recipes = {
	'everything that comes': {line: '-i eth1 -I 1s', packet: `{${head} fill(0xaa,86)}`, tool: undefined},
	'its own pattern at the end': {
		line: '-i eth1 -I 1s --pattern a9b8c7d6@-10 --counter -1',
		packet: `{${head} fill(0xaa,76), "a9b8c7d6", 0, dinc(0,255,1)}`,
		tool: 'pattern',
	},
	'its own pattern without a word': {line: '-i eth1 -I 1s', packet: `{${head} fill(0xaa,76), "a9b8c7d6", 0, dinc(0,255,1)}`, tool: 'packeth'},
	'a pattern and a counter of one’s own': {
		line: '-i eth1 -I 1s --pattern HELLO@50 --counter 60',
		packet: `{${head} fill(0xaa,36), "HELLO", fill(0,5), dinc(0,255,1), fill(0,39)}`,
		tool: 'pattern',
	},
} as const;

for (const [name, {line, packet, tool}] of Object.entries(recipes)) {
	test.serial(name, async t => {
		if (!need(t, {root: true, programs: ['trafgen']})) return;
		t.true(page.includes(`\nnetstress receive ${line}`), `docs/receive.md has: ${line}`);
		const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b']}]}, {prefix: `netstress-q${process.pid}`});
		t.teardown(() => lab.close());
		const [a, b] = [lab.host('a'), lab.host('b')];
		// multicast listener reports would be frames that trafgen did not send
		for (const host of [a, b]) await host.run('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
		const file = join(lab.folder, 'packet');
		writeFileSync(file, packet);
		const end = await dropAt(t, b, 'eth0', {kind: 'every', first: 9, every: 10});
		const child = b.spawn(process.execPath, [program, 'receive', ...line.replace('eth1', 'eth0').split(' '), '--json'], {stdio: ['ignore', 'pipe', 'pipe']});
		t.teardown(() => void child.kill('SIGKILL'));
		let stdout = '';
		child.stdout!.setEncoding('utf8').on('data', text => {
			stdout += text;
		});
		const closed = new Promise(resolve => child.on('close', resolve));
		await new Promise(resolve => child.stderr!.once('data', resolve));
		// own frames are nobody's arrival
		await b.run('trafgen', ['--in', file, '--out', 'eth0', '--num', '50', '--cpus', '1', '--no-sock-mem', '-q']);
		const sent = await a.run('trafgen', ['--in', file, '--out', 'eth0', '--num', String(frames), '--cpus', '1', '--gap', '1500us', '--no-sock-mem', '-q']);
		t.is(sent.status, 0, sent.stderr);
		await new Promise(resolve => setTimeout(resolve, 300));
		child.kill('SIGINT');
		await closed;
		const dropped = await end();
		const lines = stdout
			.trim()
			.split('\n')
			.map(text => JSON.parse(text) as Line);
		const summary = lines.at(-1)!;
		t.true(lines.some(({type, framesPps}) => type === 'interval' && Number(framesPps) > 0));
		t.is(dropped, frames / 10);
		t.is(summary.frames, frames - dropped);
		t.is(summary.streams[0]?.tool, tool);
		// the last frame was dropped: no number behind it tells
		if (tool === undefined) t.is(summary.received, 0);
		else t.like(summary, {received: frames - dropped, unique: frames - dropped, lost: dropped - 1, duplicated: 0, reordered: 0, ringDropped: 0});
		t.log(`${frames} sent by trafgen, ${dropped} dropped by XDP, ${summary.frames} frames came, ${String(summary.lost)} lost between the first and the last`);
	});
}
