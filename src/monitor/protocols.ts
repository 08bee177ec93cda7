// What the protocols of a network namespace count: /proc/net/snmp, netstat and snmp6, by the names that `nstat -az` prints (net/ipv4/proc.c, net/ipv6/proc.c,
// include/uapi/linux/snmp.h). Only those that are losses, or are seen before them.
import type {Counter} from './counter.js';
import type {Place} from './place.js';

export interface ProtocolRule {
	readonly name: string;
	readonly place: Place;
	readonly meaning: string;
	readonly alsoIn?: readonly string[];
	readonly sign?: true;
}

/** Those of IPv4 and IPv6 alike; `6` stands behind the first word of the name where it is IPv6's. */
const both = (six: '' | '6'): ProtocolRule[] => [
	{name: `Ip${six}InHdrErrors`, place: 'malformed', meaning: 'bad header: length, version, checksum, or hop limit reached'},
	{name: `Ip${six}InAddrErrors`, place: 'other-host', meaning: 'the address is not of this host'},
	{name: `Ip${six}InUnknownProtos`, place: 'unhandled', meaning: 'nothing here speaks the protocol on top of IP'},
	{name: `Ip${six}InDiscards`, place: 'memory', meaning: 'nothing wrong with the packet, but no memory, or a rule'},
	{name: `Ip${six}OutDiscards`, place: 'memory', meaning: 'nothing wrong with the packet, but no memory, or no neighbour'},
	{name: `Ip${six}OutNoRoutes`, place: 'route', meaning: 'no route'},
	{name: `Ip${six}ReasmFails`, place: 'memory', meaning: 'fragments given up: one was missing, or no memory'},
	{name: `Ip${six}FragFails`, place: 'refused', meaning: 'too long for the MTU and not to be cut'},
	{name: `Icmp${six}InErrors`, place: 'malformed', meaning: 'bad ICMP messages'},
	{name: `Icmp${six}InCsumErrors`, place: 'malformed', meaning: 'ICMP checksum', alsoIn: [`snmp:Icmp${six}InErrors`]},
	{name: `Udp${six}NoPorts`, place: 'no-socket', meaning: 'no socket on this port'},
	{name: `Udp${six}InErrors`, place: 'filter', meaning: "the sum of the three below, and what a socket's own filter dropped"},
	{name: `Udp${six}RcvbufErrors`, place: 'socket', meaning: 'receive buffer full', alsoIn: [`snmp:Udp${six}InErrors`]},
	{name: `Udp${six}InCsumErrors`, place: 'malformed', meaning: 'UDP checksum', alsoIn: [`snmp:Udp${six}InErrors`]},
	{name: `Udp${six}MemErrors`, place: 'memory', meaning: 'udp_mem reached', alsoIn: [`snmp:Udp${six}InErrors`]},
	{name: `Udp${six}SndbufErrors`, place: 'refused', meaning: 'send buffer full, or no memory'},
	{name: `Udp${six}IgnoredMulti`, place: 'other-host', meaning: 'multicast that no socket has joined'},
];

