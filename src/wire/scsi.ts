// The command descriptor blocks in use as tables (SPC-4 section 6, SBC-3 section 5). Keys are the names that Wireshark 4.0 prints;
// those that begin with '.' belong to its `scsi` protocol, the others to `scsi_sbc`. A key that begins with '_' is ours.
import {bytes, u8, u16, u24, u32, u64} from './field.js';
import {type Fields, type Header, header} from './header.js';
import {maintenanceNames, modePageNames, pageControlNames, scsiOpcode, scsiOpcodeNames, serviceActionNames, vpdNames} from './scsi-names.js';
import {reservationScopeNames, reservationTypeNames, reserveInNames, reserveOutNames} from './scsi-reservation.js';

const opcode = u8(0, 'Opcode', {show: 'hex', names: scsiOpcodeNames});
/** The last byte of a CDB (SAM-5 5.2). */
const control = (at: number) => ({
	'.scsi.cdb.control': u8(at, 'Control', {show: 'hex'}),
	'.scsi.cdb.control.vendorspecific': u8(at, 'Vendor specific', {mask: 0xc0, show: 'hex'}),
	'.scsi.cdb.control.reserved': u8(at, 'Reserved', {mask: 0x38, show: 'hex'}),
	'.scsi.cdb.control.naca': u8(at, 'NACA', {mask: 0x04}),
	'.scsi.cdb.control.obs1': u8(at, 'Obsolete', {mask: 0x02, show: 'hex'}),
	'.scsi.cdb.control.obs2': u8(at, 'Obsolete', {mask: 0x01, show: 'hex'}),
});
const cdb = <F extends Fields>(length: number, fields: F) => header('scsi_sbc', length, {opcode, ...fields, ...control(length - 1)});

export const testUnitReady = cdb(6, {});
export const requestSense = cdb(6, {_desc: u8(1, 'DESC', {mask: 0x01}), '.scsi.cdb.alloclen': u8(4, 'Allocation Length')});

/** Wireshark prints EVPD's page code only when EVPD is set, and gives this command's control byte names of its own. */
export const inquiry = header('scsi_sbc', 6, {
	opcode,
	'.scsi.inquiry.flags': u8(1, 'Inquiry Flags', {show: 'hex'}),
	_evpd: u8(1, 'EVPD', {mask: 0x01}),
	'.scsi.inquiry.evpd.pagecode': u8(2, 'EVPD Page Code', {show: 'hex', names: vpdNames}),
	'.scsi.cdb.alloclen16': u16(3, 'Allocation Length'),
	'.scsi.cdb.inq.control': u8(5, 'Control', {show: 'hex'}),
	'.scsi.inquiry.control.vendorspecific': u8(5, 'Vendor specific', {mask: 0xc0, show: 'hex'}),
	'.scsi.inquiry.control.reserved': u8(5, 'Reserved', {mask: 0x38, show: 'hex'}),
	'.scsi.inquiry.control.naca': u8(5, 'NACA', {mask: 0x04}),
	'.scsi.inquiry.control.obs1': u8(5, 'Obsolete', {mask: 0x02, show: 'hex'}),
	'.scsi.inquiry.control.obs2': u8(5, 'Obsolete', {mask: 0x01, show: 'hex'}),
});

/** For pages of SPC (0A, 1C) Wireshark calls the page code `scsi.mode.spc.pagecode`. */
const modeSense = {
	'.scsi.mode.flags': u8(1, 'Mode Sense Flags', {show: 'hex'}),
	_dbd: u8(1, 'DBD', {mask: 0x08}),
	'.scsi.mode.pc': u8(2, 'Page Control', {mask: 0xc0, names: pageControlNames}),
	'.scsi.mode.sbc.pagecode': u8(2, 'SBC-2 Page Code', {mask: 0x3f, show: 'hex', names: modePageNames}),
	_subpage: u8(3, 'Subpage Code', {show: 'hex'}),
};
export const modeSense6 = cdb(6, {...modeSense, '.scsi.cdb.alloclen': u8(4, 'Allocation Length')});
export const modeSense10 = cdb(10, {...modeSense, '.scsi.cdb.alloclen16': u16(7, 'Allocation Length')});
const modeSelect = {
	'.scsi.cdb.mode.flags': u8(1, 'Mode Sense/Select Flags', {show: 'hex'}),
	_pf: u8(1, 'PF', {mask: 0x10}),
	_sp: u8(1, 'SP', {mask: 0x01}),
};
export const modeSelect6 = cdb(6, {...modeSelect, '.scsi.cdb.paramlen': u8(4, 'Parameter Length')});
export const modeSelect10 = cdb(10, {...modeSelect, '.scsi.cdb.paramlen16': u16(7, 'Parameter Length')});

