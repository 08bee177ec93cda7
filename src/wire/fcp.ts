// Fibre Channel Protocol for SCSI: information units (FCP-4 clause 9; Linux include/uapi/scsi/fc/fc_fcp.h). Keys are Wireshark's behind `fcp.`;
// '_' marks what it does not print. SRR, an FC-4 link service, is in fc-els.ts.
import {bytes, u8, u16, u32, u64} from './field.js';
import {header} from './header.js';
import {statusNames} from './scsi-names.js';

/** Bytes of an FCP_CMND without a longer CDB, of an FCP_RSP, and of the short FCP_RSP that old targets send when no length counts (FCP-3 9.5.13 note 6). */
export const FCP_CMND_LENGTH = 32;
export const FCP_RSP_LENGTH = 24;
export const FCP_RSP_SHORT_LENGTH = 12;

/** Names of the information units, by the low four bits of R_CTL (FCP-4 table 10). */
export const fcpUnitNames: Readonly<Record<number, string>> = {1: 'FCP_DATA', 3: 'Confirm', 5: 'XFER_RDY', 6: 'FCP_CMND', 7: 'FCP_RSP'};

/** FCP-4 9.1.2.3. */
export const taskAttribute = {simple: 0, headOfQueue: 1, ordered: 2, aca: 4} as const;
export const taskAttributeNames: Readonly<Record<number, string>> = {0: 'Simple', 1: 'Head of Queue', 2: 'Ordered', 4: 'ACA', 5: 'Untagged'};

/** Task management flags (FCP-4 9.1.2.4); with one of them the CDB counts for nothing. */
export const taskManagement = {clearAca: 0x40, targetReset: 0x20, lunReset: 0x10, clearTaskSet: 0x04, abortTaskSet: 0x02} as const;

const hex = {show: 'hex'} as const;
const management = (mask: number, label: string, name: string) =>
	u8(10, label, {mask, names: {0: `${name.charAt(0)}${name.slice(1).toLowerCase()} is NOT set`, 1: `${name} is SET`}});

/**
 * FCP_CMND (FCP-4 9.1). `addlcdblen` counts words: the CDB is 16 bytes and that many words more, and the fields behind it move.
 * ```
 *  0 LUN(8)  8 crn  9 priority|taskattr  10 taskmgmt  11 addlcdblen|rddata|wrdata  12 CDB(16)  28 dl(4)
 * ```
 */
export const fcpCommand = header('fcp', FCP_CMND_LENGTH, {
	_lun: u64(0, 'LUN (all eight bytes)'),
	multilun: bytes(0, 8, 'Multi-Level LUN'),
	/** The number of a LUN below 256, which is all that Wireshark shows of a LUN whose first byte is 0. */
	lun: u8(1, 'LUN', hex),
	crn: u8(8, 'Command Ref Num'),
	_priority: u8(9, 'Priority', {mask: 0x78}),
	taskattr: u8(9, 'Task Attribute', {mask: 0x07, show: 'hex', names: taskAttributeNames}),
	taskmgmt: u8(10, 'Task Management Flags', hex),
	'mgmt.flags.obsolete': management(0x80, 'Obsolete', 'OBSOLETE BIT'),
	'mgmt.flags.clear_aca': management(0x40, 'Clear ACA', 'CLEAR ACA'),
	'mgmt.flags.target_reset': management(0x20, 'Target Reset', 'TARGET RESET'),
	'mgmt.flags.lu_reset': management(0x10, 'LU Reset', 'LU RESET'),
	'mgmt.flags.rsvd': management(0x08, 'Rsvd', 'RSVD'),
	'mgmt.flags.clear_task_set': management(0x04, 'Clear Task Set', 'CLEAR TASK SET'),
	'mgmt.flags.abort_task_set': management(0x02, 'Abort Task Set', 'ABORT TASK SET'),
	addlcdblen: u8(11, 'Additional CDB Length', {mask: 0xfc}),
	rddata: u8(11, 'RDDATA', {mask: 0x02}),
	wrdata: u8(11, 'WRDATA', {mask: 0x01}),
	_cdb: bytes(12, 16, 'CDB'),
	dl: u32(28, 'FCP_DL'),
});
/** What stands behind the CDB; `bidir_dl` only with both rddata and wrdata (FCP-4 9.1.2.7). */
export const fcpDataLength = header('fcp', 4, {dl: u32(0, 'FCP_DL')});
export const fcpReadLength = header('fcp', 4, {bidir_dl: u32(0, 'FCP_BIDIRECTIONAL_READ_DL')});

