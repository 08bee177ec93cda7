// Extended link services of Fibre Channel (FC-LS-2 clause 4; Linux include/uapi/scsi/fc/fc_els.h), each from the command code on. SRR, which
// FCP carries as an FC-4 link service, is Wireshark's `fcp` (FCP-4 8.3). Keys that begin with '_' are ours.
import {
	elsCommandNames,
	lsExplanationNames,
	lsReasonNames,
	prliResponseNames,
	prliTypeNames,
	rscnAddressNames,
	rscnEventNames,
	scrFunctionNames,
} from './fc-els-names.js';
import {bytes, u8, u16, u24, u32, u64} from './field.js';
import {header} from './header.js';

export * from './fc-els-names.js';

const hex = {show: 'hex'} as const;
const id = {show: 'fcid'} as const;
const wwn = {show: 'wwn'} as const;
const opcode = u8(0, 'Cmd Code', {show: 'hex', names: elsCommandNames});
const yesNo = (yes: string, no: string) => ({0: no, 1: yes});
const supported = yesNo('Supported', 'Not supported');

/** An ELS that is only its code (RTV), or that has nothing more to say (LS_ACC to LOGO or RRQ). */
export const els = header('fcels', 4, {opcode});

/** FC-LS-2 4.4.4. */
export const lsRjt = header('fcels', 8, {
	opcode,
	'rjt.reason': u8(5, 'Reason Code', {show: 'hex', names: lsReasonNames}),
	'rjt.detail': u8(6, 'Reason Explanation', {show: 'hex', names: lsExplanationNames}),
	'rjt.vnduniq': u8(7, 'Vendor Unique', hex),
});

/** Common service parameters (FC-LS-2 6.6.2) that begin at `at`. */
const common = (at: number) => {
	const feature = (mask: number, label: string, names: Readonly<Record<number, string>>) => u16(at + 4, label, {mask, names});
	return {
		_hiversion: u8(at, 'Highest version', hex),
		_loversion: u8(at + 1, 'Lowest version', hex),
		'logi.b2b': u16(at + 2, 'B2B Credit'),
		'logi.cmnfeatures': u16(at + 4, 'Common Svc Parameters', hex),
		'cmn.cios': feature(0x8000, 'Cont. Incr. Offset Supported', supported),
		'cmn.rro': feature(0x4000, 'RRO Supported', supported),
		'cmn.vvv': feature(0x2000, 'Valid Vendor Version', yesNo('Valid', 'Invalid')),
		/** The sender is an F_Port: in VN2VN it must not be. */
		_fport: feature(0x1000, 'N_Port or F_Port', yesNo('F_Port', 'N_Port')),
		'cmn.bbb': feature(0x0800, 'B2B Credit Mgmt', yesNo('Alt B2B Credit Mgmt', 'Normal B2B Credit Mgmt')),
		'cmn.e_d_tov': feature(0x0400, 'E_D_TOV', yesNo('E_D_TOV Resolution in ns', 'E_D_TOV Resolution in ms')),
		'cmn.multicast': feature(0x0200, 'Multicast', supported),
		'cmn.broadcast': feature(0x0100, 'Broadcast', supported),
		'cmn.simplex': feature(0x0040, 'Simplex', supported),
		'cmn.security': feature(0x0020, 'Security', yesNo('Set', 'Not set')),
		'cmn.clk': feature(0x0010, 'Clk Sync', yesNo('Capable', 'Not capable')),
		'cmn.dhd': feature(0x0004, 'DHD Capable', yesNo('Capable', 'Not capable')),
		'cmn.seqcnt': feature(0x0002, 'SEQCNT', yesNo('Cont. Incr SEQCNT rules', 'Normal SEQCNT rules')),
		'cmn.payload': feature(0x0001, 'Payload Len', yesNo('Payload Len=256 bytes', 'Payload Len=116 bytes')),
		'logi.bbscnum': u8(at + 6, 'BB_SC Number', {mask: 0xf0}),
		/** The largest FC payload that the sender takes, in bytes. */
		'logi.rcvsize': u16(at + 6, 'Receive Size', {mask: 0x0fff}),
		'logi.maxconseq': u16(at + 8, 'Max Concurrent Seq'),
		'logi.reloff': u16(at + 10, 'Relative Offset By Info Cat'),
		/** What an accept of FLOGI has in the place of the two, in milliseconds. */
		_r_a_tov: u32(at + 8, 'R_A_TOV'),
		/** Milliseconds, or nanoseconds under `cmn.e_d_tov`. */
		edtov: u32(at + 12, 'E_D_TOV'),
	};
};

