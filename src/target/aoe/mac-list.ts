// A list of station addresses with a limit: the MAC mask and the reservation of one export (AoEr11 3.3, 3.4).

const same = (a: Uint8Array, b: Uint8Array, at: number): boolean => {
	for (let i = 0; i < 6; i++) if (a[i] !== b[at + i]) return false;
	return true;
};

export class MacList {
	#entries: Uint8Array[] = [];
	readonly #limit: number;

	constructor(limit: number) {
		this.#limit = limit;
	}

	get entries(): readonly Uint8Array[] {
		return this.#entries;
	}

	get empty(): boolean {
		return this.#entries.length === 0;
	}

	/** Whether the six bytes at `at` are on the list. */
	has(bytes: Uint8Array, at: number): boolean {
		return this.#entries.some(entry => same(entry, bytes, at));
	}

	/** Adds the six bytes at `at` unless they are there; false when the list is full. */
	add(bytes: Uint8Array, at: number): boolean {
		if (this.has(bytes, at)) return true;
		if (this.#entries.length >= this.#limit) return false;
		this.#entries.push(bytes.slice(at, at + 6));
		return true;
	}

	/** Takes exactly this entry off; an address that is not there is no error. */
	delete(bytes: Uint8Array, at: number): void {
		this.#entries = this.#entries.filter(entry => !same(entry, bytes, at));
	}

	/** Replaces the whole list. */
	assign(entries: readonly Uint8Array[]): void {
		this.#entries = entries.map(entry => entry.slice(0, 6));
	}
}
