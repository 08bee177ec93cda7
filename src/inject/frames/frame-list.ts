// Frames as they are, one after the other: from a capture, from hexadecimal digits.
import {NetstressError} from '../../base/errors.js';
import type {MeasuredSource} from './measured.js';

export class FrameList implements MeasuredSource {
	readonly maxLength: number;
	readonly meanLength: number;
	readonly random = false;
	readonly period: number;
	readonly #frames: readonly Uint8Array[];
	#next = 0;

	/** ERR_USAGE for a list without frames, or one that begins with less than an Ethernet header. */
	constructor(frames: readonly Uint8Array[], what: string) {
		if (frames.length === 0) throw new NetstressError('ERR_USAGE', `${what} holds no frame`);
		const short = frames.findIndex(({length}) => length < 14);
		if (short >= 0)
			throw new NetstressError('ERR_USAGE', `frame ${short + 1} of ${what} has ${frames[short]?.length} bytes: an Ethernet header has 14`, {frame: short + 1});
		this.#frames = frames;
		this.period = frames.length;
		this.maxLength = frames.reduce((most, {length}) => Math.max(most, length), 0);
		this.meanLength = frames.reduce((sum, {length}) => sum + length, 0) / frames.length;
	}

	write(bytes: Uint8Array, _view: DataView, at: number): number {
		const frame = this.#frames[this.#next] as Uint8Array;
		this.#next = this.#next + 1 === this.#frames.length ? 0 : this.#next + 1;
		bytes.set(frame, at);
		return frame.length;
	}
}
