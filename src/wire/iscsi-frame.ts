// Cuts a byte stream into iSCSI PDUs (RFC 7143 11.1): basic header, additional headers, header digest, data, padding, data digest.
// A PDU that lies whole in a chunk is shown where it is; one that is spread over chunks is gathered in a buffer that grows with what
// has arrived, not with what the header announces.
import {bhsLength} from './iscsi.js';
import {digest, digestLength} from './iscsi-digest.js';

/** A PDU as it lies in memory: valid only during the call that hands it over. */
export interface Pdu {
	bytes: Uint8Array;
	view: DataView;
	/** Offset of the basic header. */
	at: number;
	/** Bytes of additional headers, from `at` + 48. */
	ahsLength: number;
	dataAt: number;
	/** Bytes of data without padding. */
	dataLength: number;
	/** False when the data digest did not match. */
	dataIntact: boolean;
}

export interface FramingFault {
	readonly kind: 'data-too-long' | 'ahs-too-long' | 'header-digest';
	/** Bytes announced, or the digest received. */
	readonly value: number;
	readonly limit: number;
	/** Opcode byte of the offender. */
	readonly opcode: number;
	/** The 48 bytes, copied, for a Reject. */
	readonly header: Uint8Array;
}

/** What the framer is told; `visit` may change it, and the next PDU is cut by the new rules. */
export interface FramingRules {
	/** Longest data segment accepted, bytes. */
	maxData: number;
	/** Longest run of additional headers accepted, bytes. */
	maxAhs: number;
	headerDigest: boolean;
	dataDigest: boolean;
}

const padded = (length: number) => (length + 3) & ~3;

export class PduFramer {
	readonly rules: FramingRules;
	/** Bytes of a PDU whose end has not come yet. */
	held = 0;
	#hold = new Uint8Array(1024);
	#holdView = new DataView(this.#hold.buffer);
	readonly #pdu: Pdu;
	#stopped = false;

	constructor(rules: FramingRules) {
		this.rules = rules;
		this.#pdu = {bytes: this.#hold, view: this.#holdView, at: 0, ahsLength: 0, dataAt: 0, dataLength: 0, dataIntact: true};
	}

	/** Bytes of memory that the framer keeps. */
	get capacity(): number {
		return this.#hold.length;
	}

	/** Ignores everything from now on. May be called from `visit`. */
	stop(): void {
		this.#stopped = true;
		this.held = 0;
	}

	/** Shows every PDU that ends in this chunk to `visit`. A fault ends the stream: what follows cannot be cut any more. */
	push(received: Uint8Array, visit: (pdu: Pdu) => void): FramingFault | undefined {
		// a Buffer's slice would share its memory with the socket's
		const chunk = received.constructor === Uint8Array ? received : new Uint8Array(received.buffer, received.byteOffset, received.length);
		let at = 0;
		while (this.held > 0 && at < chunk.length && !this.#stopped) {
			const need = this.held < bhsLength ? bhsLength : this.#total(this.#hold, 0);
			if (typeof need !== 'number') return need;
			at += this.#gather(chunk, at, need);
			if (this.held < need) return undefined;
			const total = this.#total(this.#hold, 0);
			if (typeof total !== 'number') return total;
			if (this.held < total) continue;
			this.held = 0;
			const fault = this.#show(this.#hold, this.#holdView, 0, visit);
			if (fault) return fault;
		}
		if (at >= chunk.length || this.#stopped) return undefined;
		const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
		while (chunk.length - at >= bhsLength) {
			const total = this.#total(chunk, at);
			if (typeof total !== 'number') return total;
			if (chunk.length - at < total) break;
			const fault = this.#show(chunk, view, at, visit);
			if (fault) return fault;
			if (this.#stopped) return undefined;
			at += total;
		}
		if (at < chunk.length) this.#gather(chunk, at, chunk.length);
		return undefined;
	}

	/** Bytes of the PDU whose basic header lies at `at`, or why it is refused. */
	#total(bytes: Uint8Array, at: number): number | FramingFault {
		const {maxData, maxAhs, headerDigest, dataDigest} = this.rules;
		const ahs = bytes[at + 4]! * 4;
		const data = bytes[at + 5]! * 0x1_0000 + bytes[at + 6]! * 0x100 + bytes[at + 7]!;
		if (data > maxData) return this.#fault('data-too-long', bytes, at, data, maxData);
		if (ahs > maxAhs) return this.#fault('ahs-too-long', bytes, at, ahs, maxAhs);
		return bhsLength + ahs + (headerDigest ? digestLength : 0) + (data > 0 ? padded(data) + (dataDigest ? digestLength : 0) : 0);
	}

	#fault(kind: FramingFault['kind'], bytes: Uint8Array, at: number, value: number, limit: number): FramingFault {
		this.stop();
		return {kind, value, limit, opcode: bytes[at]!, header: bytes.slice(at, at + bhsLength)};
	}

	/** Copies what the chunk has towards `need` bytes held. Returns how many were taken. */
	#gather(chunk: Uint8Array, at: number, need: number): number {
		const take = Math.min(chunk.length - at, need - this.held);
		const wanted = this.held + take;
		if (wanted > this.#hold.length) {
			const grown = new Uint8Array(Math.max(wanted, Math.min(this.#hold.length * 2, need)));
			grown.set(this.#hold.subarray(0, this.held));
			this.#hold = grown;
			this.#holdView = new DataView(grown.buffer);
		}
		this.#hold.set(chunk.subarray(at, at + take), this.held);
		this.held = wanted;
		return take;
	}

	#show(bytes: Uint8Array, view: DataView, at: number, visit: (pdu: Pdu) => void): FramingFault | undefined {
		const {headerDigest, dataDigest} = this.rules;
		const pdu = this.#pdu;
		pdu.bytes = bytes;
		pdu.view = view;
		pdu.at = at;
		pdu.ahsLength = bytes[at + 4]! * 4;
		pdu.dataLength = bytes[at + 5]! * 0x1_0000 + bytes[at + 6]! * 0x100 + bytes[at + 7]!;
		pdu.dataIntact = true;
		let end = at + bhsLength + pdu.ahsLength;
		if (headerDigest) {
			const received = view.getUint32(end, true);
			if (received !== digest(bytes, at, end - at)) return this.#fault('header-digest', bytes, at, received, 0);
			end += digestLength;
		}
		pdu.dataAt = end;
		if (dataDigest && pdu.dataLength > 0) {
			const length = padded(pdu.dataLength);
			pdu.dataIntact = view.getUint32(end + length, true) === digest(bytes, end, length);
		}
		visit(pdu);
		return undefined;
	}
}
