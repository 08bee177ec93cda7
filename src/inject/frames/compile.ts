// A template becomes a program: one image of the frame, the fields that change, and the steps behind them. All the thinking is done here, once.
import {freshSeed, type Random, seeded} from '../../base/random.js';
import type {Field, Value} from '../../wire/field.js';
import type {Header} from '../../wire/header.js';
import {readArguments} from './arguments.js';
import {Build, type BuildOptions} from './build.js';
import {announced} from './kinds.js';
import {Layer} from './layer.js';
import {FrameProgram, type Mutator} from './program.js';
import {fixedSize, parseSize, type SizePlan} from './sizes.js';
import {type StackedLayer, stackLayers} from './stack-layers.js';
import {wrong} from './template-error.js';
import {type LayerNode, parseTemplate} from './template-parse.js';

export interface CompileOptions extends Partial<BuildOptions> {
	/** How long frames are; the template's own size() wins. */
	readonly size?: SizePlan | undefined;
	/** No padding to Ethernet's least frame: as long as its layers are. */
	readonly exact?: boolean;
	/** Where chance comes from, when several sources share it. */
	readonly random?: () => Random;
}

/** Ethernet's least frame without the check sequence (IEEE 802.3 3.2.8): what a card would pad to. */
const leastLength = 60;
const mostLength = 65_535;
/** Locally administered, unicast, nobody's. */
const nobody = Uint8Array.of(0x02, 0x6e, 0x73, 0x00, 0xff, 0xfe);
const ourselves = Uint8Array.of(0x02, 0x6e, 0x73, 0x00, 0xff, 0xfd);

/** The source of a value, as it stands. */
const sourceOf = (template: string, node: LayerNode, next: number): string => {
	const inner = template.slice(node.at + node.name.length, next);
	return inner.slice(inner.indexOf('(') + 1, inner.lastIndexOf(')'));
};

/** Takes size() out of the layers. */
function takeSize(template: string, nodes: LayerNode[]): SizePlan | undefined {
	const index = nodes.findIndex(({name}) => name === 'size');
	if (index < 0) return undefined;
	const [node] = nodes.splice(index, 1) as [LayerNode];
	const next = nodes[index]?.at ?? template.length;
	try {
		return parseSize(sourceOf(template, node, next), 'size()');
	} catch (error) {
		throw wrong(template, node.at, (error as Error).message);
	}
}

class Compiler {
	readonly #template: string;
	readonly #build: Build;
	readonly #layers: Layer[] = [];
	readonly #size: SizePlan | undefined;
	readonly #least: number;

