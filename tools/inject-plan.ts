// netstress inject: the streams with their schedules, from the flags.
import {usage} from '../src/base/errors.js';
import {duration, type Rate, count as readCount} from '../src/base/units.js';
import type {InjectStream} from '../src/inject/inject.js';
import {planSchedule} from '../src/inject/schedule/plan.js';
import {parseRateRamp, parseSizeRamp, type RateRamp, type SizeRamp} from '../src/inject/schedule/ramp.js';
import {type Schedule, shareOf} from '../src/inject/schedule/schedule.js';
import {linkSpeed} from '../src/monitor/route.js';
import {pick, value} from './flags.js';
import {type Addresses, type FrameArguments, openStreams, type ReadyStream} from './inject-frames.js';

export interface PaceArguments {
	count?: number;
	duration?: number;
	rate?: Rate;
	gap?: number;
	flood: boolean;
	burst?: number;
	rateRamp?: RateRamp;
	sizeRamp?: SizeRamp;
	rampStep?: number;
}

export const paceFlags = {
	...pick('count', 'duration', 'rate', 'gap'),
	flood: {type: 'boolean', default: false, describe: 'as fast as they go'},
	burst: value('frames that go back to back; the pace lies between bursts', readCount, {name: 'burst'}),
	'rate-ramp': value('a rate that changes in steps: 10kpps-100kpps/10kpps, up or down', parseRateRamp, {name: 'rate-ramp'}),
	'size-ramp': value('a length that changes in steps: 64-1514/50, up or down', parseSizeRamp, {name: 'size-ramp'}),
	'ramp-step': value('how long a step of a ramp lasts (default: 1s)', duration, {name: 'ramp-step'}),
} as const;

const usualCount = 1000;

/** A stream that is ready to go. */
export interface PlannedStream extends InjectStream {
	readonly name: string;
	/** Its number in stamps. */
	readonly number: number;
	readonly source: ReadyStream['source'];
	readonly schedule: Schedule;
}

/** Which sender of how many this is, when several share the work. */
export interface Share {
	readonly index: number;
	readonly of: number;
}

/** Pace and end of a stream: what it says itself, or what the flags say. */
function scheduleOf(argv: PaceArguments, {name, source, schedule, count: once}: ReadyStream, speed: number | undefined): Schedule {
	const own = schedule.rate !== undefined || schedule.gap !== undefined || schedule.rateRamp !== undefined;
	if (own && argv.rateRamp !== undefined) throw usage(`stream ${name} has a pace of its own: --rate-ramp is for streams without one`);
	const {rate, gap, flood, rateRamp} = argv;
	const sizeRamp = schedule.sizeRamp ?? argv.sizeRamp;
	const ramp = (own ? schedule.rateRamp : rateRamp) !== undefined || sizeRamp !== undefined;
	const seconds = schedule.duration ?? argv.duration;
	const count = schedule.count ?? argv.count ?? once ?? (seconds === undefined && !ramp ? usualCount : 0);
	return planSchedule(
		{
			...(own ? {rate: schedule.rate, gap: schedule.gap, rateRamp: schedule.rateRamp} : {rate, gap, flood, rateRamp}),
			sizeRamp,
			// of several streams, those that have a ramp
			rampStep: schedule.rampStep ?? (ramp || name === '' ? argv.rampStep : undefined),
			burst: schedule.burst ?? argv.burst,
			count,
			seconds: seconds ?? 0,
			start: schedule.start,
		},
		{meanLength: source.meanLength, speed},
	);
}

/** The streams that the flags ask for, or one sender's part of them. `iface` tells the line rate. ERR_USAGE, ERR_IO. */
export async function planStreams(
	argv: FrameArguments & PaceArguments,
	addresses: Addresses,
	iface: string | undefined,
	{index, of}: Share = {index: 0, of: 1},
): Promise<PlannedStream[]> {
	const {sizeRamp, size, streams} = argv;
	if (sizeRamp !== undefined && (size !== undefined || streams !== undefined))
		throw usage(`--size-ramp and ${size === undefined ? '--streams' : '--size'} both say how long frames are; give one`);
	const alone = streams === undefined;
	const ready = await openStreams(alone && of > 1 ? {...argv, stream: (argv.stream ?? 0) + index} : argv, addresses);
	const ramped = ready.some(({schedule}) => schedule.rateRamp !== undefined || schedule.sizeRamp !== undefined);
	if (argv.rampStep !== undefined && !ramped && argv.rateRamp === undefined && sizeRamp === undefined)
		throw usage('--ramp-step belongs to --rate-ramp or --size-ramp, or to a ramp of a stream');
	const speed = iface === undefined ? undefined : linkSpeed(iface);
	const planned = ready.map(stream => {
		const {name, number, source, setSize} = stream;
		return {name, number, source, setSize, schedule: scheduleOf(argv, stream, speed)};
	});
	if (of === 1) return planned;
	if (alone) {
		if (ready[0]?.count !== undefined) throw usage('the frames of a capture go in their order, from one CPU: leave --cpus away');
		return planned.map(stream => ({...stream, schedule: shareOf(stream.schedule, index, of)}));
	}
	if (planned.length < of) throw usage(`${of} CPUs for ${planned.length} streams: every CPU sends streams of its own; name fewer, or write more streams`);
	return planned.filter((_, i) => i % of === index);
}
