// What a lab and its keeper say to each other: one JSON object a line.
import type {ErrorCode} from '../base/errors.js';
import type {LossRule} from './loss-program.js';
import type {LossEngine, Plan} from './plan.js';

export type KeeperRequest =
	/** `remove`: paths that go away with the lab; `spare`: an empty folder to build the lab's own /run in (user namespaces only). */
	| {type: 'build'; kind: 'named' | 'user'; plan: Plan; spare: string | undefined; remove: string[]}
	| {type: 'remove'; path: string}
	/** Outlive the parent: end of input no longer means the end. */
	| {type: 'persist'}
	| {type: 'lost'}
	/** Another rule for the interfaces of `hosts`; a refusal leaves the lab as it is. Answered like `lost`. */
	| {type: 'lose'; rule: LossRule; hosts: string[]}
	| {type: 'close'};

/** Frames that one end of a link saw and dropped on purpose since the lab was made. */
export interface EndLoss {
	readonly host: string;
	readonly iface: string;
	readonly seen: number;
	readonly dropped: number;
	readonly engine: LossEngine | 'none';
}

export type KeeperReply =
	/** `links`: what /proc/PID/ns/net shows inside each host. */
	| {type: 'ready'; links: string[]}
	| {type: 'persistent'}
	| {type: 'lost'; ends: EndLoss[]}
	| {type: 'error'; code: ErrorCode; message: string; details: Record<string, unknown>}
	| {type: 'closed'};
