// netstress capture: the frames of an interface to a pcapng file, or on the screen (docs/capture.md).
import {NetstressError, usage} from '../src/base/errors.js';
import {showCount, showSeconds, showSize} from '../src/base/units.js';
import {compileCaptureFilter} from '../src/capture/filter.js';
import {captureLive, captureToFile, type LiveFrame, type LiveOptions, type LiveSummary} from '../src/capture/live.js';
import {Dissector} from '../src/dissect/dissector.js';
import {jsonLine} from '../src/dissect/json.js';
import {textLine} from '../src/dissect/text.js';
import {interfaceAt} from '../src/sys/namespace.js';
import {linkEthernet} from '../src/wire/capture.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {runInNamespace} from './in-namespace.js';
import {outputFor, toJson} from './output.js';
import {version} from './version.js';

interface CaptureArguments extends SharedArguments {
	iface: string;
	write?: string;
	filter?: string;
	count?: number;
	duration?: number;
	'ring-size'?: number;
	promiscuous: boolean;
}

/** Prints every frame as it comes: a line each, or its tree as JSON. */
async function show(options: LiveOptions, json: boolean, signal: AbortSignal): Promise<LiveSummary> {
	const dissector = new Dissector();
	let number = 0;
	let text = '';
	const flush = () => {
		if (text !== '') process.stdout.write(text);
		text = '';
	};
	const visit = ({bytes, length, seconds, nanoseconds}: LiveFrame) => {
		const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
		const tree = dissector.dissect({number: ++number, bytes, length, time, linkType: linkEthernet, interfaceName: options.iface});
		text += json ? jsonLine(tree) : textLine(tree);
		if (text.length > 65_536) flush();
		return true;
	};
	try {
		return await captureLive(options, signal, visit, flush);
	} finally {
		flush();
	}
}

const words = ({captured, written, dropped, bytes, seconds}: LiveSummary, path: string | undefined) =>
	`${captured} frames (${showSize(bytes)}) in ${showSeconds(seconds)}, ${showCount(seconds > 0 ? captured / seconds : 0)}pps; ${written} ${path === undefined ? 'shown' : `written to ${path === '-' ? 'standard output' : path}`}; ${dropped} dropped by the kernel because our ring was full`;

export const command: Command<CaptureArguments> = {
	positionals: '',
	describe: 'frames to a file, none lost unsaid',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'write', 'count', 'duration', 'ring-size'),
				filter: value('only frames that pass this filter, in the language of pcap-filter(7)', text => text, {alias: 'f', name: 'filter'}),
				promiscuous: {alias: 'p', type: 'boolean', default: false, describe: 'also frames for other stations'},
			})
			.demandOption('iface')
			.example('$0 capture -i eth0 -w aoe.pcapng -f "ether proto 0x88a2"', 'AoE to a file') as unknown as ReturnType<Command<CaptureArguments>['build']>,
	async run(argv, signal) {
		const at = interfaceAt(argv.iface, '--iface');
		if (at.netns !== undefined) return runInNamespace(at.netns, 'capture', argv, signal);
		const output = outputFor(argv);
		if (argv.json && argv.write === '-') throw usage('--json and -w - both want standard output; write to a file, or leave --json away');
		const options: LiveOptions = {
			iface: at.iface,
			count: argv.count ?? 0,
			seconds: argv.duration ?? 0,
			ringBytes: argv['ring-size'],
			promiscuous: argv.promiscuous,
			filter: argv.filter === undefined ? undefined : {text: argv.filter, program: compileCaptureFilter(argv.filter)},
			ready: () => output.say(`capturing on ${argv.iface}; Ctrl-C stops`),
		};
		let summary: LiveSummary;
		let failure: unknown;
		if (argv.write === undefined) summary = await show(options, argv.json, signal);
		else ({summary, failure} = await captureToFile(argv.write, options, signal, version()));
		const brokenPipe = failure instanceof NetstressError && failure.details.errno === 'EPIPE';
		if (argv.json) process.stdout.write(`${toJson({type: 'summary', ...summary})}\n`);
		else output.say(words(summary, argv.write));
		if (failure !== undefined && !brokenPipe) throw failure;
		return exit.done;
	},
};
