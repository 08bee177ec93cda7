// Ethernet II (IEEE 802.3 clause 3). The type field below 1536 is a length (802.3 with LLC): `eth.len`.
import {mac, u8, u16, u24} from './field.js';
import {header} from './header.js';

/** EtherTypes in use here, by Wireshark's names (IEEE registry; 0x88b5 is the local experimental one of the injector's stamps). */
export const etherTypes: Readonly<Record<number, string>> = {
	2048: 'IPv4',
	2054: 'ARP',
	33024: '802.1Q Virtual LAN',
	34525: 'IPv6',
	34824: 'MAC Control',
	34887: 'MPLS label switched packet',
	34888: 'MPLS multicast label switched packet',
	34978: 'ATA over Ethernet',
	34984: '802.1ad Provider Bridge (Q-in-Q)',
	34997: 'IEEE 802a OUI Extended Ethertype / Local Experimental 1',
	35020: '802.1 Link Layer Discovery Protocol (LLDP)',
	35078: 'Fibre Channel over Ethernet',
	35092: 'FCoE Initialization Protocol',
};

/** Below this the field behind the addresses is a length (IEEE 802.3 3.2.6). */
export const smallestType = 0x0600;

const bit = {0: 'no', 1: 'yes'};
export const ethernet = header('eth', 14, {
	dst: mac(0, 'Destination'),
	'dst.lg': u24(0, 'Locally administered', {mask: 0x02_0000, names: bit}),
	'dst.ig': u24(0, 'Group address', {mask: 0x01_0000, names: bit}),
	src: mac(6, 'Source'),
	'src.lg': u24(6, 'Locally administered', {mask: 0x02_0000, names: bit}),
	'src.ig': u24(6, 'Group address', {mask: 0x01_0000, names: bit}),
	type: u16(12, 'Type', {show: 'hex', names: etherTypes}),
});

/** The same header when the last field is a length. */
export const ethernet8023 = header('eth', 14, {
	dst: ethernet.fields.dst,
	'dst.lg': ethernet.fields['dst.lg'],
	'dst.ig': ethernet.fields['dst.ig'],
	src: ethernet.fields.src,
	'src.lg': ethernet.fields['src.lg'],
	'src.ig': ethernet.fields['src.ig'],
	len: u16(12, 'Length'),
});

/** IEEE 802.2 logical link control: what follows a length (STP and the like); shown, not taken further. */
export const llc = header('llc', 3, {
	dsap: u8(0, 'DSAP', {show: 'hex'}),
	ssap: u8(1, 'SSAP', {show: 'hex'}),
	control: u8(2, 'Control field', {show: 'hex', digits: 4}),
});
