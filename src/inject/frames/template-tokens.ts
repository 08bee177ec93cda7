// The words of a template: names, numbers and addresses as they stand, strings in quotes, and the punctuation between them.
import {wrong} from './template-error.js';

export interface Token {
	/** `word`, `string`, `end`, or the punctuation itself. */
	readonly kind: 'word' | 'string' | '(' | ')' | '=' | ',' | '!' | '|' | '/' | 'end';
	/** The word; of a string its characters, each one byte (code 0 to 255). */
	readonly text: string;
	/** Where it stands, from 0. */
	readonly at: number;
}

const pattern = /\s*(?:([()=,!|/])|("(?:[^"\\]|\\[\s\S])*")|([^\s()=,!|/"]+))/y;
const escapes: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\', '"': '"'};

/** The bytes of a quoted string as characters up to 255: UTF-8, with \n \r \t \0 \\ \" and \xHH. */
function unquote(template: string, at: number, quoted: string): string {
	let text = '';
	for (let i = 1; i < quoted.length - 1; i++) {
		const character = quoted[i] as string;
		if (character !== '\\') {
			const whole = String.fromCodePoint(quoted.codePointAt(i) as number);
			for (const byte of new TextEncoder().encode(whole)) text += String.fromCharCode(byte);
			i += whole.length - 1;
			continue;
		}
		const next = quoted[++i] as string;
		const hex = /^[0-9a-f]{2}$/i.exec(quoted.slice(i + 1, i + 3));
		if (next === 'x' && hex !== null) {
			text += String.fromCharCode(Number.parseInt(hex[0], 16));
			i += 2;
		} else if (Object.hasOwn(escapes, next)) text += escapes[next];
		else throw wrong(template, at + i - 1, `\\${next} is no escape in a string; there are \\n \\r \\t \\0 \\\\ \\" and \\xHH`);
	}
	return text;
}

/** Splits a template; the last token is `end`. ERR_USAGE for a string without its end. */
export function tokens(template: string): Token[] {
	const list: Token[] = [];
	const end = template.trimEnd().length;
	for (pattern.lastIndex = 0; pattern.lastIndex < end; ) {
		const from = pattern.lastIndex;
		const match = pattern.exec(template);
		if (match === null) {
			const at = from + (/\S/.exec(template.slice(from))?.index ?? 0);
			throw wrong(template, at, 'this string has no closing quote');
		}
		const [all, punctuation, string, word] = match;
		const at = from + all.length - (punctuation ?? string ?? (word as string)).length;
		if (punctuation !== undefined) list.push({kind: punctuation as Token['kind'], text: punctuation, at});
		else if (string !== undefined) list.push({kind: 'string', text: unquote(template, at, string), at});
		else list.push({kind: 'word', text: word as string, at});
	}
	list.push({kind: 'end', text: '', at: end});
	return list;
}
