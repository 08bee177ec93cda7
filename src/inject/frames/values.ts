// A value of a template, read by the field it is for: one that stays, or one that changes from frame to frame.
import {nearest} from '../../base/nearest.js';
import type {Random} from '../../base/random.js';
import type {Field, Value} from '../../wire/field.js';
import {accepts, bytesOf, bytesOfBig, mostOf, mostTail, type NumberWriter, split, tailWriter, typeOf} from './field-kind.js';
import {chance, counter, cycle, type Series} from './series.js';
import {wrong} from './template-error.js';
import type {ValueNode} from './template-parse.js';

/** What a field is given: `constant` goes into the image; a series is written over it in every frame. */
export interface FieldPlan {
	readonly constant: Value;
	readonly series?: Series;
	readonly write?: NumberWriter;
}

/** Where a value stands and what it is for. */
export interface ValueContext {
	readonly template: string;
	/** The field as the reader knows it, `udp.dstport`. */
	readonly label: string;
	/** Names of the field's values, in front of the table's own. */
	readonly words: Readonly<Record<string, number>>;
	/** Made when the first random value is met. */
	readonly random: () => Random;
}

const variations = ['inc', 'dec', 'rnd', 'list'] as const;

/** A name as templates write it: lower case, `_` between words. */
export const wordOf = (name: string): string =>
	name
		.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '_')
		.replace(/^_+|_+$/g, '');

/** Every name that a number field's values have, as templates write them. */
function wordsOf(field: Field, words: Readonly<Record<string, number>>): Map<string, number> {
	const known = new Map<string, number>();
	if (field.show === 'bool') for (const [word, value] of Object.entries({true: 1, false: 0, yes: 1, no: 0, on: 1, off: 0})) known.set(word, value);
	for (const [number, name] of Object.entries(field.names ?? {})) if (!known.has(wordOf(name))) known.set(wordOf(name), Number(number));
	for (const [word, number] of Object.entries(words)) known.set(wordOf(word), number);
	return known;
}

const isNumber = /^(\d+|0x[0-9a-f]+|0b[01]+)$/i;
const isWorldWideName = /^[0-9a-f]{2}(:[0-9a-f]{2}){7}$/i;
const isStation = /^[0-9a-f]{2}\.[0-9a-f]{2}\.[0-9a-f]{2}$/i;

/** Reads the values of one field. */
class FieldReader {
	readonly #field: Field;
	readonly #context: ValueContext;
	readonly #type: ReturnType<typeof typeOf>;

	constructor(field: Field, context: ValueContext) {
		this.#field = field;
		this.#context = context;
		this.#type = typeOf(field);
	}

