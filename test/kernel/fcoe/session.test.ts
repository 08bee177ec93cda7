// Our FCoE target and initiator over a real interface: what users do, what they get wrong, loss, restarts; tshark reads every frame.
import {closeSync, copyFileSync, openSync, readFileSync, readSync} from 'node:fs';
import test from 'ava';
import {compare, linkless, tshark} from '../dissect/compare.js';
import {need} from '../need.js';
import {fcoeLab, targetName} from './lab.js';

const MiB = 1 << 20;

/** A block of a file, as text that can be compared. */
function readAt(file: string, position: number): string {
	const block = Buffer.alloc(512);
	const descriptor = openSync(file, 'r');
	readSync(descriptor, block, 0, block.length, position);
	closeSync(descriptor);
	return block.toString('hex');
}

for (const [mtu, payload] of [
	[1500, 1452],
	[2500, 2112],
	[9000, 2112],
] as const) {
	test.serial(`MTU ${mtu}: discover, identify, write, read, verify; every frame is right for tshark, and for us as for tshark`, async t => {
		if (!need(t, {root: true, programs: ['tcpdump', 'tshark']})) return;
		const bed = await fcoeLab(t, mtu);
		const file = bed.path('run.pcap');
		const dump = await bed.watch('tcpdump', [
			'-i',
			bed.target.iface,
			'-w',
			file,
			'-U',
			'-B',
			'32768',
			'-Z',
			'root',
			'ether',
			'proto',
			'0x8906',
			'or',
			'ether',
			'proto',
			'0x8914',
		]);
		const target = await bed.serve();

		const found = await bed.io(bed.wire, 'discover', '--json');
		t.is(found.status, 0, found.stderr);
		t.true(found.stdout.includes(`${bed.wire}/${targetName}/0`), found.stdout);
		t.true(found.stdout.includes(`${payload}`), found.stdout);

		const identity = await bed.io(bed.address, 'identify');
		t.is(identity.status, 0, identity.stderr);

		const output = bed.path('part.img');
		const read = await bed.io(bed.address, 'read', '--offset', '1MiB', '--length', '512KiB', '--output', output);
		t.is(read.status, 0, read.stderr);
		t.true(readFileSync(output).equals(bed.bytes.subarray(MiB, MiB + (MiB >> 1))));

		const wrote = await bed.io(bed.address, 'write', '--input', output, '--offset', '4MiB');
		t.is(wrote.status, 0, wrote.stderr);
		t.true(
			readFileSync(bed.disk)
				.subarray(4 * MiB, 4 * MiB + (MiB >> 1))
				.equals(readFileSync(output)),
		);

		const patterned = await bed.io(bed.address, 'write', '--pattern', '--seed', '7', '--length', '1MiB');
		t.is(patterned.status, 0, patterned.stderr);
		const verified = await bed.io(bed.address, 'verify', '--seed', '7', '--length', '1MiB');
		t.is(verified.status, 0, verified.stderr);
		const wrong = await bed.io(bed.address, 'verify', '--seed', '8', '--length', '1MiB');
		t.is(wrong.status, 1, wrong.stdout);

		await bed.stop(target);
		t.is(target.exitCode, 0);
		await new Promise(resolve => setTimeout(resolve, 300));
		await bed.stop(dump, 'SIGINT');
		t.is(tshark(file, '-Y', '_ws.malformed || _ws.expert.severity == error'), '');
		t.is(tshark(file, '-Y', 'fcoe.crc.status != 1'), '');
		const good = tshark(file, '-Y', 'fcoe.crc.status == 1', '-T', 'fields', '-e', 'frame.number').trim().split('\n').length;
		t.true(good > 1000, `${good} frames with a good CRC`);
		const {wrong: differences, compared, frames} = compare(file, linkless);
		t.deepEqual(differences.slice(0, 20), []);
		t.true(compared > 40 * frames);
		t.log(`${good} FCoE frames with a good CRC, ${compared} nodes of ${frames} frames agree`);
	});
}

test.serial('a read-only target: reads work, a write says what forbids it', async t => {
	if (!need(t, {root: true})) return;
	const bed = await fcoeLab(t, 2500);
	await bed.serve(['--read-only']);
	const read = await bed.io(bed.address, 'read', '--length', '64KiB', '--output', bed.path('out'));
	t.is(read.status, 0, read.stderr);
	const write = await bed.io(bed.address, 'write', '--pattern', '--length', '64KiB');
	t.not(write.status, 0);
	t.regex(write.stderr, /read-only|write.protect/i);
	t.true(readFileSync(bed.disk).equals(bed.bytes));
});

test.serial('a target, a unit, a right that is not there: the error names it and the next step', async t => {
	if (!need(t, {root: true})) return;
	const bed = await fcoeLab(t, 2500);
	const nobody = await bed.io(bed.wire, 'discover');
	t.is(nobody.stdout.trim(), '', nobody.stdout);
	const first = await bed.serve();
	const unknown = await bed.io(`${bed.wire}/10:00:00:00:00:00:00:42/0`, 'identify');
	t.not(unknown.status, 0);
	t.regex(unknown.stderr, new RegExp(`no FCoE target 10:00:00:00:00:00:00:42 on \\S+ in \\d+ ms \\(seen there: ${targetName}\\).*discover`));
	const noUnit = await bed.io(`${bed.wire}/${targetName}/5`, 'identify');
	t.not(noUnit.status, 0);
	t.regex(noUnit.stderr, /LUN|unit/i);
	await bed.stop(first);
	await bed.serve(['--fcoe-allow', '20:00:00:00:00:00:00:01']);
	const refused = await bed.io(bed.address, 'identify');
	t.not(refused.status, 0);
	t.regex(refused.stderr, new RegExp(`no FCoE target ${targetName}`));
});

test.serial('every 50th frame lost on both sides: all is written and verified all the same', async t => {
	if (!need(t, {root: true})) return;
	const bed = await fcoeLab(t, 2500);
	await bed.serve();
	await bed.lab.lose({kind: 'every', first: 49, every: 50});
	const wrote = await bed.io(bed.address, 'write', '--pattern', '--seed', '9', '--length', '8MiB');
	t.is(wrote.status, 0, wrote.stderr);
	const verified = await bed.io(bed.address, 'verify', '--seed', '9', '--length', '8MiB');
	t.is(verified.status, 0, verified.stderr);
	const lost = (await bed.lab.lost()).reduce((sum, each) => sum + each.dropped, 0);
	t.true(lost > 100, `${lost} frames lost`);
	t.log(`${lost} frames lost on purpose`);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
	test.serial(`a target that ends by ${signal} in the middle and is started again: the write goes on, nothing is corrupt`, async t => {
		if (!need(t, {root: true})) return;
		const bed = await fcoeLab(t, 2500, 256 << 20);
		copyFileSync(bed.disk, bed.path('before.img'));
		const first = await bed.serve();
		const writing = bed.io(bed.address, 'write', '--pattern', '--seed', '5', '--block', '4KiB', '--depth', '1', '--length', '64MiB');
		let over = false;
		void writing.then(() => {
			over = true;
		});
		// until the first MiB is there
		while (!over && readAt(bed.disk, MiB) === readAt(bed.path('before.img'), MiB)) await new Promise(resolve => setTimeout(resolve, 5));
		await bed.stop(first, signal);
		t.false(over, 'it was in the middle');
		await bed.serve();
		const wrote = await writing;
		t.is(wrote.status, 0, wrote.stderr);
		const verified = await bed.io(bed.address, 'verify', '--seed', '5', '--length', '64MiB');
		t.is(verified.status, 0, verified.stderr);
	});
}
