// What queueing disciplines count: RTM_GETQDISC, TCA_STATS2 (linux/gen_stats.h; net/sched/sch_api.c, tc_fill_qdisc). The same as `tc -s qdisc`.
import type {Netlink} from '../sys/netlink.js';
import {attributes, text} from '../sys/netlink-message.js';
import type {Counter} from './counter.js';

const RTM_GETQDISC = 38;
/** struct tcmsg: family, interface index at 4, handle at 8, parent at 12. */
const tcmsg = 20;
const attribute = {kind: 1, statistics2: 7} as const;
const queueStatistics = 3;
/** TC_H_ROOT, and TC_H_INGRESS, which clsact uses as well. */
const root = 0xffff_ffff;
const ingress = 0xffff_fff1;

export interface Qdisc {
	readonly index: number;
	readonly kind: string;
	/** Major number in the upper half. */
	readonly handle: number;
	readonly parent: number;
	/** Frames waiting now. */
	readonly length: number;
	readonly backlogBytes: number;
	readonly drops: number;
	readonly requeues: number;
	readonly overlimits: number;
}

/** Reads one answer to RTM_GETQDISC; undefined when it is none, or one without statistics. */
export function parseQdisc(payload: DataView): Qdisc | undefined {
	if (payload.byteLength < tcmsg) return undefined;
	const given = attributes(payload, tcmsg);
	const kind = text(given.get(attribute.kind));
	const statistics = given.get(attribute.statistics2);
	const queue = statistics === undefined ? undefined : attributes(statistics).get(queueStatistics);
	if (kind === undefined || queue === undefined || queue.byteLength < 20) return undefined;
	const [length, backlogBytes, drops, requeues, overlimits] = [0, 4, 8, 12, 16].map(at => queue.getUint32(at, true)) as [
		number,
		number,
		number,
		number,
		number,
	];
	return {
		index: payload.getInt32(4, true),
		kind,
		handle: payload.getUint32(8, true),
		parent: payload.getUint32(12, true),
		length,
		backlogBytes,
		drops,
		requeues,
		overlimits,
	};
}

export const readQdiscs = (route: Netlink): Qdisc[] =>
	route.dump(RTM_GETQDISC, 'list the queueing disciplines', new Uint8Array(tcmsg)).flatMap(one => parseQdisc(one) ?? []);

const hex = (number: number) => number.toString(16);

/** As tc prints it: `tbf 8001: root`, `fq_codel 0: parent :1`, `ingress ffff: parent ffff:fff1`. */
export function qdiscName({kind, handle, parent}: Pick<Qdisc, 'kind' | 'handle' | 'parent'>): string {
	const major = parent >>> 16;
	const where = parent === root ? 'root' : `parent ${major === 0 ? '' : hex(major)}:${hex(parent & 0xffff)}`;
	return `${kind} ${hex(handle >>> 16)}: ${where}`;
}

/** Protocols whose packets a discipline refuses count them again (net/ipv4/udp.c, udp_send_skb; net/ipv4/ip_output.c, ip_send_skb; the same for IPv6). */
const protocols = ['snmp:IpOutDiscards', 'snmp:UdpSndbufErrors', 'snmp:Ip6OutDiscards', 'snmp:Udp6SndbufErrors'];

/**
 * The counters of the disciplines of one interface. A loss in a child is one of its parent, too (a parent counts what its child refuses, and `mq` is the sum of
 * its children).
 */
export function qdiscCounters(iface: string, all: readonly Qdisc[]): Counter[] {
	return all.flatMap(one => {
		const name = qdiscName(one);
		const up =
			one.parent === root ? undefined : all.find(({handle, parent}) => handle >>> 16 === one.parent >>> 16 && (one.parent >>> 16 !== 0 || parent === root));
		const common = {source: 'qdisc', scope: {iface}, bits: 32} as const;
		const drops = {alsoIn: up === undefined || up === one ? protocols : [`qdisc:${qdiscName(up)} drops`]};
		return [
			{...common, place: one.parent === ingress ? ('tc' as const) : ('qdisc' as const), name: `${name} drops`, value: one.drops, ...drops},
			{...common, place: 'qdisc' as const, name: `${name} overlimits`, value: one.overlimits, sign: true as const},
			{...common, place: 'qdisc' as const, name: `${name} requeues`, value: one.requeues, sign: true as const},
		];
	});
}
