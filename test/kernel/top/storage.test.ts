// Storage as the dashboard sees it from outside, against what the initiator says it has done, over all three protocols; and the kernel's filter against frames of trafgen.
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {openCaptureRing} from '../../../src/port/capture-ring.js';
import type {TargetPort} from '../../../src/top/sample.js';
import {snapshotBytes, storageFilter} from '../../../src/top/storage/filter.js';
import {need} from '../need.js';
import {root} from '../program.js';
import {topBed} from './bed.js';
import {terminal} from './terminal.js';

const program = join(root, 'dist/tools/netstress.js');
const MiB = 1 << 20;

interface StorageLine {
	readonly type: string;
	readonly dropped: number;
	readonly ifaces: readonly string[];
	readonly protocols: readonly {protocol: string; answered: number; readBytes: number; writtenBytes: number; timed: number; waiting: number}[];
}

interface TargetsLine {
	readonly targets: readonly {readonly pid: number; readonly ports?: readonly TargetPort[]}[];
}

for (const listening of ['the interface that was asked for', 'wherever storage is spoken'] as const)
	test.serial(`on ${listening}: as many bytes and requests as were asked for`, async t => {
		if (!need(t, {root: true, programs: ['tmux']})) return;
		const {client, server, folder, must} = await topBed(t);
		const disk = join(folder, 'disk.img');
		writeFileSync(disk, '');
		truncateSync(disk, 16 * MiB);
		const {iface} = server;
		const target = server.spawn(
			process.execPath,
			[program, 'target', disk, '--aoe', `${iface}:1.1`, '--fcoe', iface, '--iscsi', `${server.address}:3260`, '--json'],
			{
				stdio: ['ignore', 'pipe', 'inherit'],
			},
		);
		t.teardown(async () => {
			target.kill('SIGTERM');
			await once(target, 'exit');
		});
		const [ready] = (await once(target.stdout!, 'data')) as [Buffer];
		const addresses = (JSON.parse(String(ready).split('\n')[0] as string) as {exports: {address: string}[]}).exports.map(({address}) =>
			address.replace(`:${iface}/`, `:${client.iface}/`),
		);
		t.is(addresses.length, 3);

		const path = join(folder, 'run.ndjson');
		const inside = ['ip', 'netns', 'exec', server.namespace];
		const words = listening === 'wherever storage is spoken' ? [] : ['-i', iface];
		const screen = await terminal(t, ['top', '-I', '500ms', '--record', path, ...words], {width: 200, height: 60, before: inside});
		await screen.shows(new RegExp(`storage on the wire {2}on ${iface}`));
		await screen.shows(/serves *\n.*\d+ MiB +\d+ +\S*disk\.img/);
		for (const [i, address] of addresses.entries()) {
			const io = (...args: string[]) => must(client, process.execPath, [program, 'io', address, ...args]);
			await io('write', '--pattern', '--length', String(4 * MiB), '--block', '16KiB', '--depth', '4');
			await io('read', '--output', join(folder, `read-${i}`), '--length', String(8 * MiB), '--block', '16KiB', '--depth', '4');
		}
		const text = await screen.shows(/aoe[\s\S]*fcoe[\s\S]*iscsi/);
		t.regex(text, /protocol +IOPS +payload +p50 +p99/);
		// the tick behind the last answer
		await sleep(1100);
		await screen.type('q');
		t.is((await screen.ended()).status, 0);

		t.regex(text, /port +commands\/s +read +written/);
		const all = readFileSync(path, 'utf8')
			.trim()
			.split('\n')
			.map(line => JSON.parse(line) as StorageLine & TargetsLine);
		const lines = all.filter(({type}) => type === 'storage');
		// the target's own word on each of its ports
		const said = all.flatMap(({type, targets}) => (type === 'targets' ? (targets.find(({pid}) => pid === target.pid)?.ports ?? []) : []));
		for (const port of [`aoe:${iface}`, `fcoe:${iface}`, `iscsi:${server.address}:3260`]) {
			const rows = said.filter(row => row.port === port);
			for (const rate of ['commandsPerSecond', 'readPerSecond', 'writtenPerSecond'] as const)
				t.true(
					rows.some(row => row[rate] > 0),
					`${port} ${rate}`,
				);
			t.is(rows.at(-1)?.lost, 0);
		}
		t.is(lines.at(-1)?.dropped, 0);
		const sums = new Map<string, {answered: number; readBytes: number; writtenBytes: number; timed: number}>();
		for (const {protocols} of lines)
			for (const {protocol, answered, readBytes, writtenBytes, timed} of protocols) {
				const sum = sums.get(protocol) ?? {answered: 0, readBytes: 0, writtenBytes: 0, timed: 0};
				sums.set(protocol, {
					answered: sum.answered + answered,
					readBytes: sum.readBytes + readBytes,
					writtenBytes: sum.writtenBytes + writtenBytes,
					timed: sum.timed + timed,
				});
			}
		const requests = (4 * MiB + 8 * MiB) / (16 << 10);
		// IDENTIFY and a few commands before the first block
		const about = (protocol: string, most: number) => {
			const {answered, readBytes, writtenBytes, timed} = sums.get(protocol)!;
			t.log(protocol, answered, readBytes, writtenBytes, timed);
			t.true(writtenBytes >= 4 * MiB && writtenBytes < 4 * MiB + most, `${protocol} wrote ${writtenBytes}`);
			t.true(readBytes >= 8 * MiB && readBytes < 8 * MiB + most, `${protocol} read ${readBytes}`);
			return {answered, timed};
		};
		const aoe = about('aoe', 8192);
		t.is(aoe.timed, aoe.answered);
		t.true(aoe.answered >= (12 * MiB) / 1024, 'two sectors a request at an MTU of 1500');
		const fcoe = about('fcoe', 8192);
		t.is(fcoe.timed, fcoe.answered);
		t.true(fcoe.answered >= requests && fcoe.answered < requests + 40, String(fcoe.answered));
		// iSCSI's bytes are those of the stream: 48 more for each PDU, logins
		const iscsi = about('iscsi', 300_000);
		t.true(iscsi.answered >= requests && iscsi.answered < requests + 40, String(iscsi.answered));
		t.true(iscsi.timed <= iscsi.answered && iscsi.timed > requests / 2, String(iscsi.timed));
	});

