// IPv6 (RFC 8200 3) and the extension headers that a storage packet may carry in front of TCP.
import {bytes, u8, u16, u24, u32} from './field.js';
import {header} from './header.js';
import {ecnNames, ipProtocols} from './ipv4.js';

export const ipv6 = header('ipv6', 40, {
	version: u8(0, 'Version', {mask: 0xf0}),
	tclass: u32(0, 'Traffic Class', {mask: 0x0ff0_0000, show: 'hex'}),
	'tclass.dscp': u32(0, 'Differentiated Services Codepoint', {mask: 0x0fc0_0000}),
	'tclass.ecn': u32(0, 'Explicit Congestion Notification', {mask: 0x0030_0000, names: ecnNames}),
	flow: u24(1, 'Flow Label', {mask: 0x0f_ffff, show: 'hex'}),
	plen: u16(4, 'Payload Length'),
	nxt: u8(6, 'Next Header', {names: ipProtocols}),
	hlim: u8(7, 'Hop Limit'),
	src: bytes(8, 16, 'Source Address', 'ipv6'),
	dst: bytes(24, 16, 'Destination Address', 'ipv6'),
});

/** What hop-by-hop options, routing and destination options headers begin with (RFC 8200 4.3 to 4.6): `len` counts 8 bytes beyond the first 8. */
const extension = (name: string) => header(`ipv6.${name}`, 2, {nxt: u8(0, 'Next Header', {names: ipProtocols}), len: u8(1, 'Length')});
export const ipv6HopByHop = extension('hopopts');
export const ipv6Routing = extension('routing');
export const ipv6Destination = extension('dstopts');

/** Fragment header (RFC 8200 4.5). */
export const ipv6Fragment = header('ipv6.fraghdr', 8, {
	nxt: u8(0, 'Next header', {names: ipProtocols}),
	reserved_octet: u8(1, 'Reserved octet', {show: 'hex'}),
	offset: u16(2, 'Offset', {mask: 0xfff8}),
	reserved_bits: u16(2, 'Reserved bits', {mask: 0x0006}),
	more: u16(2, 'More Fragments', {mask: 0x0001}),
	ident: u32(4, 'Identification', {show: 'hex'}),
});