/** Service parameters of a class (FC-LS-2 6.6.2.4) that begin at `at`. */
const service = (at: number) => {
	const option = (mask: number, label: string, names: Readonly<Record<number, string>>) => u16(at, label, {mask, names});
	return {
		'logi.clsflags': u16(at, 'Service Options', hex),
		'cls.cns': option(0x8000, 'Class Supported', supported),
		'cls.sdr': option(0x0800, 'Delivery Mode', yesNo('Seq Delivery Requested', 'Out of Order Delivery Requested')),
		'cls.prio': option(0x0080, 'Priority', supported),
		'cls.nzctl': option(0x0040, 'Non-zero CS_CTL', yesNo('Non-zero CS_CTL Tolerated', 'Non-zero CS_CTL Maybe Tolerated')),
		'logi.initctl': u16(at + 2, 'Initiator Ctl', hex),
		'logi.initctl.initial_pa': u16(at + 2, 'Initial P_A', {
			mask: 0x3000,
			show: 'hex',
			names: {0: 'Initial P_A Not Supported', 1: 'Initial P_A Supported', 3: 'Initial P_A Required & Supported'},
		}),
		'logi.initctl.ack0': u16(at + 2, 'ACK0 Capable', {mask: 0x0800, names: yesNo('Capable', 'Not capable')}),
		'logi.initctl.ackgaa': u16(at + 2, 'ACK GAA', {mask: 0x0200, names: yesNo('ACK Generation Assistance Avail', 'NO ack generation assistance')}),
		'logi.initctl.sync': u16(at + 2, 'Clock Sync', {mask: 0x0010, names: supported}),
		'logi.rcptctl': u16(at + 4, 'Recipient Ctl', hex),
		'logi.rcptctl.ack': u16(at + 4, 'ACK0', {mask: 0x8000, names: supported}),
		'logi.rcptctl.interlock': u16(at + 4, 'X_ID Interlock', {mask: 0x2000, names: yesNo('Requested', 'Not Requested')}),
		'logi.rcptctl.policy': u16(at + 4, 'Policy', {
			mask: 0x1800,
			show: 'hex',
			names: {
				0: 'Error Policy: Discard Policy only',
				1: 'Error Policy: Reserved',
				2: 'Error Policy: Both discard and process policies supported',
				3: 'Error Policy: Reserved',
			},
		}),
		'logi.rcptctl.category': u16(at + 4, 'Category', {
			mask: 0x0030,
			show: 'hex',
			names: {0: '1 Category/Seq', 1: '2 Categories/Seq', 3: 'More than 2 Categories/Seq'},
		}),
		'logi.rcptctl.sync': u16(at + 4, 'Clock Sync', {mask: 0x0008, names: supported}),
		'logi.clsrcvsize': u16(at + 6, 'Class Recv Size'),
		'logi.totconseq': u16(at + 8, 'Total Concurrent Seq'),
		'logi.e2e': u16(at + 10, 'End2End Credit'),
		'logi.openseq': u16(at + 12, 'Open Seq Per Exchg'),
	};
};

/** The parts of a login, each from its own beginning. */
export const commonService = header('fcels', 16, common(0));
export const classService = header('fcels', 16, service(0));

/**
 * PLOGI, FLOGI, PDISC, FDISC and their accepts (FC-LS-2 4.2.4, 6.6.2). The class fields are class 3's; of the others there are the options.
 * ```
 *  0 code  4 common parameters(16)  20 npname(8)  28 fnname(8)  36 52 68 84 classes 1 to 4 (16 each)  100 vendvers(16)
 * ```
 */
export const plogi = header('fcels', 116, {
	opcode,
	...common(4),
	npname: u64(20, 'N_Port Port_Name', wwn),
	fnname: u64(28, 'Fabric/Node Name', wwn),
	_class1: u16(36, 'Class 1 Service Options', hex),
	_class2: u16(52, 'Class 2 Service Options', hex),
	...service(68),
	_class4: u16(84, 'Class 4 Service Options', hex),
	'logi.vendvers': bytes(100, 16, 'Vendor Version'),
});

