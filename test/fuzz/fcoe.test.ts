// Any bytes at FIP's and FCoE's readers: a fault or a message that lies inside them; and spoiled frames at a target that goes on serving.
import test from 'ava';
import fc from 'fast-check';
import {readLogin} from '../../src/fcoe/els.js';
import {readFip} from '../../src/fcoe/fip-frames.js';
import {IncomingFrame} from '../../src/fcoe/frame.js';
import {viewOf} from '../build.js';
import {portMac} from '../build-fcoe.js';
import {targetBench} from '../fcoe/bench.js';
import {everyFrame, spoiled} from './corpus.js';
import {fuzz} from './fuzz.js';

const storage = everyFrame.filter(frame => frame[12] === 0x89 && (frame[13] === 0x06 || frame[13] === 0x14));
const bytes = fc.oneof(
	fc.uint8Array({maxLength: 400}),
	fc.tuple(fc.nat(storage.length - 1), spoiled(4)).map(([i, spoil]) => spoil(storage[i]!)),
);

test('any bytes as a FIP frame', t => {
	fuzz(
		t,
		fc.property(bytes, fc.nat(500), (frame, cut) => {
			const length = Math.max(0, frame.length - (cut % 7 === 0 ? cut : 0));
			const message = readFip(viewOf(frame), 0, length);
			if (message.kind === 'els' && message.at + message.length > length) throw new Error('an ELS outside the frame');
		}),
	);
});

test('any bytes as an FCoE frame, and its payload as a login', t => {
	const incoming = new IncomingFrame();
	fuzz(
		t,
		fc.property(bytes, frame => {
			const fault = incoming.read(viewOf(frame), 0, frame.length);
			if (fault !== undefined) return;
			if (incoming.at + incoming.length > frame.length || incoming.length < 0) throw new Error('a payload outside the frame');
			readLogin(incoming.view, incoming.at, incoming.length);
		}),
	);
});

test('spoiled frames at a target', t => {
	const bench = targetBench();
	fuzz(
		t,
		fc.property(fc.array(bytes, {minLength: 1, maxLength: 20}), frames => {
			for (const frame of frames) {
				const copy = frame.slice(0, 2500);
				if (copy.length > 14) copy.set(copy[13] === 0x06 ? portMac(bench.vn.portId) : Uint8Array.of(2, 0, 0, 0, 0, 1), 0);
				bench.hand.send(copy);
			}
			bench.pass(1);
			bench.hand.frames();
		}),
	);
});
