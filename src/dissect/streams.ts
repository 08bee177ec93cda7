// TCP streams in a capture: numbers made relative, segments put in order, protocol units cut out of them. Everything is bounded: a capture of
// a broken or hostile connection costs memory up to a limit and then loses that connection's reassembly, nothing else.

/** Distance from `b` to `a` in TCP's 32-bit sequence space (RFC 9293 3.4). */
export const distance = (a: number, b: number): number => (a - b) | 0;

/** Bytes held for a gap to be filled, and segments, before the gap is given up. */
const mostHeldBytes = 4 * 1024 * 1024;
const mostHeld = 4096;
/** Bytes kept by all streams together, for gaps and unfinished units. */
const mostKeptBytes = 256 * 1024 * 1024;
/** Streams that are remembered; the ones opened longest ago go first. */
const mostStreams = 8192;

/** Bytes of a stream in order: part of the frame at hand, or kept from an earlier one. */
export interface Piece {
	readonly bytes: Uint8Array;
	/** The frame they came in. */
	readonly frame: number;
	/** Where they begin in the frame at hand; undefined for kept bytes. */
	readonly at: number | undefined;
}

/** What a segment is to its stream. */
export type Kind = 'new' | 'retransmission' | 'ahead' | 'filled';

/** What all directions of a capture keep together. */
export interface Budget {
	bytes: number;
}

/** One direction of a stream. */
export class Direction {
	/** Sequence number that reads as 0; undefined until something was seen. */
	base: number | undefined;
	/** The next number expected, once known. */
	next: number | undefined;
	/** Window scale from its SYN: -1 = SYN not seen, -2 = seen without the option. */
	scale = -1;
	/** The longest segment that this side said it takes; 0 = not seen. */
	mss = 0;
	/** The beginning of a unit whose end has not come. */
	pending: Piece[] = [];
	pendingBytes = 0;
	/** Length of the unit that `pending` begins, once known. */
	pendingNeed = 0;
	/** In step with the units: false after a gap, until a segment begins with one again. */
	inStep = true;
	#held: Array<{seq: number; bytes: Uint8Array; frame: number}> = [];
	#heldBytes = 0;
	readonly #budget: Budget;

	constructor(budget: Budget) {
		this.#budget = budget;
	}

	get waiting(): boolean {
		return this.#held.length > 0;
	}

	/** Keeps the beginning of a unit of `need` bytes (0 = not known yet). Over the budget of all streams it is given up instead. */
	keep(piece: Piece, need: number): void {
		this.pending.push(piece);
		this.pendingBytes += piece.bytes.length;
		this.pendingNeed = need;
		this.#budget.bytes += piece.bytes.length;
		if (this.#budget.bytes <= mostKeptBytes) return;
		this.drop();
		this.inStep = false;
	}

	/** Gives back what is kept: the stream is forgotten. */
	forget(): void {
		this.drop();
		this.#budget.bytes -= this.#heldBytes;
		this.#held = [];
		this.#heldBytes = 0;
	}

	/** Drops the unfinished unit. */
	drop(): void {
		this.#budget.bytes -= this.pendingBytes;
		this.pending = [];
		this.pendingBytes = 0;
		this.pendingNeed = 0;
	}

	/** Takes a segment in; the pieces that are in order now are appended to `pieces`. */
	accept(seq: number, bytes: Uint8Array, frame: number, at: number, pieces: Piece[]): Kind {
		this.next ??= seq;
		const ahead = distance(seq, this.next);
		if (ahead > 0) {
			this.#hold(seq, bytes, frame);
			if (this.#heldBytes > mostHeldBytes || this.#held.length > mostHeld || this.#budget.bytes > mostKeptBytes) this.skipGap(pieces);
			return 'ahead';
		}
		if (-ahead >= bytes.length) return 'retransmission';
		pieces.push({bytes: bytes.subarray(-ahead), frame, at: at - ahead});
		this.next = (seq + bytes.length) >>> 0;
		const filled = this.#held.length > 0;
		this.#drain(pieces);
		return filled ? 'filled' : 'new';
	}

	/** The other side acknowledges up to `number`: what the capture has not shown by then will not come any more. */
	acknowledged(number: number, pieces: Piece[]): void {
		if (this.next === undefined || distance(number, this.next) <= 0) return;
		if (this.waiting) this.skipGap(pieces);
		else {
			this.drop();
			this.inStep = false;
			this.next = number;
		}
	}

	/** Gives up what is missing: the units behind it have to be found again. */
	skipGap(pieces: Piece[]): void {
		const first = this.#held[0];
		if (first === undefined) return;
		this.drop();
		this.inStep = false;
		this.next = first.seq;
		this.#drain(pieces);
	}

	#hold(seq: number, bytes: Uint8Array, frame: number): void {
		const index = this.#held.findIndex(other => distance(other.seq, seq) >= 0);
		const entry = {seq, bytes: bytes.slice(), frame};
		if (index < 0) this.#held.push(entry);
		else this.#held.splice(index, 0, entry);
		this.#heldBytes += bytes.length;
		this.#budget.bytes += bytes.length;
	}

	#drain(pieces: Piece[]): void {
		for (let first = this.#held[0]; first !== undefined && distance(first.seq, this.next as number) <= 0; first = this.#held[0]) {
			this.#held.shift();
			this.#heldBytes -= first.bytes.length;
			this.#budget.bytes -= first.bytes.length;
			const old = -distance(first.seq, this.next as number);
			if (old >= first.bytes.length) continue;
			pieces.push({bytes: first.bytes.subarray(old), frame: first.frame, at: undefined});
			this.next = (first.seq + first.bytes.length) >>> 0;
		}
	}
}

export class Stream {
	/** Wireshark's tcp.stream: counts from 0 in the order of appearance. */
	readonly index: number;
	/** From the first packet's sender, and the way back. */
	readonly directions: readonly [Direction, Direction];
	/** Which end sent the first packet. */
	readonly from: string;
	/** Times of its first and its latest packet, nanoseconds. */
	first: bigint | undefined;
	previous: bigint | undefined;
	/** What a protocol above wants to remember about this stream. */
	memory: unknown;
	/** The protocol's name once it is known; null when the payload is nobody's. */
	protocol: string | null | undefined;

	constructor(index: number, from: string, budget: Budget) {
		this.index = index;
		this.from = from;
		this.directions = [new Direction(budget), new Direction(budget)];
	}
}

/** All streams of a capture. */
export class Streams {
	readonly #streams = new Map<string, Stream>();
	readonly #budget: Budget = {bytes: 0};
	#count = 0;

	/** The stream between two ends (address and port as text), and which of its directions `from` sends in: 0 or 1. */
	find(from: string, to: string, opens: (stream: Stream) => boolean): {stream: Stream; way: 0 | 1} {
		const key = from < to ? `${from} ${to}` : `${to} ${from}`;
		let stream = this.#streams.get(key);
		if (stream === undefined || opens(stream)) {
			this.#forget(key);
			stream = new Stream(this.#count++, from, this.#budget);
			this.#streams.set(key, stream);
			if (this.#streams.size > mostStreams) this.#forget(this.#streams.keys().next().value as string);
		}
		return {stream, way: stream.from === from ? 0 : 1};
	}

	#forget(key: string): void {
		for (const direction of this.#streams.get(key)?.directions ?? []) direction.forget();
		this.#streams.delete(key);
	}
}
