// Commands that wait for room in the window: taken from the front, put back there when they are sent anew.
import type {Exchange} from './exchange.js';

/** Places taken from the front that are kept before the list is cut. */
const slack = 1024;

export class WaitingCommands {
	#list: Exchange[] = [];
	#head = 0;

	get length(): number {
		return this.#list.length - this.#head;
	}

	/** The one to go next; undefined when none waits. */
	get next(): Exchange | undefined {
		return this.#list[this.#head];
	}

	push(exchange: Exchange): void {
		this.#list.push(exchange);
	}

	/** Takes the next one out. */
	shift(): void {
		this.#head++;
		if (this.#head < this.#list.length && this.#head <= slack) return;
		this.#list.splice(0, this.#head);
		this.#head = 0;
	}

	/** Puts these before all others, in their order. */
	unshift(...exchanges: readonly Exchange[]): void {
		this.#list = [...exchanges, ...this.all()];
		this.#head = 0;
	}

	/** False when it does not wait. */
	remove(exchange: Exchange): boolean {
		const at = this.#list.indexOf(exchange, this.#head);
		if (at >= 0) this.#list.splice(at, 1);
		return at >= 0;
	}

	all(): Exchange[] {
		return this.#list.slice(this.#head);
	}

	/** Empties it. */
	clear(): void {
		this.#list = [];
		this.#head = 0;
	}
}
