// Every iSCSI PDU as a table (RFC 7143 section 11). Keys are the names that Wireshark 4.0 prints behind `iscsi.`.
// A key that begins with '_' is ours: Wireshark does not print that field in that PDU.
// Wireshark prints a few fields only sometimes: login.nsg when T is set; scsiresponse.status of a Data-In when S is set.
import {bytes, u8, u16, u24, u32, u64} from './field.js';
import {type Fields, type Header, header} from './header.js';
import {
	ahsNames,
	asyncEventNames,
	attributeNames,
	opcode as code,
	isidTypeNames,
	loginStatusNames,
	logoutReasonNames,
	logoutResponseNames,
	opcodeNames,
	rejectReasonNames,
	responseNames,
	snackNames,
	stageNames,
	taskFunctionNames,
	taskResponseNames,
} from './iscsi-names.js';
import {lunModeNames, statusNames} from './scsi-names.js';

/** Bytes of a basic header segment. */
export const bhsLength = 48;
/** The tag that stands for "no task" and "no transfer" (RFC 7143 11.2.1.8). */
export const reservedTag = 0xffff_ffff;
/** The IANA port. */
export const iscsiPort = 3260;

const hex = {show: 'hex'} as const;
const opcodeField = u8(0, 'Opcode', {mask: 0x3f, show: 'hex', names: opcodeNames});
const immediate = u8(0, 'I', {mask: 0x40});
const flags = u8(1, 'Flags', hex);
const lengths = {
	totalahslength: u8(4, 'TotalAHSLength'),
	datasegmentlength: u24(5, 'DataSegmentLength'),
};
const lun = {
	_lun: u64(8, 'LUN (all eight bytes)'),
	'.scsi.lun.address_mode': u8(8, 'Address Mode', {mask: 0xc0, show: 'hex', names: lunModeNames}),
	'.scsi.lun': u16(8, 'LUN', {mask: 0x3fff, show: 'hex'}),
};
const tag = {initiatortasktag: u32(16, 'InitiatorTaskTag', hex)};
const transferTag = {targettransfertag: u32(20, 'TargetTransferTag', hex)};
const isid = {
	isid: bytes(8, 6, 'ISID'),
	'isid.t': u8(8, 'ISID_t', {mask: 0xc0, show: 'hex', names: isidTypeNames}),
	'isid.a': u8(8, 'ISID_a', {mask: 0x3f, show: 'hex'}),
	'isid.b': u16(9, 'ISID_b', hex),
	'isid.c': u8(11, 'ISID_c', hex),
	'isid.d': u16(12, 'ISID_d', hex),
	tsih: u16(14, 'TSIH', hex),
};
/** What an initiator puts at 24: its command number and the status it expects next. */
const asked = {cmdsn: u32(24, 'CmdSN'), expstatsn: u32(28, 'ExpStatSN')};
/** What a target puts at 24: its status number and the command window. */
const answered = {statsn: u32(24, 'StatSN'), expcmdsn: u32(28, 'ExpCmdSN'), maxcmdsn: u32(32, 'MaxCmdSN')};
const pdu = <F extends Fields>(fields: F) => header('iscsi', bhsLength, fields);

/** What every PDU has, whatever its opcode (RFC 7143 11.2.1). */
export const bhs = pdu({opcode: opcodeField, _I: immediate, ...lengths, ...tag});

export const nopOut = pdu({opcode: opcodeField, I: immediate, _F: u8(1, 'F', {mask: 0x80}), ...lengths, ...lun, ...tag, ...transferTag, ...asked});
export const nopIn = pdu({opcode: opcodeField, _F: u8(1, 'F', {mask: 0x80}), ...lengths, ...lun, ...tag, ...transferTag, ...answered});

export const scsiCommand = pdu({
	opcode: opcodeField,
	I: immediate,
	flags,
	'scsicommand.F': u8(1, 'F', {mask: 0x80}),
	'scsicommand.R': u8(1, 'R', {mask: 0x40}),
	'scsicommand.W': u8(1, 'W', {mask: 0x20}),
	'scsicommand.attr': u8(1, 'Attr', {mask: 0x07, show: 'hex', names: attributeNames}),
	...lengths,
	...lun,
	...tag,
	'scsicommand.expecteddatatransferlength': u32(20, 'ExpectedDataTransferLength'),
	...asked,
	_cdb: bytes(32, 16, 'CDB'),
});

