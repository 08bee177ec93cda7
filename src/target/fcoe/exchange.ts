// One FCP exchange on the target's side: the command, what it comes to, and how far its data is.
import {Ranges} from '../../fcoe/ranges.js';
import type {RemotePort} from '../../fcoe/remote.js';
import {FCP_CMND_LENGTH} from '../../wire/fcp.js';
import {type DataOut, type Done, good, type MediumRead, type Outcome, type Reply} from '../scsi/outcome.js';

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

/** Kept for the next command when it is forgotten: those that are remembered outlive the garbage collector's young generation, which would copy each of them twice. */
export class Exchange {
	/** Set by `begin`. */
	remote!: RemotePort;
	oxId = 0;
	rxId = 0;
	lun = 0n;
	/** FCP_DL: bytes that the initiator expects to move. */
	expected = 0;
	outcome: Outcome = good;
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
	/** The command's first 32 bytes: a second copy of it is told from a new command by them. */
	readonly #command = new Uint32Array(FCP_CMND_LENGTH / 4);

	/** A new command, at `at` in `view`. */
	begin(remote: RemotePort, oxId: number, rxId: number, view: DataView, at: number, expected: number): void {
		this.remote = remote;
		this.oxId = oxId;
		this.rxId = rxId;
		this.lun = view.getBigUint64(at);
		for (let i = 0; i < FCP_CMND_LENGTH / 4; i++) this.#command[i] = view.getUint32(at + i * 4);
		this.expected = expected;
		this.outcome = good;
		this.state = 'waiting';
		this.answer = undefined;
		this.sent = 0;
		this.burstFrom = 0;
		this.burstTo = 0;
		this.got.clear();
		this.asked = 0;
		this.askedMs = 0;
		this.touchedMs = 0;
		this.progressMs = 0;
		this.fault = undefined;
	}

	/** Whether this is the command at `at` in `view`. */
	isFor(view: DataView, at: number): boolean {
		for (let i = 0; i < FCP_CMND_LENGTH / 4; i++) if (this.#command[i] !== view.getUint32(at + i * 4)) return false;
		return true;
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
