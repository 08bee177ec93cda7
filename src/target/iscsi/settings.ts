// What a target wants from a session, what was agreed on, and what it counts.
import {keyRules, type NegotiatedKey} from '../../wire/iscsi-keys.js';

/** Values that a connection works with (RFC 7143 section 13). Lengths in bytes, times in seconds. */
export interface Agreed {
	headerDigest: boolean;
	dataDigest: boolean;
	initialR2T: boolean;
	immediateData: boolean;
	/** Longest data segment that the initiator takes. */
	maxSend: number;
	maxBurst: number;
	firstBurst: number;
	maxOutstandingR2T: number;
	time2Wait: number;
	time2Retain: number;
}

/** Longest data segment that this target takes, bytes. */
export const maxReceive = 262_144;
/** Longest data segment before full feature phase (RFC 7143 13.12). */
export const loginReceive = Number(keyRules.MaxRecvDataSegmentLength.initial);

/** What this target answers: for a list all it accepts, for a number its own bound. */
export const wishes: Readonly<Record<NegotiatedKey, string>> = {
	HeaderDigest: 'CRC32C,None',
	DataDigest: 'CRC32C,None',
	AuthMethod: 'None',
	MaxConnections: '1',
	InitialR2T: 'No',
	ImmediateData: 'Yes',
	MaxRecvDataSegmentLength: String(maxReceive),
	MaxBurstLength: '16776192',
	FirstBurstLength: '262144',
	DefaultTime2Wait: '2',
	// no task is kept for a connection that is gone
	DefaultTime2Retain: '0',
	MaxOutstandingR2T: '8',
	DataPDUInOrder: 'Yes',
	DataSequenceInOrder: 'Yes',
	ErrorRecoveryLevel: '0',
	OFMarker: 'No',
	IFMarker: 'No',
	TaskReporting: 'RFC3720',
	iSCSIProtocolLevel: '1',
};

/** The RFC's defaults, which hold for what nobody mentions. */
export const agreedByDefault = (): Agreed => ({
	headerDigest: false,
	dataDigest: false,
	initialR2T: true,
	immediateData: true,
	maxSend: loginReceive,
	maxBurst: Number(keyRules.MaxBurstLength.initial),
	firstBurst: Number(keyRules.FirstBurstLength.initial),
	maxOutstandingR2T: 1,
	time2Wait: 2,
	time2Retain: 20,
});

/** Takes one negotiated value over. */
export function agree(agreed: Agreed, key: NegotiatedKey, value: string): void {
	switch (key) {
		case 'HeaderDigest':
			agreed.headerDigest = value === 'CRC32C';
			break;
		case 'DataDigest':
			agreed.dataDigest = value === 'CRC32C';
			break;
		case 'InitialR2T':
			agreed.initialR2T = value === 'Yes';
			break;
		case 'ImmediateData':
			agreed.immediateData = value === 'Yes';
			break;
		case 'MaxRecvDataSegmentLength':
			agreed.maxSend = Number(value);
			break;
		case 'MaxBurstLength':
			agreed.maxBurst = Number(value);
			break;
		case 'FirstBurstLength':
			agreed.firstBurst = Number(value);
			break;
		case 'MaxOutstandingR2T':
			agreed.maxOutstandingR2T = Number(value);
			break;
		case 'DefaultTime2Wait':
			agreed.time2Wait = Number(value);
			break;
		case 'DefaultTime2Retain':
			agreed.time2Retain = Number(value);
			break;
		default:
			break;
	}
}

/** Counted since the target was made. */
export interface IscsiCounters {
	connections: number;
	logins: number;
	/** Logins refused, with whatever status. */
	loginFailures: number;
	sessions: number;
	commands: number;
	/** Commands that ended with another status than GOOD. */
	checkConditions: number;
	readBytes: number;
	writtenBytes: number;
	/** Commands outside the window, and Data-Out for no task: dropped as the RFC says. */
	ignored: number;
	rejects: number;
	protocolErrors: number;
	digestErrors: number;
	pings: number;
	pingTimeouts: number;
	taskManagement: number;
}

export const newIscsiCounters = (): IscsiCounters => ({
	connections: 0,
	logins: 0,
	loginFailures: 0,
	sessions: 0,
	commands: 0,
	checkConditions: 0,
	readBytes: 0,
	writtenBytes: 0,
	ignored: 0,
	rejects: 0,
	protocolErrors: 0,
	digestErrors: 0,
	pings: 0,
	pingTimeouts: 0,
	taskManagement: 0,
});
