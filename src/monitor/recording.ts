// A run in a file, for later: NDJSON, one object a line, each with a `type`. The first is {type: 'recording', version, …}; then come {type: 'snapshot', …} and whatever else
// a command records. Readers leave out types that they do not know, so that files of later versions and of other commands can be read.
import {closeSync, openSync, readFileSync, writeSync} from 'node:fs';
import {hostname, release} from 'node:os';
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

export interface Recording {
	readonly header: RecordingHeader;
	/** Snapshots in order, with the time of each. */
	readonly snapshots: readonly {readonly time: string; readonly snapshot: Snapshot}[];
	/** Lines of types that are not ours. */
	readonly others: readonly {readonly type: string}[];
	/** The last line was cut off: the writer was killed, or the disk was full. */
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
export function snapshotOf(line: unknown): {time: string; snapshot: Snapshot} | undefined {
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

/** Reads a recording's text. ERR_IO names the line that is damaged; a last line that was cut off is left out. */
export function parseRecording(path: string, text: string): Recording {
	const lines = text.split('\n');
	const cut = lines.pop() !== ''; // what stands behind the last newline
	const read = (line: string, number: number): Record<string, unknown> => {
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch {
			throw damaged(path, number, 'is no JSON');
		}
		if (!isObject(value) || typeof value.type !== 'string') throw damaged(path, number, 'is no object with a type');
		return value;
	};
	if (lines.length === 0) throw damaged(path, 1, cut ? 'is not whole' : 'the file is empty');
	const header = read(lines[0] as string, 1);
	if (header.type !== 'recording') throw damaged(path, 1, `has the type ${JSON.stringify(header.type)} where a recording begins with {"type":"recording"}`);
	if (!isNumber(header.version) || header.version > recordingVersion)
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			`${path} has version ${String(header.version)} of the format; this program reads up to ${recordingVersion}: use a newer one`,
			{path},
		);
	const snapshots: Recording['snapshots'][number][] = [];
	const others: {type: string}[] = [];
	for (const [i, line] of lines.entries()) {
		if (i === 0) continue;
		const value = read(line, i + 1);
		if (value.type !== 'snapshot') {
			others.push(value as {type: string});
			continue;
		}
		const one = snapshotOf(value);
		if (one === undefined) throw damaged(path, i + 1, 'is no whole snapshot');
		snapshots.push(one);
	}
	return {header: header as unknown as RecordingHeader, snapshots, others, truncated: cut};
}

/** Reads a recording. ERR_IO, ERR_UNSUPPORTED for a later version. */
export function readRecording(path: string): Recording {
	let text: string;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	}
	return parseRecording(path, text);
}