	constructor(template: string, layers: readonly StackedLayer[], options: CompileOptions) {
		this.#template = template;
		const {exact = false, random, seed = freshSeed(), ...build} = options;
		let own: Random | undefined;
		const chance = () => {
			own ??= seeded(seed);
			return own;
		};
		this.#least = exact ? 0 : leastLength;
		this.#size = options.size;
		this.#build = new Build({source: ourselves, destination: nobody, run: 0, stream: 0, ...build, seed}, random ?? chance, (at, message) =>
			wrong(template, at, message),
		);
		for (const {kind, node} of layers) this.#add(new Layer(kind, headerOf(kind.table), node.at, node.values));
	}

	program(): FrameProgram {
		const build = this.#build;
		this.#place();
		const least = Math.max(build.natural, this.#least);
		const size: SizePlan = this.#size ?? fixedSize(Math.min(least, mostLength));
		const last = this.#layers.at(-1) as Layer;
		if (size.least < build.natural || build.natural > mostLength)
			throw wrong(this.#template, last.position, `these layers need ${build.natural} bytes, and the frame has ${Math.min(size.least, mostLength)}`);
		const image = new Uint8Array(size.most);
		const view = new DataView(image.buffer);
		this.#write(image, view);
		const mutators = this.#mutators();
		for (const layer of [...this.#layers].reverse()) layer.kind.finish?.(layer, build);
		return new FrameProgram({build, image, view, mutators, size, step: this.#quantum()});
	}

	#add(layer: Layer): void {
		const below = this.#layers.at(-1);
		layer.below = below;
		if (below !== undefined) below.above = layer;
		this.#layers.push(layer);
	}

	/** Offsets, contents and trailers; how long the frame is by itself, and whether it can grow. */
	#place(): void {
		let at = 0;
		for (const layer of this.#layers) {
			layer.outer = (layer.below?.outer ?? 0) + (layer.below?.tail ?? 0);
			const inside = this.#insideOf(layer);
			layer.at = inside ?? at;
			readArguments(layer, this.#template, this.#build.random);
			layer.length = layer.header.length + layer.options.length + layer.content.length + (layer.kind.behind?.(layer) ?? 0);
			if (inside === undefined) at += layer.length;
			layer.tail = layer.kind.tail?.(layer).length ?? 0;
		}
		const last = this.#layers.at(-1) as Layer;
		const early = this.#layers.find(layer => layer !== last && (layer.kind.fills ?? layer.grows));
		if (early !== undefined)
			throw wrong(this.#template, early.position, `${early.kind.name}() takes what is left of the frame: it comes last, or it has a length`);
		at += last.kind.implied?.(last) ?? 0;
		for (const layer of [...this.#layers].reverse()) {
			const {length = 0, align = 1} = layer.kind.tail?.(layer) ?? {};
			layer.fill = (align - ((at - layer.inner) % align)) % align;
			at += layer.fill + length;
		}
		this.#build.natural = at;
		const {carries, content, fills = last.grows} = last.kind;
		this.#build.grows = fills || (carries && content === undefined && this.#size !== undefined);
	}

	/** Where a layer lies that is a part of the one below it; undefined for all others. */
	#insideOf({kind, below, position}: Layer): number | undefined {
		if (kind.inside === undefined || below === undefined) return undefined;
		const field = below.header.fields[kind.inside];
		if (field === undefined) throw wrong(this.#template, position, `${below.kind.name}(${below.word}) has no place for ${kind.name}: it goes into a command`);
		return below.at + field.at;
	}

	/** The step in which a growing frame's length can change, and where it starts: trailers want whole words in front of them. */
	#quantum(): {readonly align: number; readonly from: number} {
		for (const layer of this.#layers) {
			const align = layer.kind.tail?.(layer).align ?? 1;
			if (align > 1 && this.#build.grows) return {align, from: this.#build.natural};
		}
		return {align: 1, from: 0};
	}

	/** The image: tables, contents, what grows. */
	#write(image: Uint8Array, view: DataView): void {
		for (const layer of this.#layers) {
			const {header, kind} = layer;
			const values: Record<string, Value> = {...kind.defaults?.(layer, this.#build), ...this.#announcing(layer)};
			for (const [key, value] of Object.entries(values)) if (!layer.given.has(key)) header.fields[key]?.write(view, layer.at, value);
			for (const [key, plan] of layer.given) header.fields[key]?.write(view, layer.at, plan.constant);
			image.set(layer.options, layer.at + header.length);
			image.set(layer.content, layer.at + header.length);
		}
		const last = this.#layers.at(-1) as Layer;
		const from = last.kind.inside === undefined ? last.inner - last.content.length : this.#innerOf(last);
		const end = this.#build.grows ? image.length : this.#build.natural - this.#trailers();
		// what nobody gave counts up by its place in the frame, so that a shifted or torn frame can be seen
		for (let i = from; i < end; i++) image[i] = last.kind.content === undefined ? i & 0xff : last.more(i - from);
		image.set(last.content, from);
	}

	/** Where content begins behind a layer that lies inside the one below it. */
	#innerOf(layer: Layer): number {
		return layer.kind.inside === undefined || layer.below === undefined ? layer.inner : this.#innerOf(layer.below);
	}

	#trailers(): number {
		return this.#layers.reduce((sum, {fill, tail}) => sum + fill + tail, 0);
	}

	/** What a layer must hold so that the next one is found. */
	#announcing(layer: Layer): Record<string, Value> {
		const {above, kind} = layer;
		if (above === undefined) return {};
		const said = above.kind.below?.[kind.name];
		if (said !== undefined) return typeof said === 'function' ? {...said(above)} : {...said};
		const {key, binding} = kind.next ?? {key: undefined, binding: ''};
		const number = key === undefined ? undefined : announced(binding, above.kind);
		return number === undefined ? {} : {[key as string]: number};
	}

	#mutators(): Mutator[] {
		const list: Mutator[] = [];
		for (const layer of this.#layers) {
			for (const [key, plan] of layer.given) {
				if (plan.series === undefined || plan.write === undefined) continue;
				const field = layer.header.fields[key] as Field;
				list.push({series: plan.series, write: plan.write, base: layer.at});
				this.#build.changes(layer.at + field.at, layer.at + field.at + field.size);
			}
			const {fresh, header, grows, content} = layer;
			if (fresh === undefined) continue;
			const from = layer.at + header.length;
			this.#build.endless = true;
			this.#build.loose = true;
			const build = this.#build;
			build.steps.push((bytes, _view, at, length) => {
				const end = grows ? build.end(layer, length) : from + content.length;
				for (let i = from; i < end; i++) bytes[at + i] = fresh.below(256);
			});
		}
		return list;
	}
}

/** A kind's table; of several the first, until its word is read. */
const headerOf = (table: Layer['kind']['table']): Header => ('proto' in table ? table : (Object.values(table.tables)[0] as Header));

/** Compiles layers as they are, none added; errors show places in `text`. */
export const compileLayers = (text: string, layers: readonly StackedLayer[], options: CompileOptions): FrameProgram =>
	new Compiler(text, layers, options).program();

/** Compiles a template. ERR_USAGE, with a caret under the place, for anything that makes no frame. */
export function compileTemplate(template: string, options: CompileOptions = {}): FrameProgram {
	const nodes = parseTemplate(template);
	const size = takeSize(template, nodes) ?? options.size;
	if (nodes.length === 0) throw wrong(template, 0, 'a template needs a layer besides size()');
	return compileLayers(template, stackLayers(template, nodes), {...options, size});
}
