// netstress ledger: sends stamped frames from one interface to another and says where each one is (docs/ledger.md).
import {NetstressError, usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {share, showShare} from '../src/base/units.js';
import {parseUnicast} from '../src/inject/unicast.js';
import type {Ledger} from '../src/monitor/ledger/hop.js';
import {joinSides, matchSides} from '../src/monitor/ledger/join.js';
import {readSides, type SideRecord} from '../src/monitor/ledger/side.js';
import {Recorder, recordingHeader} from '../src/monitor/recording.js';
import {interfaceAt} from '../src/sys/namespace.js';
import {type Command, exit} from './command.js';
import {fileName, pick, value} from './flags.js';
import {frameFlags} from './inject-frames.js';
import {paceFlags} from './inject-plan.js';
import type {LedgerArguments} from './ledger-arguments.js';
import {showLedger} from './ledger-report.js';
import {type LedgerRun, runLedger} from './ledger-run.js';
import type {ReceiverKind} from './ledger-side.js';
import {type Output, outputFor} from './output.js';
import {version} from './version.js';

function receiverKind(text: string, what: string): ReceiverKind {
	if (text === 'ring' || text === 'none') return {kind: text};
	const port = /^udp:(\d{1,5})$/.exec(text)?.[1];
	if (port === undefined || Number(port) < 1 || Number(port) > 65_535) throw usage(`${what} "${text}" is not ring, udp:PORT or none`);
	return {kind: 'udp', port: Number(port)};
}

const runName = (text: string, what: string): string => {
	if (!/^[0-9a-f]{1,8}$/i.test(text))
		throw usage(`${what} "${text}" is not a run: write a hexadecimal number of up to 8 digits, for instance the one that the sending side printed`);
	return text.toLowerCase().replace(/^0+(?=.)/, '');
};
const whole = (text: string, what: string): number => {
	if (!/^\d{1,15}$/.test(text)) throw usage(`${what} "${text}" is not a number of frames`);
	return Number(text);
};

/** Prints a closed ledger and gives the exit status. */
function tell(ledger: Ledger, ends: {from: SideRecord; to: SideRecord}, argv: LedgerArguments, output: Output, more: Record<string, unknown>): number {
	const {maxLoss, maxUnexplained} = argv;
	const {sent, received, hops, unexplained, again, notes} = ledger;
	output.text(showLedger(ledger, process.stdout.columns ?? 100, ends.from.iface === ends.to.iface));
	output.summary({sent, received, hops, unexplained, again, notes, ...more});
	if (sent === 0) throw new NetstressError('ERR_IO', 'nothing was sent');
	const crossed = [
		...(maxLoss !== undefined && (sent - received) / sent > maxLoss ? [`more was lost than --max-loss ${showShare(maxLoss)} allows`] : []),
		...(maxUnexplained !== undefined && Math.abs(unexplained) > maxUnexplained ? [`more is unexplained than --max-unexplained ${maxUnexplained} allows`] : []),
	];
	for (const words of crossed) output.say(words);
	return crossed.length > 0 ? exit.limitCrossed : exit.done;
}

function merge(files: readonly string[], argv: LedgerArguments, output: Output): number {
	const sides = files.flatMap(file => {
		const recorded = readSides(file);
		if (recorded.truncated) output.say(`${file} ends in the middle of a line: whoever wrote it was stopped, or the disk was full`);
		return recorded.sides;
	});
	const {from, to} = matchSides(sides, argv.run);
	return tell(joinSides(from, to), {from, to}, argv, output, {run: from.run, from: `${from.host} ${from.iface}`, to: `${to.host} ${to.iface}`});
}

/** Opens the recording before anything is sent: where nothing can be written, nothing is lost. ERR_IO, ERR_USAGE. */
function recorderFor(path: string): Recorder {
	const recorder = new Recorder(path, recordingHeader('ledger', `netstress ${version()}`), {append: true});
	if (recorder.failure !== undefined) throw recorder.failure;
	return recorder;
}

/** Words that make no sense together, or that would be passed over. ERR_USAGE. */
function refuseNonsense({merge: files, from, to, record, template, receiver, run, count, maxLoss, maxUnexplained}: LedgerArguments): void {
	if (files !== undefined) {
		if (from !== undefined || to !== undefined) throw usage('--merge reads recordings; leave --from and --to away');
		if (record !== undefined) throw usage('--merge reads recordings, --record writes one; give one of them');
		if (template !== undefined) throw usage(`--merge joins two recordings; ${template} is one too many`);
		return;
	}
	if (from === undefined && to === undefined)
		throw usage('between which interfaces? --from IFACE --to IFACE; or one of them here, the other on another host, both with --record FILE');
	if ((from === undefined || to === undefined) && (maxLoss ?? maxUnexplained) !== undefined)
		throw usage('one side alone does not know what was lost: give --max-loss and --max-unexplained to netstress ledger --merge');
	if (from !== undefined) return;
	if (count !== undefined) throw usage('--count is for the side that sends; the one that receives ends after --duration or with Ctrl-C');
	if (receiver.kind === 'none' && run === undefined) throw usage('--receiver none reads no stamps: say on both sides which run it is, for instance --run 1a2b');
}

/** What one side alone can say. */
function tellHalf({sides, sent, counted}: LedgerRun, {recorder, run}: {recorder: Recorder | undefined; run: string | undefined}, output: Output): number {
	if (sent !== undefined) {
		const {attempted, refusals} = sent.sender;
		const refused = Object.entries(refusals).filter(([, count]) => count > 0);
		const words = refused.map(([error, count]) => `${count} were refused (${error === 'unsaid' ? 'without a word' : error})`);
		output.text([`${attempted} frames of run ${sides[0]?.run} were tried on ${sides[0]?.iface}`, ...words].join(', '));
	}
	for (const {run, unique, duplicated, corrupted, ringDropped, iface} of counted)
		output.text(
			`run ${run} on ${iface}: ${unique} different frames, ${duplicated} duplicates, ${corrupted} corrupted${ringDropped > 0 ? `, ${ringDropped} lost by our own ring` : ''}`,
		);
	if (counted.length === 0 && sent === undefined)
		output.say(
			`no stamped frame came${run === undefined ? ', so nothing says of which run: to account for a run that may be lost whole, give both sides the same --run HEX' : ''}`,
		);
	if (recorder === undefined) output.say('this is one side; with --record FILE on both sides, netstress ledger --merge A B joins them');
	else if (sides.length > 0 && recorder.failure === undefined) output.text(`recorded in ${recorder.path}; join both sides with: netstress ledger --merge A B`);
	output.summary({sent: sent?.sender.attempted ?? 0, received: counted.reduce((sum, {unique}) => sum + unique, 0), runs: sides.map(({run}) => run), sides});
	return exit.done;
}

/** What both sides say together. */
function tellWhole({sides, sent, counted}: LedgerRun, argv: LedgerArguments, output: Output): number {
	const {from, to} = matchSides(sides);
	const {duplicated = 0, reordered = 0} = counted[0] ?? {};
	const {seconds, pps, bytes} = sent as NonNullable<LedgerRun['sent']>;
	const more = {run: from.run, from: argv.from, to: argv.to, duplicated, reordered, seconds, pps, bytes, monitor: from.monitor};
	return tell(joinSides(from, to), {from, to}, argv, output, more);
}

export const command: Command<LedgerArguments> = {
	positionals: '[template]',
	describe: 'send stamped frames from one interface to another, and account for every one',
	build: yargs =>
		yargs
			.positional('template', {type: 'string', describe: 'what a frame looks like, as in inject (docs/inject.md); a stamp alone when not given'})
			.options({
				from: value('the interface that sends, IFACE or IFACE@NETNS', text => text, {name: 'from'}),
				to: value('the interface that receives, IFACE or IFACE@NETNS', text => text, {name: 'to'}),
				...pick('ring-size'),
				...paceFlags,
				...frameFlags,
				dst: value("destination address where the frames do not say one (default: the receiving interface's)", parseUnicast, {name: 'dst'}),
				receiver: {
					...value('who takes the frames there: a packet ring behind traffic control, a UDP socket (udp:PORT), or none', receiverKind, {name: 'receiver'}),
					default: 'ring' as unknown as ReceiverKind,
				},
				transmit: {choices: ['sendmmsg', 'ring'] as const, describe: 'how frames are handed to the kernel (default: sendmmsg)'},
				'bypass-qdisc': {type: 'boolean', default: false, describe: 'straight to the driver, past its queue'},
				record: value('append what this side saw to a file', fileName, {name: 'record'}),
				merge: {type: 'string', nargs: 2, describe: 'join the recordings of both sides of a run'},
				run: value('the run to send, to count or to join: a hexadecimal number (default: one by chance, which the sending side prints)', runName, {
					name: 'run',
				}),
				'max-loss': value('exit with 3 when a larger share was lost, such as 0.1%', share, {name: 'max-loss'}),
				'max-unexplained': value('exit with 3 when more frames than this are unexplained', whole, {name: 'max-unexplained'}),
				'allow-default-route': {type: 'boolean', default: false, describe: 'faster than 1 kpps even on the interface with the default route'},
			})
			.example('netstress ledger --from eth1 --to eth2', '1,000 frames at 1 kpps from one card to the other')
			.example('netstress ledger --from a0@left --to b0@right -n 1000000 --flood', 'between two network namespaces')
			.example('netstress ledger --to eth1 --record b.ndjson', 'the receiving half of a run between two hosts; the other: --from eth1 --record a.ndjson')
			.example('netstress ledger --merge a.ndjson b.ndjson', 'both halves joined') as unknown as ReturnType<Command<LedgerArguments>['build']>,
	async run(argv, signal) {
		const output = outputFor(argv);
		refuseNonsense(argv);
		if (argv.merge !== undefined) return merge(argv.merge, argv, output);
		const from = argv.from === undefined ? undefined : interfaceAt(argv.from, '--from');
		const to = argv.to === undefined ? undefined : interfaceAt(argv.to, '--to');
		if (from !== undefined && to !== undefined && from.iface === to.iface && from.netns === to.netns)
			throw usage(`--from and --to are both ${from.text}: a frame has to cross from one interface to another`);
		const asked = argv.run === undefined ? undefined : Number.parseInt(argv.run, 16);
		const run = asked ?? (from === undefined ? undefined : Math.floor(Math.random() * 2 ** 32));
		const recorder = argv.record === undefined ? undefined : recorderFor(argv.record);
		try {
			const done = await runLedger({argv, from, to, receiver: argv.receiver, run, seed: argv.seed ?? freshSeed()}, output, signal);
			for (const side of done.sides) recorder?.write(side);
			const status = from === undefined || to === undefined ? tellHalf(done, {recorder, run: argv.run}, output) : tellWhole(done, argv, output);
			if (recorder?.failure !== undefined) throw recorder.failure;
			return status;
		} finally {
			recorder?.close();
		}
	},
};
