// Basic link services of Fibre Channel (FC-FS-3 clause 16; Linux fc_fs.h): the payloads of BA_ACC and BA_RJT. ABTS and NOP have none.
import {u8, u16} from './field.js';
import {header} from './header.js';

const hex = {show: 'hex'} as const;

/** BA_RJT reason codes (FC-FS-3 16.3.4.3). */
export const baReason = {invalidCommand: 0x01, logicalError: 0x03, logicalBusy: 0x05, protocolError: 0x07, unable: 0x09, vendor: 0xff} as const;
export const baReasonNames: Readonly<Record<number, string>> = {
	1: 'Invalid Cmd Code',
	3: 'Logical Error',
	5: 'Logical Busy',
	7: 'Protocol Error',
	9: 'Unable to Perform Cmd',
	255: 'Vendor Unique Error',
};

/** Explanations of a BA_RJT. Wireshark calls 1 what FC-FS-3 calls 0. */
export const baExplanation = {none: 0x00, invalidExchange: 0x03, sequenceAborted: 0x05} as const;
export const baExplanationNames: Readonly<Record<number, string>> = {
	0: 'No additional explanation',
	1: 'No Details',
	3: 'Invalid OXID-RXID Combo',
	5: 'Sequence Aborted',
};

/** `bls_seqidvld` when `bls_lastseqid` counts. */
export const BA_SEQ_ID_VALID = 0x80;

/** BA_ACC to an ABTS (FC-FS-3 16.3.3.3). Low SEQ_CNT 0 and high 0xffff: the whole exchange is aborted. */
export const baAcc = header('fc', 12, {
	bls_seqidvld: u8(0, 'SEQID Valid', {show: 'hex', names: {0: 'No', 128: 'Yes'}}),
	bls_lastseqid: u8(1, 'Last Valid SEQID', hex),
	bls_oxid: u16(4, 'OXID', hex),
	bls_rxid: u16(6, 'RXID', hex),
	bls_lseqcnt: u16(8, 'Low SEQCNT', hex),
	bls_hseqcnt: u16(10, 'High SEQCNT', hex),
});

/** BA_RJT (FC-FS-3 16.3.4). */
export const baRjt = header('fc', 4, {
	bls_reason: u8(1, 'Reason', {show: 'hex', names: baReasonNames}),
	bls_rjtdetail: u8(2, 'Reason Explanation', {show: 'hex', names: baExplanationNames}),
	bls_vnduniq: u8(3, 'Vendor Unique Reason', hex),
});
