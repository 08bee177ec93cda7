// TCP: header and options, numbers relative to the stream, what looks retransmitted, lost or joined by offload, and the units of the protocol above.
import {bound} from '../../wire/bind.js';
import {fold, pseudoHeader, sum16} from '../../wire/checksum.js';
import type {Node} from '../../wire/header.js';
import {sackBlock, tcp, tcpOptions, unknownTcpOption} from '../../wire/tcp.js';
import {hexBytes} from '../show.js';
import {type Direction, type Piece, type Stream, Streams} from '../streams.js';
import {generated, group, type Layer, type LayerDissector, type Source, type Walk} from '../tree.js';
import {feed, type UnitProtocol} from '../units.js';
import {networkOf} from './ip.js';

/** What a direction announces in its SYN. */
interface Announced {
	mss: number;
	scale: number;
}

/** A dissector of TCP with a memory for streams; `protocols` travel above it. */
export function tcpDissector(protocols: readonly UnitProtocol[]): LayerDissector {
	const streams = new Streams();
	return (walk, source, at, end) => {
		const layer = walk.header(tcp, 'Transmission Control Protocol', source, at, end);
		if (layer === undefined) return end;
		const {view} = source;
		const f = tcp.fields;
		const [from, to] = [f.srcport.read(view, at), f.dstport.read(view, at)];
		layer.label = `Transmission Control Protocol, Src Port: ${from}, Dst Port: ${to}`;
		const body = at + f.hdr_len.read(view, at);
		if (body < at + tcp.length || body > end) {
			walk.rest(source, at + tcp.length, end, `a TCP header of 20 bytes or more in the packet, not ${body - at}: that many`);
			return end;
		}
		layer.size = body - at;
		const announced = options(layer, source, at + tcp.length, body);
		if (walk.quoted) return end;
		checksumStatus(walk, layer, source, at, end);
		const {stream, way} = streamOf(walk, streams, source, at);
		const direction = stream.directions[way];
		const back = stream.directions[1 - way] as Direction;
		stream.first ??= walk.frame.time;
		layer.children.push(generated('tcp.time_relative', walk.frame.time - stream.first, at));
		layer.children.push(generated('tcp.time_delta', walk.frame.time - (stream.previous ?? walk.frame.time), at));
		stream.previous = walk.frame.time;
		number(layer, source, at, end - body, stream, direction, back, announced);
		payload(walk, layer, source, at, body, end, stream, way, protocols);
		return end;
	};
}

function checksumStatus(walk: Walk, layer: Layer, source: Source, at: number, end: number): void {
	const network = networkOf(walk);
	if (network === undefined || walk.frame.length > walk.frame.bytes.length) return;
	const sum = sum16(source.view, at, end, pseudoHeader(network.source.view, network.at, network.size, 6, end - at));
	layer.children.push(generated('tcp.checksum.status', fold(sum) === 0 ? 1 : 0, at + tcp.fields.checksum.at));
}

/** The options as nodes; what they announce, for the stream. */
function options(layer: Layer, source: Source, at: number, end: number): Announced {
	const announced = {mss: 0, scale: -2};
	if (at >= end) return announced;
	const {view, bytes} = source;
	const children: Node[] = [];
	let place = at;
	while (place < end) {
		const kind = bytes[place] as number;
		const option = tcpOptions[kind] ?? unknownTcpOption;
		const single = option.length === 1;
		const length = single ? 1 : place + 1 < end ? (bytes[place + 1] as number) : 0;
		// a length that cannot be ends the list: the rest stays visible in the bytes of tcp.options
		if (length < (single ? 1 : 2) || place + length > end || (option.length !== undefined && option.length !== length)) break;
		const nodes = option.header.dissect(view, place, place + length);
		if (kind === 2) announced.mss = view.getUint16(place + 2);
		else if (kind === 3) {
			announced.scale = bytes[place + 2] as number;
			nodes.push(generated('tcp.options.wscale.multiplier', 2 ** Math.min(14, announced.scale), place + 2, 1));
		} else if (kind === 5) {
			const count = Math.floor((length - 2) / sackBlock.length);
			for (let i = 0; i < count; i++) nodes.push(...sackBlock.dissect(view, place + 2 + i * sackBlock.length, place + length));
			nodes.push(generated('tcp.options.sack.count', count, place + 2));
		}
		children.push(group(option.key, place, length, bytes.subarray(place, place + length), nodes, option.label));
		place += length;
		if (kind === 0) break;
	}
	layer.children.push(group('tcp.options', at, end - at, bytes.subarray(at, end), children));
	return announced;
}

function streamOf(walk: Walk, streams: Streams, source: Source, at: number): {stream: Stream; way: 0 | 1} {
	const {view} = source;
	const {srcport, dstport, seq_raw} = tcp.fields;
	const network = networkOf(walk);
	const address = (index: number) => {
		if (network === undefined) return '';
		const from = network.at + index * network.size;
		return hexBytes(network.source.bytes.subarray(from, from + network.size));
	};
	const from = `${address(0)}:${srcport.read(view, at)}`;
	const to = `${address(1)}:${dstport.read(view, at)}`;
	const opening = tcp.fields['flags.syn'].read(view, at) === 1 && tcp.fields['flags.ack'].read(view, at) === 0;
	// the same ports again with another first number are another connection
	return streams.find(from, to, known => {
		const base = known.directions[known.from === from ? 0 : 1].base;
		return opening && base !== undefined && base !== seq_raw.read(view, at);
	});
}

