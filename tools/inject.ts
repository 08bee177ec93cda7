// netstress inject: frames onto an interface. As it stands it is harmless anywhere: 1,000 stamped frames at 1 kpps to a station that is not there.
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError, usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {type Rate, showBits, showCount, showSeconds} from '../src/base/units.js';
import {Dissector} from '../src/dissect/dissector.js';
import {writeFrames} from '../src/inject/frames/pcap-write.js';
import {inject} from '../src/inject/inject.js';
import {dueAt, framesPerSecond, wireOverhead} from '../src/inject/pace.js';
import {parseUnicast} from '../src/inject/unicast.js';
import {readInterface} from '../src/monitor/interface.js';
import {defaultRouteInterfaces, linkSpeed} from '../src/monitor/route.js';
import {openRingPort} from '../src/port/ring.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {STAMP_ETHERTYPE} from '../src/wire/stamp.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {type FrameArguments, frameFlags, openStreams, type ReadyStream, showFrames} from './inject-frames.js';
import {outputFor} from './output.js';
import {progressBar} from './progress.js';

interface InjectArguments extends SharedArguments, FrameArguments {
	iface?: string;
	write?: string;
	count?: number;
	duration?: number;
	rate?: Rate;
	gap?: number;
	interval?: number;
	engine?: 'sendmmsg' | 'ring' | 'file';
	print: boolean;
	flood: boolean;
	allowDefaultRoute: boolean;
}

/** The guard: anything faster than this refuses an interface that people are reached by. */
const harmlessPps = 1000;
const usualCount = 1000;
/** Frames that --print shows of a source that never repeats. */
const shownFrames = 4;
/** Locally administered, unicast, nobody's. */
const nowhere = '02:6e:73:00:ff:fe';
/** Who sends when there is no interface. */
const nobody = '02:6e:73:00:ff:fd';

/** Frames a second of a stream: what it says itself, or what the flags say. */
function paceOf({rate, gap, flood, iface}: InjectArguments, {name, source, schedule}: ReadyStream): number {
	if ([rate, gap, flood || undefined].filter(given => given !== undefined).length > 1)
		throw usage('--rate, --gap and --flood are three ways to say one thing; give one');
	if (schedule.burst !== undefined) throw usage(`stream ${name}: bursts are not sent yet; leave burst away`);
	const own = schedule.rate !== undefined || schedule.gap !== undefined;
	const [pace, between] = own ? [schedule.rate, schedule.gap] : [rate, gap];
	if (!own && flood) return Number.POSITIVE_INFINITY;
	if (between !== undefined) return between === 0 ? Number.POSITIVE_INFINITY : 1 / between;
	return pace === undefined ? harmlessPps : framesPerSecond(pace, source.meanLength, iface === undefined ? undefined : linkSpeed(iface));
}

function guard(iface: string, pps: number, allowed: boolean): void {
	if (pps <= harmlessPps || allowed || !defaultRouteInterfaces().includes(iface)) return;
	throw usage(
		`${iface} carries the default route: faster than ${harmlessPps} frames a second takes hosts off the network (RFC 6815); use a test network, or say --allow-default-route`,
	);
}

/** How many frames of a stream; 0 = until its time is over. */
function countOf({count, duration}: InjectArguments, {count: once, schedule}: ReadyStream): number {
	return schedule.count ?? count ?? once ?? (duration === undefined && schedule.duration === undefined ? usualCount : 0);
}

const settleMs = 2000;

/** Frames that the interface counts as sent since `before`, waiting for drivers that count late. */
async function leftInterface(iface: string, before: number, expected: number): Promise<number> {
	for (const until = performance.now() + settleMs; ; ) {
		const left = readInterface(iface).sent - before;
		if (left >= expected || performance.now() > until) return Math.max(0, left);
		await sleep(20);
	}
}

