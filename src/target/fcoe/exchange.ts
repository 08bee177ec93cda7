// One FCP exchange on the target's side: the command, what it comes to, and how far its data is.
import {Ranges} from '../../fcoe/ranges.js';
import type {RemotePort} from '../../fcoe/remote.js';
import type {DataOut, Done, MediumRead, Outcome, Reply} from '../scsi/outcome.js';

/** `receiving`: a burst of write data has been asked for. `waiting`: it will be, when there is room for it. `done`: answered, remembered for REC and SRR. */
export type ExchangeState = 'waiting' | 'receiving' | 'done';

/** What the target answered, kept so that it can be said again. */
export interface FcpAnswer {
	readonly done: Done;
	/** Bytes the initiator expected less (negative) or more (positive) than the command moved. */
	readonly residual: number;
	/** Response code of a task management function. */
	readonly code?: number;
}

export class Exchange {
	readonly remote: RemotePort;
	readonly oxId: number;
	readonly rxId: number;
	readonly lun: bigint;
	/** The first 32 bytes of the command: a second copy of it is told from a new command by them. */
	readonly command: Uint8Array;
	/** FCP_DL: bytes that the initiator expects to move. */
	readonly expected: number;
	outcome: Outcome;
	state: ExchangeState = 'waiting';
	answer: FcpAnswer | undefined;
	/** Read data sent. */
	sent = 0;
	/** The burst of write data that is being received, bytes from the start of the command's data. */
	burstFrom = 0;
	burstTo = 0;
	readonly got = new Ranges();
	buffer: Uint8Array | undefined;
	/** XFER_RDYs for the burst so far, and when the last one, or data, was seen. */
	asked = 0;
	askedMs = 0;
	touchedMs = 0;
	/** When data came last, or the burst began: it is given up some time after that. */
	progressMs = 0;
	fault: Done | undefined;

	constructor(remote: RemotePort, oxId: number, rxId: number, lun: bigint, command: Uint8Array, expected: number, outcome: Outcome) {
		this.remote = remote;
		this.oxId = oxId;
		this.rxId = rxId;
		this.lun = lun;
		this.command = command;
		this.expected = expected;
		this.outcome = outcome;
	}

	/** Bytes that the command itself wants to move. */
	get wanted(): number {
		const {outcome} = this;
		return outcome.kind === 'done' ? 0 : outcome.kind === 'reply' ? outcome.data.length : outcome.length;
	}

	/** Bytes that move. */
	get total(): number {
		return Math.min(this.expected, this.wanted);
	}

	get write(): DataOut | undefined {
		return this.outcome.kind === 'write' ? this.outcome : undefined;
	}

	get read(): MediumRead | Reply | undefined {
		return this.outcome.kind === 'read' || this.outcome.kind === 'reply' ? this.outcome : undefined;
	}

	/** Write data received in order from the beginning, whole bursts and the one in progress. */
	get received(): number {
		const hole = this.got.hole(this.burstFrom, this.burstTo);
		return hole === undefined ? this.burstTo : hole.from;
	}
}
