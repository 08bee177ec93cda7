// What an FC frame hands to the dissectors of its payload.
import type {Exchange, Exchanges, Place} from '../exchanges.js';
import type {Layer} from '../tree.js';

/** What is known of a frame when its payload is looked at. */
export interface FcFrame extends Place {
	readonly layer: Layer;
	readonly rCtl: number;
	/** The relative offset, when the parameter is one. */
	readonly offset: number | undefined;
	readonly exchange: Exchange | undefined;
	readonly exchanges: Exchanges;
	/** Frames of its sequence that were not seen between it and the one before. */
	readonly lost: number;
	/** Bytes of payload on the wire, without fill bytes. */
	readonly length: number;
	/** Where the payload ends in the capture, with fill bytes. */
	readonly end: number;
}

/** Dissects a payload from `at` to `end`. */
