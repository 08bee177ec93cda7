// netstress ledger at work: both sides, or the one that is here, with the drop monitor over them; what comes of it are the records of the sides (src/monitor/ledger/side.ts).
import {hostname, release} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {usage} from '../src/base/errors.js';
import {framesOf, highestPps} from '../src/inject/schedule/schedule.js';
import {protocolName} from '../src/monitor/drops/protocols.js';
import type {SenderCount} from '../src/monitor/ledger/close.js';
import type {SideRecord} from '../src/monitor/ledger/side.js';
import {DropWatch} from '../src/monitor/ledger/watch.js';
import type {InterfaceAt} from '../src/sys/namespace.js';
import {portable} from './inject-crew.js';
import {planStreams} from './inject-plan.js';
import type {LedgerArguments} from './ledger-arguments.js';
import {type CountedRun, LedgerSide, type ReceiverKind} from './ledger-side.js';
import type {Output} from './output.js';
import {etherTypesOf} from './peer-ledger.js';
import {progressBar} from './progress.js';

/** Anything faster than this refuses an interface that people are reached by. */
const harmlessPps = 1000;
/** Frames that a queue still holds when the sender has ended leave it within this time or never. */
const settleMs = 100;

export interface LedgerRun {
	readonly sides: readonly SideRecord[];
	/** What the receiver says besides its part in the sum. */
	readonly counted: readonly CountedRun[];
	readonly sent: {readonly sender: SenderCount; readonly seconds: number; readonly pps: number; readonly bytes: number} | undefined;
}

export interface LedgerPlan {
	readonly argv: LedgerArguments;
	readonly from: InterfaceAt | undefined;
	readonly to: InterfaceAt | undefined;
	readonly receiver: ReceiverKind;
	readonly run: number | undefined;
	readonly seed: number;
}

/** What will be sent: its EtherTypes, how many frames at most, how fast at most. */
async function foresee({argv, from, seed}: LedgerPlan): Promise<{types: Set<number>; frames: number; pps: number}> {
	const somebody = new Uint8Array([2, 0x6e, 0x73, 0, 0xff, 0xfd]);
	const streams = await planStreams(argv, {source: somebody, destination: somebody, run: 0, seed}, from?.netns === undefined ? from?.iface : undefined);
	return {
		types: etherTypesOf(streams),
		frames: streams.reduce((sum, {schedule}) => sum + framesOf(schedule), 0),
		pps: streams.reduce((sum, {schedule}) => sum + highestPps(schedule), 0),
	};
}

/** Runs what is asked for. ERR_USAGE, ERR_PERMISSION, ERR_SYSCALL, ERR_IO as the sides'. */
export async function runLedger(plan: LedgerPlan, output: Output, signal: AbortSignal): Promise<LedgerRun> {
	const {argv, from, to, receiver, run, seed} = plan;
	const ahead = await foresee(plan);
	const [only] = ahead.types.size === 1 ? ahead.types : [undefined];
	// a tag is taken off before protocols are asked
	const etherType = only === 0x8100 || only === 0x88a8 ? undefined : only;
	const sides: LedgerSide[] = [];
	const watch = new DropWatch(ahead.types);
	const bar = progressBar(Number.isFinite(ahead.frames) ? ahead.frames : 0, argv.quiet || (ahead.frames / ahead.pps < 2 && ahead.frames > 0));
	const start = async (task: Parameters<typeof LedgerSide.start>[0]) => {
		const side = await LedgerSide.start(task, {
			progress: frames => bar.update(frames, `frames on ${task.at.text}`),
			gone(message) {
				output.say(message);
				nothingMore.abort();
			},
		});
		sides.push(side);
		return side;
	};
	const nothingMore = new AbortController();
	const stop = () => sides.find(side => side === sender)?.stop();
	let sender: LedgerSide | undefined;
	try {
		const taker = to === undefined ? undefined : await start({side: 'to', at: to, run, receiver, etherType, ringBytes: argv['ring-size']});
		const {size, transmit, bypassQdisc} = argv;
		sender =
			from === undefined || run === undefined
				? undefined
				: await start({side: 'from', at: from, run, seed, argv: portable(argv), size: size?.text, transmit, bypassQdisc});
		for (const {facts} of sides)
			if (facts.defaultRoute && sender !== undefined && ahead.pps > harmlessPps + 1e-6 && !argv.allowDefaultRoute)
				throw usage(
					`${facts.iface} carries the default route: faster than ${harmlessPps} frames a second takes hosts off the network (RFC 6815); use a test network, or say --allow-default-route`,
				);
		watch.mark();
		if (sender === undefined) {
			output.event('ready', {iface: taker?.facts.iface});
			output.say(`counting on ${to?.text}; ${argv.duration === undefined ? 'Ctrl-C stops' : 'Ctrl-C stops earlier'}`);
		}
		signal.addEventListener('abort', stop);
		const sent = await sender?.send(argv.dst ?? taker?.facts.mac ?? new Uint8Array([2, 0x6e, 0x73, 0, 0xff, 0xfe]));
		if (sender === undefined) await untilStopped(argv.duration ?? 0, AbortSignal.any([signal, nothingMore.signal]));
		const refused = Object.values(sent?.sender.refusals ?? {}).reduce((sum, frames) => sum + frames, 0);
		const {runs = [], joined = 0} = (await taker?.finish((sent?.sender.attempted ?? 0) - refused)) ?? {};
		bar.stop();
		if (joined > 0)
			output.say(`${joined} frames were joined by the kernel and only the first stamp of each was counted: ethtool -K ${to?.iface} gro off lro off`);
		await sleep(settleMs);
		const {reasons, unseen, monitor} = watch.since(sender?.facts, taker?.facts, true);
		const shared = {type: 'side', host: hostname(), kernel: release(), at: new Date().toISOString(), monitor} as const;
		const records: SideRecord[] = [];
		if (sender !== undefined && sent !== undefined) {
			const {iface} = sender.facts;
			const mine = reasons?.filter(({side}) => side === 'from');
			records.push({
				...shared,
				side: 'from',
				run: (run as number).toString(16),
				iface,
				sender: sent.sender,
				protocols: [...ahead.types].map(protocolName),
				unseen: taker === undefined ? unseen : 0, // once for a host
				...(await sender.counters()),
				...(mine && {reasons: mine}),
			});
		}
		if (taker !== undefined) {
			const {iface} = taker.facts;
			const mine = reasons?.filter(({side}) => side === 'to');
			const counters = await taker.counters();
			for (const counted of runs)
				records.push({
					...shared,
					side: 'to',
					run: counted.run,
					iface,
					receiver: counted,
					unseen,
					otherRuns: runs.length - 1,
					...counters,
					...(mine && {reasons: mine}),
				});
		}
		return {sides: records, counted: runs, sent};
	} finally {
		signal.removeEventListener('abort', stop);
		bar.stop();
		watch.close();
		await Promise.all(sides.map(side => side.close()));
	}
}

/** Until the time is over, or until the signal (Ctrl-C, nothing more can come); 0 seconds: only that. */
async function untilStopped(seconds: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	const wait = seconds > 0 ? sleep(seconds * 1000, undefined, {signal}) : new Promise(resolve => signal.addEventListener('abort', resolve));
	await wait.catch(() => undefined);
}
