// One host of a lab: how to run something on it.
import {type ChildProcess, execFile, type SpawnOptions, spawn} from 'node:child_process';
import type {PlannedHost, PlannedInterface} from './plan.js';

export interface RunResult {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface LabHost {
	readonly name: string;
	/** Its name for `ip netns`. */
	readonly namespace: string;
	readonly interfaces: readonly PlannedInterface[];
	/** The first interface's name, address and MAC; empty when the host has no link. */
	readonly iface: string;
	readonly address: string;
	readonly address6: string;
	readonly mac: string;
	/** What must be executed outside to execute `file` on this host. */
	command(file: string, args: readonly string[]): {file: string; args: string[]};
	/** Starts a program on this host; its pid is the program's own (the programs in between replace themselves). */
	spawn(file: string, args?: readonly string[], options?: SpawnOptions): ChildProcess;
	/** Runs a program on this host to its end. */
	run(file: string, args?: readonly string[], options?: {input?: string; timeoutMs?: number}): Promise<RunResult>;
}

/** The words before a command that put it into a namespace; `keeperPid` is where the user namespace is. */
export function enter(kind: 'named' | 'user', namespace: string, keeperPid: number): string[] {
	const named = ['ip', 'netns', 'exec', namespace];
	if (kind === 'named') return named;
	// entering a mount namespace loses the working directory: the shell goes back to it
	return ['nsenter', '-t', String(keeperPid), '-U', '-n', '-m', '--preserve-credentials', ...named, 'sh', '-c', 'cd "$0" 2>/dev/null; exec "$@"'];
}

export function hostFor(host: PlannedHost, kind: 'named' | 'user', keeperPid: number): LabHost {
	const first = host.interfaces[0];
	const command = (file: string, args: readonly string[], cwd = process.cwd()) => {
		const [outer = '', ...words] = [...enter(kind, host.namespace, keeperPid), ...(kind === 'user' ? [cwd] : []), file, ...args];
		return {file: outer, args: words};
	};
	return {
		name: host.name,
		namespace: host.namespace,
		interfaces: host.interfaces,
		iface: first?.name ?? '',
		address: first?.address ?? '',
		address6: first?.address6 ?? '',
		mac: first?.mac ?? '',
		command,
		spawn(file, args = [], options = {}) {
			const outer = command(file, args, options.cwd === undefined ? undefined : String(options.cwd));
			return spawn(outer.file, outer.args, options);
		},
		run(file, args = [], {input, timeoutMs = 60_000} = {}) {
			const outer = command(file, args);
			return new Promise((resolve, reject) => {
				const child = execFile(outer.file, outer.args, {encoding: 'utf8', maxBuffer: 2 ** 26, timeout: timeoutMs}, (error, stdout, stderr) => {
					if (error && child.exitCode === null && child.signalCode === null) reject(error);
					else resolve({status: child.exitCode, stdout, stderr});
				});
				child.stdin?.on('error', () => undefined); // it may end without reading
				child.stdin?.end(input ?? '');
			});
		},
	};
}
