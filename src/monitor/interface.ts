// Counters of network interfaces from /proc/net/dev, of this namespace or of the one that a process is in: one read, no privilege.
// `dropped` on the receive side is rx_dropped + rx_missed_errors (net/core/net-procfs.c, dev_seq_printf_stats).
import {readFileSync} from 'node:fs';
import {NetstressError} from '../base/errors.js';

/** Since the interface came up. */
export interface InterfaceCounters {
	readonly receivedBytes: number;
	readonly received: number;
	readonly receiveErrors: number;
	readonly receiveDropped: number;
	readonly receiveFifo: number;
	readonly receiveFrame: number;
	readonly sentBytes: number;
	readonly sent: number;
	readonly sendErrors: number;
	readonly sendDropped: number;
	readonly sendFifo: number;
}

/** The columns of /proc/net/dev behind the name; undefined ones are not kept. */
const columns: readonly (keyof InterfaceCounters | undefined)[] = [
	'receivedBytes',
	'received',
	'receiveErrors',
	'receiveDropped',
	'receiveFifo',
	'receiveFrame',
	undefined,
	undefined,
	'sentBytes',
	'sent',
	'sendErrors',
	'sendDropped',
	'sendFifo',
];

/** Reads the text of a /proc/net/dev. */
export function parseInterfaces(text: string): Map<string, InterfaceCounters> {
	const found = new Map<string, InterfaceCounters>();
	for (const line of text.split('\n')) {
		const match = /^\s*([^:\s]+):\s*(.*)$/.exec(line); // the name may touch the first number
		if (!match) continue;
		const numbers = (match[2] as string).trim().split(/\s+/).map(Number);
		found.set(match[1] as string, Object.fromEntries(columns.flatMap((key, i) => (key ? [[key, numbers[i] ?? 0]] : []))) as unknown as InterfaceCounters);
	}
	return found;
}

/** The counters of `iface` in the network namespace of process `pid` (this thread's without one). ERR_IO when there is none. */
export function readInterface(iface: string, pid: number | 'self' = 'self'): InterfaceCounters {
	let text: string;
	try {
		// `self` is the process, whose main thread may be in another namespace than this one
		text = readFileSync(`/proc/${pid === 'self' ? 'thread-self' : pid}/net/dev`, 'utf8');
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot read the interfaces of process ${pid}`, {pid}, error);
	}
	const counters = parseInterfaces(text).get(iface);
	if (counters === undefined) throw new NetstressError('ERR_IO', `there is no interface ${iface} in the namespace of process ${pid}`, {iface});
	return counters;
}

/** after - before. A counter that went back (a driver's reset) counts from zero: never negative. */
export function interfaceDifference(after: InterfaceCounters, before: InterfaceCounters): InterfaceCounters {
	const keys = Object.keys(after) as (keyof InterfaceCounters)[];
	return Object.fromEntries(keys.map(key => [key, after[key] >= before[key] ? after[key] - before[key] : after[key]])) as unknown as InterfaceCounters;
}

/** What an interface itself says it has lost: dropped, FIFO and frame errors on the way in, dropped on the way out. */
export const interfaceLosses = ({receiveDropped, receiveFifo, receiveFrame, sendDropped, sendFifo}: InterfaceCounters): number =>
	receiveDropped + receiveFifo + receiveFrame + sendDropped + sendFifo;
