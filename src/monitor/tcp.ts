// TCP's own counters of a network namespace (/proc/net/snmp, RFC 4022 names).
import {readFileSync} from 'node:fs';

/** One value of /proc/net/snmp, such as Tcp RetransSegs; undefined when the text does not have it. */
export function snmpValue(text: string, protocol: string, name: string): number | undefined {
	const [names, values] = text.split('\n').filter(line => line.startsWith(`${protocol}: `));
	const at = names?.split(' ').indexOf(name) ?? -1;
	return at < 1 || values === undefined ? undefined : Number(values.split(' ')[at]);
}

/** TCP segments sent again in the namespace of process `pid`; undefined when that cannot be read. */
export function tcpRetransmits(pid: number | 'self' = 'self'): number | undefined {
	try {
		return snmpValue(readFileSync(`/proc/${pid}/net/snmp`, 'utf8'), 'Tcp', 'RetransSegs');
	} catch {
		return undefined;
	}
}
