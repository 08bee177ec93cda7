// Data that can be checked: every 512-byte sector says where it belongs, in which generation it was written, and holds bytes that follow from
// both. A sector that is misplaced, stale, torn or changed is seen by looking at it alone.
import {seeded} from '../base/random.js';

/** Bytes; the smallest block of every protocol here. */
export const sectorLength = 512;
/** "nsdata1\n", big-endian. */
const magic = [0x6e73_6461, 0x7461_310a] as const;
/** Offsets inside a sector: magic, seed u32, generation u32, position u64; from 24 on the body. */
const at = {seed: 8, generation: 12, position: 16, body: 24} as const;

/** What a block should be. */
export interface Mark {
	readonly position: number;
	/** Counts the writes of a run, u32; 0 is what the device was filled with. */
	readonly generation: number;
}

export interface PatternFault {
	/** Bytes from the start of the device. */
	readonly position: number;
	readonly reason: 'no pattern' | 'other seed' | 'misplaced' | 'other generation' | 'changed bytes';
	readonly found: {seed: number; generation: number; position: number};
}

const noiseLength = 2 ** 20;

/** The pattern of one seed. Filling costs one copy and a few words a sector, checking one comparison, so that the data costs little of a race. */
export class Pattern {
	readonly seed: number;
	readonly #noise: Uint8Array;

	constructor(seed: number) {
		this.seed = seed >>> 0;
		const random = seeded(this.seed);
		this.#noise = new Uint8Array(noiseLength);
		const first = this.#noise.subarray(0, 65_536);
		random.fill(first);
		// each further 64 KiB is the first one with every byte changed by its own number: as good for finding errors, much faster to make
		for (let part = 1; part < noiseLength / 65_536; part++) {
			const step = random.below(256);
			for (let i = 0; i < 65_536; i++) this.#noise[part * 65_536 + i] = (first[i] as number) ^ ((step + part * i) & 0xff);
		}
	}

	/** Where in the noise the body of a sector lies: position and generation both move it. */
	#bodyAt(sector: number, generation: number): number {
		const mixed = Math.imul(sector ^ Math.imul(generation + 1, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.floor(sector / 2 ** 32);
		return ((mixed ^ (mixed >>> 15)) >>> 0) % (noiseLength - sectorLength);
	}

	/** Fills a block that will be written to `position`; its length is a multiple of 512. */
	fill(block: Uint8Array, {position, generation}: Mark): void {
		const view = new DataView(block.buffer, block.byteOffset, block.length);
		for (let i = 0; i < block.length; i += sectorLength) this.#sector(block, view, i, position + i, generation);
	}

	#sector(block: Uint8Array, view: DataView, i: number, position: number, generation: number): void {
		const body = this.#bodyAt(position / sectorLength, generation);
		block.set(this.#noise.subarray(body, body + sectorLength - at.body), i + at.body);
		view.setUint32(i, magic[0]);
		view.setUint32(i + 4, magic[1]);
		view.setUint32(i + at.seed, this.seed);
		view.setUint32(i + at.generation, generation);
		view.setUint32(i + at.position, Math.floor(position / 2 ** 32));
		view.setUint32(i + at.position + 4, position >>> 0);
	}

	/**
	 * The first sector of a block that is not what this pattern wrote to `position`, or undefined. Without `generations` any generation will do,
	 * as long as the sector agrees with itself.
	 */
	check(block: Uint8Array, position: number, generations?: readonly number[]): PatternFault | undefined {
		const view = new DataView(block.buffer, block.byteOffset, block.length);
		for (let i = 0; i < block.length; i += sectorLength) {
			const found = {
				seed: view.getUint32(i + at.seed),
				generation: view.getUint32(i + at.generation),
				position: view.getUint32(i + at.position) * 2 ** 32 + view.getUint32(i + at.position + 4),
			};
			const fault = (reason: PatternFault['reason']): PatternFault => ({position: position + i, reason, found});
			if (view.getUint32(i) !== magic[0] || view.getUint32(i + 4) !== magic[1]) return fault('no pattern');
			if (found.seed !== this.seed) return fault('other seed');
			if (found.position !== position + i) return fault('misplaced');
			if (generations && !generations.includes(found.generation)) return fault('other generation');
			const body = this.#bodyAt(found.position / sectorLength, found.generation);
			if (!sameBytes(block, i + at.body, this.#noise, body, sectorLength - at.body)) return fault('changed bytes');
		}
		return undefined;
	}
}

const sameBytes = (a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean =>
	Buffer.compare(a.subarray(aAt, aAt + length), b.subarray(bAt, bAt + length)) === 0;
