// What a layer of a template is: a wire table, and what people leave out: short names, defaults, what is computed and what it lies on.
import type {Random} from '../../base/random.js';
import type {Value} from '../../wire/field.js';
import type {Header} from '../../wire/header.js';
import type {Build} from './build.js';
import type {Layer} from './layer.js';

/** Every station (IEEE 802.3 3.2.3). */
export const broadcast: Uint8Array = new Uint8Array(6).fill(0xff);

/** Values by field key. */
export type Values = Readonly<Record<string, Value>>;

export interface ContentContext {
	readonly template: string;
	readonly random: () => Random;
	/** The error of something at offset `at` of the template. */
	wrong(at: number, message: string): Error;
}

export interface Kind {
	/** Its word in templates. */
	readonly name: string;
	/** Other words for it. */
	readonly also?: readonly string[];
	/** One line for lists of layers. */
	readonly about: string;
	/** Its table, or one for each first word (`iscsi(login)`). */
	readonly table: Header | {readonly word: string; readonly tables: Readonly<Record<string, Header>>};
	/** Short names of fields: word -> key. Whole keys always work. */
	readonly short?: Readonly<Record<string, string>>;
	/** The same where tables of one kind have several keys for one thing: the first that the table has. */
	readonly shorts?: Readonly<Record<string, readonly string[]>>;
	/** Names of values, by key, in front of the table's own. */
	readonly words?: Readonly<Record<string, Readonly<Record<string, number>>>>;
	/** The key that a bare word sets: `ata(read)`, `tcp(syn|ack)`. */
	readonly bare?: string;
	/** The stations of such a frame when nobody says otherwise: a group that it goes to, addresses that follow from it. */
	readonly stations?: (layer: Layer) => {readonly dst?: Uint8Array | undefined; readonly src?: Uint8Array};
	/** Fields that are not 0 when nobody says otherwise. May look at what was given. */
	readonly defaults?: (layer: Layer, build: Build) => Values;
	/** Keys that `finish` fills in; they may be given with `!` only, or where `zero` says so as 0. */
	readonly computed?: readonly string[];
	/** Computed keys that may be 0 without `!`: no checksum. */
	readonly zero?: (layer: Layer) => readonly string[];
	/** What it may lie on, by name; the first is added when it is missing. Empty: it is the lowest. Undefined: on those whose bindings know it. */
	readonly over?: readonly string[] | 'anything';
	/** Layers that it may lie on as well, though nothing announces it there: it is quoted. */
	readonly quoted?: readonly string[];
	/** What the layer below must hold to announce this one, where the bindings (src/wire/stack.ts) do not say it. */
	readonly below?: Readonly<Record<string, Values | ((layer: Layer) => Values)>>;
	/** The field that announces the next layer, and the binding table it is looked up in. */
	readonly next?: {readonly key: string | undefined; readonly binding: string};
	/** Bytes given behind the table as hexadecimal digits, padded to `align`: IP and TCP options. */
	readonly options?: {readonly align: number; readonly most: number};
	/** Arguments that are no fields but words of a list, joined by `|`: `digests=header|data`. */
	readonly flags?: Readonly<Record<string, readonly string[]>>;
	/** Bytes behind the table and in front of what it carries, filled in by \`finish\`. */
	readonly behind?: (layer: Layer) => number;
	/** The field of the layer below that it fills, when it is a part of it (a CDB in a command): it adds no bytes. */
	readonly inside?: string;
	/** Whether bytes behind it belong to it: then a longer frame means more payload, otherwise padding. */
	readonly carries: boolean;
	/** Takes what is left of the frame, also when nobody gave the frame a length. */
	readonly fills?: boolean;
	/** Bytes that the frame has behind it when no other layer follows: the data of a write. */
	readonly implied?: (layer: Layer) => number;
	/** Bytes of a trailer behind its payload, and to how many bytes payload is padded in front of it. */
	readonly tail?: (layer: Layer) => {readonly length: number; readonly align: number};
	/** Registers what is computed: lengths, trailers, checksums. Called from the last layer to the first. */
	readonly finish?: (layer: Layer, build: Build) => void;
	/** Reads the arguments of a layer that is data, not fields: sets its content. */
	readonly content?: (layer: Layer, context: ContentContext) => void;
}
