// netstress inject: stamped frames onto an interface. As it stands it is harmless anywhere: 1,000 frames at 1 kpps to a station that is not there.
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError, usage} from '../src/base/errors.js';
import {type Rate, showBits, showCount, showSeconds, size} from '../src/base/units.js';
import {inject} from '../src/inject/inject.js';
import {framesPerSecond, wireOverhead} from '../src/inject/pace.js';
import {parseUnicast, Stamper} from '../src/inject/stamper.js';
import {readInterface} from '../src/monitor/interface.js';
import {defaultRouteInterfaces, linkSpeed} from '../src/monitor/route.js';
import {openRingPort} from '../src/port/ring.js';
import {STAMP_ETHERTYPE} from '../src/wire/stamp.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {outputFor} from './output.js';
import {progressBar} from './progress.js';

interface InjectArguments extends SharedArguments {
	iface: string;
	count?: number;
	duration?: number;
	rate?: Rate;
	gap?: number;
	interval?: number;
	dst?: Uint8Array;
	size?: number;
	stream?: number;
	engine: 'sendmmsg' | 'ring';
	flood: boolean;
	allowDefaultRoute: boolean;
}

/** The guard: anything faster than this refuses an interface that people are reached by. */
const harmlessPps = 1000;
const usualCount = 1000;
/** Locally administered, unicast, nobody's. */
const nowhere = '02:6e:73:00:ff:fe';

const u32 = (text: string, what: string): number => {
	if (!/^\d+$/.test(text) || Number(text) > 0xffff_ffff) throw usage(`${what} "${text}" is not a whole number below 2^32`);
	return Number(text);
};

function paceOf({rate, gap, flood, iface, size = 60}: InjectArguments): number {
	if ([rate, gap, flood || undefined].filter(given => given !== undefined).length > 1)
		throw usage('--rate, --gap and --flood are three ways to say one thing; give one');
	if (flood) return Number.POSITIVE_INFINITY;
	if (gap !== undefined) return gap === 0 ? Number.POSITIVE_INFINITY : 1 / gap;
	return rate === undefined ? harmlessPps : framesPerSecond(rate, size, linkSpeed(iface));
}

function guard(iface: string, pps: number, allowed: boolean): void {
	if (pps <= harmlessPps || allowed || !defaultRouteInterfaces().includes(iface)) return;
	throw usage(
		`${iface} carries the default route: faster than ${harmlessPps} frames a second takes hosts off the network (RFC 6815); use a test network, or say --allow-default-route`,
	);
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

export const command: Command<InjectArguments> = {
	positionals: '',
	describe: 'build and send stamped frames; as it stands 1,000 frames of EtherType 0x88b5 at 1 kpps, harmless anywhere',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'count', 'duration', 'rate', 'gap', 'interval'),
				dst: value(`destination address (default: ${nowhere}, nobody's)`, parseUnicast, {name: 'dst'}),
				size: value('bytes of a frame without its check sequence (default: 60)', size, {name: 'size'}),
				stream: value('number of the stream, in every stamp (default: 0)', u32, {name: 'stream'}),
				engine: {choices: ['sendmmsg', 'ring'] as const, default: 'sendmmsg' as const, describe: 'how frames are handed to the kernel'},
				flood: {type: 'boolean', default: false, describe: 'as fast as they go'},
				'allow-default-route': {type: 'boolean', default: false, describe: 'faster than 1 kpps even on the interface with the default route'},
			})
			.demandOption('iface', 'which interface? -i IFACE')
			.example('netstress inject -i eth1', '1,000 frames at 1 kpps')
			.example('netstress inject -i eth1 -n 0 -b 40%', 'until Ctrl-C, at 40 % of the line rate') as unknown as ReturnType<Command<InjectArguments>['build']>,
	async run(argv, signal) {
		const output = outputFor(argv);
		const {iface, size: length = 60, interval} = argv;
		const pps = paceOf(argv);
		guard(iface, pps, argv.allowDefaultRoute);
		const count = argv.count ?? (argv.duration === undefined ? usualCount : 0);
		const port = openRingPort(iface, {etherType: STAMP_ETHERTYPE, transmit: argv.engine});
		try {
			if (length > port.mtu + 14) throw usage(`--size ${length} is more than ${iface} takes: ${port.mtu + 14} bytes at MTU ${port.mtu}`);
			const run = Math.floor(Math.random() * 2 ** 32);
			const stamper = new Stamper({destination: argv.dst ?? parseUnicast(nowhere, '--dst'), source: port.mac, length, run, stream: argv.stream ?? 0});
			const before = readInterface(iface).sent;
			const bar = progressBar(count, argv.quiet || interval !== undefined || (count / pps < 2 && count > 0));
			let told = 0;
			const done = await inject(port, stamper, {
				count,
				seconds: argv.duration ?? 0,
				pps,
				signal,
				progress(attempted, elapsed) {
					bar.update(attempted, `frames on ${iface}`);
					if (interval === undefined || elapsed - told < interval) return;
					told = elapsed;
					output.event('interval', {seconds: elapsed, attempted, pps: attempted / elapsed});
					if (!output.json) output.say(`${showSeconds(elapsed)}: ${attempted} frames`);
				},
			});
			bar.stop();
			const left = await leftInterface(iface, before, done.accepted);
			// other traffic only adds to the interface's count: what is missing there was lost in the kernel before the driver
			const sent = Math.min(done.accepted, left);
			const {seconds} = done;
			const bytes = sent * length;
			const rates = {pps: sent / seconds, bps: (bytes * 8) / seconds, wireBps: (sent * (length + wireOverhead) * 8) / seconds};
			const failed = done.attempted - sent;
			output.text(
				`${sent} frames of ${length} bytes left ${iface} in ${showSeconds(seconds)}: ${showCount(rates.pps)} frames/s, ${showBits(rates.bps)}, on a wire ${showBits(rates.wireBps)}`,
			);
			output.text(`${failed} failed (${done.failed} refused by the kernel, ${done.accepted - sent} taken but not counted as sent by ${iface})`);
			output.summary({
				sent,
				bytes,
				seconds,
				...rates,
				failed,
				engine: argv.engine,
				run: run.toString(16),
				attempted: done.attempted,
				iface,
				interfaceSent: left,
			});
			if (sent === 0) throw new NetstressError('ERR_IO', `nothing left ${iface}: ${done.attempted} frames were tried`, {iface});
			return failed > 0 && !signal.aborted ? exit.failed : exit.done;
		} finally {
			port.close();
		}
	},
};
