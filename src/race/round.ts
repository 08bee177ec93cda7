// What one round of the race brings.
import type {Observation} from './observe.js';
import type {RunnerReport, Verification} from './runner-protocol.js';

/** One round of one workload over one address. */
export interface Round {
	readonly report: RunnerReport;
	readonly seen: Observation;
	readonly verification: Verification;
}
