// netstress ledger at work: both sides, or the one that is here, with the drop monitor over them; what comes of it are the records of the sides (src/monitor/ledger/side.ts).
import {hostname, release} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError, usage} from '../src/base/errors.js';
import {framesOf, highestPps} from '../src/inject/schedule/schedule.js';
import type {Drop} from '../src/monitor/drops/drop.js';
import {openDrops} from '../src/monitor/drops/open.js';
import {DropTotal} from '../src/monitor/drops/trace-source.js';
import type {SenderCount} from '../src/monitor/ledger/close.js';
import {dropsSince, type End, reasonsOf} from '../src/monitor/ledger/reasons.js';
import type {MonitorFacts, SideRecord} from '../src/monitor/ledger/side.js';
import type {InterfaceAt} from '../src/sys/namespace.js';
import {portable} from './inject-crew.js';
import {planStreams} from './inject-plan.js';
import type {LedgerArguments} from './ledger.js';
import {type CountedRun, LedgerSide, type ReceiverKind, type SideFacts} from './ledger-side.js';
import type {Output} from './output.js';
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
	const types = streams.map(({source}) => {
		const bytes = new Uint8Array(source.maxLength);
		const view = new DataView(bytes.buffer);
		source.write(bytes, view, 0, 0);
		return bytes.length < 14 ? 0 : view.getUint16(12);
	});
	return {
		types: new Set(types),
		frames: streams.reduce((sum, {schedule}) => sum + framesOf(schedule), 0),
		pps: streams.reduce((sum, {schedule}) => sum + highestPps(schedule), 0),
	};
}

/** Undefined where this kernel or user has none. */
function where<T>(open: () => T): {opened: T | undefined; why: string} {
	try {
		return {opened: open(), why: ''};
	} catch (error) {
		if (!(error instanceof NetstressError) || (error.code !== 'ERR_UNSUPPORTED' && error.code !== 'ERR_PERMISSION')) throw error;
		return {opened: undefined, why: error.message};
	}
}

const count = (drops: readonly Drop[], types: ReadonlySet<number>): number => drops.reduce((sum, drop) => sum + (types.has(drop.protocol) ? drop.count : 0), 0);

const endOf = ({iface, ifindex, netns}: SideFacts): End => ({iface, ifindex, netns});

/** Runs what is asked for. ERR_USAGE, ERR_PERMISSION, ERR_SYSCALL, ERR_IO as the sides'. */
export async function runLedger(plan: LedgerPlan, output: Output, signal: AbortSignal): Promise<LedgerRun> {
	const {argv, from, to, receiver, run, seed} = plan;
	const ahead = await foresee(plan);
	const [only] = ahead.types.size === 1 ? ahead.types : [undefined];
	// a tag is taken off before protocols are asked
	const etherType = only === 0x8100 || only === 0x88a8 ? undefined : only;
	const sides: LedgerSide[] = [];
	const {opened, why} = where(() => openDrops());
	// its count is exact, without reasons; the monitor's has reasons and may not be exact
	const {opened: total} = opened?.source.name === 'bpf' ? where(() => new DropTotal([...ahead.types].map(type => `protocol == ${type}`).join(' || '))) : {};
	const bar = progressBar(Number.isFinite(ahead.frames) ? ahead.frames : 0, argv.quiet || (ahead.frames / ahead.pps < 2 && ahead.frames > 0));
	const start = async (task: Parameters<typeof LedgerSide.start>[0]) => {
		const side = await LedgerSide.start(task, frames => bar.update(frames, `frames on ${task.at.text}`));
		sides.push(side);
		return side;
	};
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
		const before = opened?.source.read() ?? [];
		const totalBefore = total?.read() ?? 0;
		signal.addEventListener('abort', stop);
		const sent = await sender?.send(argv.dst ?? taker?.facts.mac ?? new Uint8Array([2, 0x6e, 0x73, 0, 0xff, 0xfe]));
		if (sender === undefined) await untilStopped(argv.duration ?? 0, signal);
		const refused = Object.values(sent?.sender.refusals ?? {}).reduce((sum, frames) => sum + frames, 0);
		const {runs = [], joined = 0} = (await taker?.finish((sent?.sender.attempted ?? 0) - refused)) ?? {};
		bar.stop();
		if (joined > 0)
			output.say(`${joined} frames were joined by the kernel and only the first stamp of each was counted: ethtool -K ${to?.iface} gro off lro off`);
		await sleep(settleMs);
		const drops: Drop[] = opened === undefined ? [] : dropsSince(opened.source.read(), before);
		const unseen = total === undefined ? 0 : Math.max(0, total.read() - totalBefore - count(drops, ahead.types));
		const reasons =
			opened === undefined || opened.source.name === 'counters'
				? undefined
				: reasonsOf(drops, ahead.types, sender && endOf(sender.facts), taker && endOf(taker.facts));
		const monitor: MonitorFacts = {
			source: opened?.source.name ?? 'none',
			cannotSee: opened === undefined ? [`no drop reasons, only counters: ${why}`] : opened.source.cannotSee,
			lostEvents: opened?.source.lostEvents() ?? 0,
		};
		const shared = {type: 'side', version: 1, host: hostname(), kernel: release(), at: new Date().toISOString(), monitor} as const;
		const records: SideRecord[] = [];
		if (sender !== undefined && sent !== undefined) {
			const {iface, driver} = sender.facts;
			const mine = reasons?.filter(({side}) => side === 'from');
			records.push({
				...shared,
				side: 'from',
				run: (run as number).toString(16),
				iface,
				driver,
				sender: sent.sender,
				unseen: taker === undefined ? unseen : 0, // once for a host
				...(await sender.counters()),
				...(mine && {reasons: mine}),
			});
		}
		if (taker !== undefined) {
			const {iface, driver} = taker.facts;
			const mine = reasons?.filter(({side}) => side === 'to');
			const counters = await taker.counters();
			for (const counted of runs)
				records.push({...shared, side: 'to', run: counted.run, iface, driver, receiver: counted, unseen, ...counters, ...(mine && {reasons: mine})});
		}
		return {sides: records, counted: runs, sent};
	} finally {
		signal.removeEventListener('abort', stop);
		bar.stop();
		opened?.source.close();
		total?.close();
		await Promise.all(sides.map(side => side.close()));
	}
}

/** Until the time is over, or until Ctrl-C; 0 seconds: only that. */
async function untilStopped(seconds: number, signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	const wait = seconds > 0 ? sleep(seconds * 1000, undefined, {signal}) : new Promise(resolve => signal.addEventListener('abort', resolve));
	await wait.catch(() => undefined);
}
