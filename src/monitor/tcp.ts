// TCP's own counters of a network namespace (/proc/net/snmp, RFC 4022 names).
import {readFileSync} from 'node:fs';

/** One value of /proc/net/snmp, such as Tcp RetransSegs; undefined when the text does not have it. */
export function snmpValue(text: string, protocol: string, name: string): number | undefined {
	const [names, values] = text.split('\n').filter(line => line.startsWith(`${protocol}: `));
	const at = names?.split(' ').indexOf(name) ?? -1;
	return at < 1 || values === undefined ? undefined : Number(values.split(' ')[at]);
}

/** What TCP of one namespace has counted since it came up. */
export interface TcpCounters {
	/** Segments sent again, tail loss probes (RFC 8985) included. */
	readonly retransmits: number;
	/** Segments that the other side says it had already (D-SACK, RFC 2883): sent again for nothing. */
	readonly needless: number;
	/** Segments dropped on this host after the interface had delivered them: no room in a socket's queues. */
	readonly dropped: number;
}

/** TcpExt counters of segments that a receiver threw away (include/uapi/linux/snmp.h). */
const drops = ['TCPBacklogDrop', 'TCPRcvQDrop', 'RcvPruned', 'OfoPruned', 'TCPZeroWindowDrop'];

/** From the texts of /proc/net/snmp and /proc/net/netstat; undefined where the first does not have TCP. */
export function parseTcp(snmp: string, netstat: string): TcpCounters | undefined {
	const retransmits = snmpValue(snmp, 'Tcp', 'RetransSegs');
	if (retransmits === undefined) return undefined;
	const ext = (name: string) => snmpValue(netstat, 'TcpExt', name) ?? 0;
	return {retransmits, needless: ext('TCPDSACKRecvSegs'), dropped: drops.reduce((sum, name) => sum + ext(name), 0)};
}

/** TCP's counters in the namespace of process `pid`; undefined when they cannot be read. */
export function readTcp(pid: number | 'self' = 'self'): TcpCounters | undefined {
	try {
		return parseTcp(readFileSync(`/proc/${pid}/net/snmp`, 'utf8'), readFileSync(`/proc/${pid}/net/netstat`, 'utf8'));
	} catch {
		return undefined;
	}
}
