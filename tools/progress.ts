// A bar on standard error while something takes long: only on a terminal, and not with --quiet (docs/cli.md).
import {Presets, SingleBar} from 'cli-progress';

export interface Progress {
	update(done: number, what: string): void;
	stop(): void;
}

const silent: Progress = {update: () => undefined, stop: () => undefined};

export function progressBar(total: number, quiet: boolean): Progress {
	if (quiet || !process.stderr.isTTY || total === 0) return silent;
	const bar = new SingleBar(
		{format: '{bar} {value}/{total}  {what}', stream: process.stderr, hideCursor: true, clearOnComplete: true, barsize: 30, gracefulExit: false},
		Presets.shades_classic,
	);
	bar.start(total, 0, {what: ''});
	return {update: (done, what) => bar.update(done, {what}), stop: () => bar.stop()};
}
