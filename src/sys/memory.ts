// Memory that both we and the kernel touch: mapped, owned by one object, closed in order (a view dangles after munmap).
import koffi from 'koffi';
import {NetstressError} from '../base/errors.js';
import {libc, syscallError} from './libc.js';

const PROT_READ = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE_ANONYMOUS = 0x22;
/** mmap's failure value, (void *) -1, as a Number. */
const MAP_FAILED = 2 ** 64;

export class Mapping {
	readonly length: number;
	readonly bytes: Uint8Array;
	readonly view: DataView;
	#address: number;

	/** Maps `length` bytes of `fd` from 0 on, or anonymous memory without a descriptor. ERR_SYSCALL. */
	constructor(length: number, what: string, fd = -1) {
		const address = Number(libc.mmap(0, length, PROT_READ_WRITE, fd < 0 ? MAP_PRIVATE_ANONYMOUS : MAP_SHARED, fd, 0));
		if (address >= MAP_FAILED || address < 0) throw syscallError(`map ${length} bytes for ${what}`, 'mmap');
		const buffer = koffi.view(BigInt(address), length);
		this.#address = address;
		this.length = length;
		this.bytes = new Uint8Array(buffer);
		this.view = new DataView(buffer);
	}

	/** The address of byte `at`. ERR_CLOSED after close. */
	address(at = 0): number {
		if (this.#address === 0) throw new NetstressError('ERR_CLOSED', 'this memory has been unmapped');
		return this.#address + at;
	}

	/** Unmaps. The views must not be touched afterwards: their owner drops them in the same breath. */
	close(): void {
		if (this.#address === 0) return;
		libc.munmap(this.#address, this.length);
		this.#address = 0;
	}
}

/**
 * A file or block device mapped for the kernel to read from: we never touch the bytes ourselves, because a file that shrank or a medium that
 * fails would kill us with SIGBUS, while a system call that copies from here only says EFAULT.
 */
export class FileMapping {
	readonly length: number;
	#address: number;

	/** Maps the first `length` bytes of `fd`, shared with the page cache; undefined when the kernel will not (ENODEV, ENOMEM). */
	static open(fd: number, length: number): FileMapping | undefined {
		const address = Number(libc.mmap(0, length, PROT_READ, MAP_SHARED, fd, 0));
		return address >= MAP_FAILED || address < 0 ? undefined : new FileMapping(address, length);
	}

	private constructor(address: number, length: number) {
		this.#address = address;
		this.length = length;
	}

	/** The address of byte `position`; 0 after close. */
	address(position: number): number {
		return this.#address === 0 ? 0 : this.#address + position;
	}

	close(): void {
		if (this.#address === 0) return;
		libc.munmap(this.#address, this.length);
		this.#address = 0;
	}
}
