// Which programs have a socket: the links in /proc/PID/fd that say `socket:[INODE]`. It looks at every descriptor of every process that we may look at, so that it is asked
// for only when a socket has lost something, and gives up after a while.
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import type {Snapshot} from './snapshot.js';

/** Most descriptors that one search looks at. */
const mostDescriptors = 200_000;

const list = (path: string): string[] => {
	try {
		return readdirSync(path);
	} catch {
		return []; // gone, or another user's
	}
};

/** The programs, as `name[pid]`, of those inodes that somebody has whom we may look at. */
export function programsOf(inodes: Iterable<number>): Map<number, string> {
	const wanted = new Set(inodes);
	const found = new Map<number, string[]>();
	if (wanted.size === 0) return new Map();
	let looked = 0;
	for (const pid of list('/proc')) {
		if (!/^\d+$/.test(pid) || looked > mostDescriptors) continue;
		for (const fd of list(`/proc/${pid}/fd`)) {
			looked++;
			let target = '';
			try {
				target = readlinkSync(`/proc/${pid}/fd/${fd}`);
			} catch {
				continue;
			}
			const inode = Number(/^socket:\[(\d+)\]$/.exec(target)?.[1]);
			if (!wanted.has(inode)) continue;
			const name = nameOf(pid);
			const names = found.get(inode) ?? [];
			if (!names.includes(name)) found.set(inode, [...names, name]);
		}
	}
	return new Map([...found].map(([inode, names]) => [inode, names.join(', ')]));
}

function nameOf(pid: string): string {
	try {
		return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}[${pid}]`;
	} catch {
		return `[${pid}]`;
	}
}

/** Remembers what it has looked up: a run asks once for each socket. */
export class Programs {
	#known = new Map<number, string | undefined>();
	readonly #search: (inodes: Iterable<number>) => Map<number, string>;

	constructor(search = programsOf) {
		this.#search = search;
	}

	/** The same snapshot, with the programs that have the sockets in it, as far as we may know them. */
	annotate(snapshot: Snapshot): Snapshot {
		const inodes = new Set(snapshot.counters.flatMap(({scope: {inode}}) => (inode === undefined ? [] : [inode])));
		const unknown = [...inodes].filter(inode => !this.#known.has(inode));
		const found = unknown.length > 0 ? this.#search(unknown) : new Map<number, string>();
		// those that are closed are forgotten: their inodes come again
		this.#known = new Map([...inodes].map(inode => [inode, found.get(inode) ?? this.#known.get(inode)]));
		const counters = snapshot.counters.map(counter => {
			const program = counter.scope.inode === undefined ? undefined : this.#known.get(counter.scope.inode);
			return program === undefined ? counter : {...counter, scope: {...counter.scope, program}};
		});
		return {...snapshot, counters};
	}
}
