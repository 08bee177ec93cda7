// The display filter, the part of Wireshark's language that scripts use: presence, == != < > <= >= contains, and, or, not, parentheses.
import {usage} from '../base/errors.js';
import {type Operator, type Token, type TokenKind, tokens} from './filter-tokens.js';
import {nodeTest} from './filter-value.js';
import {Lookup} from './lookup.js';
import {knownField} from './registry.js';
import type {Tree} from './tree.js';

type Predicate = () => boolean;

/** Reads a filter by recursive descent: or binds weakest, then and, then not. */
class Parser {
	readonly #tokens: readonly Token[];
	readonly #filter: string;
	readonly #lookup: Lookup;
	#next = 0;

	constructor(filter: string, lookup: Lookup) {
		this.#filter = filter;
		this.#tokens = tokens(filter);
		this.#lookup = lookup;
	}

	parse(): Predicate {
		const predicate = this.#or();
		const left = this.#tokens[this.#next];
		if (left !== undefined) throw this.#error(`"${left.text}" is unexpected`);
		return predicate;
	}

	#error(what: string) {
		return usage(`filter "${this.#filter}": ${what}; see docs/dissect.md for the language`, {filter: this.#filter});
	}

	#take(kind: TokenKind): Token | undefined {
		const token = this.#tokens[this.#next];
		if (token?.kind !== kind) return undefined;
		this.#next++;
		return token;
	}

	#or(): Predicate {
		let left = this.#and();
		while (this.#take('or') !== undefined) {
			const [a, b] = [left, this.#and()];
			left = () => a() || b();
		}
		return left;
	}

	#and(): Predicate {
		let left = this.#not();
		while (this.#take('and') !== undefined) {
			const [a, b] = [left, this.#not()];
			left = () => a() && b();
		}
		return left;
	}

	#not(): Predicate {
		if (this.#take('not') !== undefined) {
			const inner = this.#not();
			return () => !inner();
		}
		if (this.#take('open') === undefined) return this.#comparison();
		const inner = this.#or();
		if (this.#take('close') === undefined) throw this.#error('a ) is missing');
		return inner;
	}

	#comparison(): Predicate {
		const name = this.#take('word')?.text;
		if (name === undefined) throw this.#error(`a field name is missing${this.#next > 0 ? ` after "${this.#tokens[this.#next - 1]?.text}"` : ''}`);
		const field = knownField(name);
		this.#lookup.want(name);
		const operator = this.#take('compare')?.text as Operator | undefined;
		if (operator === undefined) return () => this.#lookup.get(name).length > 0;
		const value = this.#take('string') ?? this.#take('word');
		if (value === undefined) throw this.#error(`a value is missing after "${name} ${operator}"`);
		const test = nodeTest(field, operator, value.text);
		return () => test(this.#lookup.get(name));
	}
}

/** Compiles a filter. ERR_USAGE for what cannot be read, for an unknown field (with the nearest known one) and for a value that cannot be. */
export function compileFilter(filter: string): (tree: Tree) => boolean {
	const lookup = new Lookup();
	const predicate = new Parser(filter, lookup).parse();
	return tree => {
		lookup.load(tree);
		return predicate();
	};
}
