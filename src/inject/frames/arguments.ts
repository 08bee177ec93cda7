// The arguments of a layer as they are written: which table, which fields with which values, options, flags, or the content of a data layer.
import type {Random} from '../../base/random.js';
import type {Header} from '../../wire/header.js';
import type {Layer} from './layer.js';
import {wrong} from './template-error.js';
import type {ArgumentNode} from './template-parse.js';
import {planValue, suggest, wordOf} from './values.js';

class ArgumentReader {
	readonly #layer: Layer;
	readonly #template: string;
	readonly #random: () => Random;

	constructor(layer: Layer, template: string, random: () => Random) {
		this.#layer = layer;
		this.#template = template;
		this.#random = random;
	}

	/** Its table, its fields, its content. */
	read(): void {
		const layer = this.#layer;
		const {kind} = layer;
		const template = this.#template;
		if (kind.content !== undefined) {
			kind.content(layer, {template, random: this.#random, wrong: (at, message) => wrong(template, at, message)});
			return;
		}
		const values = [...layer.values];
		if (!('proto' in kind.table)) this.#choose(layer, kind.table, values);
		for (const argument of values) {
			if (argument.key === 'options' && kind.options !== undefined) this.#options(layer, argument, kind.options);
			else if (Object.hasOwn(kind.flags ?? {}, argument.key ?? '')) this.#flags(layer, argument, kind.flags?.[argument.key as string] ?? []);
			else this.#field(layer, argument);
		}
	}

	/** The table that the first word names. */
	#choose(layer: Layer, {word, tables}: {readonly word: string; readonly tables: Readonly<Record<string, Header>>}, values: ArgumentNode[]): void {
		const [first] = values;
		const known = new Map(Object.entries(tables).map(([name, table]) => [wordOf(name), table]));
		if (first === undefined || first.key !== undefined || first.value.kind !== 'words') return;
		const text = first.value.words.map(each => each.text).join('|');
		const table = known.get(wordOf(text));
		// a number is the value of the main field, not the name of a table
		if (table === undefined && layer.kind.bare !== undefined && /^\d/.test(text)) return;
		if (table === undefined) throw wrong(this.#template, first.at, `${layer.kind.name} has no ${word} ${text}: ${suggest(text, [...known.keys()])}`);
		layer.header = table;
		layer.word = wordOf(text);
		values.shift();
	}

	#options(layer: Layer, {value, at}: ArgumentNode, {align, most}: {readonly align: number; readonly most: number}): void {
		const text = value.kind === 'words' ? value.words.map(word => word.text).join('') : '';
		const digits = text.replace(/[:.-]/g, '').replace(/^0x/i, '');
		if (!/^([0-9a-f]{2})+$/i.test(digits)) throw wrong(this.#template, at, `${layer.kind.name}.options takes bytes in hexadecimal digits`);
		const bytes = Uint8Array.from(digits.match(/../g) ?? [], byte => Number.parseInt(byte, 16));
		if (bytes.length > most) throw wrong(this.#template, at, `${layer.kind.name}.options holds ${most} bytes at most, not ${bytes.length}`);
		layer.options = new Uint8Array(Math.ceil(bytes.length / align) * align);
		layer.options.set(bytes);
	}

	#flags(layer: Layer, {key, value, at}: ArgumentNode, known: readonly string[]): void {
		const words = value.kind === 'words' ? value.words : [];
		const other = words.find(({text}) => !known.includes(text));
		if (words.length === 0 || other !== undefined)
			throw wrong(this.#template, other?.at ?? at, `${layer.kind.name}.${key} is one or more of ${known.join('|')}`);
		layer.flags.set(key as string, new Set(words.map(({text}) => text)));
	}

	#field(layer: Layer, {key: word, value, at, kept}: ArgumentNode): void {
		const {kind, header} = layer;
		const key = word === undefined ? kind.bare : fieldKey(layer, word);
		if (key === undefined && word === undefined)
			throw wrong(this.#template, at, `${kind.name}() takes fields with their names, such as ${Object.keys(kind.short ?? header.fields)[0]}=…`);
		if (key === undefined || header.fields[key] === undefined)
			throw wrong(this.#template, at, `${kind.name} has no field ${word}: ${suggest(word ?? '', fieldWords(layer))}`);
		if (layer.given.has(key)) throw wrong(this.#template, at, `${kind.name}.${key} is given twice`);
		const label = `${kind.name}.${key.replace(/^[._]/, '')}`;
		const plan = planValue(value, header.fields[key], {template: this.#template, label, words: kind.words?.[key] ?? {}, random: this.#random});
		const none = kind.zero?.(layer).includes(key) === true && plan.series === undefined && plan.constant === 0;
		if (!kept && !none && kind.computed?.includes(key) === true)
			throw wrong(this.#template, at, `${label} is filled in by itself; write ${word}=! in front of the value to send your own`);
		layer.given.set(key, plan);
	}
}

/** The key that a word stands for: a short name, a key, a key of ours (`_lun`), another protocol's (`.scsi.lun`), or Wireshark's whole name. */
function fieldKey({kind, header}: Layer, word: string): string | undefined {
	const short = kind.short !== undefined && Object.hasOwn(kind.short, word) ? kind.short[word] : undefined;
	const own = word.startsWith(`${header.proto}.`) ? word.slice(header.proto.length + 1) : word;
	const several = kind.shorts !== undefined && Object.hasOwn(kind.shorts, word) ? (kind.shorts[word] as readonly string[]) : [];
	return [short, ...several, own, `_${own}`, `.${word}`].find(key => key !== undefined && Object.hasOwn(header.fields, key));
}

/** Every word that names a field of the layer. */
const fieldWords = ({kind, header}: Layer): string[] => [
	...Object.entries(kind.short ?? {}).flatMap(([word, key]) => (Object.hasOwn(header.fields, key) ? [word] : [])),
	...Object.entries(kind.shorts ?? {}).flatMap(([word, keys]) => (keys.some(key => Object.hasOwn(header.fields, key)) ? [word] : [])),
	...Object.keys(header.fields).map(key => key.replace(/^[._]/, '')),
	...(kind.options === undefined ? [] : ['options']),
	...Object.keys(kind.flags ?? {}),
];

/** Reads the arguments of `layer` into it. ERR_USAGE with a caret under what does not fit. */
export const readArguments = (layer: Layer, template: string, random: () => Random): void => new ArgumentReader(layer, template, random).read();
