// Dissection of anything: it never throws, its nodes lie inside their bytes, and every name is one that -e and -Y know.
import test from 'ava';
import fc from 'fast-check';
import {Dissector} from '../../src/dissect/dissector.js';
import {jsonLine} from '../../src/dissect/json.js';
import {pdmlPacket} from '../../src/dissect/pdml.js';
import {knownFields} from '../../src/dissect/registry.js';
import {textTree} from '../../src/dissect/text.js';
import {everyNode, type Tree} from '../../src/dissect/tree.js';
import {corpus, everyFrame, spoiled} from './corpus.js';
import {fuzz, fuzzSeconds} from './fuzz.js';

const known = knownFields();

/** What must hold of every tree; throws what is wrong. */
function check(tree: Tree): void {
	for (const layer of tree.layers) {
		const size = layer.source.bytes.length;
		for (const node of everyNode([layer])) {
			if (!known.has(node.name)) throw new Error(`${node.name} is not a known name`);
			if (!(node.pos >= 0 && node.size >= 0 && node.pos + node.size <= size)) throw new Error(`${node.name} at ${node.pos}+${node.size} of ${size} bytes`);
		}
	}
}
const dissect = (dissector: Dissector, bytes: Uint8Array, number: number, linkType = 1, length = bytes.length) => {
	const tree = dissector.dissect({number, bytes, length, time: BigInt(number) * 1000n, linkType});
	check(tree);
	return tree;
};

test('any bytes on any link', t => {
	const links = fc.constantFrom(1, 101, 228, 0, 113, 65_535);
	fuzz(
		t,
		fc.property(fc.uint8Array({maxLength: 400}), links, fc.nat(2000), (bytes, link, more) => {
			const tree = dissect(new Dissector(), bytes, 1, link, bytes.length + more);
			JSON.parse(jsonLine(tree));
			textTree(tree);
			pdmlPacket(tree);
		}),
	);
});

test('spoiled frames, whole captures of them: what one frame leaves behind must not break the next', t => {
	fuzz(
		t,
		fc.property(fc.nat(corpus.length - 1), fc.array(spoiled(3), {minLength: 1, maxLength: 12}), (which, spoil) => {
			const dissector = new Dissector();
			for (const [i, frame] of corpus[which]!.frames.slice(0, 60).entries()) dissect(dissector, spoil[i % spoil.length]!(frame), i + 1);
		}),
	);
});

test('every frame cut at every length', t => {
	const end = Date.now() + 1000 * fuzzSeconds;
	let cuts = 0;
	for (const frame of everyFrame) {
		for (let length = 0; length <= frame.length && Date.now() < end; length++, cuts++) {
			dissect(new Dissector(), frame.subarray(0, length), 1);
			dissect(new Dissector(), frame.subarray(0, length), 1, 1, frame.length);
		}
	}
	t.log(`${cuts} cuts of ${everyFrame.length} frames`);
	t.true(cuts > everyFrame.length, 'time for one frame at the least');
});
