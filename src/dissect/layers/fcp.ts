// FCP (FCP-4): commands with their CDB, XFER_RDY, data, responses with sense data, confirmation, and SRR. SCSI goes to scsi.ts; a response finds
// its command by the exchange.

import {fc, rCtl} from '../../wire/fc.js';
import {srr, srrAccept} from '../../wire/fc-els.js';
import {elsCommand, elsCommandNames} from '../../wire/fc-els-names.js';
import {
	FCP_RSP_LENGTH,
	fcpCommand,
	fcpDataLength,
	fcpReadLength,
	fcpReadResidual,
	fcpResponse,
	fcpResponseHead,
	fcpResponseInfo,
	fcpTransferReady,
	fcpUnitNames,
	rspFlag,
} from '../../wire/fcp.js';
import type {Node} from '../../wire/header.js';
import {show} from '../show.js';
import {generated, type Layer, present, type Source, type Walk} from '../tree.js';
import type {FcFrame} from './fc-frame.js';
import {dissectCdb, dissectData, dissectSense, dissectStatus, type Task} from './scsi.js';

/** Data that no XFER_RDY asked for; Linux sends both kinds as 0x01 (FCP-4 table 10). */
const unsolicitedData = 0x04;

export function dissectFcp(walk: Walk, source: Source, at: number, end: number, frame: FcFrame): void {
	const linkService = frame.rCtl === rCtl.fc4Request || frame.rCtl === rCtl.fc4Reply;
	const label = linkService ? 'link service' : (fcpUnitNames[frame.rCtl] ?? `unit 0x${frame.rCtl.toString(16)}`);
	const layer = walk.layer(
		'fcp',
		`${label.startsWith('FCP') ? label : `FCP ${label}`}, OX_ID ${show(frame.oxId, fc.fields.ox_id)}`,
		source,
		at,
		frame.end - at,
		[],
		null,
	);
	const request = frame.exchange?.task;
	if (request !== undefined && request.frame !== walk.frame.number) {
		layer.children.push(generated('fcp.request_in', request.frame, at));
		if (frame.rCtl === rCtl.commandStatus) layer.children.push(generated('fcp.time', walk.frame.time - request.time, at));
	}
	switch (frame.rCtl) {
		case rCtl.unsolicitedCommand:
			command(walk, layer, source, at, end, frame);
			break;
		case rCtl.dataDescriptor:
			ready(walk, layer, source, at, end);
			break;
		case rCtl.solicitedData:
		case unsolicitedData:
			data(walk, layer, source, at, end, frame);
			break;
		case rCtl.commandStatus:
			response(walk, layer, source, at, end, frame);
			break;
		case rCtl.fc4Request:
		case rCtl.fc4Reply:
			service(walk, layer, source, at, end, frame);
			break;
		default:
			// a confirmation has no payload (FCP-4 9.6)
			walk.data(source, at, end);
	}
}

function command(walk: Walk, layer: Layer, source: Source, at: number, end: number, frame: FcFrame): void {
	const {view} = source;
	if (!walk.extend(layer, fcpCommand, at, end)) return;
	const {addlcdblen, _cdb, dl, rddata, wrdata} = fcpCommand.fields;
	const extra = 4 * addlcdblen.read(view, at);
	const behind = at + dl.at + extra;
	const both = rddata.read(view, at) === 1 && wrdata.read(view, at) === 1;
	// as in Wireshark one of the two: a LUN whose first byte is 0 by its second, any other as eight bytes
	const hidden = view.getUint8(at) === 0 ? 'fcp.multilun' : 'fcp.lun';
	const nodes = layer.children.filter(node => node.name !== hidden && (extra === 0 || node.name !== 'fcp.dl'));
	layer.children.splice(0, layer.children.length, ...nodes);
	if (extra > 0 && !walk.extend(layer, fcpDataLength, behind, end)) return;
	const rest = behind + fcpDataLength.length;
	if (both && end - rest >= fcpReadLength.length) layer.children.push(...present(fcpReadLength, view, rest, end));
	const cdb = source.bytes.slice(at + _cdb.at, at + _cdb.at + _cdb.size + extra);
	// two bytes without the addressing method: the LUN of every small device (SAM-5 4.7)
	const task: Task = {frame: walk.frame.number, time: walk.frame.time, lun: view.getUint16(at) & 0x3fff, cdb};
	if (frame.exchange !== undefined) {
		frame.exchange.task = task;
		frame.exchange.dataLength = both ? 0 : view.getUint32(behind);
	}
	dissectCdb(walk, source, at + _cdb.at, task);
}

function ready(walk: Walk, layer: Layer, source: Source, at: number, end: number): void {
	if (!walk.extend(layer, fcpTransferReady, at, end)) return;
	const {data_ro, burstlen} = fcpTransferReady.fields;
	layer.label += `, ${burstlen.read(source.view, at)} bytes at ${data_ro.read(source.view, at)}`;
	walk.data(source, at + fcpTransferReady.length, end);
}

