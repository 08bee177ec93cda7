// netstress inject: frames onto an interface. As it stands it is harmless anywhere: 1,000 stamped frames at 1 kpps to a station that is not there.
import {usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {share} from '../src/base/units.js';
import {Dissector} from '../src/dissect/dissector.js';
import {engineNames} from '../src/inject/engine/choose.js';
import {openFilePort} from '../src/inject/engine/file-port.js';
import {portSender} from '../src/inject/engine/port-sender.js';
import {inject} from '../src/inject/inject.js';
import {framesOf} from '../src/inject/schedule/schedule.js';
import {VirtualTime} from '../src/inject/schedule/timekeeper.js';
import {parseUnicast} from '../src/inject/unicast.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {type Command, exit} from './command.js';
import {pick, value} from './flags.js';
import type {InjectArguments} from './inject-arguments.js';
import {frameFlags, openStreams, showFrames} from './inject-frames.js';
import {paceFlags, planStreams} from './inject-plan.js';
import {ownInterface, send} from './inject-send.js';
import {outputFor} from './output.js';

/** Frames that --print shows of a source that never repeats. */
const shownFrames = 4;
/** Locally administered, unicast, nobody's. */
const nowhere = '02:6e:73:00:ff:fe';
/** Who sends when there is no interface. */
const nobody = '02:6e:73:00:ff:fd';

/** Addresses of frames that are not sent: the interface's own where one is named. */
const addressesOf = ({iface, dst}: InjectArguments, seed: number) => ({
	source: iface === undefined ? parseUnicast(nobody, 'source') : interfaceInfo(iface).mac,
	destination: dst ?? parseUnicast(nowhere, '--dst'),
	run: 0,
	seed,
});

/** --print: the frames, without an interface. */
async function print(argv: InjectArguments): Promise<number> {
	const output = outputFor(argv);
	const seed = argv.seed ?? freshSeed();
	const streams = await openStreams(argv, addressesOf(argv, seed));
	const dissector = new Dissector();
	let shown = 0;
	for (const stream of streams) {
		if (stream.name !== '' && !output.json) output.text(`# ${stream.name}`);
		const frames = argv.count ?? stream.count ?? Math.min(stream.source.period, shownFrames);
		showFrames(stream, frames, output, dissector, shown);
		shown += frames;
	}
	if (streams.some(({source}) => source.random)) output.say(`seed ${seed}`);
	output.summary({frames: shown, seed});
	return exit.done;
}

/** --engine file: the frames at the times when they would leave, without waiting for them. */
async function writeFile(argv: InjectArguments, path: string, signal: AbortSignal): Promise<number> {
	const output = outputFor(argv);
	const seed = argv.seed ?? freshSeed();
	const streams = await planStreams(argv, addressesOf(argv, seed), argv.iface);
	if (streams.some(({schedule}) => !Number.isFinite(framesOf(schedule)))) throw usage('--engine file needs an end: -n 1000, or -D 10s with a pace');
	const time = new VirtualTime();
	time.advanceTo(performance.now());
	const epoch = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;
	const port = openFilePort(path, Math.max(...streams.map(({source}) => source.maxLength)), () => epoch + BigInt(Math.round(time.now() * 1e6)));
	const done = await inject(portSender(port), streams, {signal, time});
	port.close();
	const {accepted: frames, acceptedBytes: bytes, pace} = done;
	const random = streams.some(({source}) => source.random);
	if (path !== '-') output.text(`${frames} frames, ${bytes} bytes written to ${path}${random ? `, seed ${seed}` : ''}`);
	output.summary({sent: 0, written: frames, bytes, seed, engine: 'file', engineReason: 'asked for', pps: pace.achievedPps});
	return exit.done;
}

export const command: Command<InjectArguments> = {
	positionals: '[template]',
	describe: 'build and send frames; as it stands 1,000 stamped frames of EtherType 0x88b5 at 1 kpps, harmless anywhere',
	build: yargs =>
		yargs
			.positional('template', {type: 'string', describe: 'what a frame looks like, such as "ip4(dst=192.0.2.7)/udp(dport=inc(1,9))/stamp()" (docs/inject.md)'})
			.options({
				...pick('iface', 'write', 'interval', 'cpus'),
				...paceFlags,
				...frameFlags,
				dst: value(`destination address where the frames do not say one (default: ${nowhere}, nobody's)`, parseUnicast, {name: 'dst'}),
				engine: {
					choices: ['auto', ...engineNames] as const,
					default: 'auto' as const,
					describe: 'who sends: packet sockets, XDP in the kernel, libpcap, or a file: -w FILE; auto chooses and says why',
				},
				transmit: {choices: ['sendmmsg', 'ring'] as const, describe: 'how --engine packet hands frames to the kernel (default: sendmmsg)'},
				'bypass-qdisc': {
					type: 'boolean',
					default: false,
					describe: 'with --engine packet: straight to the driver, unseen by tc and by captures on this host',
				},
				print: {type: 'boolean', default: false, describe: 'show the frames, their bytes and what they are, and send nothing'},
				peer: value('interface at the other end, IFACE or IFACE@NETNS: count there what comes', text => text, {name: 'peer'}),
				'max-loss': value('with --peer: exit with 3 when a larger share was lost, such as 0.1%', share, {name: 'max-loss'}),
				'allow-default-route': {type: 'boolean', default: false, describe: 'faster than 1 kpps even on the interface with the default route'},
			})
			.example('netstress inject -i eth1', '1,000 frames at 1 kpps')
			.example('netstress inject -i eth1 -n 0 -b 40%', 'until Ctrl-C, at 40 % of the line rate')
			.example('netstress inject --print "aoe(shelf=1,slot=0)/ata(read,lba=inc(0,800,8),count=8)"', 'what would be sent') as unknown as ReturnType<
			Command<InjectArguments>['build']
		>,
	run(argv, signal) {
		const {iface, write, engine, transmit, cpus} = argv;
		if (argv.print && write !== undefined) throw usage('--print shows frames, -w writes them; give one');
		if (engine === 'file' && write === undefined) throw usage('--engine file needs -w FILE');
		if (write !== undefined && engine !== 'file' && engine !== 'auto') throw usage(`-w FILE belongs to --engine file, not to ${engine}`);
		if (transmit !== undefined && ((engine !== 'packet' && engine !== 'auto') || write !== undefined)) throw usage('--transmit belongs to --engine packet');
		if (cpus !== undefined && write !== undefined) throw usage('--cpus sends from several CPUs; a file has one writer: give --cpus or -w');
		if (argv.json && write === '-') throw usage('--json and -w - both want standard output; write to a file, or leave --json away');
		if (argv.maxLoss !== undefined && argv.peer === undefined) throw usage('--max-loss needs the other end: --peer IFACE');
		if (argv.peer !== undefined && (argv.print || write !== undefined)) throw usage('--peer counts what is sent; --print and -w send nothing');
		const own = iface === undefined ? undefined : ownInterface(iface);
		if (argv.print) return print(argv);
		if (write !== undefined) return writeFile(argv, write, signal);
		if (own === undefined) throw usage('which interface? -i IFACE (--iface); --print shows the frames without one');
		return send(argv, own, argv.seed ?? freshSeed(), argv.dst ?? parseUnicast(nowhere, '--dst'), signal);
	},
};
