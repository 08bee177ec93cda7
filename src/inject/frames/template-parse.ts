// The grammar of templates:
//   template = layer *( "/" layer )            layer = name [ "(" [ argument *( "," argument ) ] ")" ]
//   argument = [ name "=" [ "!" ] ] value      value = words / string / name "(" [ words *( "," words ) ] ")"
//   words    = word *( "|" word )

import {wrong} from './template-error.js';
import {type Token, tokens} from './template-tokens.js';

/** A value as it is written: words joined by `|`, a quoted string, or a call such as inc(0,9). */
export type ValueNode =
	| {readonly kind: 'words'; readonly at: number; readonly words: readonly Token[]}
	| {readonly kind: 'string'; readonly at: number; readonly text: string}
	| {readonly kind: 'call'; readonly at: number; readonly name: string; readonly values: readonly ValueNode[]};

export interface ArgumentNode {
	/** Undefined for a bare value. */
	readonly key: string | undefined;
	/** Where the key stands, or the value that has none. */
	readonly at: number;
	/** Written with `!`: nothing is filled in or checked. */
	readonly kept: boolean;
	readonly value: ValueNode;
}

export interface LayerNode {
	readonly name: string;
	readonly at: number;
	readonly values: readonly ArgumentNode[];
}

class Parser {
	readonly #template: string;
	readonly #tokens: readonly Token[];
	#next = 0;

	constructor(template: string) {
		this.#template = template;
		this.#tokens = tokens(template);
	}

	layers(): LayerNode[] {
		const list: LayerNode[] = [];
		do list.push(this.#layer());
		while (this.#take('/') !== undefined);
		this.#expect('end', 'a "/" and the next layer, or the end');
		return list;
	}

	#layer(): LayerNode {
		const {text, at} = this.#expect('word', 'the name of a layer, such as eth');
		return {name: text, at, values: this.#peek('(') ? this.#list(() => this.#argument()) : []};
	}

	#argument(): ArgumentNode {
		const first = this.#tokens[this.#next] as Token;
		const named = first.kind === 'word' && this.#tokens[this.#next + 1]?.kind === '=';
		if (named) this.#next += 2;
		const kept = named && this.#take('!') !== undefined;
		return {key: named ? first.text : undefined, at: first.at, kept, value: this.#value(true)};
	}

	#value(calls: boolean): ValueNode {
		const string = this.#take('string');
		if (string !== undefined) return {kind: 'string', at: string.at, text: string.text};
		const first = this.#expect('word', 'a value');
		if (calls && this.#peek('(')) return {kind: 'call', at: first.at, name: first.text, values: this.#list(() => this.#value(false))};
		const words = [first];
		while (this.#take('|') !== undefined) words.push(this.#expect('word', 'a name or a number'));
		return {kind: 'words', at: first.at, words};
	}

	/** "(" what is listed, with commas, ")". */
	#list<T>(one: () => T): T[] {
		this.#expect('(', '"("');
		const list: T[] = [];
		if (this.#take(')') !== undefined) return list;
		do list.push(one());
		while (this.#take(',') !== undefined);
		this.#expect(')', '"," or ")"');
		return list;
	}

	#peek(kind: Token['kind']): boolean {
		return this.#tokens[this.#next]?.kind === kind;
	}

	#take(kind: Token['kind']): Token | undefined {
		return this.#peek(kind) ? this.#tokens[this.#next++] : undefined;
	}

	#expect(kind: Token['kind'], what: string): Token {
		const found = this.#take(kind);
		if (found !== undefined) return found;
		const {kind: other, text, at} = this.#tokens[this.#next] as Token;
		throw wrong(this.#template, at, `expected ${what}, not ${other === 'end' ? 'the end' : `"${text}"`}`);
	}
}

/** The layers of a template as they are written. ERR_USAGE with a caret under what does not fit. */
export const parseTemplate = (template: string): LayerNode[] => new Parser(template).layers();
