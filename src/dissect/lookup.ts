// Finds nodes of a tree by name, the way -e and -Y ask for them: built once a frame, and only for the names that are asked for.
import type {Node} from '../wire/header.js';
import {collective, knownField} from './registry.js';
import type {Tree} from './tree.js';

/** Which names a consumer asks for. */
export class Lookup {
	readonly #wanted = new Map<string, string[]>();
	readonly #names: string[] = [];
	readonly #found = new Map<string, Node[]>();

	/** Asks for a name. ERR_USAGE when it is unknown. */
	want(name: string): void {
		knownField(name);
		if (this.#names.includes(name)) return;
		this.#names.push(name);
		for (const member of collective[name] ?? [name]) this.#wanted.set(member, [...(this.#wanted.get(member) ?? []), name]);
	}

	/** Looks through a tree; `get` answers for it until the next call. */
	load(tree: Tree): void {
		for (const name of this.#names) this.#found.set(name, []);
		this.#walk(tree.layers);
	}

	/** The nodes of that name in the tree loaded last, in the order of the tree. */
	get(name: string): readonly Node[] {
		return this.#found.get(name) ?? [];
	}

	#walk(nodes: readonly Node[]): void {
		for (const node of nodes) {
			const wanted = this.#wanted.get(node.name);
			if (wanted !== undefined) for (const name of wanted) this.#found.get(name)?.push(node);
			if (node.children !== undefined) this.#walk(node.children);
		}
	}
}
