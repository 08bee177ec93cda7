// iSCSI numbers and their names (RFC 7143 section 11), spelled as Wireshark spells them.

/** Operation codes (RFC 7143 11.2.1.2); bit 0x20 is set in what a target sends. */
export const opcode = {
	nopOut: 0x00,
	scsiCommand: 0x01,
	taskManagement: 0x02,
	login: 0x03,
	text: 0x04,
	dataOut: 0x05,
	logout: 0x06,
	snack: 0x10,
	vendorI0: 0x1c,
	vendorI1: 0x1d,
	vendorI2: 0x1e,
	nopIn: 0x20,
	scsiResponse: 0x21,
	taskManagementResponse: 0x22,
	loginResponse: 0x23,
	textResponse: 0x24,
	dataIn: 0x25,
	logoutResponse: 0x26,
	r2t: 0x31,
	async: 0x32,
	vendorT0: 0x3c,
	vendorT1: 0x3d,
	vendorT2: 0x3e,
	reject: 0x3f,
} as const;

export const opcodeNames: Readonly<Record<number, string>> = {
	0: 'NOP Out',
	1: 'SCSI Command',
	2: 'Task Management Function',
	3: 'Login Command',
	4: 'Text Command',
	5: 'SCSI Data Out',
	6: 'Logout Command',
	16: 'SNACK Request',
	28: 'Vendor Specific I0',
	29: 'Vendor Specific I1',
	30: 'Vendor Specific I2',
	32: 'NOP In',
	33: 'SCSI Response',
	34: 'Task Management Function Response',
	35: 'Login Response',
	36: 'Text Response',
	37: 'SCSI Data In',
	38: 'Logout Response',
	49: 'Ready To Transfer',
	50: 'Asynchronous Message',
	60: 'Vendor Specific T0',
	61: 'Vendor Specific T1',
	62: 'Vendor Specific T2',
	63: 'Reject',
};

export const attributeNames = {0: 'Untagged', 1: 'Simple', 2: 'Ordered', 3: 'Head of Queue', 4: 'ACA'};

/** SCSI Response, byte 2 (RFC 7143 11.4.3). */
export const responseNames = {0: 'Command completed at target', 1: 'Response does not contain SCSI status'};

/** Login stages, CSG and NSG (RFC 7143 11.12.3). */
export const stage = {security: 0, operational: 1, fullFeature: 3} as const;
export const stageNames = {0: 'Security negotiation', 1: 'Operational negotiation', 3: 'Full feature phase'};

/** Status class and detail of a Login Response (RFC 7143 11.13.5). */
export const loginStatus = {
	success: 0x0000,
	movedTemporarily: 0x0101,
	movedPermanently: 0x0102,
	initiatorError: 0x0200,
	authenticationFailed: 0x0201,
	forbidden: 0x0202,
	notFound: 0x0203,
	removed: 0x0204,
	unsupportedVersion: 0x0205,
	tooManyConnections: 0x0206,
	missingParameter: 0x0207,
	cannotInclude: 0x0208,
	sessionType: 0x0209,
	noSession: 0x020a,
	invalidRequest: 0x020b,
	targetError: 0x0300,
	unavailable: 0x0301,
	outOfResources: 0x0302,
} as const;
export const loginStatusNames: Readonly<Record<number, string>> = {
	0: 'Success',
	257: 'Target moved temporarily',
	258: 'Target moved permanently',
	512: 'Initiator error (miscellaneous error)',
	513: 'Authentication failed',
	514: 'Authorisation failure',
	515: 'Target not found',
	516: 'Target removed',
	517: 'Unsupported version',
	518: 'Too many connections',
	519: 'Missing parameter',
	520: "Can't include in session",
	521: 'Session type not supported',
	522: 'Session does not exist',
	523: 'Invalid request during login',
	768: 'Target error (miscellaneous error)',
	769: 'Service unavailable',
	770: 'Out of resources',
};

/** Task management functions (RFC 7143 11.5.1). */
export const taskFunction = {
	abortTask: 1,
	abortTaskSet: 2,
	clearAca: 3,
	clearTaskSet: 4,
	logicalUnitReset: 5,
	targetWarmReset: 6,
	targetColdReset: 7,
	taskReassign: 8,
} as const;
export const taskFunctionNames = {
	1: 'Abort Task',
	2: 'Abort Task Set',
	3: 'Clear ACA',
	4: 'Clear Task Set',
	5: 'Logical Unit Reset',
	6: 'Target Warm Reset',
	7: 'Target Cold Reset',
	8: 'Target Reassign',
};

/** Task management responses (RFC 7143 11.6.1). */
export const taskResponse = {complete: 0, noTask: 1, noLun: 2, stillAllegiant: 3, noReassign: 4, notSupported: 5, notAuthorised: 6, rejected: 255} as const;
export const taskResponseNames = {
	0: 'Function complete',
	1: 'Task not in task set',
	2: 'LUN does not exist',
	3: 'Task still allegiant',
	4: 'Task failover not supported',
	5: 'Task management function not supported',
	6: 'Authorisation failed',
	255: 'Function rejected',
};

export const logoutReasonNames = {0: 'Close session', 1: 'Close connection', 2: 'Remove connection for recovery'};
export const logoutResponse = {closed: 0, noConnection: 1, noRecovery: 2, cleanupFailed: 3} as const;
export const logoutResponseNames = {
	0: 'Connection closed successfully',
	1: 'CID not found',
	2: 'Connection recovery not supported',
	3: 'Cleanup failed for various reasons',
};

/** Asynchronous events (RFC 7143 11.9.1). */
export const asyncEvent = {scsi: 0, logoutRequest: 1, dropConnection: 2, dropAll: 3, negotiate: 4, vendor: 255} as const;
export const asyncEventNames = {
	0: 'A SCSI asynchronous event is reported in the sense data',
	1: 'Target requests logout',
	2: 'Target will/has dropped connection',
	3: 'Target will/has dropped all connections',
	4: 'Target requests parameter negotiation',
};

/** Reject reasons (RFC 7143 11.17.1). */
export const rejectReason = {
	beforeLogin: 1,
	dataDigest: 2,
	dataSnack: 3,
	protocol: 4,
	notSupported: 5,
	tooManyImmediate: 6,
	taskInProgress: 7,
	invalidDataAck: 8,
	invalidField: 9,
	longOperation: 10,
	negotiationReset: 11,
	waitingForLogout: 12,
} as const;
export const rejectReasonNames = {
	1: 'Full feature phase command before login',
	2: 'Data (payload) digest error',
	3: 'Data SNACK reject',
	4: 'Protocol error',
	5: 'Command not supported in this session type',
	6: 'Immediate command reject (too many immediate commands)',
	7: 'Task in progress',
	8: 'Invalid Data Ack',
	9: 'Invalid PDU field',
	10: 'Long operation reject',
	11: 'Negotiation reset',
	12: 'Waiting for logout',
};

export const snackNames = {0: 'Data/R2T', 1: 'Status', 2: 'Data ACK', 3: 'R-Data'};
export const ahsNames = {1: 'Extended CDB', 2: 'Expected Bidirection Read Data Length'};
export const isidTypeNames = {0: 'IEEE OUI', 1: 'IANA Enterprise Number', 2: 'Random'};
