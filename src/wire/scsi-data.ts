// What SCSI commands return, as tables: sense data, INQUIRY and its vital product data, capacities, mode parameters, LUN list
// (SPC-4 sections 4.5, 6, 7.5, 7.8; SBC-3 sections 5, 6). Names as in scsi.ts.
import {ascii, bytes, u8, u16, u24, u32, u64} from './field.js';
import {header} from './header.js';
import {deviceTypeNames, modePageNames, qualifierNames, scsiVersionNames, senseKeyNames, senseTypeNames, vpdNames} from './scsi-names.js';

const hex = {show: 'hex'} as const;

/** Fixed-format sense data (SPC-4 4.5.3), 18 bytes. */
export const sense = header('scsi', 18, {
	'sns.errtype': u8(0, 'SNS Error Type', {mask: 0x7f, show: 'hex', names: senseTypeNames}),
	_valid: u8(0, 'Valid', {mask: 0x80}),
	'sns.filemark': u8(2, 'Filemark', {mask: 0x80}),
	'sns.eom': u8(2, 'EOM', {mask: 0x40}),
	'sns.ili': u8(2, 'ILI', {mask: 0x20}),
	'sns.key': u8(2, 'Sense Key', {mask: 0x0f, show: 'hex', names: senseKeyNames}),
	'sns.info': u32(3, 'Sense Info', hex),
	'sns.addlen': u8(7, 'Additional Sense Length'),
	'sns.command_specific_information': bytes(8, 4, 'Command-Specific Information'),
	'sns.ascascq': u16(12, 'Additional Sense Code+Qualifier', hex),
	'sns.asc': u8(12, 'Additional Sense Code', hex),
	'sns.ascq': u8(13, 'Additional Sense Code Qualifier', hex),
	'sns.fru': u8(14, 'Field Replaceable Unit Code', hex),
	'sns.sksv': u8(15, 'SKSV', {mask: 0x80}),
	'sns.sks_info': u24(15, 'Sense Key Specific', {mask: 0x7f_ffff, show: 'hex'}),
});

const peripheral = {
	'inquiry.qualifier': u8(0, 'Qualifier', {mask: 0xe0, show: 'hex', names: qualifierNames}),
	'inquiry.devtype': u8(0, 'Device Type', {mask: 0x1f, show: 'hex', names: deviceTypeNames}),
};

/** Standard INQUIRY data (SPC-4 6.6.2), the first 36 bytes. */
export const inquiryData = header('scsi', 36, {
	'inquiry.peripheral': u8(0, 'Peripheral', hex),
	...peripheral,
	'inquiry.rmbflags': u8(1, 'Inquiry RMB Flags', hex),
	'inquiry.removable': u8(1, 'Removable', {mask: 0x80}),
	'inquiry.version': u8(2, 'Version', {show: 'hex', names: scsiVersionNames}),
	'inquiry.acaflags': u8(3, 'Inquiry ACA Flags', hex),
	'inquiry.normaca': u8(3, 'NormACA', {mask: 0x20}),
	'inquiry.hisup': u8(3, 'HiSup', {mask: 0x10}),
	'inquiry.rdf': u8(3, 'Response Data Format', {mask: 0x0f, names: {2: 'SPC-2/SPC-3/SPC-4'}}),
	'inquiry.add_len': u8(4, 'Additional Length'),
	'inquiry.sccsflags': u8(5, 'Inquiry SCCS Flags', hex),
	'inquiry.sccs': u8(5, 'SCCS', {mask: 0x80}),
	'inquiry.acc': u8(5, 'ACC', {mask: 0x40}),
	'inquiry.tpgs': u8(5, 'TPGS', {mask: 0x30, show: 'dec'}),
	'inquiry.tpc': u8(5, '3PC', {mask: 0x08}),
	'inquiry.protect': u8(5, 'Protect', {mask: 0x01}),
	'inquiry.bqueflags': u8(6, 'Inquiry BQue Flags', hex),
	'inquiry.bque': u8(6, 'BQue', {mask: 0x80}),
	'inquiry.encserv': u8(6, 'EncServ', {mask: 0x40}),
	'inquiry.multip': u8(6, 'MultiP', {mask: 0x10}),
	'inquiry.mchngr': u8(6, 'MChngr', {mask: 0x08}),
	'inquiry.reladrflags': u8(7, 'Inquiry RelAdr Flags', hex),
	'inquiry.linked': u8(7, 'Linked', {mask: 0x08}),
	'inquiry.cmdque': u8(7, 'CmdQue', {mask: 0x02}),
	'inquiry.vendor_id': ascii(8, 8, 'Vendor Id'),
	'inquiry.product_id': ascii(16, 16, 'Product Id'),
	'inquiry.product_rev': ascii(32, 4, 'Product Revision Level'),
});

