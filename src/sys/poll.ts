// poll(2) over a fixed set of descriptors, and an eventfd to wake a sleeping worker from another thread.
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

export const POLLIN = 1;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** struct pollfd, include/uapi/asm-generic/poll.h: int fd, short events, short revents. */
const POLLFD = 8;

export class Poller {
	readonly #memory: Mapping;
	readonly #count: number;

	constructor(descriptors: readonly number[]) {
		this.#count = descriptors.length;
		this.#memory = new Mapping(Math.max(4096, this.#count * POLLFD), 'poll descriptors');
		descriptors.forEach((fd, i) => {
			this.#memory.view.setInt32(i * POLLFD, fd, true);
			this.#memory.view.setInt16(i * POLLFD + 4, POLLIN, true);
		});
	}

	/** Sleeps until a descriptor is readable or in error, or `timeoutMs` (0 = only look, -1 = for ever) has passed. Returns how many are. */
	wait(timeoutMs: number): number {
		const ready = libc.poll(this.#memory.address(), this.#count, timeoutMs);
		if (ready >= 0) return ready;
		if (errno() === errnos.EINTR) return 0;
		throw syscallError('wait for input', 'poll');
	}

	/** What poll said of descriptor number `index`: POLLIN 1, POLLERR 8, POLLHUP 16. */
	events(index: number): number {
		return this.#memory.view.getInt16(index * POLLFD + 6, true);
	}

	close(): void {
		this.#memory.close();
	}
}

/** An eventfd: any thread of the process may call `wake`. */
export class WakeEvent {
	readonly descriptor: number;
	readonly #memory = new Mapping(4096, 'an eventfd');

	constructor() {
		this.descriptor = libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (this.descriptor < 0) throw syscallError('make an eventfd', 'eventfd');
	}

	/** Takes back what was signalled. */
	drain(): void {
		libc.read(this.descriptor, this.#memory.address(), 8);
	}

	close(): void {
		libc.close(this.descriptor);
		this.#memory.close();
	}
}

/** Wakes the worker that polls eventfd `descriptor`. */
export function wake(descriptor: number): void {
	const memory = new Mapping(4096, 'an eventfd');
	memory.view.setBigUint64(0, 1n, true);
	libc.write(descriptor, memory.address(), 8);
	memory.close();
}
