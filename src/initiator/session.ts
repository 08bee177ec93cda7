// What `io` and `race` drive: a block device over whatever protocol. One interface, so that every protocol gets the same work.
import type {NetstressError} from '../base/errors.js';

export interface BlockRequest {
	readonly op: 'read' | 'write' | 'flush';
	/** Bytes from the start of the device; a multiple of `blockSize`. */
	readonly position: number;
	/** Read: filled before `done`. Write: must not change before `done`. Flush: empty. The length is a multiple of `blockSize`. */
	readonly bytes: Uint8Array;
	/** Called exactly once, never from inside `submit`. */
	readonly done: (error?: NetstressError) => void;
}

/** Counters since the session was opened. */
export interface SessionCounters {
	/** Commands put on the wire, retransmissions not counted. */
	commands: number;
	/** Frames or commands sent again because no reply came in time. */
	retransmits: number;
	/** Replies that came after their request had been sent again or given up. */
	late: number;
	/** Replies to a request that had been answered already. */
	duplicates: number;
	/** Requests that ended with an error. */
	errors: number;
	/** Frames that were not ours, malformed or did not fit any request. */
	unexpected: number;
}

export interface BlockSession {
	readonly protocol: 'aoe' | 'iscsi' | 'fcoe' | 'file';
	/** As given on the command line (docs/cli.md, storage addresses). */
	readonly address: string;
	readonly blockSize: number;
	/** Bytes. */
	readonly size: number;
	readonly readOnly: boolean;
	readonly counters: SessionCounters;
	/** Starts a request; as many as the caller likes may be outstanding, the session queues what its window does not hold. */
	submit(request: BlockRequest): void;
	/** Fails what is outstanding with ERR_CLOSED and gives everything back. */
	close(): Promise<void>;
}
