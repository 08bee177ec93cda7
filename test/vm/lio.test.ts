// Our iSCSI initiator against Linux's own target, LIO, in a guest.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {seeded} from '../../src/base/random.js';
import type {IscsiOptions} from '../../src/initiator/iscsi/session.js';
import {type Bed, needGuests, program, vmBed} from './bed.js';
import {digestOf} from './jobs.js';

const exercise = fileURLToPath(new URL('./exercise.js', import.meta.url));
const iqn = 'iqn.2026-11.netstress:lio';
const mib = 32;
const host = 'iscsi://10.77.0.11';
const url = `${host}/${iqn}/0`;

/** Runs one of our programs on the host beside the guest; its output, once it has ended with 0. */
async function ours(bed: Bed, ...args: string[]): Promise<string> {
	const {status, stdout, stderr} = await bed.target.run(process.execPath, args);
	if (status !== 0) throw new Error(`${args.slice(0, 4).join(' ')} ended with ${status}: ${stderr}${stdout}`);
	return stdout;
}

/** LIO; in each round it takes the parameters, says `readyN`, waits, and says the digest of its disk. */
const lio = (rounds: ReadonlyArray<Readonly<Record<string, string>>>) => `
lio_start ${iqn} ${mib}
${rounds
	.map(
		(parameters, i) => `
${Object.entries(parameters)
	.map(([name, value]) => `echo ${value} >/sys/kernel/config/target/iscsi/${iqn}/tpgt_1/param/${name}`)
	.join('\n')}
say ready${i} 1
hear look
say disk${i} "$(digest /tmp/disk.img)"`,
	)
	.join('\n')}
`;

test.serial('the command line: discover, identify, write, read, a pattern and its verification', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const guest = await bed.boot(lio([{}, {}]), {memory: 512});
	await guest.saw('ready0');
	const io = (...args: string[]) => ours(bed, program, 'io', ...args);
	t.regex(await io(host, 'discover'), new RegExp(iqn));
	t.regex(await io(url, 'identify'), /size\s+33554432 .*\nblockSize\s+512\nreadOnly\s+false/);
	const file = bed.path('input');
	const bytes = new Uint8Array(mib << 20);
	seeded(3).fill(bytes);
	writeFileSync(file, bytes);
	await io(url, 'write', '--input', file);
	guest.tell('look');
	t.is(await guest.saw('disk0'), digestOf(file, 0, mib << 20));
	await io(url, 'read', '--output', bed.path('output'));
	t.is(digestOf(bed.path('output'), 0, mib << 20), digestOf(file, 0, mib << 20));
	await io(url, 'write', '--pattern', '--seed', '5', '--block', '64KiB', '--depth', '16');
	await io(url, 'verify', '--seed', '5');
	guest.tell('look');
	t.not(await guest.saw('disk1'), digestOf(file, 0, mib << 20));
	await guest.finished();
});

const rounds: ReadonlyArray<{name: string; options: IscsiOptions; parameters: Readonly<Record<string, string>>; agreed: object}> = [
	{name: 'as it comes', options: {}, parameters: {}, agreed: {headerDigest: false, dataDigest: false, initialR2T: true, immediateData: true}},
	{name: 'a header digest', options: {headerDigest: true}, parameters: {}, agreed: {headerDigest: true, dataDigest: false}},
	{name: 'both digests', options: {headerDigest: true, dataDigest: true}, parameters: {}, agreed: {headerDigest: true, dataDigest: true}},
	{
		name: 'unsolicited data and long bursts',
		options: {},
		parameters: {InitialR2T: 'No', FirstBurstLength: '262144', MaxBurstLength: '1048576'},
		agreed: {initialR2T: false, firstBurst: 262_144, maxBurst: 1_048_576},
	},
	{
		name: 'no immediate data, short bursts, short segments, both digests',
		options: {headerDigest: true, dataDigest: true},
		// LIO declares as its MaxRecvDataSegmentLength what it has as MaxXmitDataSegmentLength
		parameters: {
			InitialR2T: 'Yes',
			ImmediateData: 'No',
			FirstBurstLength: '4096',
			MaxBurstLength: '16384',
			MaxRecvDataSegmentLength: '2048',
			MaxXmitDataSegmentLength: '2048',
		},
		agreed: {initialR2T: true, immediateData: false, maxBurst: 16_384, maxSend: 2048},
	},
	{name: 'short commands, three at a time', options: {maxTransfer: 16_384, window: 3}, parameters: {ImmediateData: 'Yes'}, agreed: {immediateData: true}},
];

test.serial('random runs, many at once, over every kind of session: LIO’s file holds what our model holds', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 9000});
	const guest = await bed.boot(lio(rounds.map(({parameters}) => parameters)), {memory: 512});
	for (const [i, {name, options, agreed}] of rounds.entries()) {
		await guest.saw(`ready${i}`);
		const result = JSON.parse(await ours(bed, exercise, url, JSON.stringify(options)));
		t.like(result, {size: mib << 20, mismatches: 0, agreed}, name);
		t.like(result.counters, {retransmits: 0, unexpected: 0, late: 0}, name);
		t.regex(result.beyond, /Logical Block Address Out Of Range/, name);
		guest.tell('look');
		t.is(await guest.saw(`disk${i}`), result.disk, name);
		t.log(`${name}: ${result.counters.commands} commands`);
	}
	await guest.finished();
});
