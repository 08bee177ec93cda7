// Our initiator against tgtd, and against our own target: every byte that was written comes back.
import {mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {NetstressError} from '../../../src/base/errors.js';
import {seeded} from '../../../src/base/random.js';
import {discoverIscsi} from '../../../src/initiator/iscsi/discover.js';
import {type IscsiOptions, type IscsiSession, openIscsi} from '../../../src/initiator/iscsi/session.js';
import type {BlockRequest} from '../../../src/initiator/session.js';
import {need} from '../need.js';
import {iqn, serve} from './support.js';
import {startTgtd} from './tgtd.js';

const size = 32 * 2 ** 20;

/** A file of `size` bytes in a folder of its own; `remove` takes both away. */
function file() {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-iscsi-'));
	const path = join(folder, 'disk.img');
	writeFileSync(path, '');
	truncateSync(path, size);
	return {path, remove: () => rmSync(folder, {recursive: true})};
}

const io = (session: IscsiSession, op: BlockRequest['op'], position: number, bytes: Uint8Array) =>
	new Promise<void>((resolve, reject) => session.submit({op, position, bytes, done: error => (error ? reject(error) : resolve())}));

/** Writes and reads random runs, many at once, against a model in memory; at the end the whole model must be on the disk. */
async function exercise(t: ExecutionContext, session: IscsiSession, seed: number): Promise<Buffer> {
	const random = seeded(seed);
	const model = Buffer.alloc(size);
	const span = 2 ** 20;
	const lengths = [512, 4096, 8192, 65_536, 262_144, 524_288];
	// one worker for each MiB: what is outstanding at once does not overlap
	await Promise.all(
		Array.from({length: size / span}, async (_, worker) => {
			for (let i = 0; i < 6; i++) {
				const length = lengths[random.below(lengths.length)]!;
				const position = worker * span + 512 * random.below((span - length) / 512 + 1);
				if (i % 2 === 0) {
					const bytes = new Uint8Array(length);
					random.fill(bytes);
					await io(session, 'write', position, bytes);
					model.set(bytes, position);
				} else {
					const bytes = new Uint8Array(length).fill(0xa5);
					await io(session, 'read', position, bytes);
					t.is(Buffer.compare(bytes, model.subarray(position, position + length)), 0);
				}
			}
		}),
	);
	const large = new Uint8Array(6 * 2 ** 20 + 512);
	random.fill(large);
	await io(session, 'write', 512, large);
	model.set(large, 512);
	await io(session, 'flush', 0, new Uint8Array(0));
	const all = new Uint8Array(size);
	await io(session, 'read', 0, all);
	t.is(Buffer.compare(all, model), 0);
	t.deepEqual({errors: session.counters.errors, unexpected: session.counters.unexpected, late: session.counters.late}, {errors: 0, unexpected: 0, late: 0});
	return model;
}

const digests: ReadonlyArray<readonly [title: string, options: IscsiOptions]> = [
	['without digests', {}],
	['with a header digest', {headerDigest: true}],
	['with both digests', {headerDigest: true, dataDigest: true}],
];

for (const [title, options] of digests) {
	test(`the initiator writes to tgtd ${title} and reads the same back`, async t => {
		if (!need(t, {root: true, programs: ['tgtd', 'tgtadm']})) return;
		const disk = file();
		const tgtd = await startTgtd(disk.path);
		try {
			for (const [wanted, name] of [
				[options.headerDigest, 'HeaderDigest'],
				[options.dataDigest, 'DataDigest'],
			] as const) {
				if (wanted) await tgtd.admin('--op', 'update', '--mode', 'target', '--tid', '1', '--name', name, '--value', 'CRC32C');
			}
			const session = await openIscsi(tgtd.url, options);
			t.is(session.size, size);
			t.is(session.agreed.headerDigest, options.headerDigest ?? false);
			t.is(session.agreed.dataDigest, options.dataDigest ?? false);
			const model = await exercise(t, session, 1);
			await session.close();
			t.is(Buffer.compare(readFileSync(disk.path), model), 0);
		} finally {
			await tgtd.stop();
			disk.remove();
		}
	});

	test(`the initiator writes to our target ${title} and reads the same back`, async t => {
		const {server, url, volume} = await serve(size);
		const session = await openIscsi(url, options);
		t.is(session.agreed.headerDigest, options.headerDigest ?? false);
		t.is(session.agreed.dataDigest, options.dataDigest ?? false);
		const model = await exercise(t, session, 2);
		await session.close();
		await server.close();
		t.is(Buffer.compare(volume.bytes, model), 0);
		t.is(server.stats.protocolErrors + server.stats.digestErrors + server.stats.rejects, 0);
		t.is(server.stats.sessions, 0);
	});
}

for (const [title, parameter, value] of [
	['wants every write asked for', 'InitialR2T', 'Yes'],
	['takes no immediate data', 'ImmediateData', 'No'],
	['takes small segments', 'MaxRecvDataSegmentLength', '4096'],
	['takes small bursts', 'MaxBurstLength', '16384'],
] as const) {
	test(`the initiator follows a tgtd that ${title}`, async t => {
		if (!need(t, {root: true, programs: ['tgtd', 'tgtadm']})) return;
		const disk = file();
		const tgtd = await startTgtd(disk.path);
		try {
			await tgtd.admin('--op', 'update', '--mode', 'target', '--tid', '1', '--name', parameter, '--value', value);
			const session = await openIscsi(tgtd.url);
			const {agreed} = session;
			if (parameter === 'InitialR2T') t.true(agreed.initialR2T);
			else if (parameter === 'ImmediateData') t.false(agreed.immediateData);
			else t.is(parameter === 'MaxBurstLength' ? agreed.maxBurst : agreed.maxSend, Number(value));
			await exercise(t, session, 3);
			await session.close();
		} finally {
			await tgtd.stop();
			disk.remove();
		}
	});
}

test('discovery lists what tgtd and our target have', async t => {
	const ours = await serve();
	t.deepEqual(await discoverIscsi('127.0.0.1', ours.server.address.port), [{iqn, portals: [`${ours.portal},1`]}]);
	await ours.server.close();
	if (!need(t, {root: true, programs: ['tgtd', 'tgtadm']})) return;
	const disk = file();
	const tgtd = await startTgtd(disk.path);
	try {
		t.deepEqual(await discoverIscsi('127.0.0.1', tgtd.port), [{iqn: tgtd.iqn, portals: [`${tgtd.portal},1`]}]);
	} finally {
		await tgtd.stop();
		disk.remove();
	}
});

test('a target that dies fails what is outstanding with ERR_CLOSED or ERR_IO', async t => {
	if (!need(t, {root: true, programs: ['tgtd', 'tgtadm']})) return;
	const disk = file();
	const tgtd = await startTgtd(disk.path);
	const session = await openIscsi(tgtd.url);
	const outstanding = Promise.allSettled(Array.from({length: 64}, (_, i) => io(session, 'read', i * 262_144, new Uint8Array(262_144))));
	await tgtd.stop();
	disk.remove();
	for (const each of await outstanding) {
		if (each.status === 'rejected') t.true(['ERR_CLOSED', 'ERR_IO'].includes((each.reason as NetstressError).code));
	}
	const error = await t.throwsAsync(io(session, 'read', 0, new Uint8Array(512)), {instanceOf: NetstressError});
	t.is(error?.code, 'ERR_CLOSED');
	await session.close();
});

test('what cannot be opened says why', async t => {
	const {server, portal} = await serve(2 ** 20, {readOnly: true});
	const wrong = await t.throwsAsync(openIscsi(`iscsi://${portal}/iqn.2026-01.netstress:other/0`), {instanceOf: NetstressError});
	t.regex(wrong?.message ?? '', /Target not found/);
	const lun = await t.throwsAsync(openIscsi(`iscsi://${portal}/${iqn}/7`), {instanceOf: NetstressError});
	t.regex(lun?.message ?? '', /Logical Unit Not Supported/);
	const session = await openIscsi(`iscsi://${portal}/${iqn}/0`);
	t.true(session.readOnly);
	const write = await t.throwsAsync(io(session, 'write', 0, new Uint8Array(512)), {instanceOf: NetstressError});
	t.regex(write?.message ?? '', /Write Protected/);
	const past = await t.throwsAsync(io(session, 'read', 2 ** 20, new Uint8Array(512)), {instanceOf: NetstressError});
	t.regex(past?.message ?? '', /Out Of Range/);
	await session.close();
	await server.close();
	const gone = await t.throwsAsync(openIscsi(`iscsi://${portal}/${iqn}/0`), {instanceOf: NetstressError});
	t.is(gone?.code, 'ERR_IO');
	t.regex(gone?.message ?? '', /ECONNREFUSED/);
});
