// Stream files: several streams, each with its frames and its schedule. Sections and `key = value` lines, not JSON: a template is then typed as it stands,
// quotes and all, to the end of its line, and a line can be a comment.
//
//   [web]                                        # a section for each stream
//   frames = ip4(dst=192.0.2.7)/udp(dport=80)/stamp()
//   size = imix
//   rate = 10kpps
import {dirname, isAbsolute, join} from 'node:path';
import {type NetstressError, usage} from '../../base/errors.js';
import {count, duration, type Rate, rate} from '../../base/units.js';
import {parseRateRamp, parseSizeRamp, type RateRamp, type SizeRamp} from '../schedule/ramp.js';
import {parseFrames} from './capture-frames.js';
import type {FrameSpec} from './open.js';
import {parseSize} from './sizes.js';
import {suggest} from './values.js';

/** When the frames of a stream go. What is not given is undefined; of rate and gap one at most is given. */
export interface StreamSchedule {
	readonly rate: Rate | undefined;
	/** Seconds between frames, or between bursts; 0 = as fast as they go. */
	readonly gap: number | undefined;
	/** Frames in all. */
	readonly count: number | undefined;
	/** Frames that go back to back each time. */
	readonly burst: number | undefined;
	/** Seconds from the start of the run to the first frame, and how long frames are sent. */
	readonly start: number | undefined;
	readonly duration: number | undefined;
	/** Of these one at most; with rate or gap only the ramp of sizes. */
	readonly rateRamp: RateRamp | undefined;
	readonly sizeRamp: SizeRamp | undefined;
	/** Seconds that each step of a ramp lasts. */
	readonly rampStep: number | undefined;
}

export interface Stream {
	readonly name: string;
	/** Its number in stamps: its own, or its place in the file from 0. */
	readonly number: number;
	readonly frames: FrameSpec;
	readonly schedule: StreamSchedule;
}

/** The keys of a section, and how each is read. */
const keys = {
	frames: (text: string) => text,
	hex: (text: string) => text,
	'frame-file': (text: string) => text,
	trafgen: (text: string) => text,
	read: (text: string) => text,
	frame: parseFrames,
	size: parseSize,
	stream: count,
	rate,
	gap: duration,
	count,
	burst: count,
	start: duration,
	duration,
	'rate-ramp': parseRateRamp,
	'size-ramp': parseSizeRamp,
	'ramp-step': duration,
} as const;
type Key = keyof typeof keys;
type Section = {name: string; line: number; values: {[K in Key]?: ReturnType<(typeof keys)[K]>}};

const mostStreams = 1024;

/** Reads a stream file. ERR_USAGE naming `path` and the line. Paths in it are relative to the file. */
export function parseStreams(text: string, path: string): Stream[] {
	const wrong = (line: number, message: string) => usage(`${path}, line ${line}: ${message}`, {path, line});
	const sections: Section[] = [];
	for (const [i, whole] of text.split(/\r?\n/).entries()) {
		const line = whole.trim();
		if (line === '' || line.startsWith('#')) continue;
		const head = /^\[([^\]]*)\]\s*(?:#.*)?$/.exec(line);
		if (head !== null) {
			const name = (head[1] as string).trim();
			if (name === '') throw wrong(i + 1, 'a stream needs a name: [web]');
			if (sections.some(section => section.name === name)) throw wrong(i + 1, `there are two streams with the name ${name}`);
			sections.push({name, line: i + 1, values: {}});
			continue;
		}
		const section = sections.at(-1);
		if (section === undefined) throw wrong(i + 1, `a stream begins with its name: [web], not with "${line.slice(0, 40)}"`);
		assign(section, line, message => wrong(i + 1, message));
	}
	if (sections.length === 0) throw usage(`${path} holds no stream; one begins with its name: [web]`, {path});
	if (sections.length > mostStreams) throw usage(`${path} holds ${sections.length} streams; ${mostStreams} at most`, {path});
	return sections.map((section, i) => streamOf(section, i, path, message => wrong(section.line, message)));
}

