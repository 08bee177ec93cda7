// netstress drops: where the kernel drops frames, and why (docs/drops.md).
import {setTimeout as sleep} from 'node:timers/promises';
import {usage} from '../src/base/errors.js';
import {count as readCount, showSeconds} from '../src/base/units.js';
import {BlockSink} from '../src/capture/sink.js';
import type {Drop, DropSource, SourceName} from '../src/monitor/drops/drop.js';
import {openDrops, sourceNames} from '../src/monitor/drops/open.js';
import {SampleFile} from '../src/monitor/drops/sample-file.js';
import {belongs, explained, look, sumOf, type Wanted} from '../src/monitor/drops/watch.js';
import {dropsSince} from '../src/monitor/ledger/reasons.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {interfaceAt} from '../src/sys/namespace.js';
import {ownNamespace} from '../src/sys/namespace-visit.js';
import {type Command, exit} from './command.js';
import {liveLine, showDrops} from './drops-report.js';
import {pick, type SharedArguments, value} from './flags.js';
import {runInNamespace} from './in-namespace.js';
import {type Output, outputFor} from './output.js';
import {version} from './version.js';

interface DropsArguments extends SharedArguments {
	iface?: string;
	write?: string;
	count?: number;
	duration?: number;
	interval?: number;
	source?: SourceName;
	samples?: number;
	'no-check': boolean;
}

/** How often the source is looked at: it ends a --count this late at most. */
const tickMs = 50;
const usualSamples = 16;

const sourceName = (text: string, what: string): SourceName => {
	const found = sourceNames.find(name => name === text);
	if (found === undefined) throw usage(`${what} "${text}" is not one of ${sourceNames.join(', ')}`);
	return found;
};

/** Writes the samples of a source to a file; gives how many went in. */
function sampleWriter(path: string, source: DropSource, wanted: Wanted | undefined, output: Output) {
	const sink = new BlockSink(path);
	const file = new SampleFile();
	let written = 0;
	let failed = false;
	sink.put(file.begin(version()));
	return {
		take() {
			for (const sample of source.samples?.() ?? []) {
				if (belongs(sample.drop, wanted) === 'no') continue;
				const stored = file.blocks(sample).every(block => sink.put(block));
				if (stored) written++;
			}
			sink.flush();
			if (sink.failure === undefined || failed) return;
			failed = true;
			output.say(`${sink.failure.message}; the counting goes on`);
		},
		close: () => sink.close(),
		summary: () => ({file: path, written, lost: source.lostSamples?.() ?? 0}),
		failure: () => sink.failure,
	};
}

/** The interface that is meant, in this thread's namespace. ERR_USAGE. */
const wantedOf = (iface: string | undefined): Wanted | undefined =>
	iface === undefined ? undefined : {iface, ifindex: interfaceInfo(iface).index, netns: ownNamespace()};

async function watch(argv: DropsArguments, iface: string | undefined, signal: AbortSignal): Promise<number> {
	const output = outputFor(argv);
	const {duration = 0, count = 0, interval, write} = argv;
	const wanted = wantedOf(iface);
	const samplesPerKind = write === undefined ? 0 : (argv.samples ?? usualSamples);
	const {source, passedOver} = openDrops({prefer: argv.source, samplesPerKind, check: !argv['no-check']});
	const writer = write === undefined ? undefined : sampleWriter(write, source, wanted, output);
	try {
		for (const {name, why} of passedOver) output.say(`${name} cannot be used here: ${why}`);
		if (write !== undefined && source.samples === undefined) output.say(`--write: ${source.name} has no frames to keep; use --source bpf`);
		output.say(`watching the drops of ${iface ?? 'every interface'} by ${source.name}${duration > 0 ? ` for ${showSeconds(duration)}` : '; Ctrl-C stops'}`);
		output.event('ready', {source: source.name, passedOver});
		const start = performance.now();
		const seconds = () => (performance.now() - start) / 1000;
		let told = 0;
		let before: readonly Drop[] = [];
		const live = () => {
			if (interval === undefined || seconds() - told < interval) return;
			const {drops} = look(source, wanted);
			const fresh = dropsSince(drops, before);
			const now = seconds();
			output.event('interval', {seconds: now, lostEvents: source.lostEvents(), drops: fresh.map(explained)});
			(write === '-' ? output.say : output.text)(`${showSeconds(now).padStart(9)}  ${liveLine(fresh)}`);
			before = drops;
			told = now;
		};
		const over = () => signal.aborted || (duration > 0 && seconds() >= duration) || (count > 0 && sumOf(look(source, wanted).drops) >= count);
		while (!over()) {
			const left = duration > 0 ? Math.max(1, duration * 1000 - seconds() * 1000) : tickMs;
			await sleep(Math.min(tickMs, left), undefined, {signal}).catch(() => undefined);
			live();
			writer?.take();
		}
		writer?.take();
		const {drops, unattributed} = look(source, wanted);
		const lostEvents = source.lostEvents();
		const sums = {lost: sumOf(drops, 'loss'), policy: sumOf(drops, 'policy'), harmless: sumOf(drops, 'harmless')};
		const {name, cannotSee} = source;
		const samples = writer === undefined ? {} : {samples: writer.summary()};
		output.summary({source: name, lostEvents, seconds: seconds(), ...sums, unattributed, cannotSee, passedOver, ...samples, drops: drops.map(explained)});
		if (!output.json && write !== '-') output.text(showDrops({drops, source: name, cannotSee, lostEvents, unattributed, iface}, process.stdout.columns ?? 100));
		const failure = writer?.failure();
		if (failure !== undefined && failure.details.errno !== 'EPIPE') throw failure;
		return exit.done;
	} finally {
		writer?.close();
		source.close();
	}
}

export const command: Command<DropsArguments> = {
	positionals: '',
	describe: 'where the kernel drops frames, and why',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'write', 'count', 'duration', 'interval'),
				source: value(`what counts them: ${sourceNames.join(', ')}; the first that works when not given`, sourceName, {name: 'source'}),
				samples: value(`frames of each kind, on each CPU, for --write; ${usualSamples} when not given`, readCount, {name: 'samples'}),
				'no-check': {
					type: 'boolean',
					default: false,
					describe: 'do not count every drop a second time: costs half, and drops that BPF did not see stay unknown',
				},
			})
			.example('netstress drops -i eth0 -D 10s', 'ten seconds of one interface')
			.example('netstress drops -w dropped.pcapng', 'until Ctrl-C, every interface; the first frames of each kind to a file') as unknown as ReturnType<
			Command<DropsArguments>['build']
		>,
	async run(argv, signal) {
		if (argv.json && argv.write === '-') throw usage('--json and -w - both want standard output; write to a file, or leave --json away');
		if (argv.samples !== undefined && argv.write === undefined) throw usage('--samples belongs to --write FILE');
		const at = argv.iface === undefined ? undefined : interfaceAt(argv.iface, '--iface');
		if (at?.netns !== undefined) return runInNamespace(at.netns, 'drops', {...argv, iface: at.iface}, signal);
		return watch(argv, at?.iface, signal);
	},
};
