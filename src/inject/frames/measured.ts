// What every source of this folder tells besides the seam: how long its frames are on the whole.
import type {FrameSource} from '../source.js';

export interface MeasuredSource extends FrameSource {
	/** Mean length of a long run in bytes, for rates in bits. */
	readonly meanLength: number;
	/** True when something in its frames is random: the seed is then worth knowing. */
	readonly random: boolean;
}
