// A sink on a lab host, as a test or a bench sees it.
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {LabHost} from '../../../src/lab/host.js';

const program = fileURLToPath(new URL('./sink.js', import.meta.url));

export interface SinkCount {
	readonly frames: number;
	/** A frame of several buffers counts with its first. */
	readonly bytes: number;
	/** The sink's clock, milliseconds. */
	readonly ms: number;
}

export interface Sink {
	/** What has arrived so far. */
	count(): Promise<SinkCount>;
	close(): Promise<void>;
}

/** Starts a sink on the host's first interface; it counts when this settles. */
export async function startSink(host: LabHost): Promise<Sink> {
	const child = host.spawn(process.execPath, [program, host.iface], {stdio: ['pipe', 'pipe', 'inherit']});
	const ended = once(child, 'exit');
	const lines = createInterface({input: child.stdout!});
	const waiting: ((line: string) => void)[] = [];
	lines.on('line', line => waiting.shift()?.(line));
	const next = () =>
		new Promise<string>((resolve, reject) => {
			waiting.push(resolve);
			void ended.then(([status]) => reject(new Error(`the sink ended with status ${status}`)));
		});
	await next();
	return {
		async count() {
			const answer = next();
			child.stdin!.write('?\n');
			return JSON.parse(await answer) as SinkCount;
		},
		async close() {
			child.stdin!.end();
			await ended;
		},
	};
}
