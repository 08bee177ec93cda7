// Numbers of the extended link services (FC-LS-2; Linux include/uapi/scsi/fc/fc_els.h) and of FCP's (FCP-4), with Wireshark's names.

/** Command codes: byte 0 of the payload (FC-LS-2 table 3). */
export const elsCommand = {
	lsRjt: 0x01,
	lsAcc: 0x02,
	plogi: 0x03,
	flogi: 0x04,
	logo: 0x05,
	rtv: 0x0e,
	rls: 0x0f,
	echo: 0x10,
	test: 0x11,
	rrq: 0x12,
	rec: 0x13,
	srr: 0x14,
	prli: 0x20,
	prlo: 0x21,
	/** State change notification, obsolete; {@link elsCommand.rscn} took its place. */
	scn: 0x22,
	tprlo: 0x24,
	pdisc: 0x50,
	fdisc: 0x51,
	adisc: 0x52,
	fan: 0x60,
	rscn: 0x61,
	scr: 0x62,
	rnid: 0x78,
} as const;
export const elsCommandNames: Readonly<Record<number, string>> = {
	1: 'LS_RJT',
	2: 'ACC',
	3: 'PLOGI',
	4: 'FLOGI',
	5: 'LOGO',
	6: 'ABTX',
	10: 'RSI',
	14: 'RTV',
	15: 'RLS',
	16: 'ECHO',
	17: 'TEST',
	18: 'RRQ',
	19: 'REC',
	20: 'SRR',
	32: 'PRLI',
	33: 'PRLO',
	36: 'TPRLO',
	80: 'PDISC',
	81: 'FDISC',
	82: 'ADISC',
	84: 'FARP-REQ',
	85: 'FARP-REPLY',
	86: 'RPS',
	87: 'RPL',
	96: 'FAN',
	97: 'RSCN',
	98: 'SCR',
	99: 'RNFT',
	112: 'LINIT',
	114: 'LSTS',
	120: 'RNID',
	121: 'RLIR',
	122: 'LIRR',
	123: 'SRL',
	125: 'RPSC',
	128: 'LKA',
	144: 'AUTH',
	224: 'CBIND',
	228: 'UNBIND',
};

/** LS_RJT reason codes (FC-LS-2 table 8). */
export const lsReason = {
	invalidCommand: 0x01,
	logicalError: 0x03,
	busy: 0x05,
	protocolError: 0x07,
	unable: 0x09,
	unsupported: 0x0b,
	inProgress: 0x0e,
	fip: 0x20,
	vendor: 0xff,
} as const;
export const lsReasonNames: Readonly<Record<number, string>> = {
	1: 'Invalid Cmd Code',
	3: 'Logical Error',
	5: 'Logical Busy',
	7: 'Protocol Error',
	9: 'Unable to Perform Cmd',
	11: 'Command Not Supported',
	13: 'Unable to Perform Cmd',
	14: 'Command in Progress Already',
	32: 'FIP Error',
	255: 'Vendor Unique Error',
};

/** LS_RJT explanations (FC-LS-2 table 9). */
export const lsExplanation = {
	none: 0x00,
	options: 0x01,
	initiatorControl: 0x03,
	recipientControl: 0x05,
	receiveSize: 0x07,
	concurrentSequences: 0x09,
	credit: 0x0b,
	portName: 0x0d,
	nodeName: 0x0e,
	commonParameters: 0x0f,
	sourceId: 0x15,
	exchangeId: 0x17,
	inProgress: 0x19,
	loginRequired: 0x1e,
	portId: 0x1f,
	resources: 0x29,
	noData: 0x2a,
	unsupported: 0x2c,
	length: 0x2d,
	notNeighbor: 0x62,
} as const;
export const lsExplanationNames: Readonly<Record<number, string>> = {
	0: 'No further details',
	1: 'Svc Param - Options Error',
	3: 'Svc Param - Initiator Ctl Error',
	5: 'Svc Param - Recipient Ctl Error',
	7: 'Svc Param - Recv Size Error',
	9: 'Svc Param - Concurrent Seq Error',
	11: 'Svc Param - Credit Error',
	13: 'Invalid N_/F_Port Name',
	14: 'Invalid Node/Fabric Name',
	15: 'Invalid Common Svc Param',
	17: 'Invalid Association Header',
	19: 'Association Header Reqd',
	21: 'Invalid Orig S_ID',
	23: 'Invalid OXID-RXID Combo',
	25: 'Cmd Already in Progress',
	30: 'N_Port Login Required',
	31: 'Invalid N_Port Id',
	33: 'Invalid SeqID',
	35: 'Attempt to Abort Invalid Exchg',
	37: 'Attempt to Abort Inactive Exchg',
	39: 'Resource Qualifier Required',
	41: 'Insufficient Resources for Login',
	42: 'Unable to Supply Req Data',
	44: 'Command Not Supported',
	45: 'Invalid Payload Length',
	68: 'Invalid Port/Node Name',
	72: 'Authentication Required',
	98: 'VN2VN_Port not in Neighbor Set',
};