const originator = u24(5, 'Originator S_ID', id);
/** FC-LS-2 4.2.5. */
export const logo = header('fcels', 16, {opcode, portid: originator, npname: u64(8, 'N_Port Port_Name', wwn)});

/** LS_ACC of RTV (FC-LS-2 4.2.12), in milliseconds unless the qualifier says otherwise. Wireshark shows it as data. */
export const rtvAccept = header('fcels', 16, {
	opcode,
	'rtv.r_a_tov': u32(4, 'R_A_TOV'),
	'rtv.e_d_tov': u32(8, 'E_D_TOV'),
	'rtv.qualifier': u32(12, 'Timeout qualifier', hex),
	'rtv.qualifier.e_d_tov_resolution': u32(12, 'E_D_TOV resolution', {mask: 1 << 26, names: yesNo('Nanoseconds', 'Milliseconds')}),
	'rtv.qualifier.r_t_tov': u32(12, 'R_T_TOV', {mask: 1 << 19, names: yesNo('100 microseconds', '100 milliseconds')}),
});

const exchange = {opcode, portid: originator, oxid: u16(8, 'OXID', hex), rxid: u16(10, 'RXID', hex)};
/** FC-LS-2 4.2.17: gives the identifiers of an aborted exchange free again. */
export const rrq = header('fcels', 12, exchange);
/** FC-LS-2 4.2.29: asks how far an exchange is. */
export const rec = header('fcels', 12, exchange);
/** LS_ACC of REC: for FCP `rec.fc4value` counts the bytes transferred so far. */
export const recAccept = header('fcels', 24, {
	opcode,
	oxid: u16(4, 'OXID', hex),
	rxid: u16(6, 'RXID', hex),
	portid: u24(9, 'Originator S_ID', id),
	resportid: u24(13, 'Responding Port ID', id),
	'rec.fc4value': u32(16, 'FC4 value', hex),
	estat: u32(20, 'Exchange Status', hex),
	'estat.resp': u32(20, 'Sequence Responder', {mask: 0x8000_0000, names: yesNo('Responding to Exchange', 'Originator of Exchange')}),
	'estat.seq_init': u32(20, 'Sequence Initiative', {
		mask: 0x4000_0000,
		names: yesNo('Seq Initiative held by REC responder', 'Seq Initiative not held by REC responder'),
	}),
	'estat.complete': u32(20, 'Exchange Complete', {mask: 0x2000_0000, names: yesNo('Complete', 'Incomplete')}),
});

/** Sequence retransmission request (FCP-4 8.3; Linux struct fcp_srr): R_CTL 0x32, TYPE 8. `r_ctl` is that of the unit wanted again, `data_ro` its offset. */
export const srr = header('fcp', 16, {
	'els.op': u8(0, 'Opcode', {show: 'hex', names: elsCommandNames}),
	'els.srr.ox_id': u16(4, 'OX_ID', hex),
	'els.srr.rx_id': u16(6, 'RX_ID', hex),
	data_ro: u32(8, 'FCP_DATA_RO'),
	r_ctl: u8(12, 'R_CTL', hex),
});
/** Its LS_ACC. */
export const srrAccept = header('fcp', 4, {'els.op': srr.fields['els.op']});

const logins = {opcode, 'prlilo.page_length': u8(1, 'Page Length'), 'prlilo.payload_length': u16(2, 'Payload Length')};
/** What PRLI, PRLO and their accepts begin with; `prlilo.payload_length` counts from the code on. */
export const prliHead = header('fcels', 4, logins);

