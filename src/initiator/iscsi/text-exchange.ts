// The answer to a text request, which may come in several PDUs (RFC 7143 11.11).
import {reservedTag} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {decodeText, type TextPair} from '../../wire/iscsi-text.js';

/** Longest answer, bytes. */
export const maxAnswer = 0x10_0000;

export class TextExchange {
	#parts: Uint8Array[] = [];
	#length = 0;
	readonly #done: (pairs: readonly TextPair[]) => void;

	constructor(done: (pairs: readonly TextPair[]) => void) {
		this.#done = done;
	}

	/** Takes one Text Response. Says whether it was the last, whether the rest must be asked for and by which tag, or that it is too long. */
	take(pdu: Pdu): 'done' | 'too-long' | {askFor: number} {
		this.#length += pdu.dataLength;
		if (this.#length > maxAnswer) return 'too-long';
		this.#parts.push(pdu.bytes.slice(pdu.dataAt, pdu.dataAt + pdu.dataLength));
		const transferTag = pdu.view.getUint32(pdu.at + 20);
		if ((pdu.bytes[pdu.at + 1]! & 0x80) === 0 && transferTag !== reservedTag) return {askFor: transferTag};
		this.#done(decodeText(Buffer.concat(this.#parts)).pairs);
		return 'done';
	}
}
