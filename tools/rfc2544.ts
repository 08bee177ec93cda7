// netstress rfc2544: the benchmarks of RFC 2544 for whatever lies between two interfaces of this host (docs/rfc2544.md).
import {writeFileSync} from 'node:fs';
import {usage} from '../src/base/errors.js';
import {count, duration, share, showCount, showSeconds, showShare} from '../src/base/units.js';
import {measure, type SizeResult} from '../src/inject/method/measure.js';
import {lossShare, type Offer, type Trial} from '../src/inject/method/trial.js';
import {parseUnicast} from '../src/inject/unicast.js';
import type {Hop} from '../src/monitor/ledger/hop.js';
import {type Place, places} from '../src/monitor/place.js';
import {linkSpeed} from '../src/monitor/route.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {lookAt} from './inject-peer.js';
import {planStreams} from './inject-plan.js';
import {guard, ownInterface, peerOf, reachesPeople} from './inject-send.js';
import {outputFor} from './output.js';
import {etherTypesOf, PeerLedger} from './peer-ledger.js';
import {writable} from './report-file.js';
import {measureAlone} from './rfc2544-alone.js';
import {type PlanArguments, parseSizes, parseTests, planOf} from './rfc2544-plan.js';
import {rfc2544Page, rfc2544Text} from './rfc2544-report.js';
import {trialsOn} from './rfc2544-trial.js';

interface Rfc2544Arguments extends SharedArguments, PlanArguments {
	iface?: string;
	peer?: string;
	template?: string;
	dst?: Uint8Array;
	engine: 'auto' | 'packet' | 'xdp';
	report?: string;
	allowDefaultRoute: boolean;
}

/** Status 3 when there is a size of which no rate keeps to --max-loss. */
const statusOf = (results: readonly SizeResult[]): number =>
	results.some(({throughput}) => throughput?.pps === null && throughput.limit === 'device') ? exit.limitCrossed : exit.done;

async function run(argv: Rfc2544Arguments, signal: AbortSignal): Promise<number> {
	const {peer} = argv;
	if (argv.iface === undefined || peer === undefined) throw usage('which interfaces? -i IFACE sends, --peer IFACE counts what comes');
	const iface = ownInterface(argv.iface);
	const at = peerOf(peer, iface);
	const output = outputFor(argv);
	const {mtu: ours} = interfaceInfo(iface);
	const other = await lookAt(at);
	const mtu = Math.min(ours, other.info.mtu);
	const {plan, stragglersMs, pauseMs} = planOf(argv, mtu, linkSpeed(iface), iface);
	guard(iface, Number.POSITIVE_INFINITY, argv.allowDefaultRoute);
	if (other.defaultRoute && !argv.allowDefaultRoute) throw reachesPeople(peer);
	let trials = 0;
	let engine = '';
	const lostAt = new Map<string, {place: Place; source: string; count: number}>();
	const tell = (offer: Offer, trial: Trial, sender: {engine: string; engineReason: string}, hops: readonly Hop[]) => {
		for (const {place, source, count} of hops) lostAt.set(`${place} ${source}`, {place, source, count: count + (lostAt.get(`${place} ${source}`)?.count ?? 0)});
		const {test, size, pps, seconds, frames} = offer;
		trials++;
		if (sender.engine !== engine) output.say(`engine ${sender.engine}: ${sender.engineReason}`);
		engine = sender.engine;
		output.event('trial', {test, size, askedPps: pps, seconds, frames, ...trial, lossShare: lossShare(trial), engine, hops});
		if (!output.json) {
			const asked = Number.isFinite(pps) ? `${showCount(pps)}/s` : 'as fast as they go';
			const extent = frames === undefined ? `for ${showSeconds(seconds ?? 0)}` : `${frames} frames`;
			output.say(`${test}, ${size} bytes, ${asked}, ${extent}: ${trial.lost} of ${trial.sent} lost (${showShare(lossShare(trial))})`);
		}
	};
	const {template, dst: destination = other.info.mac} = argv;
	const sample = await planStreams(
		{...(template === undefined ? {} : {template}), flood: true, count: 1},
		{source: destination, destination, run: 0, seed: 0},
		iface,
	);
	const ledger = new PeerLedger(iface, etherTypesOf(sample));
	const trial = trialsOn({iface, peer: at, template, destination, engine: argv.engine, stragglersMs, pauseMs, signal, tell, ledger});
	// XDP frames take another way than those of a packet socket: what the one does alone says nothing of the other
	const alone = (size: number, pps: number, seconds: number) =>
		engine === 'packet' ? measureAlone({offer: {test: 'tester', size, pps, seconds}, template, stragglersMs}) : Promise.resolve(undefined);
	const results = await measure(trial, {...plan, alone}, (test, size, result) => output.event('result', {test, size, ...(result ?? {pps: null})}), signal);
	ledger.end();
	const interrupted = signal.aborted;
	const hops = [...lostAt.values()].sort((a, b) => b.count - a.count);
	output.text(rfc2544Text(results, process.stdout.columns ?? 160));
	if (hops.length > 0)
		output.text(
			`where frames were lost, all trials together:\n${hops.map(({place, source, count}) => `${String(count).padStart(10)}  ${places[place].title}, by ${source}`).join('\n')}`,
		);
	if (interrupted) output.say('interrupted: this is what had been measured');
	if (argv.report !== undefined) {
		const {seconds, resolution, maxLoss} = plan.throughput;
		const facts = [
			['sender', iface],
			['receiver', peer],
			['frames', template ?? 'stamp'],
			['engine', engine],
			['profile', argv.profile],
			['trials', `${trials}, of ${showSeconds(seconds)}`],
			['resolution', showShare(resolution)],
			['acceptable loss', showShare(maxLoss)],
		] as const;
		writeFileSync(argv.report, rfc2544Page(results, facts, interrupted));
		output.say(`report in ${argv.report}`);
	}
	output.summary({
		iface,
		peer,
		profile: argv.profile,
		engine,
		trials,
		interrupted,
		maxLoss: plan.throughput.maxLoss,
		resolution: plan.throughput.resolution,
		sizes: results,
		hops,
	});
	return interrupted ? exit.failed : statusOf(results);
}

