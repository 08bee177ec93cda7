// ICMP (RFC 792) and ICMPv6 (RFC 4443, neighbour discovery RFC 4861) by message. What an error quotes is a packet behind it: icmp(unreachable)/ip4/udp.
import {type Fields, header} from '../../../wire/header.js';
import {icmp, icmpEcho, icmpTooBig, icmpv6, icmpv6Echo, icmpv6TooBig, neighborAdvertisement, neighborSolicitation} from '../../../wire/icmp.js';
import type {Kind} from '../kind.js';
import {transport} from './ip.js';

const common = icmp.length;

/** Fields of a table that begins behind the common header. */
const behind = <F extends Fields>(fields: F): F =>
	Object.fromEntries(
		Object.entries(fields).map(([key, field]) => [
			key,
			{
				...field,
				at: field.at + common,
				read: (view: DataView, base: number) => field.read(view, base + common),
				write: (view: DataView, base: number, value: never) => field.write(view, base + common, value),
			},
		]),
	) as F;
const message4 = <F extends Fields>(rest: {readonly length: number; readonly fields: F}) =>
	header('icmp', common + rest.length, {...icmp.fields, ...behind(rest.fields)});
const message6 = <F extends Fields>(rest: {readonly length: number; readonly fields: F}) =>
	header('icmpv6', common + rest.length, {...icmpv6.fields, ...behind(rest.fields)});
/** Four bytes that mean nothing. */
const unused = {length: 4, fields: {}};

const types4 = {echo: 8, reply: 0, unreachable: 3, redirect: 5, exceeded: 11} as const;
const icmp4: Kind = {
	name: 'icmp',
	also: ['icmp4'],
	about: 'ICMP: icmp(echo), icmp(reply), icmp(unreachable,code=4,mtu=1400)/ip4/udp; the checksum is filled in',
	table: {
		word: 'message',
		tables: {echo: message4(icmpEcho), reply: message4(icmpEcho), unreachable: message4(icmpTooBig), redirect: message4(unused), exceeded: message4(unused)},
	},
	short: {id: 'ident', sum: 'checksum'},
	words: {type: types4},
	bare: 'type',
	over: ['ip4'],
	defaults: ({word}) => ({type: types4[(word || 'echo') as keyof typeof types4], ident: 1}),
	computed: ['checksum'],
	carries: true,
	finish: (layer, build) => transport(layer, build, 1, {bare: true}),
};

const types6 = {echo: 128, reply: 129, unreachable: 1, too_big: 2, exceeded: 3, solicitation: 135, advertisement: 136} as const;
/** Neighbour discovery is heard only from the same link (RFC 4861 7.1.1). */
const isDiscovery = (word: string) => word === 'solicitation' || word === 'advertisement';
export const icmp6: Kind = {
	name: 'icmp6',
	also: ['icmpv6'],
	about: 'ICMPv6: icmp6(echo), icmp6(too_big,mtu=1280)/ip6/udp, icmp6(solicitation,target=fe80::1); the checksum is filled in',
	table: {
		word: 'message',
		tables: {
			echo: message6(icmpv6Echo),
			reply: message6(icmpv6Echo),
			unreachable: message6(unused),
			tooBig: message6(icmpv6TooBig),
			exceeded: message6(unused),
			solicitation: message6(neighborSolicitation),
			advertisement: message6(neighborAdvertisement),
		},
	},
	short: {id: 'echo.identifier', ident: 'echo.identifier', seq: 'echo.sequence_number', sum: 'checksum', flags: 'nd.na.flag'},
	shorts: {target: ['nd.ns.target_address', 'nd.na.target_address']},
	words: {type: types6},
	bare: 'type',
	over: ['ip6'],
	below: {ip6: ({word}) => ({nxt: 58, ...(isDiscovery(word) ? {hlim: 255} : {})})},
	defaults: ({word}) => ({type: types6[(word || 'echo') as keyof typeof types6], 'echo.identifier': 1, 'nd.na.flag': 0x6000_0000}),
	computed: ['checksum'],
	carries: true,
	finish: (layer, build) => transport(layer, build, 58),
};

export const icmpKinds: readonly Kind[] = [icmp4, icmp6];
