// netstress inject: sends, from one thread or from several, holds what the kernel took against what the interface counted, and says how it went.
import {usage} from '../src/base/errors.js';
import {showBits, showCount, showSeconds} from '../src/base/units.js';
import {wireOverhead} from '../src/inject/pace.js';
import {combinePaces, type PaceReport} from '../src/inject/schedule/record.js';
import {framesOf, highestPps} from '../src/inject/schedule/schedule.js';
import {defaultRouteInterfaces} from '../src/monitor/route.js';
import {netstatDefaultRoutes} from '../src/sys/bsd.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {type InterfaceAt, interfaceAt, namespaceNames} from '../src/sys/namespace.js';
import {exit} from './command.js';
import type {InjectArguments} from './inject-arguments.js';
import {startCrew} from './inject-crew.js';
import {departuresOf, nothingLeft, type Outcome, runSender} from './inject-engine.js';
import type {Addresses} from './inject-frames.js';
import {type Peer, startPeer, tellPeer} from './inject-peer.js';
import {type PlannedStream, planStreams} from './inject-plan.js';
import {showLedger} from './ledger-report.js';
import {type Output, outputFor} from './output.js';
import {etherTypesOf, PeerLedger} from './peer-ledger.js';
import {progressBar} from './progress.js';

/** Anything faster than this refuses an interface that people are reached by. */
const harmlessPps = 1000;

const routed = () => (process.platform === 'linux' ? defaultRouteInterfaces() : netstatDefaultRoutes());

/** The guard of every sender. ERR_USAGE. */
export function guard(iface: string, pps: number, allowed: boolean): void {
	if (pps <= harmlessPps + 1e-6 || allowed || !routed().includes(iface)) return;
	throw reachesPeople(iface);
}

/** What is said of an interface with the default route. */
export const reachesPeople = (iface: string) =>
	usage(
		`${iface} carries the default route: faster than ${harmlessPps} frames a second takes hosts off the network (RFC 6815); use a test network, or say --allow-default-route`,
	);

function checkLengths(iface: string, mtu: number, streams: readonly PlannedStream[]): void {
	for (const {name, source} of streams) {
		if (source.maxLength <= mtu + 14) continue;
		throw usage(`${name === '' ? 'frames' : `frames of ${name}`} of ${source.maxLength} bytes are more than ${iface} takes: ${mtu + 14} bytes at MTU ${mtu}`);
	}
}

const total = (outcomes: readonly Outcome[], key: 'attempted' | 'accepted' | 'acceptedBytes' | 'leftover') =>
	outcomes.reduce((sum, outcome) => sum + outcome[key], 0);

function totals(outcomes: readonly Outcome[], key: 'refusals' | 'retried'): Record<string, number> {
	const sum: Record<string, number> = {};
	for (const outcome of outcomes) for (const [name, frames] of Object.entries(outcome[key])) sum[name] = (sum[name] ?? 0) + frames;
	return sum;
}

const listed = (frames: Readonly<Record<string, number>>) =>
	Object.entries(frames)
		.map(([name, number]) => `${name} ${number}`)
		.join(', ');

/** The line that says how well the pace was kept. */
function sayPace({askedPps, achievedPps, errorPercent, worstLatenessUs, skipped}: PaceReport, output: Output): void {
	if (askedPps === undefined || errorPercent === undefined) return;
	output.text(
		`pace: ${showCount(askedPps)} frames/s asked, ${showCount(achievedPps)} achieved (${errorPercent >= 0 ? '+' : ''}${errorPercent.toFixed(3)} %), the latest frame ${showSeconds((worstLatenessUs ?? 0) / 1e6)} behind its time${skipped > 0 ? `, ${skipped} frames never sent because their time had passed` : ''}`,
	);
}

/** The interface that sends: one of this namespace. ERR_USAGE, with the command to write, for one of another. */
export function ownInterface(text: string): string {
	const {iface, netns} = interfaceAt(text, '--iface');
	if (netns === undefined) return iface;
	const enter = namespaceNames().includes(netns) ? `ip netns exec ${netns}` : `nsenter --net --target ${netns}`;
	throw usage(`frames are sent from this network namespace; from ${netns} write: ${enter} netstress … -i ${iface}`, {iface: text});
}

/** The other end. ERR_USAGE when it is this one. */
export function peerOf(text: string, iface: string): InterfaceAt {
	const peer = interfaceAt(text, '--peer');
	if (peer.iface === iface && peer.netns === undefined) throw usage(`--peer ${text} is the interface that sends; name the other end`);
	return peer;
}

/** Sends every stream at its pace, all at once; with --peer the other end counts. */
export async function send(argv: InjectArguments, iface: string, seed: number, destination: Uint8Array, signal: AbortSignal): Promise<number> {
	const run = Math.floor(Math.random() * 2 ** 32);
	if (argv.peer === undefined) return sendRun(argv, iface, seed, destination, run, undefined, signal);
	const peer = await startPeer(peerOf(argv.peer, iface), run);
	try {
		return await sendRun(argv, iface, seed, destination, run, peer, signal);
	} finally {
		peer.close();
	}
}