/** --print and --engine file: the frames without an interface. */
async function rehearse(argv: InjectArguments, signal: AbortSignal): Promise<number> {
	const output = outputFor(argv);
	const seed = argv.seed ?? freshSeed();
	const source = argv.iface === undefined ? parseUnicast(nobody, 'source') : interfaceInfo(argv.iface).mac;
	const addresses = {source, destination: argv.dst ?? parseUnicast(nowhere, '--dst'), run: 0, seed};
	const streams = await openStreams(argv, addresses);
	if (argv.print) {
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
	const [stream, another] = streams as [ReadyStream, ReadyStream?];
	if (another !== undefined) throw usage('--engine file writes one stream; give a file with one');
	const count = countOf(argv, stream);
	if (count === 0) throw usage('--engine file needs a count: -n 1000');
	const pps = paceOf({...argv, iface: undefined} as InjectArguments, stream);
	const start = BigInt(Date.now()) * 1_000_000n;
	const {frames, bytes} = writeFrames(stream.source, argv.write as string, {
		count,
		dueAt: n => (Number.isFinite(pps) ? dueAt(pps, n) : 0),
		start,
		signal,
	});
	if (argv.write !== '-') output.text(`${frames} frames, ${bytes} bytes written to ${argv.write}${stream.source.random ? `, seed ${seed}` : ''}`);
	output.summary({sent: 0, written: frames, bytes, seed, engine: 'file'});
	return exit.done;
}

/** Sends every stream at its pace, all at once. */
async function send(argv: InjectArguments, iface: string, signal: AbortSignal): Promise<number> {
	const output = outputFor(argv);
	const {interval} = argv;
	const engine = argv.engine === 'ring' ? 'ring' : 'sendmmsg';
	const port = openRingPort(iface, {etherType: STAMP_ETHERTYPE, transmit: engine});
	try {
		const run = Math.floor(Math.random() * 2 ** 32);
		const seed = argv.seed ?? freshSeed();
		const streams = await openStreams(argv, {source: port.mac, destination: argv.dst ?? parseUnicast(nowhere, '--dst'), run, seed});
		const plans = streams.map(stream => ({...stream, pps: paceOf(argv, stream), most: countOf(argv, stream)}));
		guard(
			iface,
			plans.reduce((sum, {pps}) => sum + pps, 0),
			argv.allowDefaultRoute,
		);
		for (const {name, source} of plans) {
			const most = port.mtu + 14;
			if (source.maxLength > most)
				throw usage(
					`${name === '' ? 'frames' : `frames of ${name}`} of ${source.maxLength} bytes are more than ${iface} takes: ${most} bytes at MTU ${port.mtu}`,
				);
		}
		const count = plans.some(({most}) => most === 0) ? 0 : plans.reduce((sum, {most}) => sum + most, 0);
		const longest = Math.max(...plans.map(({most, pps}) => most / pps));
		const before = readInterface(iface).sent;
		const [sentBefore, bytesBefore] = [port.counters.sent, port.counters.sentBytes];
		const bar = progressBar(count, argv.quiet || interval !== undefined || (longest < 2 && count > 0));
		const attempts = plans.map(() => 0);
		let told = 0;
		const runs = await Promise.all(
			plans.map(async ({source, schedule, pps, most}, i) => {
				if (schedule.start !== undefined) await sleep(schedule.start * 1000, undefined, {signal}).catch(() => undefined);
				return inject(port, source, {
					count: most,
					seconds: schedule.duration ?? argv.duration ?? 0,
					pps,
					signal,
					progress(made, elapsed) {
						attempts[i] = made;
						const attempted = attempts.reduce((sum, each) => sum + each, 0);
						bar.update(attempted, `frames on ${iface}`);
						if (interval === undefined || elapsed - told < interval) return;
						told = elapsed;
						output.event('interval', {seconds: elapsed, attempted, pps: attempted / elapsed});
						if (!output.json) output.say(`${showSeconds(elapsed)}: ${attempted} frames`);
					},
				});
			}),
		);
		bar.stop();
		const attempted = runs.reduce((sum, each) => sum + each.attempted, 0);
		const seconds = Math.max(...runs.map((each, i) => each.seconds + (plans[i]?.schedule.start ?? 0)));
		const accepted = port.counters.sent - sentBefore;
		const acceptedBytes = port.counters.sentBytes - bytesBefore;
		const left = await leftInterface(iface, before, accepted);
		// other traffic only adds to the interface's count: what is missing there was lost in the kernel before the driver
		const sent = Math.min(accepted, left);
		const bytes = accepted === 0 ? 0 : Math.round((acceptedBytes * sent) / accepted);
		const rates = {pps: sent / seconds, bps: (bytes * 8) / seconds, wireBps: ((bytes + sent * wireOverhead) * 8) / seconds};
		const failed = attempted - sent;
		const fixed = plans.every(({source}) => source.maxLength === plans[0]?.source.maxLength && source.meanLength === source.maxLength);
		const size = fixed ? `of ${plans[0]?.source.maxLength} bytes` : `of ${sent === 0 ? 0 : Math.round(bytes / sent)} bytes on average`;
		output.text(
			`${sent} frames ${size} left ${iface} in ${showSeconds(seconds)}: ${showCount(rates.pps)} frames/s, ${showBits(rates.bps)}, on a wire ${showBits(rates.wireBps)}`,
		);
		output.text(`${failed} failed (${attempted - accepted} refused by the kernel, ${accepted - sent} taken but not counted as sent by ${iface})`);
		if (streams.some(({source}) => source.random)) output.text(`seed ${seed}`);
		output.summary({sent, bytes, seconds, ...rates, failed, engine, run: run.toString(16), seed, attempted, iface, interfaceSent: left});
		if (sent === 0) throw new NetstressError('ERR_IO', `nothing left ${iface}: ${attempted} frames were tried`, {iface});
		return failed > 0 && !signal.aborted ? exit.failed : exit.done;
	} finally {
		port.close();
	}
}

export const command: Command<InjectArguments> = {
	positionals: '[template]',
	describe: 'build and send frames; as it stands 1,000 stamped frames of EtherType 0x88b5 at 1 kpps, harmless anywhere',
	build: yargs =>
		yargs
			.positional('template', {type: 'string', describe: 'what a frame looks like, such as "ip4(dst=192.0.2.7)/udp(dport=inc(1,9))/stamp()" (docs/inject.md)'})
			.options({
				...pick('iface', 'write', 'count', 'duration', 'rate', 'gap', 'interval'),
				...frameFlags,
				dst: value(`destination address where the frames do not say one (default: ${nowhere}, nobody's)`, parseUnicast, {name: 'dst'}),
				engine: {choices: ['sendmmsg', 'ring', 'file'] as const, describe: 'how frames are handed to the kernel, or a file: -w FILE (default: sendmmsg)'},
				print: {type: 'boolean', default: false, describe: 'show the frames, their bytes and what they are, and send nothing'},
				flood: {type: 'boolean', default: false, describe: 'as fast as they go'},
				'allow-default-route': {type: 'boolean', default: false, describe: 'faster than 1 kpps even on the interface with the default route'},
			})
			.example('netstress inject -i eth1', '1,000 frames at 1 kpps')
			.example('netstress inject -i eth1 -n 0 -b 40%', 'until Ctrl-C, at 40 % of the line rate')
			.example('netstress inject --print "aoe(shelf=1,slot=0)/ata(read,lba=inc(0,800,8),count=8)"', 'what would be sent') as unknown as ReturnType<
			Command<InjectArguments>['build']
		>,
	run(argv, signal) {
		const {iface, write, engine, print} = argv;
		if ((write !== undefined) !== (engine === 'file') && (engine !== undefined || print)) {
			if (write === undefined) throw usage('--engine file needs -w FILE');
			throw usage(print ? '--print shows frames, -w writes them; give one' : `-w FILE belongs to --engine file, not to ${engine}`);
		}
		if (argv.json && write === '-') throw usage('--json and -w - both want standard output; write to a file, or leave --json away');
		if (print || write !== undefined) return rehearse(argv, signal);
		if (iface === undefined) throw usage('which interface? -i IFACE (--iface); --print shows the frames without one');
		return send(argv, iface, signal);
	},
};