export const startStopUnit = cdb(6, {
	'ssu.immed_flags': u8(1, 'Immed flags', {show: 'hex'}),
	'ssu.immediate': u8(1, 'Immediate', {mask: 0x01}),
	'ssu.pwr_flags': u8(4, 'Pwr flags', {show: 'hex'}),
	'ssu.pwr': u8(4, 'Power Conditions', {mask: 0xf0, show: 'hex'}),
	'ssu.loej': u8(4, 'LOEJ', {mask: 0x02}),
	'ssu.start': u8(4, 'Start', {mask: 0x01}),
});
export const preventAllow = cdb(6, {
	'.scsi.prevent_allow.flags': u8(4, 'Prevent Allow Flags', {show: 'hex'}),
	'.scsi.prevent_allow.prevent': u8(4, 'PREVENT', {mask: 0x01}),
});

/** RESERVE and RELEASE (SPC-2 7.21 to 7.24): third parties, extents and elements are obsolete; Wireshark shows nothing of the six-byte forms. */
const thirdParty = {_3rdpty: u8(1, '3RDPTY', {mask: 0x10}), _extent: u8(1, 'EXTENT', {mask: 0x01})};
const reserveUnit6 = cdb(6, thirdParty);
const reserveUnit10 = cdb(10, {
	'.scsi.release.flags': u8(1, 'Release Flags', {show: 'hex'}),
	...thirdParty,
	_longid: u8(1, 'LONGID', {mask: 0x02}),
	'.scsi.release.thirdpartyid': bytes(3, 1, 'Third-Party ID'),
	'.scsi.cdb.paramlen16': u16(7, 'Parameter Length'),
});
export const reserve6 = reserveUnit6;
export const release6 = reserveUnit6;
export const reserve10 = reserveUnit10;
export const release10 = reserveUnit10;
/** PERSISTENT RESERVE IN (SPC-4 6.15). */
export const persistentReserveIn = cdb(10, {
	'.scsi.persresvin.svcaction': u8(1, 'Service Action', {mask: 0x1f, show: 'hex', names: reserveInNames}),
	'.scsi.cdb.alloclen16': u16(7, 'Allocation Length'),
});
/** PERSISTENT RESERVE OUT (SPC-4 6.16). Wireshark gives the four bytes of the length the name of a shorter field. */
export const persistentReserveOut = cdb(10, {
	'.scsi.persresvout.svcaction': u8(1, 'Service Action', {mask: 0x1f, show: 'hex', names: reserveOutNames}),
	'.scsi.persresv.scope': u8(2, 'Reservation Scope', {mask: 0xf0, show: 'hex', names: reservationScopeNames}),
	'.scsi.persresv.type': u8(2, 'Reservation Type', {mask: 0x0f, show: 'hex', names: reservationTypeNames}),
	'.scsi.cdb.paramlen16': u32(5, 'Parameter Length'),
});

export const readCapacity10 = cdb(10, {_lba: u32(2, 'Logical Block Address (obsolete)')});
export const readCapacity16 = cdb(16, {
	sa: u8(1, 'Service Action', {mask: 0x1f, show: 'hex', names: serviceActionNames}),
	_lba: u64(2, 'Logical Block Address (obsolete)'),
	alloclen32: u32(10, 'Allocation Length'),
});

