// AoE against programs we did not write: vblade serves our initiator, aoetools and tshark judge our target.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {need} from '../need.js';
import {aoeLab} from './lab.js';

for (const mtu of [1500, 9000]) {
	test.serial(`our initiator reads, writes and verifies against vblade at MTU ${mtu}`, async t => {
		if (!need(t, {root: true, programs: ['vblade']})) return;
		const bed = await aoeLab(t, mtu);
		const peer = await bed.vblade();
		const result = await bed.client(21, 2000);
		t.like(result, {mismatches: 0, errors: [], size: 16 << 20});
		t.is(result.info.sectors, mtu === 1500 ? 2 : 17);
		t.regex(result.beyond, /ATA status 0x41, error 0x10|status/);
		await bed.stop(peer);
	});

	test.serial(`our initiator against our target at MTU ${mtu}, and the file holds what was written`, async t => {
		if (!need(t, {root: true})) return;
		const bed = await aoeLab(t, mtu);
		const target = await bed.serve();
		const result = await bed.client(22, 2000);
		t.like(result, {mismatches: 0, errors: [], size: 16 << 20});
		t.regex(result.beyond, /ATA status 0x41, error 0x10/);
		t.is(result.info.sectors, mtu === 1500 ? 2 : 17);
		// Every request that went out came in over there: the ledger of this link closes.
		t.is(result.port.transmitFailed, 0);
		t.is(result.port.receiveDropped, 0);
		await bed.stop(target);
		t.is(target.exitCode, 0);
	});
}

test.serial('aoeping accepts our target, with and without IDENTIFY', async t => {
	if (!need(t, {root: true, programs: ['aoeping']})) return;
	const bed = await aoeLab(t);
	await bed.serve();
	const plain = await bed.initiator.run('aoeping', ['-s', '5', '1', '1', bed.initiator.iface]);
	t.is(plain.status, 0, plain.stderr);
	const identify = await bed.initiator.run('aoeping', ['-s', '5', '-I', '1', '1', bed.initiator.iface]);
	t.is(identify.status, 0, identify.stderr);
	t.regex(identify.stdout, /netstress 1\.1 disk\.img/);
});

for (const [mtu, payload] of [
	[1500, 1024],
	[9000, 8704],
] as const) {
	test.serial(`aoe-sancheck finds our target and a path of ${payload} bytes at MTU ${mtu}`, async t => {
		if (!need(t, {root: true, programs: ['aoe-sancheck']})) return;
		const bed = await aoeLab(t, mtu);
		await bed.serve();
		const {stdout, status} = await bed.initiator.run('aoe-sancheck', []);
		t.is(status, 0);
		t.regex(stdout, new RegExp(`e1\\.1\\s+1\\s+${payload}\\s+${bed.initiator.iface}`));
	});
}

test.serial('a link to vblade that loses every hundredth frame each way: every byte is right, and little is sent again in vain', async t => {
	if (!need(t, {root: true, programs: ['vblade']})) return;
	const bed = await aoeLab(t);
	await bed.vblade();
	await bed.lab.lose({kind: 'every', first: 50, every: 100});
	const result = await bed.client(25, 3000);
	t.like(result, {mismatches: 0, errors: []});
	const lost = (await bed.lab.lost()).reduce((sum, {dropped}) => sum + dropped, 0);
	t.log(`${lost} frames lost, ${result.counters.retransmits} sent again`);
	t.true(lost > 100 && result.counters.retransmits > 100);
});

test.serial('vblade serves a read-only disk: our initiator reads it', async t => {
	if (!need(t, {root: true, programs: ['vblade']})) return;
	const bed = await aoeLab(t);
	await bed.vblade(['-r']);
	t.like(await bed.client(23, 0, 'read-only'), {mismatches: 0, errors: []});
});

test.serial('tshark finds no malformed frame in what our target and initiator say', async t => {
	if (!need(t, {root: true, programs: ['tshark', 'tcpdump', 'aoeping']})) return;
	const bed = await aoeLab(t);
	const file = join(bed.lab.folder, 'aoe.pcap');
	const dump = bed.target.spawn('tcpdump', ['-i', bed.target.iface, '-w', file, '-U', '--immediate-mode', '-Z', 'root'], {stdio: ['ignore', 'ignore', 'pipe']});
	await new Promise<void>(resolve => dump.stderr!.once('data', () => resolve()));
	await bed.serve();
	await bed.initiator.run('aoeping', ['-s', '5', '-I', '1', '1', bed.initiator.iface]);
	t.like(await bed.client(24, 50), {mismatches: 0});
	await new Promise(resolve => setTimeout(resolve, 300));
	await bed.stop(dump, 'SIGINT');
	const tshark = (...args: string[]) => spawnSync('tshark', ['-r', file, ...args], {encoding: 'utf8', maxBuffer: 2 ** 28}).stdout;
	t.is(tshark('-Y', '_ws.malformed || _ws.expert.severity == error'), '');
	const fields = tshark('-Y', 'aoe', '-T', 'fields', '-e', 'aoe.response', '-e', 'aoe.version', '-e', 'aoe.major').trim().split('\n');
	t.true(fields.length > 100);
	t.true(fields.some(line => line.startsWith('1\t1\t0x0001') || line.startsWith('True\t1\t0x0001')));
	t.true(readFileSync(file).length > 10_000);
});
