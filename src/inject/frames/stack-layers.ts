// From the layers of a template to those of a frame: names looked up, lower layers added where they are missing.

import type {Kind} from './kind.js';
import {kindOf, kindWords, lowerKinds} from './kinds.js';
import {wrong} from './template-error.js';
import type {LayerNode} from './template-parse.js';
import {suggest} from './values.js';

export interface StackedLayer {
	readonly kind: Kind;
	readonly node: LayerNode;
}

/** The layers to add between `below` and `kind`, lowest first; undefined when there is no way. */
function between(below: Kind | undefined, kind: Kind): Kind[] | undefined {
	const lower = lowerKinds(kind);
	if (below === undefined) {
		if (lower?.length === 0) return [];
		const first = kindOf(lower?.[0] ?? 'eth') as Kind;
		return [...(between(undefined, first) as Kind[]), first];
	}
	if (lower === undefined || lower.includes(below.name)) return [];
	// one layer in between, whichever fits
	for (const name of lower) {
		const middle = kindOf(name) as Kind;
		if (middle.name !== kind.name && (lowerKinds(middle) ?? []).includes(below.name)) return [middle];
	}
	const [first] = lower;
	if (first === undefined || first === kind.name) return undefined;
	const middle = kindOf(first) as Kind;
	const more = between(below, middle);
	return more === undefined ? undefined : [...more, middle];
}

/** Looks the layers up and completes the stack. ERR_USAGE for an unknown layer, or one that does not go over the one in front of it. */
export function stackLayers(template: string, nodes: readonly LayerNode[]): StackedLayer[] {
	const stack: StackedLayer[] = [];
	for (const node of nodes) {
		const kind = kindOf(node.name);
		if (kind === undefined) throw wrong(template, node.at, `unknown layer ${node.name}: ${suggest(node.name, kindWords)}`);
		const below = stack.at(-1)?.kind;
		const added = between(below, kind);
		if (added === undefined)
			throw wrong(
				template,
				node.at,
				`${kind.name} does not go over ${below?.name}: it lies on ${lowerKinds(kind)?.join(' or ') || 'nothing, it is the lowest layer'}`,
			);
		for (const each of added) stack.push({kind: each, node: {name: each.name, at: node.at, values: []}});
		stack.push({kind, node});
	}
	return stack;
}
