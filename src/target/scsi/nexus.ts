// What a device server remembers of one initiator port: the unit attentions it has yet to hear of (SAM-5 5.14).

export class Nexus {
	/** By LUN, the oldest first; each an additional sense code and qualifier. */
	readonly #attentions = new Map<number, number[]>();

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
