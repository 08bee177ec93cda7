// From what people ask for to a source: a template, hexadecimal digits, a file of frames, a packet file of trafgen, frames of a capture.
import {readFileSync} from 'node:fs';
import {NetstressError, usage} from '../../base/errors.js';
import type {CaptureRecord} from '../../wire/capture.js';
import type {BuildOptions} from './build.js';
import {everyFrame, type FrameRange, takeFrames} from './capture-frames.js';
import {compileTemplate} from './compile.js';
import {FrameList} from './frame-list.js';
import {parseFrameFile, parseHex} from './hex.js';
import type {MeasuredSource} from './measured.js';
import type {SizePlan} from './sizes.js';
import {compileTrafgen} from './trafgen-compile.js';

/** Which frames: one of the first five; none of them is the stamp. */
export interface FrameSpec {
	readonly template?: string | undefined;
	/** Hexadecimal digits of one frame or more. */
	readonly hex?: string | undefined;
	/** Path of a file of frames, hexadecimal text or the bytes of one. */
	readonly frameFile?: string | undefined;
	/** Path of a packet file in trafgen's language. */
	readonly trafgen?: string | undefined;
	/** Path of a capture file, and which of its frames. */
	readonly read?: string | undefined;
	readonly frames?: FrameRange | undefined;
	/** How long frames of a template are. */
	readonly size?: SizePlan | undefined;
}

export interface OpenedFrames {
	readonly source: MeasuredSource;
	/** Sent that often when nobody says otherwise: a capture once through, everything else until told to stop. */
	readonly count: number | undefined;
}

/** Opens a capture file in batches; this room does not read captures itself. */
export type CaptureOpener = (path: string) => AsyncIterable<readonly CaptureRecord[]>;

/** What makes frames when nobody names any. */
const usualTemplate = 'stamp';

const ways = {template: 'a template', hex: '--hex', frameFile: '--frame-file', trafgen: '--trafgen', read: '--read'} as const;

/** The bytes of a file; ERR_IO naming it. */
export function fileBytes(path: string): Uint8Array {
	try {
		return new Uint8Array(readFileSync(path === '-' ? 0 : path));
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	}
}

/** Opens what `spec` asks for. ERR_USAGE for two ways at once and for anything that makes no frame, ERR_IO for files. */
export async function openFrames(spec: FrameSpec, options: BuildOptions, capture: CaptureOpener): Promise<OpenedFrames> {
	const {template, hex, frameFile, trafgen, read, frames, size} = spec;
	const given = (Object.keys(ways) as Array<keyof typeof ways>).filter(way => spec[way] !== undefined);
	if (given.length > 1) throw usage(`${given.map(way => ways[way]).join(' and ')} say twice what to send; give one`);
	if (frames !== undefined && read === undefined) throw usage('--frame belongs to --read FILE');
	const [way] = given;
	if (size !== undefined && way !== undefined && way !== 'template')
		throw usage(`--size belongs to a template; frames of ${ways[way]} are as long as they are`);
	if (hex !== undefined) return {source: new FrameList(parseHex(hex, '--hex'), '--hex'), count: undefined};
	if (frameFile !== undefined) return {source: new FrameList(parseFrameFile(fileBytes(frameFile), frameFile), frameFile), count: undefined};
	if (trafgen !== undefined) return {source: compileTrafgen(new TextDecoder().decode(fileBytes(trafgen)), trafgen, options), count: undefined};
	if (read !== undefined) {
		const list = new FrameList(await takeFrames(capture(read), read, frames ?? everyFrame), read);
		return {source: list, count: list.period};
	}
	return {source: compileTemplate(template ?? usualTemplate, {...options, size}), count: undefined};
}
