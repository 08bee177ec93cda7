// The receiver on any frame: nothing throws, every counted frame is of one kind, and what is lost is never negative.
import test from 'ava';
import fc from 'fast-check';
import {Receiver} from '../../src/inject/receive/receiver.js';
import {corpus, spoiled} from './corpus.js';
import {fuzz} from './fuzz.js';

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
function count(frames: readonly Uint8Array[]): boolean {
	const receiver = new Receiver({window: 64, mostStreams: 4});
	for (const [i, frame] of frames.entries()) receiver.frame(view(frame), 0, frame.length, 1_000_000_000 + i, i);
	const {received, unique, duplicated, late, corrupted, lost} = receiver.summary();
	return received === unique + duplicated + late + corrupted && received <= frames.length && lost >= 0;
}

test('any bytes', t => {
	fuzz(t, fc.property(fc.array(fc.uint8Array({maxLength: 400}), {maxLength: 20}), count));
});

test('spoiled frames of captures', t => {
	fuzz(
		t,
		fc.property(fc.nat(corpus.length - 1), fc.array(spoiled(3), {minLength: 1, maxLength: 12}), (which, spoil) =>
			count(corpus[which]!.frames.slice(0, 60).map((frame, i) => spoil[i % spoil.length]!(frame))),
		),
	);
});
