// A SCSI command as a transport (iSCSI, FCoE) takes it, and what comes of it.
import type {NetstressError} from '../../base/errors.js';

export interface ScsiResult {
	readonly status: number;
	/** Sense data as it came; empty without. */
	readonly sense: Uint8Array;
	/** Bytes of `dataIn` that came. */
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
	readonly dataIn?: Uint8Array | undefined;
	/** Must not change before `done`. */
	readonly dataOut?: Uint8Array | undefined;
	/** Called once; an error when no status came. */
	done(result: ScsiResult | undefined, error?: NetstressError): void;
	/** A command without status for this long is given up, milliseconds; Infinity by default. */
	readonly deadlineMs?: number;
	/**
	 * A CDB that reads a part of what this command reads: at least bytes [from, to) of `dataIn`, whole blocks. For a transport that loses frames and wants
	 * only what it lost. Undefined when the command has no parts.
	 */
	part?(from: number, to: number): {readonly cdb: Uint8Array; readonly from: number; readonly to: number} | undefined;
}

/** Whatever carries commands to a device. */
export interface ScsiTransport {
	/** Takes a command; false when the session has ended. */
	submit(command: ScsiCommand): boolean;
	/** Sends what was taken, once the caller's turn of the event loop is over. */
	kick(): void;
	/** Its name in messages: `iSCSI`. */
	readonly name: string;
}
