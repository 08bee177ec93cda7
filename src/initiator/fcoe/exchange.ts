// One FCP exchange on the initiator's side: a command, the data that has come, and what is being done about what has not.
import {Ranges} from '../../fcoe/ranges.js';
import {RX_ID_UNKNOWN} from '../../wire/fc.js';
import type {ScsiCommand, ScsiResult} from '../scsi/command.js';
import type {LostUnit, Mending, OpenLoss} from './losses.js';

/**
 * `queued`: not sent yet. `active`: sent. `asking`: REC is out. `resending`: SRR is out or accepted, the rest is awaited. `aborting`: ABTS is out.
 * `mending`: status has come, commands of its own fetch the blocks that have not.
 */
export type ExchangeState = 'queued' | 'active' | 'asking' | 'resending' | 'aborting' | 'mending' | 'over';

export class Exchange {
	readonly scsi: ScsiCommand;
	/** Fetches a hole of this one's read. */
	readonly parent: Exchange | undefined;
	readonly got = new Ranges();
	state: ExchangeState = 'queued';
	oxId = 0;
	rxId = RX_ID_UNKNOWN;
	/** Its neighbours among the exchanges in use (exchanges.ts). */
	before: Exchange | undefined;
	after: Exchange | undefined;
	/** Position in the order of sending, for "overtaken". */
	number = 0;
	/** Times the command was sent. */
	tries = 0;
	/** RECs, SRRs and ABTSs since the command was sent last. */
	repairs = 0;
	firstMs = 0;
	sentMs = 0;
	/** When something of it was heard last, or it was sent. */
	touchedMs = 0;
	/** When its silence was first noticed; undefined while all is well. */
	troubledMs: number | undefined;
	/** What was lost of it, and of what was sent to mend it. */
	readonly losses: OpenLoss[] = [];
	/** Later commands that were finished before anything more of this one came. */
	overtaken = 0;
	/** Frames of the receive ring that its data may fill. */
	frames = 0;
	/** Holes still being fetched. */
	mending = 0;
	result: ScsiResult | undefined;
	/** Sequence of the XFER_RDY that was answered last. */
	readySeqId = -1;
	/** Write data sent so far. */
	sentData = 0;

	constructor(scsi: ScsiCommand, parent?: Exchange) {
		this.scsi = scsi;
		this.parent = parent;
	}

	/** The caller's own command. */
	get root(): Exchange {
		return this.parent?.root ?? this;
	}

	get expected(): number {
		return this.scsi.dataIn?.length ?? this.scsi.dataOut?.length ?? 0;
	}

	get isRead(): boolean {
		return this.scsi.dataIn !== undefined;
	}

	/** It goes out (again), as the exchange `oxId`: nothing of it has come, nothing was asked about. `frames` of the receive ring are for it. */
	begin(oxId: number, number: number, nowMs: number, frames: number): void {
		this.oxId = oxId;
		this.rxId = RX_ID_UNKNOWN;
		this.state = 'active';
		this.number = number;
		this.tries++;
		this.repairs = 0;
		this.overtaken = 0;
		this.sentMs = nowMs;
		this.touchedMs = nowMs;
		this.sentData = 0;
		this.readySeqId = -1;
		this.frames = frames;
	}

	/** Notes what was lost, with the command that it was lost for. `offset`: undefined where no data was lost. */
	lose(unit: LostUnit, offset: number | undefined, bytes: number, mending: Mending): void {
		this.root.losses.push({oxId: this.oxId, unit, offset, bytes, mending});
	}
}
