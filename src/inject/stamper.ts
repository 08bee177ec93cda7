// Stamped frames, written where they will be sent from.
import {usage} from '../base/errors.js';
import {ethernet} from '../wire/ethernet.js';
import {leastFrame, STAMP_ETHERTYPE, STAMP_MAGIC, STAMP_VERSION, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../wire/stamp.js';
import type {FrameSource} from './source.js';

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
	if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw usage(`${what} "${text}" is no MAC address; write for instance 02:00:00:00:00:01`);
	const bytes = Uint8Array.from(text.split(':'), part => Number.parseInt(part, 16));
	if ((bytes[0] as number) & GROUP_BIT) throw usage(`${what} ${text} is a group address: stamped frames go to one station only`);
	return bytes;
}

/** Writes frames of one stream. The time comes from a clock of nanoseconds since 1970, taken apart once so that no frame costs a BigInt. */
export class Stamper implements FrameSource {
	readonly maxLength: number;
	readonly period = Number.POSITIVE_INFINITY;
	readonly #template: Uint8Array;
	readonly #epochHigh: number;
	readonly #epochLow: number;
	readonly #startMs: number;
	#sequence = 0;

	/** ERR_USAGE for a length that does not hold a stamp. */
	constructor({destination, source, length, run, stream}: StampOptions) {
		if (length < leastFrame || length > 0xffff) throw usage(`a stamped frame has ${leastFrame} to 65535 bytes, not ${length}`);
		this.maxLength = length;
		this.#template = new Uint8Array(length);
		const view = new DataView(this.#template.buffer);
		ethernet.encode({dst: destination, src: source, type: STAMP_ETHERTYPE}, view);
		stamp.encode({magic: STAMP_MAGIC, version: STAMP_VERSION, length, run, stream}, view, ETHERNET);
		// the fill counts up, so that a shifted or torn frame can be seen
		for (let i = ETHERNET + stamp.length; i < length - trailer.length; i++) this.#template[i] = i & 0xff;
		trailer.encode({trailer: TRAILER_MAGIC, 'trailer.length': length}, view, length - trailer.length);
		this.#startMs = performance.now();
		const epoch = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n + BigInt(Math.round(this.#startMs * 1e6));
		this.#epochHigh = Number(epoch >> 32n);
		this.#epochLow = Number(epoch & 0xffff_ffffn);
	}

	/** Frames written so far: the next one's sequence number. */
	get written(): number {
		return this.#sequence;
	}

	/** Writes the next frame at `at` and returns its length. `nowMs` is performance.now(). */
	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number {
		bytes.set(this.#template, at);
		const base = at + ETHERNET;
		const {sequence, time, check} = stamp.fields;
		const number = this.#sequence++;
		view.setUint32(base + sequence.at, Math.floor(number / 2 ** 32));
		view.setUint32(base + sequence.at + 4, number >>> 0);
		const low = this.#epochLow + Math.round((nowMs - this.#startMs) * 1e6);
		view.setUint32(base + time.at, this.#epochHigh + Math.floor(low / 2 ** 32));
		view.setUint32(base + time.at + 4, low % 2 ** 32);
		view.setUint32(base + check.at, stampCheck(view, base));
		return this.maxLength;
	}
}
