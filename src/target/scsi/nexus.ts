// What a device server remembers of one initiator port: who it is, and the unit attentions it has yet to hear of (SAM-5 4.6.4, 5.14).

/** An initiator port, whatever carries it. */
export interface InitiatorPort {
	/** SPC-4 7.6.4, see `wire/scsi-transport-id.ts`. Ports with the same bytes are the same port, also after its session was lost. */
	readonly transportId: Uint8Array;
}

/** Ends the unanswered commands of a nexus for a unit, without an answer: PREEMPT AND ABORT asks the transport for it (SPC-4 5.13.11.5). */
export type AbortTasks = (lun: number) => void;

let anonymous = 0;

/** A port that nobody has named: no other is the same. Its protocol identifier is Fh, "no specific protocol". */
function unnamed(): Uint8Array {
	const id = new Uint8Array(24);
	id[0] = 0x0f;
	new DataView(id.buffer).setUint32(8, ++anonymous);
	return id;
}

export class Nexus {
	readonly transportId: Uint8Array;
	/** The TransportID as a key of maps. */
	readonly id: string;
	readonly abortTasks: AbortTasks;
	/** By LUN, the oldest first; each an additional sense code and qualifier. */
	readonly #attentions = new Map<number, number[]>();

	constructor(port?: InitiatorPort, abortTasks: AbortTasks = () => {}) {
		this.transportId = Uint8Array.from(port?.transportId ?? unnamed());
		this.id = Buffer.from(this.transportId).toString('hex');
		this.abortTasks = abortTasks;
	}

	/** Queues a unit attention for a unit; one that waits already is not queued twice. */
	attend(lun: number, code: number): void {
		const waiting = this.#attentions.get(lun);
		if (waiting === undefined) this.#attentions.set(lun, [code]);
		else if (!waiting.includes(code)) waiting.push(code);
	}

	/** The next unit attention of a unit, which is thereby reported; undefined when there is none. */
	takeAttention(lun: number): number | undefined {
		if (this.#attentions.size === 0) return undefined;
		const waiting = this.#attentions.get(lun);
		const code = waiting?.shift();
		if (waiting?.length === 0) this.#attentions.delete(lun);
		return code;
	}

	/** Forgets what waits for a unit: a reset replaces it. */
	clearAttentions(lun: number): void {
		this.#attentions.delete(lun);
	}
}
