// FCoE frames as engines see them: one that came in, checked, and one that goes out, written where it will be sent from (FC-BB-6 7.7, FC-FS-3 9).
import type {FramePort} from '../port/port.js';
import {FC_HEADER_LENGTH, fCtl, fc} from '../wire/fc.js';
import {eof, FCOE_ETHERTYPE, FCOE_HEADER_LENGTH, FCOE_OVERHEAD, fcCrc, fcoe, fcoeTrailer, sof, VN2VN_FC_MAP} from '../wire/fcoe.js';

const ETHERNET = 14;
const FC_AT = ETHERNET + FCOE_HEADER_LENGTH;
/** From a frame's beginning to its FC payload. */
export const PAYLOAD_AT = FC_AT + FC_HEADER_LENGTH;
const TRAILER = FCOE_OVERHEAD - FCOE_HEADER_LENGTH;
const LEAST = PAYLOAD_AT + TRAILER;

/** The VN_Port MAC of a 16-bit N_Port_ID in VN2VN. */
export const vnMac = (portId: number): Uint8Array => Uint8Array.of(0x0e, 0xfd, 0x00, portId >>> 16, (portId >>> 8) & 0xff, portId & 0xff);

/** Why a frame was not taken. */
export type FrameFault = 'short' | 'version' | 'delimiter' | 'destination' | 'source' | 'crc' | 'fill';

const f = fc.fields;

/** A frame that came in. One object serves all: its values are good until the next `read`. */
export class IncomingFrame {
	view: DataView = new DataView(new ArrayBuffer(0));
	bytes: Uint8Array = new Uint8Array(0);
	rCtl = 0;
	type = 0;
	fCtl = 0;
	dId = 0;
	sId = 0;
	seqId = 0;
	seqCnt = 0;
	oxId = 0;
	rxId = 0;
	parameter = 0;
	/** Where the payload begins, and its bytes without fill. */
	at = 0;
	length = 0;
	first = false;
	last = false;
	#buffer: ArrayBufferLike | undefined;

	/** Takes over an FC header at `at` with `length` bytes of frame in all (header and payload, no fill): what FIP encapsulates. */
	readFc(view: DataView, at: number, length: number): FrameFault | undefined {
		if (length < FC_HEADER_LENGTH) return 'short';
		if (this.#buffer !== view.buffer || this.view.byteOffset !== view.byteOffset) {
			this.#buffer = view.buffer;
			this.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
		}
		this.view = view;
		this.rCtl = view.getUint8(at);
		this.dId = f.d_id.read(view, at);
		this.sId = f.s_id.read(view, at);
		this.type = view.getUint8(at + f.type.at);
		this.fCtl = f.f_ctl.read(view, at);
		this.seqId = view.getUint8(at + f.seq_id.at);
		this.seqCnt = view.getUint16(at + f.seq_cnt.at);
		this.oxId = view.getUint16(at + f.ox_id.at);
		this.rxId = view.getUint16(at + f.rx_id.at);
		this.parameter = view.getUint32(at + f.parameter.at);
		this.at = at + FC_HEADER_LENGTH;
		this.length = length - FC_HEADER_LENGTH;
		return undefined;
	}

	/**
	 * Reads the FCoE frame of `length` bytes at `at`. Padding behind the trailer cannot be told from payload by length alone, so the frame ends where its
	 * trailer does: a frame longer than the least is never padded by Ethernet. Never throws.
	 */
	read(view: DataView, at: number, length: number): FrameFault | undefined {
		if (length < LEAST) return 'short';
		const head = at + ETHERNET;
		if (fcoe.fields.ver.read(view, head) !== 0) return 'version';
		const start = view.getUint8(head + fcoe.fields.sof.at);
		const trailer = at + length - TRAILER;
		const end = view.getUint8(trailer + fcoeTrailer.fields.eof.at);
		if ((start !== sof.i3 && start !== sof.n3) || (end !== eof.n && end !== eof.t)) return 'delimiter';
		const size = length - FC_AT - TRAILER;
		const bad = this.readFc(view, at + FC_AT, size);
		if (bad !== undefined) return bad;
		this.first = start === sof.i3;
		this.last = end === eof.t;
		// the address says whose frame it is: a frame that another port's address carries is not for us, or not from whom it says
		if (view.getUint16(at) * 0x100 + view.getUint8(at + 2) !== VN2VN_FC_MAP || f.d_id.read(view, at + 2) !== this.dId) return 'destination';
		if (view.getUint16(at + 6) * 0x100 + view.getUint8(at + 8) !== VN2VN_FC_MAP || f.d_id.read(view, at + 8) !== this.sId) return 'source';
		if (fcCrc(this.bytes, at + FC_AT, size) !== fcoeTrailer.fields.crc.read(view, trailer)) return 'crc';
		const fill = this.fCtl & fCtl.fill;
		if (fill > this.length) return 'fill';
		this.length -= fill;
		return undefined;
	}
}

