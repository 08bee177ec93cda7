// -T fields: one line a frame, a tab between columns, a comma between several values of one field, exactly as tshark prints them.
import {Lookup} from './lookup.js';
import {fieldText} from './show.js';
import type {Tree} from './tree.js';

/** A printer of the named fields. ERR_USAGE for a name that does not exist. */
export function fieldPrinter(names: readonly string[]): (tree: Tree) => string {
	const lookup = new Lookup();
	for (const name of names) lookup.want(name);
	return tree => {
		lookup.load(tree);
		return `${names.map(name => lookup.get(name).map(fieldText).join(',')).join('\t')}\n`;
	};
}
