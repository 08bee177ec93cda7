// Runs the built program as its users do, as root or as an ordinary user.
import {type ChildProcess, spawn} from 'node:child_process';
import {chmodSync, cpSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The checkout: dist/test/kernel lies three folders below it. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface Finished {
	readonly status: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Started {
	readonly child: ChildProcess;
	readonly finished: Promise<Finished>;
	/** Resolves when standard output holds the text. */
	saw(text: string): Promise<void>;
	/** Standard output so far. */
	said(): string;
}

/** `nobody` on every Debian and most others. */
const nobody = 65_534;

export interface As {
	/** The checkout to run from; the real one when not given. */
	readonly from?: string;
	readonly user?: 'nobody' | undefined;
	readonly env?: NodeJS.ProcessEnv;
	readonly input?: string;
	/** Leave standard input open. */
	readonly keepInput?: boolean;
	/** In a process group of its own, as a shell starts it: a Ctrl-C goes to the whole group (`process.kill(-pid)`). */
	readonly group?: boolean;
}

/** Starts a program; `nobody` drops every group and capability with setpriv. */
export function start(file: string, args: readonly string[], {user, env = {}, input, keepInput = false, group = false}: As = {}): Started {
	const drop = user === 'nobody' && process.geteuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--inh-caps=-all'] : [];
	const [outer = '', ...words] = [...drop, file, ...args];
	const child = spawn(outer, words, {env: {...process.env, XDG_RUNTIME_DIR: '', ...env}, stdio: ['pipe', 'pipe', 'pipe'], cwd: tmpdir(), detached: group});
	let stdout = '';
	let stderr = '';
	const watchers = new Set<() => void>();
	child.stdout.setEncoding('utf8').on('data', text => {
		stdout += text;
		for (const look of watchers) look();
	});
	child.stderr.setEncoding('utf8').on('data', text => {
		stderr += text;
	});
	child.stdin.on('error', () => undefined);
	if (!keepInput) child.stdin.end(input ?? '');
	const finished = new Promise<Finished>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (status, signal) => resolve({status, signal, stdout, stderr}));
	});
	const saw = (text: string) =>
		new Promise<void>((resolve, reject) => {
			const look = () => {
				if (!stdout.includes(text)) return;
				watchers.delete(look);
				resolve();
			};
			watchers.add(look);
			look();
			void finished.then(() => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
		});
	return {child, finished, saw, said: () => stdout};
}

/** Runs `netstress` to its end. */
export const netstress = (args: readonly string[], as: As = {}): Promise<Finished> => startNetstress(args, as).finished;
export const startNetstress = (args: readonly string[], as: As = {}): Started =>
	start(process.execPath, [join(as.from ?? root, 'dist/tools/netstress.js'), ...args], as);

/** A copy of the built program that every user can read; a checkout below /root is not. Gives the folder and its undo. */
export function readableCopy(): {folder: string; remove(): void} {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-copy-'));
	chmodSync(folder, 0o755);
	for (const name of ['dist', 'node_modules', 'package.json']) cpSync(join(root, name), join(folder, name), {recursive: true, mode: 0, verbatimSymlinks: true});
	return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}
