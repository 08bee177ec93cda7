// Reading a packet file of trafgen (netsniff-ng, trafgen(8) "SYNTAX"): comments, numbers in all their spellings, and constant expressions.
import {wrong} from './template-error.js';

/** Past white space, `/* … *\/`, and `#` or `;` up to the end of the line. */
const skipped = /(?:\s+|\/\*[\s\S]*?\*\/|[#;][^\n]*)*/y;
const numberWord = /(?:0?x[0-9a-f]+|0?b[01]+|0[0-7]+|[1-9]\d*|0)(?![0-9a-z_.])/iy;
const characterWord = /'(?:\\x([0-9a-f]{2})|([^\n]))'/iy;
const letterWord = /([a-z])(?![0-9a-z_(=:])/iy;

export class Scanner {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	/** The error of what stands here, or at `at`. */
	wrong(message: string, at = this.at): Error {
		return wrong(this.text, at, message);
	}

	/** What `pattern` (sticky) matches here, behind space and comments; then the place is behind it. */
	take(pattern: RegExp): RegExpExecArray | undefined {
		this.skip();
		pattern.lastIndex = this.at;
		const match = pattern.exec(this.text);
		if (match === null) return undefined;
		this.at += match[0].length;
		return match;
	}

	skip(): void {
		skipped.lastIndex = this.at;
		this.at += skipped.exec(this.text)?.[0].length ?? 0;
		if (this.text.startsWith('/*', this.at)) throw this.wrong('this comment has no end');
	}

	get ended(): boolean {
		this.skip();
		return this.at >= this.text.length;
	}

	/** Takes one of the characters if it stands here. */
	sign(characters: string): string | undefined {
		this.skip();
		const found = this.text[this.at];
		if (found === undefined || !characters.includes(found)) return undefined;
		this.at++;
		return found;
	}

	expect(character: string, where: string): void {
		if (this.sign(character) === undefined) throw this.wrong(`expected "${character}" ${where}, not ${this.here()}`);
	}

	/** What stands here, for messages. */
	here(): string {
		const word = /\S{1,24}/y;
		word.lastIndex = this.at;
		const found = word.exec(this.text)?.[0];
		return found === undefined ? 'the end' : `"${found}"`;
	}

	/** A number: 42, 0x2a, x2a, 0b101, b101, 052, 'a', '\x2a', or a single letter. */
	number(): bigint | undefined {
		const word = this.take(numberWord)?.[0].toLowerCase();
		if (word !== undefined) {
			if (/^0?x/.test(word)) return BigInt(`0x${word.replace(/^0?x/, '')}`);
			if (/^0?b/.test(word)) return BigInt(`0b${word.replace(/^0?b/, '')}`);
			return /^0\d/.test(word) ? BigInt(`0o${word.slice(1)}`) : BigInt(word);
		}
		const character = this.take(characterWord);
		if (character !== undefined) return BigInt(character[1] === undefined ? (character[2] as string).charCodeAt(0) & 0xff : Number.parseInt(character[1], 16));
		const letter = this.take(letterWord);
		return letter === undefined ? undefined : BigInt((letter[1] as string).charCodeAt(0));
	}

	/** A constant expression. As in trafgen all operators bind alike, from left to right: 1+2*3 is 9. */
	expression(depth = 0): bigint {
		if (depth > 64) throw this.wrong('this expression is nested too deep');
		let value = this.#operand(depth);
		for (;;) {
			const at = this.at;
			const operator = this.sign('+-*/%&|^<>');
			if (operator === undefined) return value;
			if ((operator === '<' || operator === '>') && this.sign(operator) === undefined) throw this.wrong(`a shift is written ${operator}${operator}`, at);
			value = this.#apply(operator, value, this.#operand(depth), at);
		}
	}

	#operand(depth: number): bigint {
		if (this.sign('-') !== undefined) return -this.#operand(depth + 1);
		if (this.sign('(') !== undefined) {
			const value = this.expression(depth + 1);
			this.expect(')', 'behind the expression');
			return value;
		}
		const value = this.number();
		if (value === undefined) throw this.wrong(`expected a number, not ${this.here()}; names such as ETH_P_IP are for the C preprocessor: run cpp first`);
		return value;
	}

	#apply(operator: string, a: bigint, b: bigint, at: number): bigint {
		if ((operator === '/' || operator === '%') && b === 0n) throw this.wrong('division by zero', at);
		if ((operator === '<' || operator === '>') && (b < 0n || b > 63n)) throw this.wrong('a shift goes from 0 to 63 bits', at);
		const long = (value: bigint) => BigInt.asIntN(64, value);
		switch (operator) {
			case '+':
				return long(a + b);
			case '-':
				return long(a - b);
			case '*':
				return long(a * b);
			case '/':
				return a / b;
			case '%':
				return a % b;
			case '&':
				return a & b;
			case '|':
				return a | b;
			case '^':
				return a ^ b;
			case '<':
				return long(a << b);
			default:
				return a >> b;
		}
	}
}