test.serial('the kernel’s filter passes storage, tagged or not, over IPv4 and IPv6, and nothing else', async t => {
	if (!need(t, {root: true, programs: ['trafgen']})) return;
	const folder = mkdtempSync(join(tmpdir(), 'netstress-filter-'));
	const ring = openCaptureRing('lo', {filter: storageFilter, timeoutMs: 5});
	t.teardown(() => {
		ring.close();
		rmSync(folder, {recursive: true});
	});
	const eth = (type: string) => `eth(da=02:00:00:00:00:01, sa=02:00:00:00:00:02, type=${type})`;
	const ipv4 = (more: string) => `${eth('0x0800')}, ip4(sa=192.0.2.1, da=192.0.2.2${more})`;
	// each of another length: it is the frame's name
	const frames: Record<string, [passes: boolean, packet: string]> = {
		AoE: [true, `${eth('0x88a2')}, fill(0x10, 100)`],
		'AoE behind a tag': [true, `${eth('0x8100')}, 0x00, 0x07, 0x88, 0xa2, fill(0x10, 110)`],
		'FCP command': [true, `${eth('0x8906')}, fill(0, 14), 0x06, fill(0, 120)`],
		'FCP command behind a tag': [true, `${eth('0x8100')}, 0x00, 0x07, 0x89, 0x06, fill(0, 14), 0x06, fill(0, 125)`],
		'FCP data behind a tag': [false, `${eth('0x8100')}, 0x00, 0x07, 0x89, 0x06, fill(0, 14), 0x01, fill(0, 126)`],
		'iSCSI behind a tag': [true, `${eth('0x8100')}, 0x00, 0x07, 0x08, 0x00, 0x45, fill(0, 8), 6, fill(0, 10), 0x9c, 0x40, 0x0c, 0xbc, fill(0, 155)`],
		'FCP response': [true, `${eth('0x8906')}, fill(0, 14), 0x07, fill(0, 130)`],
		'FCP data': [false, `${eth('0x8906')}, fill(0, 14), 0x01, fill(0, 140)`],
		'to the iSCSI port': [true, `${ipv4('')}, tcp(sp=40000, dp=3260), fill(0x55, 150)`],
		'from the iSCSI port': [true, `${ipv4('')}, tcp(sp=3260, dp=40000), fill(0x55, 160)`],
		'another port': [false, `${ipv4('')}, tcp(sp=40000, dp=3261), fill(0x55, 170)`],
		'UDP of that port': [false, `${ipv4('')}, udp(sp=3260, dp=3260), fill(0x55, 180)`],
		'a later fragment': [false, `${ipv4(', frag=100, proto=6')}, 0x0c, 0xbc, 0x0c, 0xbc, fill(0, 186)`],
		'IPv6 to the iSCSI port': [true, `${eth('0x86dd')}, ip6(sa=2001:db8::1, da=2001:db8::2), tcp(sp=40000, dp=3260), fill(0x55, 200)`],
		'IPv6 to another port': [false, `${eth('0x86dd')}, ip6(sa=2001:db8::1, da=2001:db8::2), tcp(sp=40000, dp=80), fill(0x55, 210)`],
		ARP: [false, `${eth('0x0806')}, fill(0, 220)`],
	};
	for (const [name, [passes, packet]] of Object.entries(frames)) {
		const file = join(folder, 'packet.cfg');
		writeFileSync(file, `{ ${packet} }`);
		const {status, stderr} = spawnSync('trafgen', ['-i', file, '-o', 'lo', '--cpus', '1', '-n', '3', '-q'], {
			encoding: 'utf8',
			env: {...process.env, PATH: `${process.env.PATH}:/usr/sbin`},
		});
		t.is(status, 0, `${name}: ${stderr}`);
		await sleep(30);
		// other tests may use the loopback interface, but not these addresses
		let [came, went, longest] = [0, 0, 0];
		ring.receive(({view, at, length, outgoing}) => {
			if (view.getUint32(at) !== 0x0200_0000) return;
			// a tag stands in the frame as it goes, and has been taken out as it comes
			if (outgoing) went++;
			else came++;
			longest = Math.max(longest, length);
		});
		t.deepEqual([went, came], passes ? [3, 3] : [0, 0], name);
		if (name === 'AoE') t.is(longest, snapshotBytes.aoe);
		if (name === 'FCP command') t.is(longest, snapshotBytes.fcoe);
	}
});
