// Taking a lab down, whoever does it: the keeper in the ordinary case, the parent when the keeper itself has died.
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync, readlinkSync, rmSync, statSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

/** What `readlink /proc/PID/ns/net` shows for a named namespace; undefined when it does not exist. */
export function namespaceLink(name: string): string | undefined {
	try {
		return `net:[${statSync(`/run/netns/${name}`).ino}]`;
	} catch {
		return undefined;
	}
}

/** The processes whose network namespace is one of `links`. */
export function processesIn(links: ReadonlySet<string>): number[] {
	const found: number[] = [];
	for (const entry of readdirSync('/proc')) {
		const pid = Number(entry);
		if (!Number.isInteger(pid) || pid === process.pid) continue;
		try {
			if (links.has(readlinkSync(`/proc/${pid}/ns/net`))) found.push(pid);
		} catch {
			// gone meanwhile, or not ours to look at: then it is not in our namespace either
		}
	}
	return found;
}

const signal = (pids: readonly number[], name: NodeJS.Signals) => {
	for (const pid of pids) {
		try {
			process.kill(pid, name);
		} catch {
			// gone meanwhile
		}
	}
};

/** Whether something is mounted at or below `path`: then it must not be removed recursively, it would empty what is mounted. */
function carriesMount(path: string): boolean {
	const points = readFileSync('/proc/self/mountinfo', 'utf8')
		.split('\n')
		.map(line => line.split(' ')[4] ?? '');
	return points.some(point => point === path || point.startsWith(`${path}/`));
}

/**
 * Ends every process in the named namespaces and in those that `links` stand for (SIGTERM, after `graceMs` SIGKILL), deletes the namespaces
 * and removes `paths`. The names go first, so that nothing can enter while we look for who is inside.
 */
export async function sweep(names: readonly string[], links: readonly string[], paths: readonly string[], graceMs = 1000): Promise<void> {
	const inside = new Set([...links, ...names.map(namespaceLink)].filter(link => link !== undefined && link !== ''));
	for (const name of names) if (namespaceLink(name)) spawnSync('ip', ['netns', 'del', name], {stdio: 'ignore'});
	const start = Date.now();
	signal(processesIn(inside as Set<string>), 'SIGTERM');
	// twice empty: a process that opened its namespace just before the name went has arrived by then
	for (let empty = 0; empty < 2; ) {
		const pids = processesIn(inside as Set<string>);
		empty = pids.length === 0 ? empty + 1 : 0;
		if (Date.now() - start > graceMs) signal(pids, 'SIGKILL');
		if (Date.now() - start > graceMs + 10_000) break; // a process in uninterruptible sleep: the kernel will take it
		await sleep(10);
	}
	for (const path of paths) if (!carriesMount(path)) rmSync(path, {recursive: true, force: true});
}
