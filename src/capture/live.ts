// A capture that runs: frames of one interface, both directions, out of a TPACKET_V3 ring into pcapng blocks or to whoever wants to see them.
// It counts what it was shown, what it kept, and what the kernel says it lost: nothing is lost unsaid.
import {setImmediate} from 'node:timers/promises';
import {NetstressError} from '../base/errors.js';
import {openCaptureRing} from '../port/capture-ring.js';
import {interfaceInfo} from '../sys/interface.js';
import type {CapturedFrame} from '../sys/ring-v3.js';
import {linkEthernet} from '../wire/capture.js';
import {PcapngEncoder, packetBlockBytes, packetInto} from '../wire/pcapng-write.js';
import type {Instruction} from './filter.js';
import {BlockSink} from './sink.js';

/** One frame as it is kept: the tag that the kernel took out of it is back in its place. `bytes` is valid only during the call. */
export interface LiveFrame {
	bytes: Uint8Array;
	/** On the wire. */
	length: number;
	seconds: number;
	nanoseconds: number;
	outgoing: boolean;
}

export interface LiveOptions {
	readonly iface: string;
	/** Stop after so many frames; 0 = not. */
	readonly count: number;
	/** Stop after so many seconds; 0 = not. */
	readonly seconds: number;
	readonly ringBytes: number | undefined;
	readonly promiscuous: boolean;
	/** The filter as it was typed, and compiled. */
	readonly filter: {readonly text: string; readonly program: readonly Instruction[]} | undefined;
	/** Called once, when frames are being kept. */
	readonly ready?: () => void;
}

export interface LiveSummary {
	/** Frames that the ring handed over. */
	captured: number;
	/** Frames that are in the file, or were shown. */
	written: number;
	/** Frames that passed the filter and were lost because the ring was full (PACKET_STATISTICS). */
	dropped: number;
	/** Captured bytes of the frames that were handed over. */
	bytes: number;
	seconds: number;
}

/** Holds a burst of half a second at line rate of a gigabit; the kernel gives less where it has less. */
const defaultRingBytes = 64 << 20;
const pollMs = 50;
/** How often an idle capture looks whether its interface is still there. */
const lookMs = 1000;
const macBytes = 12;

/** Puts frames of a ring into one reused shape, VLAN tags included (packet(7), PACKET_AUXDATA: the kernel keeps the tag beside the frame). */
class Reader {
	readonly frame: LiveFrame = {bytes: new Uint8Array(0), length: 0, seconds: 0, nanoseconds: 0, outgoing: false};
	readonly #tagged = new Uint8Array(1 << 18);
	readonly #taggedView = new DataView(this.#tagged.buffer);

	read(captured: CapturedFrame): LiveFrame {
		const {frame} = this;
		const {view, at, length} = captured;
		const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length);
		frame.seconds = captured.seconds;
		frame.nanoseconds = captured.nanoseconds;
		frame.outgoing = captured.outgoing;
		if (captured.vlanTci < 0 || length < macBytes) {
			frame.bytes = bytes;
			frame.length = captured.originalLength;
			return frame;
		}
		this.#tagged.set(bytes.subarray(0, macBytes));
		this.#taggedView.setUint16(macBytes, captured.vlanTpid);
		this.#taggedView.setUint16(macBytes + 2, captured.vlanTci);
		this.#tagged.set(bytes.subarray(macBytes), macBytes + 4);
		frame.bytes = this.#tagged.subarray(0, length + 4);
		frame.length = captured.originalLength + 4;
		return frame;
	}
}

