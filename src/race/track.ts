// The race's own track: a lab with the reference target in it, one file exported over every protocol by one process.
import type {ChildProcess} from 'node:child_process';
import {accessSync, closeSync, constants, ftruncateSync, openSync, statfsSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError, usage} from '../base/errors.js';
import {showSize} from '../base/units.js';
import {createLab, type Lab} from '../lab/lab.js';
import type {Place} from '../monitor/place.js';
import {type Dropper, dropperOf} from './dropper.js';
import type {Surroundings} from './observe.js';
import {Pattern} from './pattern.js';
import type {Spawn} from './runner.js';
import {endOf, RaceWatch} from './watch.js';

export const trackProtocols = ['aoe', 'fcoe', 'iscsi', 'file'] as const;
export type TrackProtocol = (typeof trackProtocols)[number];

export interface TrackOptions {
	readonly protocols: readonly TrackProtocol[];
	/** Bytes of the file; as much as fits sensibly, 256 MiB at most, when not given. */
	readonly size?: number | undefined;
	readonly mtu: number;
	readonly loss: number;
	/** The loss will change while the race runs: count what is lost all the same. */
	readonly changing?: boolean | undefined;
	readonly seed: number;
	readonly offloads: boolean;
	/** Where the file lies; in memory where there is room, else among the temporary files, when not given. */
	readonly folder?: string | undefined;
	/** The program that serves, as `node FILE target …`. */
	readonly program: string;
}

export interface Track {
	readonly lab: Lab;
	readonly size: number;
	readonly addresses: readonly string[];
	/** Loses frames of the link. */
	readonly dropper: Dropper;
	/** Starts a program where the initiators run. */
	readonly spawn: Spawn;
	surroundings(address: string, runnerPid: number): Surroundings;
	/** Called when the target ends before `finish`: nothing that has been asked will be answered. */
	onTargetDeath(tell: (error: NetstressError) => void): void;
	/** Stops the target and tells what it counted over the whole race; null when it said nothing. */
	finish(): Promise<TargetLosses | null>;
	close(): Promise<void>;
}

/** Frames that only the target itself can count. */
export interface TargetLosses {
	/** Lost because its receive ring was full. */
	readonly ringDropped: number;
	/** Replies that the kernel refused to send. */
	readonly refused: number;
}

const usualSize = 256 * 2 ** 20;
const leastSize = 16 * 2 ** 20;
const shelfSlot = '1.1';
const port = 3260;
const iqn = 'iqn.2026-11.io.netstress:race';

/** How large the file may be: what was asked for, else the usual size or half of what is free. ERR_IO when there is no room. */
export function fileSize(folder: string, asked: number | undefined): number {
	const {bavail, bsize} = statfsSync(folder);
	const free = bavail * bsize;
	const size = asked ?? Math.min(usualSize, free / 2);
	const whole = size - (size % 2 ** 20);
	if (asked !== undefined && asked % 2 ** 20 !== 0) throw usage(`--size ${showSize(asked)} is not a whole number of MiB`);
	if (whole < leastSize)
		throw asked === undefined
			? new NetstressError('ERR_IO', `${folder} has ${showSize(free)} free; the race needs ${showSize(2 * leastSize)}; set TMPDIR to a folder with room`)
			: usage(`--size is ${showSize(leastSize)} at least`);
	if (whole > free) throw new NetstressError('ERR_IO', `${folder} has ${showSize(free)} free, not ${showSize(whole)}; use a smaller --size or set TMPDIR`);
	return whole;
}

/** statfs's type of a file system in memory (include/uapi/linux/magic.h, TMPFS_MAGIC). */
const tmpfs = 0x0102_1994;
const sharedMemory = '/dev/shm';

/**
 * Where the file lies unless told otherwise: in memory, so that the protocols are raced and not the disk's write-back, where twice the size is
 * free; else undefined, for the folder of temporary files.
 */
export function memoryFolder(size: number = usualSize, folder: string = sharedMemory): string | undefined {
	try {
		const {type, bavail, bsize} = statfsSync(folder);
		accessSync(folder, constants.W_OK);
		return type === tmpfs && bavail * bsize >= 2 * size ? folder : undefined;
	} catch {
		return undefined;
	}
}

/** Makes the file and fills it with the pattern's generation 0, so that every read can be checked. */
function makeFile(path: string, size: number, pattern: Pattern): void {
	const fd = openSync(path, 'wx', 0o600);
	try {
		ftruncateSync(fd, size);
		const chunk = new Uint8Array(2 ** 20);
		for (let position = 0; position < size; position += chunk.length) {
			pattern.fill(chunk, {position, generation: 0});
			writeSync(fd, chunk, 0, chunk.length, position);
		}
	} finally {
		closeSync(fd);
	}
}

/** A target that does not stop by itself goes with the lab. */
const stopMs = 3000;

/** Asks the target to stop and reads its summary (tools/target.ts). */
async function stopTarget(target: ChildProcess, said: readonly string[]): Promise<TargetLosses | null> {
	if (target.exitCode === null && target.signalCode === null) {
		const ended = new Promise(resolve => target.once('close', resolve));
		target.kill('SIGTERM');
		await Promise.race([ended, sleep(stopMs, undefined, {ref: false})]);
	}
	try {
		type Ports = {ports: {receiveDropped: number; transmitFailed: number}[]};
		const {type, aoe, fcoe} = JSON.parse(said.at(-1) ?? '') as {type?: string; aoe?: Ports; fcoe?: Ports};
		if (type !== 'summary') return null;
		const ports = [...(aoe?.ports ?? []), ...(fcoe?.ports ?? [])];
		return {ringDropped: ports.reduce((sum, port) => sum + port.receiveDropped, 0), refused: ports.reduce((sum, port) => sum + port.transmitFailed, 0)};
	} catch {
		return null; // it ended without a summary
	}
}

