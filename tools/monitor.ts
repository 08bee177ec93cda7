// netstress monitor: every counter of lost frames, by one vocabulary for all drivers (docs/monitor.md).
import {setTimeout as sleep} from 'node:timers/promises';
import {usage} from '../src/base/errors.js';
import {Programs} from '../src/monitor/programs.js';
import {openRecording, Recorder, recordingHeader, snapshotLine} from '../src/monitor/recording.js';
import {type Difference, readCounters, type Snapshot} from '../src/monitor/snapshot.js';
import {differenceObject, Tally} from '../src/monitor/tally.js';
import {type ListenAddress, listenAddress} from '../src/report/metrics-server.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {interfaceAt} from '../src/sys/namespace.js';
import {type Command, exit} from './command.js';
import {fileName, pick, type SharedArguments, value} from './flags.js';
import {runInNamespace} from './in-namespace.js';
import {serveExport} from './monitor-export.js';
import {intervalLines, lossText, rateText, totalText} from './monitor-report.js';
import {type Output, outputFor} from './output.js';
import {type Screen, screenFor} from './screen.js';
import {version} from './version.js';

interface MonitorArguments extends SharedArguments {
	iface?: string;
	count?: number;
	duration?: number;
	interval?: number;
	listen?: ListenAddress;
	drops: boolean;
	record?: string;
	replay?: string;
}

/** The time of day here. */
const clock = (time: string) => new Date(time).toTimeString().slice(0, 8);

/** Takes snapshots and says what happened between them: the same for what is read now and for what was recorded. */
class Teller {
	readonly tally: Tally;
	readonly #output: Output;
	readonly #all: boolean;
	readonly #screen: Screen | undefined;
	#intervals = 0;

	constructor(first: Snapshot, output: Output, all: boolean, screen?: Screen) {
		this.tally = new Tally(first);
		this.#output = output;
		this.#all = all;
		this.#screen = screen;
	}

	get intervals(): number {
		return this.#intervals;
	}