const status = u8(3, 'Status', {show: 'hex', names: statusNames});
const expDataSn = u32(36, 'ExpDataSN', hex);

export const scsiResponse = pdu({
	opcode: opcodeField,
	flags,
	'scsiresponse.o': u8(1, 'o', {mask: 0x10}),
	'scsiresponse.u': u8(1, 'u', {mask: 0x08}),
	'scsiresponse.O': u8(1, 'O', {mask: 0x04}),
	'scsiresponse.U': u8(1, 'U', {mask: 0x02}),
	'scsiresponse.response': u8(2, 'Response', {show: 'hex', names: responseNames}),
	'scsiresponse.status': status,
	...lengths,
	...tag,
	_snacktag: u32(20, 'SNACK Tag', hex),
	...answered,
	expdatasn: expDataSn,
	'scsiresponse.bidireadresidualcount': u32(40, 'BidiReadResidualCount'),
	'scsiresponse.residualcount': u32(44, 'ResidualCount'),
});

export const taskManagement = pdu({
	opcode: opcodeField,
	I: immediate,
	_F: u8(1, 'F', {mask: 0x80}),
	'taskmanfun.function': u8(1, 'Function', {mask: 0x7f, show: 'hex', names: taskFunctionNames}),
	...lengths,
	...lun,
	...tag,
	'taskmanfun.referencedtasktag': u32(20, 'ReferencedTaskTag', hex),
	...asked,
	refcmdsn: u32(32, 'RefCmdSN'),
	_expdatasn: expDataSn,
});

/** Wireshark prints neither length of this PDU, nor of anything behind MaxCmdSN. */
export const taskManagementResponse = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	'taskmanfun.response': u8(2, 'Response', {show: 'hex', names: taskResponseNames}),
	_totalahslength: lengths.totalahslength,
	_datasegmentlength: lengths.datasegmentlength,
	...tag,
	...answered,
});

const loginFlags = {
	'login.T': u8(1, 'T', {mask: 0x80}),
	'login.C': u8(1, 'C', {mask: 0x40}),
	'login.csg': u8(1, 'CSG', {mask: 0x0c, show: 'hex', names: stageNames}),
	'login.nsg': u8(1, 'NSG', {mask: 0x03, show: 'hex', names: stageNames}),
	versionmax: u8(2, 'VersionMax', hex),
};

export const login = pdu({
	opcode: opcodeField,
	_I: immediate,
	...loginFlags,
	versionmin: u8(3, 'VersionMin', hex),
	...lengths,
	...isid,
	...tag,
	cid: u16(20, 'CID', hex),
	...asked,
});

export const loginResponse = pdu({
	opcode: opcodeField,
	...loginFlags,
	versionactive: u8(3, 'VersionActive', hex),
	...lengths,
	...isid,
	...tag,
	...answered,
	'login.status': u16(36, 'Status', {show: 'hex', names: loginStatusNames}),
});

const textFlags = {flags, 'text.F': u8(1, 'F', {mask: 0x80}), 'text.C': u8(1, 'C', {mask: 0x40})};
export const text = pdu({opcode: opcodeField, I: immediate, ...textFlags, ...lengths, ...lun, ...tag, ...transferTag, ...asked});
export const textResponse = pdu({opcode: opcodeField, ...textFlags, ...lengths, ...lun, ...tag, ...transferTag, ...answered});

export const dataOut = pdu({
	opcode: opcodeField,
	flags,
	'scsidata.F': u8(1, 'F', {mask: 0x80}),
	...lengths,
	...lun,
	...tag,
	...transferTag,
	expstatsn: asked.expstatsn,
	datasn: u32(36, 'DataSN'),
	bufferOffset: u32(40, 'BufferOffset'),
});

/** LUN and TargetTransferTag count only with the A bit; StatSN, status and residual only with the S bit (RFC 7143 11.7). */
export const dataIn = pdu({
	opcode: opcodeField,
	flags,
	'scsidata.F': u8(1, 'F', {mask: 0x80}),
	'scsidata.A': u8(1, 'A', {mask: 0x40}),
	'scsidata.O': u8(1, 'O', {mask: 0x04}),
	'scsidata.U': u8(1, 'U', {mask: 0x02}),
	'scsidata.S': u8(1, 'S', {mask: 0x01}),
	'scsiresponse.status': status,
	...lengths,
	_lun: lun._lun,
	...tag,
	_targettransfertag: transferTag.targettransfertag,
	...answered,
	datasn: u32(36, 'DataSN'),
	bufferOffset: u32(40, 'BufferOffset'),
	'scsidata.readresidualcount': u32(44, 'ResidualCount'),
});

