// Builds frames from the inside out with the wire tables, checksums included: for fixtures and tests.
import {fold, pseudoHeader, sum16} from '../src/wire/checksum.js';
import {ethernet} from '../src/wire/ethernet.js';
import type {Fields, Header, ReprOf} from '../src/wire/header.js';
import {ipv4} from '../src/wire/ipv4.js';
import {ipv6} from '../src/wire/ipv6.js';
import {tcp} from '../src/wire/tcp.js';
import {udp} from '../src/wire/udp.js';

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

export const text = (words: string) => new TextEncoder().encode(words);
export const hex = (digits: string) => Uint8Array.from(digits.replace(/\s/g, '').match(/../g) ?? [], byte => Number.parseInt(byte, 16));

/** A header's bytes, then `rest`. */
export function encode<F extends Fields>(header: Header<F>, repr: Partial<ReprOf<F>>, ...rest: readonly Uint8Array[]): Uint8Array {
	const bytes = new Uint8Array(header.length);
	header.encode(repr, viewOf(bytes));
	return concat(bytes, ...rest);
}

export const clientMac = hex('020000000001');
export const serverMac = hex('020000000002');
export const broadcastMac = hex('ffffffffffff');
export const clientAddress = Uint8Array.of(192, 0, 2, 1);
export const serverAddress = Uint8Array.of(192, 0, 2, 2);
export const clientAddress6 = hex('20010db8000000000000000000000001');
export const serverAddress6 = hex('20010db8000000000000000000000002');

export interface Ends {
	/** From the server to the client. */
	readonly back?: boolean | undefined;
	readonly version?: 4 | 6 | undefined;
}

export function frame(type: number, payload: Uint8Array, {back = false, dst}: {back?: boolean | undefined; dst?: Uint8Array} = {}): Uint8Array {
	const [src, other] = back ? [serverMac, clientMac] : [clientMac, serverMac];
	return encode(ethernet, {dst: dst ?? other, src, type}, payload);
}

/** Fills to the 60 bytes that a wire carries at least. */
export const padded = (bytes: Uint8Array) => concat(bytes, new Uint8Array(Math.max(0, 60 - bytes.length)));

export function ip(proto: number, payload: Uint8Array, {back = false, version = 4}: Ends = {}, more: Partial<ReprOf<typeof ipv4.fields>> = {}): Uint8Array {
	if (version === 6) {
		const [src, dst] = back ? [serverAddress6, clientAddress6] : [clientAddress6, serverAddress6];
		return encode(ipv6, {version: 6, plen: payload.length, nxt: proto, hlim: 64, src, dst}, payload);
	}
	const [src, dst] = back ? [serverAddress, clientAddress] : [clientAddress, serverAddress];
	const bytes = encode(ipv4, {version: 4, hdr_len: 20, len: 20 + payload.length, id: 1, ttl: 64, proto, src, dst, ...more}, payload);
	viewOf(bytes).setUint16(10, fold(sum16(viewOf(bytes), 0, 20)));
	return bytes;
}

export const ipFrame = (proto: number, payload: Uint8Array, ends: Ends = {}, more?: Partial<ReprOf<typeof ipv4.fields>>) =>
	frame(ends.version === 6 ? 0x86dd : 0x0800, ip(proto, payload, ends, more), ends);

/** Writes the checksum of a transport segment at `at`. */
function withChecksum(bytes: Uint8Array, at: number, proto: number, {back = false, version = 4}: Ends): Uint8Array {
	const pair = version === 6 ? [clientAddress6, serverAddress6] : [clientAddress, serverAddress];
	const addresses = concat(...(back ? pair.reverse() : pair));
	const sum = pseudoHeader(viewOf(addresses), 0, version === 6 ? 16 : 4, proto, bytes.length);
	viewOf(bytes).setUint16(at, fold(sum16(viewOf(bytes), 0, bytes.length, sum)));
	return bytes;
}

export interface Segment extends Ends {
	readonly seq: number;
	readonly ack?: number;
	readonly flags?: number;
	readonly options?: Uint8Array;
	readonly payload?: Uint8Array;
	readonly port?: number;
}

export const flag = {fin: 1, syn: 2, rst: 4, push: 8, ack: 16} as const;

export function tcpFrame({
	seq,
	ack = 0,
	flags = flag.ack,
	options = new Uint8Array(0),
	payload = new Uint8Array(0),
	port = 3260,
	...ends
}: Segment): Uint8Array {
	const [srcport, dstport] = ends.back ? [port, 40_000] : [40_000, port];
	const repr = {srcport, dstport, seq_raw: seq >>> 0, ack_raw: ack >>> 0, hdr_len: 20 + options.length, flags, window_size_value: 65_000};
	return ipFrame(6, withChecksum(encode(tcp, repr, options, payload), 16, 6, ends), ends);
}

export function udpFrame(payload: Uint8Array, port: number, ends: Ends = {}): Uint8Array {
	const bytes = encode(udp, {srcport: 40_000, dstport: port, length: 8 + payload.length}, payload);
	return ipFrame(17, withChecksum(bytes, 6, 17, ends), ends);
}

/** ICMP or ICMPv6 with its checksum in place. */
export function icmpFrame(bytes: Uint8Array, ends: Ends = {}): Uint8Array {
	if (ends.version === 6) return ipFrame(58, withChecksum(bytes, 2, 58, ends), ends);
	viewOf(bytes).setUint16(2, fold(sum16(viewOf(bytes), 0, bytes.length)));
	return ipFrame(1, bytes, ends);
}
