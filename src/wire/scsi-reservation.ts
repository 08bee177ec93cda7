// Persistent reservations: service actions, types, and what PERSISTENT RESERVE IN returns and PERSISTENT RESERVE OUT is given
// (SPC-4 5.13, 6.15, 6.16). Names as in scsi.ts; Wireshark decodes neither the capabilities nor the full status.
import {bytes, u8, u16, u32, u64} from './field.js';
import {header} from './header.js';

const hex = {show: 'hex'} as const;

/** Service actions of PERSISTENT RESERVE IN (SPC-4 table 219). */
export const reserveInAction = {readKeys: 0, readReservation: 1, reportCapabilities: 2, readFullStatus: 3} as const;
export const reserveInNames = {0: 'Read Keys', 1: 'Read Reservation', 2: 'Report Capabilities', 3: 'Read Full Status'};

/** Service actions of PERSISTENT RESERVE OUT (SPC-4 table 231). */
export const reserveOutAction = {
	register: 0,
	reserve: 1,
	release: 2,
	clear: 3,
	preempt: 4,
	preemptAndAbort: 5,
	registerAndIgnore: 6,
	registerAndMove: 7,
} as const;
export const reserveOutNames = {
	0: 'Register',
	1: 'Reserve',
	2: 'Release',
	3: 'Clear',
	4: 'Preempt',
	5: 'Preempt & Abort',
	6: 'Register & Ignore Existing Key',
	7: 'Register & Move',
	8: 'Replace Lost Reservation',
};

/** Types of a persistent reservation (SPC-4 table 223). */
export const reservationType = {
	writeExclusive: 1,
	exclusiveAccess: 3,
	writeExclusiveRegistrantsOnly: 5,
	exclusiveAccessRegistrantsOnly: 6,
	writeExclusiveAllRegistrants: 7,
	exclusiveAccessAllRegistrants: 8,
} as const;
export const reservationTypeNames = {
	1: 'Write Excl',
	3: 'Excl Access',
	5: 'Write Excl, Registrants Only',
	6: 'Excl Access, Registrants Only',
	7: 'Write Excl, All Registrants',
	8: 'Excl Access, All Registrants',
};
export const reservationScopeNames = {0: 'LU Scope', 1: 'Obsolete', 2: 'Element Scope'};

/** What READ KEYS, READ RESERVATION and READ FULL STATUS begin with (SPC-4 6.15.2): the length is that of what follows. */
export const reserveInHead = header('scsi', 8, {
	'persresvin.generation_number': u32(0, 'Generation Number', hex),
	'persresvin.additional_length': u32(4, 'Additional Length'),
});

/** One key of READ KEYS. Wireshark shows keys as bytes; `_key` is the number. */
export const reservationKey = header('scsi', 8, {'spc.resv.key': bytes(0, 8, 'Reservation Key'), _key: u64(0, 'Reservation Key')});

/** The reservation of READ RESERVATION (SPC-4 6.15.3.2). */
export const reservationDescriptor = header('scsi', 16, {
	'spc.resv.key': bytes(0, 8, 'Reservation Key'),
	_key: u64(0, 'Reservation Key'),
	'spc.resv.scopeaddr': bytes(8, 4, 'Scope Address'),
	'persresv.scope': u8(13, 'Reservation Scope', {mask: 0xf0, show: 'hex', names: reservationScopeNames}),
	'persresv.type': u8(13, 'Reservation Type', {mask: 0x0f, show: 'hex', names: reservationTypeNames}),
});

/** REPORT CAPABILITIES (SPC-4 6.15.4). */
export const reservationCapabilities = header('scsi', 8, {
	'persresvin.capabilities.length': u16(0, 'Length'),
	'persresvin.capabilities.rlr_c': u8(2, 'RLR_C (replace lost reservation capable)', {mask: 0x80}),
	'persresvin.capabilities.crh': u8(2, 'CRH (compatible reservation handling)', {mask: 0x10}),
	'persresvin.capabilities.sip_c': u8(2, 'SIP_C (specify initiator ports capable)', {mask: 0x08}),
	'persresvin.capabilities.atp_c': u8(2, 'ATP_C (all target ports capable)', {mask: 0x04}),
	'persresvin.capabilities.ptpl_c': u8(2, 'PTPL_C (persist through power loss capable)', {mask: 0x01}),
	'persresvin.capabilities.tmv': u8(3, 'TMV (type mask valid)', {mask: 0x80}),
	'persresvin.capabilities.allow_commands': u8(3, 'ALLOW COMMANDS', {mask: 0x70, show: 'dec'}),
	'persresvin.capabilities.ptpl_a': u8(3, 'PTPL_A (persist through power loss activated)', {mask: 0x01}),
	'persresvin.capabilities.wr_ex_ar': u8(4, 'WR_EX_AR', {mask: 0x80}),
	'persresvin.capabilities.ex_ac_ro': u8(4, 'EX_AC_RO', {mask: 0x40}),
	'persresvin.capabilities.wr_ex_ro': u8(4, 'WR_EX_RO', {mask: 0x20}),
	'persresvin.capabilities.ex_ac': u8(4, 'EX_AC', {mask: 0x08}),
	'persresvin.capabilities.wr_ex': u8(4, 'WR_EX', {mask: 0x02}),
	'persresvin.capabilities.ex_ac_ar': u8(5, 'EX_AC_AR', {mask: 0x01}),
});

/** One registration of READ FULL STATUS (SPC-4 6.15.5); the TransportID follows. */
export const fullStatusDescriptor = header('scsi', 24, {
	'persresvin.full_status.key': u64(0, 'Reservation Key', hex),
	'persresvin.full_status.all_tg_pt': u8(12, 'ALL_TG_PT', {mask: 0x02}),
	'persresvin.full_status.r_holder': u8(12, 'R_HOLDER', {mask: 0x01}),
	'persresvin.full_status.scope': u8(13, 'Reservation Scope', {mask: 0xf0, show: 'hex', names: reservationScopeNames}),
	'persresvin.full_status.type': u8(13, 'Reservation Type', {mask: 0x0f, show: 'hex', names: reservationTypeNames}),
	'persresvin.full_status.rel_tpi': u16(18, 'Relative Target Port Identifier'),
	'persresvin.full_status.additional_length': u32(20, 'Additional Descriptor Length'),
});

/** The parameter list of every service action but REGISTER AND MOVE (SPC-4 6.16.3). Wireshark shows keys as bytes; `_key` and `_action_key` are the numbers. */
export const reserveOutParameters = header('scsi', 24, {
	'persresv.reskey': bytes(0, 8, 'Reservation Key'),
	_key: u64(0, 'Reservation Key'),
	'persresv.sareskey': bytes(8, 8, 'Service Action Reservation Key'),
	_action_key: u64(8, 'Service Action Reservation Key'),
	'presresv.obs': bytes(16, 4, 'Obsolete'),
	'presresv.control': u8(20, 'Control', hex),
	'persresv.control.reserved1': u8(20, 'Reserved', {mask: 0xf0, show: 'hex'}),
	'persresv.control.spec_i_pt': u8(20, 'SPEC_I_PT', {mask: 0x08}),
	'persresv.control.all_tg_pt': u8(20, 'ALL_TG_PT', {mask: 0x04}),
	'persresv.control.reserved2': u8(20, 'Reserved', {mask: 0x02, show: 'hex'}),
	'persresv.control.aptpl': u8(20, 'aptpl', {mask: 0x01}),
});
