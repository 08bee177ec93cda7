// The requests that are not SCSI commands, made whole (RFC 7143 11.5, 11.10, 11.14, 11.18). All but text are sent for immediate delivery.
import {bhsLength, logout, nopOut, reservedTag, taskManagement, text} from '../../wire/iscsi.js';
import {opcode, taskFunction} from '../../wire/iscsi-names.js';
import type {Command} from './command.js';

const made = (encode: (view: DataView) => void, data?: Uint8Array): Uint8Array => {
	const pdu = new Uint8Array(bhsLength + (((data?.length ?? 0) + 3) & ~3));
	encode(new DataView(pdu.buffer));
	if (data) pdu.set(data, bhsLength);
	return pdu;
};
const now = {I: 1, _F: 1} as const;

/** A NOP-Out that wants an answer. */
export const ping = (tag: number, cmdSn: number) =>
	made(view => nopOut.encode({opcode: opcode.nopOut, ...now, initiatortasktag: tag, targettransfertag: reservedTag, cmdsn: cmdSn}, view));

/** The answer to a target's NOP-In: its transfer tag, LUN and data come back. */
export const pong = (transferTag: number, lun: bigint, cmdSn: number, data: Uint8Array) =>
	made(
		view =>
			nopOut.encode(
				{
					opcode: opcode.nopOut,
					...now,
					datasegmentlength: data.length,
					_lun: lun,
					initiatortasktag: reservedTag,
					targettransfertag: transferTag,
					cmdsn: cmdSn,
				},
				view,
			),
		data,
	);

/** Close the session. */
export const logoutRequest = (tag: number, cmdSn: number) =>
	made(view => logout.encode({opcode: opcode.logout, ...now, 'logout.reason': 0, initiatortasktag: tag, cid: 0, cmdsn: cmdSn}, view));

export const abortRequest = (tag: number, cmdSn: number, command: Command) =>
	made(view =>
		taskManagement.encode(
			{
				opcode: opcode.taskManagement,
				...now,
				'taskmanfun.function': taskFunction.abortTask,
				_lun: command.scsi.lun,
				initiatortasktag: tag,
				'taskmanfun.referencedtasktag': command.tag,
				cmdsn: cmdSn,
				refcmdsn: command.cmdSn,
			},
			view,
		),
	);

export const textRequest = (tag: number, transferTag: number, cmdSn: number, data: Uint8Array) =>
	made(
		view =>
			text.encode(
				{opcode: opcode.text, 'text.F': 1, datasegmentlength: data.length, initiatortasktag: tag, targettransfertag: transferTag, cmdsn: cmdSn},
				view,
			),
		data,
	);
