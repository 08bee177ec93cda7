// Reads the counters of a lab's host: a small program of its own, run there, prints what it has read as JSON.
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {LabHost} from '../../../src/lab/host.js';
import type {Counter} from '../../../src/monitor/counter.js';
import type {InterfaceDifference, InterfaceSnapshot} from '../../../src/monitor/snapshot.js';
import type {CpuCounters} from '../../../src/monitor/softnet.js';
import {root} from '../program.js';

export interface Reading {
	readonly interfaces: Readonly<Record<string, InterfaceSnapshot>>;
	readonly cpus: readonly CpuCounters[];
	readonly counters: readonly Counter[];
}

const module = (name: string) => JSON.stringify(join(root, 'dist/src', name));

/** Arguments of node for a program that reads once. */
export const readingArguments = [
	'--input-type=module',
	'-e',
	`import {readCounters} from ${module('monitor/snapshot.js')};
const {interfaces, ...rest} = readCounters();
console.log(JSON.stringify({...rest, interfaces: Object.fromEntries(interfaces)}));`,
];

/** Reads before and after a line on standard input. */
const comparing = (softnet: boolean) => [
	'--input-type=module',
	'-e',
	`import {readSync} from 'node:fs';
import {apart} from ${module('monitor/counter.js')};
import {allMoved, difference, readCounters} from ${module('monitor/snapshot.js')};
const before = readCounters();
console.log('ready');
readSync(0, Buffer.alloc(1));
const after = readCounters();
const moved = difference(after, before);
console.log(JSON.stringify({interfaces: Object.fromEntries(moved.interfaces), apart: apart(allMoved(moved).filter(({source}) => ${softnet} || source !== 'softnet')), counters: moved.counters}));`,
];

export interface Change {
	readonly interfaces: Readonly<Record<string, InterfaceDifference>>;
	/** Every counter that moved, without what its parts say. */
	readonly apart: readonly Counter[];
	readonly counters: readonly Counter[];
}

/** What moves on a host while `work` runs; the CPUs' backlogs, which are the whole machine's, only when asked for: others are busy on it too. */
export async function changes(host: LabHost, work: () => Promise<unknown>, {softnet = false} = {}): Promise<Change> {
	const child = host.spawn(process.execPath, comparing(softnet), {stdio: ['pipe', 'pipe', 'inherit']});
	const lines = createInterface({input: child.stdout!})[Symbol.asyncIterator]();
	const ended = once(child, 'exit');
	try {
		await lines.next();
		await work();
		child.stdin!.end('\n');
		return JSON.parse((await lines.next()).value as string) as Change;
	} finally {
		child.stdin!.end();
		await ended;
	}
}

/** Every counter as `SOURCE:NAME` to value. */
export const byName = (counters: readonly Counter[]): Record<string, number> =>
	Object.fromEntries(counters.map(({source, name, value}) => [`${source}:${name}`, value]));

/** The losses of a change by place, without signs: what a ledger would add up. */
export function byPlace(counters: readonly Counter[]): Record<string, number> {
	const found: Record<string, number> = {};
	for (const {place, value, sign} of counters) if (!sign && value > 0) found[place] = (found[place] ?? 0) + value;
	return found;
}