export const command: Command<Rfc2544Arguments> = {
	positionals: '[template]',
	describe: 'benchmark what lies between two interfaces: throughput, frame loss, back-to-back bursts, latency (RFC 2544, RFC 9004)',
	build: yargs =>
		yargs
			.positional('template', {type: 'string', describe: 'what a frame looks like (docs/inject.md); a stamp alone when not given'})
			.options({
				...pick('iface', 'duration', 'rate'),
				peer: value('the interface at the other end, IFACE or IFACE@NETNS', text => text, {name: 'peer'}),
				profile: {choices: ['short', 'full'] as const, default: 'short' as const, describe: 'a minute, or the durations of the RFCs: many hours'},
				test: value('which: throughput,loss,back-to-back,latency (default: all)', parseTests, {name: 'test'}),
				size: value('bytes of frames without their check sequence: 60,508,1514, rfc2544 or jumbo', parseSizes, {name: 'size'}),
				resolution: value('how close a search comes (default: 5%, full: 1%)', share, {name: 'resolution'}),
				'max-loss': {...value('share that may be lost in a throughput trial', share, {name: 'max-loss'}), default: '0'},
				repeats: value('searches for the longest burst (default: 2, full: 50)', count, {name: 'repeats'}),
				pause: value('rest between two trials, such as 1s (default: none, full: 5s)', duration, {name: 'pause'}),
				engine: {choices: ['auto', 'packet', 'xdp'] as const, default: 'auto' as const, describe: 'who sends (docs/inject.md)'},
				dst: value("destination address where the template does not say one (default: the peer's)", parseUnicast, {name: 'dst'}),
				report: value('write a page with the results', writable, {name: 'report'}),
				'allow-default-route': {type: 'boolean', default: false, describe: 'even on an interface with the default route'},
			})
			.example('netstress rfc2544 -i eth1 --peer eth2', 'three sizes, everything, about a minute')
			.example('netstress rfc2544 -i eth1 --peer eth2 --profile full --report dut.html', 'as RFC 2544 has it') as unknown as ReturnType<
			Command<Rfc2544Arguments>['build']
		>,
	run,
};
