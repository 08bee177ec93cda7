// The netstress targets of this machine, found by their command lines in /proc, with what the kernel counts of each process (proc_pid_stat(5), statm)
// and what it says of itself when asked (src/sys/statistics-socket.ts).
import {readdirSync, readFileSync} from 'node:fs';
import {isNumber, isObject} from '../monitor/recording.js';
import {askStatistics} from '../sys/statistics-socket.js';
import type {TargetPort, TargetProcess} from './sample.js';

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

/** What a target counted of one port since its start. */
type Totals = {readonly port: string; readonly initiators: number | null} & Readonly<
	Record<'commands' | 'readBytes' | 'writtenBytes' | 'failed' | 'errors' | 'lost', number>
>;

const isTotals = (value: unknown): value is Totals =>
	isObject(value) &&
	typeof value.port === 'string' &&
	(value.initiators === null || isNumber(value.initiators)) &&
	[value.commands, value.readBytes, value.writtenBytes, value.failed, value.errors, value.lost].every(isNumber);

/** An answer's rows; undefined when it is none that we know. */
export const totalsOf = (answer: unknown): Totals[] | undefined =>
	isObject(answer) && answer.type === 'statistics' && Array.isArray(answer.ports) && answer.ports.every(isTotals) ? answer.ports : undefined;

/** Rates between two answers `seconds` apart. */
export function ratesOf(now: readonly Totals[], before: readonly Totals[], seconds: number): TargetPort[] {
	return now.map(({port, initiators, commands, readBytes, writtenBytes, failed, errors, lost}) => {
		const last = before.find(each => each.port === port);
		const rate = (after: number, was: number | undefined) => (was === undefined || seconds <= 0 ? 0 : Math.max(0, after - was) / seconds);
		return {
			port,
			initiators,
			commandsPerSecond: rate(commands, last?.commands),
			readPerSecond: rate(readBytes, last?.readBytes),
			writtenPerSecond: rate(writtenBytes, last?.writtenBytes),
			failed,
			errors,
			lost,
		};
	});
}

interface Answer {
	readonly atSeconds: number;
	readonly totals: readonly Totals[];
	readonly ports: readonly TargetPort[];
}

export class Targets {
	readonly #answers = new Map<number, Answer>();
	readonly #asking = new Set<number>();
	#found = new Map<number, string>();
	#searched = Number.NEGATIVE_INFINITY;
	#before = new Map<number, {atSeconds: number; cpuSeconds: number}>();

	/** Asks for the next reading: what comes back is shown then, at most one interval old. */
	async #ask(pid: number): Promise<void> {
		if (this.#asking.has(pid)) return;
		this.#asking.add(pid);
		const totals = totalsOf(await askStatistics(pid));
		this.#asking.delete(pid);
		if (totals === undefined) {
			this.#answers.delete(pid);
			return;
		}
		const atSeconds = performance.now() / 1000;
		const last = this.#answers.get(pid);
		this.#answers.set(pid, {atSeconds, totals, ports: ratesOf(totals, last?.totals ?? [], atSeconds - (last?.atSeconds ?? atSeconds))});
	}

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
		for (const pid of this.#answers.keys()) if (!this.#found.has(pid)) this.#answers.delete(pid);
		return [...this.#found].flatMap(([pid, words]) => {
			const stat = parseStat(read(`/proc/${pid}/stat`));
			if (stat === undefined || targetWords(read(`/proc/${pid}/cmdline`)) === undefined) return [];
			const last = before.get(pid);
			this.#before.set(pid, {atSeconds, cpuSeconds: stat.cpuSeconds});
			const cpuShare =
				last === undefined || atSeconds <= last.atSeconds ? null : Math.max(0, (stat.cpuSeconds - last.cpuSeconds) / (atSeconds - last.atSeconds));
			void this.#ask(pid);
			return [
				{
					ports: this.#answers.get(pid)?.ports,
					pid,
					words,
					cpuShare,
					residentBytes: Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * pageBytes,
					threads: stat.threads,
				},
			];
		});
	}
}
