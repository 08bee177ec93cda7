// libc through koffi: the calls that Node does not offer. Addresses travel as Numbers (user space ends below 2^47), so that arithmetic on
// them is plain; memory handed to the kernel is always mapped by us (memory.ts), never a Buffer that the collector may move or free.
import koffi from 'koffi';
import {NetstressError} from '../base/errors.js';

const lib = process.platform === 'linux' ? koffi.load('libc.so.6') : undefined;

/** A call of libc; where there is none, a function that says so when it is called: the portable commands load this file too. */
const declare = (prototype: string) =>
	lib?.func(prototype) ??
	((): never => {
		throw new NetstressError('ERR_UNSUPPORTED', 'this needs Linux: packet rings, labs and the data planes are its own', {feature: 'linux'});
	});

export const libc = {
	socket: declare('int socket(int domain, int type, int protocol)'),
	bind: declare('int bind(int fd, const void *address, uint32_t length)'),
	setsockopt: declare('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
	getsockopt: declare('int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)'),
	send: declare('int64_t sendto(int fd, uint64_t data, size_t length, int flags, uint64_t address, uint32_t addressLength)'),
	sendmmsg: declare('int sendmmsg(int fd, uint64_t messages, uint32_t count, int flags)'),
	recv: declare('int64_t recv(int fd, uint64_t data, size_t length, int flags)'),
	poll: declare('int poll(uint64_t descriptors, uint64_t count, int timeoutMs)'),
	ioctl: declare('int ioctl(int fd, uint64_t request, uint64_t argument)'),
	mmap: declare('uint64_t mmap(uint64_t address, size_t length, int protection, int flags, int fd, int64_t offset)'),
	munmap: declare('int munmap(uint64_t address, size_t length)'),
	close: declare('int close(int fd)'),
	clockGettime: declare('int clock_gettime(int clock, _Out_ void *time)'),
	yieldProcessor: declare('int sched_yield()'),
	unshare: declare('int unshare(int flags)'),
	setns: declare('int setns(int fd, int kind)'),
	schedSetaffinity: declare('int sched_setaffinity(int pid, size_t length, uint64_t mask)'),
	setrlimit: declare('int setrlimit(int resource, const void *limits)'),
	eventfd: declare('int eventfd(uint32_t initial, int flags)'),
	read: declare('int64_t read(int fd, uint64_t data, size_t length)'),
	write: declare('int64_t write(int fd, uint64_t data, size_t length)'),
	syscall: declare('int64_t syscall(int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)'),
};

/** The errno of the call that just failed: read it at once, the next call overwrites it. */
export const errno = (): number => koffi.errno();
export const errnos: Readonly<Record<string, number>> = koffi.os.errno;

/** An errno's name. */
export const nameOf = (code: number) => Object.keys(errnos).find(name => errnos[name] === code) ?? `errno ${code}`;

/** What to do about an errno, where there is one usual answer. */
const advice: Readonly<Record<string, string>> = {
	EPERM: 'run as root or inside a lab (netstress lab)',
	EACCES: 'run as root or inside a lab (netstress lab)',
	ENOMEM: 'try a smaller --ring-size',
	ENETDOWN: 'bring the interface up: ip link set IFACE up',
	ENODEV: 'see the interfaces with: ip link',
};

/** The error of a failed system call, in words: what was tried, errno's name, what to do. */
export function syscallError(what: string, syscall: string, code = errno()): NetstressError {
	const name = nameOf(code);
	const hint = advice[name];
	const kind = name === 'EPERM' || name === 'EACCES' ? 'ERR_PERMISSION' : 'ERR_SYSCALL';
	return new NetstressError(kind, `cannot ${what}: ${syscall} says ${name}${hint ? `; ${hint}` : ''}`, {syscall, errno: name});
}

/** Passes a result through, throws the errno's error when it is negative. */
export function check(result: number, what: string, syscall: string): number {
	if (result < 0) throw syscallError(what, syscall);
	return result;
}
