// A device of known capacity and buffer, and a tester of known speed, as arithmetic: what the searches find can be told beforehand.
import type {Offer, Trial, TrialRunner} from '../../../src/inject/method/trial.js';

export interface Device {
	/** Frames a second that it forwards. */
	readonly capacityPps: number;
	/** Frames that it holds. */
	readonly buffer: number;
	/** Every so many-th frame is lost whatever the rate; 0 = none. */
	readonly every?: number;
	/** What the tester can send, frames a second. */
	readonly senderPps: number;
	/** Back-pressure: what the device lets the tester send, without losing any of it; frames a second. */
	readonly heldPps?: number;
	/** What the tester can count, frames a second. */
	readonly counterPps?: number;
}

/** Trials over the device, and all that were asked for. */
export function simulated({capacityPps, buffer, every = 0, senderPps, heldPps = Number.POSITIVE_INFINITY, counterPps = Number.POSITIVE_INFINITY}: Device): {
	run: TrialRunner;
	offers: Offer[];
} {
	const offers: Offer[] = [];
	const run = async (offer: Offer): Promise<Trial> => {
		offers.push(offer);
		const offeredPps = Math.min(offer.pps, senderPps, heldPps);
		const seconds = offer.frames === undefined ? (offer.seconds ?? 0) : offer.frames / offeredPps;
		const sent = offer.frames ?? Math.round(offeredPps * seconds);
		const byRule = every === 0 ? 0 : Math.floor(sent / every);
		const overflow = Math.max(0, Math.round(sent - byRule - capacityPps * seconds - buffer));
		const testerLost = Math.max(0, Math.round(sent - byRule - overflow - counterPps * seconds));
		const lost = byRule + overflow + testerLost;
		const latencyNs = {min: 1000, p50: 2000, p90: 3000, p99: 4000, max: 5000 * offers.length};
		return {sent, received: sent - lost, lost, testerLost, offeredPps, latencyNs, jitterNs: 10};
	};
	return {run, offers};
}
