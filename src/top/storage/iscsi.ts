// iSCSI for the matcher (RFC 7143). PDUs begin anywhere in a TCP stream, of whose segments only the first bytes are here, and segments may be as long as 64 KiB: where
// the next PDU begins is followed by its length, and found again at the beginning of a segment. So not every pair is seen; how many commands were answered is known all
// the same, by the target's StatSN, which counts them (11.4.9), and how many bytes went by TCP's sequence numbers.
import {bhs, bhsLength, reservedTag, scsiCommand, scsiResponse} from '../../wire/iscsi.js';
import {opcode} from '../../wire/iscsi-names.js';
import type {Pairs} from './pairs.js';

/** Flows that are remembered; the one opened longest ago is forgotten first. */
const mostFlows = 4096;
/** Numbers of commands and of answers that are further from those that were seen are no such numbers, or of another session on the same ports. */
const mostAhead = 65_536;

/** One direction of a connection. */
interface Way {
	/** Behind the last byte that was seen, and where the next PDU begins; undefined where that is not known. */
	end: number | undefined;
	next: number | undefined;
}

interface Flow {
	/** Names it among requests; never given twice. */
	readonly number: number;
	readonly asked: Way;
	readonly answered: Way;
	/** The last number of an answer and of a command that were seen. */
	statSn: number | undefined;
	cmdSn: number | undefined;
}

/** A segment: from the initiator, or to it. */
export interface Segment {
	/** Names the connection. */
	readonly flow: string;
	readonly fromInitiator: boolean;
	readonly sequence: number;
	/** Of the payload: all of it, and where the bytes of it that are here begin and end. */
	readonly length: number;
	readonly at: number;
	readonly end: number;
	readonly timeNs: number;
}

const requests: ReadonlySet<number> = new Set([
	opcode.nopOut,
	opcode.scsiCommand,
	opcode.taskManagement,
	opcode.login,
	opcode.text,
	opcode.dataOut,
	opcode.logout,
	opcode.snack,
]);
const responses: ReadonlySet<number> = new Set([
	opcode.nopIn,
	opcode.scsiResponse,
	opcode.taskManagementResponse,
	opcode.loginResponse,
	opcode.textResponse,
	opcode.dataIn,
	opcode.logoutResponse,
	opcode.r2t,
	opcode.async,
	opcode.reject,
]);

/** Answers to something else than a command: they have a StatSN, too. */
const otherStatus: ReadonlySet<number> = new Set([
	opcode.nopIn,
	opcode.taskManagementResponse,
	opcode.loginResponse,
	opcode.textResponse,
	opcode.logoutResponse,
	opcode.reject,
]);

/** From `b` to `a` of two sequence numbers: negative when `a` lies before. */
const ahead = (a: number, b: number) => (a - b) | 0;
const near = (value: number, known: number | undefined) => known === undefined || Math.abs(ahead(value, known)) <= mostAhead;

/**
 * Whether a PDU may begin here: its opcode is of this direction, what must be zero is, and its numbers go on where the connection's are: ExpStatSN of a request,
 * ExpCmdSN and MaxCmdSN of an answer (RFC 7143 11). Data that happen to begin a segment do not pass for one.
 */
function begins(view: DataView, at: number, fromInitiator: boolean, {statSn, cmdSn}: Flow): boolean {
	const code = bhs.fields.opcode.read(view, at);
	if (!(fromInitiator ? requests : responses).has(code) || (view.getUint8(at) & 0x80) !== 0) return false;
	if (bhs.fields.totalahslength.read(view, at) > 16) return false;
	if (fromInitiator && !near(scsiCommand.fields.expstatsn.read(view, at), statSn)) return false;
	if (!fromInitiator) {
		const expCmdSn = scsiResponse.fields.expcmdsn.read(view, at);
		const window = ahead(scsiResponse.fields.maxcmdsn.read(view, at), expCmdSn);
		if (!near(expCmdSn, cmdSn) || window < -1 || window > mostAhead) return false;
	}
	const flags = view.getUint8(at + 1);
	// zeros are data more often than a ping without its F bit
	if (code === opcode.nopOut || code === opcode.nopIn) return flags === 0x80;
	if (code === opcode.taskManagement || code === opcode.logout || code === opcode.r2t) return (flags & 0x80) !== 0;
	if (code === opcode.scsiCommand) return (flags & 0x18) === 0 && view.getUint16(at + 2) === 0;
	if (code === opcode.scsiResponse) return (flags & 0xe1) === 0x80;
	if (code === opcode.dataIn) return (flags & 0x38) === 0 && view.getUint8(at + 2) === 0;
	if (code === opcode.dataOut) return (flags & 0x7f) === 0 && view.getUint16(at + 2) === 0;
	return true;
}

