// One side of a run as it was recorded: what its own program counted, which counters moved around it, and what its kernel dropped and why. The two sides of a run
// may be threads of one program, or lines of two files that came from two hosts.
import {NetstressError} from '../../base/errors.js';
import type {Moved} from '../counter.js';
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
	readonly version: 1;
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
	/** Undefined where no monitor with reasons was at work. */
	readonly reasons?: readonly ReasonCount[];
	/**
	 * Drops of the run's protocols that the kernel made on this host and whose reason the monitor has not seen: it may not be called for every one
	 * (docs/drops.md), a trace buffer that only counts is. 0 where there is none.
	 */
	readonly unseen: number;
	readonly monitor: MonitorFacts;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown): boolean => typeof value === 'string';
const every = (value: unknown, right: (one: Record<string, unknown>) => boolean): boolean =>
	Array.isArray(value) && value.every(one => isRecord(one) && right(one));

/** What is wrong with a line's object as a side; undefined when nothing is. */
function wrong(value: Record<string, unknown>): string | undefined {
	if (value.version !== 1) return `version ${JSON.stringify(value.version)}; this netstress reads version 1`;
	if (value.side !== 'from' && value.side !== 'to') return `side ${JSON.stringify(value.side)}, neither from nor to`;
	if (!isText(value.run) || !/^[0-9a-f]{1,8}$/.test(value.run as string)) return 'no run';
	for (const key of ['host', 'kernel', 'at', 'iface', 'driver']) if (!isText(value[key])) return `no ${key}`;
	for (const key of ['sent', 'received', 'unseen']) if (!isCount(value[key])) return `no count "${key}"`;
	if (!every(value.moved, one => isText(one.place) && isText(one.name) && isText(one.source) && isRecord(one.scope) && isCount(one.value)))
		return 'no list of counters that moved';
	if (value.reasons !== undefined && !every(value.reasons, one => isText(one.place) && isText(one.reason) && isText(one.side) && isCount(one.count)))
		return 'no list of drop reasons';
	const {monitor, sender, receiver} = value;
	if (!isRecord(monitor) || !isText(monitor.source) || !Array.isArray(monitor.cannotSee)) return 'no word on the drop monitor';
	const counts = (one: unknown, keys: readonly string[]) => isRecord(one) && isText(one.iface) && keys.every(key => isCount(one[key]));
	if (value.side === 'from' && !(counts(sender, ['attempted', 'again', 'leftover']) && isRecord((sender as Record<string, unknown>).refusals)))
		return "no sender's counts";
	if (value.side === 'to' && !counts(receiver, ['unique', 'corrupted', 'late', 'ringDropped'])) return "no receiver's counts";
	return undefined;
}

/** The sides in the text of a recording: one JSON object a line; other types are left alone. ERR_IO names file, line and what is wrong. A last line that was cut off is left out. */
export function parseSides(text: string, file: string): SideRecord[] {
	const lines = text.split('\n');
	const sides: SideRecord[] = [];
	lines.forEach((line, i) => {
		if (line.trim() === '') return;
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (error) {
			if (i === lines.length - 1) return;
			throw new NetstressError('ERR_IO', `${file}, line ${i + 1}: no JSON object; a recording is made with: netstress ledger --record FILE`, {file}, error);
		}
		if (!isRecord(value) || value.type !== 'side') return;
		const fault = wrong(value);
		if (fault !== undefined) throw new NetstressError('ERR_IO', `${file}, line ${i + 1}: ${fault}`, {file});
		sides.push(value as unknown as SideRecord);
	});
	return sides;
}
