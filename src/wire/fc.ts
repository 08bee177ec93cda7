// Fibre Channel FC-2 frame header (FC-FS-3 clause 9; Linux include/uapi/scsi/fc/fc_fs.h). Keys are Wireshark's behind `fc.`.
import {u8, u16, u24, u32} from './field.js';
import {header} from './header.js';

/** Bytes of the header (FC-FS-3 9.1). */
export const FC_HEADER_LENGTH = 24;
/** The largest payload a frame may carry, and the least that every port must take (FC-FS-3 9.2, FC-LS-2 6.6.2.3.6). */
export const FC_PAYLOAD_MAX = 2112;
export const FC_PAYLOAD_MIN = 256;
/** RX_ID before the responder has given one, and any exchange identifier that stands for none (FC-FS-3 9.10). */
export const RX_ID_UNKNOWN = 0xffff;

/** Routing control (FC-FS-3 9.3): information categories of device data, and link services. */
export const rCtl = {
	solicitedData: 0x01,
	solicitedControl: 0x03,
	dataDescriptor: 0x05,
	unsolicitedCommand: 0x06,
	commandStatus: 0x07,
	elsRequest: 0x22,
	elsReply: 0x23,
	fc4Request: 0x32,
	fc4Reply: 0x33,
	nop: 0x80,
	abts: 0x81,
	baAcc: 0x84,
	baRjt: 0x85,
} as const;

/** Names after Wireshark's `routing/information` (FC-FS-3 table 24 and following). */
export const rCtlNames: Readonly<Record<number, string>> = {
	0: 'Device_Data/Uncategorized Data',
	1: 'Device_Data/Solicited Data',
	2: 'Device_Data/Unsolicited Control',
	3: 'Device_Data/Solicited Control',
	4: 'Device_Data/Unsolicited Data',
	5: 'Device_Data/Data Descriptor',
	6: 'Device_Data/Unsolicited Command',
	7: 'Device_Data/Command Status',
	34: 'Extended Link Services/Request',
	35: 'Extended Link Services/Reply',
	50: 'FC-4 Link Services/Request',
	51: 'FC-4 Link Services/Reply',
	128: 'Basic Link Services/NOP',
	129: 'Basic Link Services/ABTS',
	132: 'Basic Link Services/BA_ACC',
	133: 'Basic Link Services/BA_RJT',
	192: 'Link Control/ACK_1',
	193: 'Link Control/ACK_0',
	194: 'Link Control/P_RJT',
	195: 'Link Control/F_RJT',
	196: 'Link Control/P_BSY',
	197: 'Link Control/F_BSY to Data Frame',
	198: 'Link Control/F_BSY to Link Control Frame',
	199: 'Link Control/Link Credit Reset',
	201: 'Link Control/END',
};

/** Data structure type (FC-FS-3 9.6). */
export const fcType = {bls: 0x00, els: 0x01, fcp: 0x08, ct: 0x20} as const;
export const fcTypeNames: Readonly<Record<number, string>> = {
	0: 'Basic Link Svc',
	1: 'Ext Link Svc',
	4: 'LLC_SNAP',
	5: 'IP/FC',
	8: 'FCP',
	27: 'SB-3(Channel->CU)',
	28: 'SB-3(CU->Channel)',
	32: 'FC_CT',
	34: 'SW_ILS',
	35: 'AL',
	36: 'SNMP',
};

/** Frame control bits (FC-FS-3 9.7); `fill` masks the count of fill bytes behind the data. */
export const fCtl = {
	/** Sent by the responder of the exchange. */
	responder: 1 << 23,
	/** Sent by the recipient of the sequence. */
	recipient: 1 << 22,
	/** First and last sequence of the exchange. */
	first: 1 << 21,
	last: 1 << 20,
	/** Last frame of the sequence. */
	end: 1 << 19,
	/** Hands the sequence initiative over. */
	initiative: 1 << 16,
	retransmitted: 1 << 9,
	/** The parameter is the offset of the data. */
	relativeOffset: 1 << 3,
	fill: 3,
} as const;

