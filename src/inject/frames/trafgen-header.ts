// One header of a trafgen packet, `udp(sport=dinc(1,9),dport=7)`, as a layer of a template: names and values translated, everything as it is said.
import type {LayerNode, ValueNode} from './template-parse.js';
import type {TrafgenLayer} from './trafgen-layers.js';
import type {Scanner} from './trafgen-scan.js';
import {suggest} from './values.js';

/** A header as it is collected: its arguments by key, in the order given. */
export class TrafgenHeader {
	readonly layer: TrafgenLayer;
	readonly at: number;
	readonly values = new Map<string, {readonly node: ValueNode; readonly at: number}>();

	constructor(layer: TrafgenLayer, at: number) {
		this.layer = layer;
		this.at = at;
	}

	/** Sets a key to a word, unless the file says something else. */
	otherwise(key: string, word: string): void {
		if (!this.values.has(key)) this.set(key, word);
	}

	set(key: string, word: string): void {
		this.values.set(key, {node: wordNode(word, this.at), at: this.at});
	}

	/** The number that a key was given, if it was given one. */
	number(key: string): number | undefined {
		const node = this.values.get(key)?.node;
		return node?.kind === 'words' ? Number(node.words[0]?.text) : undefined;
	}

	node(): LayerNode {
		const values = [...this.values].map(([key, {node, at}]) => ({key, at, kept: true, value: node}));
		return {name: this.layer.kind, at: this.at, values};
	}
}

const wordNode = (text: string, at: number): ValueNode & {kind: 'words'} => ({kind: 'words', at, words: [{kind: 'word', text, at}]});

