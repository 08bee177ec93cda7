// Exchange identifiers of commands. They go round, so that a frame of an exchange that is over finds nobody for as long as can be; one whose exchange
// ended badly rests for R_A_TOV, because frames of it may still be under way (FC-FS-3 18.3.4).
import {FIRST_ELS_OX_ID} from '../../fcoe/requests.js';

export class OxIds {
	readonly #resting = new Map<number, number>();
	#next = 0;

	/** The next identifier that is free; undefined when none is. */
	take(inUse: (oxId: number) => boolean, nowMs: number): number | undefined {
		for (let i = 0; i < FIRST_ELS_OX_ID; i++) {
			const oxId = this.#next;
			this.#next = (this.#next + 1) % FIRST_ELS_OX_ID;
			const until = this.#resting.get(oxId);
			if (until !== undefined) {
				if (nowMs < until) continue;
				this.#resting.delete(oxId);
			}
			if (!inUse(oxId)) return oxId;
		}
		return undefined;
	}

	rest(oxId: number, untilMs: number): void {
		this.#resting.set(oxId, untilMs);
	}
}