/** Shows frames to `visit` until it is time to stop; `visit` returns false when it wants no more. `idle` runs whenever nothing waits. */
export async function captureLive(options: LiveOptions, signal: AbortSignal, visit: (frame: LiveFrame) => boolean, idle: () => void): Promise<LiveSummary> {
	const ring = openCaptureRing(options.iface, {
		promiscuous: options.promiscuous,
		ringBytes: options.ringBytes ?? defaultRingBytes,
		...(options.filter === undefined ? {} : {filter: options.filter.program}),
	});
	const summary: LiveSummary = {captured: 0, written: 0, dropped: 0, bytes: 0, seconds: 0};
	const reader = new Reader();
	const start = performance.now();
	const end = options.seconds > 0 ? start + 1000 * options.seconds : Number.POSITIVE_INFINITY;
	options.ready?.();
	let open = true;
	let looked = start;
	const take = (captured: CapturedFrame) => {
		if (!open) return;
		const frame = reader.read(captured);
		summary.captured++;
		summary.bytes += frame.bytes.length;
		if (visit(frame)) summary.written++;
		else open = false;
		if (options.count > 0 && summary.captured >= options.count) open = false;
	};
	try {
		while (open && !signal.aborted) {
			const now = performance.now();
			if (now >= end) break;
			if (!ring.wait(Math.max(1, Math.min(pollMs, end - now)))) {
				idle();
				if (now - looked > lookMs) {
					looked = now;
					if (interfaceInfo(options.iface).index !== ring.iface.index) throw gone(options.iface);
				}
			}
			ring.receive(take);
			await setImmediate();
		}
		// what lies in blocks that are not full yet belongs to the capture too
		if (open && ring.wait(pollMs)) ring.receive(take);
	} catch (error) {
		throw Object.assign(error instanceof NetstressError && error.code === 'ERR_USAGE' ? gone(options.iface) : (error as Error), {summary});
	} finally {
		summary.dropped = ring.statistics().drops;
		summary.seconds = (performance.now() - start) / 1000;
		ring.close();
	}
	return summary;
}

const gone = (iface: string) => new NetstressError('ERR_IO', `interface ${iface} has gone away while its frames were captured`, {iface});

/** Nanoseconds since 1970. */
const nowNs = () => BigInt(Date.now()) * 1_000_000n;

/**
 * Captures into a pcapng file (`-` is standard output): section, interface with its filter, frames with their direction, statistics at the end.
 * The summary is complete whatever ends the capture; `failure` says what went wrong, if anything did.
 */
export async function captureToFile(
	path: string,
	options: LiveOptions,
	signal: AbortSignal,
	version: string,
): Promise<{summary: LiveSummary; failure: unknown}> {
	const sink = new BlockSink(path);
	const encoder = new PcapngEncoder();
	const start = nowNs();
	sink.put(encoder.section(`netstress ${version}`));
	const {iface, filter} = options;
	sink.put(encoder.interface({name: iface, linkType: linkEthernet, snapLength: 0, filter: filter?.text}));
	sink.flush();
	/** Frames in the buffer, not yet handed over. */
	let buffered = 0;
	let lost = 0;
	const flush = () => {
		sink.flush();
		if (sink.failure !== undefined) lost += buffered - Math.min(buffered, sink.packetsOfLastFlush);
		buffered = 0;
	};
	const visit = (frame: LiveFrame): boolean => {
		const size = packetBlockBytes(frame.bytes.length);
		if (sink.at + size > sink.bytes.length) flush();
		if (sink.failure !== undefined) return false;
		sink.at += packetInto(sink.bytes, sink.view, sink.at, frame.bytes, frame.length, frame.seconds, frame.nanoseconds, frame.outgoing ? 2 : 1);
		buffered++;
		return true;
	};
	let summary: LiveSummary = {captured: 0, written: 0, dropped: 0, bytes: 0, seconds: 0};
	let failure: unknown;
	try {
		summary = await captureLive(options, signal, visit, flush);
	} catch (error) {
		failure = error;
		summary = (error as {summary?: LiveSummary}).summary ?? summary;
	}
	flush();
	summary.written -= lost;
	const end = nowNs();
	sink.put(
		encoder.statistics({
			interface: 0,
			time: end,
			start,
			end,
			received: summary.captured + summary.dropped,
			dropped: summary.dropped,
			delivered: summary.written,
		}),
	);
	sink.close();
	return {summary, failure: failure ?? sink.failure};
}
