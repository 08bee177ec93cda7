// One tick of the dashboard: every counter, what the kernel dropped since the tick before, what storage protocols did on the wire meanwhile, and the targets of this
// machine. As lines of a recording (src/monitor/recording.ts) and back: a snapshot's line, and behind it those of the others.

import type {Drop, SourceName} from '../monitor/drops/drop.js';
import {places} from '../monitor/place.js';
import {damaged, isNumber, isObject, type RecordedLine, snapshotLine} from '../monitor/recording.js';
import type {Snapshot} from '../monitor/snapshot.js';

/** What the kernel's drop monitor saw since the tick before. */
export interface DropSample {
	readonly source: SourceName;
	/** Each with what was added since the tick before. */
	readonly drops: readonly Drop[];
	/** Drops in other network namespaces since the tick before: they are not among `drops`. */
	readonly elsewhere: number;
	/** Drops that the source knows it has missed, since its start. */
	readonly lostEvents: number;
	readonly passedOver: readonly {readonly name: SourceName; readonly why: string}[];
}

export const storageProtocols = ['aoe', 'fcoe', 'iscsi'] as const;
export type StorageProtocol = (typeof storageProtocols)[number];

/** What one protocol did on the wire since the tick before. */
export interface StorageSample {
	readonly protocol: StorageProtocol;
	/** Requests that were answered. */
	readonly answered: number;
	readonly readBytes: number;
	readonly writtenBytes: number;
	/** Requests that were seen twice: somebody had given up waiting. */
	readonly again: number;
	/** Requests without an answer yet. */
	readonly waiting: number;
	/** From request to answer as this host saw them; null where no pair was seen. */
	readonly latencyUs: {readonly p50: number; readonly p99: number; readonly max: number} | null;
	/** So many pairs of request and answer were timed: `answered` may be more. */
	readonly timed: number;
}

export interface StorageTick {
	/** Where it was listened. */
	readonly ifaces: readonly string[];
	readonly protocols: readonly StorageSample[];
	/** Frames that passed the filter and found no room, since the start. */
	readonly dropped: number;
	/** Why nobody listens: a privilege that is missing, for instance. */
	readonly why: string;
}

/** What a target says of one of its ports (src/target/ports.ts). Rates of the last interval. */
export interface TargetPort {
	readonly port: string;
	/** Null where the protocol has no sessions. */
	readonly initiators: number | null;
	readonly commandsPerSecond: number;
	readonly readPerSecond: number;
	readonly writtenPerSecond: number;
	/** Since its start, as the next two: commands, frames or PDUs, frames. */
	readonly failed: number;
	readonly errors: number;
	readonly lost: number;
}

/** A `netstress target` on this machine: what the kernel counts of its process, and what it says of itself. */
export interface TargetProcess {
	readonly pid: number;
	/** Its words behind `target`. */
	readonly words: string;
	/** Of one processor, in the last interval; null at first sight. */
	readonly cpuShare: number | null;
	readonly residentBytes: number;
	readonly threads: number;
	/** Undefined where it has not answered: another user's, or one that is older. */
	readonly ports?: readonly TargetPort[] | undefined;
}

export interface Sample {
	/** ISO 8601. */
	readonly time: string;
	readonly snapshot: Snapshot;
	/** Undefined where nobody looked: a recording of `monitor`. */
	readonly drops?: DropSample | undefined;
	readonly storage?: StorageTick | undefined;
	readonly targets?: readonly TargetProcess[] | undefined;
}

/** A sample as lines of a recording. */
export function* sampleLines({time, snapshot, drops, storage, targets}: Sample): Generator<{readonly type: string}> {
	yield snapshotLine(snapshot, new Date(time));
	if (drops !== undefined) yield {type: 'drops', time, ...drops} as {type: string};
	if (storage !== undefined) yield {type: 'storage', time, ...storage} as {type: string};
	if (targets !== undefined && targets.length > 0) yield {type: 'targets', time, targets} as {type: string};
}

const isText = (value: unknown): value is string => typeof value === 'string';

