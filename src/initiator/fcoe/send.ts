// What the initiator sends for an exchange: the command, write data, ABTS (FCP-4 clause 9, FC-FS-3 clause 16).
import type {FrameWriter} from '../../fcoe/frame.js';
import type {RemotePort} from '../../fcoe/remote.js';
import {fCtl, fcType, rCtl} from '../../wire/fc.js';
import {FCP_CMND_LENGTH, fcpCommand} from '../../wire/fcp.js';
import type {Exchange} from './exchange.js';

const c = fcpCommand.fields;
const READ = 2;
const WRITE = 1;

function prepare(writer: FrameWriter, remote: RemotePort, from: number, {oxId, rxId}: Exchange): void {
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

export function sendCommand(writer: FrameWriter, remote: RemotePort, from: number, exchange: Exchange): void {
	const at = writer.open();
	if (at < 0) return;
	const {transmitView: view, transmitBytes: bytes} = writer.port;
	const {scsi} = exchange;
	bytes.fill(0, at, at + FCP_CMND_LENGTH);
	view.setBigUint64(at, scsi.lun);
	view.setUint8(at + c.rddata.at, scsi.dataIn !== undefined ? READ : scsi.dataOut !== undefined ? WRITE : 0);
	bytes.set(scsi.cdb, at + c._cdb.at);
	view.setUint32(at + c.dl.at, exchange.expected);
	prepare(writer, remote, from, exchange);
	writer.head.rCtl = rCtl.unsolicitedCommand;
	writer.head.fCtl = fCtl.first | fCtl.end | fCtl.initiative;
	writer.close(FCP_CMND_LENGTH);
}

/** Sends bytes [offset, end) of the write data as one sequence, and the initiative with the last frame. */
export function sendWriteData(writer: FrameWriter, remote: RemotePort, from: number, exchange: Exchange, offset: number, end: number): void {
	const data = exchange.scsi.dataOut!;
	const {head, port} = writer;
	prepare(writer, remote, from, exchange);
	head.rCtl = rCtl.solicitedData;
	for (let at = offset; at < end; head.seqCnt++) {
		const length = Math.min(remote.maxPayload, end - at);
		const place = writer.open();
		head.first = at === offset;
		head.last = at + length === end;
		if (place >= 0) {
			port.transmitBytes.set(data.subarray(at, at + length), place);
			head.fCtl = fCtl.relativeOffset | (head.last ? fCtl.end | fCtl.initiative : 0);
			head.parameter = at;
			writer.close(length);
		}
		at += length;
	}
}

/** Asks the target to end an exchange. */
export function sendAbort(writer: FrameWriter, remote: RemotePort, from: number, exchange: Exchange): void {
	if (writer.open() < 0) return;
	prepare(writer, remote, from, exchange);
	writer.head.type = fcType.bls;
	writer.head.rCtl = rCtl.abts;
	writer.head.fCtl = fCtl.end | fCtl.initiative;
	writer.close(0);
}