/** The target's first line, or its last words; every line is kept in `lines`. ERR_IO. */
function ready(target: ChildProcess, lines: string[]): Promise<{address: string}[]> {
	let said = '';
	target.stderr?.setEncoding('utf8').on('data', text => {
		said = (said + text).slice(-4000);
	});
	return new Promise((resolve, reject) => {
		createInterface({input: target.stdout as NonNullable<ChildProcess['stdout']>}).on('line', line => {
			lines.push(line);
			if (lines.length > 1) return;
			try {
				const first = JSON.parse(line) as {type: string; exports: {address: string}[]};
				resolve(first.exports);
			} catch {
				reject(new NetstressError('ERR_IO', `the target said "${line}" instead of being ready`));
			}
		});
		target.on('error', reject);
		target.on('exit', (status, signal) =>
			reject(new NetstressError('ERR_IO', `the target ended (${signal ?? `status ${status}`}): ${said.trim().split('\n')[0]}`)),
		);
	});
}

async function serve(
	lab: Lab,
	file: string,
	{protocols, program}: TrackOptions,
): Promise<{target: ChildProcess | undefined; said: string[]; addresses: string[]}> {
	const said: string[] = [];
	const {iface, address} = lab.host('target');
	const exports = protocols.flatMap(protocol =>
		protocol === 'aoe'
			? ['--aoe', `${iface}:${shelfSlot}`]
			: protocol === 'fcoe'
				? ['--fcoe', iface]
				: protocol === 'iscsi'
					? ['--iscsi', `${address}:${port}`]
					: [],
	);
	// detached: a Ctrl-C at the terminal is for the race; a target that stopped at once would leave requests without an answer
	const target =
		exports.length === 0
			? undefined
			: lab.host('target').spawn(process.execPath, [program, 'target', file, ...exports, '--iqn', iqn, '--json', '--quiet'], {
					detached: true,
					stdio: ['ignore', 'pipe', 'pipe'],
				});
	if (target !== undefined) await ready(target, said);
	const initiator = lab.host('initiator').iface;
	const addressOf = {aoe: `aoe:${initiator}/${shelfSlot}`, fcoe: `fcoe:${initiator}/0`, iscsi: `iscsi://${address}:${port}/${iqn}/0`, file};
	return {target, said, addresses: protocols.map(protocol => addressOf[protocol])};
}

/** Where each engine loses frames (src/lab/loss.ts). */
const engineAt = {netem: 'qdisc', tcx: 'tc', xdp: 'xdp', none: 'tc'} as const;

/** Frames that the lab has lost on purpose so far, and where. */
async function lostOnPurpose(lab: Lab): Promise<{count: number; place: Place}> {
	const ends = await lab.lost();
	const engine = ends.find(({engine}) => engine !== 'none')?.engine ?? 'none';
	return {count: ends.reduce((sum, {dropped}) => sum + dropped, 0), place: engineAt[engine]};
}

/** Builds the track. Errors as `createLab`, and the target's own. */
export async function buildTrack(options: TrackOptions): Promise<Track> {
	const {mtu, loss, changing = false, seed, offloads} = options;
	const watch = new RaceWatch();
	const lab = await createLab(
		{hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu, loss, seed}], offloads, staticNeighbours: true},
		{folderIn: options.folder ?? memoryFolder(options.size)},
	);
	try {
		const size = fileSize(lab.folder, options.size);
		const file = join(lab.folder, 'disk.img');
		makeFile(file, size, new Pattern(seed));
		const {target, said, addresses} = await serve(lab, file, options);
		const targetPid = target?.pid;
		let finished = false;
		return {
			lab,
			size,
			addresses,
			dropper: dropperOf(lab),
			spawn: (file, args, spawning) => lab.host('initiator').spawn(file, args, spawning),
			surroundings(address, runnerPid) {
				// a path goes over no network: whatever crosses the link meanwhile is not its loss
				if (targetPid === undefined || address === file) return {interfaces: [], cable: false, tcp: [], targetPids: [], onPurpose: undefined};
				return {
					interfaces: [
						{where: 'target', iface: lab.host('target').iface, pid: targetPid},
						{where: 'initiator', iface: lab.host('initiator').iface, pid: runnerPid},
					],
					cable: true,
					tcp: [targetPid, runnerPid],
					targetPids: [targetPid],
					onPurpose: loss > 0 || changing ? () => lostOnPurpose(lab) : undefined,
					drops: watch.at(endOf(lab.host('target').iface, targetPid), endOf(lab.host('initiator').iface, runnerPid)),
				};
			},
			onTargetDeath(tell) {
				target?.once('exit', (status, signal) => {
					if (!finished) tell(new NetstressError('ERR_IO', `the target ended in the middle of the race (${signal ?? `status ${status}`})`));
				});
			},
			finish: async () => {
				finished = true;
				return target === undefined ? null : stopTarget(target, said);
			},
			close() {
				finished = true;
				watch.close();
				return lab.close();
			},
		};
	} catch (error) {
		watch.close();
		await lab.close();
		throw error;
	}
}
