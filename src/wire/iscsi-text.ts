// The text segments of Login and Text PDUs: `key=value` pairs, each ended by a NUL (RFC 7143 6.1).
import {NetstressError} from '../base/errors.js';

/** Longest key name (RFC 7143 6.1). */
export const maxKeyLength = 63;
/** Longest value unless a key says otherwise (RFC 7143 6.1); CHAP's binary values may have 1024 bytes, SendTargets' names 223. */
export const maxValueLength = 8192;

export type TextPair = readonly [key: string, value: string];

export interface DecodedText {
	readonly pairs: readonly TextPair[];
	/** What broke the rules, in words; undefined when nothing did. The pairs before it are still given. */
	readonly fault: string | undefined;
}

const utf8 = new TextDecoder();

/** Splits a text segment. Never throws. A last pair without its NUL counts, as initiators exist that leave it out. */
export function decodeText(bytes: Uint8Array, at = 0, length = bytes.length - at): DecodedText {
	const pairs: TextPair[] = [];
	const end = Math.min(bytes.length, at + length);
	let start = at;
	while (start < end) {
		let stop = bytes.indexOf(0, start);
		if (stop < 0 || stop > end) stop = end;
		if (stop > start) {
			const equals = bytes.indexOf(0x3d, start);
			if (equals < 0 || equals >= stop) return {pairs, fault: 'a pair without "="'};
			if (equals === start) return {pairs, fault: 'a pair without a key'};
			if (equals - start > maxKeyLength) return {pairs, fault: `a key of ${equals - start} bytes`};
			if (stop - equals - 1 > maxValueLength) return {pairs, fault: `a value of ${stop - equals - 1} bytes`};
			pairs.push([utf8.decode(bytes.subarray(start, equals)), utf8.decode(bytes.subarray(equals + 1, stop))]);
		}
		start = stop + 1;
	}
	return {pairs, fault: undefined};
}

/** Joins pairs to a text segment. ERR_FIELD_RANGE for a key or value that cannot be sent. */
export function encodeText(pairs: Iterable<TextPair>): Uint8Array {
	let text = '';
	for (const [key, value] of pairs) {
		if (key === '' || key.length > maxKeyLength || /[=\0]/.test(key)) throw new NetstressError('ERR_FIELD_RANGE', `iSCSI text: "${key}" cannot be a key`);
		if (value.includes('\0')) throw new NetstressError('ERR_FIELD_RANGE', `iSCSI text: the value of ${key} holds a NUL`);
		text += `${key}=${value}\0`;
	}
	return new TextEncoder().encode(text);
}
