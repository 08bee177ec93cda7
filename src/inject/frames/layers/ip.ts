// IPv4, IPv6, UDP and TCP. Lengths and checksums are filled in.

import {ipv4} from '../../../wire/ipv4.js';
import {ipv6} from '../../../wire/ipv6.js';
import {tcp} from '../../../wire/tcp.js';
import {udp} from '../../../wire/udp.js';
import type {Build} from '../build.js';
import {checksumStep} from '../checksums.js';
import type {Kind} from '../kind.js';
import type {Layer} from '../layer.js';

/** TEST-NET-1 (RFC 5737) and the documentation prefix (RFC 3849): nobody's addresses. */
const nobody4 = {src: Uint8Array.of(192, 0, 2, 1), dst: Uint8Array.of(192, 0, 2, 2)};
const documentation = (last: number) => Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last);

/** The addresses under a transport layer, for its pseudo header. */
function addressesOf(layer: Layer): {at: number; length: number} | undefined {
	const {below} = layer;
	if (below?.header === ipv4) return {at: below.at + ipv4.fields.src.at, length: 8};
	if (below?.header === ipv6) return {at: below.at + ipv6.fields.src.at, length: 32};
	return undefined;
}

/** Registers a transport checksum, with the pseudo header of the layer below unless `bare`. */
export function transport(layer: Layer, build: Build, protocol: number, {bare = false, neverZero = false} = {}): void {
	const field = layer.header.fields.checksum;
	if (field === undefined || layer.given.has('checksum')) return;
	const addresses = bare ? undefined : addressesOf(layer);
	const place = layer.at + field.at;
	build.steps.push(
		checksumStep(build, {
			field: place,
			from: layer.at,
			end: length => build.end(layer, length),
			...(addresses === undefined ? {} : {addresses, protocol}),
			neverZero,
		}),
	);
	build.changes(place, place + field.size);
}

const ip4: Kind = {
	name: 'ip4',
	also: ['ip', 'ipv4'],
	about: 'IPv4; length and header checksum are filled in',
	table: ipv4,
	short: {
		dscp: 'dsfield.dscp',
		ecn: 'dsfield.ecn',
		tos: 'dsfield',
		df: 'flags.df',
		mf: 'flags.mf',
		frag: 'frag_offset',
		ihl: 'hdr_len',
		sum: 'checksum',
		sa: 'src',
		da: 'dst',
		p: 'proto',
	},
	defaults: layer => ({version: 4, hdr_len: layer.length, ttl: 64, ...nobody4}),
	computed: ['len', 'hdr_len', 'checksum'],
	quoted: ['icmp'],
	next: {key: 'proto', binding: 'ip.proto'},
	options: {align: 4, most: 40},
	carries: true,
	finish(layer, build) {
		build.fill(layer, 'len', length => build.end(layer, length) - layer.at);
		if (layer.given.has('checksum')) return;
		const field = layer.at + ipv4.fields.checksum.at;
		build.steps.push(checksumStep(build, {field, from: layer.at, end: () => layer.inner}));
	},
};

const ip6: Kind = {
	name: 'ip6',
	also: ['ipv6'],
	about: 'IPv6; the payload length is filled in',
	table: ipv6,
	short: {tc: 'tclass', dscp: 'tclass.dscp', ecn: 'tclass.ecn', len: 'plen', nh: 'nxt', hl: 'hlim', ttl: 'hlim', sa: 'src', da: 'dst'},
	defaults: () => ({version: 6, hlim: 64, src: documentation(1), dst: documentation(2)}),
	computed: ['plen'],
	quoted: ['icmp6'],
	next: {key: 'nxt', binding: 'ip.proto'},
	carries: true,
	finish: (layer, build) => build.fill(layer, 'plen', length => build.end(layer, length) - layer.inner),
};

const udpKind: Kind = {
	name: 'udp',
	about: 'UDP; length and checksum are filled in, sum=0 sends none',
	table: udp,
	short: {sp: 'srcport', sport: 'srcport', dp: 'dstport', dport: 'dstport', len: 'length', sum: 'checksum'},
	over: ['ip4', 'ip6'],
	// an ephemeral port (RFC 6335 6) to discard (RFC 863)
	defaults: () => ({srcport: 49_152, dstport: 9}),
	computed: ['length', 'checksum'],
	// IPv6 wants one (RFC 8200 8.1)
	zero: ({below}) => (below?.header === ipv6 ? [] : ['checksum']),
	carries: true,
	finish(layer, build) {
		build.fill(layer, 'length', length => build.end(layer, length) - layer.at);
		transport(layer, build, 17, {neverZero: true});
	},
};

const tcpFlags = {fin: 0x01, syn: 0x02, rst: 0x04, reset: 0x04, psh: 0x08, push: 0x08, ack: 0x10, urg: 0x20, ece: 0x40, cwr: 0x80, ae: 0x100};
const tcpKind: Kind = {
	name: 'tcp',
	about: 'TCP segments, each for itself; the checksum is filled in; flags as words: tcp(syn|ack)',
	table: tcp,
	short: {
		sp: 'srcport',
		sport: 'srcport',
		dp: 'dstport',
		dport: 'dstport',
		seq: 'seq_raw',
		ack: 'ack_raw',
		win: 'window_size_value',
		window: 'window_size_value',
		urg: 'urgent_pointer',
		doff: 'hdr_len',
		sum: 'checksum',
	},
	words: {flags: tcpFlags},
	bare: 'flags',
	over: ['ip4', 'ip6'],
	defaults: layer => ({srcport: 49_152, dstport: 9, hdr_len: layer.length, flags: tcpFlags.ack, window_size_value: 65_535}),
	computed: ['hdr_len', 'checksum'],
	options: {align: 4, most: 40},
	carries: true,
	finish: (layer, build) => transport(layer, build, 6),
};

export const ipKinds: readonly Kind[] = [ip4, ip6, udpKind, tcpKind];
