// IPv4 and IPv6 down to the transport protocol. Fragments are shown as data: storage does not travel in them.
import {checksum} from '../../wire/checksum.js';
import {ipv4} from '../../wire/ipv4.js';
import {ipv6, ipv6Destination, ipv6Fragment, ipv6HopByHop, ipv6Routing} from '../../wire/ipv6.js';
import {follow} from '../next.js';
import {show} from '../show.js';
import {generated, type Layer, present, type Source, type Walk} from '../tree.js';

/** The addresses under a transport header, for its checksum and its stream. */
export interface Addresses {
	readonly source: Source;
	/** Where the source address lies; the destination follows it. */
	readonly at: number;
	readonly size: 4 | 16;
}

/** The innermost network header that each walk has met. */
const networks = new WeakMap<Walk, Addresses>();
export const networkOf = (walk: Walk): Addresses | undefined => networks.get(walk);

export function dissectIpv4(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(ipv4, 'Internet Protocol Version 4', source, at, end);
	if (layer === undefined) return end;
	const {view, bytes} = source;
	const {hdr_len, len, src, dst, proto, frag_offset, flags} = ipv4.fields;
	layer.label = `Internet Protocol Version 4, Src: ${show(src.read(view, at), src)}, Dst: ${show(dst.read(view, at), dst)}`;
	const headerEnd = at + hdr_len.read(view, at);
	if (headerEnd < at + ipv4.length || headerEnd > end) {
		walk.rest(source, at + ipv4.length, end, `an IPv4 header of 20 bytes or more in the packet, not ${headerEnd - at}: that many`);
		return end;
	}
	layer.size = headerEnd - at;
	if (headerEnd > at + ipv4.length) {
		const place = at + ipv4.length;
		layer.children.push(generated('ip.options', bytes.subarray(place, headerEnd), place, headerEnd - place));
	}
	const sum = ipv4.fields.checksum;
	layer.children.push(generated('ip.checksum.status', checksum(view, at, headerEnd) === 0 ? 1 : 0, at + sum.at));
	// a length of zero stands for a packet that the card cuts later (TSO): then the frame says how long it is
	const total = len.read(view, at);
	const stop = total === 0 ? end : Math.min(end, at + total);
	if (stop < headerEnd) {
		walk.rest(source, headerEnd, end, `a total length of ${hdr_len.read(view, at)} or more, not ${total}: packet`);
		return end;
	}
	networks.set(walk, {source, at: at + src.at, size: 4});
	const fragment = frag_offset.read(view, at) > 0 || (flags.read(view, at) & 1) === 1;
	if (fragment) walk.data(source, headerEnd, stop);
	else follow(walk, 'ip.proto', proto.read(view, at), source, headerEnd, stop);
	return stop;
}

/** Extension headers that are passed over on the way to the transport header (RFC 8200 4.1). */
const extensions: Readonly<Record<number, typeof ipv6HopByHop>> = {0: ipv6HopByHop, 43: ipv6Routing, 60: ipv6Destination};
const fragmentHeader = 44;
const noNextHeader = 59;

export function dissectIpv6(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(ipv6, 'Internet Protocol Version 6', source, at, end);
	if (layer === undefined) return end;
	const {view} = source;
	const {plen, nxt, src, dst} = ipv6.fields;
	layer.label = `Internet Protocol Version 6, Src: ${show(src.read(view, at), src)}, Dst: ${show(dst.read(view, at), dst)}`;
	const length = plen.read(view, at);
	const stop = length === 0 ? end : Math.min(end, at + ipv6.length + length);
	networks.set(walk, {source, at: at + src.at, size: 16});
	let next = nxt.read(view, at);
	let place = at + ipv6.length;
	for (;;) {
		if (next === noNextHeader) return stop;
		const [size, following, whole] = step(walk, layer, next, source, place, stop);
		if (size === undefined) return stop;
		if (size === 0) break;
		place += size;
		next = following;
		if (!whole) {
			walk.data(source, place, stop);
			return stop;
		}
	}
	follow(walk, 'ip.proto', next, source, place, stop);
	return stop;
}

/** One extension header: its size (0 = there is none, undefined = it does not fit), what follows it, and whether the packet is whole behind it. */
function step(walk: Walk, layer: Layer, next: number, source: Source, at: number, end: number): [number | undefined, number, boolean] {
	const {view} = source;
	if (next === fragmentHeader) {
		if (!walk.extend(layer, ipv6Fragment, at, end)) return [undefined, 0, false];
		const {offset, more, nxt} = ipv6Fragment.fields;
		return [ipv6Fragment.length, nxt.read(view, at), offset.read(view, at) === 0 && more.read(view, at) === 0];
	}
	const table = extensions[next];
	if (table === undefined) return [0, 0, true];
	const whole = end - at >= table.length && end - at >= 8 + 8 * table.fields.len.read(view, at);
	if (!whole) {
		walk.rest(source, at, end, `${table.proto} header`);
		return [undefined, 0, false];
	}
	const size = 8 + 8 * table.fields.len.read(view, at);
	walk.protocols.push(table.proto);
	layer.children.push(...present(table, view, at, end));
	layer.size = at + size - layer.pos;
	return [size, table.fields.nxt.read(view, at), true];
}
