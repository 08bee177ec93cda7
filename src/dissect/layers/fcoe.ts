// FCoE (FC-BB-6 7.7): start and end of frame, and the CRC checked. There is no length: the FC frame ends eight bytes before the Ethernet frame.
import {fc} from '../../wire/fc.js';
import {eofNames, FCOE_TRAILER_LENGTH, fcCrc, fcoe, fcoeTrailer, fcoeTrailerShown, sof, sofNames, VN2VN_FC_MAP} from '../../wire/fcoe.js';
import {generated, type Layer, type LayerDissector, present, type Source, type Walk} from '../tree.js';
import type {FcDissector} from './fc.js';

/** Starts of frame that begin a sequence; SOFf says nothing of it. */
const initial: ReadonlySet<number> = new Set([sof.i2, sof.i3, sof.i4]);
/** The CRC status that Wireshark gives a trailer which was not captured. */
const crcNotPresent = 3;
const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;

/** A dissector of FCoE frames, whose FC frames `dissectFc` goes on with. */
export function fcoeDissector(dissectFc: FcDissector): LayerDissector {
	return (walk, source, at, end) => {
		const layer = walk.header(fcoe, 'FCoE', source, at, end);
		if (layer === undefined) return end;
		const {view} = source;
		// a snap length takes bytes from the end: where the trailer lies is told by the length on the wire
		const wireEnd = end + (end === walk.frame.bytes.length ? walk.frame.length - end : 0);
		const from = at + fcoe.length;
		const to = wireEnd - FCOE_TRAILER_LENGTH;
		const start = fcoe.fields.sof.read(view, at);
		const startName = sofNames[start] ?? hex(start);
		if (to < from) {
			layer.label = `FCoE (${startName})`;
			walk.rest(source, from, end, `an FC frame and an FCoE trailer of ${FCOE_TRAILER_LENGTH} bytes`);
			return end;
		}
		const stop = fcoeTrailer.fields.eof.at + to < end ? fcoeTrailer.fields.eof.read(view, to) : undefined;
		layer.label = `FCoE (${startName}/${stop === undefined ? 'none' : (eofNames[stop] ?? hex(stop))}) ${to - from} bytes`;
		trailer(layer, source, from, to, end);
		addressed(walk, layer, source, from, end);
		const first = initial.has(start) || (start === sof.f && from + fc.length <= end && fc.fields.seq_cnt.read(view, from) === 0);
		dissectFc(walk, source, from, Math.min(to, end), to, first);
		return end;
	};
}

/** CRC and end of frame, as far as they were captured. */
function trailer(layer: Layer, source: Source, from: number, at: number, end: number): void {
	if (at + fcoeTrailer.fields.crc.size > end) layer.children.push(generated('fcoe.crc.status', crcNotPresent, end));
	for (const node of present(fcoeTrailerShown, source.view, at, end)) {
		layer.children.push(node);
		if (node.name !== 'fcoe.crc') continue;
		const good = fcoeTrailer.fields.crc.read(source.view, at) === fcCrc(source.bytes, from, at - from);
		layer.children.push(generated('fcoe.crc.status', good ? 1 : 0, at));
		if (!good) layer.label += ' [bad FC CRC]';
	}
}

/** In VN2VN the address of a station is its FC_ID behind the FC-MAP: a frame whose D_ID is another one is dropped (FC-BB-6 annex D; Linux fcoe_rcv). */
function addressed(walk: Walk, layer: Layer, source: Source, at: number, end: number): void {
	const link = walk.layers.find(other => other.name === 'eth');
	if (link === undefined || fc.fields.d_id.at + at + fc.fields.d_id.size > end) return;
	const {view} = link.source;
	const upper = view.getUint8(link.pos) * 0x1_0000 + view.getUint16(link.pos + 1);
	const lower = view.getUint8(link.pos + 3) * 0x1_0000 + view.getUint16(link.pos + 4);
	if (upper === VN2VN_FC_MAP && lower !== fc.fields.d_id.read(source.view, at)) layer.children.push(generated('fcoe.analysis.wrong_address', 1, at));
}
