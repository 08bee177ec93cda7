// A run in a file, for later: NDJSON, one object a line, each with a `type`. The first is {type: 'recording', version, run, …}; then come {type: 'snapshot', …} and whatever
// else a command records (ledger/side.ts: {type: 'side', …}). Readers leave out types that they do not know, so that files of later versions and of other commands can be read.
import {closeSync, fstatSync, openSync, readSync, writeSync} from 'node:fs';
import {hostname, release} from 'node:os';
import {NetstressError, usage} from '../base/errors.js';
import type {Counter} from './counter.js';
import {fileLines, type Line} from './lines.js';
import {type Place, places} from './place.js';
import type {InterfaceSnapshot, Snapshot} from './snapshot.js';
import type {CpuCounters} from './softnet.js';

/** Of the file's format; a reader takes every file up to its own. */
export const recordingVersion = 1;

export interface RecordingHeader {
	readonly type: 'recording';
	readonly version: number;
	/** The command that recorded. */
	readonly run: string;
	readonly host: string;
	readonly kernel: string;
	/** ISO 8601. */
	readonly started: string;
	/** Who wrote it. */
	readonly program: string;
}

export const recordingHeader = (run: string, program: string, started = new Date()): RecordingHeader => ({
	type: 'recording',
	version: recordingVersion,
	run,
	host: hostname(),
	kernel: release(),
	started: started.toISOString(),
	program,
});

/** A snapshot as a line: counters that stand at zero are left out, they count from zero when they move. */
export const snapshotLine = ({atSeconds, interfaces, cpus, counters}: Snapshot, time = new Date()) => ({
	type: 'snapshot' as const,
	time: time.toISOString(),
	atSeconds,
	interfaces: Object.fromEntries([...interfaces].map(([name, one]) => [name, {...one, counters: one.counters.filter(({value}) => value !== 0)}])),
	cpus,
	counters: counters.filter(({value}) => value !== 0),
});

/** The command that reads what `run` has recorded. Only ledger's are not looked at but joined. */
const readBy = (run: string, path: string) => `netstress ${run} ${run === 'ledger' ? `--merge ${path} OTHER` : `--replay ${path}`}`;

/** ERR_USAGE where a file is another command's. */
export const notFor = (path: string, {run}: RecordingHeader, what: string) =>
	usage(`${path} was recorded by netstress ${run} and ${what}; it is read with: ${readBy(run, path)}`, {path, run});

/** Asserts that lines of `run` may be appended to an open file: it is empty, or what the same command has recorded and whole. Gives whether it is empty. ERR_USAGE, ERR_IO. */
function mayAppend(path: string, fd: number, run: string): boolean {
	const stat = fstatSync(fd);
	if (!stat.isFile() || stat.size === 0) return true;
	const lines = fileLines(path);
	const {header} = openRecording(path, lines);
	lines.return(undefined);
	if (header.run !== run) throw notFor(path, header, `netstress ${run} does not write into it`);
	const last = Buffer.alloc(1);
	readSync(fd, last, 0, 1, stat.size - 1);
	if (last.toString('latin1') !== '\n')
		throw new NetstressError('ERR_IO', `${path} ends in the middle of a line: whoever wrote it was stopped, or the disk was full; record to another file`, {
			path,
		});
	return false;
}

export interface RecorderOptions {
	/** Goes on behind what the same command has recorded there before. */
	readonly append?: boolean;
}

/** Writes lines as they come. A full disk ends the recording, not the run: `failure` tells. */
export class Recorder {
	readonly path: string;
	#fd: number;
	#failure: NetstressError | undefined;
	#hasBegun = false;