const name = /[0-9]*[a-z_][a-z0-9_]*/iy;
const address = /[0-9a-f]*:[0-9a-f:.]+|\d+\.\d+\.\d+\.\d+/iy;
const call = /(dinc|ddec|drnd)\s*\(/iy;
/** Longest cycle of a counter that is written out. */
const mostValues = 65_536;

/** The values of a field's dinc(): as trafgen counts, `(value + step) mod (to + 1)`, and never below `from`. */
function fieldCounter(from: number, to: number, step: number): number[] | undefined {
	const values = [from];
	for (let value = from; values.length <= mostValues; values.push(value)) {
		value = Math.max(from, (value + step) % (to + 1));
		if (value === from) return values;
	}
	return undefined;
}

class HeaderReader {
	readonly #scanner: Scanner;
	readonly #header: TrafgenHeader;
	readonly #word: string;

	constructor(scanner: Scanner, header: TrafgenHeader, word: string) {
		this.#scanner = scanner;
		this.#header = header;
		this.#word = word;
	}

	read(): void {
		const scanner = this.#scanner;
		while (scanner.sign(')') === undefined) {
			this.#argument();
			scanner.sign(',');
		}
	}

	#argument(): void {
		const scanner = this.#scanner;
		const {layer} = this.#header;
		scanner.skip();
		const at = scanner.at;
		const found = scanner.take(name)?.[0].toLowerCase();
		if (found === undefined) throw scanner.wrong(`expected a field of ${this.#word}(), not ${scanner.here()}`);
		const said = Object.hasOwn(layer.words ?? {}, found) ? layer.words?.[found] : undefined;
		const index =
			this.#word === 'pfc' && (found === 'time' || found === 'prio' || found === 'pri') && scanner.sign('(') !== undefined ? this.#priority() : undefined;
		if (scanner.sign('[') !== undefined) throw scanner.wrong(`${this.#word}(${found}[…]) is not supported: give the whole field`, at);
		const assigned = scanner.sign('=') !== undefined;
		if (!assigned && said !== undefined) {
			this.#header.set(said[0], said[1]);
			return;
		}
		const field = index === undefined ? (Object.hasOwn(layer.fields, found) ? layer.fields[found] : undefined) : index(found);
		if (field === undefined)
			throw scanner.wrong(`${this.#word}() has no field ${found}: ${suggest(found, [...Object.keys(layer.fields), ...Object.keys(layer.words ?? {})])}`, at);
		if (!assigned) throw scanner.wrong(`${this.#word}(${found}) needs a value`, at);
		const [key, scale] = field.split('*') as [string, string?];
		this.#header.values.set(key, {node: this.#value(found, Number(scale ?? 1)), at});
	}

	/** `time(3)` and `prio(3)`, of one priority. */
	#priority(): (found: string) => string {
		const number = Number(this.#scanner.expression());
		this.#scanner.expect(')', 'behind the priority');
		if (number < 0 || number > 7) throw this.#scanner.wrong(`priorities are 0 to 7, not ${number}`);
		return found => (found === 'time' ? `cbfc.pause_time.c${number}` : `cbfc.enbv.c${number}`);
	}

	#value(field: string, scale: number): ValueNode {
		const scanner = this.#scanner;
		scanner.skip();
		const at = scanner.at;
		const function_ = scanner.take(call)?.[1]?.toLowerCase();
		if (function_ !== undefined) return this.#changing(function_, field, at);
		const text = scanner.take(address)?.[0];
		if (text !== undefined)
			return wordNode(
				text.includes(':') && !text.includes('::')
					? text
							.split(':')
							.map(part => part.padStart(2, '0'))
							.join(':')
					: text,
				at,
			);
		const operation = /(request|reply|req)\b/iy;
		const word = field.startsWith('op') ? scanner.take(operation)?.[0].toLowerCase() : undefined;
		if (word !== undefined) return wordNode(word === 'reply' ? '2' : '1', at);
		const value = scanner.expression();
		if (value < 0n) throw scanner.wrong(`${this.#word}(${field}) cannot be ${value}`, at);
		return wordNode(String(value * BigInt(scale)), at);
	}

	/** dinc() and drnd() of a field. */
	#changing(function_: string, field: string, at: number): ValueNode {
		const scanner = this.#scanner;
		const numbers: bigint[] = [];
		while (scanner.sign(')') === undefined) {
			if (numbers.length === 3) throw scanner.wrong(`${function_}() takes three values at most`, at);
			numbers.push(scanner.expression());
			scanner.sign(',');
		}
		if (function_ === 'ddec') throw scanner.wrong(`ddec() counts bytes, not fields such as ${field}: write dinc() or drnd()`, at);
		const [from, to, step = 1n] = numbers.map(Number) as unknown as [number?, number?, (number | bigint)?];
		const make = (name: string, values: readonly number[]): ValueNode => ({kind: 'call', at, name, values: values.map(value => wordNode(String(value), at))});
		if (from === undefined || to === undefined) {
			if (numbers.length === 1) throw scanner.wrong(`${function_}() of a field takes nothing, or from and to`, at);
			const before = this.#header.values.get(this.#keyOf(field))?.node;
			// without a range trafgen counts up from what the field holds
			return {
				kind: 'call',
				at,
				name: function_ === 'drnd' ? 'rnd' : 'inc',
				values: function_ === 'dinc' && before !== undefined && before.kind !== 'call' ? [before] : [],
			};
		}
		if (to < from || from < 0 || Number(step) < 1)
			throw scanner.wrong(`${function_}(${numbers.join(',')}): the lower value comes first, and a step is 1 or more`, at);
		if (function_ === 'drnd') return make('rnd', [from, to]);
		if ((to - from) % Number(step) === 0) return make('inc', [from, to, Number(step)]);
		const values = fieldCounter(from, to, Number(step));
		if (values === undefined)
			throw scanner.wrong(`dinc(${numbers.join(',')}) repeats only after more than ${mostValues} frames: choose a step that divides the range`, at);
		return make('list', values);
	}

	#keyOf(field: string): string {
		return (this.#header.layer.fields[field] ?? '').split('*')[0] as string;
	}
}

/** Reads the arguments of a header; the scanner stands behind its "(". */
export function readHeader(scanner: Scanner, word: string, layer: TrafgenLayer, at: number): TrafgenHeader {
	const header = new TrafgenHeader(layer, at);
	new HeaderReader(scanner, header, word).read();
	return header;
}