/** What goes into the FC header of the next frame. */
export interface FrameHead {
	rCtl: number;
	type: number;
	fCtl: number;
	dId: number;
	sId: number;
	oxId: number;
	rxId: number;
	seqId: number;
	seqCnt: number;
	parameter: number;
	/** First (SOFi3) and last (EOFt) frame of its sequence. */
	first: boolean;
	last: boolean;
}

/** Writes frames into a port. `open`, fill the payload, `close`. */
export class FrameWriter {
	/** Set before `close`. */
	readonly head: FrameHead = {
		rCtl: 0,
		type: 0,
		fCtl: 0,
		dId: 0,
		sId: 0,
		oxId: 0,
		rxId: 0,
		seqId: 0,
		seqCnt: 0,
		parameter: 0,
		first: true,
		last: true,
	};
	readonly port: FramePort;
	/** Frames lost because the port had no free slot. */
	unsent = 0;
	#at = -1;

	constructor(port: FramePort) {
		this.port = port;
	}

	/** Where the payload of the next frame goes in `port.transmitView`, or -1: then the frame is lost, as on a wire. */
	open(): number {
		this.#at = this.port.reserve();
		if (this.#at >= 0) return this.#at + PAYLOAD_AT;
		this.unsent++;
		return -1;
	}

	/** Completes the frame around `length` bytes of payload and queues it. */
	close(length: number): void {
		const at = this.#at;
		const {transmitView: view, transmitBytes: bytes} = this.port;
		const {head} = this;
		const map = VN2VN_FC_MAP;
		view.setUint16(at, map >>> 8);
		view.setUint8(at + 2, map & 0xff);
		f.d_id.write(view, at + 2, head.dId);
		view.setUint16(at + 6, map >>> 8);
		view.setUint8(at + 8, map & 0xff);
		f.d_id.write(view, at + 8, head.sId);
		view.setUint16(at + 12, FCOE_ETHERTYPE);
		// version and reserved bytes: 13 zeros, then the delimiter
		view.setUint32(at + 14, 0);
		view.setUint32(at + 18, 0);
		view.setUint32(at + 22, 0);
		view.setUint16(at + 26, head.first ? sof.i3 : sof.n3);
		const to = at + FC_AT;
		writeFcHead(view, to, head);
		const fill = -length & 3;
		if (fill > 0) {
			view.setUint8(to + f.f_ctl.at + 2, view.getUint8(to + f.f_ctl.at + 2) | fill);
			for (let i = 0; i < fill; i++) view.setUint8(to + FC_HEADER_LENGTH + length + i, 0);
		}
		const size = FC_HEADER_LENGTH + length + fill;
		view.setUint32(to + size, fcCrc(bytes, to, size), true);
		view.setUint32(to + size + 4, (head.last ? eof.t : eof.n) * 0x100_0000);
		this.port.commit(FC_AT + size + TRAILER);
	}
}

/** Writes the 24 bytes of an FC header. */
export function writeFcHead(view: DataView, to: number, head: FrameHead): void {
	view.setUint32(to, head.rCtl * 0x100_0000 + head.dId);
	view.setUint32(to + 4, head.sId);
	view.setUint32(to + 8, head.type * 0x100_0000 + head.fCtl);
	view.setUint32(to + 12, head.seqId * 0x100_0000 + head.seqCnt);
	view.setUint32(to + 16, head.oxId * 0x1_0000 + head.rxId);
	view.setUint32(to + 20, head.parameter);
}
