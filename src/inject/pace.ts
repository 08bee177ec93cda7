// How fast: what a rate means in frames a second.
import {usage} from '../base/errors.js';
import type {Rate} from '../base/units.js';

/** Preamble, start delimiter and gap of a frame on the wire (IEEE 802.3 4.4.2), and its check sequence: what a frame's bytes do not show. */
export const wireOverhead = 8 + 12 + 4;

/**
 * Frames a second. `bps` counts the bits of the frames themselves, `line` is a share of the link's rate with everything a wire adds.
 * ERR_USAGE when the link's speed (bits a second) is not known and needed.
 */
export function framesPerSecond(rate: Rate, frameLength: number, linkSpeed: number | undefined): number {
	if (rate.kind === 'pps') return rate.value;
	if (rate.kind === 'bps') return rate.value / (8 * frameLength);
	if (linkSpeed === undefined) throw usage('this interface does not tell its speed: give --rate in pps or bit, not in %');
	return (rate.value * linkSpeed) / (8 * (frameLength + wireOverhead));
}
