// Seeded randomness: the same seed gives the same run. The generator is pure-rand's; this file only gives it the shapes we use.
import {uniformInt} from 'pure-rand/distribution/uniformInt';
import {xoroshiro128plus} from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
	readonly seed: number;
	/** A whole number from 0 to `below` - 1; `below` up to 2^53. */
	below(below: number): number;
	/** True with the given probability, 0 to 1, in steps of 2^-32. */
	chance(probability: number): boolean;
	/** Fills the bytes. */
	fill(bytes: Uint8Array): void;
}

/** A generator of its own for `seed` (a 32-bit integer). */
export function seeded(seed: number): Random {
	const generator = xoroshiro128plus(seed | 0);
	return {
		seed,
		below: below => uniformInt(generator, 0, below - 1),
		chance: probability => generator.next() >>> 0 < probability * 0x1_0000_0000,
		fill(bytes) {
			for (let i = 0; i < bytes.length; i++) bytes[i] = generator.next() & 0xff;
		},
	};
}

/** A seed for a run that was given none; print it, so that the run can be repeated. */
export const freshSeed = (): number => Math.floor(Math.random() * 0x7fff_ffff);
