// What a run could leave behind: namespaces, processes, files. Compared before and after.
import {readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';

const list = (folder: string) => {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
};

// What this test starts inherits its environment: another netstress at work on the same machine is not taken for a leftover.
const mark = `NETSTRESS_TEST_RUN=${process.pid}`;
process.env.NETSTRESS_TEST_RUN = String(process.pid);

const ours = () =>
	readdirSync('/proc').flatMap(pid => {
		try {
			if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
			if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)) return [];
			const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
			// the test runner's own processes name test files; everything the program starts names a file of src or tools, or a lab's namespace
			return /dist\/(src|tools)\/|netns exec netstress|netstress-/.test(words) && !words.includes('dist/test/') ? [`${pid} ${words}`] : [];
		} catch {
			return [];
		}
	});

export interface Leftovers {
	readonly namespaces: string[];
	readonly processes: string[];
	readonly files: string[];
}

const snapshot = (): Leftovers => ({
	namespaces: list('/run/netns').filter(name => name.startsWith('netstress')),
	processes: ours(),
	files: [...list(tmpdir()), ...list('/dev/shm')].filter(name => /^netstress-(lab|run|race|\d)/.test(name)),
});

/** Remembers what is there now; the function it gives tells what is there more, after waiting up to 15 s for it to go. */
export function leftovers(): () => Promise<Leftovers> {
	const before = snapshot();
	const extra = (): Leftovers => {
		const now = snapshot();
		return {
			namespaces: now.namespaces.filter(name => !before.namespaces.includes(name)),
			processes: now.processes.filter(line => !before.processes.includes(line)),
			files: now.files.filter(name => !before.files.includes(name)),
		};
	};
	return async () => {
		for (let i = 0; i < 150; i++) {
			const {namespaces, processes, files} = extra();
			if (namespaces.length + processes.length + files.length === 0) break;
			await sleep(100);
		}
		return extra();
	};
}

export const nothing: Leftovers = {namespaces: [], processes: [], files: []};
