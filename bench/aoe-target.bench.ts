// Our AoE target and vblade under the same load generator, in turn, on the same file and link: random reads of full frames.
import type {ChildProcess} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../src/base/errors.js';
import {seeded} from '../src/base/random.js';
import type {LabHost} from '../src/lab/host.js';
import {createLab} from '../src/lab/lab.js';
import {type BenchOptions, type Comparison, printComparison} from './ratio.js';

const built = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WINDOWS: ReadonlyArray<readonly [window: number, goal: number]> = [
	[1, 0.9],
	[16, 1.3],
	[64, 1.3],
];
const LINKS: ReadonlyArray<readonly [mtu: number, sectors: number]> = [
	[1500, 2],
	[9000, 17],
];
const BUFFERS = '64';
const FILE_BYTES = 128 << 20;

const ended = (child: ChildProcess) =>
	new Promise<void>(resolve => (child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', () => resolve())));

async function withTarget<T>(start: () => ChildProcess, use: () => Promise<T>): Promise<T> {
	const child = start();
	try {
		await new Promise(resolve => setTimeout(resolve, 800));
		if (child.exitCode !== null) throw new NetstressError('ERR_IO', `the target ended with status ${child.exitCode} before the bench began`);
		return await use();
	} finally {
		child.kill('SIGTERM');
		await ended(child);
	}
}

async function measure(host: LabHost, window: number, seconds: number, sectors: number, disk: string): Promise<number> {
	const {stdout, stderr, status} = await host.run(process.execPath, [
		built('./aoe-load.js'),
		`aoe:${host.iface}/1.1`,
		String(window),
		String(seconds),
		String(sectors),
		disk,
	]);
	if (status !== 0) throw new NetstressError('ERR_IO', `the load generator failed: ${stderr}`);
	return Number(stdout);
}

/** Measures and prints. ERR_IO when vblade is not installed. */
export async function bench({rounds, seconds, json}: BenchOptions): Promise<void> {
	for (const [mtu, sectors] of LINKS) {
		const lab = await createLab({hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu}]});
		try {
			const disk = join(lab.folder, 'disk.img');
			const block = new Uint8Array(1 << 20);
			seeded(1).fill(block);
			writeFileSync(disk, Buffer.concat(Array.from({length: FILE_BYTES >> 20}, () => block)));
			const target = lab.host('target');
			const initiator = lab.host('initiator');
			const ours = () =>
				target.spawn(process.execPath, [built('../tools/netstress.js'), 'target', disk, '--aoe', `${target.iface}:1.1`, '--buffers', BUFFERS], {
					stdio: 'ignore',
				});
			const vblade = () => target.spawn('vblade', ['-b', BUFFERS, '1', '1', target.iface, disk], {stdio: 'ignore'});
			const comparisons: Array<Comparison & {ours: number[]; peer: number[]}> = WINDOWS.map(([window, goal]) => ({
				name: `mtu ${mtu} window ${window}`,
				unit: 'reads/s',
				ours: [],
				peer: [],
				goal,
			}));
			const series = async (into: 'ours' | 'peer') => {
				for (const [i, [window]] of WINDOWS.entries()) comparisons[i]![into].push(await measure(initiator, window, seconds, sectors, disk));
			};
			for (let round = 0; round < rounds; round++) {
				const turns: Array<() => Promise<void>> = [() => withTarget(ours, () => series('ours')), () => withTarget(vblade, () => series('peer'))];
				for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
			}
			for (const comparison of comparisons) printComparison('aoe-target', 'vblade', comparison, json);
		} finally {
			await lab.close();
		}
	}
}
