// A volume in memory: for tests, simulations and races without a disk.
import {createHash} from 'node:crypto';
import {usage} from '../base/errors.js';
import type {Volume, VolumeCounters, VolumeFault} from './volume.js';

export const newVolumeCounters = (): VolumeCounters => ({reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, flushes: 0, faults: 0});

/** Sixteen hexadecimal digits out of whatever identifies a volume, the same on every start. */
export const volumeId = (identity: string): string => createHash('sha256').update(identity).digest('hex').slice(0, 16);

/** True when `length` bytes at `position` lie inside `size`; position and length are whole and not negative. */
export const inRange = (size: number, position: number, length: number): boolean =>
	Number.isSafeInteger(position) && length >= 0 && position >= 0 && position <= size - length;

export interface MemoryVolumeOptions {
	name?: string;
	readOnly?: boolean;
	bytes?: Uint8Array;
}

/** A volume of `size` bytes, zeroed, or over the `bytes` given. ERR_USAGE unless the size is a positive multiple of 512. */
export function memoryVolume(size: number, options: MemoryVolumeOptions = {}): Volume & {readonly bytes: Uint8Array} {
	const {name = 'memory', readOnly = false, bytes = new Uint8Array(size)} = options;
	if (!(size > 0 && size % 512 === 0) || bytes.length !== size) throw usage(`a memory volume of ${size} bytes: the size must be a positive multiple of 512`);
	const counters = newVolumeCounters();
	let closed = false;
	const refuse = (fault: VolumeFault): VolumeFault => {
		counters.faults++;
		return fault;
	};
	return {
		name,
		size,
		readOnly,
		id: volumeId(`memory:${name}:${size}`),
		counters,
		bytes,
		read(into, at, length, position) {
			if (closed) return refuse('closed');
			if (!inRange(size, position, length)) return refuse('range');
			into.set(bytes.subarray(position, position + length), at);
			counters.reads++;
			counters.readBytes += length;
			return undefined;
		},
		write(from, at, length, position) {
			if (closed) return refuse('closed');
			if (readOnly) return refuse('write-protected');
			if (!inRange(size, position, length)) return refuse('range');
			bytes.set(from.subarray(at, at + length), position);
			counters.writes++;
			counters.writtenBytes += length;
			return undefined;
		},
		flush() {
			if (closed) return refuse('closed');
			counters.flushes++;
			return undefined;
		},
		close() {
			closed = true;
		},
	};
}