const listenDrops = ['snmp:TcpExtListenDrops'];
/** Every protocol counter that we read, with its place. */
export const protocolRules: readonly ProtocolRule[] = [
	...both(''),
	...both('6'),
	{name: 'Ip6InTooBigErrors', place: 'refused', meaning: 'too long for the next link'},
	{name: 'Ip6InNoRoutes', place: 'route', meaning: 'no route'},
	{name: 'Ip6InTruncatedPkts', place: 'malformed', meaning: 'shorter than its header says'},
	{name: 'IpExtInNoRoutes', place: 'route', meaning: 'no route'},
	{name: 'IpExtInTruncatedPkts', place: 'malformed', meaning: 'shorter than its header says'},
	{name: 'IpExtInCsumErrors', place: 'malformed', meaning: 'IP header checksum', alsoIn: ['snmp:IpInHdrErrors']},
	{name: 'TcpInErrs', place: 'malformed', meaning: 'bad segments'},
	{name: 'TcpInCsumErrors', place: 'malformed', meaning: 'TCP checksum', alsoIn: ['snmp:TcpInErrs']},
	{name: 'TcpRetransSegs', place: 'tcp', meaning: 'segments sent again: a loss elsewhere, or a doubt', sign: true},
	{name: 'TcpExtListenDrops', place: 'socket', meaning: 'connections refused by a listening socket: queue full, or no memory'},
	{name: 'TcpExtListenOverflows', place: 'socket', meaning: 'accept queue full', alsoIn: listenDrops},
	{name: 'TcpExtTCPReqQFullDrop', place: 'socket', meaning: 'queue of half-open connections full', alsoIn: listenDrops},
	{name: 'TcpExtTCPBacklogDrop', place: 'socket', meaning: "a socket's backlog full while its program was in it"},
	{name: 'TcpExtTCPRcvQDrop', place: 'socket', meaning: 'receive queue full'},
	{name: 'TcpExtTCPOFODrop', place: 'socket', meaning: 'no room for segments out of order'},
	{name: 'TcpExtRcvPruned', place: 'socket', meaning: 'segment dropped after pruning made no room'},
	{name: 'TcpExtOfoPruned', place: 'socket', meaning: 'queues of segments out of order dropped for room'},
	{name: 'TcpExtTCPZeroWindowDrop', place: 'socket', meaning: 'the window was closed'},
	{name: 'TcpExtTCPWqueueTooBig', place: 'refused', meaning: 'the send queue is beyond its limit'},
	{name: 'TcpExtTCPAbortOnMemory', place: 'memory', meaning: 'connections ended for lack of memory'},
	{name: 'TcpExtPFMemallocDrop', place: 'memory', meaning: 'emergency memory is not for this socket'},
	{name: 'TcpExtTCPMinTTLDrop', place: 'filter', meaning: 'below IP_MINTTL'},
	{name: 'TcpExtIPReversePathFilter', place: 'filter', meaning: 'reverse path check (rp_filter)'},
	{name: 'TcpExtTCPDeferAcceptDrop', place: 'tcp', meaning: 'waits for data (TCP_DEFER_ACCEPT)'},
	{name: 'TcpExtPAWSActive', place: 'tcp', meaning: 'old segment by its timestamp, while connecting'},
	{name: 'TcpExtPAWSEstab', place: 'tcp', meaning: 'old segment by its timestamp'},
	{name: 'TcpExtPAWSOldAck', place: 'tcp', meaning: 'old acknowledgement by its timestamp'},
	{name: 'TcpExtOutOfWindowIcmps', place: 'tcp', meaning: 'ICMP about no segment of ours'},
	{name: 'TcpExtPruneCalled', place: 'socket', meaning: 'a receive queue was made smaller', sign: true},
	{name: 'TcpExtTCPRcvCollapsed', place: 'socket', meaning: 'segments joined in a receive queue for room', sign: true},
];

/** The text of /proc/net/snmp or netstat: pairs of lines, names and values, as `UdpInErrors` to value. A pair of unequal length ends at the shorter one. */
export function parsePairs(text: string): Map<string, number> {
	const found = new Map<string, number>();
	const lines = text.split('\n');
	for (let i = 0; i + 1 < lines.length; i++) {
		const names = (lines[i] as string).trim().split(/\s+/);
		const values = (lines[i + 1] as string).trim().split(/\s+/);
		const prefix = /^([A-Za-z0-9]+):$/.exec(names[0] ?? '')?.[1];
		if (prefix === undefined || values[0] !== names[0]) continue;
		for (let at = 1; at < Math.min(names.length, values.length); at++) {
			const value = Number(values[at]);
			if (Number.isFinite(value)) found.set(`${prefix}${names[at]}`, value);
		}
		i++; // the values are no names
	}
	return found;
}

/** The text of /proc/net/snmp6: a name and a value on each line. */
export function parseSnmp6(text: string): Map<string, number> {
	return new Map(
		text.split('\n').flatMap(line => {
			const [name, value] = line.trim().split(/\s+/);
			return name !== undefined && value !== undefined && /^\d+$/.test(value) ? [[name, Number(value)] as const] : [];
		}),
	);
}

/** The counters that we know, of the texts of /proc/net/snmp, netstat and snmp6; what a kernel does not have is left out. */
export function protocolCounters(snmp: string, netstat: string, snmp6: string): Counter[] {
	const values = new Map([...parsePairs(snmp), ...parsePairs(netstat), ...parseSnmp6(snmp6)]);
	return protocolRules.flatMap(({name, place, alsoIn, sign}) => {
		const value = values.get(name);
		return value === undefined ? [] : [{place, name, source: 'snmp', scope: {}, value, ...(alsoIn ? {alsoIn} : {}), ...(sign ? {sign} : {})} satisfies Counter];
	});
}
