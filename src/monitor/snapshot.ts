// Every counter of a network namespace at one moment, and the difference of two such moments.
// It is the namespace of the calling thread: a worker that has entered another one reads that one's. Hence netlink, ioctl and /proc/thread-self/net; /proc/self/net would
// be the main thread's, and sysfs the one of whoever mounted it.
import {readFileSync} from 'node:fs';
import {driverNames} from '../sys/driver-name.js';
import {DriverStatistics} from '../sys/driver-statistics.js';
import {netlinkFamily, withNetlink} from '../sys/netlink.js';
import {kernelAtLeast} from '../sys/probe.js';
import {type Counter, type Moved, movement, step} from './counter.js';
import {driverCounters, rowOf} from './drivers/table.js';
import {type Link, linkCounters, readLinks} from './link.js';
import {protocolCounters} from './protocols.js';
import {qdiscCounters, readQdiscs} from './qdisc.js';
import {queueCounters, readQueueStatistics} from './queue.js';
import {parseSocketTable, readSocketCounters, socketTables} from './socket-counters.js';
import {type CpuCounters, parseSoftnet, softnetCounters} from './softnet.js';

export interface InterfaceSnapshot {
	/** Frames and bytes, as the interface itself counts them. */
	readonly sent: number;
	readonly received: number;
	readonly sentBytes: number;
	readonly receivedBytes: number;
	/** As `ethtool -i` says; the kind of link where the kernel knows no driver (`bridge`); `unknown` where it knows neither. */
	readonly driver: string;
	/** Its number: a name may be given to another interface. */
	readonly index: number;
	readonly counters: readonly Counter[];
}

export interface Snapshot {
	/** Monotonic, from an arbitrary point of this process: for differences. */
	readonly atSeconds: number;
	readonly interfaces: ReadonlyMap<string, InterfaceSnapshot>;
	/** Of the whole machine, whatever the namespace. */
	readonly cpus: readonly CpuCounters[];
	/** Of sockets and protocols of the namespace, and `cpus` as counters. */
	readonly counters: readonly Counter[];
}

export interface ReadOptions {
	/** Only these interfaces; all when not given. Those that are not there are left out. */
	readonly ifaces?: readonly string[] | undefined;
}

/** Above so many TCP sockets their own losses are not asked for: the kernel would list every one of them at each reading. */
const mostTcpSockets = 10_000;

const read = (name: string): string => {
	try {
		return readFileSync(`/proc/thread-self/net/${name}`, 'utf8');
	} catch {
		return ''; // built without it: no IPv6, no ICMP sockets
	}
};

const fewTcpSockets = () =>
	['sockstat', 'sockstat6'].reduce((sum, name) => sum + Number(/^TCP6?: inuse (\d+)/m.exec(read(name))?.[1] ?? 0), 0) <= mostTcpSockets;

/** Bonds and teams add up what their members count (drivers/net/bonding/bond_main.c, bond_get_stats). */
const sums = new Set(['bond', 'team']);

/** ethtool's statistics of each interface; none where it went away meanwhile. */
function statisticsOf(ifaces: readonly string[]): Map<string, ReadonlyMap<string, number>> {
	const ethtool = new DriverStatistics();
	const one = (iface: string) => {
		try {
			return ethtool.read(iface);
		} catch {
			return new Map<string, number>();
		}
	};
	try {
		return new Map(ifaces.map(iface => [iface, one(iface)]));
	} finally {
		ethtool.close();
	}
}

