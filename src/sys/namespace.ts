// Network namespaces by name: `IFACE@NETNS` says which interface and where, NETNS being a name of `ip netns` (a file in /run/netns, ip-netns(8)) or the id of a
// process. A worker thread enters a namespace with setns(2) and stays there: a namespace belongs to a thread, and sockets belong to the namespace that they were
// opened in. The main thread never leaves its own: Node's helper threads, and with them DNS and asynchronous file reads, would be somewhere else than it.
//
// In such a thread /proc/self/net is still the main thread's: read /proc/thread-self/net. sysfs shows the namespace that it was mounted in: ask by ioctl instead.
import {closeSync, openSync, readdirSync, statSync} from 'node:fs';
import {isMainThread} from 'node:worker_threads';
import {NetstressError, usage} from '../base/errors.js';
import {nearest} from '../base/nearest.js';
import {bringUp, interfaceInfo} from './interface.js';
import {libc, syscallError} from './libc.js';

const CLONE_NEWNET = 0x4000_0000;
/** Where ip-netns(8) keeps its names. */
const namesFolder = '/run/netns';
/** The namespace of the thread that asks. */
const ours = '/proc/thread-self/ns/net';

/** An interface and where it is. */
export interface InterfaceAt {
	/** As it was written: what messages and summaries call it. */
	readonly text: string;
	readonly iface: string;
	/** The namespace to enter; undefined when it is the one that this thread is in. */
	readonly netns: string | undefined;
}

/** The names that ip-netns(8) shows here. */
export function namespaceNames(): string[] {
	try {
		return readdirSync(namesFolder).sort();
	} catch {
		return [];
	}
}

/** A device and inode name a namespace for good; undefined when there is no such file. */
function identity(file: string): string | undefined {
	const found = statSync(file, {throwIfNoEntry: false});
	return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

const denied = (netns: string, cause?: unknown) =>
	new NetstressError(
		'ERR_PERMISSION',
		`network namespace ${netns} may not be entered: run as root (CAP_SYS_ADMIN), or in a lab that is yours: netstress lab exec HOST -- netstress …`,
		{capability: 'CAP_SYS_ADMIN', netns},
		cause,
	);

/** The file that stands for a namespace; undefined when there is none. A name goes before a process id. ERR_PERMISSION. */
function fileOf(netns: string): {file: string; identity: string} | undefined {
	const files = /[/\0]/.test(netns) || netns === '.' || netns === '..' ? [] : [`${namesFolder}/${netns}`];
	if (/^[1-9]\d{0,9}$/.test(netns)) files.push(`/proc/${netns}/ns/net`);
	for (const file of files) {
		try {
			const found = identity(file);
			if (found !== undefined) return {file, identity: found};
		} catch (error) {
			const {code} = error as NodeJS.ErrnoException;
			if (code === 'EACCES' || code === 'EPERM') throw denied(netns, error);
			if (code !== 'ENOENT' && code !== 'ENAMETOOLONG' && code !== 'ESRCH') throw error;
		}
	}
	return undefined;
}

function unknown(netns: string, text: string, what: string): NetstressError {
	if (/^if\d+$/.test(netns))
		return usage(
			`${what} ${text}: what ip link shows behind the @ is the other end of a pair, no part of the name; write ${text.slice(0, text.lastIndexOf('@'))}`,
		);
	if (/^\d+$/.test(netns)) return usage(`${what} ${text}: there is no process ${netns}, and no network namespace of that name`, {netns});
	const names = namespaceNames();
	const near = nearest(netns, names);
	const known = names.length === 0 ? 'ip netns has no names here' : near === undefined ? `ip netns knows ${names.join(', ')}` : `did you mean ${near}?`;
	return usage(`${what} ${text}: there is no network namespace ${netns}: ${known}; the id of a process in it will do as well`, {netns, known: names});
}

/** Whether an interface of that very name is here: names may hold an @. */
function isHere(name: string): boolean {
	if (new TextEncoder().encode(name).length > 15) return false;
	try {
		interfaceInfo(name);
		return true;
	} catch {
		return false;
	}
}

/**
 * Reads `IFACE` or `IFACE@NETNS`. The whole text is a name when such an interface is here; else the last @ divides it. Does not look whether the interface is
 * there: only a thread in its namespace can. ERR_USAGE naming `what` and the known namespaces, ERR_PERMISSION for another user's process.
 */
export function interfaceAt(text: string, what: string): InterfaceAt {
	const at = text.lastIndexOf('@');
	if (at < 0 || isHere(text)) return {text, iface: text, netns: undefined};
	const [iface, netns] = [text.slice(0, at), text.slice(at + 1)];
	if (iface === '' || netns === '') throw usage(`${what} "${text}": write IFACE@NETNS, for instance eth0@blue`);
	const found = fileOf(netns);
	if (found === undefined) throw unknown(netns, text, what);
	return {text, iface, netns: found.identity === identity(ours) ? undefined : netns};
}

/** Moves this worker thread into a network namespace that is new and empty, for good: its own loopback interface, and that is up. ERR_PERMISSION, ERR_SYSCALL. */
export function enterEmptyNamespace(): void {
	if (isMainThread) throw new Error('only a worker thread may enter a network namespace');
	if (libc.unshare(CLONE_NEWNET) < 0) throw syscallError('make a network namespace', 'unshare');
	bringUp('lo');
}

/** A message of a thread that has entered `netns`, for somebody who has not. */
export const toldElsewhere = (message: string, netns: string | undefined): string =>
	netns === undefined ? message : message.replace('in this network namespace', `in network namespace ${netns}`);

/**
 * Moves this worker thread into a network namespace, for good; undefined: it stays where it is. What it opens from now on belongs there.
 * ERR_PERMISSION (exit status 4) without CAP_SYS_ADMIN over it, ERR_USAGE when it has gone.
 */
export function enterNamespace(netns: string | undefined): void {
	if (netns === undefined) return;
	if (isMainThread) throw new Error('only a worker thread may enter a network namespace');
	const found = fileOf(netns);
	if (found === undefined) throw unknown(netns, `@${netns}`, 'network namespace');
	let fd = -1;
	try {
		fd = openSync(found.file, 'r');
	} catch (error) {
		throw denied(netns, error);
	}
	try {
		if (libc.setns(fd, CLONE_NEWNET) >= 0) return;
		const error = syscallError(`enter network namespace ${netns}`, 'setns');
		throw error.code === 'ERR_PERMISSION' ? denied(netns, error) : error;
	} finally {
		closeSync(fd);
	}
}
