// The host's half of the guest's jobs (guest/jobs.sh): what the guest said it wrote must be what lies in the target's file.
import {createHash} from 'node:crypto';
import {closeSync, openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import type {Results} from './guest.js';
import {output} from './packages.js';

/** The programs that `checkFilesystem` needs on this side. */
export const jobPrograms = ['debugfs', 'e2fsck'] as const;

/** Every disk of these tests: small, and not a whole number of MiB, so that its last sector is nobody's neighbour. */
export const diskBytes = (64 << 20) + 512 * 7;

/** A file full of zeros that takes no room until it is written to. */
export function makeDisk(path: string, bytes = diskBytes): string {
	writeFileSync(path, '');
	truncateSync(path, bytes);
	return path;
}

/** A result that must be there. */
export function told(results: Results, name: string): string {
	const value = results[name];
	if (value === undefined) throw new Error(`the guest did not say ${name}`);
	return value;
}

/** SHA-256 of a part of a file. */
export function digestOf(path: string, position: number, length: number): string {
	const bytes = new Uint8Array(length);
	const fd = openSync(path, 'r');
	readSync(fd, bytes, 0, length, position);
	closeSync(fd);
	return createHash('sha256').update(bytes).digest('hex');
}

/** After `filesystem_job`: read back in the guest, and again by e2fsprogs on this side, from the file that the target served. */
export function checkFilesystem(t: ExecutionContext, results: Results, prefix: string, disk: string): void {
	t.is(told(results, `${prefix}_file`), told(results, `${prefix}_noise`));
	t.is(told(results, `${prefix}_many`), '100');
	t.is(told(results, `${prefix}_e2fsck`), '0');
	t.notThrows(() => output('e2fsck', ['-fn', disk]));
	output('debugfs', ['-R', `dump /noise ${disk}.noise`, disk]);
	t.is(
		createHash('sha256')
			.update(readFileSync(`${disk}.noise`))
			.digest('hex'),
		told(results, `${prefix}_noise`),
	);
}

/** After `raw_job`. */
export function checkRaw(t: ExecutionContext, results: Results, prefix: string, disk: string): void {
	t.is(digestOf(disk, 48 << 20, 8 << 20), told(results, `${prefix}_raw`));
	t.is(digestOf(disk, Number(told(results, `${prefix}_odd_at`)), Number(told(results, `${prefix}_odd_bytes`))), told(results, `${prefix}_odd`));
	t.is(digestOf(disk, diskBytes - 512, 512), told(results, `${prefix}_last`));
}

/** After `load_job`. */
export function checkLoad(t: ExecutionContext, results: Results, prefix: string, disk: string): void {
	t.is(digestOf(disk, 48 << 20, 8 << 20), told(results, `${prefix}_final`));
}

const zeros = createHash('sha256')
	.update(new Uint8Array(4 << 20))
	.digest('hex');

/** After `far_job`: it is where it should be, and not where an address cut to 28 or 32 bits of sectors would have put it. */
export function checkFar(t: ExecutionContext, results: Results, prefix: string, disk: string, position: number): void {
	t.is(digestOf(disk, position, 4 << 20), told(results, `${prefix}_far`));
	for (const bits of [28, 32]) {
		const cut = position % (2 ** bits * 512);
		if (cut !== position) t.is(digestOf(disk, cut, 4 << 20), zeros);
	}
	t.is(digestOf(disk, statSync(disk).size - 512, 512), told(results, `${prefix}_far_last`));
}
