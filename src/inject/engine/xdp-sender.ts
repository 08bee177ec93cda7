// The xdp engine as a sender: one generator a stream, each run for as many frames as are due.
import {usage} from '../../base/errors.js';
import type {InjectStream, Sender} from '../inject.js';
import {imageOf} from './image.js';
import {XdpGenerator} from './xdp.js';

/** Frames of one call: the event loop gets its turn behind it, some tens of milliseconds later at most. */
const mostFrames = 16_384;

export interface XdpSender extends Sender {
	/** Sends one frame ahead of time, the first of the first stream: whether it leaves tells whether the driver takes any. */
	tryOne(): void;
	close(): void;
}

/** Opens a generator for every stream on `iface`. ERR_UNSUPPORTED and ERR_USAGE as XdpGenerator; ERR_USAGE for frames that differ in more than a stamp. */
export function openXdpSender(iface: string, streams: readonly InjectStream[]): XdpSender {
	const generators: XdpGenerator[] = [];
	const lengths: number[] = [];
	const close = () => {
		for (const generator of generators) generator.close();
	};
	try {
		for (const {source} of streams) {
			const image = imageOf(source);
			if (image === undefined) throw usage('--engine xdp sends frames that differ in nothing but their stamp; these change otherwise: use --engine packet');
			generators.push(new XdpGenerator(iface, image));
			lengths.push(image.bytes.length);
		}
	} catch (error) {
		close();
		throw error;
	}
	/** Frames of the first stream that were sent ahead of time. */
	let ahead = 0;
	return {
		tryOne() {
			ahead += generators[0]?.send(1) ?? 0;
		},
		send(agenda, nowMs) {
			const {timeline, index} = agenda.first;
			const generator = generators[index] as XdpGenerator;
			const before = index === 0 ? ahead : 0;
			ahead -= before;
			const more = timeline.ready(nowMs, mostFrames) - before;
			const made = before + (more > 0 ? generator.send(more) : 0);
			if (made === 0) return; // a signal came first
			timeline.take(nowMs, made);
			agenda.moved();
		},
		async finish() {},
		get accepted() {
			return generators.reduce((sum, {made}) => sum + made, 0);
		},
		get acceptedBytes() {
			return generators.reduce((sum, {made}, i) => sum + made * (lengths[i] as number), 0);
		},
		close,
	};
}
