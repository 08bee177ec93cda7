// A terminal that tests can type into and read from: tmux, on a server and a socket of its own. What runs in it is a shell that notes how the terminal was before and after.
import {execFile} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {root} from '../program.js';

export interface TerminalOptions {
	readonly width: number;
	readonly height: number;
	readonly env?: Readonly<Record<string, string>>;
	/** What starts netstress: `setpriv …`, for instance. */
	readonly before?: readonly string[];
	/** The checkout to run from; the real one when not given. */
	readonly from?: string;
	/** Another program of the build than netstress. */
	readonly program?: string;
}

export interface Terminal {
	/** What is on the screen, lines without spaces at their ends. */
	screen(): Promise<string>;
	/** The same with its colours as escape sequences. */
	coloured(): Promise<string>;
	/** Resolves with the screen once it shows this, fails after `seconds`. */
	shows(what: RegExp, seconds?: number): Promise<string>;
	type(...keys: string[]): Promise<void>;
	resize(width: number, height: number): Promise<void>;
	/** From now on, what the program sends to the terminal. */
	listen(): Promise<() => string>;
	/** The program's process. */
	pid(): number;
	/** Waits for its end: the exit status, how the terminal was before and after, and whether the second screen and the cursor are as they should be. */
	ended(): Promise<{status: number; before: string; after: string; alternate: string; cursor: string; screen: string}>;
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Starts `netstress` with these words in a terminal; it is gone when the test ends. */
export async function terminal(t: Pick<ExecutionContext, 'teardown'>, words: readonly string[], options: TerminalOptions): Promise<Terminal> {
	const {width, height, env = {}, before = [], from = root, program: file = 'dist/tools/netstress.js'} = options;
	const folder = mkdtempSync(join(tmpdir(), 'netstress-terminal-'));
	const socket = join(folder, 'tmux');
	const tmux = (...args: string[]) =>
		new Promise<string>((resolve, reject) => {
			execFile(
				'tmux',
				['-S', socket, '-f', '/dev/null', ...args],
				{encoding: 'utf8', env: {...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TMUX: ''}},
				(error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`tmux ${args.join(' ')}: ${stderr}`))),
			);
		});
	const at = (name: string) => join(folder, name);
	const said = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').trim() : '');
	const program = [...before, process.execPath, join(from, file), ...words].map(quoted).join(' ');
	const variables = Object.entries({LANG: 'C.UTF-8', LC_ALL: '', NO_COLOR: '', ...env}).map(([name, value]) => `export ${name}=${quoted(value)}`);
	writeFileSync(
		at('run.sh'),
		[
			...variables,
			`stty -g > ${quoted(at('before'))}`,
			`sh -c 'echo $$ > ${at('pid')}; exec "$@"' sh ${program}`,
			`status=$?; stty -g > ${quoted(at('after'))}; echo $status > ${quoted(at('status'))}`,
			'exec sleep 600',
		].join('\n'),
	);
	await tmux('new-session', '-d', '-x', String(width), '-y', String(height), `sh ${quoted(at('run.sh'))}`);
	t.teardown(async () => {
		await tmux('kill-server').catch(() => undefined);
		rmSync(folder, {recursive: true, force: true});
	});
	const screen = async () =>
		(await tmux('capture-pane', '-p'))
			.split('\n')
			.map(line => line.trimEnd())
			.join('\n');
	return {
		screen,
		coloured: () => tmux('capture-pane', '-p', '-e'),
		async shows(what, seconds = 30) {
			let text = '';
			for (let i = 0; i < seconds * 10; i++) {
				text = await screen();
				if (what.test(text)) return text;
				await sleep(100);
			}
			throw new Error(`${what} did not come; the screen shows:\n${text}`);
		},
		type: async (...keys) => {
			await tmux('send-keys', ...keys);
		},
		resize: async (width, height) => {
			await tmux('resize-window', '-x', String(width), '-y', String(height));
		},
		async listen() {
			await tmux('pipe-pane', `cat > ${quoted(at('sent'))}`);
			return () => said('sent');
		},
		pid: () => Number(said('pid')),
		async ended() {
			for (let i = 0; i < 300 && said('status') === ''; i++) await sleep(100);
			const [alternate = '', cursor = ''] = (await tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}')).trim().split(' ');
			return {
				status: said('status') === '' ? -1 : Number(said('status')),
				before: said('before'),
				after: said('after'),
				alternate,
				cursor,
				screen: await screen(),
			};
		},
	};
}
