// What watching drops costs a sender whose frames are all dropped on its own CPU: the worst case, as each frame's way ends in the kernel's drop and nothing else; and one
// at a pace, which has time left. One sender runs on; windows with and without the monitor take turns. Beside it, where it is installed, perf trace on the same tracepoint.
import type {ChildProcess} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../src/base/errors.js';
import type {LabHost} from '../src/lab/host.js';
import {createLab} from '../src/lab/lab.js';
import {type DropOptions, openDrops} from '../src/monitor/drops/open.js';
import {hasProgram} from '../test/kernel/need.js';
import {type BenchOptions, printComparison} from './ratio.js';

const program = fileURLToPath(new URL('../tools/netstress.js', import.meta.url));
const WARM_MS = 500;
/** What the issue promises. */
const GOAL = 0.95;

type Off = () => Promise<void>;

const ours = (options: DropOptions) => async (): Promise<Off> => {
	const {source} = openDrops(options);
	return async () => source.close();
};

/** perf needs tracefs where it looks for it: in a mount namespace of its own. */
async function perf(): Promise<Off> {
	const {spawn} = await import('node:child_process');
	const words = ['-m', 'sh', '-c', 'mount -t tracefs none /sys/kernel/tracing; exec perf trace -a -e skb:kfree_skb -o /dev/null'];
	const child = spawn('unshare', words, {stdio: 'ignore'});
	await sleep(WARM_MS);
	if (child.exitCode !== null) throw new NetstressError('ERR_UNSUPPORTED', `perf trace ended with status ${child.exitCode}; run it by hand to see why`, {});
	return async () => {
		const ended = new Promise(resolve => child.once('exit', resolve));
		child.kill('SIGINT');
		const killer = setTimeout(() => child.kill('SIGKILL'), 3000);
		await ended;
		clearTimeout(killer);
	};
}

const monitors: readonly (readonly [name: string, on: () => Promise<Off>])[] = [
	['bpf', ours({prefer: 'bpf'})],
	['bpf, counted twice', ours({prefer: 'bpf', check: true})],
	['tracefs', ours({prefer: 'tracefs'})],
];

/** Frames that the peer has received. */
async function received(peer: LabHost): Promise<number> {
	const {stdout} = await peer.run('cat', ['/proc/net/dev']);
	const fields = new RegExp(`${peer.iface}:\\s*(.*)`).exec(stdout)?.[1]?.trim().split(/\s+/) ?? [];
	return Number(fields[1]);
}

/** Frames a second over one window. */
async function rate(peer: LabHost, seconds: number): Promise<number> {
	const [start, before] = [performance.now(), await received(peer)];
	await sleep(seconds * 1000);
	const [end, after] = [performance.now(), await received(peer)];
	return ((after - before) * 1000) / (end - start);
}

async function stop(child: ChildProcess): Promise<void> {
	const ended = new Promise(resolve => child.once('exit', resolve));
	process.kill(-child.pid!, 'SIGINT');
	const killer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 3000);
	await ended;
	clearTimeout(killer);
}

/** Measures and prints. ERR_PERMISSION without root. */
export async function bench({rounds, seconds, json}: BenchOptions): Promise<void> {
	const lab = await createLab({hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer']}]});
	try {
		const [sender, peer] = [lab.host('sender'), lab.host('peer')];
		const packet = join(lab.folder, 'frame.cfg');
		writeFileSync(packet, '{ 0x02, 0x6e, 0x73, 0x00, 0xff, 0xfe, 0x02, 0x6e, 0x73, 0x00, 0x00, 0x01, 0x88, 0xb5, fill(0, 46) }\n');
		const senders: readonly (readonly [string, readonly string[]])[] = [
			['netstress inject', [process.execPath, program, 'inject', '-i', sender.iface, '-n', '0', '--flood', '--engine', 'packet', '-q']],
			['netstress inject at 1 Mpps', [process.execPath, program, 'inject', '-i', sender.iface, '-n', '0', '-b', '1Mpps', '--engine', 'packet', '-q']],
			...(hasProgram('trafgen') ? [['trafgen', ['trafgen', '-i', packet, '-o', sender.iface, '--cpus', '1', '-q']] as const] : []),
		];
		const perfHere = hasProgram('perf');
		if (!perfHere && !json) console.log('drops  perf is not here (apt-get install linux-perf): no figure beside ours');
		for (const [name, [file = '', ...args]] of senders) {
			const child = sender.spawn(file, args, {stdio: 'ignore', detached: true});
			try {
				await sleep(WARM_MS * 2);
				for (const [monitor, on] of [...monitors, ...(perfHere ? [['perf trace', perf] as const] : [])]) {
					const [watched, alone]: [number[], number[]] = [[], []];
					for (let round = 0; round < rounds; round++) {
						alone.push(await rate(peer, seconds));
						const off = await on();
						watched.push(await rate(peer, seconds));
						await off();
					}
					if (child.exitCode !== null) throw new NetstressError('ERR_IO', `${name} ended with status ${child.exitCode}`);
					printComparison('drops', 'nobody watching', {name: `${name}, ${monitor}`, unit: 'frames/s', ours: watched, peer: alone, goal: GOAL}, json);
				}
			} finally {
				await stop(child);
			}
		}
	} finally {
		await lab.close();
	}
}
