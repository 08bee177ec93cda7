// One SCSI command in progress: what it comes to, how much has moved, and what has been asked of the initiator.
import type {DataOut, Done, MediumRead, Reply} from '../scsi/outcome.js';

/** A request for a run of data that the initiator has not wholly answered. */
export interface Solicited {
	/** Target transfer tag. */
	readonly tag: number;
	/** Bytes from the start of the command's data. */
	readonly offset: number;
	readonly length: number;
	received: number;
	/** Number that the next Data-Out must carry. */
	dataSn: number;
}

export class Task {
	readonly kind = 'task';
	readonly tag: number;
	readonly lun: bigint;
	readonly cmdSn: number;
	readonly outcome: Reply | MediumRead | DataOut;
	/** Bytes that the initiator expects to move. */
	readonly expected: number;
	/** Bytes that the command itself wants to move. */
	readonly wanted: number;
	/** Bytes that move: the smaller of both. */
	readonly total: number;
	/** Nothing of it is sent any more. */
	aborted = false;
	/** Data-In: bytes sent, PDUs sent, bytes of the burst so far. */
	sent = 0;
	dataSn = 0;
	burst = 0;
	/** Data-Out: bytes received in order. */
	received = 0;
	/** Bytes received or asked for. */
	solicitedTo = 0;
	/** Number of the next unsolicited Data-Out; undefined when none may come any more. */
	unsolicitedSn: number | undefined;
	readonly solicited: Solicited[] = [];
	r2tSn = 0;
	/** Why the command fails once its data is over. */
	fault: Done | undefined;

	constructor(tag: number, lun: bigint, cmdSn: number, outcome: Task['outcome'], expected: number, moves: boolean) {
		this.tag = tag;
		this.lun = lun;
		this.cmdSn = cmdSn;
		this.outcome = outcome;
		this.expected = expected;
		this.wanted = outcome.kind === 'reply' ? outcome.data.length : outcome.length;
		this.total = moves ? Math.min(expected, this.wanted) : 0;
	}
}

export interface Residual {
	overflow: boolean;
	underflow: boolean;
	count: number;
}

/** What the command wanted against what the initiator expected (RFC 7143 11.4.5). */
export function residual(wanted: number, expected: number): Residual {
	return {overflow: wanted > expected, underflow: wanted < expected, count: Math.abs(wanted - expected)};
}
