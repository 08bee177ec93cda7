// Dissects frames given as bytes, for the tests of this folder.
import {Dissector} from '../../src/dissect/dissector.js';
import {everyNode, type Tree} from '../../src/dissect/tree.js';

/** The trees of the frames, one capture, 100 us apart. `cut` bytes are left out of each frame's end, as a snap length does. */
export function dissectAll(frames: readonly Uint8Array[], {cut = 0, linkType = 1} = {}): Tree[] {
	const dissector = new Dissector();
	return frames.map((frame, i) =>
		dissector.dissect({number: i + 1, bytes: frame.subarray(0, frame.length - cut), length: frame.length, time: BigInt(i) * 100_000n, linkType}),
	);
}

export const one = (frame: Uint8Array, options?: {cut?: number; linkType?: number}): Tree => dissectAll([frame], options)[0] as Tree;

/** The values of a field in a tree, in order. */
export const values = (tree: Tree, name: string): unknown[] => [...everyNode(tree.layers)].filter(node => node.name === name).map(node => node.value);
export const names = (tree: Tree): string[] => [...everyNode(tree.layers)].map(node => node.name);