/** Relative numbers and the window. A stream that is met in the middle counts from 1, as in Wireshark. */
function number(layer: Layer, source: Source, at: number, length: number, stream: Stream, own: Direction, back: Direction, announced: Announced): void {
	const {view} = source;
	const f = tcp.fields;
	const [seq, ack] = [f.seq_raw.read(view, at), f.ack_raw.read(view, at)];
	const [syn, fin, acks] = [f['flags.syn'].read(view, at), f['flags.fin'].read(view, at), f['flags.ack'].read(view, at)];
	own.base ??= syn ? seq : (seq - 1) >>> 0;
	if (syn) {
		own.mss = announced.mss;
		own.scale = announced.scale;
		own.next ??= (seq + 1) >>> 0;
	}
	if (acks && (!syn || back.base === undefined)) back.base ??= (ack - 1) >>> 0;
	const relative = (value: number, base: number) => (value - base) >>> 0;
	const next = length + syn + fin;
	layer.children.push(generated('tcp.stream', stream.index, at), generated('tcp.len', length, at));
	layer.children.push(generated('tcp.seq', relative(seq, own.base), at + f.seq_raw.at, 4));
	layer.children.push(generated('tcp.nxtseq', relative(seq, own.base) + next, at));
	layer.children.push(generated('tcp.ack', acks && back.base !== undefined ? relative(ack, back.base) : ack, at + f.ack_raw.at, 4));
	const window = f.window_size_value.read(view, at);
	const place = at + f.window_size_value.at;
	// a SYN's window is never scaled (RFC 7323 2.2), and both sides must have offered to
	const factor = own.scale === -1 || back.scale === -1 ? -1 : own.scale === -2 || back.scale === -2 ? -2 : 2 ** Math.min(14, own.scale);
	layer.children.push(generated('tcp.window_size', syn || factor < 0 ? window : window * factor, place, 2));
	if (!syn) layer.children.push(generated('tcp.window_size_scalefactor', factor, place, 2));
	layer.label += `, Seq: ${relative(seq, own.base)}, Len: ${length}`;
}

function payload(
	walk: Walk,
	layer: Layer,
	source: Source,
	at: number,
	body: number,
	end: number,
	stream: Stream,
	way: 0 | 1,
	protocols: readonly UnitProtocol[],
): void {
	const {view, bytes} = source;
	const direction = stream.directions[way];
	const back = stream.directions[1 - way] as Direction;
	const f = tcp.fields;
	const late: Piece[] = [];
	// the receiver has what the capture misses: it will not come any more
	if (f['flags.ack'].read(view, at) && !f['flags.syn'].read(view, at)) back.acknowledged(f.ack_raw.read(view, at), late);
	const protocol = protocolOf(stream, protocols, source, at, body, end);
	if (protocol !== undefined && late.length > 0) feed(walk, protocol, source, stream, way === 0 ? 1 : 0, late);
	if (end === body) return;
	layer.children.push(generated('tcp.payload', bytes.subarray(body, end), body, end - body));
	if (back.mss > 0 && end - body > back.mss) layer.children.push(generated('tcp.analysis.offloaded', 1, at));
	const pieces: Piece[] = [];
	const kind = direction.accept(f.seq_raw.read(view, at), bytes.subarray(body, end), walk.frame.number, body, pieces);
	if (kind === 'retransmission') layer.children.push(generated('tcp.analysis.retransmission', 1, at));
	if (kind === 'ahead') layer.children.push(generated('tcp.analysis.lost_segment', 1, at));
	if (kind === 'filled') layer.children.push(generated('tcp.analysis.out_of_order', 1, at));
	if (protocol === undefined) {
		if (kind !== 'retransmission') walk.data(source, body, end);
		return;
	}
	for (const [from, to] of feed(walk, protocol, source, stream, way, pieces)) {
		layer.children.push(generated('tcp.segment_data', bytes.subarray(from, to), from, to - from));
	}
}

/** Whose payload this is: bound to one of the ports, or recognised by how the stream begins. Decided at the first payload, once. */
function protocolOf(stream: Stream, protocols: readonly UnitProtocol[], source: Source, at: number, body: number, end: number): UnitProtocol | undefined {
	if (stream.protocol === undefined && end > body) {
		const {srcport, dstport} = tcp.fields;
		const names = [dstport, srcport].map(field => bound('tcp.port', field.read(source.view, at))?.proto);
		const known = protocols.find(protocol => names.includes(protocol.name)) ?? protocols.find(protocol => protocol.starts(source.view, body, end));
		stream.protocol = known?.name ?? null;
	}
	return protocols.find(protocol => protocol.name === stream.protocol);
}
