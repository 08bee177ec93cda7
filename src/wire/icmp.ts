// ICMP (RFC 792) and ICMPv6 (RFC 4443, neighbour discovery RFC 4861): the common header, echo, and what path MTU trouble looks like.
import {bytes, u8, u16, u32} from './field.js';
import {header} from './header.js';

export const icmp = header('icmp', 4, {
	type: u8(0, 'Type', {
		names: {0: 'Echo (ping) reply', 3: 'Destination unreachable', 4: 'Source quench', 5: 'Redirect', 8: 'Echo (ping) request', 11: 'Time-to-live exceeded'},
	}),
	code: u8(1, 'Code'),
	checksum: u16(2, 'Checksum', {show: 'hex'}),
});

/** Behind the common header of types 0 and 8. */
export const icmpEcho = header('icmp', 4, {
	ident: u16(0, 'Identifier (BE)'),
	seq: u16(2, 'Sequence Number (BE)'),
});

/** Behind the common header of type 3 code 4, fragmentation needed (RFC 1191 4). */
export const icmpTooBig = header('icmp', 4, {
	unused: bytes(0, 2, 'Unused'),
	mtu: u16(2, 'MTU of next hop'),
});

export const icmpv6 = header('icmpv6', 4, {
	type: u8(0, 'Type', {
		names: {
			1: 'Destination Unreachable',
			2: 'Packet Too Big',
			3: 'Time Exceeded',
			4: 'Parameter Problem',
			128: 'Echo (ping) request',
			129: 'Echo (ping) reply',
			133: 'Router Solicitation',
			134: 'Router Advertisement',
			135: 'Neighbor Solicitation',
			136: 'Neighbor Advertisement',
			143: 'Multicast Listener Report Message v2',
		},
	}),
	code: u8(1, 'Code'),
	checksum: u16(2, 'Checksum', {show: 'hex'}),
});

export const icmpv6Echo = header('icmpv6', 4, {
	'echo.identifier': u16(0, 'Identifier', {show: 'hex'}),
	'echo.sequence_number': u16(2, 'Sequence'),
});

/** Type 2, packet too big (RFC 4443 3.2). */
export const icmpv6TooBig = header('icmpv6', 4, {mtu: u32(0, 'MTU')});

/** Type 135 (RFC 4861 4.3). */
export const neighborSolicitation = header('icmpv6', 20, {
	reserved: bytes(0, 4, 'Reserved'),
	'nd.ns.target_address': bytes(4, 16, 'Target Address', 'ipv6'),
});

/** Type 136 (RFC 4861 4.4). */
export const neighborAdvertisement = header('icmpv6', 20, {
	'nd.na.flag': u32(0, 'Flags', {show: 'hex'}),
	'nd.na.flag.r': u32(0, 'Router', {mask: 0x8000_0000}),
	'nd.na.flag.s': u32(0, 'Solicited', {mask: 0x4000_0000}),
	'nd.na.flag.o': u32(0, 'Override', {mask: 0x2000_0000}),
	'nd.na.target_address': bytes(4, 16, 'Target Address', 'ipv6'),
});
