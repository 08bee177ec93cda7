// Frames out of a capture file: one, a range, or all of them.
import {NetstressError, usage} from '../../base/errors.js';
import {type CaptureRecord, linkEthernet, linkTypes} from '../../wire/capture.js';

/** First and last frame, from 1; Infinity = to the end. */
export interface FrameRange {
	readonly first: number;
	readonly last: number;
}

export const everyFrame: FrameRange = {first: 1, last: Number.POSITIVE_INFINITY};

/** What is kept in memory at most, bytes. */
const mostBytes = 1 << 28;

/** `7`, `3-9`, `3-`: frames of a capture, counted from 1 as Wireshark does. ERR_USAGE. */
export function parseFrames(text: string, what = '--frame'): FrameRange {
	const match = /^(\d+)(?:(-)(\d+)?)?$/.exec(text);
	const first = Number(match?.[1]);
	const last = match?.[2] === undefined ? first : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
	if (match === null || first < 1 || last < first) throw usage(`${what} "${text}" is no frame: write 7, 3-9 or 3-; the first is 1`, {value: text});
	return {first, last};
}

/** Takes the frames of `range` out of the batches of a capture. ERR_USAGE for another link type, frames that were cut, and frames that are not there. */
export async function takeFrames(batches: AsyncIterable<readonly CaptureRecord[]>, path: string, {first, last}: FrameRange): Promise<Uint8Array[]> {
	const frames: Uint8Array[] = [];
	let number = 0;
	let bytes = 0;
	for await (const batch of batches) {
		for (const record of batch) {
			number++;
			if (number < first || number > last) continue;
			const {linkType, length} = record;
			if (linkType !== linkEthernet)
				throw usage(`frame ${number} of ${path} has link type ${linkTypes[linkType] ?? linkType} (${linkType}), not Ethernet (1): it cannot be sent as it is`, {
					linkType,
					frame: number,
				});
			if (length > record.bytes.length)
				throw usage(`frame ${number} of ${path} was cut by the capture, ${record.bytes.length} of ${length} bytes are there; choose others with --frame`, {
					frame: number,
				});
			bytes += length;
			if (bytes > mostBytes) throw usage(`${path} holds more than ${mostBytes / 2 ** 20} MiB of frames; choose some with --frame`, {path});
			frames.push(record.bytes.slice());
		}
		if (number >= last) break;
	}
	if (frames.length === 0 || (Number.isFinite(last) && number < last)) {
		const wanted = first === last ? `frame ${first}` : `frames ${first} to ${Number.isFinite(last) ? last : 'the end'}`;
		throw new NetstressError('ERR_USAGE', `${path} has ${number} frames, and ${wanted} ${first === last ? 'is' : 'are'} asked for`, {frames: number});
	}
	return frames;
}
