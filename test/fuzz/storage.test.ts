// The dashboard's matchers of storage on any frame, cut as a capture ring cuts them: nothing throws, no number is negative, and no more is timed than was answered or asked.
import test from 'ava';
import fc from 'fast-check';
import {StorageFrames} from '../../src/top/storage/frames.js';
import {corpus, spoiled} from './corpus.js';
import {fuzz} from './fuzz.js';

function match(frames: readonly Uint8Array[], snaplen: number): boolean {
	const storage = new StorageFrames();
	for (const [i, frame] of frames.entries()) {
		const bytes = frame.slice(0, snaplen);
		storage.take({view: new DataView(bytes.buffer), at: 0, length: bytes.length, originalLength: frame.length, seconds: 1_700_000_000, nanoseconds: i});
	}
	return storage
		.read()
		.every(
			({answered, readBytes, writtenBytes, again, waiting, timed}) =>
				[answered, readBytes, writtenBytes, again, waiting, timed].every(value => Number.isSafeInteger(value) && value >= 0) && timed <= 64 * frames.length,
		);
}

const snaplen = fc.integer({min: 0, max: 2048});

test('any bytes', t => {
	fuzz(
		t,
		fc.property(fc.array(fc.uint8Array({maxLength: 400}), {maxLength: 20}), snaplen, (frames, cut) => match(frames, cut)),
	);
});

test('spoiled frames of captures', t => {
	fuzz(
		t,
		fc.property(fc.nat(corpus.length - 1), fc.array(spoiled(3), {minLength: 1, maxLength: 12}), snaplen, (which, spoil, cut) =>
			match(
				corpus[which]!.frames.map((frame, i) => spoil[i % spoil.length]!(frame)),
				cut,
			),
		),
	);
});