/** Reads everything. Needs no privilege. ERR_SYSCALL where the kernel has no netlink. */
export function readCounters({ifaces}: ReadOptions = {}): Snapshot {
	const {links, qdiscs} = withNetlink(netlinkFamily.route, route => ({links: readLinks(route), qdiscs: readQdiscs(route)}));
	const byIndex = new Map(links.map(link => [link.index, link]));
	const nameOf = (index: number) => byIndex.get(index)?.name;
	const queues = withNetlink(netlinkFamily.generic, generic => readQueueStatistics(generic, kernelAtLeast('6.11')));
	const sockets = withNetlink(netlinkFamily.sockDiag, diag => readSocketCounters(diag, nameOf, fewTcpSockets()));
	const wanted = ifaces === undefined ? links : links.filter(({name}) => ifaces.includes(name));
	const names = wanted.map(({name}) => name);
	const drivers = driverNames(names);
	const statistics = statisticsOf(names);
	const one = (link: Link): InterfaceSnapshot => {
		const {name, index, kind, master, statistics: standard} = link;
		const driver = drivers.get(name) ?? kind ?? (link.loopback ? 'loopback' : 'unknown');
		const row = rowOf(driver);
		const bond = master === undefined ? undefined : byIndex.get(master);
		return {
			sent: standard.tx_packets,
			received: standard.rx_packets,
			sentBytes: standard.tx_bytes,
			receivedBytes: standard.rx_bytes,
			driver,
			index,
			counters: [
				...qdiscCounters(
					name,
					qdiscs.filter(qdisc => qdisc.index === index),
				),
				...linkCounters(link, row, bond !== undefined && sums.has(bond.kind ?? '') ? bond.name : undefined),
				...driverCounters(name, driver, statistics.get(name) ?? new Map()),
				...queueCounters(name, queues.get(index) ?? new Map()),
			],
		};
	};
	const cpus = parseSoftnet(read('softnet_stat'));
	return {
		atSeconds: performance.now() / 1000,
		interfaces: new Map(wanted.map(link => [link.name, one(link)])),
		cpus,
		counters: [
			...softnetCounters(cpus),
			...sockets,
			...socketTables.flatMap(({file}) => parseSocketTable(file, read(file))),
			...protocolCounters(read('snmp'), read('netstat'), read('snmp6')),
		],
	};
}

export interface InterfaceDifference {
	readonly sent: number;
	readonly received: number;
	readonly sentBytes: number;
	readonly receivedBytes: number;
	readonly driver: string;
	/** It was not there before: everything is since it was made. */
	readonly came?: true;
	/** Its own counts went back: a driver was loaded again, or a card reset. */
	readonly reset?: true;
	/** Those that moved. */
	readonly counters: readonly Moved[];
}

export interface CpuDifference {
	readonly cpu: number;
	readonly processed: number;
	readonly dropped: number;
	readonly squeezed: number;
	readonly receivedRps: number;
	readonly flowLimit: number;
	/** Frames waiting at the later moment. */
	readonly backlogLength: number;
}

export interface Difference {
	readonly seconds: number;
	readonly interfaces: ReadonlyMap<string, InterfaceDifference>;
	/** Interfaces that were there before and are no more: what they lost meanwhile nobody knows. */
	readonly gone: readonly string[];
	readonly cpus: readonly CpuDifference[];
	/** Of CPUs, sockets and protocols: those that moved. */
	readonly counters: readonly Moved[];
}

const totals = ['sent', 'received', 'sentBytes', 'receivedBytes'] as const;

function interfaceDifference(after: InterfaceSnapshot, before: InterfaceSnapshot | undefined): InterfaceDifference {
	const same = before?.index === after.index ? before : undefined;
	const steps = totals.map(key => step(after[key], same?.[key] ?? 0));
	const [sent = 0, received = 0, sentBytes = 0, receivedBytes = 0] = steps.map(({value}) => value);
	return {
		sent,
		received,
		sentBytes,
		receivedBytes,
		driver: after.driver,
		...(same === undefined ? {came: true} : {}),
		...(steps.some(({reset}) => reset) ? {reset: true} : {}),
		counters: movement(after.counters, same?.counters ?? []),
	};
}

function cpuDifference(after: CpuCounters, before: CpuCounters | undefined): CpuDifference {
	const moved = (key: 'processed' | 'dropped' | 'squeezed' | 'receivedRps' | 'flowLimit') => step(after[key] ?? 0, before?.[key] ?? 0, 32).value;
	return {
		cpu: after.cpu,
		processed: moved('processed'),
		dropped: moved('dropped'),
		squeezed: moved('squeezed'),
		receivedRps: moved('receivedRps'),
		flowLimit: moved('flowLimit'),
		backlogLength: after.backlogLength ?? 0,
	};
}

/** What happened between two snapshots of one namespace. Counters that wrapped are right, those that went back are flagged and never negative. */
export function difference(after: Snapshot, before: Snapshot): Difference {
	return {
		seconds: after.atSeconds - before.atSeconds,
		interfaces: new Map([...after.interfaces].map(([name, one]) => [name, interfaceDifference(one, before.interfaces.get(name))])),
		gone: [...before.interfaces.keys()].filter(name => !after.interfaces.has(name)),
		cpus: after.cpus.map(one =>
			cpuDifference(
				one,
				before.cpus.find(({cpu}) => cpu === one.cpu),
			),
		),
		counters: movement(after.counters, before.counters),
	};
}

/** Every counter that moved, of interfaces, CPUs, sockets and protocols together: what `apart` wants. */
export const allMoved = ({interfaces, counters}: Difference): Moved[] => [...[...interfaces.values()].flatMap(one => one.counters), ...counters];
