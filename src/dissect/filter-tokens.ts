// The words of a display filter: parentheses, operators, field names, quoted strings, bare values.
import {usage} from '../base/errors.js';

export type TokenKind = 'open' | 'close' | 'and' | 'or' | 'not' | 'compare' | 'word' | 'string';
export interface Token {
	readonly kind: TokenKind;
	readonly text: string;
	/** Where it stands in the filter, from 0. */
	readonly at: number;
}

export type Operator = '==' | '!=' | '<' | '>' | '<=' | '>=' | 'contains';

/** Every spelling of an operator and of the logical words (wireshark-filter(4)). */
const operators: Readonly<Record<string, Operator>> = {
	'==': '==',
	'!=': '!=',
	'<': '<',
	'>': '>',
	'<=': '<=',
	'>=': '>=',
	eq: '==',
	ne: '!=',
	lt: '<',
	gt: '>',
	le: '<=',
	ge: '>=',
	contains: 'contains',
};
const logic: Readonly<Record<string, TokenKind>> = {'(': 'open', ')': 'close', '&&': 'and', '||': 'or', '!': 'not', and: 'and', or: 'or', not: 'not'};

const pattern = /\s*(?:(\(|\)|&&|\|\||==|!=|<=|>=|<|>|!)|"((?:[^"\\]|\\.)*)"|([^\s()<>=!&|"]+))/y;

/** Splits a filter. ERR_USAGE for a character that fits nowhere. */
export function tokens(filter: string): Token[] {
	const list: Token[] = [];
	pattern.lastIndex = 0;
	const end = filter.trimEnd().length;
	while (pattern.lastIndex < end) {
		const at = pattern.lastIndex;
		const match = pattern.exec(filter);
		if (match === null) throw usage(`filter "${filter}": cannot read it from "${filter.slice(at).trim()}" on`, {filter, at});
		const [, symbol, string, word] = match;
		if (string !== undefined) list.push({kind: 'string', text: string.replace(/\\(.)/g, '$1'), at});
		else {
			const text = symbol ?? (word as string);
			const operator = Object.hasOwn(operators, text) ? operators[text] : undefined;
			const kind = Object.hasOwn(logic, text) ? (logic[text] as TokenKind) : operator === undefined ? 'word' : 'compare';
			list.push({kind, text: operator ?? text, at});
		}
	}
	return list;
}
