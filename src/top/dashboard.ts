// The dashboard at work: samples into the run, keys into the view, both onto the screen; live or out of a recording. It ends when q, Ctrl-C or the signal says so.
import {hostname} from 'node:os';
import type {SourceName} from '../monitor/drops/drop.js';
import {Recorder, recordingHeader} from '../monitor/recording.js';
import {press} from './keys.js';
import {openLive} from './live.js';
import {type Frame, Run} from './model.js';
import {Replay} from './replay.js';
import {type Sample, sampleLines} from './sample.js';
import type {openScreen as OpenScreen, Screen} from './screen.js';
import {asciiMarks, unicodeMarks} from './text.js';
import {newView, type View} from './view.js';

export interface Look {
	readonly colours: boolean;
	readonly unicode: boolean;
	/** screen.ts, which is loaded only by those who draw. */
	readonly openScreen: typeof OpenScreen;
}

export interface LiveOptions {
	readonly iface: string | undefined;
	readonly netns: string | undefined;
	readonly intervalSeconds: number;
	readonly source: SourceName | undefined;
	/** Listen to storage on the wire. */
	readonly storage: boolean;
	/** Keep every reading in this file. */
	readonly record: string | undefined;
	/** Who records, for the file's first line. */
	readonly program: string;
}

/** Longest wait between two readings of a recording, seconds: nobody sits before a gap of a night. */
const longestGap = 10;

/** A run, a view and a screen: what both ways to use them share. */
class Stage {
	run = new Run();
	/** What is shown: behind the run while paused. */
	#frame: Frame | undefined;
	readonly view: View;
	readonly screen: Screen;
	readonly #done: () => void;
	readonly #ended: Promise<void>;

	constructor(view: View, {colours, unicode, openScreen}: Look, effects: (effect: ReturnType<typeof press>) => void) {
		this.view = view;
		let done = () => {};
		this.#ended = new Promise<void>(resolve => {
			done = resolve;
		});
		this.#done = done;
		const onKey = (key: string) => {
			const effect = press(view, key, this.#frame, this.screen.shown);
			if (effect === 'quit') this.#done();
			else {
				effects(effect);
				this.draw();
			}
		};
		this.screen = openScreen({colours, unicode, onKey, onResize: () => this.draw()});
	}

	/** The run as it is now becomes what is shown. */
	show(): void {
		this.#frame = this.run.frame();
		this.draw();
	}

	draw(): void {
		this.screen.draw(this.#frame, this.view);
	}

	/** Resolves when somebody wants to end; rejects when `broken` does. The terminal is as it was then. */
	async until(signal: AbortSignal, broken: Promise<void>): Promise<void> {
		if (signal.aborted) this.#done();
		signal.addEventListener('abort', this.#done);
		try {
			await Promise.race([this.#ended, broken.then(() => this.#ended)]);
		} finally {
			signal.removeEventListener('abort', this.#done);
			this.screen.close();
		}
	}
}

const viewOf = (look: Look, fields: Pick<View, 'host' | 'recording' | 'replay' | 'intervalSeconds' | 'iface'>) =>
	newView({...fields, marks: look.unicode ? unicodeMarks : asciiMarks});

/** Shows this machine until the end; gives what went wrong with the recording, if anything. Throws what makes reading impossible. */
export async function runLive(options: LiveOptions, look: Look, signal: AbortSignal): Promise<Error | undefined> {
	const {iface, netns, intervalSeconds, source, storage, record, program} = options;
	const recorder = record === undefined ? undefined : new Recorder(record, recordingHeader('top', program));
	const host = netns === undefined ? hostname() : `${hostname()} ${netns}`;
	let stage: Stage | undefined;
	let told = false;
	const take = (sample: Sample) => {
		if (recorder !== undefined) for (const line of sampleLines(sample)) recorder.write(line);
		if (stage === undefined) return;
		if (recorder?.failure !== undefined && !told) {
			stage.view.message = recorder.failure.message;
			told = true;
		}
		stage.run.add(sample);
		if (!stage.view.paused) stage.show();
	};
	// an interface that is not there, a source that cannot be had: said before the screen is taken
	const early: Sample[] = [];
	let first = () => {};
	const ready = new Promise<void>(resolve => {
		first = resolve;
	});
	const live = openLive({netns, iface, source, storage, intervalSeconds}, sample => {
		if (stage === undefined) early.push(sample);
		else take(sample);
		first();
	});
	try {
		await Promise.race([ready, live.ended]);
		const view = viewOf(look, {host, recording: record, replay: undefined, intervalSeconds, iface});
		stage = new Stage(view, look, effect => {
			if (effect === 'interval') live.setInterval(view.intervalSeconds);
			else if (effect === 'reset') {
				stage?.run.reset();
				view.message = 'totals begin again';
				stage?.show();
			} else if (effect === 'pause' && !view.paused) stage?.show();
		});
		for (const sample of early) take(sample);
		await stage.until(signal, live.ended);
	} finally {
		await live.close();
		recorder?.close();
	}
	return recorder?.failure;
}

/** Plays a recording; stays at its end until the user ends it. ERR_IO, ERR_UNSUPPORTED for a file that cannot be read. */
export async function runReplay(path: string, iface: string | undefined, look: Look, signal: AbortSignal): Promise<void> {
	const replay = new Replay(path, iface);
	const view = viewOf(look, {host: replay.header.host, recording: undefined, replay: path, intervalSeconds: 1, iface});
	let timer: NodeJS.Timeout | undefined;
	let broken: (error: unknown) => void = () => {};
	const failed = new Promise<void>((_, reject) => {
		broken = reject;
	});
	failed.catch(() => undefined);
	const guarded = (work: () => void) => {
		try {
			work();
		} catch (error) {
			broken(error);
		}
	};
	let at = 0;
	const step = () => {
		const sample = replay.next();
		if (sample === undefined) return;
		at = sample.snapshot.atSeconds;
		stage.run.add(sample);
	};
	const plan = () => {
		clearTimeout(timer);
		view.ended = replay.ahead === undefined;
		if (view.ended) view.message = replay.truncated ? `${path} ends in the middle of a line: whoever wrote it was stopped, or the disk was full` : view.message;
		if (view.ended && iface !== undefined && stage.run.frame()?.interfaces.length === 0) view.message = `there is no interface ${iface} in ${path}`;
		if (view.ended || view.paused || replay.ahead === undefined) return;
		const gap = Math.min(longestGap, Math.max(0, replay.ahead.snapshot.atSeconds - at));
		timer = setTimeout(() => guarded(forward), (gap * 1000) / view.speed);
	};
	const forward = () => {
		step();
		plan();
		stage.show();
	};
	const stage: Stage = new Stage(view, look, effect =>
		guarded(() => {
			if (effect === 'on') {
				view.paused = true;
				forward();
			} else if (effect === 'back' && replay.taken > 1) {
				view.paused = true;
				const to = replay.taken - 1;
				replay.rewind();
				stage.run = new Run();
				while (replay.taken < to) step();
				plan();
				stage.show();
			} else if (effect === 'reset') {
				stage.run.reset();
				stage.show();
			} else if (effect === 'pause' || effect === 'speed') plan();
		}),
	);
	try {
		guarded(forward);
		await stage.until(signal, failed);
	} finally {
		clearTimeout(timer);
	}
}
