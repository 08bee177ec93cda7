// Network namespaces: which one this thread is in, where the others are found, and a short visit to one (setns(2), namespaces(7)).
import {closeSync, openSync, readdirSync, readlinkSync, statSync} from 'node:fs';
import {libc, syscallError} from './libc.js';

const CLONE_NEWNET = 0x4000_0000;
/** The calling thread's: Node's main thread and each worker may be in different ones. */
const own = '/proc/thread-self/ns/net';

/** The inode number of the network namespace that this thread is in. */
export const ownNamespace = (): number => statSync(own).ino;

/** Folders in which programs keep namespaces under a name: ip-netns(8), Docker. */
const folders = ['/run/netns', '/run/docker/netns'];

export interface NamedNamespace {
	readonly inode: number;
	/** '' for one that only processes hold. */
	readonly name: string;
	/** A path that setns can open, as long as the name or the process lives. */
	readonly path: string;
}

const list = (folder: string): string[] => {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
};

/** Every network namespace with a name. */
export const namedNamespaces = (): NamedNamespace[] =>
	folders.flatMap(folder =>
		list(folder).flatMap(name => {
			try {
				const path = `${folder}/${name}`;
				return [{inode: statSync(path).ino, name, path}];
			} catch {
				return []; // gone meanwhile
			}
		}),
	);

/** Every network namespace that a process is in, as far as we may see it: one line of /proc for each process. */
export function processNamespaces(): NamedNamespace[] {
	const found = new Map<number, NamedNamespace>();
	for (const pid of list('/proc')) {
		if (!/^\d+$/.test(pid)) continue;
		const path = `/proc/${pid}/ns/net`;
		try {
			const inode = Number(/\[(\d+)\]/.exec(readlinkSync(path))?.[1]);
			if (!found.has(inode)) found.set(inode, {inode, name: '', path});
		} catch {
			// gone meanwhile, or not ours to see
		}
	}
	return [...found.values()];
}

/**
 * Runs `visit` with this thread in the namespace at `path`, and comes back. `visit` must not wait: everything else that this thread does would happen there.
 * ERR_PERMISSION without CAP_SYS_ADMIN, ERR_SYSCALL.
 */
export function inNamespace<T>(path: string, visit: () => T): T {
	const home = openSync(own, 'r');
	try {
		const there = openSync(path, 'r');
		try {
			if (libc.setns(there, CLONE_NEWNET) < 0) throw syscallError(`enter the namespace ${path}`, 'setns');
		} finally {
			closeSync(there);
		}
		try {
			return visit();
		} finally {
			if (libc.setns(home, CLONE_NEWNET) < 0) process.abort(); // a thread in the wrong namespace must not go on
		}
	} finally {
		closeSync(home);
	}
}
