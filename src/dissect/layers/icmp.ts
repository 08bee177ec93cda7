// ICMP and ICMPv6: echo, path MTU trouble with the packet it quotes, neighbour discovery. The rest is data.
import {checksum, fold, pseudoHeader, sum16} from '../../wire/checksum.js';
import {icmp, icmpEcho, icmpTooBig, icmpv6, icmpv6Echo, icmpv6TooBig, neighborAdvertisement, neighborSolicitation} from '../../wire/icmp.js';
import {follow} from '../next.js';
import {generated, type Source, type Walk} from '../tree.js';
import {networkOf} from './ip.js';

const unreachable = 3;
const tooBigCode = 4;
/** ICMP errors quote the packet that caused them, eight bytes in (RFC 792). */
const quoting: ReadonlySet<number> = new Set([unreachable, 4, 5, 11, 12]);

export function dissectIcmp(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(icmp, 'Internet Control Message Protocol', source, at, end);
	if (layer === undefined) return end;
	const {view} = source;
	const type = icmp.fields.type.read(view, at);
	const body = at + icmp.length;
	layer.children.push(generated('icmp.checksum.status', checksum(view, at, end) === 0 ? 1 : 0, at + icmp.fields.checksum.at));
	if (type === 0 || type === 8) {
		if (!walk.extend(layer, icmpEcho, body, end)) return end;
		layer.children.push(generated('icmp.ident_le', view.getUint16(body, true), body, 2), generated('icmp.seq_le', view.getUint16(body + 2, true), body + 2, 2));
		layer.size = end - at;
		walk.data(source, body + icmpEcho.length, end);
	} else if (quoting.has(type) && end - body >= 4) {
		if (type === unreachable && icmp.fields.code.read(view, at) === tooBigCode) walk.extend(layer, icmpTooBig, body, end);
		layer.size = end - at;
		quote(walk, source, body + 4, end);
	} else {
		layer.size = end - at;
		walk.data(source, body, end);
	}
	return end;
}

const packetTooBig = 2;
const echo: ReadonlySet<number> = new Set([128, 129]);

export function dissectIcmpv6(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(icmpv6, 'Internet Control Message Protocol v6', source, at, end);
	if (layer === undefined) return end;
	const {view} = source;
	const type = icmpv6.fields.type.read(view, at);
	const body = at + icmpv6.length;
	const network = networkOf(walk);
	if (network !== undefined && !walk.quoted) {
		const sum = pseudoHeader(network.source.view, network.at, network.size, 58, end - at);
		layer.children.push(generated('icmpv6.checksum.status', fold(sum16(view, at, end, sum)) === 0 ? 1 : 0, at + icmpv6.fields.checksum.at));
	}
	const further = echo.has(type)
		? icmpv6Echo
		: type === packetTooBig
			? icmpv6TooBig
			: type === 135
				? neighborSolicitation
				: type === 136
					? neighborAdvertisement
					: undefined;
	if (further !== undefined && !walk.extend(layer, further, body, end)) return end;
	layer.size = end - at;
	const rest = body + (further?.length ?? 0);
	if (type === packetTooBig) quote(walk, source, rest, end);
	else if (further === undefined || echo.has(type)) walk.data(source, rest, end);
	return end;
}

/** The packet inside an error message: shown, but no traffic of its own. */
function quote(walk: Walk, source: Source, at: number, end: number): void {
	if (at >= end) return;
	const before = walk.quoted;
	walk.quoted = true;
	follow(walk, 'ip.version', (source.bytes[at] as number) >>> 4, source, at, end);
	walk.quoted = before;
}
