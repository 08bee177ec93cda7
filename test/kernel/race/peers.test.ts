import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import type {WorkloadResult} from '../../../src/race/result.js';
import {startTgtd} from '../iscsi/tgtd.js';
import {need} from '../need.js';
import {netstress, root, startNetstress} from '../program.js';

const program = join(root, 'dist/tools/netstress.js');
const work = ['--force', '--json', '--rounds', '2', '--duration', '150ms', '--workload', 'read-4k-d32,write-4k-d32,seq-write-128k-d8'];

function image(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-peers-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'disk.img');
	writeFileSync(path, new Uint8Array(32 * 2 ** 20));
	return path;
}

const resultsOf = (stdout: string) => (JSON.parse(stdout.trim().split('\n').at(-1) as string) as {workloads: WorkloadResult[]}).workloads;

function sound(t: ExecutionContext, workloads: readonly WorkloadResult[], addresses: number): void {
	t.is(workloads.length, 3);
	for (const {name, readShare, results} of workloads) {
		t.is(results.length, addresses);
		for (const {address, errors, firstError, iops, verified} of results) {
			t.is(errors, 0, `${name} over ${address}: ${firstError}`);
			t.true(iops > 0);
			if (readShare < 1) t.true(verified > 0, `${name} over ${address} was verified`);
		}
	}
}

test.serial('our target and vblade race over AoE, every byte verified', async t => {
	if (!need(t, {root: true, programs: ['vblade']})) return;
	const file = image(t);
	const lab = await createLab(
		{hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu: 9000}]},
		{prefix: `netstress-t${process.pid}-v`},
	);
	try {
		const vblade = lab.host('target').spawn('vblade', ['3', '1', 'eth0', file], {stdio: 'ignore'});
		const target = lab.host('target').spawn(process.execPath, [program, 'target', file, '--aoe', 'eth0:1.1'], {stdio: ['ignore', 'pipe', 'ignore']});
		await new Promise(resolve => target.stdout?.once('data', resolve));
		const {status, stdout, stderr} = await lab
			.host('initiator')
			.run(process.execPath, [program, 'race', 'aoe:eth0/1.1', 'aoe:eth0/3.1', '--target-pid', `${vblade.pid}`, ...work]);
		t.is(status, 0, stderr);
		const workloads = resultsOf(stdout);
		sound(t, workloads, 2);
		for (const {results} of workloads) t.true(results.every(({frames, targetCpuSecondsPerGB}) => frames.sent > 0 && targetCpuSecondsPerGB !== null));
	} finally {
		await lab.close();
	}
});

test.serial('our target and tgtd race over iSCSI on the loopback, every byte verified', async t => {
	if (!need(t, {root: true, programs: ['tgtd', 'tgtadm']})) return;
	const tgtd = await startTgtd(image(t));
	t.teardown(() => tgtd.stop());
	const ours = startNetstress(['target', image(t), '--iscsi', '127.0.0.1:0']);
	await ours.saw('"type":"ready"');
	const {exports} = JSON.parse(ours.said().split('\n')[0] as string) as {exports: {address: string}[]};
	const {status, stdout, stderr} = await netstress(['race', exports[0]?.address as string, tgtd.url, ...work]);
	ours.child.kill('SIGTERM');
	await ours.finished;
	t.is(status, 0, stderr);
	sound(t, resultsOf(stdout), 2);
});

test.serial('a disk that somebody else has written gives wrong blocks: status 1, and the first one is named', async t => {
	const file = image(t);
	t.is((await netstress(['io', file, 'write', '--force', '--pattern', '--seed', '1'])).status, 0);
	const {status, stdout} = await netstress(['io', file, 'verify', '--seed', '2', '--json']);
	t.is(status, 1);
	t.regex(stdout, /data at byte 0: other seed/);
});
