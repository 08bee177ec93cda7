// The netstress targets of this machine, found by their command lines in /proc, with what the kernel counts of each process (proc_pid_stat(5), statm). A target has no
// way to be asked yet: its own statistics would come in here, beside these.
import {readdirSync, readFileSync} from 'node:fs';
import type {TargetProcess} from './sample.js';

/** Clock ticks a second of what /proc prints: USER_HZ, 100 on every Linux. */
const ticksPerSecond = 100;
const pageBytes = 4096;
/** Seconds between two looks at all processes. */
const searchSeconds = 5;

/** The words behind `target` of a command line as /proc has it; undefined when it is no netstress target. */
export function targetWords(cmdline: string): string | undefined {
	const words = cmdline.split('\0').filter(word => word !== '');
	const program = words.findIndex(word => /(^|\/)netstress(\.js)?$/.test(word));
	const command = program < 0 ? -1 : words.findIndex((word, i) => i > program && !word.startsWith('-'));
	// a wrapper that names the program (sudo, ip netns exec) is another process
	return program >= 0 && program <= 2 && words[command] === 'target' ? words.slice(command + 1).join(' ') : undefined;
}

/** CPU seconds and threads out of /proc/PID/stat; the name in it may hold spaces and brackets. */
export function parseStat(text: string): {cpuSeconds: number; threads: number} | undefined {
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	const [user, system, threads] = [fields[11], fields[12], fields[17]].map(Number) as [number, number, number];
	return Number.isFinite(user + system + threads) ? {cpuSeconds: (user + system) / ticksPerSecond, threads} : undefined;
}

const read = (path: string): string => {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return ''; // gone meanwhile
	}
};

export class Targets {
	#found = new Map<number, string>();
	#searched = Number.NEGATIVE_INFINITY;
	#before = new Map<number, {atSeconds: number; cpuSeconds: number}>();

	/** Those that run now. */
	read(atSeconds: number): TargetProcess[] {
		if (atSeconds - this.#searched >= searchSeconds) {
			this.#searched = atSeconds;
			const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
			this.#found = new Map(
				pids.flatMap(pid => {
					const words = targetWords(read(`/proc/${pid}/cmdline`));
					return words === undefined ? [] : [[Number(pid), words] as const];
				}),
			);
		}
		const before = this.#before;
		this.#before = new Map();
		return [...this.#found].flatMap(([pid, words]) => {
			const stat = parseStat(read(`/proc/${pid}/stat`));
			if (stat === undefined || targetWords(read(`/proc/${pid}/cmdline`)) === undefined) return [];
			const last = before.get(pid);
			this.#before.set(pid, {atSeconds, cpuSeconds: stat.cpuSeconds});
			const cpuShare =
				last === undefined || atSeconds <= last.atSeconds ? null : Math.max(0, (stat.cpuSeconds - last.cpuSeconds) / (atSeconds - last.atSeconds));
			return [{pid, words, cpuShare, residentBytes: Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * pageBytes, threads: stat.threads}];
		});
	}
}
