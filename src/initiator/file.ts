// A path as a block session: a file, or a block device such as /dev/sdb or the kernel's own /dev/etherd/e1.1. Reads and writes are Node's
// asynchronous ones. A block device is opened past the page cache (O_DIRECT), or its second read would measure memory; a file is not.
import {closeSync, constants, fdatasync, fstatSync, openSync, read, readFileSync, write} from 'node:fs';
import {NetstressError, usage} from '../base/errors.js';
import {Mapping} from '../sys/memory.js';
import type {BlockRequest, BlockSession, SessionCounters} from './session.js';

/** Every file system and disk takes direct I/O at this alignment (open(2), O_DIRECT; 4Kn disks included). */
const directAlignment = 4096;

/** major:minor of a device number, as the C library splits it (gnu_dev_major). */
const blockDeviceSize = (rdev: number, path: string): number => {
	const major = Math.floor(rdev / 256) & 0xfff;
	const minor = (rdev & 0xff) | (Math.floor(rdev / 0x1000) & 0xfff00);
	try {
		return Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512; // always in 512-byte units (Documentation/ABI/stable/sysfs-block)
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot find the size of block device ${path} (${major}:${minor})`, {path}, error);
	}
};

function openPath(path: string): {fd: number; readOnly: boolean; device: boolean; size: number} {
	const attempt = (flags: number) => openSync(path, flags);
	let readOnly = false;
	let fd: number;
	try {
		try {
			fd = attempt(constants.O_RDWR);
		} catch (error) {
			if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
			readOnly = true;
			fd = attempt(constants.O_RDONLY);
		}
	} catch (error) {
		const {code = ''} = error as NodeJS.ErrnoException;
		const help = code === 'ENOENT' ? 'there is no such file or device' : code === 'EACCES' ? 'permission denied; run as root' : code;
		throw new NetstressError(code === 'EACCES' ? 'ERR_PERMISSION' : 'ERR_IO', `cannot open ${path}: ${help}`, {path, errno: code}, error);
	}
	const stat = fstatSync(fd);
	if (!stat.isFile() && !stat.isBlockDevice()) {
		closeSync(fd);
		throw usage(`${path} is neither a file nor a block device`);
	}
	const device = stat.isBlockDevice();
	const size = device ? blockDeviceSize(stat.rdev, path) : stat.size - (stat.size % 512);
	if (!device) return {fd, readOnly, device, size};
	closeSync(fd);
	return {fd: attempt((readOnly ? constants.O_RDONLY : constants.O_RDWR) | constants.O_DIRECT), readOnly, device, size};
}

/** Aligned buffers for direct I/O, kept for the next request of the same length. */
class Aligned {
	readonly #free = new Map<number, Mapping[]>();
	readonly #all: Mapping[] = [];

	take(length: number): Mapping {
		const kept = this.#free.get(length)?.pop();
		if (kept) return kept;
		const made = new Mapping(length, 'direct I/O'); // mmap gives whole pages
		this.#all.push(made);
		return made;
	}

	give(mapping: Mapping): void {
		const list = this.#free.get(mapping.length) ?? [];
		list.push(mapping);
		this.#free.set(mapping.length, list);
	}

	close(): void {
		for (const mapping of this.#all) mapping.close();
	}
}

/** Opens a file or a block device. ERR_IO, ERR_PERMISSION, ERR_USAGE. */
export function openFile(path: string): BlockSession {
	const {fd, readOnly, device, size} = openPath(path);
	const counters: SessionCounters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const aligned = new Aligned();
	const outstanding = new Set<object>();
	let closed = false;
	let idle: (() => void) | undefined;

	const finish = (token: object, request: BlockRequest, error?: NetstressError) => {
		outstanding.delete(token);
		if (error) counters.errors++;
		request.done(closed ? new NetstressError('ERR_CLOSED', `${path} has been closed`) : error);
		if (outstanding.size === 0) idle?.();
	};
	const refuse = ({op, position, bytes}: BlockRequest): NetstressError | undefined => {
		if (closed) return new NetstressError('ERR_CLOSED', `${path} has been closed`);
		if (op === 'flush') return undefined;
		if (position % 512 !== 0 || bytes.length % 512 !== 0 || bytes.length === 0)
			return usage(`${op} of ${bytes.length} bytes at ${position}: both must be multiples of 512`);
		if (position < 0 || position + bytes.length > size)
			return new NetstressError('ERR_IO', `${op} of ${bytes.length} bytes at ${position} lies beyond the end of ${path} (${size} bytes)`);
		if (op === 'write' && readOnly) return new NetstressError('ERR_IO', `${path} is read-only`);
		return undefined;
	};

	return {
		protocol: 'file',
		address: path,
		blockSize: device ? directAlignment : 512,
		size,
		readOnly,
		counters,
		submit(request) {
			const token = {};
			const {op, position, bytes} = request;
			const error = refuse(request);
			outstanding.add(token);
			if (error) return void setImmediate(finish, token, request, error);
			counters.commands++;
			const failed = (reason: NodeJS.ErrnoException | null, moved: number) => {
				if (reason)
					return new NetstressError('ERR_IO', `${op} of ${bytes.length} bytes at ${position} of ${path} failed: ${reason.code}`, {errno: reason.code}, reason);
				return op !== 'flush' && moved !== bytes.length
					? new NetstressError('ERR_IO', `${op} at ${position} of ${path} moved ${moved} of ${bytes.length} bytes`)
					: undefined;
			};
			if (op === 'flush') return fdatasync(fd, reason => finish(token, request, failed(reason, 0)));
			const bounce = device ? aligned.take(bytes.length) : undefined;
			const memory = bounce?.bytes ?? bytes;
			const ended = (reason: NodeJS.ErrnoException | null, moved: number) => {
				if (bounce) {
					if (op === 'read' && !reason) bytes.set(bounce.bytes);
					aligned.give(bounce);
				}
				finish(token, request, failed(reason, moved));
			};
			if (op === 'read') read(fd, memory, 0, bytes.length, position, ended);
			else {
				if (bounce) memory.set(bytes);
				write(fd, memory, 0, bytes.length, position, ended);
			}
		},
		async close() {
			if (closed) return;
			closed = true;
			// the kernel still writes into the buffers of what is outstanding
			if (outstanding.size > 0)
				await new Promise<void>(resolve => {
					idle = resolve;
				});
			aligned.close();
			closeSync(fd);
		},
	};
}
