// netstress race: the same work over each address, or, without addresses, over every protocol in a lab of its own.
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type NetstressError, usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {duration, share, showSeconds, showShare, showSize, size} from '../src/base/units.js';
import {commonSpan, openField} from '../src/race/field.js';
import {type Contestant, race} from '../src/race/race.js';
import type {WorkloadResult} from '../src/race/result.js';
import {startRunner} from '../src/race/runner.js';
import {showRace} from '../src/race/show.js';
import {buildTrack, type TargetLosses, type TrackProtocol, trackProtocols} from '../src/race/track.js';
import {findWorkloads, profiles, type Workload, workloads} from '../src/race/workload.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {type Output, outputFor} from './output.js';
import {progressBar} from './progress.js';

interface RaceArguments extends SharedArguments {
	addresses?: string[];
	workload?: string[];
	profile: 'short' | 'full';
	rounds?: number;
	duration?: number;
	size?: number;
	folder?: string;
	mtu?: number;
	loss?: number;
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
}

function settingsOf(argv: RaceArguments): Settings {
	const profile = profiles[argv.profile];
	const names = argv.workload?.flatMap(names => names.split(',')) ?? profile.workloads;
	const seconds = argv.duration ?? profile.seconds;
	if (seconds < 0.01) throw usage('--duration is 10ms at least: each point has to end');
	return {workloads: findWorkloads(names), rounds: argv.rounds ?? profile.rounds, seconds, seed: argv.seed ?? freshSeed()};
}

const verifiedBlocks = 256;

interface Place {
	readonly span: number;
	/** The span holds the pattern. */
	readonly filled: boolean;
	/** For the summary. */
	readonly facts: object;
	/** Why the race could not go on, where something else than a run failed. */
	readonly cause?: () => NetstressError | undefined;
	/** What only the target knows, once the race is over. */
	readonly finish?: () => Promise<TargetLosses | null>;
}

/** Runs it, prints what there is, whatever the way out. */
async function compete(contestants: readonly Contestant[], settings: Settings, place: Place, output: Output, signal: AbortSignal): Promise<number> {
	const {workloads, rounds, seconds, seed} = settings;
	const results: WorkloadResult[] = [];
	const total = workloads.length * rounds * contestants.length;
	const bar = progressBar(total, output.quiet);
	let failure: unknown;
	try {
		await race(contestants, {
			...settings,
			span: place.span,
			filled: place.filled,
			verify: place.filled ? verifiedBlocks : 0,
			signal,
			progress: (done, _total, {workload, protocol}) => bar.update(done, `${workload} over ${protocol}`),
			finished: result => {
				results.push(result);
				output.event('workload', result);
			},
		});
	} catch (error) {
		failure = place.cause?.() ?? error;
	} finally {
		bar.stop();
	}
	const interrupted = signal.aborted;
	const target = (await place.finish?.()) ?? null;
	if (results.length > 0) output.text(showRace(results, process.stdout.columns || 100));
	if (target && target.ringDropped + target.refused > 0)
		output.text(`Target, over the whole race: ${target.ringDropped} frames lost in its receive ring, ${target.refused} refused by the kernel`);
	if (interrupted) output.say(`interrupted: ${results.length} of ${workloads.length} workloads were measured`);
	output.summary({workloads: results, seed, rounds, seconds, span: place.span, ...place.facts, target, interrupted});
	if (failure) throw failure;
	const wrong = results.some(({results}) => results.some(({errors}) => errors > 0));
	return interrupted || wrong ? exit.failed : exit.done;
}

const plainly = ({rounds, seconds, seed}: Settings, workloads: number) => `${workloads} workloads, ${rounds} rounds of ${showSeconds(seconds)}, seed ${seed}`;