	take(time: string, snapshot: Snapshot): void {
		const step = this.tally.add(snapshot);
		this.#intervals++;
		this.#output.event('interval', {time, ...differenceObject(step)});
		if (this.#screen === undefined) this.#output.text(intervalLines(clock(time), step, this.#all).join('\n'));
		else this.#draw(this.#screen, time, step);
	}

	#draw({width, show}: Screen, time: string, step: Difference): void {
		const parts = [`${clock(time)}  Ctrl-C ends`, rateText(step, this.#all, width), `in the last ${step.seconds.toFixed(1)} s:\n${lossText(step, width)}`];
		show([...parts, `since the start:\n${lossText(this.tally.total(), width)}`].join('\n\n'));
	}

	end(): void {
		const total = this.tally.total();
		this.#output.text(totalText(total, this.#all, process.stdout.columns ?? 120));
		this.#output.summary({intervals: this.#intervals, ...differenceObject(total)});
	}
}

/** Only the interface that was asked for. */
const only = (snapshot: Snapshot, iface: string | undefined): Snapshot =>
	iface === undefined ? snapshot : {...snapshot, interfaces: new Map([...snapshot.interfaces].filter(([name]) => name === iface))};

function replay(path: string, {iface, count = 0}: MonitorArguments, output: Output, signal: AbortSignal): number {
	const recording = openRecording(path);
	const {host, kernel, started} = recording.header;
	output.say(`recorded on ${host}, Linux ${kernel}, ${started}`);
	let teller: Teller | undefined;
	let known = false;
	for (const {time, snapshot} of recording.snapshots) {
		known ||= iface === undefined || snapshot.interfaces.has(iface);
		if (teller === undefined) teller = new Teller(only(snapshot, iface), output, iface !== undefined);
		else teller.take(time, only(snapshot, iface));
		if (signal.aborted || (count > 0 && teller.intervals >= count)) break;
	}
	if (recording.truncated) output.say(`${path} ends in the middle of a line: whoever wrote it was stopped, or the disk was full`);
	if (teller === undefined) {
		output.say(`${path} has no snapshot`);
		return exit.failed;
	}
	if (!known) throw usage(`there is no interface ${iface} in ${path}`, {iface});
	teller.end();
	return exit.done;
}

/** Reads at every interval until the count, the time or Ctrl-C ends it; one that comes too late is not made up for. */
async function repeat({count = 0, duration = 0, interval = 1}: MonitorArguments, signal: AbortSignal, take: () => void): Promise<void> {
	const start = performance.now();
	const elapsed = () => (performance.now() - start) / 1000;
	let due = 0;
	for (let n = 1; count === 0 || n <= count; n++) {
		due = Math.max(due + interval, elapsed());
		if (duration > 0) due = Math.min(due, duration);
		await sleep(Math.max(0, (due - elapsed()) * 1000), undefined, {signal}).catch(() => undefined);
		take();
		if (signal.aborted || (duration > 0 && due >= duration)) break;
	}
}

async function watch(argv: MonitorArguments, output: Output, signal: AbortSignal): Promise<number> {
	const {iface, listen, record} = argv;
	if (iface !== undefined) interfaceInfo(iface);
	const programs = new Programs();
	const read = () => programs.annotate(readCounters(iface === undefined ? {} : {ifaces: [iface]}));
	const first = read();
	const server = listen === undefined ? undefined : await serveExport(listen, version(), argv.drops, read);
	let recorder: Recorder | undefined;
	let screen: Screen | undefined;
	let teller: Teller;
	let told = false;
	try {
		recorder = record === undefined ? undefined : new Recorder(record, recordingHeader('monitor', `netstress ${version()}`));
		recorder?.write(snapshotLine(first));
		if (server !== undefined) output.say(`metrics at ${server.url}`);
		screen = output.json ? undefined : screenFor(process.stdout);
		teller = new Teller(first, output, iface !== undefined, screen);
		await repeat(argv, signal, () => {
			const snapshot = read();
			const time = new Date();
			recorder?.write(snapshotLine(snapshot, time));
			if (recorder?.failure !== undefined && !told) {
				output.say(`netstress: ${recorder.failure.message}; the run goes on`);
				told = true;
			}
			teller.take(time.toISOString(), snapshot);
		});
	} finally {
		screen?.close();
		recorder?.close();
		await server?.close();
	}
	teller.end();
	if (recorder?.failure !== undefined) throw recorder.failure;
	return exit.done;
}

export const command: Command<MonitorArguments> = {
	positionals: '',
	describe: 'rx_missed and every other loss counter, by one vocabulary for all drivers',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'count', 'duration', 'interval'),
				listen: value('serve metrics for Prometheus there; 127.0.0.1 where no host is given', listenAddress, {name: 'listen'}),
				drops: {type: 'boolean', default: false, describe: "with --listen: the kernel's drop reasons, too (root)"},
				record: value('keep every reading in this file', fileName, {name: 'record'}),
				replay: value('show a recorded run instead of this host', fileName, {name: 'replay'}),
			})
			.example('$0 monitor', 'everything, every second')
			.example('$0 monitor -i eth0 -D 10s', 'one interface for ten seconds')
			.example('$0 monitor -i eth0@blue', 'one in the network namespace blue, with its sockets and protocols')
			.example('$0 monitor --listen :9464', 'for Prometheus') as unknown as ReturnType<Command<MonitorArguments>['build']>,
	async run(argv, signal) {
		const output = outputFor(argv);
		if (argv.replay !== undefined) {
			if (argv.record !== undefined || argv.listen !== undefined || argv.drops)
				throw usage('--replay shows a file: it goes with neither --record nor --listen');
			return replay(argv.replay, argv, output, signal);
		}
		if (argv.drops && argv.listen === undefined) throw usage('--drops adds to what --listen serves; without it see: netstress drops');
		const at = argv.iface === undefined ? undefined : interfaceAt(argv.iface, '--iface');
		if (at?.netns !== undefined) return runInNamespace(at.netns, 'monitor', argv, signal);
		return watch({...argv, ...(at === undefined ? {} : {iface: at.iface})}, output, signal);
	},
};
