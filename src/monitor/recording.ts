// A run in a file, for later: NDJSON, one object a line, each with a `type`. The first is {type: 'recording', version, …}; then come {type: 'snapshot', …} and whatever else
// a command records. Readers leave out types that they do not know, so that files of later versions and of other commands can be read.
import {closeSync, openSync, readSync, writeSync} from 'node:fs';
import {hostname, release} from 'node:os';
import {StringDecoder} from 'node:string_decoder';
import {NetstressError} from '../base/errors.js';
import type {Counter} from './counter.js';
import {places} from './place.js';
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

/** Writes lines as they come. A full disk ends the recording, not the run: `failure` tells. */
export class Recorder {
	readonly path: string;
	#fd: number;
	#failure: NetstressError | undefined;

	/** ERR_IO when the file cannot be made. What was in it is gone. */
	constructor(path: string, header: RecordingHeader) {
		this.path = path;
		try {
			this.#fd = openSync(path, 'w');
		} catch (error) {
			throw new NetstressError(
				'ERR_IO',
				`cannot record to ${path}: ${(error as NodeJS.ErrnoException).code}; name a file in a folder that exists and that you may write to`,
				{path},
				error,
			);
		}
		this.write(header);
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
		} catch (error) {
			const code = (error as NodeJS.ErrnoException).code ?? String(error);
			const why = code === 'ENOSPC' ? 'the disk is full (ENOSPC); what was recorded before can be read' : code;
			this.#failure = new NetstressError('ERR_IO', `recording to ${this.path} has ended: ${why}`, {path: this.path, errno: code}, error);
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

export interface Recording {
	readonly header: RecordingHeader;
	/** In order; lines of other types are left out. Reads on as it is asked: a day of readings need not fit in memory. ERR_IO names a damaged line. */
	readonly snapshots: Iterable<RecordedSnapshot>;
	/** Known at the end: the last line was cut off, because the writer was killed or the disk was full. */
	readonly truncated: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

const isCounter = (value: unknown): value is Counter =>
	isObject(value) &&
	typeof value.place === 'string' &&
	typeof value.name === 'string' &&
	typeof value.source === 'string' &&
	isObject(value.scope) &&
	isNumber(value.value) &&
	[undefined, 16, 32].includes(value.bits as undefined) &&
	(value.alsoIn === undefined || (Array.isArray(value.alsoIn) && value.alsoIn.every(word => typeof word === 'string')));

/** A place that a later version knows and we do not. */
const knownPlace = (counter: Counter): Counter => (Object.hasOwn(places, counter.place) ? counter : {...counter, place: 'unknown'});

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

const damaged = (path: string, number: number, why: string) =>
	new NetstressError('ERR_IO', `${path}, line ${number}: ${why}; the file was changed after it was recorded, or is no recording`, {path, line: number});

interface Line {
	readonly text: string;
	/** It ends with a newline. */
	readonly whole: boolean;
}

/** The lines of a text. */
export function* textLines(text: string): Generator<Line> {
	const lines = text.split('\n');
	const last = lines.pop() as string;
	for (const line of lines) yield {text: line, whole: true};
	if (last !== '') yield {text: last, whole: false};
}

/** The lines of a file, a piece of it in memory at a time. ERR_IO. */
function* fileLines(path: string): Generator<Line> {
	const failed = (error: unknown) => new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	let fd: number;
	try {
		fd = openSync(path, 'r');
	} catch (error) {
		throw failed(error);
	}
	try {
		const decoder = new StringDecoder();
		const piece = Buffer.alloc(1 << 20);
		let rest = '';
		for (;;) {
			let length: number;
			try {
				length = readSync(fd, piece);
			} catch (error) {
				throw failed(error);
			}
			if (length === 0) break;
			const lines = (rest + decoder.write(piece.subarray(0, length))).split('\n');
			rest = lines.pop() as string;
			for (const text of lines) yield {text, whole: true};
		}
		rest += decoder.end();
		if (rest !== '') yield {text: rest, whole: false};
	} finally {
		closeSync(fd);
	}
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
	const header = next();
	if (header === undefined) throw damaged(path, 1, truncated ? 'is not whole' : 'the file is empty');
	if (header.type !== 'recording') throw damaged(path, 1, `has the type ${JSON.stringify(header.type)} where a recording begins with {"type":"recording"}`);
	if (!isNumber(header.version) || header.version > recordingVersion)
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			`${path} has version ${String(header.version)} of the format; this program reads up to ${recordingVersion}: use a newer one`,
			{path},
		);
	function* snapshots(): Generator<RecordedSnapshot> {
		for (let value = next(); value !== undefined; value = next()) {
			if (value.type !== 'snapshot') continue;
			const one = snapshotOf(value);
			if (one === undefined) throw damaged(path, number, 'is no whole snapshot');
			yield one;
		}
	}
	return {
		header: header as unknown as RecordingHeader,
		snapshots: snapshots(),
		get truncated() {
			return truncated;
		},
	};
}