	/** ERR_IO when the file cannot be made; when appending, ERR_USAGE and ERR_IO where it is something else. Otherwise what was in it is gone. */
	constructor(path: string, header: RecordingHeader, {append = false}: RecorderOptions = {}) {
		this.path = path;
		try {
			this.#fd = openSync(path, append ? 'a+' : 'w');
		} catch (error) {
			throw new NetstressError(
				'ERR_IO',
				`cannot record to ${path}: ${(error as NodeJS.ErrnoException).code}; name a file in a folder that exists and that you may write to`,
				{path},
				error,
			);
		}
		try {
			if (!append || mayAppend(path, this.#fd, header.run)) this.write(header);
			else this.#hasBegun = true;
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/** Why the recording ended early. */
	get failure(): NetstressError | undefined {
		return this.#failure;
	}

	write(line: {readonly type: string}): void {
		if (this.#failure !== undefined || this.#fd < 0) return;
		try {
			const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
			for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
			this.#hasBegun = true;
		} catch (error) {
			const code = (error as NodeJS.ErrnoException).code ?? String(error);
			const why = code === 'ENOSPC' ? 'the disk is full (ENOSPC)' : code;
			const what = this.#hasBegun
				? `recording to ${this.path} has ended: ${why}; what was recorded before can be read`
				: `cannot record to ${this.path}: ${why}`;
			this.#failure = new NetstressError('ERR_IO', what, {path: this.path, errno: code}, error);
		}
	}

	close(): void {
		if (this.#fd >= 0) closeSync(this.#fd);
		this.#fd = -1;
	}
}

/** A reading, and when it was made. */
export interface RecordedSnapshot {
	readonly time: string;
	readonly snapshot: Snapshot;
}

/** A line behind the header, with its number in the file, from 1: a reading, or an object of another type. */
export type RecordedLine = {readonly number: number} & (RecordedSnapshot | {readonly other: Readonly<Record<string, unknown>>});

export interface Recording {
	readonly header: RecordingHeader;
	/** In order; lines of other types are left out. Reads on as it is asked: a day of readings need not fit in memory. ERR_IO names a damaged line, ERR_USAGE a ledger's recording. */
	readonly snapshots: Iterable<RecordedSnapshot>;
	/** The same with the lines of other types, as objects with a `type`. One of the two can be read, once. */
	readonly lines: Iterable<RecordedLine>;
	/** Known at the end: the last line was cut off, because the writer was killed or the disk was full. */
	readonly truncated: boolean;
}

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const isCounter = (value: unknown): value is Counter =>
	isObject(value) &&
	typeof value.place === 'string' &&
	typeof value.name === 'string' &&
	typeof value.source === 'string' &&
	isObject(value.scope) &&
	isNumber(value.value) &&
	[undefined, 16, 32].includes(value.bits as undefined) &&
	(value.alsoIn === undefined || (Array.isArray(value.alsoIn) && value.alsoIn.every(word => typeof word === 'string')));

/** A place that a later version knows and we do not. */
export const knownPlace = <T extends {readonly place: Place}>(counter: T): T =>
	Object.hasOwn(places, counter.place) ? counter : {...counter, place: 'unknown'};

const isInterface = (value: unknown): value is InterfaceSnapshot =>
	isObject(value) &&
	[value.sent, value.received, value.sentBytes, value.receivedBytes, value.index].every(isNumber) &&
	typeof value.driver === 'string' &&
	Array.isArray(value.counters) &&
	value.counters.every(isCounter);

const isCpu = (value: unknown): value is CpuCounters => isObject(value) && [value.cpu, value.processed, value.dropped, value.squeezed].every(isNumber);

/** A snapshot out of its line; undefined when it is none. */
export function snapshotOf(line: unknown): RecordedSnapshot | undefined {
	if (!isObject(line) || !isNumber(line.atSeconds) || typeof line.time !== 'string') return undefined;
	const {interfaces, cpus, counters} = line;
	if (!isObject(interfaces) || !Array.isArray(cpus) || !Array.isArray(counters)) return undefined;
	const entries = Object.entries(interfaces);
	if (!entries.every(([, one]) => isInterface(one)) || !cpus.every(isCpu) || !counters.every(isCounter)) return undefined;
	const known = (entries as [string, InterfaceSnapshot][]).map(([name, one]) => [name, {...one, counters: one.counters.map(knownPlace)}] as const);
	return {time: line.time, snapshot: {atSeconds: line.atSeconds, interfaces: new Map(known), cpus, counters: counters.map(knownPlace)}};
}

/** ERR_IO: a line of a recording is not what it has to be. */
export const damaged = (path: string, number: number, why: string): NetstressError =>
	new NetstressError(
		'ERR_IO',
		`${path}, line ${number}: ${why}; the file was changed after it was recorded, or is no recording: make one with netstress monitor --record or ledger --record`,
		{path, line: number},
	);

/** The first line as a header. ERR_IO, ERR_UNSUPPORTED. */
function headerOf(value: Readonly<Record<string, unknown>>, path: string): RecordingHeader {
	const {type, version, run} = value;
	if (type !== 'recording') throw damaged(path, 1, `has the type ${JSON.stringify(type)} where a recording begins with {"type":"recording"}`);
	if (!isNumber(version) || version > recordingVersion)
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			`${path} has version ${String(version)} of the format; this program reads up to ${recordingVersion}: use a newer one`,
			{path},
		);
	if (typeof run !== 'string' || !/^[a-z\d]{1,20}$/.test(run)) throw damaged(path, 1, 'does not say which command recorded it');
	for (const name of ['host', 'kernel', 'started']) if (typeof value[name] !== 'string') throw damaged(path, 1, `has no ${name}`);
	return value as unknown as RecordingHeader;
}

/** Opens a recording and reads its first line. ERR_IO, also when it is none; ERR_UNSUPPORTED for a later version. */
export function openRecording(path: string, lines: Iterator<Line> = fileLines(path)): Recording {
	let number = 0;
	let truncated = false;
	/** The next line that is whole; undefined at the end. */
	const next = (): Record<string, unknown> | undefined => {
		const {value: line, done} = lines.next();
		if (done) return undefined;
		number++;
		if (!line.whole) {
			if (line.endless) throw damaged(path, number, 'has no end');
			truncated = true;
			return undefined;
		}
		let value: unknown;
		try {
			value = JSON.parse(line.text);
		} catch {
			throw damaged(path, number, 'is no JSON');
		}
		if (!isObject(value) || typeof value.type !== 'string') throw damaged(path, number, 'is no object with a type');
		return value;
	};
	const first = next();
	if (first === undefined) throw damaged(path, 1, truncated ? 'is not whole' : 'the file is empty');
	const header = headerOf(first, path);
	function* recorded(): Generator<RecordedLine> {
		for (let value = next(); value !== undefined; value = next()) {
			if (value.type !== 'snapshot') yield {number, other: value};
			else {
				const one = snapshotOf(value);
				if (one === undefined) throw damaged(path, number, 'is no whole snapshot');
				yield {number, ...one};
			}
		}
	}
	const all = recorded();
	function* snapshots(): Generator<RecordedSnapshot> {
		if (header.run === 'ledger') throw notFor(path, header, 'has sides of runs in it, no snapshots');
		for (const line of all) if ('snapshot' in line) yield {time: line.time, snapshot: line.snapshot};
	}
	return {
		header,
		snapshots: snapshots(),
		lines: all,
		get truncated() {
			return truncated;
		},
	};
}