/** The LBA has 21 bits (SBC-3 5.12); Wireshark's mask has 20. A length of 0 means 256 blocks. */
const rw6 = cdb(6, {'rdwr6.lba': u24(1, 'Logical Block Address (LBA)', {mask: 0x1f_ffff, show: 'dec'}), 'rdwr6.xferlen': u8(4, 'Transfer Length')});
export const read6 = rw6;
export const write6 = rw6;

const cache = {
	'read.flags': u8(1, 'Flags', {show: 'hex'}),
	dpo: u8(1, 'DPO', {mask: 0x10}),
	fua: u8(1, 'FUA', {mask: 0x08}),
	fua_nv: u8(1, 'FUA_NV', {mask: 0x02}),
};
const rdprotect = {rdprotect: u8(1, 'RDPROTECT', {mask: 0xe0, show: 'hex'})};
const wrprotect = {wrprotect: u8(1, 'WRPROTECT', {mask: 0xe0, show: 'hex'})};
const group = (at: number) => ({group: u8(at, 'Group', {mask: 0x1f, show: 'hex'})});
const lba10 = {'rdwr10.lba': u32(2, 'Logical Block Address (LBA)')};
/** Wireshark shows this LBA as bytes; `_lba` is the number. */
const lba16 = {'rdwr16.lba': bytes(2, 8, 'Logical Block Address (LBA)'), _lba: u64(2, 'Logical Block Address', {show: 'dec'})};
const length10 = {'rdwr10.xferlen': u16(7, 'Transfer Length')};
const length12 = (at: number) => ({'rdwr12.xferlen': u32(at, 'Transfer Length')});

const rw10 = <P extends Fields>(protect: P) => cdb(10, {...cache, ...protect, ...lba10, ...group(6), ...length10});
const rw12 = <P extends Fields>(protect: P) => cdb(12, {...cache, ...protect, ...lba10, ...length12(6), ...group(10)});
const rw16 = <P extends Fields>(protect: P) => cdb(16, {...cache, ...protect, ...lba16, ...length12(10), ...group(14)});
export const read10 = rw10(rdprotect);
export const write10 = rw10(wrprotect);
export const read12 = rw12(rdprotect);
export const write12 = rw12(wrprotect);
export const read16 = rw16(rdprotect);
export const write16 = rw16(wrprotect);

/** BYTCHK has two bits since SBC-3 (5.36); Wireshark knows the lower one. */
const verifyFlags = {
	verify_flags: u8(1, 'Flags', {show: 'hex'}),
	vrprotect: u8(1, 'VRPROTECT', {mask: 0xe0, show: 'hex'}),
	dpo: u8(1, 'DPO', {mask: 0x10}),
	bytchk: u8(1, 'BYTCHK', {mask: 0x02}),
	_bytchk: u8(1, 'BYTCHK (two bits)', {mask: 0x06, show: 'dec'}),
};
export const verify10 = cdb(10, {...verifyFlags, 'verify.lba': u32(2, 'LBA'), ...group(6), 'verify.vlen': u16(7, 'Verification Length')});
export const verify12 = cdb(12, {...verifyFlags, 'verify.lba': u32(2, 'LBA'), 'verify.vlen32': u32(6, 'Verification Length'), ...group(10)});
export const verify16 = cdb(16, {
	...verifyFlags,
	'verify.lba64': u64(2, 'LBA', {show: 'dec'}),
	'verify.vlen32': u32(10, 'Verification Length'),
	...group(14),
});

const writeVerifyFlags = {
	wrverify_flags: u8(1, 'Flags', {show: 'hex'}),
	...wrprotect,
	dpo: verifyFlags.dpo,
	bytchk: verifyFlags.bytchk,
	_bytchk: verifyFlags._bytchk,
};
export const writeVerify10 = cdb(10, {...writeVerifyFlags, 'wrverify.lba': u32(2, 'LBA'), ...group(6), 'wrverify.xferlen': u16(7, 'Transfer Length')});
export const writeVerify12 = cdb(12, {...writeVerifyFlags, 'wrverify.lba': u32(2, 'LBA'), 'wrverify.xferlen32': u32(6, 'Transfer Length'), ...group(10)});
export const writeVerify16 = cdb(16, {
	...writeVerifyFlags,
	'wrverify.lba64': u64(2, 'LBA', {show: 'dec'}),
	'wrverify.xferlen32': u32(10, 'Transfer Length'),
	...group(14),
});