/** Addresses that stand for a service (FC-FS-3 11.2.2). */
export const wellKnown = {broadcast: 0xffffff, fabricLogin: 0xfffffe, fabricController: 0xfffffd, directory: 0xfffffc} as const;

const hex = {show: 'hex'} as const;
const bit = (mask: number, label: string, yes: string, no: string) => u24(9, label, {mask, names: {0: no, 1: yes}});

/**
 * The header of every FC frame:
 * ```
 *  0 r_ctl   1 d_id(3)   4 cs_ctl  5 s_id(3)   8 type   9 f_ctl(3)
 * 12 seq_id 13 df_ctl   14 seq_cnt(2)         16 ox_id(2) 18 rx_id(2)  20 parameter(4)
 * ```
 * `relative_offset` is the parameter's other name, under `f_ctl` bit 3.
 */
export const fc = header('fc', FC_HEADER_LENGTH, {
	r_ctl: u8(0, 'R_CTL', {show: 'hex', names: rCtlNames}),
	d_id: u24(1, 'Dest Addr', {show: 'fcid'}),
	cs_ctl: u8(4, 'CS_CTL', hex),
	s_id: u24(5, 'Src Addr', {show: 'fcid'}),
	type: u8(8, 'Type', {show: 'hex', names: fcTypeNames}),
	f_ctl: u24(9, 'F_CTL', hex),
	'fctl.exchange_responder': bit(0x80_0000, 'ExgRpd', 'Exchange Responder', 'Exchange Originator'),
	'fctl.seq_recipient': bit(0x40_0000, 'SeqRec', 'Seq Recipient', 'Seq Initiator'),
	'fctl.exchange_first': bit(0x20_0000, 'ExgFst', 'Exchg First', 'NOT exchg first'),
	'fctl.exchange_last': bit(0x10_0000, 'ExgLst', 'Exchg Last', 'NOT exchg last'),
	'fctl.seq_last': bit(0x08_0000, 'SeqLst', 'Seq Last', 'NOT seq last'),
	'fctl.priority': bit(0x02_0000, 'Pri', 'Priority', 'CS_CTL'),
	'fctl.transfer_seq_initiative': bit(0x01_0000, 'TSI', 'Transfer Seq Initiative', 'NOT transfer seq initiative'),
	'fctl.last_data_frame': u24(9, 'LDF', {
		mask: 0xc000,
		show: 'hex',
		names: {0: 'Last Data Frame - No Info', 1: 'Last Data Frame - Seq Imm', 2: 'Last Data Frame - Seq Soon', 3: 'Last Data Frame - Seq Delyd'},
	}),
	'fctl.ack_0_1': u24(9, 'A01', {mask: 0x3000, show: 'hex', names: {0: 'no ack required', 1: 'ACK_1 Required', 2: 'ACK_0 Required', 3: 'ACK_0 Required'}}),
	'fctl.rexmitted_seq': bit(0x0200, 'RetSeq', 'Retransmitted Sequence', 'NOT retransmitted sequence'),
	'fctl.abts_ack': u24(9, 'AA', {mask: 0x30, show: 'hex', names: {0: 'ABTS - Cont', 1: 'ABTS - Abort', 2: 'ABTS - Stop', 3: 'ABTS - Imm Seq Retx'}}),
	'fctl.rel_offset': bit(0x08, 'RelOff', 'Rel Offset SET', 'rel offset NOT set'),
	/** Bytes that fill the data up to a word. Wireshark shows them nowhere. */
	_fill: u24(9, 'Fill bytes', {mask: 3}),
	seq_id: u8(12, 'SEQ_ID', hex),
	df_ctl: u8(13, 'DF_CTL', hex),
	seq_cnt: u16(14, 'SEQ_CNT'),
	ox_id: u16(16, 'OX_ID', hex),
	rx_id: u16(18, 'RX_ID', hex),
	parameter: u32(20, 'Parameter', hex),
	relative_offset: u32(20, 'Relative Offset'),
});
