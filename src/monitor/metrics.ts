// Snapshots as metric families: what the Prometheus endpoint of `netstress monitor --listen` says (docs/monitor.md). Names and labels are a contract: dashboards hold them.
import {type Counter, kindOf} from './counter.js';
import type {Drop} from './drops/drop.js';
import type {Snapshot} from './snapshot.js';
import {lossesByPlace, type Tally} from './tally.js';

/** As src/report/prometheus.ts takes it; this room does not import that one. */
export interface Family {
	readonly name: string;
	readonly help: string;
	readonly type: 'counter' | 'gauge';
	readonly samples: readonly {readonly labels: Readonly<Record<string, string>>; readonly value: number}[];
}

/** Every family's name, type and help; the dashboard may name no other (test/monitor/metrics.test.ts). */
export const families = {
	netstress_counted_total: {
		type: 'counter',
		help: 'A counter as its owner prints it, with the place that it belongs to. The same frame may be in several of them: sum netstress_lost_frames_total instead.',
	},
	netstress_lost_frames_total: {type: 'counter', help: 'Frames lost since netstress was started, by place, each counted once as far as one can know.'},
	netstress_interface_received_frames_total: {type: 'counter', help: 'Frames received, as the interface counts them.'},
	netstress_interface_sent_frames_total: {type: 'counter', help: 'Frames sent, as the interface counts them.'},
	netstress_interface_received_bytes_total: {type: 'counter', help: 'Bytes received, as the interface counts them.'},
	netstress_interface_sent_bytes_total: {type: 'counter', help: 'Bytes sent, as the interface counts them.'},
	netstress_cpu_processed_frames_total: {type: 'counter', help: 'Frames that a CPU has handled, of all network namespaces.'},
	netstress_cpu_backlog_frames: {type: 'gauge', help: 'Frames that wait for a CPU, of all network namespaces.'},
	netstress_kernel_drops_total: {
		type: 'counter',
		help: 'Frames that the kernel dropped since netstress was started, of all network namespaces, by its own reason and function. With --drops.',
	},
	netstress_read_seconds: {type: 'gauge', help: 'How long reading all counters took.'},
	netstress_build_info: {type: 'gauge', help: 'Always 1; the version is a label.'},
} as const satisfies Record<string, {type: Family['type']; help: string}>;
export type FamilyName = keyof typeof families;

const labelsOf = (counter: Counter): Record<string, string> => {
	const {place, source, name, scope} = counter;
	return {
		place,
		kind: kindOf(counter),
		source,
		name,
		iface: scope.iface ?? '',
		cpu: scope.cpu === undefined ? '' : String(scope.cpu),
		socket: scope.bound ?? '',
	};
};

/** A connection of TCP lives too short for a series of its own: its drops are in netstress_lost_frames_total alone. */
const lasting = ({source, name}: Counter) => source !== 'sock_diag' || name !== 'tcp drops';

/** One sample for equal labels: sockets that are bound alike are added up, an inode would make a new series with every start of a program. */
function merged(samples: readonly {labels: Record<string, string>; value: number}[]): Family['samples'] {
	const sums = new Map<string, {labels: Record<string, string>; value: number}>();
	for (const {labels, value} of samples) {
		const key = JSON.stringify(labels);
		sums.set(key, {labels, value: value + (sums.get(key)?.value ?? 0)});
	}
	return [...sums.values()];
}

export interface RunFacts {
	readonly version: string;
	readonly readSeconds: number;
	/** What the drop monitor has counted, where one is at work. */
	readonly drops?: readonly Drop[];
}

/**
 * What is exported of a run: `tally` has the losses since its start, its last snapshot the counters. `peak` keeps the losses from going back where one of two counters of
 * the same frames was read a moment earlier than the other.
 */
export function metricFamilies(tally: Tally, peak: Map<string, number>, {version, readSeconds, drops = []}: RunFacts): Family[] {
	const {interfaces, cpus, counters}: Snapshot = tally.last;
	const {interfaces: moved, counters: movedElsewhere} = tally.total();
	const present = [...[...interfaces.values()].flatMap(one => one.counters), ...counters];
	// a series begins at zero, or its first losses would be no increase
	const none = present
		.filter(({sign}) => !sign)
		.map(counter => ({labels: {place: counter.place, kind: kindOf(counter), iface: counter.scope.iface ?? ''}, value: 0}));
	const lost = lossesByPlace([...[...moved.values()].flatMap(one => one.counters), ...movedElsewhere]).flatMap(({place, kind, counters: from}) =>
		kind === 'sign' ? [] : from.map(({scope, value}) => ({labels: {place, kind, iface: scope.iface ?? ''}, value})),
	);
	const never = merged([...none, ...lost]).map(({labels, value}) => {
		const key = JSON.stringify(labels);
		const most = Math.max(value, peak.get(key) ?? 0);
		peak.set(key, most);
		return {labels, value: most};
	});
	const each = (key: 'received' | 'sent' | 'receivedBytes' | 'sentBytes') =>
		[...interfaces].map(([iface, one]) => ({labels: {iface, driver: one.driver}, value: one[key]}));
	const samples: Record<FamilyName, Family['samples']> = {
		netstress_counted_total: merged(present.filter(lasting).map(counter => ({labels: labelsOf(counter), value: counter.value}))),
		netstress_lost_frames_total: never,
		netstress_interface_received_frames_total: each('received'),
		netstress_interface_sent_frames_total: each('sent'),
		netstress_interface_received_bytes_total: each('receivedBytes'),
		netstress_interface_sent_bytes_total: each('sentBytes'),
		netstress_cpu_processed_frames_total: cpus.map(({cpu, processed}) => ({labels: {cpu: String(cpu)}, value: processed})),
		netstress_cpu_backlog_frames: cpus.flatMap(({cpu, backlogLength}) =>
			backlogLength === undefined ? [] : [{labels: {cpu: String(cpu)}, value: backlogLength}],
		),
		netstress_kernel_drops_total: merged(
			drops.map(({reason, symbol, protocolName, iface, namespace, place, kind, count}) => ({
				labels: {reason, function: symbol, protocol: protocolName, iface, namespace, place, kind},
				value: count,
			})),
		),
		netstress_read_seconds: [{labels: {}, value: readSeconds}],
		netstress_build_info: [{labels: {version}, value: 1}],
	};
	return (Object.keys(families) as FamilyName[]).map(name => ({name, ...families[name], samples: samples[name]}));
}
