import {chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type FileVolumeOptions, openFileVolume} from '../../src/disk/file.js';

function disk(t: ExecutionContext, size = 8192, options?: FileVolumeOptions) {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-test-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'disk.img');
	writeFileSync(
		path,
		Uint8Array.from({length: size}, (_, i) => i >> 8),
	);
	const volume = openFileVolume(path, options);
	t.teardown(() => volume.close());
	return {path, volume};
}

test('what is written is read back, and stands in the file', t => {
	const {path, volume} = disk(t);
	const data = Uint8Array.from({length: 600}, (_, i) => i);
	t.is(volume.write(data, 100, 500, 1000), undefined);
	const back = new Uint8Array(700).fill(0xa5);
	t.is(volume.read(back, 50, 500, 1000), undefined);
	t.deepEqual(back.subarray(50, 550), data.subarray(100, 600));
	t.true(back.subarray(0, 50).every(byte => byte === 0xa5) && back.subarray(550).every(byte => byte === 0xa5));
	t.is(volume.flush(), undefined);
	t.deepEqual(new Uint8Array(readFileSync(path).subarray(1000, 1500)), data.subarray(100, 600));
	t.deepEqual({...volume.counters}, {reads: 1, readBytes: 500, writes: 1, writtenBytes: 500, flushes: 1, faults: 0});
});

test('a range outside the volume is refused before a byte moves', t => {
	const {volume, path} = disk(t);
	const bytes = new Uint8Array(1024).fill(0xa5);
	for (const [length, position] of [
		[512, 8192],
		[1024, 7680],
		[512, -512],
		[512, 2 ** 60],
		[512, Number.NaN],
		[512, 0.5],
	] as const) {
		t.is(volume.read(bytes, 0, length, position), 'range');
		t.is(volume.write(bytes, 0, length, position), 'range');
	}
	t.true(bytes.every(byte => byte === 0xa5));
	t.is(readFileSync(path).length, 8192);
	t.is(volume.counters.faults, 12);
});

test('the size is whole sectors; an empty file, a folder and a missing file are refused in words', t => {
	t.is(disk(t, 1535).volume.size, 1024);
	t.throws(() => disk(t, 511), {code: 'ERR_USAGE', message: /holds no whole sector of 512 bytes; grow it with: truncate/});
	t.throws(() => openFileVolume(tmpdir()), {message: /is a directory/});
	t.throws(() => openFileVolume('/nowhere/at/all'), {code: 'ERR_IO', message: /there is no such file/});
});

test('a read-only volume refuses writes and opens a file that may not be written', t => {
	const {volume, path} = disk(t, 8192, {readOnly: true});
	t.is(volume.write(new Uint8Array(512), 0, 512, 0), 'write-protected');
	t.is(volume.flush(), undefined);
	chmodSync(path, 0o400);
	if (process.geteuid?.() !== 0) t.throws(() => openFileVolume(path), {message: /permission denied; use --read-only/});
	t.notThrows(() => openFileVolume(path, {readOnly: true}).close());
});

test('a file that shrank is a medium fault; a closed volume says so', t => {
	const {volume, path} = disk(t);
	truncateSync(path, 4096);
	t.is(volume.read(new Uint8Array(512), 0, 512, 4096), 'medium');
	t.is(volume.read(new Uint8Array(512), 0, 512, 0), undefined);
	volume.close();
	t.is(volume.read(new Uint8Array(512), 0, 512, 0), 'closed');
	t.is(volume.write(new Uint8Array(512), 0, 512, 0), 'closed');
	t.is(volume.flush(), 'closed');
});

test('its identity is that of its path: the same on every start, another for another file', t => {
	const {volume, path} = disk(t);
	t.regex(volume.id, /^[0-9a-f]{16}$/);
	t.is(openFileVolume(path).id, volume.id);
	t.not(disk(t).volume.id, volume.id);
});

test('a mapped volume gives addresses inside its range only', t => {
	const {volume} = disk(t, 8192, {mapped: true});
	const first = volume.address!(0, 512);
	t.true(first > 0);
	t.is(volume.address!(4096, 512), first + 4096);
	t.is(volume.address!(8192, 512), 0);
	volume.close();
	t.is(volume.address!(0, 512), 0);
});
