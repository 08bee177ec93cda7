// Our iSCSI target and tgtd under iscsi-perf, in one run, in turns, on one file in the page cache. Prints how many times as fast ours is.
// Both run as users run them: a process of their own, default settings, on loopback. Random reads, as iscsi-perf does no writes.
import {type ChildProcess, spawn} from 'node:child_process';
import {randomFillSync} from 'node:crypto';
import {closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../src/base/errors.js';
import {startTgtd} from '../test/kernel/iscsi/tgtd.js';
import {hasProgram} from '../test/kernel/need.js';
import {type BenchOptions, printComparison} from './ratio.js';

interface Point {
	readonly name: string;
	/** Bytes of a read. */
	readonly bytes: number;
	/** Reads outstanding. */
	readonly depth: number;
	/** What the project promises. */
	readonly goal: number;
}

const points: readonly Point[] = [
	{name: '4 KiB, depth 1', bytes: 4096, depth: 1, goal: 1.2},
	{name: '4 KiB, depth 32', bytes: 4096, depth: 32, goal: 1.2},
	{name: '128 KiB, depth 8', bytes: 131_072, depth: 8, goal: 1.2},
];
const fileBytes = 256 * 2 ** 20;
const blockBytes = 512;

interface Peer {
	readonly url: string;
	stop(): Promise<void>;
}

/** A file of random bytes, read once so that the page cache holds it. */
function makeFile(path: string): void {
	const chunk = Buffer.alloc(2 ** 20);
	const fd = openSync(path, 'w+');
	for (let at = 0; at < fileBytes; at += chunk.length) writeSync(fd, randomFillSync(chunk), 0, chunk.length, at);
	for (let at = 0; at < fileBytes; at += chunk.length) readSync(fd, chunk, 0, chunk.length, at);
	closeSync(fd);
}

const ended = (child: ChildProcess) =>
	new Promise<void>(resolve => (child.exitCode === null && child.signalCode === null ? child.once('close', () => resolve()) : resolve()));

/** Runs a program and gives its output. ERR_IO when it fails, ERR_UNSUPPORTED when it is not there. */
function run(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe']});
		let output = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
		const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
		child.once('error', () => reject(missing(program)));
		child.once('close', status => {
			clearTimeout(timer);
			if (status === 0) resolve(output);
			else reject(new NetstressError('ERR_IO', `${program} ${args.join(' ')} ended with status ${status}: ${output.trim()}`));
		});
	});
}

const missing = (program: string) =>
	new NetstressError('ERR_UNSUPPORTED', `${program} is not here; apt-get install ${program === 'iscsi-perf' ? 'libiscsi-bin' : 'tgt'}`, {program});

/** `netstress target`, as a process of its own. */
async function startOurs(file: string): Promise<Peer> {
	const program = fileURLToPath(new URL('../tools/netstress.js', import.meta.url));
	const child = spawn(process.execPath, [program, 'target', file, '--iscsi', '127.0.0.1:0', '--quiet'], {stdio: ['ignore', 'pipe', 'inherit']});
	for await (const line of createInterface({input: child.stdout})) {
		const ready = JSON.parse(line) as {exports: Array<{address: string}>};
		return {
			url: ready.exports[0]!.address,
			async stop() {
				child.kill('SIGTERM');
				await ended(child);
			},
		};
	}
	throw new NetstressError('ERR_IO', 'our target did not start');
}

/** Reads a second that iscsi-perf reports as its average. */
async function measure(url: string, {bytes, depth}: Point, seconds: number): Promise<number> {
	const output = await run(
		'iscsi-perf',
		['-b', String(bytes / blockBytes), '-m', String(depth), '-t', String(Math.max(1, Math.round(seconds))), '-r', url],
		(seconds + 20) * 1000,
	);
	const match = /iops average (\d+) \(\d+ MB\/s\)\s*$/m.exec(output.replaceAll('\r', '\n'));
	if (!match) throw new NetstressError('ERR_IO', `iscsi-perf printed no average: ${output.trim()}`);
	return Number(match[1]);
}

/** Runs the bench: `rounds` turns of `seconds`, ours and tgtd's in alternating order. Prints one line a point. */
export async function bench({rounds, seconds, json}: BenchOptions): Promise<void> {
	for (const program of ['tgtd', 'iscsi-perf']) if (!hasProgram(program)) throw missing(program);
	const folder = mkdtempSync(join(tmpdir(), 'netstress-bench-'));
	const peers: Peer[] = [];
	try {
		const file = join(folder, 'disk.img');
		makeFile(file);
		const ours = await startOurs(file);
		peers.push(ours);
		const theirs = await startTgtd(file, 'iqn.2026-01.tgt:bench');
		peers.push(theirs);
		const results = points.map(() => ({ours: [] as number[], theirs: [] as number[]}));
		for (let round = 0; round < rounds; round++) {
			for (const [i, point] of points.entries()) {
				const turns = [
					async () => results[i]!.ours.push(await measure(ours.url, point, seconds)),
					async () => results[i]!.theirs.push(await measure(theirs.url, point, seconds)),
				];
				if (round % 2 === 1) turns.reverse();
				for (const turn of turns) await turn();
			}
		}
		for (const [i, {name, bytes, goal}] of points.entries()) {
			const {ours, theirs} = results[i]!;
			const [unit, each] = bytes > 65_536 ? ['B/s', bytes] : ['IOPS', 1];
			printComparison('iscsi-target', 'tgtd', {name, unit, goal, ours: ours.map(iops => iops * each), peer: theirs.map(iops => iops * each)}, json);
		}
	} finally {
		for (const peer of peers) await peer.stop();
		rmSync(folder, {recursive: true});
	}
}