export class IscsiMatcher {
	readonly #pairs: Pairs;
	readonly #flows = new Map<string, Flow>();
	#last = 0;

	constructor(pairs: Pairs) {
		this.#pairs = pairs;
	}

	#flowOf(key: string): Flow {
		const known = this.#flows.get(key);
		if (known !== undefined) return known;
		const flow: Flow = {
			number: ++this.#last,
			asked: {end: undefined, next: undefined},
			answered: {end: undefined, next: undefined},
			statSn: undefined,
			cmdSn: undefined,
		};
		this.#flows.set(key, flow);
		if (this.#flows.size > mostFlows) this.#flows.delete(this.#flows.keys().next().value as string);
		return flow;
	}

	/** Takes a segment with payload. */
	take(view: DataView, segment: Segment): void {
		const {flow: key, fromInitiator, sequence, length} = segment;
		const flow = this.#flowOf(key);
		const way = fromInitiator ? flow.asked : flow.answered;
		const end = (sequence + length) >>> 0;
		const fresh = way.end === undefined ? length : ahead(end, way.end);
		// far away: another connection on the same ports
		if (way.end !== undefined && Math.abs(fresh) > 1 << 28) {
			way.next = undefined;
			flow.statSn = undefined;
			flow.cmdSn = undefined;
		} else if (fresh <= 0) {
			// one byte that was there already is a keep-alive
			if (length > 1) this.#pairs.again();
			return;
		} else this.#pairs.count(0, fromInitiator ? 0 : fresh, fromInitiator ? fresh : 0);
		way.end = end;
		this.#walk(view, segment, flow, way);
	}

	/** Visits the PDUs whose headers are here. */
	#walk(view: DataView, {fromInitiator, sequence, length, at, end, timeNs}: Segment, flow: Flow, way: Way): void {
		let offset = way.next === undefined ? 0 : ahead(way.next, sequence);
		// the beginning of it was not seen: perhaps one begins with the segment
		if (offset < 0) offset = 0;
		while (offset < length) {
			const header = at + offset;
			if (header + bhsLength > end) {
				// not among the bytes that are here: its length, and with it where the next one begins, is not known
				way.next = undefined;
				return;
			}
			if (!begins(view, header, fromInitiator, flow)) {
				way.next = undefined;
				return;
			}
			this.#pdu(view, header, flow, timeNs);
			const data = bhs.fields.datasegmentlength.read(view, header);
			offset += bhsLength + 4 * bhs.fields.totalahslength.read(view, header) + ((data + 3) & ~3);
		}
		way.next = (sequence + offset) >>> 0;
	}

	#pdu(view: DataView, at: number, flow: Flow, timeNs: number): void {
		const code = bhs.fields.opcode.read(view, at);
		const task = bhs.fields.initiatortasktag.read(view, at);
		if (code === opcode.scsiCommand) {
			flow.cmdSn = scsiCommand.fields.cmdsn.read(view, at);
			// bytes are counted by TCP
			this.#pairs.request(flow.number, {tag: task, timeNs, readBytes: 0, writtenBytes: 0});
			return;
		}
		const command = code === opcode.scsiResponse || (code === opcode.dataIn && (view.getUint8(at + 1) & 0x01) !== 0);
		if (!command && !otherStatus.has(code)) return;
		// a ping of the target's own has no number (RFC 7143 11.19.2)
		if (code === opcode.nopIn && bhs.fields.initiatortasktag.read(view, at) === reservedTag) return;
		if (command) this.#pairs.answer(flow.number, task, timeNs, true);
		const statSn = scsiResponse.fields.statsn.read(view, at);
		const more = flow.statSn === undefined ? 1 : ahead(statSn, flow.statSn);
		if (more <= 0 && more >= -mostAhead) return;
		// the others between were not seen: commands, as nearly all are
		this.#pairs.count((more > 0 && more <= mostAhead ? more : 1) - (command ? 0 : 1), 0, 0);
		flow.statSn = statSn;
	}
}
