// One packet of a trafgen file, from its opening brace to its closing one: headers, bytes, and functions that make them.
import type {Random} from '../../base/random.js';
import type {Kind} from './kind.js';
import {byteCounter, byteCounterDown, bytesElement, checksumElement, counterElement, randomElement, transportElement} from './trafgen-elements.js';
import {readHeader, TrafgenHeader} from './trafgen-header.js';
import {addedDestination, type TrafgenLayer, trafgenLayers} from './trafgen-layers.js';
import type {Scanner} from './trafgen-scan.js';
import {suggest} from './values.js';

const word = /[a-z][a-z0-9_]*(?=\s*\()/iy;
const string = /"((?:[^"])*)"/y;
const mostBytes = 65_535;

/** Functions and their numbers of arguments. */
const functions: Readonly<Record<string, readonly [least: number, most: number]>> = {
	...{fill: [2, 2], rnd: [0, 1], drnd: [0, 1], seqinc: [2, 3], seqdec: [2, 3], dinc: [2, 3], ddec: [2, 3]},
	...{c8: [1, 1], const8: [1, 1], c16: [1, 1], const16: [1, 1], c32: [1, 1], const32: [1, 1], c64: [1, 1], const64: [1, 1]},
	...{csumip: [2, 2], csumip4: [2, 2], csum16: [2, 2], csumicmp: [2, 2], csumicmp4: [2, 2]},
	...{csumudp: [2, 2], csumtcp: [2, 2], csumudp6: [2, 2], csumtcp6: [2, 2]},
};

/** A header, or one of the other elements. */
export type Element = {readonly kind: Kind; readonly at: number} | TrafgenHeader;

/** The headers that trafgen puts between `below` and `layer` by itself, lowest first. */
function missingBelow(layer: TrafgenLayer, below: TrafgenLayer | undefined): TrafgenLayer[] {
	const network = layer.under === 'ip4' || layer.under === 'ip6';
	if (layer.under === undefined || (network ? /^ip[46]$/.test(below?.kind ?? '') : below !== undefined)) return [];
	const under = trafgenLayers[layer.under] as TrafgenLayer;
	return [...(below === undefined ? missingBelow(under, undefined) : []), under];
}

/** One packet, while it is read. */
export class Packet {
	readonly #scanner: Scanner;
	readonly #random: () => Random;
	readonly elements: Element[] = [];
	#bytes: number[] = [];
	#bytesAt = 0;
	#length = 0;

	constructor(scanner: Scanner, random: () => Random) {
		this.#scanner = scanner;
		this.#random = random;
	}

	/** Reads up to the closing brace. */
	read(): void {
		const scanner = this.#scanner;
		while (scanner.sign('}') === undefined) {
			if (scanner.ended) throw scanner.wrong('this packet has no closing brace');
			this.#element();
			scanner.sign(',');
		}
		this.#close();
	}