function data(walk: Walk, layer: Layer, source: Source, at: number, end: number, frame: FcFrame): void {
	const {exchange, length} = frame;
	const above = frame.layer;
	const offset = frame.offset ?? exchange?.coverage.next ?? 0;
	if (exchange !== undefined) {
		const {skipped, again} = exchange.coverage.take(offset, length);
		if (skipped > 0) above.children.push(generated('fc.analysis.lost_bytes', skipped, above.pos));
		if (again) above.children.push(generated('fc.analysis.offset_again', 1, above.pos));
	}
	layer.label += `, ${length} bytes at ${offset}${frame.lost === 0 ? '' : ` [${frame.lost} frame${frame.lost === 1 ? '' : 's'} before it not seen]`}`;
	const fromOriginator = (frame.fCtl & 0x80_0000) === 0;
	dissectData(walk, source, at, end, exchange?.task, offset, fromOriginator ? 'out' : 'in');
}

function response(walk: Walk, layer: Layer, source: Source, at: number, end: number, frame: FcFrame): void {
	const {view} = source;
	const short = end - at < FCP_RSP_LENGTH && frame.length < FCP_RSP_LENGTH;
	// old targets end a response without lengths behind the status (FCP-3 9.5.13 note 6)
	const table = short ? fcpResponseHead : fcpResponse;
	const before = layer.children.length;
	const whole = walk.extend(layer, table, at, end);
	if (end - at < fcpResponseHead.length) return;
	const flags = fcpResponse.fields.rspflags.read(view, at);
	const status = fcpResponse.fields.status.read(view, at);
	layer.children.splice(before, layer.children.length, ...counting(layer.children.slice(before), flags));
	const task = frame.exchange?.task;
	if (task !== undefined) dissectStatus(walk, source, at, status, task);
	if (!whole) return;
	if (status === 0) missing(layer, view, at, frame, flags, short);
	if (short) return;
	let place = at + fcpResponse.length;
	const {rsplen, snslen} = fcpResponse.fields;
	if ((flags & rspFlag.infoValid) !== 0) {
		const size = rsplen.read(view, at);
		const stop = Math.min(end, place + size);
		layer.children.push(...present(fcpResponseInfo, view, place, stop));
		if (place + size > end) {
			walk.rest(source, place, end, `response information of ${size} bytes`);
			return;
		}
		place = stop;
	}
	if ((flags & rspFlag.senseValid) !== 0) {
		const size = snslen.read(view, at);
		const stop = Math.min(end, place + size);
		if (stop > place) dissectSense(walk, source, place, stop, task);
		if (place + size > end) {
			walk.rest(source, stop, end, `sense data of ${size} bytes`);
			return;
		}
		place = stop;
	}
	const over = (flags & rspFlag.bidirectional) !== 0 && (flags & (rspFlag.bidirectionalUnder | rspFlag.bidirectionalOver)) !== 0;
	if (over && walk.extend(layer, fcpReadResidual, place, end)) place += fcpReadResidual.length;
	walk.data(source, place, end);
}

/** Flags of which one makes a field count. */
const needs: Readonly<Record<string, number>> = {
	'fcp.resid': rspFlag.under | rspFlag.over | rspFlag.senseValid,
	'fcp.snslen': rspFlag.senseValid,
	'fcp.rsplen': rspFlag.infoValid,
	'fcp.rsp.flags.bidi_rru': rspFlag.bidirectional,
	'fcp.rsp.flags.bidi_rro': rspFlag.bidirectional,
};

/** The fields of a response that its flags make count, as Wireshark shows them. */
function counting(nodes: readonly Node[], flags: number): Node[] {
	const kept = nodes.filter(({name}) => needs[name] === undefined || (flags & (needs[name] as number)) !== 0);
	return kept.map(node => (node.children === undefined ? node : {...node, children: counting(node.children, flags)}));
}

/** A good status says that all data but the residual was moved: what of it was not seen? */
function missing(layer: Layer, view: DataView, at: number, frame: FcFrame, flags: number, short: boolean): void {
	const {exchange} = frame;
	if (exchange?.task === undefined) return;
	const residual = !short && (flags & rspFlag.under) !== 0 ? fcpResponse.fields.resid.read(view, at) : 0;
	const bytes = exchange.coverage.missing(Math.max(0, exchange.dataLength - residual));
	if (bytes === 0) return;
	frame.layer.children.push(generated('fc.analysis.missing_bytes', bytes, frame.layer.pos));
	layer.label += ` [${bytes} bytes of data not seen]`;
}

/** FC-4 link services: SRR and its accept (FCP-4 8.3). */
function service(walk: Walk, layer: Layer, source: Source, at: number, end: number, frame: FcFrame): void {
	const code = end > at ? srrAccept.fields['els.op'].read(source.view, at) : -1;
	const table = code === elsCommand.srr && frame.rCtl === rCtl.fc4Request ? srr : srrAccept;
	layer.label = `FCP ${elsCommandNames[code] ?? `link service 0x${code.toString(16)}`}, OX_ID ${show(frame.oxId, fc.fields.ox_id)}`;
	if (!walk.extend(layer, table, at, end)) return;
	if (table === srr) {
		const about = frame.exchanges.named(frame.sId, frame.dId, srr.fields['els.srr.ox_id'].read(source.view, at));
		if (about !== undefined) layer.children.push(generated('fc.analysis.exchange_in', about.frame, at));
	}
	walk.data(source, at + table.length, end);
}
