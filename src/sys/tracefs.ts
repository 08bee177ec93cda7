// tracefs (Documentation/trace/ftrace.rst, section "Instances"): ring buffers and events of our own, beside whatever else on this machine traces. The file system
// need not be mounted: fsmount(2) gives one that only our descriptor reaches, so that nothing of it stays behind, however this process ends. An instance does
// stay; it carries our pid in its name, and the next one that looks removes it.
import {closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmdirSync, writeFileSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';
import {check, errnos, libc, nameOf} from './libc.js';
import {Mapping} from './memory.js';
import {startTime} from './process.js';

/** The same numbers on every architecture (Linux 5.2). */
const call = {fsopen: 430, fsconfig: 431, fsmount: 432} as const;
const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/** A mount of tracefs that nobody else sees. ERR_PERMISSION without CAP_SYS_ADMIN, ERR_UNSUPPORTED where the kernel has none. */
function mountPrivately(): number {
	const name = new Mapping(4096, 'the name of a file system');
	let context = -1;
	try {
		name.bytes.set(new TextEncoder().encode('tracefs\0'));
		context = Number(libc.syscall(call.fsopen, name.address(), FSOPEN_CLOEXEC, 0, 0, 0));
		check(context, 'mount tracefs', 'fsopen');
		check(Number(libc.syscall(call.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0)), 'mount tracefs', 'fsconfig');
		return check(Number(libc.syscall(call.fsmount, context, FSMOUNT_CLOEXEC, 0, 0, 0)), 'mount tracefs', 'fsmount');
	} catch (error) {
		const {code, details} = error as NetstressError;
		if (code === 'ERR_PERMISSION')
			throw new NetstressError(
				code,
				`mounting tracefs needs root on the host itself (CAP_SYS_ADMIN; ${details.syscall} says ${details.errno}), which a lab does not give`,
				details,
				error,
			);
		if (code !== 'ERR_SYSCALL' || (details.errno !== 'ENODEV' && details.errno !== 'ENOSYS')) throw error;
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			`this kernel has no tracefs (${details.errno}): it needs CONFIG_TRACING and Linux 5.2`,
			{feature: 'tracefs'},
			error,
		);
	} finally {
		if (context >= 0) libc.close(context);
		name.close();
	}
}

const prefix = 'netstress-';
let opened = 0;

/** What a CPU's buffer holds and what it lost (`per_cpu/cpuN/stats`). */
export interface BufferStatistics {
	/** Events that are in the buffer now. */
	readonly entries: number;
	/** Events that newer ones have overwritten. */
	readonly overrun: number;
	/** Events that found no room at all, or came while another was being written. */
	readonly dropped: number;
	/** Events that have been read. */
	readonly read: number;
}

/** Reads the text of a `stats` file. */
export function parseStatistics(text: string): BufferStatistics {
	const number = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
	return {entries: number('entries'), overrun: number('overrun'), dropped: number('dropped events') + number('commit overrun'), read: number('read events')};
}

/** One instance: it is removed by `close`. */
export class TraceInstance {
	readonly #mount: number;
	readonly #name: string;
	readonly cpus: readonly number[];
	#closed = false;

	/** Makes an instance with `kilobytes` of ring buffer for each CPU. ERR_PERMISSION, ERR_UNSUPPORTED. */
	constructor(purpose: string, kilobytes: number) {
		this.#mount = mountPrivately();
		this.#name = `${prefix}${process.pid}-${startTime(process.pid)}-${purpose}-${opened++}`;
		try {
			this.#sweep();
			mkdirSync(this.path());
			this.write('buffer_size_kb', String(kilobytes));
			this.cpus = readdirSync(this.path('per_cpu')).map(name => Number(name.slice(3)));
		} catch (error) {
			this.close();
			const {code = 'unknown'} = error as NodeJS.ErrnoException;
			if (error instanceof NetstressError) throw error;
			const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
			throw new NetstressError(
				denied ? 'ERR_PERMISSION' : 'ERR_UNSUPPORTED',
				`cannot make an instance in tracefs: ${code}; run as root, outside a user namespace`,
				{errno: code},
				error,
			);
		}
	}

	/** Removes instances of processes of ours that are gone: killed, they could not. */
	#sweep(): void {
		const folder = `/proc/self/fd/${this.#mount}/instances`;
		for (const name of readdirSync(folder)) {
			const [, pid, started] = /^netstress-(\d+)-(\d+)-/.exec(name) ?? [];
			if (pid === undefined || String(startTime(Number(pid))) === started) continue;
			try {
				rmdirSync(`${folder}/${name}`);
			} catch {
				// somebody reads it: it is not ours to end that
			}
		}
	}

	/** A file's path within the instance, good as long as it is open. */
	path(file = ''): string {
		return `/proc/self/fd/${this.#mount}/instances/${this.#name}${file === '' ? '' : `/${file}`}`;
	}

	/** Writes a setting. ERR_SYSCALL names it. */
	write(file: string, text: string): void {
		try {
			writeFileSync(this.path(file), text);
		} catch (error) {
			const {code = 'unknown'} = error as NodeJS.ErrnoException;
			throw new NetstressError('ERR_SYSCALL', `tracefs refuses ${JSON.stringify(text)} in ${file}: ${code}`, {file, errno: code}, error);
		}
	}

	/** A file's text. ERR_UNSUPPORTED when there is no such file: the event or the setting is not in this kernel. */
	read(file: string): string {
		try {
			return readFileSync(this.path(file), 'utf8');
		} catch (error) {
			const {code = 'unknown'} = error as NodeJS.ErrnoException;
			throw new NetstressError('ERR_UNSUPPORTED', `tracefs has no ${file} here: ${code}`, {feature: file, errno: code}, error);
		}
	}

	/** Switches an event such as `skb/kfree_skb` on or off. ERR_UNSUPPORTED, ERR_SYSCALL. */
	event(name: string, on: boolean): void {
		this.read(`events/${name}/enable`);
		this.write(`events/${name}/enable`, on ? '1' : '0');
	}

	statistics(): BufferStatistics[] {
		return this.cpus.map(cpu => parseStatistics(this.read(`per_cpu/cpu${cpu}/stats`)));
	}

	close(): void {
		if (this.#closed) return;
		this.#closed = true;
		try {
			rmdirSync(this.path());
		} catch {
			// it was never made
		}
		libc.close(this.#mount); // Node did not open it
	}
}

/** A CPU's ring buffer page by page, as the kernel wrote it; nothing is formatted, and reading takes the events away. */
export class RawPipe {
	readonly #fd: number;
	readonly #page: Buffer;

	constructor(instance: TraceInstance, cpu: number, pageBytes: number) {
		this.#fd = openSync(instance.path(`per_cpu/cpu${cpu}/trace_pipe_raw`), constants.O_RDONLY | constants.O_NONBLOCK);
		this.#page = Buffer.alloc(pageBytes);
	}

	/** The next page; undefined when there is none now. The bytes are good until the next call. */
	next(): Uint8Array | undefined {
		try {
			const length = readSync(this.#fd, this.#page, 0, this.#page.length, null);
			return length === 0 ? undefined : this.#page.subarray(0, length);
		} catch (error) {
			const {errno = 0} = error as NodeJS.ErrnoException;
			if (-errno === errnos.EAGAIN || -errno === errnos.EINTR) return undefined;
			throw new NetstressError('ERR_IO', `cannot read a trace buffer: ${nameOf(-errno)}`, {}, error);
		}
	}

	close(): void {
		closeSync(this.#fd);
	}
}