	plan(node: ValueNode): FieldPlan {
		if (node.kind !== 'call') return {constant: this.#constant(node)};
		const {name, values} = node;
		const series = this.#series(node, name, values);
		return series;
	}

	/** The value as a number that a series can hold: of an address its last 48 bits. */
	#tail(node: ValueNode): {tail: number; head: Uint8Array; constant: Value} {
		const constant = this.#constant(node);
		if (typeof constant === 'number') return {tail: constant, head: new Uint8Array(0), constant};
		if (typeof constant === 'string') throw this.#wrong(node.at, 'is text, which does not change from frame to frame');
		const bytes = new Uint8Array(this.#field.size);
		bytes.set(typeof constant === 'bigint' ? bytesOfBig(constant) : constant);
		return {...split(bytes), constant};
	}

	#series(node: ValueNode & {kind: 'call'}, name: string, values: readonly ValueNode[]): FieldPlan {
		const field = this.#field;
		const write: NumberWriter = this.#type === 'number' ? field.write : tailWriter(field);
		const most = this.#type === 'number' ? mostOf(field) : mostTail(field.size);
		if (!(variations as readonly string[]).includes(name)) throw this.#wrong(node.at, `cannot be ${name}(): ${suggest(name, variations)}`);
		const limit = {inc: 3, dec: 3, rnd: 2, list: Number.POSITIVE_INFINITY}[name as 'inc'];
		if (values.length > limit) throw this.#wrong((values[limit] as ValueNode).at, `: ${name}() takes ${limit} values at most`);
		if (name === 'list') return this.#list(node, values, write);
		const [first, second, third] = values.map((value, i) => (i === 2 ? {tail: this.#step(value), head: undefined, constant: 0} : this.#tail(value)));
		if (first !== undefined && second?.head !== undefined && !same(first.head as Uint8Array, second.head))
			throw this.#wrong((values[1] as ValueNode).at, `: both ends of ${name}() must agree in all but the last 48 bits`);
		if (name === 'rnd') return this.#random(node, values, first, second, most, write);
		const down = name === 'dec';
		const from = first?.tail ?? (down ? most : 0);
		const to = second?.tail ?? (down ? 0 : most);
		const step = third?.tail ?? 1;
		if (down ? to > from : to < from) throw this.#wrong(node.at, `: ${name}() goes ${down ? 'down' : 'up'}, and ${to} is ${down ? 'above' : 'below'} ${from}`);
		for (const value of [from, Math.min(from + step, to), to]) this.#check(node.at, value);
		return {constant: first?.constant ?? this.#start(from), series: counter(from, to, down ? -step : step), write};
	}

	#list(node: ValueNode, values: readonly ValueNode[], write: NumberWriter): FieldPlan {
		const all = values.map(value => this.#tail(value));
		const [first] = all;
		if (first === undefined) throw this.#wrong(node.at, ': list() needs values, for instance list(1,2,5)');
		const other = all.findIndex(({head}) => !same(head, first.head));
		if (other >= 0) throw this.#wrong((values[other] as ValueNode).at, ': the values of list() must agree in all but the last 48 bits');
		return {constant: first.constant, series: cycle(all.map(({tail}) => tail)), write};
	}

	#random(
		node: ValueNode,
		values: readonly ValueNode[],
		first: {tail: number; constant: Value} | undefined,
		second: {tail: number} | undefined,
		most: number,
		write: NumberWriter,
	): FieldPlan {
		if (values.length === 1) throw this.#wrong(node.at, ': rnd() takes nothing or two values, for instance rnd(1024,65535)');
		let [from, to] = [first?.tail ?? 0, second?.tail ?? most];
		// any MAC address would mean group addresses half of the time: a random one is a station's, administered locally
		if (first === undefined && this.#field.show === 'mac') [from, to] = [0x02_00_00_00_00_00, 0x02_ff_ff_ff_ff_ff];
		if (to < from) throw this.#wrong(node.at, `: rnd() needs the lower value first, and ${to} is below ${from}`);
		for (const value of [from, to]) this.#check(node.at, value);
		return {constant: first?.constant ?? this.#start(from), series: chance(from, to, this.#context.random()), write};
	}

	/** What the image holds where a series without a first value will be written. */
	#start(from: number): Value {
		if (this.#type === 'number') return from;
		return this.#type === 'bigint' ? 0n : new Uint8Array(this.#field.size);
	}

	#step(node: ValueNode): number {
		const text = node.kind === 'words' && node.words.length === 1 ? (node.words[0]?.text as string) : '';
		const step = isNumber.test(text) ? Number(text) : 0;
		if (step < 1 || !Number.isSafeInteger(step)) throw this.#wrong(node.at, ': a step is a whole number of 1 or more');
		return step;
	}

	#constant(node: ValueNode): Value {
		if (node.kind === 'call') throw this.#wrong(node.at, `: ${node.name}() cannot stand inside another call`);
		if (this.#type === 'string') return this.#text(node);
		if (node.kind === 'string') {
			if (this.#type !== 'bytes' || this.#field.show === 'mac') throw this.#wrong(node.at, 'is not text');
			return this.#fit(
				node.at,
				Uint8Array.from(node.text, character => character.charCodeAt(0)),
				`"${node.text}"`,
			);
		}
		const [first] = node.words;
		const text = (first as {text: string}).text;
		if (this.#type === 'bytes') {
			const bytes = bytesOf(this.#field, text);
			if (bytes === undefined || node.words.length > 1) throw this.#wrong(node.at, `cannot be ${text}: write ${example(this.#field)}`);
			return this.#fit(node.at, bytes, text);
		}
		if (this.#type === 'bigint') {
			if (isWorldWideName.test(text) && node.words.length === 1) return this.#fit(node.at, BigInt(`0x${text.replaceAll(':', '')}`), text);
			if (!isNumber.test(text) || node.words.length > 1) throw this.#wrong(node.at, `cannot be ${text}: write a number`);
			return this.#fit(node.at, BigInt(text), text);
		}
		let sum = 0;
		for (const word of node.words) sum = node.words.length === 1 ? this.#number(word) : Number(BigInt(sum) | BigInt(this.#number(word)));
		this.#check(node.at, sum);
		return sum;
	}

	#text(node: ValueNode): string {
		if (node.kind !== 'string' && !(node.kind === 'words' && node.words.length === 1)) throw this.#wrong(node.at, 'is text: write it in quotes');
		const text = node.kind === 'string' ? node.text : (node.words[0]?.text as string);
		return this.#fit(node.at, text, `"${text}"`);
	}

	#number({text, at}: {readonly text: string; readonly at: number}): number {
		if (isNumber.test(text)) return Number(text);
		if (this.#field.size === 3 && isStation.test(text)) return Number.parseInt(text.replaceAll('.', ''), 16);
		const words = wordsOf(this.#field, this.#context.words);
		const found = words.get(wordOf(text));
		if (found !== undefined) return found;
		throw this.#wrong(at, words.size === 0 ? `cannot be ${text}: write a number` : `has no value ${text}: ${suggest(text, [...words.keys()])}`);
	}

	#fit<T extends Value>(at: number, value: T, shown: string): T {
		if (accepts(this.#field, value)) return value;
		throw this.#wrong(at, `cannot hold ${shown}: it has ${this.#field.size} bytes`);
	}

	#check(at: number, value: number): void {
		if (this.#type !== 'number' || accepts(this.#field, value)) return;
		const most = mostOf(this.#field);
		throw this.#wrong(at, value > most ? `cannot hold ${value}: its range is 0 to ${most}` : `cannot hold ${value}`);
	}

	#wrong(at: number, message: string) {
		return wrong(this.#context.template, at, `${this.#context.label}${message.startsWith(':') ? '' : ' '}${message}`);
	}
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

const example = ({show}: Field): string =>
	({mac: 'a MAC address such as 02:00:00:00:00:01', ipv4: 'an IPv4 address such as 192.0.2.1', ipv6: 'an IPv6 address such as 2001:db8::1'})[show as string] ??
	'hexadecimal digits such as deadbeef';

/** "did you mean", or all there are when none is near. */
export function suggest(word: string, known: readonly string[]): string {
	const near = nearest(word, known);
	return near === undefined ? `there is ${known.slice(0, 24).join(' ')}${known.length > 24 ? ' …' : ''}` : `did you mean ${near}?`;
}

/** What `node` means for `field`. ERR_USAGE with a caret under the value. */
export const planValue = (node: ValueNode, field: Field, context: ValueContext): FieldPlan => new FieldReader(field, context).plan(node);