/** What every vital product data page begins with (SPC-4 7.8.1). */
const page = {
	...peripheral,
	'inquiry.evpd.pagecode': u8(1, 'EVPD Page Code', {show: 'hex', names: vpdNames}),
	'inquiry.evpd.pagelength': u16(2, 'Page Length'),
};
export const vpdHead = header('scsi', 4, page);

/** One designation descriptor of page 83 (SPC-4 7.8.6.1); the identifier follows. */
export const designator = header('scsi', 4, {
	'inquiry.evpd.devid.code_set': u8(0, 'Code Set', {mask: 0x0f, show: 'hex'}),
	_protocol: u8(0, 'Protocol Identifier', {mask: 0xf0, show: 'hex'}),
	_piv: u8(1, 'PIV', {mask: 0x80}),
	'inquiry.evpd.devid.association': u8(1, 'Association', {mask: 0x30, show: 'hex'}),
	'inquiry.evpd.devid.identifier_type': u8(1, 'Identifier Type', {mask: 0x0f, show: 'hex'}),
	'inquiry.evpd.devid.identifier_length': u8(3, 'Identifier Length'),
});

/** Extended INQUIRY data, page 86 (SPC-4 7.8.7): what this project reports of it. Wireshark does not decode this page. */
export const extendedInquiry = header('scsi', 64, {
	...page,
	_activate_microcode: u8(4, 'ACTIVATE_MICROCODE', {mask: 0xc0, show: 'dec'}),
	_simpsup: u8(5, 'SIMPSUP', {mask: 0x01}),
	_ordsup: u8(5, 'ORDSUP', {mask: 0x02}),
	_headsup: u8(5, 'HEADSUP', {mask: 0x04}),
	_v_sup: u8(6, 'V_SUP', {mask: 0x01}),
	_luiclr: u8(7, 'LUICLR', {mask: 0x01}),
});

/** Block limits, page B0 (SBC-3 6.5.3). */
export const blockLimits = header('scsi_sbc', 64, {
	'.scsi.inquiry.qualifier': peripheral['inquiry.qualifier'],
	'.scsi.inquiry.devtype': peripheral['inquiry.devtype'],
	'.scsi.inquiry.evpd.pagecode': page['inquiry.evpd.pagecode'],
	'.scsi.inquiry.evpd.pagelength': page['inquiry.evpd.pagelength'],
	'bl.wsnz': u8(4, 'WSNZ (write same non-zero)', {mask: 0x01}),
	'bl.mcawl': u8(5, 'Maximum Compare And Write Length'),
	'bl.otlg': u16(6, 'Optimal Transfer Length Granularity'),
	'bl.mtl': u32(8, 'Maximum Transfer Length'),
	'bl.otl': u32(12, 'Optimal Transfer Length'),
	'bl.mpl': u32(16, 'Optimal Prefetch/Xdread/Xdwrite Transfer Length'),
	'bl.mulc': u32(20, 'Maximum Unmap LBA Count'),
	'bl.mubdc': u32(24, 'Maximum Unmap Block Descriptor Count'),
	'bl.oug': u32(28, 'Optimal Unmap Block Granularity'),
	'bl.ugavalid': u8(32, 'UGAVALID', {mask: 0x80}),
	'bl.uga': u32(32, 'Unmap Granularity Alignment', {mask: 0x7fff_ffff, show: 'dec'}),
	'bl.mwsl': u64(36, 'Maximum Write Same Length', {show: 'dec'}),
	'bl.matl': u32(44, 'Maximum Atomic Transfer Length'),
	'bl.aa': u32(48, 'Atomic Alignment'),
	'bl.atlg': u32(52, 'Atomic Transfer Length Granularity'),
});

/** Block device characteristics, page B1 (SBC-3 6.5.2). */
export const blockCharacteristics = header('scsi', 64, {
	...page,
	'inquiry.bdc.mrr': u16(4, 'Medium Rotation Rate'),
	'inquiry.bdc.pt': u8(6, 'Product Type'),
	'inquiry.bdc.wabereq': u8(7, 'WABEREQ', {mask: 0xc0, show: 'dec'}),
	'inquiry.bdc.wacereq': u8(7, 'WACEREQ', {mask: 0x30, show: 'dec'}),
	'inquiry.bdc.nff': u8(7, 'Nominal Form factor', {mask: 0x0f, show: 'dec'}),
	'inquiry.bdc.fuab': u8(8, 'FUAB', {mask: 0x02}),
	'inquiry.bdc.vbuls': u8(8, 'VBULS', {mask: 0x01}),
});

