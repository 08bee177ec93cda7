// How exactly a pace is kept, ours beside those of trafgen and tcpreplay: times of arrival at the peer by its kernel's clock, one pace after the other
// on one veth. Printed are the error of the rate (first to last frame) and how far the distance of two frames, or of two bursts, is from what was
// asked for: half of them, 99 of 100, and the worst.
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../src/base/errors.js';
import type {LabHost} from '../src/lab/host.js';
import {createLab} from '../src/lab/lab.js';
import {hasProgram} from '../test/kernel/need.js';
import {type BenchOptions, median} from './ratio.js';

const program = fileURLToPath(new URL('../tools/netstress.js', import.meta.url));
const stopwatch = fileURLToPath(new URL('../test/kernel/inject/stopwatch.js', import.meta.url));

interface Pace {
	readonly name: string;
	/** Seconds between frames, or between bursts. */
	readonly gap: number;
	/** Frames that go back to back. */
	readonly burst: number;
	/** How the peers are told, where they have it: frames in all are added. */
	readonly trafgen?: readonly string[];
	readonly tcpreplay?: readonly string[];
	/** The error of the rate that is claimed for ours, per cent. */
	readonly goal: number;
}

const paces: readonly Pace[] = [
	{name: '1 pps', gap: 1, burst: 1, trafgen: ['-b', '1pps'], tcpreplay: ['--pps=1'], goal: 0.1},
	{name: '1 kpps', gap: 1e-3, burst: 1, trafgen: ['-b', '1000pps'], tcpreplay: ['--pps=1000'], goal: 0.1},
	{name: '100 kpps', gap: 1e-5, burst: 1, trafgen: ['-b', '100000pps'], tcpreplay: ['--pps=100000'], goal: 0.1},
	{name: '32 frames every 1 ms', gap: 1e-3, burst: 32, tcpreplay: ['--pps=32000', '--pps-multi=32'], goal: 0.1},
];
/** A pace below one frame a second still needs some distances. */
const leastBursts = 4;
const frameBytes = 60;

interface Exactness {
	readonly rateErrorPercent: number;
	/** Distances that are off, microseconds. */
	readonly p50Us: number;
	readonly p99Us: number;
	readonly worstUs: number;
}

/** What times of arrival (nanoseconds) say about a pace. */
function exactness(at: readonly number[], {gap, burst}: Pace): Exactness {
	const starts = at.filter((_, i) => i % burst === 0);
	const gapNs = gap * 1e9;
	const off = starts
		.slice(1)
		.map((time, i) => Math.abs(time - (starts[i] as number) - gapNs) / 1000)
		.sort((a, b) => a - b);
	const pick = (share: number) => off[Math.min(off.length - 1, Math.floor(share * off.length))] as number;
	const span = (starts.at(-1) as number) - (starts[0] as number);
	return {rateErrorPercent: 100 * ((gapNs * (starts.length - 1)) / span - 1), p50Us: pick(0.5), p99Us: pick(0.99), worstUs: off.at(-1) as number};
}

async function measure(sender: LabHost, peer: LabHost, command: readonly string[], pace: Pace, frames: number): Promise<Exactness> {
	const limit = Math.ceil((frames / pace.burst) * pace.gap * 2) + 10;
	const clock = peer.spawn(process.execPath, [stopwatch, peer.iface, String(frames), String(limit)], {stdio: ['pipe', 'pipe', 'inherit']});
	let said = '';
	clock.stdout!.setEncoding('utf8').on('data', text => (said += text));
	await once(clock.stdout!, 'data');
	const closed = once(clock, 'close');
	const [file = '', ...args] = command;
	const child = sender.spawn(file, args, {stdio: 'ignore', detached: true});
	await closed;
	try {
		process.kill(-child.pid!, 'SIGKILL');
	} catch {
		// all of it has ended
	}
	const {at, drops} = JSON.parse(said.split('\n')[1] as string) as {at: number[]; drops: number};
	if (at.length < frames || drops > 0)
		throw new NetstressError('ERR_IO', `${file} at ${pace.name}: ${at.length} of ${frames} frames came, ${drops} lost at the receiver`);
	return exactness(at, pace);
}

const micro = (us: number) => `${us >= 1000 ? `${(us / 1000).toFixed(1)} ms` : `${us.toFixed(1)} us`}`;

/** Measures and prints. ERR_UNSUPPORTED when a peer is not installed. */
export async function bench({rounds, seconds, json}: BenchOptions): Promise<void> {
	for (const [name, from] of [
		['trafgen', 'netsniff-ng'],
		['tcpreplay', 'tcpreplay'],
	] as const)
		if (!hasProgram(name)) throw new NetstressError('ERR_UNSUPPORTED', `${name} is not here; apt-get install ${from}`, {program: name});
	const lab = await createLab({hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer']}]});
	try {
		const [sender, peer] = [lab.host('sender'), lab.host('peer')];
		const [packets, capture] = [join(lab.folder, 'frame.cfg'), join(lab.folder, 'frame.pcap')];
		writeFileSync(packets, `{ 0x02, 0x6e, 0x73, 0x00, 0xff, 0xfe, 0x02, 0x6e, 0x73, 0x00, 0x00, 0x01, 0x88, 0xb5, fill(0, ${frameBytes - 14}) }\n`);
		const made = await sender.run(process.execPath, [program, 'inject', '-n', '1000', '-w', capture]);
		if (made.status !== 0) throw new NetstressError('ERR_IO', `no capture for tcpreplay: ${made.stderr}`);
		for (const pace of paces) {
			const {name, gap, burst, trafgen, tcpreplay, goal} = pace;
			const bursts = Math.max(leastBursts, Math.round(seconds / gap));
			const frames = bursts * burst;
			const own = [process.execPath, program, 'inject', '-i', sender.iface, '-q', '-n', '0', '-t', `${gap * 1e6}us`, '--burst', String(burst)];
			const contestants: ReadonlyArray<readonly [name: string, command: readonly string[]]> = [
				['netstress', own],
				...(trafgen === undefined ? [] : [['trafgen', ['trafgen', '-o', sender.iface, '-c', packets, '-n', '0', '-P', '1', ...trafgen]] as const]),
				...(tcpreplay === undefined ? [] : [['tcpreplay', ['tcpreplay', '-i', sender.iface, '-K', '--loop', '0', '-q', ...tcpreplay, capture]] as const]),
			];
			const results = new Map(contestants.map(([who]) => [who, [] as Exactness[]]));
			for (let round = 0; round < rounds; round++)
				for (const [who, command] of round % 2 === 0 ? contestants : [...contestants].reverse())
					results.get(who)!.push(await measure(sender, peer, command, pace, frames));
			for (const [who, figures] of results) {
				const middle = (key: keyof Exactness) => median(figures.map(figure => figure[key]));
				const all = {rateErrorPercent: middle('rateErrorPercent'), p50Us: middle('p50Us'), p99Us: middle('p99Us'), worstUs: middle('worstUs')};
				if (json)
					console.log(JSON.stringify({type: 'pacing', bench: 'pacing', name, who, ...all, ...(who === 'netstress' ? {goal} : {}), rounds: figures.length}));
				else
					console.log(
						`pacing  ${name.padEnd(20)} ${who.padEnd(9)} rate ${all.rateErrorPercent >= 0 ? '+' : ''}${all.rateErrorPercent.toFixed(4)} %${who === 'netstress' ? ` (goal ${goal})` : ''}, distances off by ${micro(all.p50Us)} (p50), ${micro(all.p99Us)} (p99), ${micro(all.worstUs)} at worst`,
					);
			}
		}
	} finally {
		await lab.close();
	}
}
