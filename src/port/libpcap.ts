// The portable port: libpcap through the optional package `cap`, for systems without AF_PACKET rings. libpcap hands frames over in event loop
// turns, so frames wait in a queue of our own, and whoever uses this port must let the event loop turn (`ready`).
import {NetstressError} from '../base/errors.js';
import {type FramePort, newCounters} from './port.js';

/** What is used of the package `cap` 0.2 (its README). */
interface Cap {
	open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
	send(buffer: Buffer, length: number): void;
	close(): void;
	on(event: 'packet', listener: (length: number, truncated: boolean) => void): void;
	on(event: 'error', listener: (error: Error) => void): void;
}
interface CapModule {
	Cap: (new () => Cap) & {deviceList(): Array<{name: string; addresses: Array<{addr?: string}>; flags?: string}>};
}

export interface LibpcapOptions {
	/** libpcap's own filter language; empty = everything. */
	readonly filter?: string;
	/** Bytes of libpcap's buffer. */
	readonly bufferBytes?: number;
	/** Frames that wait for `receive`; what comes on top is counted as dropped. */
	readonly queueFrames?: number;
	/** Station address and payload size, which libpcap does not tell. */
	readonly mac: Uint8Array;
	readonly mtu: number;
}

export interface LibpcapPort extends FramePort {
	/** Lets the event loop turn until a frame waits or `timeoutMs` have passed; true when a frame waits. */
	ready(timeoutMs: number): Promise<boolean>;
}

const largestFrame = 262_144;
const slots = 256;

/** Loads `cap`. ERR_UNSUPPORTED, with what to install, where it is missing or was never built. */
export async function loadCap(name = 'cap'): Promise<CapModule> {
	try {
		return ((await import(name)) as {default: CapModule}).default;
	} catch (error) {
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			'the libpcap port needs the optional package cap: install libpcap with its headers (Debian: apt-get install libpcap-dev) and a C++ compiler, then run npm rebuild cap (npm install cap when it was left out)',
			{feature: 'cap'},
			error,
		);
	}
}

/** Opens `name` through libpcap. ERR_UNSUPPORTED without `cap`, ERR_PERMISSION or ERR_IO with libpcap's own words. */
export async function openLibpcap(name: string, options: LibpcapOptions): Promise<LibpcapPort> {
	const {Cap} = await loadCap();
	const cap = new Cap();
	const {filter = '', bufferBytes = 8 << 20, queueFrames = 4096, mac, mtu} = options;
	const buffer = Buffer.alloc(largestFrame);
	let link: string;
	try {
		link = cap.open(name, filter, bufferBytes, buffer);
	} catch (error) {
		const words = (error as Error).message;
		const code = /permi/i.test(words) ? 'ERR_PERMISSION' : 'ERR_IO';
		throw new NetstressError(code, `libpcap cannot open ${name}: ${words}${code === 'ERR_PERMISSION' ? '; run as root' : ''}`, {iface: name}, error);
	}
	if (link !== 'ETHERNET') {
		cap.close();
		throw new NetstressError('ERR_UNSUPPORTED', `${name} has link type ${link}; netstress needs Ethernet`, {feature: link});
	}
	const counters = newCounters();
	const queue: Uint8Array[] = [];
	let wake: (() => void) | undefined;
	let failure: Error | undefined;
	cap.on('packet', length => {
		if (queue.length >= queueFrames) counters.receiveDropped++;
		else queue.push(new Uint8Array(buffer.subarray(0, length)));
		wake?.();
	});
	cap.on('error', error => {
		failure = error;
		wake?.();
	});
	const slotBytes = mtu + 14;
	const transmitBytes = new Uint8Array(slotBytes * slots);
	const lengths: number[] = [];
	let closed = false;
	return {
		name,
		mac,
		mtu,
		receiveSlots: queueFrames,
		descriptor: -1,
		counters,
		receive(visit, limit) {
			if (failure !== undefined) throw new NetstressError('ERR_IO', `libpcap stopped on ${name}: ${failure.message}`, {iface: name}, failure);
			let shown = 0;
			for (; shown < limit && queue.length > 0; shown++) {
				const frame = queue.shift() as Uint8Array;
				counters.received++;
				counters.receivedBytes += frame.length;
				visit(new DataView(frame.buffer, frame.byteOffset, frame.length), 0, frame.length);
			}
			return shown;
		},
		transmitView: new DataView(transmitBytes.buffer),
		transmitBytes,
		reserve() {
			if (lengths.length < slots && !closed) return lengths.length * slotBytes;
			counters.transmitFull++;
			return -1;
		},
		commit: length => void lengths.push(length),
		flush() {
			let sent = 0;
			for (const [index, length] of lengths.entries()) {
				try {
					cap.send(Buffer.from(transmitBytes.buffer, index * slotBytes, length), length);
					sent++;
					counters.sent++;
					counters.sentBytes += length;
				} catch {
					counters.transmitFailed++;
				}
			}
			lengths.length = 0;
			return sent;
		},
		wait: () => queue.length > 0,
		async ready(timeoutMs) {
			if (queue.length > 0 || failure !== undefined) return queue.length > 0;
			await new Promise<void>(resolve => {
				const timer = setTimeout(resolve, timeoutMs);
				wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
			wake = undefined;
			return queue.length > 0;
		},
		close() {
			if (closed) return;
			closed = true;
			cap.close();
		},
	};
}
