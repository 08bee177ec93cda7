// One side of a run as it was recorded: what its own program counted, which counters moved around it, and what its kernel dropped and why. The two sides of a run
// may be threads of one program, or lines of two recordings (../recording.ts) that came from two hosts.
import type {Moved} from '../counter.js';
import type {Line} from '../lines.js';
import {damaged, isCounter, isObject, knownPlace, notFor, openRecording} from '../recording.js';
import type {ReasonCount, ReceiverCount, SenderCount} from './close.js';

/** What the drop monitor was during a run. */
export interface MonitorFacts {
	/** Its name: bpf, tracefs, netlink, counters. */
	readonly source: string;
	/** Sentences. */
	readonly cannotSee: readonly string[];
	/** Drops that it knows to have missed. */
	readonly lostEvents: number;
}

export interface SideRecord {
	readonly type: 'side';
	readonly side: 'from' | 'to';
	/** Hexadecimal, as in the stamps. */
	readonly run: string;
	readonly host: string;
	readonly kernel: string;
	/** When the run ended here, ISO 8601. */
	readonly at: string;
	readonly iface: string;
	/** The driver's name; '' where it has none to say. */
	readonly driver: string;
	readonly sender?: SenderCount;
	readonly receiver?: ReceiverCount;
	/** Frames that the interface itself counted as sent and received meanwhile, whoever's they were. */
	readonly sent: number;
	readonly received: number;
	readonly moved: readonly Moved[];
	/** What the run's frames are, by EtherType; the sending side's word. */
	readonly protocols?: readonly string[] | undefined;
	/** Undefined where no monitor with reasons was at work. */
	readonly reasons?: readonly ReasonCount[];
	/**
	 * Drops of the run's protocols that the kernel made on this host and whose reason the monitor has not seen: it may not be called for every one
	 * (docs/drops.md), a trace buffer that only counts is. 0 where there is none.
	 */
	readonly unseen: number;
	readonly monitor: MonitorFacts;
	/** Other runs that came in the same time: the counters are theirs as well. 0 when not given. */
	readonly otherRuns?: number;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNothing = (value: unknown): boolean => value === undefined || isText(value);
const isListOf = <T>(value: unknown, right: (one: unknown) => one is T): value is T[] => Array.isArray(value) && value.every(right);
const hasCounts = (value: unknown, ...names: readonly string[]): value is Record<string, unknown> =>
	isObject(value) && names.every(name => isCount(value[name]));

const isMoved = (value: unknown): value is Moved => isCounter(value) && isCount(value.value) && isTextOrNothing(value.scope.iface);
const isReason = (value: unknown): value is ReasonCount =>
	hasCounts(value, 'count') &&
	isText(value.place) &&
	isText(value.reason) &&
	isText(value.symbol) &&
	isTextOrNothing(value.iface) &&
	isTextOrNothing(value.protocol) &&
	(value.side === 'from' || value.side === 'to');
const isSender = (value: unknown): value is SenderCount =>
	hasCounts(value, 'attempted', 'again', 'leftover') && isText(value.iface) && isObject(value.refusals) && Object.values(value.refusals).every(isCount);
const kinds = ['ring', 'tap', 'udp', 'none'] as const satisfies readonly ReceiverCount['kind'][];
const isReceiver = (value: unknown): value is ReceiverCount =>
	hasCounts(value, 'unique', 'corrupted', 'late', 'ringDropped') && isText(value.iface) && kinds.some(kind => kind === value.kind);
const isMonitor = (value: unknown): value is MonitorFacts => hasCounts(value, 'lostEvents') && isText(value.source) && isListOf(value.cannotSee, isText);

/** What is wrong with a line's object as a side; undefined when nothing is. */
function wrong(value: Readonly<Record<string, unknown>>): string | undefined {
	if (value.side !== 'from' && value.side !== 'to') return `the side ${JSON.stringify(value.side)} is neither from nor to`;
	if (!isText(value.run) || !/^[0-9a-f]{1,8}$/.test(value.run)) return 'there is no run';
	for (const key of ['host', 'kernel', 'at', 'iface', 'driver']) if (!isText(value[key])) return `there is no ${key}`;
	for (const key of ['sent', 'received', 'unseen']) if (!isCount(value[key])) return `"${key}" is no count`;
	if (!isListOf(value.moved, isMoved)) return 'there is no list of counters that moved';
	if (value.reasons !== undefined && !isListOf(value.reasons, isReason)) return 'there is no list of drop reasons';
	if (value.protocols !== undefined && !isListOf(value.protocols, isText)) return '"protocols" is no list of names';
	if (value.otherRuns !== undefined && !isCount(value.otherRuns)) return '"otherRuns" is no count';
	if (!isMonitor(value.monitor)) return 'there is no word on the drop monitor';
	if (value.side === 'from' && !isSender(value.sender)) return "the sender's counts are missing";
	if (value.side === 'to' && !isReceiver(value.receiver)) return "the receiver's counts are missing";
	return undefined;
}

/** Sides out of a recording, and whether its last line was cut off. */
export interface RecordedSides {
	readonly sides: readonly SideRecord[];
	readonly truncated: boolean;
}

/**
 * Reads what `netstress ledger --record` wrote to `path`; lines of other types are left alone, a last line that was cut off is left out. ERR_IO names file, line and what is
 * wrong; ERR_USAGE where another command recorded it; ERR_UNSUPPORTED for a later version. `lines` are read instead of the file.
 */
export function readSides(path: string, lines?: Iterator<Line>): RecordedSides {
	const recording = openRecording(path, lines);
	if (recording.header.run !== 'ledger') throw notFor(path, recording.header, 'has no sides of runs in it');
	const sides: SideRecord[] = [];
	for (const line of recording.lines) {
		if (!('other' in line) || line.other.type !== 'side') continue;
		const fault = wrong(line.other);
		if (fault !== undefined) throw damaged(path, line.number, fault);
		const side = line.other as unknown as SideRecord;
		sides.push({...side, moved: side.moved.map(knownPlace), ...(side.reasons && {reasons: side.reasons.map(knownPlace)})});
	}
	return {sides, truncated: recording.truncated};
}
