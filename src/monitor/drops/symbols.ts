// Kernel addresses to function names, from /proc/kallsyms (kernel/kallsyms.c). The file is not sorted where modules are loaded; a monitor that searches
// it as it stands names the wrong function. Without CAP_SYSLOG or with kptr_restrict every address reads 0: then there are no names, and we say so.
import {closeSync, openSync, readFileSync, readSync} from 'node:fs';

export interface Symbols {
	/** The function at `address` and the bytes from its beginning; undefined below the first function, or when addresses are hidden. */
	find(address: bigint): {name: string; offset: number} | undefined;
	/** Why there are no names; undefined when there are. */
	readonly hidden: string | undefined;
}

/** What the compiler adds to a name when it makes a variant of a function. */
const variants = /(\.(constprop|isra|part|cold|llvm)(\.\d+)?)+$/;

/** Reads the text of /proc/kallsyms: address, type, name, module. Only functions count (types t, T, w, W). */
export function parseSymbols(text: string): Symbols {
	const lines = text.split('\n').flatMap(line => {
		const match = /^([0-9a-f]+) [tTwW] (\S+)/.exec(line);
		return match === null ? [] : [{address: BigInt(`0x${match[1]}`), name: (match[2] as string).replace(variants, '')}];
	});
	const known = lines
		.filter(({address, name}) => address !== 0n && !name.startsWith('__pfx_'))
		.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
	const addresses = BigUint64Array.from(known, ({address}) => address);
	const hidden =
		known.length > 0
			? undefined
			: lines.length > 0
				? 'the kernel hides its addresses: sysctl -w kernel.kptr_restrict=1 and CAP_SYSLOG show function names'
				: '/proc/kallsyms is empty: the kernel was built without CONFIG_KALLSYMS';
	return {
		hidden,
		find(address) {
			let low = 0;
			let high = addresses.length;
			while (low < high) {
				const middle = (low + high) >>> 1;
				if ((addresses[middle] as bigint) <= address) low = middle + 1;
				else high = middle;
			}
			const found = known[low - 1];
			return found === undefined ? undefined : {name: found.name, offset: Number(address - found.address)};
		},
	};
}

/** This kernel's symbols. The file has 100,000 lines and more: it is read when the first name is asked for. */
export function kernelSymbols(path = '/proc/kallsyms'): Symbols {
	let first: string;
	try {
		first = firstBytes(path);
	} catch (error) {
		return {hidden: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, find: () => undefined};
	}
	let all: Symbols | undefined;
	return {
		hidden: /^0*[1-9a-f][0-9a-f]* /m.test(first) ? undefined : parseSymbols(first).hidden,
		find(address) {
			all ??= parseSymbols(readFileSync(path, 'utf8'));
			return all.find(address);
		},
	};
}

function firstBytes(path: string): string {
	const fd = openSync(path, 'r');
	try {
		const bytes = Buffer.alloc(4096);
		return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, null));
	} finally {
		closeSync(fd);
	}
}
