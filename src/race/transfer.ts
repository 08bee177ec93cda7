// Bytes between a block session and streams, several requests outstanding, in order where order matters.
import type {NetstressError} from '../base/errors.js';
import {usage} from '../base/errors.js';
import type {BlockSession} from '../initiator/session.js';
import {describeFault} from './driver.js';
import type {Pattern} from './pattern.js';

export interface TransferOptions {
	/** Bytes a request. */
	readonly blockSize: number;
	readonly depth: number;
	readonly signal: AbortSignal;
	/** After every request: bytes done so far. */
	readonly progress?: ((bytes: number) => void) | undefined;
}

/** A part of a device. */
export interface Span {
	/** Bytes. */
	readonly offset: number;
	readonly length: number;
}

/** One request as a promise; rejects with the session's error. */
export const perform = (session: BlockSession, op: 'read' | 'write' | 'flush', position: number, bytes: Uint8Array): Promise<void> =>
	new Promise((resolve, reject) => session.submit({op, position, bytes, done: (error?: NetstressError) => (error ? reject(error) : resolve())}));

/** The part of a device that a command means; the whole rest without a length. ERR_USAGE where it reaches beyond the end. */
export function spanOf(session: BlockSession, offset = 0, length = session.size - offset): Span {
	if (offset > session.size || offset + length > session.size)
		throw usage(`${length} bytes at ${offset} reach beyond the end of ${session.address}, which has ${session.size} bytes`);
	return {offset, length};
}

/** As `spanOf`, and on the device's block boundaries: what is written must be. ERR_USAGE. */
export function alignedSpan(session: BlockSession, offset?: number, length?: number): Span {
	const span = spanOf(session, offset, length);
	for (const [name, value] of Object.entries(span))
		if (value % session.blockSize !== 0) throw usage(`--${name} ${value} is not a multiple of the device's block size, ${session.blockSize}`);
	return span;
}

/** The requests of a span: blocks of `blockSize`, the first and last shortened to the span, widened to the device's own blocks. */
function* requests({offset, length}: Span, blockSize: number): Iterable<{position: number; length: number}> {
	for (let position = offset; position < offset + length; ) {
		const next = Math.min(position - (position % blockSize) + blockSize, offset + length);
		yield {position, length: next - position};
		position = next;
	}
}

const down = (value: number, step: number) => value - (value % step);
const up = (value: number, step: number) => down(value + step - 1, step);

/** Reads a span, in order. Any offset and length: the blocks around it are read and cut. Ends early when `signal` aborts. */
export async function* readSpan(session: BlockSession, span: Span, {blockSize, depth, signal, progress}: TransferOptions): AsyncIterable<Uint8Array> {
	const queue: Promise<Uint8Array>[] = [];
	const start = async ({position, length}: {position: number; length: number}) => {
		const from = down(position, session.blockSize);
		const bytes = new Uint8Array(up(position + length, session.blockSize) - from);
		await perform(session, 'read', from, bytes);
		return bytes.subarray(position - from, position - from + length);
	};
	let done = 0;
	const take = async () => {
		const bytes = await (queue.shift() as Promise<Uint8Array>);
		done += bytes.length;
		progress?.(done);
		return bytes;
	};
	try {
		for (const request of requests(span, up(blockSize, session.blockSize))) {
			if (signal.aborted) return;
			const next = start(request);
			next.catch(() => undefined); // heard when its turn comes
			queue.push(next);
			if (queue.length >= depth) yield await take();
		}
		while (queue.length > 0) yield await take();
	} finally {
		await Promise.allSettled(queue);
	}
}

/** Keeps up to `depth` jobs going; the first failure comes out of the next call. */
function lanes(depth: number) {
	const going = new Set<Promise<void>>();
	let failure: unknown;
	let failed = false;
	const check = () => {
		if (failed) throw failure;
	};
	return {
		async add(job: () => Promise<void>) {
			while (going.size >= depth) await Promise.race(going);
			check();
			const running = job()
				.catch(error => {
					failure ??= error;
					failed = true;
				})
				.finally(() => going.delete(running));
			going.add(running);
		},
		async end() {
			await Promise.all(going);
			check();
		},
	};
}

