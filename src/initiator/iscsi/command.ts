// A SCSI command on its way: its buffers, how far it has come, and who is told.
import type {NetstressError} from '../../base/errors.js';

export interface ScsiResult {
	readonly status: number;
	/** Sense data as it came; empty without. */
	readonly sense: Uint8Array;
	/** Bytes of `dataIn` that came, in order. */
	readonly received: number;
	/** Bytes that the command wanted less (positive) or more (negative) than expected. */
	readonly residual: number;
}

export interface ScsiCommand {
	/** Eight-byte LUN. */
	readonly lun: bigint;
	/** Sixteen bytes. */
	readonly cdb: Uint8Array;
	/** Filled before `done`; at most one of both is given. */
	readonly dataIn?: Uint8Array;
	/** Must not change before `done`. */
	readonly dataOut?: Uint8Array;
	/** Called once; an error when no status came. */
	readonly done: (result: ScsiResult | undefined, error?: NetstressError) => void;
	/** A command without status for this long is given up, milliseconds; Infinity by default. */
	readonly deadlineMs?: number;
}

/** A command with its tag; the engine's own. */
export class Command {
	readonly kind = 'command';
	readonly scsi: ScsiCommand;
	readonly expected: number;
	tag = 0;
	cmdSn = 0;
	sentMs = 0;
	received = 0;
	dataSn = 0;
	/** The caller has been told; what still comes for it is thrown away. */
	abandoned = false;

	constructor(scsi: ScsiCommand) {
		this.scsi = scsi;
		this.expected = scsi.dataIn?.length ?? scsi.dataOut?.length ?? 0;
	}
}

/** A run of a command's data to be sent, unsolicited or asked for. */
export interface DataRun {
	readonly kind: 'data';
	readonly command: Command;
	/** Target transfer tag; reserved when unsolicited. */
	readonly transferTag: number;
	readonly lun: bigint;
	offset: number;
	readonly end: number;
	dataSn: number;
}