/** Logical block provisioning, page B2 (SBC-3 6.5.4). */
export const blockProvisioning = header('scsi_sbc', 8, {
	'.scsi.inquiry.qualifier': peripheral['inquiry.qualifier'],
	'.scsi.inquiry.devtype': peripheral['inquiry.devtype'],
	'.scsi.inquiry.evpd.pagecode': page['inquiry.evpd.pagecode'],
	'.scsi.inquiry.evpd.pagelength': page['inquiry.evpd.pagelength'],
	threshold_exponent: u8(4, 'Threshold Exponent'),
	lbpu: u8(5, 'LBPU (logical block provisioning UNMAP)', {mask: 0x80}),
	lbpws: u8(5, 'LBPWS (logical block provisioning WRITE SAME)', {mask: 0x40}),
	lbpws10: u8(5, 'LBPWS10 (logical block provisioning WRITE SAME (10) )', {mask: 0x20}),
	lbprz: u8(5, 'LBPRZ (logical block provisioning read zeros)', {mask: 0x04}),
	anc_sup: u8(5, 'ANC_SUP (anchor supported)', {mask: 0x02}),
	dp: u8(5, 'DP (descriptor present)', {mask: 0x01}),
	ptype: u8(6, 'Provisioning Type', {mask: 0x07, show: 'dec'}),
});

export const capacity10 = header('scsi_sbc', 8, {returned_lba: u32(0, 'Returned LBA'), blocksize: u32(4, 'Block size in bytes')});
/** READ CAPACITY (16) data (SBC-3 5.16.2), 32 bytes. */
export const capacity16 = header('scsi_sbc', 32, {
	lba64_add: u64(0, 'Logical Block Address', {show: 'dec'}),
	blocksize: u32(8, 'Block size in bytes'),
	prot_en: u8(12, 'PROT_EN', {mask: 0x01}),
	p_i_exponent: u8(13, 'P_I_EXPONENT', {mask: 0xf0, show: 'dec'}),
	lbppbe: u8(13, 'LOGICAL_BLOCKS_PER_PHYSICAL_BLOCK_EXPONENT', {mask: 0x0f, show: 'dec'}),
	lbpme: u8(14, 'LBPME (logical block provisioning management enabled) / TPE', {mask: 0x80}),
	lbprz: u8(14, 'LBPRZ (logical block provisioning read zeros) / TPRZ', {mask: 0x40}),
	lalba: u16(14, 'LOWEST_ALIGNED_LBA', {mask: 0x3fff, show: 'dec'}),
});

export const lunListHead = header('scsi', 8, {'reportluns.lun_list_length': u32(0, 'LUN List Length')});

export const modeHead6 = header('scsi', 4, {
	'cdb.mode.mode_data_length': u8(0, 'Mode Data Length'),
	'cdb.mode.medium_type': u8(1, 'Medium Type', hex),
	'cdb.mode.device_specific_parameter': u8(2, 'Device-Specific Parameter', hex),
	'cdb.mode.block_descriptor_length': u8(3, 'Block Descriptor Length'),
});
export const modeHead10 = header('scsi', 8, {
	'cdb.mode.mode_data_length': u16(0, 'Mode Data Length'),
	'cdb.mode.medium_type': u8(2, 'Medium Type', hex),
	'cdb.mode.device_specific_parameter': u8(3, 'Device-Specific Parameter', hex),
	'cdb.mode.longlba': u8(4, 'LongLBA', {mask: 0x01, show: 'dec'}),
	'cdb.mode.block_descriptor_length': u16(6, 'Block Descriptor Length'),
});
/** Short block descriptor (SBC-3 6.4.2.2). */
export const blockDescriptor = header('scsi', 8, {
	'blockdescs.no_of_blocks': u32(0, 'No. of Blocks'),
	'blockdescs.block_length': u24(5, 'Block Length'),
});

