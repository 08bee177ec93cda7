// A port that tells of every frame that passes: one line each, for tests that compare whole runs and for people who look.
import type {Clock} from '../base/clock.js';
import {forward} from './forward.js';
import type {FramePort, FrameVisitor} from './port.js';

/** `direction` as seen from the port; the frame is valid only during the call. */
export type TraceSink = (direction: 'in' | 'out', timeMs: number, frame: Uint8Array) => void;

/** Wraps `port`; each frame is shown to `sink` before it goes on. */
export function withTracer(port: FramePort, clock: Clock, sink: TraceSink): FramePort {
	let slot = -1;
	return forward(port, {
		receive(visit: FrameVisitor, limit: number) {
			return port.receive((view, at, length) => {
				sink('in', clock.now(), new Uint8Array(view.buffer, view.byteOffset + at, length));
				visit(view, at, length);
			}, limit);
		},
		reserve() {
			slot = port.reserve();
			return slot;
		},
		commit(length: number) {
			sink('out', clock.now(), port.transmitBytes.subarray(slot, slot + length));
			port.commit(length);
		},
	});
}

/** A frame as one line: time in milliseconds, direction, length, the first `limit` bytes in hexadecimal. */
export const traceLine = (direction: 'in' | 'out', timeMs: number, frame: Uint8Array, limit = 36): string =>
	`${timeMs.toFixed(3)} ${direction === 'in' ? '<' : '>'} ${frame.length} ${Buffer.from(frame.subarray(0, limit)).toString('hex')}`;
