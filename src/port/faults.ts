// A bad wire, as a port: frames that pass on their way out are dropped, doubled, held back behind others or damaged, by a seeded generator, and counted.
import type {Random} from '../base/random.js';
import {forward} from './forward.js';
import type {FramePort} from './port.js';

export interface FaultOptions {
	random: Random;
	/** Probabilities, 0 to 1, of each fault for each frame sent. */
	drop?: number;
	duplicate?: number;
	reorder?: number;
	corrupt?: number;
	/** How many later frames may overtake one that is held back. */
	reorderDistance?: number;
}

/** What was done to the frames: the truth a receiver's figures are held against. */
export interface FaultCounters {
	passed: number;
	dropped: number;
	duplicated: number;
	reordered: number;
	corrupted: number;
}

interface Held {
	frame: Uint8Array;
	/** Frames that may still overtake it. */
	left: number;
}

/** Wraps `port`: everything sent through the wrapper meets the faults; what is received does not. `release` lets go of all frames still held back. */
export function withFaults(port: FramePort, options: FaultOptions): FramePort & {readonly faults: FaultCounters; release(): void} {
	const {random, drop = 0, duplicate = 0, reorder = 0, corrupt = 0, reorderDistance = 4} = options;
	const faults: FaultCounters = {passed: 0, dropped: 0, duplicated: 0, reordered: 0, corrupted: 0};
	const held: Held[] = [];
	let slot = -1;

	const send = (frame: Uint8Array): void => {
		const at = port.reserve();
		if (at < 0) return; // counted by the port
		port.transmitBytes.set(frame, at);
		port.commit(frame.length);
		faults.passed++;
	};
	/** A frame went by: those that have been overtaken often enough follow it. */
	const overtake = (): void => {
		for (const one of held) one.left--;
		while (held.length > 0 && held[0]!.left <= 0) send(held.shift()!.frame);
	};
	const release = (): void => {
		for (const {frame} of held.splice(0)) send(frame);
	};

	return forward(port, {
		faults,
		release,
		reserve() {
			slot = port.reserve();
			return slot;
		},
		commit(length: number) {
			const frame = port.transmitBytes.slice(slot, slot + length);
			if (random.chance(drop)) {
				faults.dropped++;
				overtake();
				return;
			}
			if (random.chance(corrupt)) {
				const bit = random.below(length * 8);
				frame[bit >> 3] = frame[bit >> 3]! ^ (1 << (bit & 7));
				faults.corrupted++;
			}
			const copies = random.chance(duplicate) ? 2 : 1;
			if (copies === 2) faults.duplicated++;
			for (let i = 0; i < copies; i++) {
				if (random.chance(reorder)) {
					faults.reordered++;
					held.push({frame, left: 1 + random.below(reorderDistance)});
				} else {
					send(frame);
				}
			}
			overtake();
		},
		close() {
			release();
			port.close();
		},
	});
}
