// ARP (RFC 826) for IPv4 over Ethernet: the only sizes shown field by field.
import {etherTypes} from './ethernet.js';
import {bytes, mac, u8, u16} from './field.js';
import {header} from './header.js';

export const arp = header('arp', 28, {
	'hw.type': u16(0, 'Hardware type', {names: {1: 'Ethernet'}}),
	'proto.type': u16(2, 'Protocol type', {show: 'hex', names: etherTypes}),
	'hw.size': u8(4, 'Hardware size'),
	'proto.size': u8(5, 'Protocol size'),
	opcode: u16(6, 'Opcode', {names: {1: 'request', 2: 'reply', 3: 'reverse request', 4: 'reverse reply'}}),
	'src.hw_mac': mac(8, 'Sender MAC address'),
	'src.proto_ipv4': bytes(14, 4, 'Sender IP address', 'ipv4'),
	'dst.hw_mac': mac(18, 'Target MAC address'),
	'dst.proto_ipv4': bytes(24, 4, 'Target IP address', 'ipv4'),
});
