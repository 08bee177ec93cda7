// What the target asks and answers: XFER_RDY (FCP-4 9.2), which data it wants; FCP_RSP (9.5), status, sense, and how much data should have come.
import type {IncomingFrame} from '../../fcoe/frame.js';
import {FCP_RSP_LENGTH, FCP_RSP_SHORT_LENGTH, fcpResponse, fcpTransferReady, rspCode, rspFlag} from '../../wire/fcp.js';
import {scsiStatus} from '../../wire/scsi-names.js';
import type {ScsiResult} from '../scsi/command.js';

const noSense = new Uint8Array(0);

export interface FcpResponse {
	/** The FCP response code; anything but `complete` means that the command was refused before SCSI saw it. */
	readonly code: number;
	readonly result: ScsiResult;
	/** Bytes of read data that should have come, from 0. */
	readonly due: number;
}

/** What the command was. */
interface Asked {
	readonly isRead: boolean;
	/** Bytes of data. */
	readonly expected: number;
	/** Bytes of it that have come. */
	readonly covered: number;
}

/** Reads the payload of a response; undefined when it is too short to be one. */
export function readResponse({view, at, length, bytes}: IncomingFrame, {isRead, expected, covered}: Asked): FcpResponse | undefined {
	if (length < FCP_RSP_SHORT_LENGTH) return undefined;
	const flags = fcpResponse.fields.rspflags.read(view, at);
	const long = length >= FCP_RSP_LENGTH;
	const word = (flag: number, field: {readonly at: number}) => (long && (flags & flag) !== 0 ? view.getUint32(at + field.at) : 0);
	const resid = word(rspFlag.under | rspFlag.over, fcpResponse.fields.resid);
	const info = word(rspFlag.infoValid, fcpResponse.fields.rsplen);
	const senseLength = word(rspFlag.senseValid, fcpResponse.fields.snslen);
	const senseAt = at + FCP_RSP_LENGTH + info;
	const end = at + length;
	const under = (flags & rspFlag.under) !== 0 ? resid : 0;
	const status = fcpResponse.fields.status.read(view, at);
	// data that should have come: whatever the target did not say it left out
	const due = isRead && status === scsiStatus.good ? Math.max(0, expected - under) : covered;
	return {
		code: info >= 4 && end >= at + FCP_RSP_LENGTH + 4 ? bytes[at + FCP_RSP_LENGTH + 3]! : rspCode.complete,
		result: {
			status,
			sense: senseLength > 0 && senseAt < end ? bytes.slice(senseAt, Math.min(end, senseAt + senseLength)) : noSense,
			received: isRead ? due : expected - under,
			residual: (flags & rspFlag.over) !== 0 ? -resid : under,
		},
		due,
	};
}

/** The bytes that an XFER_RDY wants, from `offset` to before `end`; undefined when it is too short, or wants none, or other than there are. */
export function readTransferReady({view, at, length}: IncomingFrame, available: number): {offset: number; end: number} | undefined {
	if (length < fcpTransferReady.length) return undefined;
	const offset = fcpTransferReady.fields.data_ro.read(view, at);
	const end = offset + fcpTransferReady.fields.burstlen.read(view, at);
	return end > available || end === offset ? undefined : {offset, end};
}
