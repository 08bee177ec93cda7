// The exchanges in use, by their OX_ID and in the order in which they were begun.
import {U32Map} from '../../base/u32-map.js';
import type {Exchange} from './exchange.js';

export class Exchanges {
	readonly #byOxId = new U32Map<Exchange>();
	#first: Exchange | undefined;
	#last: Exchange | undefined;

	get size(): number {
		return this.#byOxId.size;
	}

	get(oxId: number): Exchange | undefined {
		return this.#byOxId.get(oxId);
	}

	/** The one that was added first; its `after` is the next. */
	get first(): Exchange | undefined {
		return this.#first;
	}

	/** Adds it by its `oxId`, which is not in use. */
	add(exchange: Exchange): void {
		this.#byOxId.set(exchange.oxId, exchange);
		exchange.before = this.#last;
		if (this.#last === undefined) this.#first = exchange;
		else this.#last.after = exchange;
		this.#last = exchange;
	}

	/** Takes it out; false when it is not among them. */
	remove(exchange: Exchange): boolean {
		if (this.#byOxId.get(exchange.oxId) !== exchange) return false;
		this.#byOxId.delete(exchange.oxId);
		const {before, after} = exchange;
		if (before === undefined) this.#first = after;
		else before.after = after;
		if (after === undefined) this.#last = before;
		else after.before = before;
		exchange.before = undefined;
		exchange.after = undefined;
		return true;
	}

	/** All, the oldest first. */
	all(): Exchange[] {
		const found: Exchange[] = [];
		for (let each = this.#first; each !== undefined; each = each.after) found.push(each);
		return found;
	}

	clear(): void {
		for (const each of this.all()) this.remove(each);
	}
}