const isDrop = (value: unknown): value is Drop =>
	isObject(value) &&
	[value.reason, value.symbol, value.protocolName, value.iface, value.namespace, value.place].every(isText) &&
	[value.protocol, value.ifindex, value.netns, value.count].every(isNumber) &&
	['loss', 'harmless', 'policy'].includes(value.kind as string);

const isPassedOver = (value: unknown): boolean => isObject(value) && isText(value.name) && isText(value.why);

/** A place that a later version knows and we do not. */
const knownPlace = (drop: Drop): Drop => (Object.hasOwn(places, drop.place) ? drop : {...drop, place: 'unknown'});

/** A drops line of a recording; undefined when it is none. */
export function dropSampleOf(line: Readonly<Record<string, unknown>>): DropSample | undefined {
	const {source, drops, lostEvents, elsewhere, passedOver} = line;
	if (!isText(source) || !isNumber(lostEvents) || !isNumber(elsewhere) || !Array.isArray(drops) || !drops.every(isDrop)) return undefined;
	if (!Array.isArray(passedOver) || !passedOver.every(isPassedOver)) return undefined;
	return {source: source as SourceName, lostEvents, elsewhere, passedOver, drops: drops.map(knownPlace)};
}

const isStorage = (value: unknown): value is StorageSample => {
	if (!isObject(value)) return false;
	const {protocol, answered, readBytes, writtenBytes, again, waiting, timed, latencyUs} = value;
	const latency = latencyUs === null || (isObject(latencyUs) && [latencyUs.p50, latencyUs.p99, latencyUs.max].every(isNumber));
	return storageProtocols.includes(protocol as StorageProtocol) && latency && [answered, readBytes, writtenBytes, again, waiting, timed].every(isNumber);
};

/** A storage line of a recording; undefined when it is none. */
export function storageTickOf(line: Readonly<Record<string, unknown>>): StorageTick | undefined {
	const {ifaces, protocols, dropped, why} = line;
	if (!Array.isArray(ifaces) || !ifaces.every(isText) || !isNumber(dropped) || !isText(why)) return undefined;
	if (!Array.isArray(protocols) || !protocols.every(isStorage)) return undefined;
	return {ifaces, protocols, dropped, why};
}

const isPort = (value: unknown): value is TargetPort =>
	isObject(value) &&
	isText(value.port) &&
	(value.initiators === null || isNumber(value.initiators)) &&
	[value.commandsPerSecond, value.readPerSecond, value.writtenPerSecond, value.failed, value.errors, value.lost].every(isNumber);

const isTarget = (value: unknown): value is TargetProcess =>
	isObject(value) &&
	[value.pid, value.residentBytes, value.threads].every(isNumber) &&
	isText(value.words) &&
	(value.cpuShare === null || isNumber(value.cpuShare)) &&
	(value.ports === undefined || (Array.isArray(value.ports) && value.ports.every(isPort)));

/** A targets line of a recording; undefined when it is none. */
export const targetsOf = ({targets}: Readonly<Record<string, unknown>>): TargetProcess[] | undefined =>
	Array.isArray(targets) && targets.every(isTarget) ? targets : undefined;

/** The samples of a recording, in order; lines of types that we do not know are left out. ERR_IO names a damaged line. */
export function* samplesOf(lines: Iterable<RecordedLine>, path: string): Generator<Sample> {
	let sample: Sample | undefined;
	const need = <T>(value: T | undefined, number: number, what: string): T => {
		if (value === undefined) throw damaged(path, number, `is no whole line of ${what}`);
		return value;
	};
	for (const line of lines) {
		if ('snapshot' in line) {
			if (sample !== undefined) yield sample;
			sample = {time: line.time, snapshot: line.snapshot};
		} else if (sample !== undefined) {
			const {number, other} = line;
			if (other.type === 'drops') sample = {...sample, drops: need(dropSampleOf(other), number, 'drops')};
			else if (other.type === 'storage') sample = {...sample, storage: need(storageTickOf(other), number, 'storage')};
			else if (other.type === 'targets') sample = {...sample, targets: need(targetsOf(other), number, 'targets')};
		}
	}
	if (sample !== undefined) yield sample;
}