	#element(): void {
		const scanner = this.#scanner;
		scanner.skip();
		const {at} = scanner;
		const text = scanner.take(string);
		if (text !== undefined) {
			this.#add(stringBytes(text[1] as string), at);
			return;
		}
		const name = scanner.take(word)?.[0].toLowerCase();
		if (name === undefined) {
			const number = scanner.number();
			if (number === undefined)
				throw scanner.wrong(`${scanner.here()} is no element of a packet; names such as ETH_P_IP are for the C preprocessor: run cpp first`);
			if (number > 255n) throw scanner.wrong(`${number} is no byte: write c16() or c32() for more`, at);
			this.#add([Number(number)], at);
			return;
		}
		scanner.expect('(', `behind ${name}`);
		const layer = Object.hasOwn(trafgenLayers, name) ? trafgenLayers[name] : undefined;
		if (layer !== undefined) this.#header(readHeader(scanner, name, layer, at), name, at);
		else if (Object.hasOwn(functions, name)) this.#function(name, at);
		else throw scanner.wrong(`${name}() is not supported: ${suggest(name, [...Object.keys(functions), ...Object.keys(trafgenLayers)])}`, at);
	}

	/** A header, and below it those that trafgen adds by itself. */
	#header(made: TrafgenHeader, name: string, at: number): void {
		this.#close();
		const below = this.elements.findLast(element => element instanceof TrafgenHeader) as TrafgenHeader | undefined;
		for (const layer of missingBelow(made.layer, below?.layer)) {
			const lower = new TrafgenHeader(layer, at);
			if (layer.kind === 'eth' && addedDestination[name] !== undefined) lower.set('dst', addedDestination[name]);
			this.elements.push(lower);
		}
		this.elements.push(made);
	}

	#function(name: string, at: number): void {
		const scanner = this.#scanner;
		const values: number[] = [];
		const [least, most] = functions[name] as readonly [number, number];
		let first = 0n;
		while (scanner.sign(')') === undefined) {
			const value = scanner.expression();
			if (values.length === 0) first = value;
			values.push(Number(value));
			scanner.sign(',');
		}
		if (values.length < least || values.length > most)
			throw scanner.wrong(`${name}() takes ${least === most ? least : `${least} to ${most}`} values, not ${values.length}`, at);
		if (/^c(onst)?\d/.test(name)) {
			const size = Number(/\d+/.exec(name)?.[0]) / 8;
			this.#add(
				Array.from({length: size}, (_, i) => Number((first >> BigInt(8 * (size - 1 - i))) & 0xffn)),
				at,
			);
			return;
		}
		const wrong = values.findIndex(value => value < 0 || value > mostBytes);
		if (wrong >= 0) throw scanner.wrong(`${name}() cannot use ${values[wrong]}: its values are 0 to ${mostBytes}`, at);
		this.#filled(name, values, at);
	}

	/** The functions that make several bytes, or bytes that change. */
	#filled(name: string, [a = 1, b = 1, c = 1]: readonly number[], at: number): void {
		const run = (length: number, byte: (i: number) => number) =>
			this.#add(
				Array.from({length}, (_, i) => byte(i) & 0xff),
				at,
			);
		if (name === 'fill') run(b, () => a);
		else if (name === 'rnd') run(a, () => this.#random().below(256));
		else if (name === 'seqinc') run(b, i => a + i * c);
		else if (name === 'seqdec') run(b, i => a - i * c);
		else if (name === 'drnd') this.#push(randomElement(a), a, at);
		else if (name === 'dinc' || name === 'ddec') {
			if (a > 255 || b > 255 || b < a || c < 1)
				throw this.#scanner.wrong(`${name}(${a},${b},${c}): bytes from the lower to the upper value, in steps of 1 or more`, at);
			this.#push(counterElement((name === 'dinc' ? byteCounter : byteCounterDown)(a, b, c)), 1, at);
		} else {
			const [from, to] = a < b ? [a, b] : [b, a];
			const protocol = name.startsWith('csumudp') ? 17 : 6;
			const transport = /^csum(udp|tcp)/.test(name);
			this.#push(transport ? transportElement(from, to, protocol, name.endsWith('6') ? 6 : 4) : checksumElement(from, to), 2, at);
		}
	}

	#push(kind: Kind, length: number, at: number): void {
		this.#close();
		this.#grow(length, at);
		this.elements.push({kind, at});
	}

	#add(bytes: readonly number[], at: number): void {
		if (this.#bytes.length === 0) this.#bytesAt = at;
		this.#grow(bytes.length, at);
		for (const byte of bytes) this.#bytes.push(byte);
	}

	#grow(length: number, at: number): void {
		this.#length += length;
		if (this.#length > mostBytes) throw this.#scanner.wrong(`this packet has more than ${mostBytes} bytes`, at);
	}

	#close(): void {
		if (this.#bytes.length > 0) this.elements.push({kind: bytesElement(Uint8Array.from(this.#bytes)), at: this.#bytesAt});
		this.#bytes = [];
	}
}

/** A string's bytes; one that consists of \xHH alone is shellcode. Other backslashes stand for themselves, as in trafgen. */
function stringBytes(text: string): number[] {
	if (/^(\\x[0-9a-f]{2})+$/i.test(text)) return (text.match(/[0-9a-f]{2}/gi) ?? []).map(pair => Number.parseInt(pair, 16));
	return [...new TextEncoder().encode(text)];
}