/** A service parameter page (FC-LS-2 4.2.18) that begins at `at`. */
const page = (at: number) => {
	const parameter = (mask: number, label: string, yes: string, no: string) => u32(at + 12, label, {mask, names: yesNo(yes, no)});
	const valid = yesNo('Valid', 'Not Valid');
	return {
		'prlilo.type': u8(at, 'TYPE', {names: prliTypeNames}),
		'prlilo.type_code_extension': u8(at + 1, 'TYPE Code Extension'),
		prliloflags: u8(at + 2, 'PRLILO Flags', hex),
		'prliloflags.opav': u8(at + 2, 'Orig PA Valid', {mask: 0x80, names: valid}),
		'tprloflags.rpav': u8(at + 2, 'Resp PA Valid', {mask: 0x40, names: valid}),
		'prliloflags.ipe': u8(at + 2, 'Image Pair Estd', {mask: 0x20, names: yesNo('Image Pair Estd', 'Image pair NOT estd')}),
		'prliloflags.eip': u8(at + 2, 'Est Image Pair', {mask: 0x20, names: yesNo('Est Image Pair & Exchg Svc Param', 'Exchange Svc Param Only')}),
		/** Wireshark shows the whole byte under this name. */
		'prlilo.response_code': u8(at + 2, 'Response Code', hex),
		_response: u8(at + 2, 'Response Code', {mask: 0x0f, names: prliResponseNames}),
		'prlilo.originator_pa': u32(at + 4, 'Originator PA', hex),
		'prlilo.responder_pa': u32(at + 8, 'Responder PA', hex),
		fcpflags: u32(at + 12, 'FCP Flags', hex),
		'fcpflags.trireq': parameter(0x200, 'Task Retry Ident', 'Requested', 'Not Requested'),
		'fcpflags.trirep': parameter(0x200, 'Task Retry Ident', 'Accepted', 'Not Accepted'),
		'fcpflags.retry': parameter(0x100, 'Retry', 'Retry Possible', 'Retry NOT possible'),
		'fcpflags.ccomp': parameter(0x080, 'Comp', 'Confirmed Comp', 'Comp NOT confirmed'),
		'fcpflags.datao': parameter(0x040, 'Data Overlay', 'Data Overlay', 'NO data overlay'),
		'fcpflags.initiator': parameter(0x020, 'Initiator', 'Initiator', 'NOT an initiator'),
		'fcpflags.target': parameter(0x010, 'Target', 'Target', 'NOT a target'),
		'fcpflags.rdxr': parameter(0x002, 'Rd Xfer_Rdy Dis', 'Rd Xfer_Rdy Dis', 'NO rd xfer_rdy dis'),
		'fcpflags.wrxr': parameter(0x001, 'Wr Xfer_Rdy Dis', 'Wr Xfer_Rdy Dis', 'NO wr xfer_rdy dis'),
	};
};
/** One page, from its own beginning. */
export const prliPage = header('fcels', 16, page(0));
/** PRLI or PRLO with one page, and their accepts (FC-LS-2 4.2.18 and 4.2.19). */
export const prli = header('fcels', 20, {...logins, ...page(4)});

/** FC-LS-2 4.2.22, and its accept. */
export const adisc = header('fcels', 28, {
	opcode,
	hrdaddr: u24(5, 'Hard Address of Originator', id),
	npname: u64(8, 'N_Port Port_Name', wwn),
	fnname: u64(16, 'Fabric/Node Name', wwn),
	portid: u24(25, 'Originator S_ID', id),
});

/** FC-LS-2 4.2.31: pages of four bytes follow up to `rscn.payload_length` bytes from the code on. */
export const rscn = header('fcels', 4, {opcode, 'rscn.page_len': u8(1, 'Page Len'), 'rscn.payload_len': u16(2, 'Payload Len')});
export const rscnPage = header('fcels', 4, {
	'rscn.evqual': u8(0, 'Event Qualifier', {mask: 0x3c, show: 'hex', names: rscnEventNames}),
	'rscn.addrfmt': u8(0, 'Address Format', {mask: 0x03, show: 'hex', names: rscnAddressNames}),
	_id: u24(1, 'Affected Port_ID', id),
	'rscn.domain': u8(1, 'Affected Domain', hex),
	'rscn.area': u8(2, 'Affected Area', hex),
	'rscn.port': u8(3, 'Affected Port', hex),
});
/** FC-LS-2 4.2.30. */
export const scr = header('fcels', 8, {opcode, 'scr.regn': u8(7, 'Registration Function', {show: 'hex', names: scrFunctionNames})});

/** FC-LS-2 4.2.13, and its accept: the link error status block. Wireshark has these counters' names from another ELS and shows RLS as data. */
export const rls = header('fcels', 8, {opcode, portid: originator});
export const rlsAccept = header('fcels', 28, {
	opcode,
	link_failure_count: u32(4, 'Link Failure Count'),
	loss_of_sync_count: u32(8, 'Loss of Sync Count'),
	loss_of_signal_count: u32(12, 'Loss of Signal Count'),
	primitive_seq_protocol_err: u32(16, 'Primitive Seq Protocol Err'),
	invalid_xmission_word: u32(20, 'Invalid Xmission Word'),
	invalid_crc_count: u32(24, 'Invalid CRC Count'),
});