/** Cuts a stream of bytes into blocks; each is a copy of its own. */
async function* blocksOf(input: AsyncIterable<Uint8Array>, blockSize: number): AsyncIterable<Uint8Array> {
	let block = new Uint8Array(blockSize);
	let filled = 0;
	for await (const chunk of input) {
		for (let at = 0; at < chunk.length; ) {
			const part = chunk.subarray(at, at + blockSize - filled);
			block.set(part, filled);
			filled += part.length;
			at += part.length;
			if (filled < blockSize) continue;
			yield block;
			block = new Uint8Array(blockSize);
			filled = 0;
		}
	}
	if (filled > 0) yield block.subarray(0, filled);
}

/**
 * Writes a stream from `offset` on, then flushes. The last block must be whole unless `pad` fills it with zeros. Gives the bytes written.
 * ERR_USAGE where the input does not fit; what came before is written then.
 */
export async function writeStream(
	session: BlockSession,
	input: AsyncIterable<Uint8Array>,
	offset: number,
	pad: boolean,
	{blockSize, depth, signal, progress}: TransferOptions,
): Promise<number> {
	alignedSpan(session, offset, 0);
	const going = lanes(depth);
	let position = offset;
	let done = 0;
	for await (const block of blocksOf(input, up(blockSize, session.blockSize))) {
		if (signal.aborted) break;
		const whole = up(block.length, session.blockSize);
		if (whole !== block.length && !pad)
			throw usage(`the input ends ${block.length % session.blockSize} bytes into a block of ${session.blockSize}; --pad fills it with zeros`);
		if (position + whole > session.size) throw usage(`the input is longer than ${session.address} from byte ${offset} on (${session.size - offset} bytes)`);
		const bytes = whole === block.length ? block : new Uint8Array(whole);
		if (bytes !== block) bytes.set(block);
		const at = position;
		await going.add(async () => {
			await perform(session, 'write', at, bytes);
			done += bytes.length;
			progress?.(done);
		});
		position += whole;
	}
	await going.end();
	await perform(session, 'flush', 0, new Uint8Array());
	return done;
}

/** Writes the pattern over a span, then flushes. Gives the bytes written. */
export async function writePattern(
	session: BlockSession,
	pattern: Pattern,
	span: Span,
	{blockSize, depth, signal, progress}: TransferOptions,
): Promise<number> {
	const going = lanes(depth);
	let done = 0;
	for (const {position, length} of requests(span, up(blockSize, session.blockSize))) {
		if (signal.aborted) break;
		const bytes = new Uint8Array(length);
		pattern.fill(bytes, {position, generation: 0});
		await going.add(async () => {
			await perform(session, 'write', position, bytes);
			done += length;
			progress?.(done);
		});
	}
	await going.end();
	await perform(session, 'flush', 0, new Uint8Array());
	return done;
}

export interface PatternCheck {
	readonly verifiedBytes: number;
	readonly wrongBlocks: number;
	/** The first fault's words. */
	readonly firstError: string | null;
}

/** Reads a span and checks that every sector holds the pattern, of whatever generation. */
export async function checkPattern(
	session: BlockSession,
	pattern: Pattern,
	span: Span,
	{blockSize, depth, signal, progress}: TransferOptions,
): Promise<PatternCheck> {
	const going = lanes(depth);
	let verifiedBytes = 0;
	let wrongBlocks = 0;
	let done = 0;
	let firstError: string | null = null;
	for (const {position, length} of requests(span, up(blockSize, session.blockSize))) {
		if (signal.aborted) break;
		await going.add(async () => {
			const bytes = new Uint8Array(length);
			await perform(session, 'read', position, bytes);
			const fault = pattern.check(bytes, position);
			if (fault === undefined) verifiedBytes += length;
			else {
				wrongBlocks++;
				firstError ??= describeFault(fault);
			}
			done += length;
			progress?.(done);
		});
	}
	await going.end();
	return {verifiedBytes, wrongBlocks, firstError};
}