/** Bits of the common service parameters' features (FC-LS-2 6.6.2.3). */
export const commonFeature = {
	continuousOffset: 0x8000,
	randomOffset: 0x4000,
	vendorVersion: 0x2000,
	fPort: 0x1000,
	/** E_D_TOV counts nanoseconds instead of milliseconds. */
	nanoseconds: 0x0400,
} as const;
/** Bits of a class's service options (FC-LS-2 6.6.2.4). */
export const classFlag = {valid: 0x8000, sequential: 0x0800, priority: 0x0080} as const;

/** Flags of a PRLI page (FC-LS-2 4.2.18); in an accept the low four bits are the response code. */
export const prliFlag = {originatorValid: 0x80, responderValid: 0x40, establishImagePair: 0x20, responseMask: 0x0f} as const;
/** Response codes of a PRLI or PRLO accept (FC-LS-2 table 47). */
export const prliResponse = {
	executed: 1,
	noResources: 2,
	notInitialized: 3,
	unknownAssociator: 4,
	precluded: 5,
	conditional: 6,
	multiplePages: 7,
	invalid: 8,
} as const;
export const prliResponseNames: Readonly<Record<number, string>> = {
	1: 'Request executed',
	2: 'No resources',
	3: 'Initialization not complete',
	4: 'Unknown process associator',
	5: 'Configuration precludes an image pair',
	6: 'Request completed conditionally',
	7: 'Only one page can be handled',
	8: 'Invalid page',
};
export const prliTypeNames: Readonly<Record<number, string>> = {
	0: 'Common to all FC-4 Types',
	1: 'Ext Link Svc',
	4: 'LLC_SNAP',
	5: 'IP/FC',
	8: 'FCP',
	32: 'FC_CT',
	34: 'SW_ILS',
	35: 'AL',
	36: 'SNMP',
};

/** FCP service parameters in a PRLI page (FCP-4 6.3; Linux FCP_SPPF_*). Linux has no name for the two obsolete mixed bits. */
export const fcpParameter = {
	taskRetryId: 0x200,
	retry: 0x100,
	confirm: 0x080,
	dataOverlay: 0x040,
	initiator: 0x020,
	target: 0x010,
	cmdDataMixed: 0x008,
	dataRspMixed: 0x004,
	readXferRdyDisabled: 0x002,
	writeXferRdyDisabled: 0x001,
} as const;

/** Exchange status of a REC accept (FC-FS-3 table 84; Linux ESB_ST_* in include/scsi/fc/fc_fc2.h). */
export const eStat = {responder: 0x8000_0000, initiative: 0x4000_0000, complete: 0x2000_0000, abnormal: 0x1000_0000, recoveryQualifier: 0x0400_0000} as const;

/** Timeout qualifier of an RTV accept (FC-LS-2 table 32): E_D_TOV in nanoseconds, R_T_TOV 100 microseconds. */
export const rtvQualifier = {nanoseconds: 1 << 26, shortReceiver: 1 << 19} as const;

/** Registration of an SCR, and the two halves of an RSCN page's first byte (FC-LS-2 4.2.30 and 4.2.31). */
export const scrFunctionNames: Readonly<Record<number, string>> = {1: 'Fabric Detected Regn', 2: 'N_Port Detected Regn', 3: 'Full Regn', 255: 'Clear All Regn'};
export const rscnEventNames: Readonly<Record<number, string>> = {
	0: 'Event is not specified',
	1: 'Changed Name Server Object',
	2: 'Changed Port Attribute',
	3: 'Changed Service Object',
	4: 'Changed Switch Config',
};
export const rscnAddressNames: Readonly<Record<number, string>> = {
	0: 'Port Addr (single N/L Port or service)',
	1: 'Area Addr Group (area of E/L/N Port addresses)',
	2: 'Domain Addr Group',
	3: 'Fabric Addr Group',
};
