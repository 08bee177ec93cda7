// The request under hand and the reply that grows beside it in the transmit slot: what every AoE command needs, and nothing else.
import type {FramePort} from '../../port/port.js';
import {aoe, ETHERNET_LENGTH} from '../../wire/aoe.js';
import type {AoeExport} from './export.js';

/** Where the command's arguments start in a frame. */
export const ARGUMENTS_AT = ETHERNET_LENGTH + aoe.length;

/**
 * One request: `bytes`/`view` hold the frame from `at` on, `length` bytes long; the reply is written into `out`/`outView` from `to` on.
 * The same object serves request after request, so that the path of a frame allocates nothing.
 */
export interface Exchange {
	port: FramePort;
	view: DataView;
	bytes: Uint8Array;
	at: number;
	length: number;
	outView: DataView;
	out: Uint8Array;
	to: number;
	/** Data may be sent from where it is mapped (FramePort.gather). */
	direct: boolean;
	/** Set by the command when the reply's data is `dataLength` bytes at this address; 0 when it stands in the slot. */
	dataAddress: number;
	dataLength: number;
}

/** Copies the first `length` bytes of the request into the reply, four at a time (a frame's slot always has room for the excess). */
export function echo(exchange: Exchange, length: number): void {
	const {view, at, outView, to} = exchange;
	let i = 0;
	for (; i + 4 <= length; i += 4) outView.setUint32(to + i, view.getUint32(at + i));
	for (; i < length; i++) outView.setUint8(to + i, view.getUint8(at + i));
}

/** Turns the echoed header into a reply: back to the sender, from us, response flag set, our own address (never the broadcast one). */
export function address(exchange: Exchange, target: AoeExport): void {
	const {view, at, outView, to, out, port} = exchange;
	outView.setUint32(to, view.getUint32(at + 6));
	outView.setUint16(to + 4, view.getUint16(at + 10));
	const {mac} = port;
	for (let i = 0; i < 6; i++) out[to + 6 + i] = mac[i]!;
	const head = to + ETHERNET_LENGTH;
	aoe.fields.response.write(outView, head, 1);
	aoe.fields.flags_error.write(outView, head, 0);
	aoe.fields.error.write(outView, head, 0);
	aoe.fields.major.write(outView, head, target.shelf);
	aoe.fields.minor.write(outView, head, target.slot);
}

/** Makes the reply an error: flag and code (AoEr11 2.3), arguments echoed as far as they came. Returns its length. */
export function refuse(exchange: Exchange, target: AoeExport, code: number): number {
	target.counters.protocolErrors++;
	const head = exchange.to + ETHERNET_LENGTH;
	aoe.fields.version.write(exchange.outView, head, 1);
	aoe.fields.flags_error.write(exchange.outView, head, 1);
	aoe.fields.error.write(exchange.outView, head, code);
	return Math.min(exchange.length, ARGUMENTS_AT + 12);
}

/** Ethernet's shortest frame, without the check sequence (IEEE 802.3 3.2.8). */
const SHORTEST = 60;

/**
 * Fills a short reply up with zeros. Network cards would do it on a wire, but a veth or a tap hands the frame over as it is, and aoeping drops
 * replies of less than 60 bytes.
 */
export function pad({out, to}: Exchange, length: number): number {
	if (length >= SHORTEST) return length;
	out.fill(0, to + length, to + SHORTEST);
	return SHORTEST;
}