async function inLab(argv: RaceArguments, settings: Settings, output: Output, signal: AbortSignal): Promise<number> {
	const protocols = (argv.protocol?.flatMap(names => names.split(',')) ?? ['aoe', 'fcoe', 'iscsi']) as TrackProtocol[];
	const unknown = protocols.find(name => !trackProtocols.includes(name));
	if (unknown !== undefined) throw usage(`there is no protocol "${unknown}" to race; there are ${trackProtocols.join(', ')}`);
	const {mtu = 9000, loss = 0} = argv;
	const program = fileURLToPath(new URL('./netstress.js', import.meta.url));
	const track = await buildTrack({protocols, size: argv.size, folder: argv.folder, mtu, loss, seed: settings.seed, offloads: argv.offloads, program});
	try {
		const {kind} = track.lab;
		const facts = {lab: kind, mtu, loss, size: track.size, offloads: argv.offloads};
		const link = `MTU ${mtu}${loss > 0 ? `, losing ${showShare(loss)} of the frames each way` : ''}`;
		output.say(
			`${protocols.join(' against ')} on one ${showSize(track.size)} file in ${dirname(track.lab.folder)}, in a lab (${kind === 'named' ? 'named namespaces' : 'user namespace, no root'}), ${link}; ${plainly(settings, settings.workloads.length)}`,
		);
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
		const status = await compete(
			contestants,
			settings,
			{cause: () => death, span: track.size, filled: true, facts, finish: () => track.finish()},
			output,
			signal,
		);
		await Promise.all(contestants.map(({runner}) => runner.close()));
		return status;
	} finally {
		await track.close();
	}
}

async function overAddresses(addresses: readonly string[], argv: RaceArguments, settings: Settings, output: Output, signal: AbortSignal): Promise<number> {
	for (const flag of ['loss', 'mtu', 'protocol', 'folder'] as const)
		if (argv[flag] !== undefined) throw usage(`--${flag} is for a race in a lab; the network of given addresses is what it is`);
	const readOnly = settings.workloads.filter(({readShare}) => readShare === 1);
	if (!argv.force && readOnly.length < settings.workloads.length) {
		if (readOnly.length === 0 || argv.workload) throw usage('these workloads write, and overwrite what is on the disks; say --force if that is meant');
		output.say('reading only: the workloads that write would overwrite the disks; --force runs them too');
	}
	const chosen = argv.force ? settings : {...settings, workloads: readOnly};
	const contestants = await openField(addresses, settings.seed, argv.targetPid ?? []);
	try {
		const span = commonSpan(contestants, argv.size ?? 256 * 2 ** 20);
		output.say(`${addresses.join(' against ')}, the first ${showSize(span)}; ${plainly(chosen, chosen.workloads.length)}`);
		// several addresses may lead to one disk: filled once more with the same bytes, it does no harm
		if (argv.force) for (const {runner} of contestants) if (!signal.aborted) await runner.fill(span);
		return await compete(contestants, chosen, {span, filled: argv.force, facts: {}}, output, signal);
	} finally {
		await Promise.all(contestants.map(({runner}) => runner.close()));
	}
}

export const command: Command<RaceArguments> = {
	positionals: '[addresses..]',
	describe: 'the same work over each address; without addresses a lab with the reference target on one file',
	build: yargs =>
		yargs
			.positional('addresses', {type: 'string', array: true, describe: 'storage addresses: aoe:IFACE/SHELF.SLOT, fcoe:IFACE[/WWPN]/LUN, iscsi://HOST/IQN/LUN, a path'})
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
				loss: value("share of frames that the lab's link loses each way, such as 0.1%", share, {name: 'loss'}),
				protocol: {type: 'string', array: true, requiresArg: true, describe: 'what to race in the lab (default: aoe,fcoe,iscsi); file is the bare file, no network'},
				offloads: {type: 'boolean', default: false, describe: "leave the lab's GSO, TSO and GRO on: frames of 64 KiB, which no wire carries"},
				force: {type: 'boolean', default: false, describe: 'overwrite the disks of the given addresses'},
				'target-pid': value("the target's processes, when they run here: their CPU time is counted", pids, {name: 'target-pid'}),
				...pick('seed'),
			})
			.example('netstress race', 'AoE against iSCSI in a lab of its own, no root needed')
			.example('netstress race --loss 0.1% --profile short', 'what each pays for a lossy link')
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
