// netstress inject: which frames, from the flags; and what is done with them without an interface, shown or written to a file.
import {usage} from '../src/base/errors.js';
import {captureBatches} from '../src/capture/reader.js';
import type {Dissector} from '../src/dissect/dissector.js';
import {hexOf} from '../src/dissect/hex.js';
import {jsonLine} from '../src/dissect/json.js';
import {textTree} from '../src/dissect/text.js';
import type {BuildOptions} from '../src/inject/frames/build.js';
import {type FrameRange, parseFrames} from '../src/inject/frames/capture-frames.js';
import type {MeasuredSource} from '../src/inject/frames/measured.js';
import {type FrameSpec, fileBytes, openFrames} from '../src/inject/frames/open.js';
import {parseSize, rampSizes, type SizePlan} from '../src/inject/frames/sizes.js';
import {parseStreams, type StreamSchedule} from '../src/inject/frames/streams.js';
import type {SizeRamp} from '../src/inject/schedule/ramp.js';
import {linkEthernet} from '../src/wire/capture.js';
import {pick, value} from './flags.js';
import type {Output} from './output.js';

export interface FrameArguments {
	template?: string;
	hex?: string;
	frameFile?: string;
	trafgen?: string;
	read?: string;
	frame?: FrameRange;
	streams?: string;
	size?: SizePlan;
	/** In place of `size`. */
	sizeRamp?: SizeRamp;
	seed?: number;
	stream?: number;
	dst?: Uint8Array;
}

const word = (text: string) => text;
const u32 = (text: string, what: string): number => {
	if (!/^\d+$/.test(text) || Number(text) > 0xffff_ffff) throw usage(`${what} "${text}" is not a whole number below 2^32`);
	return Number(text);
};

export const frameFlags = {
	...pick('read', 'seed'),
	hex: value('one frame as hexadecimal digits', word, {name: 'hex'}),
	'frame-file': value('frames in a file, hexadecimal text or the bytes of one', word, {name: 'frame-file'}),
	trafgen: value("a packet file in trafgen's language", word, {name: 'trafgen'}),
	frame: value('which frames of --read: 7, 3-9 or 3- (default: all)', parseFrames, {name: 'frame'}),
	streams: value('a file of several streams', word, {name: 'streams'}),
	size: value('bytes of a frame without its check sequence: 60, 64-1500, rnd(64,1500), imix (default: what the template needs, 60 at least)', parseSize, {
		name: 'size',
	}),
	stream: value('number of the stream, in every stamp (default: 0)', u32, {name: 'stream'}),
};

/** A stream that is ready to go: its source, and when its frames go as far as they say themselves. */
export interface ReadyStream {
	readonly name: string;
	/** Its number in stamps. */
	readonly number: number;
	readonly source: MeasuredSource;
	readonly schedule: Partial<StreamSchedule>;
	/** Told the length of the next frames in a ramp of sizes. */
	readonly setSize: ((bytes: number) => void) | undefined;
	/** Frames that it has by itself: those of a capture. */
	readonly count: number | undefined;
}

export interface Addresses {
	readonly source: Uint8Array;
	readonly destination: Uint8Array;
	readonly run: number;
	readonly seed: number;
}

const words = (dashes: string) => `${dashes}size-ramp and the size() in the template both say how long frames are; give one`;

/** Opens frames; with a ramp of sizes they are as long as they are told to be at the moment. */
async function openSized(
	spec: FrameSpec,
	ramp: SizeRamp | undefined,
	options: BuildOptions,
	twoSizes: string,
): Promise<Pick<ReadyStream, 'source' | 'count' | 'setSize'>> {
	if (ramp === undefined) return {...(await openFrames(spec, options, captureBatches)), setSize: undefined};
	const {plan, set} = rampSizes(ramp);
	const opened = await openFrames({...spec, size: plan}, options, captureBatches);
	if (opened.source.maxLength !== plan.most) throw usage(twoSizes);
	return {...opened, setSize: set};
}

/** The streams that the flags ask for: those of --streams, or one. ERR_USAGE, ERR_IO. */
export async function openStreams(argv: FrameArguments, addresses: Addresses): Promise<ReadyStream[]> {
	const {template, hex, frameFile, trafgen, read, frame: frames, size, sizeRamp, streams} = argv;
	const spec: FrameSpec = {template, hex, frameFile, trafgen, read, frames, size};
	const {source, destination, run, seed} = addresses;
	const options = (stream: number) => ({source, destination, run, stream, seed});
	if (streams === undefined)
		return [{name: '', number: argv.stream ?? 0, schedule: {}, ...(await openSized(spec, sizeRamp, options(argv.stream ?? 0), words('--')))}];
	const other = Object.entries({...spec, stream: argv.stream}).find(([, given]) => given !== undefined);
	if (other !== undefined)
		throw usage(`--streams says what to send: leave ${other[0] === 'template' ? 'the template' : `--${other[0]}`} away, or write it into ${streams}`);
	const ready: ReadyStream[] = [];
	for (const {name, number, frames: asked, schedule} of parseStreams(new TextDecoder().decode(fileBytes(streams)), streams)) {
		try {
			const mine = {...options(number), seed: (seed + ready.length) >>> 0};
			ready.push({name, number, schedule, ...(await openSized(asked, schedule.sizeRamp, mine, words('')))});
		} catch (error) {
			throw usage(`${streams}, stream ${name}: ${(error as Error).message}`);
		}
	}
	return ready;
}

/** Shows the first `count` frames of a source: tree and bytes, or JSON. `before` frames have been shown. */
export function showFrames({source}: ReadyStream, count: number, output: Output, dissector: Dissector, before: number): void {
	for (let i = 0; i < count; i++) {
		const bytes = new Uint8Array(source.maxLength);
		const length = source.write(bytes, new DataView(bytes.buffer), 0, performance.now());
		const frame = bytes.subarray(0, length);
		const tree = dissector.dissect({number: before + i + 1, bytes: frame, length, time: 0n, linkType: linkEthernet});
		if (output.json) process.stdout.write(jsonLine(tree).replace(/}\n$/, `,"hex":"${Buffer.from(frame).toString('hex')}"}\n`));
		else process.stdout.write(`${textTree(tree).trimEnd()}\n${hexOf(tree)}`);
	}
}
