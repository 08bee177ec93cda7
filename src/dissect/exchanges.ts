// Fibre Channel exchanges in a capture (FC-FS-3 clause 12): which frame began one, and what of it the capture does not show. Initiators use an
// OX_ID again at once (Linux begins with 0 for one exchange after another), so an exchange ends with its last sequence and not before
// the next one begins. Bounded: the exchange opened longest ago is forgotten first.
import {fCtl} from '../wire/fc.js';
import {Coverage} from './coverage.js';
import type {Task} from './layers/scsi.js';

/** Exchanges that are remembered. */
const mostExchanges = 65_536;

/** What the header of a frame says of its place. */
export interface Place {
	readonly sId: number;
	readonly dId: number;
	readonly oxId: number;
	readonly fCtl: number;
	readonly seqId: number;
	readonly seqCnt: number;
	/** By its start of frame it is the first of its sequence. */
	readonly initial: boolean;
}

/** One direction of an exchange. */
interface Flow {
	seqId: number;
	/** SEQ_CNT of the frame that should come next. */
	next: number;
	/** The last frame of the sequence has not been seen. */
	open: boolean;
}

export interface Exchange {
	/** Number and time of its first frame. */
	readonly frame: number;
	readonly time: bigint;
	/** Its last sequence has been seen. */
	ended: boolean;
	/** Command code of the link service that it carries. */
	els: number | undefined;
	/** The SCSI command that it carries, the bytes it is to move, and what of them was seen. */
	task: Task | undefined;
	dataLength: number;
	readonly coverage: Coverage;
	/** From the originator, from the responder. */
	readonly flows: [Flow | undefined, Flow | undefined];
}

/** What a frame says of frames that were not seen. */
export interface Gap {
	/** Frames of its own sequence between it and the one before. */
	readonly lost: number;
	/** It comes behind a frame with a higher SEQ_CNT: late, or a second time. */
	readonly late: boolean;
	/** The sequence in front of it in its direction never ended. */
	readonly cut: boolean;
}

const none: Gap = {lost: 0, late: false, cut: false};

/** All exchanges of a capture. */
export class Exchanges {
	readonly #exchanges = new Map<string, Exchange>();

	/** The exchange between an originator and a responder that is under way, or has ended and whose OX_ID was not used again. */
	named(originator: number, responder: number, oxId: number): Exchange | undefined {
		return this.#exchanges.get(`${originator} ${responder} ${oxId}`);
	}

	/** The exchange that a frame belongs to; a frame that begins one opens it. Undefined when its beginning was not seen. */
	of(place: Place, frame: number, time: bigint): Exchange | undefined {
		const answer = (place.fCtl & fCtl.responder) !== 0;
		const [originator, responder] = answer ? [place.dId, place.sId] : [place.sId, place.dId];
		const key = `${originator} ${responder} ${place.oxId}`;
		const known = this.#exchanges.get(key);
		if (!answer && (place.fCtl & fCtl.first) !== 0 && place.initial) {
			const fresh: Exchange = {
				frame,
				time,
				ended: false,
				els: undefined,
				task: undefined,
				dataLength: 0,
				coverage: new Coverage(),
				flows: [undefined, undefined],
			};
			this.#exchanges.delete(key);
			this.#exchanges.set(key, fresh);
			if (this.#exchanges.size > mostExchanges) this.#exchanges.delete(this.#exchanges.keys().next().value as string);
			return fresh;
		}
		// a fabric login is sent from address 0 and answered to the address that it was given (FC-LS-2 4.2.7)
		const found = known ?? (answer ? this.named(0, responder, place.oxId) : undefined);
		return found?.ended === true ? undefined : found;
	}
}

/** Takes a frame into the order of its sequence, and ends the exchange with its last frame. */
export function follow(exchange: Exchange, place: Place): Gap {
	const way = (place.fCtl & fCtl.responder) === 0 ? 0 : 1;
	const end = (place.fCtl & fCtl.end) !== 0;
	const flow = exchange.flows[way];
	const gap = step(flow, place);
	if (end && (place.fCtl & fCtl.last) !== 0) exchange.ended = true;
	if (gap.late) return gap;
	exchange.flows[way] = {seqId: place.seqId, next: (place.seqCnt + 1) & 0xffff, open: !end};
	return gap;
}

function step(flow: Flow | undefined, {initial, seqId, seqCnt}: Place): Gap {
	if (initial) return flow?.open === true && flow.seqId !== seqId ? {...none, cut: true} : none;
	// the beginning of this sequence is missing; Linux and LIO count from 0 in each (FC-FS-3 9.9 allows to go on counting)
	if (flow === undefined || flow.seqId !== seqId) return {lost: seqCnt, late: false, cut: flow?.open === true};
	const ahead = ((seqCnt - flow.next) << 16) >> 16;
	return ahead < 0 || !flow.open ? {...none, late: true} : {...none, lost: ahead};
}
