// Which frames were lost, how each loss was found and mended, and what it cost: the initiator's part of the ledger.

/** What was lost, as far as the initiator can tell. */
export type LostUnit = 'command' | 'data' | 'transfer-ready' | 'write data' | 'response';
/** How it was mended. */
export type Mending = 'read again' | 'sent again' | 'SRR' | 'abort and retry';

export interface Loss {
	readonly oxId: number;
	readonly unit: LostUnit;
	/** Of the data, bytes from the start of the command's; undefined where no data was lost. */
	readonly offset: number | undefined;
	readonly bytes: number;
	readonly mending: Mending;
	/** From when the loss was felt to the end of the command, milliseconds, divided by the losses that the command had: what it would not have waited without. */
	readonly costMs: number;
}

/** A loss of a command that is not over yet. */
export type OpenLoss = Omit<Loss, 'costMs'>;

export interface LossSummary {
	readonly count: number;
	readonly totalMs: number;
	readonly maxMs: number;
}

/** The latest losses that are kept whole. */
const kept = 64;

export class Losses {
	readonly latest: Loss[] = [];
	readonly #byUnit = new Map<LostUnit, {count: number; totalMs: number; maxMs: number}>();
	readonly #byMending = new Map<Mending, number>();

	add(loss: Loss): void {
		if (this.latest.push(loss) > kept) this.latest.shift();
		const sum = this.#byUnit.get(loss.unit) ?? {count: 0, totalMs: 0, maxMs: 0};
		sum.count++;
		sum.totalMs += loss.costMs;
		sum.maxMs = Math.max(sum.maxMs, loss.costMs);
		this.#byUnit.set(loss.unit, sum);
		this.#byMending.set(loss.mending, (this.#byMending.get(loss.mending) ?? 0) + 1);
	}

	get count(): number {
		let count = 0;
		for (const sum of this.#byUnit.values()) count += sum.count;
		return count;
	}

	/** By unit: how many, and their cost together and at most. */
	get byUnit(): Readonly<Record<string, LossSummary>> {
		return Object.fromEntries(this.#byUnit);
	}

	/** By the way they were mended. */
	get byMending(): Readonly<Record<string, number>> {
		return Object.fromEntries(this.#byMending);
	}
}
