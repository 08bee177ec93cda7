// Kernel settings below /proc/sys, under their sysctl names.
import {readFileSync, writeFileSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';

/** `net.ipv4.conf.eth0/1.mtu`: a dot separates, a slash stands for a dot inside a name, as sysctl(8) has it. */
const pathOf = (name: string) => `/proc/sys/${name.replaceAll(/[./]/g, sign => (sign === '.' ? '/' : '.'))}`;

/** The setting's text without the line end; undefined when this kernel or namespace does not have it. */
export function readSysctl(name: string): string | undefined {
	try {
		return readFileSync(pathOf(name), 'utf8').trimEnd();
	} catch (error) {
		if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
		throw error;
	}
}

/** Writes a setting and returns the function that puts the old value back. ERR_UNSUPPORTED, ERR_PERMISSION, ERR_SYSCALL. */
export function writeSysctl(name: string, value: string): () => void {
	const before = readSysctl(name);
	if (before === undefined) throw new NetstressError('ERR_UNSUPPORTED', `there is no sysctl ${name} here`, {feature: name});
	const put = (text: string) => {
		try {
			writeFileSync(pathOf(name), text);
		} catch (error) {
			const {code = 'unknown'} = error as NodeJS.ErrnoException;
			const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
			throw new NetstressError(
				denied ? 'ERR_PERMISSION' : 'ERR_SYSCALL',
				`cannot set ${name} to ${text}: ${code}; as root: sysctl -w ${name}=${text}`,
				{errno: code},
				error,
			);
		}
	};
	put(value);
	return () => put(before);
}
