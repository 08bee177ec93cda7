// Which protocol comes next: one table per key, filled when the program loads. A second protocol on one number is a mistake of ours, so it throws.
import type {Header} from './header.js';

const tables = new Map<string, Map<number, Header>>();

/** What follows when the field `key` holds `value`. Throws a RangeError when something else is bound there already. */
export function bind(key: string, value: number, next: Header): void {
	const table = tables.get(key) ?? new Map<number, Header>();
	const other = table.get(value);
	if (other !== undefined) throw new RangeError(`${key} ${value} is bound to ${other.proto} already; ${next.proto} cannot have it too`);
	table.set(value, next);
	tables.set(key, table);
}

/** What is bound to `value` of `key`, if anything. */
export const bound = (key: string, value: number): Header | undefined => tables.get(key)?.get(value);

/** Every binding, for the docs: key, value, protocol. */
export const bindings = (): Array<{key: string; value: number; next: Header}> =>
	[...tables].flatMap(([key, table]) => [...table].map(([value, next]) => ({key, value, next})));
