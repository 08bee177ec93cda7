// netstress race: the same work over each address, or, without addresses, over every protocol in a lab of its own.
import {writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type NetstressError, usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {duration, share, showSeconds, showShare, showSize, size} from '../src/base/units.js';
import type {Dropper} from '../src/race/dropper.js';
import {commonSpan, openField} from '../src/race/field.js';
import {type LostFrame, loseFrames, lostPlaces} from '../src/race/lost-frame.js';
import {machine} from '../src/race/machine.js';
import {type Contestant, race} from '../src/race/race.js';
import {raceReport} from '../src/race/report.js';
import type {WorkloadResult} from '../src/race/result.js';
import {startRunner} from '../src/race/runner.js';
import {showRace} from '../src/race/show.js';
import {showLostFrames, showSweep} from '../src/race/show-loss.js';
import {type SweepPoint, sweep} from '../src/race/sweep.js';
import {buildTrack, type TargetLosses, type TrackProtocol, trackProtocols} from '../src/race/track.js';
import {RaceWatch} from '../src/race/watch.js';
import {findWorkloads, profiles, sweepProfiles, type Workload, workloads} from '../src/race/workload.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {type Output, outputFor} from './output.js';
import {progressBar} from './progress.js';
import {writable} from './report-file.js';

interface RaceArguments extends SharedArguments {
	addresses?: string[];
	workload?: string[];
	profile: 'short' | 'full';
	rounds?: number;
	duration?: number;
	size?: number;
	folder?: string;
	mtu?: number;
	loss?: number[];
	lostFrame: boolean;
	report?: string;
	seed?: number;
	protocol?: string[];
	offloads: boolean;
	force: boolean;
	targetPid?: number[];
}

const wholeAboveZero = (text: string, what: string): number => {
	if (!/^[1-9]\d{0,5}$/.test(text)) throw usage(`${what} "${text}" is not a whole number above 0`);
	return Number(text);
};
const pids = (text: string, what: string) => text.split(',').map(pid => wholeAboveZero(pid, what));

interface Settings {
	readonly workloads: readonly Workload[];
	readonly rounds: number;
	readonly seconds: number;
	readonly seed: number;
	readonly profile: 'short' | 'full';
}

/** One share, or several: then in order, each once, and with 0, which the others are compared with. */
function losses(text: string, what: string): number[] {
	const shares = [...new Set(text.split(',').map(part => share(part, what)))].sort((a, b) => a - b);
	return shares.length > 1 && shares[0] !== 0 ? [0, ...shares] : shares;
}

function settingsOf(argv: RaceArguments): Settings {
	const profile = ((argv.loss?.length ?? 0) > 1 ? sweepProfiles : profiles)[argv.profile];
	const names = argv.workload?.flatMap(names => names.split(',')) ?? profile.workloads;
	const seconds = argv.duration ?? profile.seconds;
	if (seconds < 0.01) throw usage('--duration is 10ms at least: each point has to end');
	if (argv.report !== undefined) writable(argv.report);
	return {workloads: findWorkloads(names), rounds: argv.rounds ?? profile.rounds, seconds, seed: argv.seed ?? freshSeed(), profile: argv.profile};
}

const verifiedBlocks = 256;

interface Place {
	readonly span: number;
	/** The span holds the pattern. */
	readonly filled: boolean;
	/** For the summary and the report. */
	readonly facts: object;
	/** The loss rates, when there are several. */
	readonly losses?: readonly number[] | undefined;
	/** Loses frames of the lab's link. */
	readonly dropper?: Dropper | undefined;
	/** What one lost frame costs is to be measured too. */
	readonly lostFrame?: boolean | undefined;
	/** Where the HTML report goes. */
	readonly report?: string | undefined;
	/** Why the race could not go on, where something else than a run failed. */
	readonly cause?: () => NetstressError | undefined;
	/** What only the target knows, once the race is over. */
	readonly finish?: () => Promise<TargetLosses | null>;
}

/** What there is to print, whatever the way out. */
interface Findings {
	readonly workloads: WorkloadResult[];
	readonly points: SweepPoint[];
	readonly lostFrames: LostFrame[];
	/** Why no single frames were lost, where that was asked for. */
	lostFrameMissing: string | null;
}

/** The race itself, at one loss rate or at several. */
async function measureAll(contestants: readonly Contestant[], settings: Settings, place: Place, output: Output, signal: AbortSignal, into: Findings) {
	const {losses, dropper, span, filled} = place;
	const bar = progressBar(settings.workloads.length * settings.rounds * contestants.length * (losses?.length ?? 1), output.quiet);
	const common = {
		...settings,
		span,
		filled,
		verify: filled ? verifiedBlocks : 0,
		signal,
		progress: (done: number, _total: number, {workload, protocol}: {workload: string; protocol: string}) => bar.update(done, `${workload} over ${protocol}`),
	};
	try {
		if (losses === undefined || dropper === undefined) {
			const finished = (result: WorkloadResult) => {
				into.workloads.push(result);
				output.event('workload', result);
			};
			await race(contestants, {...common, finished});
		} else {
			const finished = (points: readonly SweepPoint[]) => {
				into.points.push(...points);
				for (const point of points) output.event('point', point);
			};
			await sweep(contestants, {...common, losses, lose: share => dropper.lose(share), finished});
		}
	} finally {
		bar.stop();
	}
}

/** Single frames, where the kernel and the user's rights allow it. */
async function loseSingleFrames(contestants: readonly Contestant[], {seed}: Settings, place: Place, output: Output, signal: AbortSignal, into: Findings) {
	const {dropper, span} = place;
	if (dropper === undefined) return;
	const bar = progressBar(lostPlaces.length * contestants.length, output.quiet);
	try {
		const progress = (done: number, _total: number, now: {place: string; protocol: string}) => bar.update(done, `losing ${now.place} over ${now.protocol}`);
		into.lostFrames.push(...(await loseFrames(contestants, {dropper, span, seed, signal, progress})));
		for (const each of into.lostFrames) output.event('lost-frame', each);
	} catch (error) {
		const {code, message} = error as NetstressError;
		if (code !== 'ERR_UNSUPPORTED' && code !== 'ERR_PERMISSION') throw error;
		into.lostFrameMissing = message;
	} finally {
		bar.stop();
	}
}

function print({workloads, points, lostFrames, lostFrameMissing}: Findings, output: Output): void {
	const width = process.stdout.columns || 100;
	if (workloads.length > 0) output.text(showRace(workloads, width));
	if (points.length > 0) output.text(showSweep(points, width));
	if (lostFrames.length > 0) output.text(`\n${showLostFrames(lostFrames, width)}`);
	if (lostFrameMissing !== null) output.text(`\nWhat one lost frame costs was not measured: ${lostFrameMissing}. As root it is: sudo npm start`);
}

/** Runs it, prints what there is, whatever the way out. */
async function compete(contestants: readonly Contestant[], settings: Settings, place: Place, output: Output, signal: AbortSignal): Promise<number> {
	const {workloads, rounds, seconds, seed, profile} = settings;
	const found: Findings = {workloads: [], points: [], lostFrames: [], lostFrameMissing: null};
	let failure: unknown;
	try {
		await measureAll(contestants, settings, place, output, signal, found);
		if (place.lostFrame && !signal.aborted) await loseSingleFrames(contestants, settings, place, output, signal, found);
	} catch (error) {
		failure = place.cause?.() ?? error;
	}
	const interrupted = signal.aborted;
	const target = (await place.finish?.()) ?? null;
	print(found, output);
	if (target && target.ringDropped + target.refused > 0)
		output.text(`Target, over the whole race: ${target.ringDropped} frames lost in its receive ring, ${target.refused} refused by the kernel`);
	const measured = place.losses === undefined ? found.workloads.length : new Set(found.points.map(({workload}) => workload)).size;
	if (interrupted) output.say(`interrupted: ${measured} of ${workloads.length} workloads were measured`);
	const facts = {profile, seed, rounds, seconds, span: place.span, ...place.facts};
	if (place.report !== undefined && measured > 0) {
		writeFileSync(place.report, raceReport({...found, facts: {...facts, ...machine()}, interrupted}));
		output.say(`the report is in ${place.report}`);
	}
	output.summary({...found, ...facts, target, interrupted});
	if (failure) throw failure;
	const wrong = [...found.workloads.flatMap(({results}) => results), ...found.points, ...found.lostFrames].some(({errors}) => errors > 0);
	return interrupted || wrong ? exit.failed : exit.done;
}

const plainly = ({rounds, seconds, seed}: Settings, workloads: number) => `${workloads} workloads, ${rounds} rounds of ${showSeconds(seconds)}, seed ${seed}`;

const lossInWords = (losses: readonly number[]): string => {
	const [only = 0] = losses;
	if (losses.length > 1) return `, losing ${losses.map(showShare).join(', ')} of the frames each way`;
	return only > 0 ? `, losing ${showShare(only)} of the frames each way` : '';
};

async function inLab(argv: RaceArguments, settings: Settings, output: Output, signal: AbortSignal): Promise<number> {
	const protocols = (argv.protocol?.flatMap(names => names.split(',')) ?? ['aoe', 'fcoe', 'iscsi']) as TrackProtocol[];
	const unknown = protocols.find(name => !trackProtocols.includes(name));
	if (unknown !== undefined) throw usage(`there is no protocol "${unknown}" to race; there are ${trackProtocols.join(', ')}`);
	const {mtu = 9000, loss: losses = [0], lostFrame, report, offloads} = argv;
	const several = losses.length > 1;
	const loss = several ? 0 : (losses[0] ?? 0);
	const program = fileURLToPath(new URL('./netstress.js', import.meta.url));
	const track = await buildTrack({
		protocols,
		size: argv.size,
		folder: argv.folder,
		mtu,
		loss,
		changing: several || lostFrame,
		seed: settings.seed,
		offloads,
		program,
	});
	try {
		const {kind} = track.lab;
		const facts = {lab: kind, mtu, ...(several ? {losses} : {loss}), size: track.size, offloads};
		output.say(
			`${protocols.join(' against ')} on one ${showSize(track.size)} file in ${dirname(track.lab.folder)}, in a lab (${kind === 'named' ? 'named namespaces' : 'user namespace, no root'}), MTU ${mtu}${lossInWords(losses)}; ${plainly(settings, settings.workloads.length)}`,
		);
		if (several) await track.dropper.lose(0); // refused here, where it is not allowed
		const contestants: Contestant[] = [];
		for (const address of track.addresses) {
			if (signal.aborted) break;
			const runner = await startRunner(track.spawn, address, settings.seed);
			contestants.push({runner, surroundings: track.surroundings(address, runner.pid)});
		}
		let death: NetstressError | undefined;
		track.onTargetDeath(error => {
			death = error;
			for (const {runner} of contestants) runner.kill();
		});
		const place = {
			cause: () => death,
			span: track.size,
			filled: true,
			facts,
			losses: several ? losses : undefined,
			dropper: track.dropper,
			lostFrame,
			report,
			finish: () => track.finish(),
		};
		const status = await compete(contestants, settings, place, output, signal);
		await Promise.all(contestants.map(({runner}) => runner.close()));
		return status;
	} finally {
		await track.close();
	}
}

async function overAddresses(addresses: readonly string[], argv: RaceArguments, settings: Settings, output: Output, signal: AbortSignal): Promise<number> {
	for (const flag of ['loss', 'mtu', 'protocol', 'folder'] as const)
		if (argv[flag] !== undefined) throw usage(`--${flag} is for a race in a lab; the network of given addresses is what it is`);
	if (argv.lostFrame) throw usage('--lost-frame is for a race in a lab; the network of given addresses is what it is');
	const readOnly = settings.workloads.filter(({readShare}) => readShare === 1);
	if (!argv.force && readOnly.length < settings.workloads.length) {
		if (readOnly.length === 0 || argv.workload) throw usage('these workloads write, and overwrite what is on the disks; say --force if that is meant');
		output.say('reading only: the workloads that write would overwrite the disks; --force runs them too');
	}
	const chosen = argv.force ? settings : {...settings, workloads: readOnly};
	const watch = new RaceWatch();
	const contestants: Contestant[] = [];
	try {
		contestants.push(...(await openField(addresses, settings.seed, argv.targetPid ?? [], watch)));
		const span = commonSpan(contestants, argv.size ?? 256 * 2 ** 20);
		output.say(`${addresses.join(' against ')}, the first ${showSize(span)}; ${plainly(chosen, chosen.workloads.length)}`);
		// several addresses may lead to one disk: filled once more with the same bytes, it does no harm
		if (argv.force) for (const {runner} of contestants) if (!signal.aborted) await runner.fill(span);
		return await compete(contestants, chosen, {span, filled: argv.force, facts: {}, report: argv.report}, output, signal);
	} finally {
		watch.close();
		await Promise.all(contestants.map(({runner}) => runner.close()));
	}
}

export const command: Command<RaceArguments> = {
	positionals: '[addresses..]',
	describe: 'the same work over each address; without addresses a lab with the reference target on one file',
	build: yargs =>
		yargs
			.positional('addresses', {
				type: 'string',
				array: true,
				describe: 'storage addresses: aoe:IFACE/SHELF.SLOT, fcoe:IFACE[/WWPN]/LUN, iscsi://HOST/IQN/LUN, a path',
			})
			.options({
				workload: {
					type: 'string',
					array: true,
					requiresArg: true,
					describe: `only these; may repeat or be a list: ${workloads.map(({name}) => name).join(',')}`,
				},
				profile: {choices: ['short', 'full'] as const, default: 'full' as const, describe: 'how much: short takes about 10 s, full under a minute'},
				rounds: value('rounds of each workload, the order alternating', wholeAboveZero, {name: 'rounds'}),
				duration: value('of each measured run, such as 1s', duration, {alias: 'D', name: 'duration'}),
				size: value('bytes of disk to race over (default: 256MiB)', size, {name: 'size'}),
				folder: {type: 'string', requiresArg: true, describe: "where the lab's file lies (default: in memory, where there is room)"},
				mtu: value("MTU of the lab's link (default: 9000)", size, {name: 'mtu'}),
				loss: value("share of frames that the lab's link loses each way, such as 0.1%; a list runs all of it at each share", losses, {name: 'loss'}),
				'lost-frame': {type: 'boolean', default: false, describe: 'at the end lose single frames, chosen by count, and say what each cost (root)'},
				report: value('file to write an HTML page to, with everything in it', path => path, {name: 'report', placeholder: 'FILE'}),
				protocol: {
					type: 'string',
					array: true,
					requiresArg: true,
					describe: 'what to race in the lab (default: aoe,fcoe,iscsi); file is the bare file, no network',
				},
				offloads: {type: 'boolean', default: false, describe: "leave the lab's GSO, TSO and GRO on: frames of 64 KiB, which no wire carries"},
				force: {type: 'boolean', default: false, describe: 'overwrite the disks of the given addresses'},
				'target-pid': value("the target's processes, when they run here: their CPU time is counted", pids, {name: 'target-pid'}),
				...pick('seed'),
			})
			.example('netstress race', 'AoE against iSCSI in a lab of its own, no root needed')
			.example('netstress race --loss 0.1% --profile short', 'what each pays for a lossy link')
			.example('netstress race --loss 0,0.01%,0.1%,1% --report loss.html', 'the price of a lost frame, as a table and a curve')
			.example('netstress race aoe:eth1/1.1 iscsi://10.0.0.2/iqn.2026-11.test:disk/1', 'what is already there, reading only') as unknown as ReturnType<
			Command<RaceArguments>['build']
		>,
	run(argv, signal) {
		const output = outputFor(argv);
		const settings = settingsOf(argv);
		const addresses = argv.addresses ?? [];
		if (addresses.length === 0) return inLab(argv, settings, output, signal);
		return overAddresses(addresses, argv, settings, output, signal);
	},
};
