// A frame port: receive a batch, send a batch. Engines see only this, so the same engine runs over a packet ring, libpcap,
// a capture file or a memory pair with a virtual clock (docs/architecture.md, "Engines are pure, ports do I/O").

/** A frame as it lies in the port's memory: valid only during the call that hands it over. */
export type FrameVisitor = (view: DataView, at: number, length: number) => void;

/** Losses are counters, never exceptions. All count frames since the port was opened, bytes where the name says so. */
export interface PortCounters {
	received: number;
	receivedBytes: number;
	sent: number;
	sentBytes: number;
	/** Frames lost before us because our receive ring or queue was full (PACKET_STATISTICS tp_drops on a ring). */
	receiveDropped: number;
	/** `reserve` found no free slot. */
	transmitFull: number;
	/** Frames that the kernel refused (wrong format, ENOBUFS, interface down, over the MTU). */
	transmitFailed: number;
}

export interface FramePort {
	readonly name: string;
	/** The port's own station address, six bytes. */
	readonly mac: Uint8Array;
	/** Largest payload behind the 14-byte Ethernet header. */
	readonly mtu: number;
	/** How many frames the receive side holds before it loses one; Infinity when it is not bounded. */
	readonly receiveSlots: number;
	/** The descriptor to poll for input, or -1 when there is none (memory, file). */
	readonly descriptor: number;
	readonly counters: PortCounters;
	/** Frames that the kernel refused, by the name of its error; where the port knows. Frames that were taken at another try are under `retried`. */
	readonly refusals?: ReadonlyMap<string, number>;
	readonly retried?: ReadonlyMap<string, number>;
	/** Shows each waiting frame to `visit`, `limit` at most, oldest first. Returns how many. */
	receive(visit: FrameVisitor, limit: number): number;
	/** The memory that `reserve` points into. */
	readonly transmitView: DataView;
	readonly transmitBytes: Uint8Array;
	/** Offset in `transmitView` of a free slot of at least mtu + 14 bytes (its content is dirty), or -1 when there is none. */
	reserve(): number;
	/** Queues the slot that `reserve` gave last, as a frame of `length` bytes. Not calling it leaves the slot free. */
	commit(length: number): void;
	/**
	 * Where the slots lie that `reserve` gives in turn behind a flush, where they keep what was written into them. `commitFirst` queues the first
	 * `count` of them at once, all of `length` bytes, when nothing is queued.
	 */
	readonly slots?: Uint32Array;
	commitFirst?(count: number, length: number): void;
	/**
	 * Queues the first `length` bytes of the reserved slot followed by `dataLength` bytes at `address` in mapped memory, which the kernel copies
	 * when the frame is flushed. Only where the port can (sendmmsg).
	 */
	gather?(length: number, address: number, dataLength: number): void;
	/** True once after a gathered frame was refused because its data could not be read (EFAULT: the file shrank, the medium failed). */
	takeFault?(): boolean;
	/** Hands all queued frames over. Returns how many were taken. */
	flush(): number;
	/** Frames that were handed over and that the kernel has not done with; closing may lose them. Only where frames can stay behind. */
	pending?(): number;
	/** Receives frames to one more station or group address, where the network card filters by address. */
	listen?(mac: Uint8Array): void;
	/** Sleeps until a frame waits or `timeoutMs` have passed; true when a frame waits. */
	wait(timeoutMs: number): boolean;
	close(): void;
}

export const newCounters = (): PortCounters => ({received: 0, receivedBytes: 0, sent: 0, sentBytes: 0, receiveDropped: 0, transmitFull: 0, transmitFailed: 0});
