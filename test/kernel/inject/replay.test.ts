// The receiver against tools that are not ours: editcap and mergecap lose, double, reorder and cut stamped frames by number, tcprewrite puts tags in and takes them out,
// tcpreplay sends them. What was done is known to the frame.
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {program} from './bed.js';

interface Summary {
	readonly [key: string]: unknown;
	readonly streams: readonly {lossBursts: unknown; firstSequence: number; lastSequence: number}[];
}

const tools = ['tcpreplay', 'tcprewrite', 'editcap', 'mergecap'];
const run = (file: string, ...words: string[]) => execFileSync(file, words, {stdio: ['ignore', 'ignore', 'pipe']});

async function bed(t: ExecutionContext) {
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b']}]}, {prefix: `netstress-y${process.pid}`});
	t.teardown(() => lab.close());
	return {a: lab.host('a'), b: lab.host('b'), at: (name: string) => join(lab.folder, name)};
}

/** Sends a file with tcpreplay and gives what `receive` counts at the other end. */
async function replayed(t: ExecutionContext, a: LabHost, b: LabHost, file: string): Promise<Summary> {
	const child = b.spawn(process.execPath, [program, 'receive', '-i', b.iface, '--from-zero', '--json'], {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => void child.kill('SIGKILL'));
	let stdout = '';
	child.stdout!.setEncoding('utf8').on('data', text => {
		stdout += text;
	});
	const closed = new Promise(resolve => child.on('close', resolve));
	await new Promise(resolve => child.stderr!.once('data', resolve));
	const {status, stderr} = await a.run('tcpreplay', ['-q', '-i', a.iface, '--pps', '10000', file]);
	t.is(status, 0, stderr);
	await new Promise(resolve => setTimeout(resolve, 300));
	child.kill('SIGINT');
	await closed;
	return JSON.parse(stdout.trim().split('\n').at(-1)!) as Summary;
}

test.serial('lost, doubled, reordered and cut by editcap, sent by tcpreplay: counted to the frame', async t => {
	if (!need(t, {root: true, programs: tools})) return;
	const {a, b, at} = await bed(t);
	for (const template of ['stamp', 'ip4(dst=192.0.2.7)/udp(dport=9)/stamp', 'vlan(id=5)/ip6(dst=2001:db8::1)/tcp(ack)/stamp']) {
		run(process.execPath, program, 'inject', '-w', at('all.pcap'), '-n', '1000', '--size', '150', template);
		// numbers are frames less one; 101 to 356 are lost: 256, what a counter of one byte never sees
		const parts = ['1-100', '91-100', '367-376', '357-366', '377-990'];
		for (const [i, range] of parts.entries()) run('editcap', '-F', 'pcap', '-r', at('all.pcap'), at(`${i}.pcap`), range);
		run('editcap', '-F', 'pcap', '-r', at('all.pcap'), at('end.pcap'), '991-1000');
		run('editcap', '-F', 'pcap', '-L', '-C', '-6', at('end.pcap'), at('cut.pcap'));
		run('mergecap', '-F', 'pcap', '-a', '-w', at('spoiled.pcap'), ...parts.map((_, i) => at(`${i}.pcap`)), at('cut.pcap'));
		const summary = await replayed(t, a, b, at('spoiled.pcap'));
		t.like(
			summary,
			{received: 754, unique: 744, lost: 256, duplicated: 10, reordered: 10, corrupted: 0, late: 0, truncated: 10, ringDropped: 0, foreign: 0},
			template,
		);
		t.deepEqual(summary.lossBursts, [{from: 256, to: 256, bursts: 1}], template);
		t.like(summary.streams[0], {firstSequence: 0, lastSequence: 999});
	}
});

test.serial('a tag that tcprewrite puts in or takes out hides no stamp', async t => {
	if (!need(t, {root: true, programs: tools})) return;
	const {a, b, at} = await bed(t);
	for (const [template, ...words] of [
		['stamp', '--enet-vlan=add', '--enet-vlan-tag=7', '--enet-vlan-cfi=0', '--enet-vlan-pri=0'],
		['ip4(dst=192.0.2.7)/udp(dport=9)/stamp', '--enet-vlan=add', '--enet-vlan-tag=7', '--enet-vlan-cfi=0', '--enet-vlan-pri=0'],
		['vlan(id=5)/ip4(dst=192.0.2.7)/udp(dport=9)/stamp', '--enet-vlan=del'],
		['vlan(id=5)/stamp', '--enet-vlan=del'],
	] as const) {
		run(process.execPath, program, 'inject', '-w', at('all.pcap'), '-n', '300', '--size', '120', template);
		run('tcprewrite', ...words, '--infile', at('all.pcap'), '--outfile', at('changed.pcap'));
		run('editcap', '-F', 'pcap', at('changed.pcap'), at('lossy.pcap'), '100-119', '300');
		const summary = await replayed(t, a, b, at('lossy.pcap'));
		// the last one is missing as well, and no number tells
		t.like(summary, {received: 279, unique: 279, lost: 20, duplicated: 0, reordered: 0, corrupted: 0, truncated: 0}, `${template} ${words[0]}`);
	}
});
