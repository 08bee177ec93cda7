// Our iSCSI target on an ephemeral loopback port, and other people's programs against it.
import {spawn} from 'node:child_process';
import {memoryVolume} from '../../../src/disk/memory.js';
import {type IscsiServer, type IscsiServerOptions, startIscsiServer} from '../../../src/target/iscsi/server.js';

export const iqn = 'iqn.2026-01.netstress:test';

export interface Served {
	readonly server: IscsiServer;
	/** `iscsi://127.0.0.1:PORT/IQN/0` */
	readonly url: string;
	readonly portal: string;
	readonly volume: ReturnType<typeof memoryVolume>;
}

/** Serves a fresh memory volume of `size` bytes. Close `server` afterwards. */
export async function serve(size = 64 * 2 ** 20, options: Partial<IscsiServerOptions> = {}): Promise<Served> {
	const volume = memoryVolume(size, {name: 'test'});
	const server = await startIscsiServer({host: '127.0.0.1', port: 0, iqn, volumes: [volume], ...options});
	const portal = `127.0.0.1:${server.address.port}`;
	return {server, volume, portal, url: `iscsi://${portal}/${iqn}/0`};
}

export interface Ran {
	readonly status: number | null;
	/** Standard output and error, as they came. */
	readonly output: string;
}

/** Runs a program to its end; after `seconds` it is killed and `status` is null. */
export function run(program: string, args: readonly string[], seconds = 60): Promise<Ran> {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe']});
		let output = '';
		child.stdout.on('data', chunk => (output += chunk));
		child.stderr.on('data', chunk => (output += chunk));
		const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
		child.on('error', reject);
		child.on('close', status => {
			clearTimeout(timer);
			resolve({status, output});
		});
	});
}

export interface Score {
	readonly ran: number;
	readonly passed: number;
	readonly failed: number;
	/** What was skipped inside the cases: a skipped case counts as passed, so a score without this is worth nothing. */
	readonly skipped: readonly string[];
}

/** Reads the CUnit summary: `tests  Total Ran Passed Failed Inactive`. */
export function score(output: string): Score | undefined {
	const numbers = /^\s*tests((?:\s+\d+){5})\s*$/m.exec(output)?.[1]?.trim().split(/\s+/).map(Number);
	if (!numbers) return undefined;
	const [, ran = 0, passed = 0, failed = 0] = numbers;
	return {ran, passed, failed, skipped: [...output.matchAll(/\[SKIPPED\] (.*)/g)].map(match => match[1]!)};
}
