// Keeps Node's event loop from sleeping for a moment after there was work, because the next piece usually comes within that moment.
// Spin (base/spin.ts) says whether looking pays; between two looks the loop serves everything else, and yields to whoever waits for this processor.
import {Spin} from '../base/spin.js';
import {libc} from './libc.js';

export class Awake {
	readonly #spin: Spin;
	#looking = false;

	constructor(spin = new Spin()) {
		this.#spin = spin;
	}

	/** There was work. */
	touch(): void {
		this.#spin.found();
		if (this.#looking) return;
		this.#looking = true;
		setImmediate(this.#look);
	}

	// a pending immediate makes libuv poll with a timeout of 0 (uv_backend_timeout)
	readonly #look = (): void => {
		this.#looking = this.#spin.keep(performance.now());
		if (!this.#looking) return;
		libc.yieldProcessor();
		setImmediate(this.#look);
	};
}
