// What the target sends for an exchange: data, requests for data, and the response (FCP-4 clause 9).

import type {VolumeFault} from '../../disk/volume.js';
import type {FrameWriter} from '../../fcoe/frame.js';
import {fCtl, fcType, rCtl} from '../../wire/fc.js';
import {FCP_RSP_LENGTH, fcpResponse, fcpResponseInfo, fcpTransferReady, rspFlag} from '../../wire/fcp.js';
import type {Exchange, FcpAnswer} from './exchange.js';

/**
 * Frames of one sequence. Linux throws a whole sequence away when its first frame is lost (fc_exch_recv_seq_resp): short ones cost less then. Also the
 * bytes that are read from the volume at once.
 */
const SEQUENCE_FRAMES = 32;
const staging = new Uint8Array(SEQUENCE_FRAMES * 2112);

function prepare(writer: FrameWriter, {remote, oxId, rxId}: Exchange, from: number): void {
	const {head} = writer;
	head.type = fcType.fcp;
	head.dId = remote.portId;
	head.sId = from;
	head.oxId = oxId;
	head.rxId = rxId;
	head.seqId = remote.nextSeqId();
	head.seqCnt = 0;
	head.parameter = 0;
	head.first = true;
	head.last = true;
}

/** Sends the read data of [offset, exchange.total). Returns why it stopped, when the volume could not be read. */
export function sendData(writer: FrameWriter, exchange: Exchange, from: number, offset: number): VolumeFault | undefined {
	const source = exchange.read;
	if (source === undefined) return undefined;
	const {maxPayload} = exchange.remote;
	const end = exchange.total;
	const {head, port} = writer;
	for (let at = offset; at < end; ) {
		const stop = Math.min(end, at + maxPayload * SEQUENCE_FRAMES);
		let bytes: Uint8Array = staging;
		let base = 0;
		if (source.kind === 'reply') {
			bytes = source.data;
			base = at;
		} else {
			const fault = source.volume.read(staging, 0, stop - at, source.position + at);
			if (fault !== undefined) return fault;
		}
		const begin = at;
		prepare(writer, exchange, from);
		head.rCtl = rCtl.solicitedData;
		for (; at < stop; head.seqCnt++) {
			const length = Math.min(maxPayload, stop - at);
			const place = writer.open();
			head.first = at === begin;
			head.last = at + length === stop;
			if (place >= 0) {
				const start = base + at - begin;
				port.transmitBytes.set(bytes.subarray(start, start + length), place);
				head.fCtl = fCtl.responder | fCtl.relativeOffset | (head.last ? fCtl.end : 0);
				head.parameter = at;
				writer.close(length);
			}
			at += length;
		}
		exchange.sent = Math.max(exchange.sent, at);
	}
	return undefined;
}

/** Asks for `length` bytes of write data from `offset`. */
export function sendTransferReady(writer: FrameWriter, exchange: Exchange, from: number, offset: number, length: number): void {
	const at = writer.open();
	if (at < 0) return;
	prepare(writer, exchange, from);
	writer.head.rCtl = rCtl.dataDescriptor;
	writer.head.fCtl = fCtl.responder | fCtl.end | fCtl.initiative;
	fcpTransferReady.encode({data_ro: offset, burstlen: length}, writer.port.transmitView, at);
	writer.close(fcpTransferReady.length);
}

/** Sends the response. */
export function sendResponse(writer: FrameWriter, exchange: Exchange, from: number, {done, residual, code}: FcpAnswer): void {
	const at = writer.open();
	if (at < 0) return;
	const view = writer.port.transmitView;
	const info = code === undefined ? 0 : fcpResponseInfo.length;
	const sense = done.sense;
	fcpResponse.encode(
		{
			rspflags:
				(code === undefined ? 0 : rspFlag.infoValid) |
				(sense === undefined ? 0 : rspFlag.senseValid) |
				(residual > 0 ? rspFlag.under : residual < 0 ? rspFlag.over : 0),
			status: done.status,
			resid: Math.abs(residual),
			snslen: sense?.length ?? 0,
			rsplen: info,
		},
		view,
		at,
	);
	if (code !== undefined) fcpResponseInfo.encode({rspcode: code}, view, at + FCP_RSP_LENGTH);
	if (sense !== undefined) writer.port.transmitBytes.set(sense, at + FCP_RSP_LENGTH + info);
	prepare(writer, exchange, from);
	writer.head.rCtl = rCtl.commandStatus;
	writer.head.fCtl = fCtl.responder | fCtl.last | fCtl.end;
	writer.close(FCP_RSP_LENGTH + info + (sense?.length ?? 0));
}