const syncFlags = {
	'synccache.flags': u8(1, 'Flags', {show: 'hex'}),
	'synccache.sync_nv': u8(1, 'SYNC_NV', {mask: 0x04}),
	'synccache.immediate': u8(1, 'Immediate', {mask: 0x02}),
};
export const synchronizeCache10 = cdb(10, {...syncFlags, ...lba10, ...group(6), ...length10});
export const synchronizeCache16 = cdb(16, {...syncFlags, ...lba16, ...length12(10), ...group(14)});

export const reportLuns = cdb(12, {
	'.scsi.spc.select_report': u8(2, 'Select Report', {show: 'hex'}),
	'.scsi.cdb.alloclen32': u32(6, 'Allocation Length'),
});
export const reportSupportedOpcodes = cdb(12, {
	'.scsi.mpi.service_action': u8(1, 'Service Action', {mask: 0x1f, show: 'hex', names: maintenanceNames}),
	'.scsi.report_opcodes.rctd': u8(2, 'RCTD', {mask: 0x80}),
	'.scsi.report_opcodes.options': u8(2, 'Reporting Options', {mask: 0x07, show: 'hex'}),
	'.scsi.report_opcodes.requested_operation_code': u8(3, 'Requested Operation Code', {show: 'hex', names: scsiOpcodeNames}),
	'.scsi.report_opcodes.requested_service_action': u16(4, 'Requested Service Action', {show: 'hex'}),
	'.scsi.cdb.alloclen32': u32(6, 'Allocation Length'),
});

/** The table of each operation code; for 9E and A3 that of the service action this project knows. */
export const cdbHeaders: Readonly<Record<number, Header>> = {
	[scsiOpcode.testUnitReady]: testUnitReady,
	[scsiOpcode.requestSense]: requestSense,
	[scsiOpcode.read6]: read6,
	[scsiOpcode.write6]: write6,
	[scsiOpcode.inquiry]: inquiry,
	[scsiOpcode.modeSelect6]: modeSelect6,
	[scsiOpcode.reserve6]: reserve6,
	[scsiOpcode.release6]: release6,
	[scsiOpcode.modeSense6]: modeSense6,
	[scsiOpcode.startStopUnit]: startStopUnit,
	[scsiOpcode.preventAllow]: preventAllow,
	[scsiOpcode.readCapacity10]: readCapacity10,
	[scsiOpcode.read10]: read10,
	[scsiOpcode.write10]: write10,
	[scsiOpcode.writeVerify10]: writeVerify10,
	[scsiOpcode.verify10]: verify10,
	[scsiOpcode.synchronizeCache10]: synchronizeCache10,
	[scsiOpcode.modeSelect10]: modeSelect10,
	[scsiOpcode.reserve10]: reserve10,
	[scsiOpcode.release10]: release10,
	[scsiOpcode.modeSense10]: modeSense10,
	[scsiOpcode.persistentReserveIn]: persistentReserveIn,
	[scsiOpcode.persistentReserveOut]: persistentReserveOut,
	[scsiOpcode.read16]: read16,
	[scsiOpcode.write16]: write16,
	[scsiOpcode.writeVerify16]: writeVerify16,
	[scsiOpcode.verify16]: verify16,
	[scsiOpcode.synchronizeCache16]: synchronizeCache16,
	[scsiOpcode.serviceActionIn16]: readCapacity16,
	[scsiOpcode.reportLuns]: reportLuns,
	[scsiOpcode.maintenanceIn]: reportSupportedOpcodes,
	[scsiOpcode.read12]: read12,
	[scsiOpcode.write12]: write12,
	[scsiOpcode.writeVerify12]: writeVerify12,
	[scsiOpcode.verify12]: verify12,
};

/** Bytes of a CDB by its group, the top three bits of the operation code (SPC-4 4.2.5.1); 0 for vendor and variable ones. */
export const cdbLength = (operationCode: number): number => [6, 10, 10, 0, 16, 12, 0, 0][operationCode >>> 5] ?? 0;
