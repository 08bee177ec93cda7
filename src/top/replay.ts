// A recording as the dashboard plays it: one reading after the other, and back again by reading from the start: a day of readings need not fit in memory.
import {NetstressError} from '../base/errors.js';
import {notFor, openRecording, type RecordingHeader} from '../monitor/recording.js';
import {type Sample, samplesOf} from './sample.js';

/** Only the interface that was asked for. */
const only = (sample: Sample, iface: string | undefined): Sample => {
	if (iface === undefined) return sample;
	const {snapshot, drops} = sample;
	return {
		...sample,
		snapshot: {...snapshot, interfaces: new Map([...snapshot.interfaces].filter(([name]) => name === iface))},
		drops: drops === undefined ? undefined : {...drops, drops: drops.drops.filter(drop => drop.iface === iface || drop.iface === '')},
	};
};

export class Replay {
	readonly path: string;
	readonly header: RecordingHeader;
	readonly #iface: string | undefined;
	#samples: Iterator<Sample>;
	#ahead: Sample | undefined;
	#taken = 0;
	#truncated = () => false;

	/** Opens it and reads the first sample. ERR_IO, also where there is none; ERR_USAGE for a ledger's, ERR_UNSUPPORTED (src/monitor/recording.ts). */
	constructor(path: string, iface?: string) {
		this.path = path;
		this.#iface = iface;
		const {header, samples} = this.#open();
		this.header = header;
		this.#samples = samples;
		if (header.run === 'ledger') throw notFor(path, header, 'has sides of runs in it, no readings');
		this.#ahead = this.#read();
		if (this.#ahead === undefined) throw new NetstressError('ERR_IO', `${path} has no reading: whoever recorded it was stopped at once; record again`, {path});
	}

	#open(): {header: RecordingHeader; samples: Iterator<Sample>} {
		const recording = openRecording(this.path);
		this.#truncated = () => recording.truncated;
		return {header: recording.header, samples: samplesOf(recording.lines, this.path)[Symbol.iterator]()};
	}

	#read(): Sample | undefined {
		const {value, done} = this.#samples.next();
		return done ? undefined : only(value as Sample, this.#iface);
	}

	/** The reading that `next` would give; undefined at the end. */
	get ahead(): Sample | undefined {
		return this.#ahead;
	}
	/** How many have been given. */
	get taken(): number {
		return this.#taken;
	}
	/** Known at the end: the last line was cut off. */
	get truncated(): boolean {
		return this.#truncated();
	}

	/** The next reading; undefined at the end. */
	next(): Sample | undefined {
		const sample = this.#ahead;
		if (sample === undefined) return undefined;
		this.#taken++;
		this.#ahead = this.#read();
		return sample;
	}

	/** Begins again: `next` gives the first. */
	rewind(): void {
		this.#samples = this.#open().samples;
		this.#taken = 0;
		this.#ahead = this.#read();
	}
}
