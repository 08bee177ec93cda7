import {chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {NetstressError} from '../../src/base/errors.js';
import {openFile} from '../../src/initiator/file.js';
import {isPathAddress, openSession} from '../../src/initiator/open.js';
import type {BlockSession} from '../../src/initiator/session.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-file-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));
let files = 0;
const fileOf = (length: number) => {
	const path = join(folder, `${files++}.img`);
	writeFileSync(path, new Uint8Array(length));
	return path;
};
const ask = (session: BlockSession, op: 'read' | 'write' | 'flush', position: number, bytes: Uint8Array) =>
	new Promise<NetstressError | undefined>(done => {
		let inside = true;
		session.submit({op, position, bytes, done: error => done(inside ? (new Error('called inside submit') as NetstressError) : error)});
		inside = false;
	});

test('reads what was written, and the file holds it', async t => {
	const path = fileOf(8192);
	const session = openFile(path);
	t.like(session, {protocol: 'file', address: path, blockSize: 512, size: 8192, readOnly: false});
	const data = new Uint8Array(1024).fill(7);
	t.is(await ask(session, 'write', 512, data), undefined);
	t.is(await ask(session, 'flush', 0, new Uint8Array()), undefined);
	const back = new Uint8Array(2048);
	t.is(await ask(session, 'read', 0, back), undefined);
	t.is(Buffer.compare(back.subarray(512, 1536), data), 0);
	await session.close();
	t.is(readFileSync(path)[512], 7);
	t.is(session.counters.commands, 3);
});

test('a request outside the file or off its blocks is refused and moves nothing', async t => {
	const path = fileOf(8192);
	const session = openFile(path);
	const ones = new Uint8Array(1024).fill(1);
	for (const [position, length] of [
		[7680, 1024],
		[-512, 512],
		[8192, 512],
		[100, 512],
		[0, 100],
		[0, 0],
	] as const) {
		const error = await ask(session, 'write', position, ones.subarray(0, length));
		t.true(error !== undefined && error.code !== undefined, `${length} at ${position}`);
	}
	await session.close();
	t.true(readFileSync(path).every(byte => byte === 0));
	t.is(readFileSync(path).length, 8192);
	t.is(session.counters.errors, 6);
});

test('a file that shrinks under us gives an error, not a wrong success', async t => {
	const path = fileOf(8192);
	const session = openFile(path);
	truncateSync(path, 4096);
	t.is((await ask(session, 'read', 4096, new Uint8Array(512)))?.code, 'ERR_IO');
	await session.close();
});

test('after close everything is refused with ERR_CLOSED', async t => {
	const session = openFile(fileOf(4096));
	const going = ask(session, 'read', 0, new Uint8Array(4096));
	await session.close();
	t.true([undefined, 'ERR_CLOSED'].includes((await going)?.code));
	t.is((await ask(session, 'read', 0, new Uint8Array(512)))?.code, 'ERR_CLOSED');
	await session.close();
});

test('what is no file or device, or is not there, is named', async t => {
	t.throws(() => openFile(join(folder, 'none')), {code: 'ERR_IO', message: /no such file/});
	t.throws(() => openFile(folder), {code: 'ERR_IO'});
	t.throws(() => openFile('/dev/null'), {code: 'ERR_USAGE', message: /neither a file nor a block device/});
	await t.throwsAsync(openSession('what:ever'), {code: 'ERR_USAGE', message: /no storage address/});
});

test('a file that may only be read is opened read-only', async t => {
	const path = fileOf(4096);
	chmodSync(path, 0o444);
	const session = openFile(path);
	if (session.readOnly) t.is((await ask(session, 'write', 0, new Uint8Array(512)))?.code, 'ERR_IO');
	else t.is(process.geteuid?.(), 0, 'root may write all the same');
	await session.close();
});

test('paths are told from protocols', t => {
	for (const path of ['/dev/sdb', './x', '../x', folder]) t.true(isPathAddress(path), path);
	for (const other of ['aoe:eth0/1.1', 'iscsi://h/i/0', 'what', 'x:y']) t.false(isPathAddress(other), other);
});
