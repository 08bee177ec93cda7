// A SCSI command on its way: its buffers, how far it has come, and who is told.
import type {Pdu} from '../../wire/iscsi-frame.js';
import type {ScsiCommand} from '../scsi/command.js';

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

/** No sense data. */
export const noSense = new Uint8Array(0);

/** Sense data of a SCSI Response, copied; empty without (RFC 7143 11.4.7). */
export function senseData(pdu: Pdu): Uint8Array {
	if (pdu.dataLength < 2) return noSense;
	const length = Math.min(pdu.view.getUint16(pdu.dataAt), pdu.dataLength - 2);
	return pdu.bytes.slice(pdu.dataAt + 2, pdu.dataAt + 2 + length);
}

/** Underflow positive, overflow negative (RFC 7143 11.4.5); the same bits and place in a Data-In with status. */
export function residualOf(pdu: Pdu): number {
	const flags = pdu.bytes[pdu.at + 1]!;
	const count = pdu.view.getUint32(pdu.at + 44);
	return (flags & 0x02) !== 0 ? count : (flags & 0x04) !== 0 ? -count : 0;
}
