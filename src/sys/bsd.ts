// Interfaces and default routes where there is no Linux: macOS and FreeBSD, by the words of their own programs (ifconfig(8), netstat(1) -rn).
import {spawnSync} from 'node:child_process';
import {macBytes} from '../base/address.js';
import {NetstressError} from '../base/errors.js';

/** What `ifconfig NAME` says; without `mac` where the interface has none. */
export interface IfconfigInterface {
	readonly mac: Uint8Array | undefined;
	readonly mtu: number;
	readonly flags: readonly string[];
}

/** Reads the output of `ifconfig NAME`; undefined when it is none. */
export function parseIfconfig(text: string): IfconfigInterface | undefined {
	const head = /^\S+: flags=[0-9a-f]+<([^>]*)>.*?\bmtu (\d+)/m.exec(text);
	if (head === null) return undefined;
	const [, flags = '', mtu] = head;
	return {mac: macBytes(/^\s+ether ([0-9a-f:]+)/m.exec(text)?.[1] ?? ''), mtu: Number(mtu), flags: flags.split(',')};
}

/** Reads the output of `netstat -rn`: the interfaces of default routes, IPv4 and IPv6. Their column moves from version to version; its title says where it is. */
export function parseDefaultRoutes(text: string): string[] {
	const found = new Set<string>();
	let column = -1;
	for (const line of text.split('\n')) {
		const words = line.trim().split(/\s+/);
		if (words[0] === 'Destination') column = words.indexOf('Netif');
		else if (words[0] === 'default' && column >= 0 && words[column] !== undefined) found.add(words[column] as string);
	}
	return [...found];
}

const run = (file: string, words: readonly string[]) => spawnSync(file, words, {encoding: 'utf8', env: {...process.env, LC_ALL: 'C'}});

/** Asks ifconfig. ERR_USAGE when there is no such interface, ERR_UNSUPPORTED without ifconfig. */
export function ifconfig(name: string): IfconfigInterface {
	const done = run('ifconfig', [name]);
	if (done.error) throw new NetstressError('ERR_UNSUPPORTED', `cannot ask about interface ${name}: ifconfig is not there`, {feature: 'ifconfig'}, done.error);
	const found = done.status === 0 ? parseIfconfig(done.stdout) : undefined;
	if (found === undefined) throw new NetstressError('ERR_USAGE', `there is no interface ${name}; see: ifconfig -a`, {iface: name});
	return found;
}

/** The interfaces with a default route; none where netstat does not say. */
export const netstatDefaultRoutes = (): string[] => parseDefaultRoutes(run('netstat', ['-rn']).stdout ?? '');
