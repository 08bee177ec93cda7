// Fibre Channel frames (FC-FS-3 clause 9): the header, the exchange that a frame belongs to and what is missing of it, basic link services;
// extended link services and FCP go to their own files.
import {bound} from '../../wire/bind.js';
import {FC_HEADER_LENGTH, fCtl, fc, fcType, fcTypeNames, rCtl, rCtlNames} from '../../wire/fc.js';
import {baAcc, baRjt} from '../../wire/fc-bls.js';
import {fcNetworkHeader, optionalLength} from '../../wire/fc-optional.js';
import type {Header} from '../../wire/header.js';
import {type Exchange, Exchanges, follow, type Place} from '../exchanges.js';
import {show} from '../show.js';
import {generated, type Layer, present, type Source, type Walk} from '../tree.js';
import {dissectEls} from './fc-els.js';
import type {FcFrame} from './fc-frame.js';
import {dissectFcp} from './fcp.js';

/**
 * Dissects the FC frame from `at` to `end`; on the wire it reached to `wireEnd`, which a snap length may have cut. `initial`: by its start
 * of frame it is the first of its sequence.
 */
export type FcDissector = (walk: Walk, source: Source, at: number, end: number, wireEnd: number, initial: boolean) => void;

export type FcPayload = (walk: Walk, source: Source, at: number, end: number, frame: FcFrame) => void;

/** Who dissects what is bound to a TYPE, by the protocol's name. */
const payloads: Readonly<Record<string, FcPayload>> = {fcels: dissectEls, fcp: dissectFcp};
/** Basic link services with a payload. */
const basic: Readonly<Record<number, Header>> = {[rCtl.baAcc]: baAcc, [rCtl.baRjt]: baRjt};

/** Wireshark's frame type: what R_CTL and TYPE together say (packet-fc.c fc_get_ftype). */
function frameType(control: number, type: number): number {
	switch (control & 0xf0) {
		case 0x00:
			return {[fcType.fcp]: 0x03, 5: 0x02, [fcType.ct]: 0x07, 34: 0x01, 27: 0x0c, 28: 0x0c}[type] ?? 0;
		case 0x20:
			return type === fcType.els ? 0x05 : 0x08;
		case 0x30:
			return type === fcType.fcp ? 0x03 : 0x08;
		case 0x40:
			return 0x09;
		case 0x80:
			return 0x04;
		case 0xc0:
			return 0x0a;
		default:
			return 0;
	}
}

/** A dissector of FC frames with a memory for exchanges. */
export function fcDissector(): FcDissector {
	const exchanges = new Exchanges();
	return (walk, source, at, end, wireEnd, initial) => {
		const layer = walk.header(fc, 'Fibre Channel', source, at, end);
		if (layer === undefined) return;
		const {view} = source;
		const {r_ctl, type, f_ctl, seq_id, df_ctl, seq_cnt, ox_id, parameter, s_id, d_id} = fc.fields;
		const control = r_ctl.read(view, at);
		const structure = type.read(view, at);
		const flags = f_ctl.read(view, at);
		const place: Place = {
			sId: s_id.read(view, at),
			dId: d_id.read(view, at),
			oxId: ox_id.read(view, at),
			fCtl: flags,
			seqId: seq_id.read(view, at),
			seqCnt: seq_cnt.read(view, at),
			initial,
		};
		const relative = structure === fcType.fcp && (flags & fCtl.relativeOffset) !== 0;
		const hidden = relative ? 'fc.parameter' : 'fc.relative_offset';
		layer.children.splice(
			layer.children.findIndex(node => node.name === hidden),
			1,
		);
		layer.children.splice(1, 0, generated('fc.ftype', frameType(control, structure), at, 1));
		const kind = structure === fcType.bls || (control & 0xf0) !== 0 ? rCtlNames[control] : fcTypeNames[structure];
		const [from, to, exchangeId] = [show(place.sId, s_id), show(place.dId, d_id), show(place.oxId, ox_id)];
		layer.label = `Fibre Channel, ${kind ?? `R_CTL 0x${control.toString(16)}`}, ${from} -> ${to}, OX_ID ${exchangeId}`;
		const exchange = exchanges.of(place, walk.frame.number, walk.frame.time);
		let body = at + FC_HEADER_LENGTH;
		const options = df_ctl.read(view, at);
		if ((options & 0x20) !== 0 && !walk.extend(layer, fcNetworkHeader, body, end)) return;
		layer.size = FC_HEADER_LENGTH;
		const optional = optionalLength(options);
		if (body + optional > end) {
			walk.rest(source, body, end, `${optional} bytes of optional headers`);
			return;
		}
		body += optional;
		const lost = exchange === undefined ? 0 : describe(walk, layer, at, exchange, place);
		// as many bytes as F_CTL says fill the data up to a word
		const fill = Math.min(flags & fCtl.fill, Math.max(0, wireEnd - body));
		const stop = Math.max(body, Math.min(end, wireEnd - fill));
		if (end > stop) layer.children.push(generated('fc.fill', source.bytes.subarray(stop, end), stop, end - stop));
		const frame: FcFrame = {
			...place,
			layer,
			rCtl: control,
			offset: relative ? parameter.read(view, at) : undefined,
			exchange,
			exchanges,
			lost,
			length: wireEnd - fill - body,
			end,
		};
		payload(walk, source, body, stop, frame, structure);
	};
}

/** The exchange of a frame: its beginning, its time at the end, what was not seen of it; how many frames of its sequence that is. */
function describe(walk: Walk, layer: Layer, at: number, exchange: Exchange, place: Place): number {
	if (exchange.frame !== walk.frame.number) {
		layer.children.push(generated('fc.exchange_first_frame', exchange.frame, at));
		if ((place.fCtl & fCtl.last) !== 0) layer.children.push(generated('fc.time', walk.frame.time - exchange.time, at));
	}
	const gap = follow(exchange, place);
	if (gap.cut) layer.children.push(generated('fc.analysis.sequence_cut', 1, at));
	if (gap.late) layer.children.push(generated('fc.analysis.out_of_order', 1, at));
	if (gap.lost > 0) layer.children.push(generated('fc.analysis.lost_frames', gap.lost, at));
	return gap.lost;
}

function payload(walk: Walk, source: Source, at: number, end: number, frame: FcFrame, type: number): void {
	const {layer, rCtl: control} = frame;
	if (type === fcType.bls && (control & 0xf0) === 0x80) {
		const table = basic[control];
		if (table === undefined) walk.data(source, at, end);
		else if (end - at < table.length) {
			layer.children.push(...present(table, source.view, at, end));
			walk.rest(source, at, end, `${rCtlNames[control]} of ${table.length} bytes`);
		} else {
			layer.children.push(...present(table, source.view, at, end));
			walk.data(source, at + table.length, end);
		}
		return;
	}
	const dissect = payloads[bound('fc.type', type)?.proto ?? ''];
	if (dissect === undefined || (control & 0xf0) === 0xc0) walk.data(source, at, end);
	else dissect(walk, source, at, end, frame);
}
