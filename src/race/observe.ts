// What happens around a run, read before and after it: counters of both ends' interfaces, losses on purpose, TCP's retransmissions, the
// target's CPU. Everything by difference, nothing negative.
import {setTimeout as sleep} from 'node:timers/promises';
import {type InterfaceCounters, interfaceDifference, interfaceLosses, readInterface} from '../monitor/interface.js';
import type {ReasonCount} from '../monitor/ledger/close.js';
import type {Place} from '../monitor/place.js';
import {readTcp, type TcpCounters} from '../monitor/tcp.js';
import {cpuSeconds} from '../sys/process.js';

/** An interface in the network namespace of a process. */
export interface ObservedInterface {
	readonly where: string;
	readonly iface: string;
	readonly pid: number | 'self';
}

/** What can be seen of one address. */
export interface Surroundings {
	readonly interfaces: readonly ObservedInterface[];
	/** Both ends of one cable: then what one sent and the other did not get is known too. */
	readonly cable: boolean;
	/** Processes in whose namespaces TCP counts retransmissions. */
	readonly tcp: readonly (number | 'self')[];
	/** The target's processes; empty when they are not here. */
	readonly targetPids: readonly number[];
	/** Frames dropped on purpose so far, and where. */
	readonly onPurpose?: (() => Promise<{readonly count: number; readonly place: Place}>) | undefined;
	/** The kernel's drops at these interfaces, with reasons, of the work between the calls; undefined where nobody watches. */
	readonly drops?: {mark(): void; since(): readonly ReasonCount[] | undefined} | undefined;
}

interface Snapshot {
	readonly interfaces: readonly InterfaceCounters[];
	readonly onPurpose: {readonly count: number; readonly place: Place};
	readonly tcp: readonly (TcpCounters | undefined)[];
	readonly targetCpu: number | undefined;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** What happened between two snapshots. */
export interface Observation {
	/** What counters say was lost; src/race/losses.ts makes rows of it. `onPurpose`: the lab's loss. `interfaces`: what the interfaces say. `cable`: sent by one end, neither received nor counted as lost by the other. `tcp`: thrown away by a receiver whose queues were full. */
	readonly lostAt: {readonly onPurpose: number; readonly interfaces: number; readonly cable: number; readonly tcp: number};
	/** TCP segments sent again, both ends, and how many of them for nothing; null where it cannot be seen. */
	/** Where the loss on purpose is. */
	readonly onPurposeAt: Place;
	/** What the kernel dropped and why; null where that cannot be seen. */
	readonly reasons: readonly ReasonCount[] | null;
	readonly tcp: {readonly retransmits: number; readonly needless: number} | null;
	/** CPU seconds of the target; null where it is not here. */
	readonly targetCpu: number | null;
	readonly frames: {readonly sent: number; readonly received: number};
}

const settleMs = 2;
const mostReads = 25;

/** Reads the interfaces until nothing moves: a frame that is counted at one end and not yet at the other would look like a loss. */
async function settled(interfaces: readonly ObservedInterface[]): Promise<InterfaceCounters[]> {
	const read = () => interfaces.map(({iface, pid}) => readInterface(iface, pid));
	const moved = (counters: readonly InterfaceCounters[]) => sum(counters.map(({sent, received}) => sent + received));
	let last = read();
	for (let i = 0; i < mostReads && last.length > 1; i++) {
		await sleep(settleMs);
		const now = read();
		if (moved(now) === moved(last)) return now;
		last = now;
	}
	return last;
}

async function snapshot({interfaces, onPurpose, tcp, targetPids}: Surroundings): Promise<Snapshot> {
	const cpu = targetPids.map(cpuSeconds);
	return {
		interfaces: await settled(interfaces),
		onPurpose: (await onPurpose?.()) ?? {count: 0, place: 'tc'},
		tcp: tcp.map(pid => readTcp(pid)),
		targetCpu: cpu.length === 0 || cpu.includes(undefined) ? undefined : cpu.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0),
	};
}

/** Both ends together; null where one cannot be read. */
function tcpDifference(before: Snapshot['tcp'], after: Snapshot['tcp']): TcpCounters | null {
	if (after.length === 0 || before.includes(undefined) || after.includes(undefined)) return null;
	const of = (key: keyof TcpCounters) => sum(after.map((now, i) => Math.max(0, (now?.[key] ?? 0) - (before[i]?.[key] ?? 0))));
	return {retransmits: of('retransmits'), needless: of('needless'), dropped: of('dropped')};
}

function compare(before: Snapshot, after: Snapshot, {cable, drops}: Surroundings): Observation {
	const changes = after.interfaces.map((counters, i) => interfaceDifference(counters, before.interfaces[i] as InterfaceCounters));
	const onPurpose = Math.max(0, after.onPurpose.count - before.onPurpose.count);
	// a loss on purpose is in no interface's count: netem drops before the driver, and veth counts what TCX and XDP drop as received (drivers/net/veth.c, veth_xmit, veth_stats_rx)
	const interfaces = sum(changes.map(interfaceLosses));
	const sent = sum(changes.map(change => change.sent));
	const received = sum(changes.map(change => change.received));
	// what an interface has dropped on the way in left the other end, but did not arrive
	const dropped = sum(changes.map(({receiveDropped, receiveFifo, receiveFrame}) => receiveDropped + receiveFifo + receiveFrame));
	const tcp = tcpDifference(before.tcp, after.tcp);
	return {
		lostAt: {onPurpose, interfaces, cable: cable ? Math.max(0, sent - received - dropped) : 0, tcp: tcp?.dropped ?? 0},
		onPurposeAt: after.onPurpose.place,
		reasons: drops?.since() ?? null,
		tcp,
		targetCpu: after.targetCpu === undefined || before.targetCpu === undefined ? null : Math.max(0, after.targetCpu - before.targetCpu),
		frames: {sent, received},
	};
}

/** Observes `work`. */
export async function observe<T>(surroundings: Surroundings, work: () => Promise<T>): Promise<{result: T; seen: Observation}> {
	const before = await snapshot(surroundings);
	surroundings.drops?.mark();
	const result = await work();
	return {result, seen: compare(before, await snapshot(surroundings), surroundings)};
}