/** Takes one `key = value` line. */
function assign(section: Section, line: string, wrong: (message: string) => NetstressError): void {
	const match = /^([a-z-]+)\s*=\s*(.*)$/i.exec(line);
	if (match === null) throw wrong(`"${line.slice(0, 40)}" is no line of a stream: write key = value`);
	const [, key, value] = match as unknown as [string, string, string];
	if (!Object.hasOwn(keys, key)) throw wrong(`unknown key ${key}: ${suggest(key, Object.keys(keys))}`);
	if (Object.hasOwn(section.values, key)) throw wrong(`${key} is given twice in ${section.name}`);
	if (value === '') throw wrong(`${key} has no value`);
	try {
		(section.values as Record<string, unknown>)[key] = keys[key as Key](value, key);
	} catch (error) {
		throw wrong((error as Error).message);
	}
}

/** What contradicts itself in the pace of one stream. */
function checkPace(name: string, values: Section['values'], wrong: (message: string) => NetstressError): void {
	const paces = (['rate', 'gap', 'rate-ramp'] as const).filter(key => values[key] !== undefined);
	if (paces.length > 1) throw wrong(`stream ${name}: ${paces.join(' and ')} are two ways to say one thing; give one`);
	if (values.burst !== undefined && (paces.length === 0 || values.gap === 0)) throw wrong(`stream ${name}: burst needs a rate, a rate-ramp or a gap`);
	const ramps = (['rate-ramp', 'size-ramp'] as const).filter(key => values[key] !== undefined);
	if (ramps.length > 1) throw wrong(`stream ${name}: rate-ramp and size-ramp are two ramps; give one, or two streams`);
	if (values['ramp-step'] !== undefined && !(ramps.length > 0 && values['ramp-step'] > 0))
		throw wrong(`stream ${name}: ramp-step is how long each step of its rate-ramp or size-ramp lasts, more than 0`);
	if (values['size-ramp'] !== undefined && values.size !== undefined) throw wrong(`stream ${name}: size and size-ramp both say how long frames are; give one`);
	if (values['size-ramp'] !== undefined && values.frames === undefined) throw wrong(`stream ${name}: size-ramp belongs to frames`);
}

function streamOf({name, values}: Section, index: number, path: string, wrong: (message: string) => NetstressError): Stream {
	const sources = (['frames', 'hex', 'frame-file', 'trafgen', 'read'] as const).filter(key => values[key] !== undefined);
	if (sources.length !== 1) throw wrong(`stream ${name} needs one of frames, hex, frame-file, trafgen and read; it has ${sources.join(' and ') || 'none'}`);
	if (values.frame !== undefined && values.read === undefined) throw wrong(`stream ${name}: frame belongs to read`);
	if (values.size !== undefined && values.frames === undefined) throw wrong(`stream ${name}: size belongs to frames`);
	checkPace(name, values, wrong);
	for (const key of ['count', 'burst'] as const) if (values[key] === 0) throw wrong(`stream ${name}: ${key} is 1 or more; leave it away for no limit`);
	if ((values.stream ?? 0) > 0xffff_ffff) throw wrong(`stream ${name}: stream is a number below 2^32`);
	const beside = (file: string | undefined) => (file === undefined || file === '-' || isAbsolute(file) ? file : join(dirname(path), file));
	return {
		name,
		number: values.stream ?? index,
		frames: {
			template: values.frames,
			hex: values.hex,
			frameFile: beside(values['frame-file']),
			trafgen: beside(values.trafgen),
			read: beside(values.read),
			frames: values.frame,
			size: values.size,
		},
		schedule: {
			rate: values.rate,
			gap: values.gap,
			count: values.count,
			burst: values.burst,
			start: values.start,
			duration: values.duration,
			rateRamp: values['rate-ramp'],
			sizeRamp: values['size-ramp'],
			rampStep: values['ramp-step'],
		},
	};
}
