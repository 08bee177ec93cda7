// What ends a frame: bytes as they are given, a payload of some length, or a stamp that a receiver can count.
import {header} from '../../../wire/header.js';
import {STAMP_MAGIC, STAMP_VERSION, stamp, TRAILER_MAGIC, trailer} from '../../../wire/stamp.js';
import {StampClock} from '../../stamp-clock.js';
import type {ContentContext, Kind} from '../kind.js';
import type {Layer} from '../layer.js';
import type {ArgumentNode, ValueNode} from '../template-parse.js';

const nothing = header('data', 0, {});
const mostContent = 65_535;

/** Counts up, so that torn and shifted payload can be seen. */
const counting = (place: number) => place & 0xff;

const characters = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0));

/** The words of a value, as they stand. */
const wordsIn = (value: ValueNode): string => (value.kind === 'words' ? value.words.map(({text}) => text).join('|') : '');

function unnamed(layer: Layer, context: ContentContext): ArgumentNode[] {
	for (const {key, at} of layer.values) if (key !== undefined) throw context.wrong(at, `${layer.kind.name}() has no field ${key}: it takes values only`);
	return [...layer.values];
}

const raw: Kind = {
	name: 'raw',
	also: ['hex'],
	about: 'bytes in hexadecimal: raw(deadbeef)',
	table: nothing,
	over: 'anything',
	carries: false,
	content(layer, context) {
		let digits = '';
		for (const {value, at} of unnamed(layer, context)) {
			const word = wordsIn(value).replace(/^0x/i, '').replace(/[:.-]/g, '');
			if (!/^([0-9a-f]{2})+$/i.test(word)) throw context.wrong(at, 'raw() takes whole bytes in hexadecimal digits, for instance raw(deadbeef)');
			digits += word;
		}
		layer.content = Uint8Array.from(digits.match(/../g) ?? [], byte => Number.parseInt(byte, 16));
	},
};

/** A number of bytes, or a byte. */
function number(value: ValueNode, at: number, most: number, what: string, context: ContentContext): number {
	const text = wordsIn(value);
	const found = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : -1;
	if (found < 0 || found > most) throw context.wrong(at, `payload() takes ${what} from 0 to ${most} here`);
	return found;
}

const payload: Kind = {
	name: 'payload',
	also: ['data'],
	about: 'payload(100) bytes, payload("text"), payload() up to the frame\'s size; payload(100,0xff) and payload(100,rnd()) say what is in it',
	table: nothing,
	over: 'anything',
	carries: true,
	content(layer, context) {
		const [first, second, third] = unnamed(layer, context);
		if (third !== undefined) throw context.wrong(third.at, 'payload() takes a length and what to fill it with, no more');
		if (first?.value.kind === 'string') {
			if (second !== undefined) throw context.wrong(second.at, 'payload("text") takes no second value');
			layer.content = characters(first.value.text);
			return;
		}
		const filling = (argument: ArgumentNode): boolean => argument.value.kind === 'call';
		const fill = first !== undefined && filling(first) ? first : second;
		if (fill === first && second !== undefined) throw context.wrong(second.at, 'payload(rnd()) takes no second value');
		const length = first === undefined || fill === first ? undefined : number(first.value, first.at, mostContent, 'a number of bytes', context);
		if (fill !== undefined && fill.value.kind === 'call') {
			if (fill.value.name !== 'rnd' || fill.value.values.length > 0) throw context.wrong(fill.at, 'a payload is filled with a byte or with rnd()');
			layer.fresh = context.random();
		} else if (fill !== undefined) {
			const byte = number(fill.value, fill.at, 255, 'a byte', context);
			layer.more = () => byte;
		} else layer.more = counting;
		layer.grows = length === undefined;
		layer.content = Uint8Array.from({length: length ?? 0}, (_, i) => layer.more(i));
	},
};

const stampKind: Kind = {
	name: 'stamp',
	about: 'the stamp that a receiver counts, with its trailer; it takes what is left of the frame',
	table: stamp,
	over: 'anything',
	fills: true,
	defaults: (_layer, {options}) => ({magic: STAMP_MAGIC, version: STAMP_VERSION, run: options.run, stream: options.stream}),
	computed: ['length', 'sequence', 'time', 'check'],
	carries: true,
	tail: () => ({length: trailer.length, align: 1}),
	finish(layer, build) {
		build.fill(layer, 'length', length => length);
		const end = (length: number) => build.end(layer, length);
		const {fields} = trailer;
		build.lengths.push((_bytes, view, at, length) => {
			const place = at + end(length) - trailer.length;
			fields.trailer.write(view, place, TRAILER_MAGIC);
			fields['trailer.length'].write(view, place, length);
		});
		const clock = new StampClock();
		const {at} = layer;
		const kept = (key: string) => layer.given.has(key);
		const [sequence, time, check] = [!kept('sequence'), !kept('time'), !kept('check')];
		build.steps.push((_bytes, view, base, _length, nowMs) => clock.write(view, base + at, nowMs, sequence, time, check));
		build.changes(at + stamp.fields.sequence.at, at + stamp.length);
		build.endless = true;
		if (sequence && time && check) build.stamp = {at, clock};
	},
};

export const dataKinds: readonly Kind[] = [raw, payload, stampKind];
