// A block session over memory for the tests, with the mistakes that a device can make.
import {NetstressError} from '../../src/base/errors.js';
import type {BlockSession} from '../../src/initiator/session.js';

export interface DeviceOptions {
	readonly size?: number;
	readonly blockSize?: number;
	readonly readOnly?: boolean;
	/** Changes what a read gives. */
	readonly spoil?: ((bytes: Uint8Array, position: number) => void) | undefined;
	/** Where a write really goes. */
	readonly misplace?: ((position: number) => number) | undefined;
	/** Fails the request with this number, from 0. */
	readonly fail?: ((number: number) => boolean) | undefined;
}

export interface Device extends BlockSession {
	readonly memory: Uint8Array;
	/** Every request, as `r4096+512`. */
	readonly log: string[];
	/** Most requests that were outstanding at once. */
	readonly deepest: () => number;
}

export function memoryDevice({size = 2 ** 20, blockSize = 512, readOnly = false, spoil, misplace, fail}: DeviceOptions = {}): Device {
	const memory = new Uint8Array(size);
	const log: string[] = [];
	let outstanding = 0;
	let deepest = 0;
	let number = 0;
	return {
		protocol: 'file',
		address: 'memory',
		blockSize,
		size,
		readOnly,
		memory,
		log,
		deepest: () => deepest,
		counters: {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0},
		submit({op, position, bytes, done}) {
			log.push(`${op[0]}${position}+${bytes.length}`);
			deepest = Math.max(deepest, ++outstanding);
			const broken = fail?.(number++) ?? false;
			// writes take effect when they are submitted: completion order is the device's own affair
			if (!broken && op === 'write') memory.set(bytes, misplace?.(position) ?? position);
			setImmediate(() => {
				outstanding--;
				if (broken) return done(new NetstressError('ERR_IO', 'the device failed'));
				if (op === 'read') {
					bytes.set(memory.subarray(position, position + bytes.length));
					spoil?.(bytes, position);
				}
				done();
			});
		},
		async close() {},
	};
}
