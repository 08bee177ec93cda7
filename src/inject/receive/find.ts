// Where in a frame its stamp is: at the end of any stack of headers, with a tag put in or taken out before it, padded behind, or cut.
// The stamp's own check decides; its trailer says whether the end came too. A frame that is ours beyond doubt and whose check or trailer is
// wrong is corrupted: its number cannot be believed.
import {leastFrame, STAMP_ETHERTYPE, STAMP_MAGIC, STAMP_VERSION, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../../wire/stamp.js';
import {behindTags, headersOf, IPPROTO_ICMP, IPPROTO_ICMPV6} from './ip.js';

export type Found =
	/** No stamp of ours. */
	| 'none'
	/** Our EtherType, somebody else's frame. */
	| 'foreign'
	| 'stamp'
	/** A stamp that is whole, in a frame whose end was cut off. */
	| 'truncated'
	| 'corrupted';

const ETHERNET = 14;
/** Tags that a device may put in or take out, in bytes. */
const shifts = [0, 4, -4, 8, -8];

type Trailer = 'whole' | 'damaged' | 'missing';

/** What lies at `place` of a trailer that says `length`. */
function trailerAt(view: DataView, place: number, end: number, length: number): Trailer {
	if (place + trailer.length > end || place < 0) return 'missing';
	const magic = trailer.fields.trailer.read(view, place) === TRAILER_MAGIC;
	const said = trailer.fields['trailer.length'].read(view, place) === length;
	return magic && said ? 'whole' : magic || said ? 'damaged' : 'missing';
}

/** Whether the end of a frame that was `length` bytes long is there. */
function ending(view: DataView, at: number, end: number, length: number): Trailer {
	let best = trailerAt(view, end - trailer.length, end, length);
	for (const shift of shifts) {
		if (best === 'whole') return best;
		const found = trailerAt(view, at + length - trailer.length + shift, end, length);
		// the second word of a trailer may equal a length by chance, so that half of one counts only where the frame ended
		if (found === 'whole' || (found === 'damaged' && shift === 0)) best = found;
	}
	return best;
}

export class StampFinder {
	/** Where the last stamp was found, from the frame's start: most frames of a run are alike. */
	#hint = ETHERNET;
	/** Where the stamp lies in the view after 'stamp' and 'truncated'. */
	at = 0;

	/** Looks at the frame of `length` bytes at `at`. Any bytes do; nothing throws. */
	find(view: DataView, at: number, length: number): Found {
		const end = at + length;
		if (length < ETHERNET) return 'none';
		if (quotes(view, at, end)) return 'none';
		const payload = behindTags(view, at, end);
		const ours = view.getUint16(payload - 2) === STAMP_ETHERTYPE;
		let suspect = -1;
		const last = end - stamp.length;
		const hinted = at + this.#hint;
		if (hinted <= last && view.getUint32(hinted) === STAMP_MAGIC) {
			if (isStamp(view, hinted)) return this.#judge(view, at, hinted, end);
			suspect = hinted;
		}
		for (let i = at + ETHERNET; i <= last; i++) {
			if (view.getUint32(i) !== STAMP_MAGIC) continue;
			if (isStamp(view, i)) {
				this.#hint = i - at;
				return this.#judge(view, at, i, end);
			}
			if (suspect < 0) suspect = i;
		}
		if (suspect >= 0 && (ours || stamp.fields.version.read(view, suspect) === STAMP_VERSION || this.#ended(view, at, suspect, end))) return 'corrupted';
		// without its magic: the trailer still says whose it is
		if (this.#lastWords(view, at, end) || (ours && payload <= last && this.#ended(view, at, payload, end))) return 'corrupted';
		return ours ? 'foreign' : 'none';
	}

	#judge(view: DataView, at: number, place: number, end: number): Found {
		this.at = place;
		const length = stamp.fields.length.read(view, place);
		const found = ending(view, at, end, length);
		if (found === 'whole') return 'stamp';
		return found === 'missing' && end - at < length ? 'truncated' : 'corrupted';
	}

	/** Whether the length in the stamp at `place` leads to a trailer that says the same. */
	#ended(view: DataView, at: number, place: number, end: number): boolean {
		return ending(view, at, end, stamp.fields.length.read(view, place)) === 'whole';
	}

	/** Whether the last bytes are a trailer that fits the frame, a tag more or less. */
	#lastWords(view: DataView, at: number, end: number): boolean {
		const place = end - trailer.length;
		if (end - at < leastFrame - 8 || trailer.fields.trailer.read(view, place) !== TRAILER_MAGIC) return false;
		return Math.abs(trailer.fields['trailer.length'].read(view, place) - (end - at)) <= 8;
	}
}

const isStamp = (view: DataView, at: number): boolean =>
	stamp.fields.version.read(view, at) === STAMP_VERSION && stamp.fields.check.read(view, at) === stampCheck(view, at);

/** An ICMP error quotes the packet that it is about (RFC 792, RFC 4443 section 3), with the stamp: that one did not arrive here. */
function quotes(view: DataView, at: number, end: number): boolean {
	const ip = headersOf(view, at, end);
	if (ip === undefined || ip.at >= end) return false;
	const type = view.getUint8(ip.at);
	if (ip.protocol === IPPROTO_ICMP) return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
	return ip.protocol === IPPROTO_ICMPV6 && type < 128;
}