async function sendRun(
	argv: InjectArguments,
	iface: string,
	seed: number,
	destination: Uint8Array,
	run: number,
	peer: Peer | undefined,
	signal: AbortSignal,
): Promise<number> {
	const output = outputFor(argv);
	const {interval, cpus} = argv;
	const {mac, mtu} = interfaceInfo(iface);
	const addresses: Addresses = {source: mac, destination, run, seed};
	const streams = await planStreams(argv, addresses, iface);
	guard(
		iface,
		streams.reduce((sum, {schedule}) => sum + highestPps(schedule), 0),
		argv.allowDefaultRoute,
	);
	checkLengths(iface, mtu, streams);
	const most = streams.reduce((sum, {schedule}) => sum + framesOf(schedule), 0);
	const count = Number.isFinite(most) ? most : 0;
	const longest = Math.max(...streams.map(({schedule}) => framesOf(schedule) / highestPps(schedule)));
	const bar = progressBar(count, argv.quiet || interval !== undefined || (longest < 2 && count > 0));
	let told = 0;
	const progress = (attempted: number, elapsed: number) => {
		bar.update(attempted, `frames on ${iface}`);
		if (interval === undefined || elapsed - told < interval) return;
		told = elapsed;
		output.event('interval', {seconds: elapsed, attempted, pps: attempted / elapsed});
		if (!output.json) output.say(`${showSeconds(elapsed)}: ${attempted} frames`);
	};
	// both counters are read: which engine sends is known only when it has been tried
	const departures = {packet: departuresOf(iface, false), xdp: departuresOf(iface, true)};
	const wish = {engine: argv.engine === 'file' ? ('auto' as const) : argv.engine, transmit: argv.transmit, bypassQdisc: argv.bypassQdisc};
	// what standard input gives it gives once: then nothing tells what will be sent
	const ledger =
		peer === undefined || argv.read === '-' || argv.frameFile === '-' || argv.trafgen === '-'
			? undefined
			: new PeerLedger(iface, etherTypesOf(await planStreams(argv, addresses, iface)));
	ledger?.begin();
	const outcomes =
		cpus === undefined ? [await runSender(iface, streams, wish, {signal, progress})] : await startCrew({iface, argv, addresses, wish}, cpus, signal, progress);
	bar.stop();
	const [{choice, transmit}] = outcomes as [Outcome];
	const {engine, reason} = choice;
	if (wish.engine === 'auto') output.say(`engine ${engine}: ${reason}`);
	const attempted = total(outcomes, 'attempted');
	const accepted = total(outcomes, 'accepted');
	const departed = departures[engine === 'xdp' ? 'xdp' : 'packet'];
	const left = await departed.settled(accepted);
	// other traffic only adds to the interface's count: what is missing there was lost in the kernel before the driver
	const sent = Math.min(accepted, left);
	const share = accepted === 0 ? 0 : sent / accepted;
	const bytes = Math.round(total(outcomes, 'acceptedBytes') * share);
	const seconds = Math.max(...outcomes.map(outcome => outcome.seconds));
	const pace = combinePaces(
		outcomes.map(outcome => outcome.pace),
		share,
	);
	const pps = pace.achievedPps;
	const each = sent === 0 ? 0 : bytes / sent;
	const rates = {pps, bps: pps * each * 8, wireBps: pps * (each + wireOverhead) * 8};
	const failed = attempted - sent;
	const fixed = streams.every(({source}) => source.maxLength === streams[0]?.source.maxLength && source.meanLength === source.maxLength);
	const size = fixed ? `of ${streams[0]?.source.maxLength} bytes` : `of ${Math.round(each)} bytes on average`;
	output.text(
		`${sent} frames ${size} left ${iface} in ${showSeconds(seconds)}: ${showCount(rates.pps)} frames/s, ${showBits(rates.bps)}, on a wire ${showBits(rates.wireBps)}`,
	);
	sayPace(pace, output);
	const refusals = totals(outcomes, 'refusals');
	const retried = totals(outcomes, 'retried');
	const leftover = total(outcomes, 'leftover');
	const why = Object.keys(refusals).length > 0 ? `: ${listed(refusals)}` : '';
	output.text(
		`${failed} failed (${attempted - accepted} refused by the kernel${why}; ${accepted - sent} taken but not counted as sent by ${iface}${leftover > 0 ? `, ${leftover} of them left in the ring` : ''})`,
	);
	if (Object.keys(retried).length > 0) output.text(`waited for room ${listed(retried)} times`);
	if (streams.some(({source}) => source.random)) output.text(`seed ${seed}`);
	const arrived = await peer?.finish({sent, attempts: outcomes.flatMap(({attempts}) => attempts)});
	const closed = arrived === undefined ? undefined : await ledger?.close(run.toString(16), {attempted, refusals, leftover}, arrived);
	ledger?.end();
	const verdict = arrived === undefined ? exit.done : tellPeer(argv.peer as string, sent, arrived.received, arrived.joined, argv.maxLoss, output);
	if (closed !== undefined && closed.hops.length > 0) output.text(showLedger(closed, process.stdout.columns ?? 100));
	output.summary({
		sent,
		bytes,
		seconds,
		...rates,
		failed,
		engine,
		engineReason: reason,
		...(transmit === undefined ? {} : {transmit, bypassQdisc: wish.bypassQdisc}),
		...(cpus === undefined ? {} : {cpus}),
		pace,
		run: run.toString(16),
		seed,
		attempted,
		accepted,
		refusals,
		retried,
		leftover,
		iface,
		interfaceSent: left,
		interfaceCounter: departed.counter,
		...(arrived === undefined
			? {}
			: {peer: {iface: argv.peer, ...arrived.received, joined: arrived.joined, hops: closed?.hops ?? [], unexplained: closed?.unexplained ?? null}}),
	});
	if (sent === 0) throw nothingLeft(iface, attempted, engine);
	return failed > 0 && !signal.aborted ? exit.failed : verdict;
}