/** FCP_XFER_RDY (FCP-4 9.2): what the target wants to be sent next, in bytes. */
export const fcpTransferReady = header('fcp', 12, {data_ro: u32(0, 'FCP_DATA_RO'), burstlen: u32(4, 'Burst Length')});

/** Flags of an FCP_RSP (FCP-4 9.5.4). */
export const rspFlag = {
	bidirectional: 0x80,
	bidirectionalUnder: 0x40,
	bidirectionalOver: 0x20,
	confirm: 0x10,
	under: 0x08,
	over: 0x04,
	senseValid: 0x02,
	infoValid: 0x01,
} as const;

const flag = (mask: number, label: string, yes: string, no: string) => u8(10, label, {mask, names: {0: no, 1: yes}});
const set = (mask: number, label: string, name: string) => flag(mask, label, `${name} is SET`, `${name.charAt(0)}${name.slice(1).toLowerCase()} is NOT set`);
const there = (mask: number, label: string, name: string) => flag(mask, label, `${name} is PRESENT`, `${name} is NOT present`);
const short = {
	'rsp.retry_delay_timer': u16(8, 'Retry Delay Timer'),
	rspflags: u8(10, 'FCP_RSP Flags', hex),
	'rsp.flags.bidi': flag(0x80, 'Bidi Rsp', 'Bidirectional residual fields are PRESENT', 'Bidirectional residual fields are NOT present'),
	'rsp.flags.bidi_rru': there(0x40, 'Bidi Read Resid Under', 'Bidirectional residual underflow'),
	'rsp.flags.bidi_rro': there(0x20, 'Bidi Read Resid Over', 'Bidirectional residual overflow'),
	'rsp.flags.conf_req': flag(0x10, 'Conf Req', 'CONF REQ is SET', 'Conf req set is NOT set'),
	'rsp.flags.resid_under': set(0x08, 'Resid Under', 'RESID UNDER'),
	'rsp.flags.resid_over': set(0x04, 'Resid Over', 'RESID OVER'),
	'rsp.flags.sns_vld': set(0x02, 'SNS Vld', 'SNS VLD'),
	'rsp.flags.res_vld': set(0x01, 'RES Vld', 'RES VLD'),
	status: u8(11, 'SCSI Status', {show: 'hex', names: statusNames}),
};
/** The 12 bytes that every FCP_RSP has. */
export const fcpResponseHead = header('fcp', FCP_RSP_SHORT_LENGTH, short);
/**
 * FCP_RSP (FCP-4 9.5); response information (`rsplen` bytes) and sense data (`snslen` bytes) follow.
 * ```
 *  0 reserved(8)  8 retry delay(2)  10 flags  11 status  12 resid(4)  16 snslen(4)  20 rsplen(4)
 * ```
 */
export const fcpResponse = header('fcp', FCP_RSP_LENGTH, {
	...short,
	resid: u32(12, 'FCP_RESID'),
	snslen: u32(16, 'FCP_SNS_LEN'),
	rsplen: u32(20, 'FCP_RSP_LEN'),
});
/** Behind the sense data of a bidirectional command. */
export const fcpReadResidual = header('fcp', 4, {bidir_resid: u32(0, 'Bidirectional Read Resid')});

/** Response information codes (FCP-4 table 27). */
export const rspCode = {
	complete: 0,
	dataLength: 1,
	commandFields: 2,
	dataParameter: 3,
	taskManagementRejected: 4,
	taskManagementFailed: 5,
	incorrectLun: 9,
} as const;
export const rspCodeNames: Readonly<Record<number, string>> = {
	0: 'Task Management Function Complete',
	1: 'FCP_DATA length Different from FCP_BURST_LEN',
	2: 'FCP_CMND Fields Invalid',
	3: 'FCP_DATA Parameter Mismatch With FCP_DATA_RO',
	4: 'Task Management Function Rejected',
	5: 'Task Management Function Failed',
	9: 'Task Management Function Incorrect LUN',
};
/** FCP_RSP_INFO (FCP-4 9.5.11): 4 or 8 bytes; the code is the fourth. */
export const fcpResponseInfo = header('fcp', 8, {rspcode: u8(3, 'RSP_CODE', {show: 'hex', names: rspCodeNames})});
