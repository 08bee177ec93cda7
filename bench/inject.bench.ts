// Our sockets and our XDP frames against trafgen and tcpreplay, each as fast as it goes from one CPU's worth of sending, in turn on one veth.
// What counts is what the peer has received: an XDP program there counts and drops, the same for everybody.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../src/base/errors.js';
import type {LabHost} from '../src/lab/host.js';
import {createLab} from '../src/lab/lab.js';
import {type Sink, startSink} from '../test/kernel/inject/sink-client.js';
import {hasProgram} from '../test/kernel/need.js';
import {type BenchOptions, type Comparison, printComparison} from './ratio.js';

const program = fileURLToPath(new URL('../tools/netstress.js', import.meta.url));
/** Bytes of a frame without its check sequence. */
const SIZES = [60, 512, 1514] as const;
const OURS: ReadonlyArray<readonly [name: string, flags: readonly string[], goal: number]> = [
	['packet', ['--engine', 'packet', '--transmit', 'sendmmsg'], 1],
	['packet ring', ['--engine', 'packet', '--transmit', 'ring'], 0.8], // why sendmmsg is what is used
	['xdp', ['--engine', 'xdp'], 2],
];
/** Until everybody runs at full speed. */
const WARM_MS = 500;
/** A capture large enough that going round it costs tcpreplay nothing. */
const CAPTURE_FRAMES = '10k';

interface Contestant {
	readonly name: string;
	readonly command: readonly string[];
}

/** Frames a second that arrive while the contestant sends. */
async function measure(host: LabHost, sink: Sink, {name, command}: Contestant, seconds: number): Promise<number> {
	const [file = '', ...args] = command;
	// in a group of its own: trafgen sends from a child process, which lives on when only its parent is told to end
	const child = host.spawn(file, args, {stdio: 'ignore', detached: true});
	const tell = (signal: NodeJS.Signals) => {
		try {
			process.kill(-child.pid!, signal);
		} catch {
			// all of them have ended
		}
	};
	const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
	try {
		await sleep(WARM_MS);
		const before = await sink.count();
		await sleep(seconds * 1000);
		const after = await sink.count();
		if (child.exitCode !== null || after.frames === before.frames) throw new NetstressError('ERR_IO', `${name} sent nothing (status ${child.exitCode})`);
		return ((after.frames - before.frames) * 1000) / (after.ms - before.ms);
	} finally {
		tell('SIGINT');
		const killer = setTimeout(() => tell('SIGKILL'), 3000);
		await ended;
		clearTimeout(killer);
		tell('SIGKILL');
	}
}

/** The same frame as ours: our addresses and EtherType, the rest zero. */
const trafgenFrame = (size: number) => `{ 0x02, 0x6e, 0x73, 0x00, 0xff, 0xfe, 0x02, 0x6e, 0x73, 0x00, 0x00, 0x01, 0x88, 0xb5, fill(0, ${size - 14}) }\n`;

/** Measures and prints. ERR_UNSUPPORTED when a peer is not installed. */
export async function bench({rounds, seconds, json}: BenchOptions): Promise<void> {
	for (const [name, from] of [
		['trafgen', 'netsniff-ng'],
		['tcpreplay', 'tcpreplay'],
	] as const)
		if (!hasProgram(name)) throw new NetstressError('ERR_UNSUPPORTED', `${name} is not here; apt-get install ${from}`, {program: name});
	const lab = await createLab({hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer']}]});
	try {
		const sender = lab.host('sender');
		const sink = await startSink(lab.host('peer'));
		const netstress = (...args: string[]) => [process.execPath, program, 'inject', '-i', sender.iface, ...args];
		for (const size of SIZES) {
			const [packets, capture] = [join(lab.folder, `${size}.cfg`), join(lab.folder, `${size}.pcap`)];
			writeFileSync(packets, trafgenFrame(size));
			const made = await sender.run(process.execPath, [program, 'inject', '-n', CAPTURE_FRAMES, '--size', String(size), '-w', capture]);
			if (made.status !== 0) throw new NetstressError('ERR_IO', `no capture for tcpreplay: ${made.stderr}`);
			const peers: Contestant[] = [
				{name: 'trafgen', command: ['trafgen', '-o', sender.iface, '-c', packets, '-n', '0', '-P', '1']},
				{name: 'tcpreplay', command: ['tcpreplay', '-i', sender.iface, '-K', '-t', '--loop', '0', '-q', capture]},
			];
			const ours: Contestant[] = OURS.map(([name, flags]) => ({name, command: netstress('-n', '0', '--flood', '--size', String(size), '-q', ...flags)}));
			const figures = new Map([...peers, ...ours].map(({name}) => [name, [] as number[]]));
			for (let round = 0; round < rounds; round++) {
				const turns = round % 2 === 0 ? [...peers, ...ours] : [...peers, ...ours].reverse();
				for (const turn of turns) figures.get(turn.name)!.push(await measure(sender, sink, turn, seconds));
			}
			// the better one of the peers in each round
			const best = figures.get('trafgen')!.map((rate, round) => Math.max(rate, figures.get('tcpreplay')![round]!));
			const mean = (name: string) => figures.get(name)!.reduce((sum, rate) => sum + rate, 0);
			const peerName = mean('trafgen') >= mean('tcpreplay') ? 'trafgen' : 'tcpreplay';
			for (const [name, , goal] of OURS) {
				const comparison: Comparison = {name: `${name} ${size} bytes`, unit: 'frames/s', ours: figures.get(name)!, peer: best, goal};
				printComparison('inject', peerName, comparison, json);
			}
		}
		await sink.close();
	} finally {
		await lab.close();
	}
}
