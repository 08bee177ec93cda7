// Cuts a TCP stream into the units of the protocol above (iSCSI PDUs): several in one segment, or one across many.

import {generatedShape} from './generated.js';
import type {Direction, Piece, Stream} from './streams.js';
import {generated, type Source, sourceOf, type Walk} from './tree.js';

/** The longest unit that is put together; a longer one is taken for damage. */
const longestUnit = 32 * 1024 * 1024;

/** A protocol that travels in units over TCP. */
export interface UnitProtocol {
	readonly name: string;
	/** True when a stream that begins with these bytes is surely this protocol. */
	starts(view: DataView, at: number, end: number): boolean;
	/** Length of the unit at `at`: undefined when more bytes are needed to know, 0 when there cannot be one. */
	length(view: DataView, at: number, end: number, stream: Stream): number | undefined;
	dissect(walk: Walk, source: Source, at: number, end: number, stream: Stream, way: 0 | 1): void;
}

/** Feeds the pieces that have come into order to the protocol. Returns which runs of the frame at hand belong to units that lie across segments. */
export function feed(
	walk: Walk,
	protocol: UnitProtocol,
	frame: Source,
	stream: Stream,
	way: 0 | 1,
	pieces: readonly Piece[],
): Array<[from: number, to: number]> {
	const direction = stream.directions[way];
	const parts: Array<[from: number, to: number]> = [];
	for (const piece of pieces) {
		const source = piece.at === undefined ? sourceOf(piece.bytes, true) : frame;
		const from = piece.at ?? 0;
		const end = from + piece.bytes.length;
		let at = complete(walk, protocol, stream, way, piece);
		at += from;
		if (at > from && piece.at !== undefined) parts.push([from, at]);
		while (at < end) {
			const length = measure(protocol, source.view, at, end, stream, direction);
			if (length === 0) {
				direction.inStep = false;
				walk.data(source, at, end);
				at = end;
			} else if (length === undefined || length > end - at) {
				direction.keep({...piece, bytes: piece.bytes.slice(at - from)}, length ?? 0);
				if (piece.at !== undefined) parts.push([at, end]);
				at = end;
			} else {
				direction.inStep = true;
				protocol.dissect(walk, source, at, at + length, stream, way);
				at += length;
			}
		}
	}
	return parts;
}

/** A unit's length as the protocol sees it; out of step only a beginning that is sure counts, and nothing is too long. */
function measure(protocol: UnitProtocol, view: DataView, at: number, end: number, stream: Stream, direction: Direction): number | undefined {
	const length = protocol.length(view, at, end, stream);
	if (length === undefined) return direction.inStep ? undefined : 0;
	return length > longestUnit ? 0 : length;
}

/** Adds what a pending unit lacks from the piece and dissects it when it is whole. Returns how many bytes of the piece it took. */
function complete(walk: Walk, protocol: UnitProtocol, stream: Stream, way: 0 | 1, piece: Piece): number {
	const direction = stream.directions[way];
	let taken = 0;
	while (direction.pendingBytes > 0 && taken < piece.bytes.length) {
		if (direction.pendingNeed === 0) {
			// the header itself lies across segments: join what there is and ask again
			const whole = join([...direction.pending, {...piece, bytes: piece.bytes.subarray(taken)}]);
			const view = sourceOf(whole).view;
			const length = measure(protocol, view, 0, whole.length, stream, direction);
			if (length === 0) {
				direction.drop();
				direction.inStep = false;
				return taken;
			}
			if (length === undefined) {
				direction.keep({...piece, bytes: piece.bytes.slice(taken)}, 0);
				return piece.bytes.length;
			}
			direction.pendingNeed = length;
		}
		const share = Math.min(piece.bytes.length - taken, direction.pendingNeed - direction.pendingBytes);
		direction.keep({...piece, bytes: piece.bytes.slice(taken, taken + share)}, direction.pendingNeed);
		taken += share;
		if (direction.pendingBytes > 0 && direction.pendingBytes === direction.pendingNeed) finish(walk, protocol, stream, way);
	}
	return taken;
}

const join = (pieces: readonly Piece[]): Uint8Array => {
	const whole = new Uint8Array(pieces.reduce((sum, {bytes}) => sum + bytes.length, 0));
	let at = 0;
	for (const {bytes} of pieces) {
		whole.set(bytes, at);
		at += bytes.length;
	}
	return whole;
};

/** Dissects the pending unit, with the list of segments it came in, as Wireshark shows it. */
function finish(walk: Walk, protocol: UnitProtocol, stream: Stream, way: 0 | 1): void {
	const direction = stream.directions[way];
	const {pending} = direction;
	const source = sourceOf(join(pending), true);
	direction.drop();
	let at = 0;
	const segments = pending.map(({bytes, frame}) => {
		const node = generated('tcp.segment', frame, at, bytes.length);
		at += bytes.length;
		return node;
	});
	const size = source.bytes.length;
	const layer = walk.layer(
		'tcp.segments',
		`${pending.length} reassembled segments (${size} bytes)`,
		source,
		0,
		size,
		[...segments],
		null,
		generatedShape('tcp.segments'),
	);
	layer.children.push(generated('tcp.segment.count', pending.length, 0), generated('tcp.reassembled.length', size, 0));
	protocol.dissect(walk, source, 0, size, stream, way);
}
