// The receiver on an interface: frames of a TPACKET_V3 ring with the kernel's time of arrival into the counter, our own outgoing ones left out.
import {setImmediate} from 'node:timers/promises';
import {NetstressError} from '../../base/errors.js';
import {openCaptureRing} from '../../port/capture-ring.js';
import {interfaceInfo} from '../../sys/interface.js';
import type {CapturedFrame} from '../../sys/ring-v3.js';
import {Receiver, type ReceiverOptions} from './receiver.js';

export interface ListenOptions extends ReceiverOptions {
	/** Bytes of the ring; 64 MiB when not given. */
	readonly ringBytes?: number | undefined;
	/** Only frames of this EtherType, where the protocols of this host get theirs (openCaptureRing). */
	readonly etherType?: number | undefined;
}

/** Half a second of a gigabit at line rate. */
const defaultRingBytes = 64 << 20;
const pollMs = 50;
/** Blocks between two turns of the event loop. */
const blocksAtOnce = 16;
/** How often an idle receiver looks whether its interface is still there. */
const lookMs = 1000;
/** A tag, twice: what a frame may have on top of MTU and Ethernet header. */
const tags = 8;

export interface Listener {
	readonly receiver: Receiver;
	/** Frames that were lost before us because our ring was full: of all frames of the interface, ours or not (tp_drops). */
	dropped(): number;
	/** Frames of whatever kind that came to the interface and that our ring held. */
	frames(): number;
	/** Frames longer than the interface can carry: the kernel has joined several (GRO), and only the first stamp of each was counted. */
	joined(): number;
	/** Counts until `signal` aborts or `enough` says so; asked at least every 50 ms. ERR_IO with `gone` in its details when the interface goes away; everything that came before is counted. */
	run(signal: AbortSignal, enough: () => boolean): Promise<void>;
	close(): void;
}

/** Opens the receiver; frames that come from now on are counted. `most`: no frame is counted once so many were (0 = all). ERR_USAGE, ERR_PERMISSION, ERR_SYSCALL. */
export function listen(iface: string, options: ListenOptions = {}, most = 0): Listener {
	const ring = openCaptureRing(iface, {
		promiscuous: true,
		ignoreOutgoing: true,
		ringBytes: options.ringBytes ?? defaultRingBytes,
		etherType: options.etherType,
	});
	const receiver = new Receiver(options);
	const longest = ring.iface.mtu + 14 + tags;
	let joined = 0;
	let frames = 0;
	const visit = (frame: CapturedFrame): void => {
		// kernels before 4.20 do not know PACKET_IGNORE_OUTGOING
		if (frame.outgoing || (most > 0 && receiver.received >= most)) return;
		frames++;
		if (frame.originalLength > longest) joined++;
		receiver.frame(frame.view, frame.at, frame.length, frame.seconds, frame.nanoseconds);
	};
	let looked = performance.now();
	const gone = () => new NetstressError('ERR_IO', `interface ${iface} has gone away while its frames were counted`, {iface, gone: true});
	const present = (): void => {
		looked = performance.now();
		let index = -1;
		try {
			index = interfaceInfo(iface).index;
		} catch {
			throw gone();
		}
		if (index !== ring.iface.index) throw gone();
	};
	return {
		receiver,
		dropped: () => ring.statistics().drops,
		frames: () => frames,
		joined: () => joined,
		async run(signal, enough) {
			while (!signal.aborted && !enough()) {
				if (ring.wait(pollMs)) ring.receive(visit, blocksAtOnce);
				else if (performance.now() - looked > lookMs) present();
				await setImmediate();
			}
			// what lies in blocks that are not full yet came in time too
			if (ring.wait(pollMs)) ring.receive(visit);
		},
		close: () => ring.close(),
	};
}
