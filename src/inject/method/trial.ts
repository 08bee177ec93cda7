// One trial of RFC 2544 (section 23): frames of one size at one rate for a time, or a burst of so many, and what came of them. Everything in this room is
// arithmetic over trials: who sends and counts is not its business, so that a simulated device can stand in for a network.
import type {Percentiles} from '../receive/latency.js';

/** The benchmarks of RFC 2544 section 26 that are measured; `tester` is the trial that shows what the tester itself can do. */
export const testNames = ['throughput', 'loss', 'back-to-back', 'latency'] as const;
export type TestName = (typeof testNames)[number];

/** What a trial is to offer. One of `seconds` and `frames`. */
export interface Offer {
	readonly test: TestName | 'tester';
	/** Bytes of a frame without its check sequence. */
	readonly size: number;
	/** Frames a second; Infinity = as fast as they go. */
	readonly pps: number;
	readonly seconds?: number | undefined;
	readonly frames?: number | undefined;
}

/** What came of it. sent = received + lost. */
export interface Trial {
	/** Frames that left the sending interface. */
	readonly sent: number;
	/** Different frames that came. */
	readonly received: number;
	readonly lost: number;
	/** Of the lost, those that the tester's own receiver may have lost (its ring was full). */
	readonly testerLost: number;
	/** Frames a second that were really offered. */
	readonly offeredPps: number;
	/** Each frame's way, nanoseconds; null when none was timed. */
	readonly latencyNs: Percentiles | null;
	/** RFC 3550, nanoseconds. */
	readonly jitterNs: number | null;
}

/** Makes a trial. It throws when the run was interrupted; nothing of this room catches it but `measure`. */
export type TrialRunner = (offer: Offer) => Promise<Trial>;

/** What a trial says of its rate: `passed`, or who failed: the device lost frames, or the tester could not send or count that fast. */
export type Verdict = 'passed' | 'device' | 'tester';

/** A sender that falls short of its rate by more than this did not offer it. */
export const rateTolerance = 0.02;

/** The share of the frames that were lost, 0 to 1; all of them when none was sent. */
export const lossShare = ({sent, lost}: Pick<Trial, 'sent' | 'lost'>): number => (sent === 0 ? 1 : lost / sent);

/** Judges a trial that was to be offered at `pps` (Infinity: any rate will do) and may lose `maxLoss` of its frames (0 to 1). */
export function verdictOf(trial: Trial, pps: number, maxLoss: number): Verdict {
	const {sent, lost, testerLost, offeredPps} = trial;
	if (sent === 0) return 'tester';
	// what our own ring may have lost is not proven to be the device's
	if ((lost - testerLost) / sent > maxLoss) return 'device';
	if (lost / sent > maxLoss) return 'tester';
	return Number.isFinite(pps) && offeredPps < pps * (1 - rateTolerance) ? 'tester' : 'passed';
}