export const r2t = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	...lengths,
	...lun,
	...tag,
	...transferTag,
	...answered,
	r2tsn: u32(36, 'R2TSN'),
	bufferOffset: u32(40, 'BufferOffset'),
	desireddatalength: u32(44, 'DesiredDataLength'),
});

export const logout = pdu({
	opcode: opcodeField,
	I: immediate,
	_F: u8(1, 'F', {mask: 0x80}),
	'logout.reason': u8(1, 'Reason', {mask: 0x7f, show: 'hex', names: logoutReasonNames}),
	...lengths,
	...tag,
	cid: u16(20, 'CID', hex),
	...asked,
});

export const logoutResponsePdu = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	'logout.response': u8(2, 'Response', {show: 'hex', names: logoutResponseNames}),
	...lengths,
	...tag,
	...answered,
	time2wait: u16(40, 'Time2Wait', hex),
	time2retain: u16(42, 'Time2Retain', hex),
});

export const snack = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	'snack.type': u8(1, 'S', {mask: 0x0f, names: snackNames}),
	...lengths,
	...lun,
	...tag,
	...transferTag,
	expstatsn: asked.expstatsn,
	'snack.begrun': u32(40, 'BegRun', hex),
	'snack.runlength': u32(44, 'RunLength'),
});

export const asyncMessage = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	...lengths,
	...lun,
	_initiatortasktag: tag.initiatortasktag,
	...answered,
	asyncevent: u8(36, 'AsyncEvent', {show: 'hex', names: asyncEventNames}),
	eventvendorcode: u8(37, 'EventVendorCode', hex),
	parameter1: u16(38, 'Parameter1', hex),
	parameter2: u16(40, 'Parameter2', hex),
	parameter3: u16(42, 'Parameter3', hex),
});

export const reject = pdu({
	opcode: opcodeField,
	_F: u8(1, 'F', {mask: 0x80}),
	'reject.reason': u8(2, 'Reason', {show: 'hex', names: rejectReasonNames}),
	...lengths,
	_initiatortasktag: tag.initiatortasktag,
	...answered,
	datasn: u32(36, 'DataSN'),
});

const vendor = pdu({opcode: opcodeField, ...lengths});

/** The table of each opcode (the six bits under 0x3f). An opcode that is missing here is reserved. */
export const pduHeaders: Readonly<Record<number, Header>> = {
	[code.nopOut]: nopOut,
	[code.scsiCommand]: scsiCommand,
	[code.taskManagement]: taskManagement,
	[code.login]: login,
	[code.text]: text,
	[code.dataOut]: dataOut,
	[code.logout]: logout,
	[code.snack]: snack,
	[code.vendorI0]: vendor,
	[code.vendorI1]: vendor,
	[code.vendorI2]: vendor,
	[code.nopIn]: nopIn,
	[code.scsiResponse]: scsiResponse,
	[code.taskManagementResponse]: taskManagementResponse,
	[code.loginResponse]: loginResponse,
	[code.textResponse]: textResponse,
	[code.dataIn]: dataIn,
	[code.logoutResponse]: logoutResponsePdu,
	[code.r2t]: r2t,
	[code.async]: asyncMessage,
	[code.vendorT0]: vendor,
	[code.vendorT1]: vendor,
	[code.vendorT2]: vendor,
	[code.reject]: reject,
};

/** One additional header segment; its length counts what follows the type, then comes padding to four bytes (RFC 7143 11.2.2). */
export const ahs = header('iscsi', 4, {
	'ahs.length': u16(0, 'AHS Length'),
	'ahs.type': u8(2, 'AHS Type', {names: ahsNames}),
	_reserved: u8(3, 'Reserved', hex),
});
/** The second form of AHS: how much a bidirectional command reads (RFC 7143 11.2.2.4). */
export const ahsBidirectional = header('iscsi', 8, {...ahs.fields, 'ahs.bidir.length': u32(4, 'Bidirectional Read Data Length')});
