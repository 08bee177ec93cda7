// netstress rfc2544: what is measured, from the flags: sizes, tests, and how long and how finely.
import {usage} from '../src/base/errors.js';
import type {Rate} from '../src/base/units.js';
import type {MethodPlan} from '../src/inject/method/measure.js';
import {type TestName, testNames} from '../src/inject/method/trial.js';
import {framesPerSecond} from '../src/inject/pace.js';

export interface PlanArguments {
	profile: 'short' | 'full';
	test?: ReadonlySet<TestName>;
	size?: number[];
	duration?: number;
	rate?: Rate;
	resolution?: number;
	maxLoss: number;
	repeats?: number;
	pause?: number;
}

/** What a profile stands for. `full` is RFC 2544's and RFC 9004's own figures; `short` tells within a minute what to expect. */
const profiles = {
	short: {seconds: 0.5, resolution: 0.05, verify: 0, burstSeconds: 0.2, repeats: 2, latencySeconds: 0.5, latencyRepeats: 1, stragglersMs: 200, pauseMs: 0},
	full: {seconds: 60, resolution: 0.01, verify: 1, burstSeconds: 2, repeats: 50, latencySeconds: 120, latencyRepeats: 20, stragglersMs: 2000, pauseMs: 5000},
} as const;

/** RFC 2544 section 9.1 without the check sequence, and what `short` takes of it; the jumbo frame of 9018 where it fits. */
const allSizes = [60, 124, 252, 508, 1020, 1276, 1514];
const shortSizes = [60, 508, 1514];
const jumboSize = 9014;
const header = 14;
/** The shortest frame: a card would fill a shorter one. */
const leastSize = 60;

/** Sizes such as `60,508,1514`, bytes without the check sequence; `rfc2544` stands for the seven, `jumbo` for 9014. ERR_USAGE. */
export function parseSizes(text: string, what: string): number[] {
	const sizes = text.split(',').flatMap(word => {
		if (word === 'rfc2544') return allSizes;
		if (word === 'jumbo') return [jumboSize];
		if (!/^\d{1,5}$/.test(word) || Number(word) < leastSize || Number(word) > 65_535)
			throw usage(`${what} "${text}": "${word}" is no length from ${leastSize} to 65535; write for instance 60,508,1514, rfc2544 or jumbo`, {value: text});
		return [Number(word)];
	});
	return [...new Set(sizes)];
}

/** Tests such as `throughput,latency`. ERR_USAGE. */
export function parseTests(text: string, what: string): ReadonlySet<TestName> {
	const words = text.split(',');
	const wrong = words.find(word => !(testNames as readonly string[]).includes(word));
	if (wrong !== undefined) throw usage(`${what} "${text}": there is no test "${wrong}"; the tests are ${testNames.join(', ')}`, {value: text});
	return new Set(words as TestName[]);
}

/** The plan and what the trials need to know of it. `speed`: the line's bits a second. ERR_USAGE for sizes beyond the MTU. */
export function planOf(argv: PlanArguments, mtu: number, speed: number | undefined, iface: string): {plan: MethodPlan; stragglersMs: number; pauseMs: number} {
	const profile = profiles[argv.profile];
	const most = mtu + header;
	const beyond = argv.size?.find(size => size > most);
	if (beyond !== undefined) throw usage(`frames of ${beyond} bytes are more than ${iface} takes: ${most} bytes at MTU ${mtu}`);
	const usual = argv.profile === 'short' ? shortSizes : [...allSizes, jumboSize];
	const sizes = argv.size ?? usual.filter(size => size <= most);
	const seconds = argv.duration ?? profile.seconds;
	if (!(seconds > 0)) throw usage('--duration is how long a trial lasts: more than 0');
	const resolution = argv.resolution ?? profile.resolution;
	if (!(resolution > 0 && resolution < 1)) throw usage('--resolution is between 0 and 100%, for instance 1%');
	const repeats = argv.repeats ?? profile.repeats;
	if (repeats < 1) throw usage('--repeats is 1 or more');
	const {rate} = argv;
	const plan: MethodPlan = {
		sizes,
		tests: argv.test ?? new Set(testNames),
		throughput: {seconds, resolution, maxLoss: argv.maxLoss, verify: profile.verify},
		lossSeconds: seconds,
		backToBack: {seconds: Math.min(profile.burstSeconds, seconds), resolution, repeats},
		latency: {seconds: argv.duration ?? profile.latencySeconds, repeats: profile.latencyRepeats},
		linePps: size => (speed === undefined ? undefined : framesPerSecond({kind: 'line', value: 1}, size, speed)),
		mostPps: size => (rate === undefined ? undefined : framesPerSecond(rate, size, speed)),
	};
	return {plan, stragglersMs: profile.stragglersMs, pauseMs: argv.pause === undefined ? profile.pauseMs : argv.pause * 1000};
}
