// Several timelines as one: whose frame is due first. A heap, so that a thousand streams cost little more than one.
import type {Timeline} from './timeline.js';

/** Anything with a timeline; streams that are not paced go in turn, behind all that are due. */
export class Agenda<T extends {readonly timeline: Timeline}> {
	readonly #heap: T[];

	constructor(streams: readonly T[]) {
		this.#heap = [...streams];
		for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#down(i);
	}

	/** How many streams. */
	get size(): number {
		return this.#heap.length;
	}

	/** The stream whose frame is due first; its timeline says when, Infinity when all have ended. */
	get first(): T {
		return this.#heap[0] as T;
	}

	/** Call after the first one's timeline has moved on. */
	moved(): void {
		if (this.#heap.length > 1) this.#down(0);
	}

	#before(a: T, b: T): boolean {
		const [x, y] = [a.timeline, b.timeline];
		return x.due < y.due || (x.due === y.due && x.taken < y.taken);
	}

	#down(from: number): void {
		const heap = this.#heap;
		let i = from;
		for (;;) {
			let least = i;
			for (let child = 2 * i + 1; child <= 2 * i + 2 && child < heap.length; child++) if (this.#before(heap[child] as T, heap[least] as T)) least = child;
			if (least === i) return;
			const other = heap[least] as T;
			heap[least] = heap[i] as T;
			heap[i] = other;
			i = least;
		}
	}
}
