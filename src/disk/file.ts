// A volume over a file or a block device, through the page cache. Reads and writes are positional; flush is fsync, which on Linux also
// empties the drive's own cache (Documentation/block/writeback_cache_control.rst), so an acknowledged flush is on the medium.
import {closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, readSync, type Stats, writeSync} from 'node:fs';
import {basename, resolve} from 'node:path';
import {NetstressError, usage} from '../base/errors.js';
import {FileMapping} from '../sys/memory.js';
import {inRange, newVolumeCounters, volumeId} from './memory.js';
import type {Volume, VolumeFault} from './volume.js';

export interface FileVolumeOptions {
	/** Refuse writes, and open the file for reading only. */
	readOnly?: boolean;
	/** Open with O_DSYNC: every write reaches the medium before it is acknowledged (for initiators that never flush, as Linux's aoe). */
	sync?: boolean;
	/** Offer `address`: the file mapped, for system calls that copy from it. */
	mapped?: boolean;
}

const reasons: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such file; create one with: truncate -s 1G FILE',
	EACCES: 'permission denied; use --read-only or change its mode',
	EPERM: 'not permitted; use --read-only',
	EROFS: 'it lies on a read-only filesystem; use --read-only',
	EISDIR: 'it is a directory',
	EBUSY: 'it is in use (mounted?)',
};

function open(path: string, readOnly: boolean, sync: boolean): number {
	try {
		return openSync(path, (readOnly ? constants.O_RDONLY : constants.O_RDWR) | (sync ? constants.O_DSYNC : 0));
	} catch (error) {
		const {code = ''} = error as NodeJS.ErrnoException;
		throw new NetstressError('ERR_IO', `cannot export ${path}: ${reasons[code] ?? code}`, {path, errno: code}, error);
	}
}

/** A block device's size is not in its stat: sysfs has it, in units of 512 bytes whatever the sector size (block/genhd.c, size). */
function blockDeviceSize(path: string, stat: Stats): number {
	const major = Math.floor(stat.rdev / 256) & 0xfff;
	const minor = (stat.rdev & 0xff) | (Math.floor(stat.rdev / 0x1000) & 0xfff00);
	try {
		return Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512;
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot find the size of block device ${path} (${major}:${minor}): is /sys mounted?`, {path}, error);
	}
}

/**
 * Opens a file or block device as a volume. Its size is taken now, rounded down to whole sectors; a file that shrinks later gives medium faults.
 * ERR_IO names why it cannot be opened; ERR_USAGE when it holds no sector.
 */
export function openFileVolume(path: string, options: FileVolumeOptions = {}): Volume {
	const {readOnly = false, sync = false, mapped = false} = options;
	const fd = open(path, readOnly, sync);
	let size: number;
	try {
		const stat = fstatSync(fd);
		if (!stat.isFile() && !stat.isBlockDevice()) throw usage(`cannot export ${path}: it is neither a file nor a block device`);
		size = stat.isFile() ? stat.size - (stat.size % 512) : blockDeviceSize(path, stat);
		if (size === 0) throw usage(`cannot export ${path}: it holds no whole sector of 512 bytes; grow it with: truncate -s 1G ${path}`);
	} catch (error) {
		closeSync(fd);
		throw error;
	}
	const mapping = mapped ? FileMapping.open(fd, size) : undefined;
	const counters = newVolumeCounters();
	let closed = false;
	const refuse = (fault: VolumeFault): VolumeFault => {
		counters.faults++;
		return fault;
	};
	return {
		name: basename(path),
		size,
		readOnly,
		id: volumeId(resolve(path)),
		counters,
		read(into, at, length, position) {
			if (closed) return refuse('closed');
			if (!inRange(size, position, length)) return refuse('range');
			try {
				for (let done = 0; done < length; ) {
					const got = readSync(fd, into, at + done, length - done, position + done);
					if (got === 0) return refuse('medium');
					done += got;
				}
			} catch {
				return refuse('medium');
			}
			counters.reads++;
			counters.readBytes += length;
			return undefined;
		},
		address(position, length) {
			if (mapping === undefined || closed || !inRange(size, position, length)) return 0;
			counters.reads++;
			counters.readBytes += length;
			return mapping.address(position);
		},
		write(from, at, length, position) {
			if (closed) return refuse('closed');
			if (readOnly) return refuse('write-protected');
			if (!inRange(size, position, length)) return refuse('range');
			try {
				for (let done = 0; done < length; ) done += writeSync(fd, from, at + done, length - done, position + done);
			} catch {
				return refuse('medium');
			}
			counters.writes++;
			counters.writtenBytes += length;
			return undefined;
		},
		flush() {
			if (closed) return refuse('closed');
			try {
				if (!readOnly) fsyncSync(fd);
			} catch {
				return refuse('medium');
			}
			counters.flushes++;
			return undefined;
		},
		close() {
			if (closed) return;
			closed = true;
			mapping?.close();
			closeSync(fd);
		},
	};
}
