// Compiled templates as frames, for tests: a few frames of each, written into dirty slots.
import {type CompileOptions, compileTemplate} from '../../../src/inject/frames/compile.js';
import type {FrameSource} from '../../../src/inject/source.js';

/** The first `count` frames of a source. Each slot is dirty, and what lies around it must stay as it was. */
export function framesOf(source: FrameSource, count = 1): Uint8Array[] {
	const slot = 3;
	return Array.from({length: count}, () => {
		const bytes = new Uint8Array(source.maxLength + 2 * slot).fill(0xa5);
		const length = source.write(bytes, new DataView(bytes.buffer), slot, performance.now());
		const around = [...bytes.subarray(0, slot), ...bytes.subarray(slot + length)];
		if (length > source.maxLength || around.some(byte => byte !== 0xa5)) throw new Error(`a frame of ${length} bytes was written over its end`);
		return bytes.slice(slot, slot + length);
	});
}

export const build = (template: string, count = 1, options: CompileOptions = {}): Uint8Array[] =>
	framesOf(compileTemplate(template, {seed: 1, ...options}), count);
