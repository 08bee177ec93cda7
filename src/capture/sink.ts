// Where a capture goes: a file or standard output, written in large pieces, always ending on a whole block, whatever happens to the disk.
import {closeSync, fstatSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import {blockTypes} from '../wire/pcapng.js';

const bufferBytes = 1 << 20;
const waiting = new Int32Array(new SharedArrayBuffer(4));
/** A pipe that is full: how long until the next try, milliseconds. */
const pipeWaitMs = 1;

const adviceOf: Readonly<Record<string, string>> = {
	ENOSPC: 'free space or write elsewhere',
	EDQUOT: 'the quota is used up; write elsewhere',
	EACCES: 'write elsewhere, or change the permissions of the folder',
	ENOENT: 'the folder does not exist',
	EISDIR: 'give a file, not a folder',
	EROFS: 'the file system is read-only; write elsewhere',
};

const failed = (path: string, error: unknown): NetstressError => {
	const code = (error as NodeJS.ErrnoException).code ?? String(error);
	const advice = adviceOf[code];
	return new NetstressError(
		'ERR_IO',
		`cannot write ${path === '-' ? 'standard output' : path}: ${code}${advice ? `; ${advice}` : ''}`,
		{path, errno: code},
		error,
	);
};

export class BlockSink {
	readonly #path: string;
	readonly #descriptor: number;
	/** The buffer that callers write blocks into, from `at` on. */
	readonly bytes = new Uint8Array(bufferBytes);
	readonly view = new DataView(this.bytes.buffer);
	at = 0;
	/** Bytes that have reached the file as whole blocks. */
	written = 0;
	/** Packet blocks that the last flush brought into the file whole. */
	packetsOfLastFlush = 0;
	/** Set when the file cannot be written any more. EPIPE: whoever reads our output has gone away. */
	failure: NetstressError | undefined;

	/** Opens (and empties) the file; `-` is standard output. ERR_IO. */
	constructor(path: string) {
		this.#path = path;
		try {
			this.#descriptor = path === '-' ? 1 : openSync(path, 'w');
		} catch (error) {
			throw failed(path, error);
		}
	}

	/** Makes room for a block of `size` bytes at `at`. False when the file is broken; a block larger than the buffer is a RangeError. */
	room(size: number): boolean {
		if (size > bufferBytes) throw new RangeError(`a block of ${size} bytes does not fit the buffer of ${bufferBytes}`);
		if (this.at + size > bufferBytes) this.flush();
		return this.failure === undefined;
	}

	/** Appends a block. */
	put(block: Uint8Array): boolean {
		if (!this.room(block.length)) return false;
		this.bytes.set(block, this.at);
		this.at += block.length;
		return true;
	}

	/** Hands what is buffered to the operating system. On failure the file ends with the last block that went in whole. */
	flush(): void {
		if (this.failure !== undefined) return;
		let done = 0;
		while (done < this.at) {
			try {
				done += writeSync(this.#descriptor, this.bytes, done, this.at - done);
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
					Atomics.wait(waiting, 0, 0, pipeWaitMs);
					continue;
				}
				this.failure = failed(this.#path, error);
				break;
			}
		}
		const whole = this.#wholeBlocks(done);
		this.written += whole;
		if (whole < done && fstatSync(this.#descriptor).isFile()) ftruncateSync(this.#descriptor, this.written);
		this.at = 0;
	}

	/** Where the last block among the first `end` bytes of the buffer ends; counts the packets on the way. */
	#wholeBlocks(end: number): number {
		let at = 0;
		this.packetsOfLastFlush = 0;
		while (at + 8 <= end) {
			const length = this.view.getUint32(at + 4, true);
			if (at + length > end) break;
			if (this.view.getUint32(at, true) === blockTypes.enhanced) this.packetsOfLastFlush++;
			at += length;
		}
		return at;
	}

	close(): void {
		this.flush();
		if (this.#path !== '-') closeSync(this.#descriptor);
	}
}
