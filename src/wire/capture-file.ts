// Tells the formats of capture files apart by their first four bytes.
import {type CaptureDecoder, type CaptureRecord, damaged, type Truncation, viewOf} from './capture.js';
import {isPcap, PcapDecoder} from './pcap.js';
import {blockTypes, PcapngDecoder} from './pcapng.js';

/** Reads either format: it is chosen when the first four bytes have arrived. */
export class CaptureFileDecoder implements CaptureDecoder {
	#first: Uint8Array = new Uint8Array(0);
	#decoder: CaptureDecoder | undefined;

	push(chunk: Uint8Array): void {
		if (this.#decoder !== undefined) {
			this.#decoder.push(chunk);
			return;
		}
		const joined = new Uint8Array(this.#first.length + chunk.length);
		joined.set(this.#first);
		joined.set(chunk, this.#first.length);
		this.#first = joined;
	}

	next(): CaptureRecord | undefined {
		if (this.#decoder === undefined) {
			if (this.#first.length < 4) return undefined;
			this.#decoder = decoderFor(this.#first);
			this.#decoder.push(this.#first);
		}
		return this.#decoder.next();
	}

	finish(): Truncation | undefined {
		return this.#decoder === undefined ? {offset: 0, have: this.#first.length, need: 24} : this.#decoder.finish();
	}
}

function decoderFor(first: Uint8Array): CaptureDecoder {
	const view = viewOf(first);
	if (isPcap(view)) return new PcapDecoder();
	if (view.getUint32(0) === blockTypes.section) return new PcapngDecoder();
	const magic = view.getUint32(0).toString(16).padStart(8, '0');
	const hint = magic.startsWith('1f8b') ? '; it is compressed: gunzip it first' : '';
	throw damaged(0, `0x${magic} begins neither a pcap nor a pcapng file${hint}`);
}
