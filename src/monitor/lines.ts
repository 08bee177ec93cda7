// The lines of a text file of any size, and of one that is no text.
import {closeSync, openSync, readSync} from 'node:fs';
import {StringDecoder} from 'node:string_decoder';
import {NetstressError} from '../base/errors.js';

/** No line that we write is longer by far; a file that is none of ours may have no lines at all. In UTF-16 units. */
const longestLine = 1 << 26;

export interface Line {
	readonly text: string;
	/** It ends with a newline. */
	readonly whole: boolean;
	/** It was given up before its end. */
	readonly endless?: true;
}

/** The lines of a text. */
export function* textLines(text: string): Generator<Line> {
	const lines = text.split('\n');
	const last = lines.pop() as string;
	for (const line of lines) yield {text: line, whole: true};
	if (last !== '') yield {text: last, whole: false};
}

/** The lines of a file, a piece of it in memory at a time. ERR_IO. */
export function* fileLines(path: string): Generator<Line> {
	const failed = (error: unknown) => new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	let fd: number;
	try {
		fd = openSync(path, 'r');
	} catch (error) {
		throw failed(error);
	}
	try {
		const decoder = new StringDecoder();
		const piece = Buffer.alloc(1 << 20);
		let rest = '';
		for (;;) {
			let length: number;
			try {
				length = readSync(fd, piece);
			} catch (error) {
				throw failed(error);
			}
			if (length === 0) break;
			const lines = (rest + decoder.write(piece.subarray(0, length))).split('\n');
			rest = lines.pop() as string;
			for (const text of lines) yield {text, whole: true};
			if (rest.length > longestLine) {
				yield {text: '', whole: false, endless: true};
				return;
			}
		}
		rest += decoder.end();
		if (rest !== '') yield {text: rest, whole: false};
	} finally {
		closeSync(fd);
	}
}
