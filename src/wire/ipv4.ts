// IPv4 (RFC 791 3.1; DSCP RFC 2474, ECN RFC 3168). Options are bytes behind the fixed part: `ip.hdr_len` says where they end.
import {bytes, scaled, u8, u16} from './field.js';
import {header} from './header.js';

/** Protocol numbers in use here, by Wireshark's names (IANA "Protocol Numbers"). */
export const ipProtocols: Readonly<Record<number, string>> = {
	0: 'IPv6 Hop-by-Hop Option',
	1: 'ICMP',
	2: 'IGMP',
	4: 'IPIP',
	6: 'TCP',
	17: 'UDP',
	41: 'IPv6',
	43: 'Routing Header for IPv6',
	44: 'Fragment Header for IPv6',
	58: 'ICMPv6',
	59: 'No Next Header for IPv6',
	60: 'Destination Options for IPv6',
};

export const ecnNames = {
	0: 'Not ECN-Capable Transport',
	1: 'ECN-Capable Transport codepoint',
	2: 'ECN-Capable Transport codepoint',
	3: 'Congestion Experienced',
};
const set = {0: 'Not set', 1: 'Set'};

export const ipv4 = header('ip', 20, {
	version: u8(0, 'Version', {mask: 0xf0}),
	hdr_len: scaled(u8(0, 'Header Length', {mask: 0x0f}), 4),
	dsfield: u8(1, 'Differentiated Services Field', {show: 'hex'}),
	'dsfield.dscp': u8(1, 'Differentiated Services Codepoint', {mask: 0xfc}),
	'dsfield.ecn': u8(1, 'Explicit Congestion Notification', {mask: 0x03, names: ecnNames}),
	len: u16(2, 'Total Length'),
	id: u16(4, 'Identification', {show: 'hex'}),
	flags: u8(6, 'Flags', {mask: 0xe0, show: 'hex'}),
	'flags.rb': u8(6, 'Reserved bit', {mask: 0x80, names: set}),
	'flags.df': u8(6, "Don't fragment", {mask: 0x40, names: set}),
	'flags.mf': u8(6, 'More fragments', {mask: 0x20, names: set}),
	/** In units of 8 bytes. */
	frag_offset: u16(6, 'Fragment Offset', {mask: 0x1fff}),
	ttl: u8(8, 'Time to Live'),
	proto: u8(9, 'Protocol', {names: ipProtocols}),
	checksum: u16(10, 'Header Checksum', {show: 'hex'}),
	src: bytes(12, 4, 'Source Address', 'ipv4'),
	dst: bytes(16, 4, 'Destination Address', 'ipv4'),
});
