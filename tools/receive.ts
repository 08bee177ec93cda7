// netstress receive: counts the stamped frames that arrive on an interface, every one (docs/receive.md).
import {usage} from '../src/base/errors.js';
import {share, showCount, showSeconds, showShare} from '../src/base/units.js';
import {type Listener, listen} from '../src/inject/receive/listen.js';
import {type Counter, type Pattern, parseCounter, parsePattern, patternSignature} from '../src/inject/receive/pattern.js';
import {interfaceAt} from '../src/sys/namespace.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {runInNamespace} from './in-namespace.js';
import {type Output, outputFor} from './output.js';
import {lossVerdict, tellReceived, withRing} from './receive-report.js';

interface ReceiveArguments extends SharedArguments {
	iface: string;
	count?: number;
	duration?: number;
	'ring-size'?: number;
	interval?: number;
	run?: number;
	stream?: number;
	maxLoss?: number;
	fromZero: boolean;
	pattern?: Pattern;
	counter?: Counter;
}

const runId = (text: string, what: string): number => {
	if (!/^(0x)?[0-9a-f]{1,8}$/i.test(text))
		throw usage(`${what} "${text}" is not a run: write the hexadecimal number that inject prints, for instance 1f2e3d4c`);
	return Number.parseInt(text.replace(/^0x/i, ''), 16);
};
const streamNumber = (text: string, what: string): number => {
	const number = Number(text);
	if (!/^\d+$/.test(text) || number > 0xffff_ffff) throw usage(`${what} "${text}" is not a stream: write a number from 0 to 4294967295`);
	return number;
};

/** Live figures: a line, or an object, each time that `interval` seconds have passed. */
function liveFigures(listener: Listener, interval: number | undefined, output: Output): (seconds: number) => void {
	let told = 0;
	let before = 0;
	let framesBefore = 0;
	return seconds => {
		if (interval === undefined || seconds - told < interval) return;
		const {streams: _, ...figures} = withRing(listener.receiver.summary(), listener.dropped());
		const pps = (figures.received - before) / (seconds - told);
		const frames = listener.frames();
		output.event('interval', {seconds, pps, ...figures, frames, framesPps: (frames - framesBefore) / (seconds - told)});
		if (!output.json) {
			if (told === 0) output.text('     time       pps  received      lost   doubled   reorder   corrupt all frames');
			const cells = [figures.received, figures.lost, figures.duplicated, figures.reordered, figures.corrupted, frames].map(count => String(count).padStart(9));
			output.text(`${showSeconds(seconds).padStart(9)} ${showCount(pps).padStart(9)} ${cells.join(' ')}`);
		}
		told = seconds;
		before = figures.received;
		framesBefore = frames;
	};
}

export const command: Command<ReceiveArguments> = {
	positionals: '',
	describe: 'count stamped frames: lost, duplicated, reordered, corrupted, late, exactly',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'count', 'duration', 'ring-size', 'interval'),
				run: value('only frames of this run, the number that inject prints', runId, {name: 'run'}),
				stream: value('only frames of this stream', streamNumber, {name: 'stream'}),
				pattern: value('also count frames with this at that place: HELLO@60, 0x48454c4c4f@-16 (from the end)', parsePattern, {name: 'pattern'}),
				counter: value('where their counter is: 80, -1, 80/32 (bits, 8 when not given)', parseCounter, {name: 'counter'}),
				'max-loss': value('exit with 3 when a larger share was lost, such as 0.1%', share, {name: 'max-loss'}),
				'from-zero': {type: 'boolean', default: false, describe: 'the senders start after this: numbers missing before the first one that comes are lost too'},
			})
			.demandOption('iface')
			.example('netstress receive -i eth1 -D 10s', 'ten seconds')
			.example('netstress receive -i eth1 --from-zero --max-loss 0.1%', 'until Ctrl-C; 3 when more than one in a thousand was lost') as unknown as ReturnType<
			Command<ReceiveArguments>['build']
		>,
	async run(argv, signal) {
		const at = interfaceAt(argv.iface, '--iface');
		if (at.netns !== undefined) return runInNamespace(at.netns, 'receive', argv, signal);
		const output = outputFor(argv);
		const {text: iface} = at;
		const pattern = patternSignature(argv.pattern, argv.counter);
		if (pattern !== undefined && argv.run !== undefined) throw usage('--run belongs to stamped frames, --pattern to others; give one');
		const {count = 0, duration = 0, run, stream, fromZero, maxLoss} = argv;
		const listener = listen(at.iface, {ringBytes: argv['ring-size'], run, stream, fromZero, pattern}, count);
		const start = performance.now();
		const elapsed = () => (performance.now() - start) / 1000;
		const live = liveFigures(listener, argv.interval, output);
		let failure: unknown;
		try {
			output.say(`counting stamped frames on ${iface}; Ctrl-C stops`);
			await listener
				.run(signal, () => {
					live(elapsed());
					return (count > 0 && listener.receiver.received >= count) || (duration > 0 && elapsed() >= duration);
				})
				.catch(error => {
					failure = error;
				});
			const summary = withRing(listener.receiver.summary(), listener.dropped());
			tellReceived(summary, output, listener.joined());
			output.text(`${listener.frames()} frames of all kinds came to ${iface}`);
			output.summary({...summary, frames: listener.frames(), joined: listener.joined(), seconds: elapsed(), iface});
			if (failure !== undefined) throw failure;
			const verdict = lossVerdict(summary, maxLoss);
			if (verdict === 'crossed') output.say(`more was lost than --max-loss ${showShare(maxLoss as number)} allows`);
			if (verdict === 'unknown') output.say('our own ring lost frames: nobody can tell whether --max-loss was crossed; give a larger ring, such as -S 256MiB');
			if (verdict === 'nothing') output.say('no stamped frame came: --max-loss cannot be judged');
			return verdict === 'crossed' ? exit.limitCrossed : verdict === 'kept' ? exit.done : exit.failed;
		} finally {
			listener.close();
		}
	},
};
