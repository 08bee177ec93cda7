// Names for skb->protocol: EtherTypes, and the numbers below 1536 that the kernel uses for frames without one (linux/if_ether.h).
import {etherTypes} from '../../wire/ethernet.js';

/** Short names of what is seen often; the others have Wireshark's. */
const short: Readonly<Record<number, string>> = {
	0: '',
	1: '802.3',
	3: 'all',
	4: '802.2',
	2048: 'IPv4',
	2054: 'ARP',
	33024: 'VLAN',
	34525: 'IPv6',
	34824: 'MAC control',
	34978: 'AoE',
	34984: 'QinQ',
	34997: 'netstress stamp',
	35020: 'LLDP',
	35045: 'MACsec',
	35063: 'PTP',
	35078: 'FCoE',
	35092: 'FIP',
};

/** A protocol's name; its number in hexadecimal where it has none. */
export const protocolName = (protocol: number): string => short[protocol] ?? etherTypes[protocol] ?? `0x${protocol.toString(16).padStart(4, '0')}`;
