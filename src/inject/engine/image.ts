// The one frame that all frames of a stream are copies of, where there is one.
import type {FrameImage, FrameSource} from '../source.js';

/** A source's frame, and where its stamp begins; undefined when its frames differ in more than a stamp. Takes one frame off a source that never changes. */
export function imageOf(source: FrameSource): FrameImage | undefined {
	if (source.image !== undefined) return source.image;
	if (source.period !== 1) return undefined;
	const bytes = new Uint8Array(source.maxLength);
	const length = source.write(bytes, new DataView(bytes.buffer), 0, 0);
	return {bytes: bytes.subarray(0, length), stampAt: undefined};
}
