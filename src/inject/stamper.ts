// Stamped frames of one length and nothing else around them, written where they will be sent from. src/inject/frames builds all others.
import {macBytes} from '../base/address.js';
import {usage} from '../base/errors.js';
import {ethernet} from '../wire/ethernet.js';
import {leastFrame, STAMP_ETHERTYPE, STAMP_MAGIC, STAMP_VERSION, stamp, TRAILER_MAGIC, trailer} from '../wire/stamp.js';
import type {FrameSource} from './source.js';
import {StampClock} from './stamp-clock.js';

export interface StampOptions {
	readonly destination: Uint8Array;
	readonly source: Uint8Array;
	/** Bytes of a frame from the destination address to the end, without the frame check sequence. */
	readonly length: number;
	/** Tells this run's frames from any other's, u32. */
	readonly run: number;
	readonly stream: number;
}

const ETHERNET = 14;
const GROUP_BIT = 1;

/** A MAC address as people write it. ERR_USAGE; group addresses too: flooding every station of a network is not what an injector is for. */
export function parseUnicast(text: string, what: string): Uint8Array {
	const bytes = text.includes('-') ? undefined : macBytes(text);
	if (bytes === undefined) throw usage(`${what} "${text}" is no MAC address; write for instance 02:00:00:00:00:01`);
	if ((bytes[0] as number) & GROUP_BIT) throw usage(`${what} ${text} is a group address: stamped frames go to one station only`);
	return bytes;
}

/** Writes frames of one stream. */
export class Stamper implements FrameSource {
	readonly maxLength: number;
	readonly period = Number.POSITIVE_INFINITY;
	readonly #image: Uint8Array;
	readonly #clock = new StampClock();

	/** ERR_USAGE for a length that does not hold a stamp. */
	constructor({destination, source, length, run, stream}: StampOptions) {
		if (length < leastFrame || length > 0xffff) throw usage(`a stamped frame has ${leastFrame} to 65535 bytes, not ${length}`);
		this.maxLength = length;
		this.#image = new Uint8Array(length);
		const view = new DataView(this.#image.buffer);
		ethernet.encode({dst: destination, src: source, type: STAMP_ETHERTYPE}, view);
		stamp.encode({magic: STAMP_MAGIC, version: STAMP_VERSION, length, run, stream}, view, ETHERNET);
		// the fill counts up, so that a shifted or torn frame can be seen
		for (let i = ETHERNET + stamp.length; i < length - trailer.length; i++) this.#image[i] = i & 0xff;
		trailer.encode({trailer: TRAILER_MAGIC, 'trailer.length': length}, view, length - trailer.length);
	}

	/** Writes the next frame at `at` and returns its length. `nowMs` is performance.now(). */
	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number {
		bytes.set(this.#image, at);
		this.#clock.write(view, at + ETHERNET, nowMs);
		return this.maxLength;
	}
}