const modePage = {
	'spc.modepage.ps': u8(0, 'PS', {mask: 0x80}),
	'spc.modepage.spf': u8(0, 'SPF', {mask: 0x40}),
	'spc.modepage.plen': u8(1, 'Page Length'),
};
/** Caching mode page 08 (SBC-3 6.4.5). */
export const cachingPage = header('scsi', 20, {
	...modePage,
	'mode.sbc.pagecode': u8(0, 'SBC-2 Page Code', {mask: 0x3f, show: 'hex', names: modePageNames}),
	'sbc.modepage.ic': u8(2, 'IC', {mask: 0x80}),
	'sbc.modepage.abpf': u8(2, 'ABPF', {mask: 0x40}),
	'sbc.modepage.cap': u8(2, 'CAP', {mask: 0x20}),
	'sbc.modepage.disc': u8(2, 'Disc', {mask: 0x10}),
	'sbc.modepage.size': u8(2, 'Size', {mask: 0x08}),
	'sbc.modepage.wce': u8(2, 'WCE', {mask: 0x04}),
	'sbc.modepage.mf': u8(2, 'MF', {mask: 0x02}),
	'sbc.modepage.rcd': u8(2, 'RCD', {mask: 0x01}),
	'sbc.modepage.demand_read_retention_priority': u8(3, 'Demand Read Retention Priority', {mask: 0xf0, show: 'dec'}),
	'sbc.modepage.write_retention_priority': u8(3, 'Write Retention Priority', {mask: 0x0f, show: 'dec'}),
	'sbc.modepage.disable_pre_fetch_xfer_len': u16(4, 'Disable Pre-fetch Xfer Len'),
	'sbc.modepage.minimum_pre_fetch': u16(6, 'Minimum Pre-Fetch'),
	'sbc.modepage.maximum_pre_fetch': u16(8, 'Maximum Pre-Fetch'),
	'sbc.modepage.maximum_pre_fetch_ceiling': u16(10, 'Maximum Pre-Fetch Ceiling'),
	'sbc.modepage.fsw': u8(12, 'FSW', {mask: 0x80}),
	'sbc.modepage.lbcss': u8(12, 'LBCSS', {mask: 0x40}),
	'sbc.modepage.dra': u8(12, 'DRA', {mask: 0x20}),
	'sbc.modepage.vendor_specific': u8(12, 'Vendor Specific', {mask: 0x1f, show: 'dec'}),
	'sbc.modepage.number_of_cache_segments': u8(13, 'Number of Cache Segments'),
	'sbc.modepage.cache_segment_size': u16(14, 'Cache Segment Size'),
	'sbc.modepage.non_cache_segment_size': u24(17, 'Non-Cache Segment Size'),
});
/** Control mode page 0A (SPC-4 7.5.8). */
export const controlPage = header('scsi', 12, {
	...modePage,
	'mode.spc.pagecode': u8(0, 'SPC-2 Page Code', {mask: 0x3f, show: 'hex', names: {10: 'Control'}}),
	'mode.tst': u8(2, 'Task Set Type', {mask: 0xe0, show: 'dec'}),
	_d_sense: u8(2, 'D_SENSE', {mask: 0x04}),
	'spc.modepage.gltsd': u8(2, 'Global Logging Target Save Disable', {mask: 0x02}),
	'mode.qmod': u8(3, 'Queue Algorithm Modifier', {mask: 0xf0, show: 'hex'}),
	_qerr: u8(3, 'Queue Error Management', {mask: 0x06, show: 'dec'}),
	'spc.modepage.swp': u8(4, 'SWP', {mask: 0x08}),
	'spc.modepage.busy_timeout_period': u16(8, 'Busy Timeout Period (ms)'),
	'spc.modepage.extended_self_test_completion_time': u16(10, 'Extended Self-Test Completion Time'),
});
/** Informational exceptions control mode page 1C (SPC-4 7.5.13). */
export const exceptionsPage = header('scsi', 12, {
	...modePage,
	'mode.spc.pagecode': u8(0, 'SPC-2 Page Code', {mask: 0x3f, show: 'hex', names: {28: 'Informational Exceptions Control'}}),
	'spc.modepage.perf': u8(2, 'Perf', {mask: 0x80}),
	'spc.modepage.ebf': u8(2, 'EBF', {mask: 0x20}),
	'spc.modepage.ewasc': u8(2, 'EWasc', {mask: 0x10}),
	'spc.modepage.dexcpt': u8(2, 'DExcpt', {mask: 0x08}),
	'spc.modepage.test': u8(2, 'Test', {mask: 0x04}),
	'spc.modepage.logerr': u8(2, 'LogErr', {mask: 0x01}),
	'mode.mrie': u8(3, 'MRIE', {mask: 0x0f, show: 'hex'}),
	'spc.modepage.interval_timer': u32(4, 'Interval Timer'),
	'spc.modepage.report_count': u32(8, 'Report Count'),
});
