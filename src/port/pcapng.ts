// A port that keeps every frame that passes it, both directions, in a pcapng stream: what an engine saw and sent, to be looked at later.
import {linkEthernet} from '../wire/capture.js';
import {PcapngEncoder} from '../wire/pcapng-write.js';
import {forward} from './forward.js';
import type {FramePort, FrameVisitor} from './port.js';

export interface PcapngPortOptions {
	/** Takes the blocks of the file, in order. Each is fresh memory. */
	readonly sink: (block: Uint8Array) => void;
	/** Nanoseconds since 1970, or of a virtual clock. */
	readonly now: () => bigint;
	/** Written into the section header. */
	readonly application?: string;
}

/** Wraps `port`: a section and an interface block at once, then an enhanced packet block a frame, inbound when received, outbound when committed. */
export function withPcapng(port: FramePort, {sink, now, application = 'netstress'}: PcapngPortOptions): FramePort {
	const encoder = new PcapngEncoder();
	sink(encoder.section(application));
	sink(encoder.interface({name: port.name, linkType: linkEthernet, snapLength: 0}));
	const keep = (bytes: Uint8Array, direction: 1 | 2) => sink(encoder.packet({interface: 0, bytes, length: bytes.length, time: now(), direction}));
	let slot = -1;
	return forward(port, {
		receive: (visit: FrameVisitor, limit: number) =>
			port.receive((view, at, length) => {
				keep(new Uint8Array(view.buffer, view.byteOffset + at, length), 1);
				visit(view, at, length);
			}, limit),
		reserve() {
			slot = port.reserve();
			return slot;
		},
		commit(length: number) {
			keep(port.transmitBytes.subarray(slot, slot + length), 2);
			port.commit(length);
		},
	});
}
