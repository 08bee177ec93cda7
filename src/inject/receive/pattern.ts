// Frames of any other generator, by what its user says of them: bytes at a place, and a counter at another (packETHcli -w -q -o, cli/README). Places count from the
// frame's first byte, negative ones from its end: -1 is the last byte.
import {usage} from '../../base/errors.js';
import type {Signature} from './signatures.js';

export interface Pattern {
	readonly bytes: Uint8Array;
	readonly at: number;
}

export interface Counter {
	readonly at: number;
	/** Width; the most significant byte first. */
	readonly bits: 8 | 16 | 32;
}

export interface PatternSignature {
	readonly pattern: Pattern;
	readonly counter: Counter;
}

const longest = 64;
const farthest = 65_535;

function place(text: string, whole: string, what: string): number {
	if (!/^-?\d{1,5}$/.test(text) || Math.abs(Number(text)) > farthest || text === '-0')
		throw usage(`${what} "${whole}": "${text}" is no place in a frame: bytes from its first one, or -1 for the last`, {value: whole});
	return Number(text);
}

/** `TEXT@PLACE`, or bytes: `0xDIGITS@PLACE`. ERR_USAGE naming `what`. */
export function parsePattern(text: string, what: string): Pattern {
	const at = text.lastIndexOf('@');
	if (at <= 0) throw usage(`${what} "${text}" is no pattern: write TEXT@PLACE, for instance HELLO@60 or 0x48454c4c4f@60`, {value: text});
	const word = text.slice(0, at);
	const digits = /^0x((?:[0-9a-f]{2})+)$/i.exec(word)?.[1];
	const bytes = digits === undefined ? new TextEncoder().encode(word) : Uint8Array.from(Buffer.from(digits, 'hex'));
	if (bytes.length > longest) throw usage(`${what} "${text}": a pattern has ${longest} bytes at most, this one ${bytes.length}`, {value: text});
	return {bytes, at: place(text.slice(at + 1), text, what)};
}

/** `PLACE` of a counter of one byte, or `PLACE/BITS` with 8, 16 or 32. ERR_USAGE naming `what`. */
export function parseCounter(text: string, what: string): Counter {
	const [where = '', bits = '8', ...rest] = text.split('/');
	if (rest.length > 0 || !['8', '16', '32'].includes(bits))
		throw usage(`${what} "${text}" is no counter: write its place, and 8, 16 or 32 bits: 80 or 80/32`, {value: text});
	return {at: place(where, text, what), bits: Number(bits) as Counter['bits']};
}

/** Both or neither. ERR_USAGE for a counter inside the pattern. */
export function patternSignature(pattern: Pattern | undefined, counter: Counter | undefined): PatternSignature | undefined {
	if (pattern === undefined && counter === undefined) return undefined;
	if (pattern === undefined || counter === undefined) throw usage('--pattern says which frames, --counter where their number is: give both');
	const sameEnd = pattern.at < 0 === counter.at < 0;
	if (sameEnd && counter.at < pattern.at + pattern.bytes.length && pattern.at < counter.at + counter.bits / 8)
		throw usage(`the counter at ${counter.at} lies inside the pattern at ${pattern.at}, which never changes`);
	return {pattern, counter};
}

/** Reads the frame of `length` bytes at `at` into `found`. False when the pattern is not there. Never throws. */
export function readPattern(view: DataView, at: number, length: number, {pattern, counter}: PatternSignature, found: Signature): boolean {
	const start = pattern.at < 0 ? length + pattern.at : pattern.at;
	const number = counter.at < 0 ? length + counter.at : counter.at;
	const {bytes} = pattern;
	if (start < 0 || number < 0 || start + bytes.length > length || number + counter.bits / 8 > length) return false;
	for (let i = 0; i < bytes.length; i++) if (view.getUint8(at + start + i) !== bytes[i]) return false;
	found.tool = 'pattern';
	found.stream = 0;
	found.seconds = 0;
	found.bits = counter.bits;
	found.sequence = counter.bits === 8 ? view.getUint8(at + number) : counter.bits === 16 ? view.getUint16(at + number) : view.getUint32(at + number);
	return true;
}
