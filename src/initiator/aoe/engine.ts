// The AoE initiator: block requests become frames of a few sectors, up to a window of them outstanding, each with a tag, a deadline and
// a second chance. Pure: frames through a port, time from a clock; `pump` does everything, and says when it wants to be called again.
import type {Clock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import {RttEstimate, type RttOptions} from '../../base/rtt.js';
import type {FramePort} from '../../port/port.js';
import {AOE_ETHERTYPE, ATA_DATA_AT, aoe, aoeAtaResponse, aoeErrorNames, ETHERNET_LENGTH} from '../../wire/aoe.js';
import {ATA_STATUS_FAILED, SECTOR} from '../../wire/ata.js';
import type {BlockRequest, SessionCounters} from '../session.js';
import {Overtaken} from './overtaken.js';
import {type AoeTargetAddress, type AtaOperation, writeAtaRequest} from './request.js';
import {entryOf, generationOf, isOurs, makeTag, nextGeneration, notOlder, TAG_ENTRIES} from './tags.js';
import {Window} from './window.js';

export interface AoeEngineOptions {
	target: AoeTargetAddress;
	/** Sectors per frame, from both MTUs and the target's answer. */
	sectors: number;
	/** Largest number of outstanding frames: the target's buffer count, or less. */
	window: number;
	/** A request unanswered for this long fails with ERR_TIMEOUT. */
	deadlineMs?: number;
	/** 7 bits that tell this session's tags from others on the same station address. */
	session: number;
	rtt?: RttOptions;
}

/** A block request under way: how much of it is still out. */
interface Job {
	request: BlockRequest;
	/** Bytes not yet put into frames start here. */
	next: number;
	/** Frames outstanding. */
	open: number;
	error: NetstressError | undefined;
}

/** One frame's worth of work and its transmissions. */
interface Entry {
	job: Job | undefined;
	operation: AtaOperation;
	/** Byte range inside the request. */
	from: number;
	length: number;
	/** Generations of the first and the latest transmission. */
	firstGeneration: number;
	generation: number;
	attempts: number;
	/** Those that the timer ended. */
	timeouts: number;
	/** Later requests have been answered: `dueMs` is when it has had the time that a reply usually takes. */
	suspect: boolean;
	/** Sent again for that reason, not because of the timer. */
	overtaken: boolean;
	firstSentMs: number;
	sentMs: number;
	dueMs: number;
}

/** A flush waits for the medium: its timeout is never below this. */
const FLUSH_TIMEOUT_MS = 10_000;
/** After a retransmitted write, its other copies may still arrive: nothing overlapping is sent for this many timeouts. */
const QUARANTINE_TIMEOUTS = 2;

const newEntry = (): Entry => ({
	job: undefined,
	operation: 'read',
	from: 0,
	length: 0,
	firstGeneration: 0,
	generation: 0,
	attempts: 0,
	timeouts: 0,
	suspect: false,
	overtaken: false,
	firstSentMs: 0,
	sentMs: 0,
	dueMs: 0,
});

export class AoeEngine {
	readonly counters: SessionCounters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	readonly rtt: RttEstimate;
	readonly window: Window;
	readonly #overtaken: Overtaken;
	readonly #port: FramePort;
	readonly #clock: Clock;
	readonly #options: Required<Omit<AoeEngineOptions, 'rtt'>>;
	readonly #frameBytes: number;
	readonly #entries: Entry[];
	readonly #free: number[];
	readonly #jobs: Job[] = [];
	readonly #finished: Job[] = [];
	#outstanding = 0;
	#nextDueMs = Number.POSITIVE_INFINITY;
	#nowMs = 0;
	#quarantine: Array<{position: number; end: number; untilMs: number}> = [];

	constructor(port: FramePort, clock: Clock, options: AoeEngineOptions) {
		this.#port = port;
		this.#clock = clock;
		this.#options = {deadlineMs: 60_000, ...options};
		this.#frameBytes = options.sectors * SECTOR;
		this.rtt = new RttEstimate(options.rtt);
		this.window = new Window(Math.min(options.window, TAG_ENTRIES));
		this.#overtaken = new Overtaken(this.window.ceiling);
		this.#entries = Array.from({length: this.window.ceiling}, newEntry);
		this.#free = this.#entries.map((_, i) => this.#entries.length - 1 - i);
	}

	/** Frames that wait for their reply. */
	get outstanding(): number {
		return this.#outstanding;
	}

	/** True when no request is queued, outstanding or waiting for its callback. */
	get idle(): boolean {
		return this.#outstanding === 0 && this.#jobs.length === 0 && this.#finished.length === 0;
	}

	/** Queues a request; `pump` sends it. */
	submit(request: BlockRequest): void {
		this.#jobs.push({request, next: 0, open: 0, error: undefined});
	}

	/** Takes in replies, calls back, sends again what is overdue, sends what the window allows. Returns how many frames came in. */
	pump(): number {
		this.#nowMs = this.#clock.now();
		const came = this.#port.receive(this.#visit, 256);
		if (this.#nowMs >= this.#nextDueMs) this.#expire();
		// A callback may submit: what it submits goes out with the same kick.
		this.#callBack();
		this.#fill();
		this.#callBack();
		this.#port.flush();
		return came;
	}

	/** Milliseconds until `pump` has something to do even if no frame comes; Infinity when nothing is outstanding. */
	get patienceMs(): number {
		const held = this.#jobs.length > 0 && this.#quarantine.length > 0 ? this.#quarantine[0]!.untilMs : Number.POSITIVE_INFINITY;
		return Math.max(0, Math.min(this.#nextDueMs, held) - this.#clock.now());
	}

	/** Fails everything that is queued or outstanding. */
	abort(error: NetstressError): void {
		const jobs = new Set<Job>(this.#jobs.splice(0));
		this.#entries.forEach((entry, i) => {
			if (!entry.job) return;
			jobs.add(entry.job);
			this.#release(i, entry);
		});
		this.#nextDueMs = Number.POSITIVE_INFINITY;
		for (const job of jobs) {
			job.error ??= error;
			this.#finished.push(job);
		}
		this.#callBack();
	}

	#callBack(): void {
		while (this.#finished.length > 0) {
			const job = this.#finished.shift()!;
			if (job.error) this.counters.errors++;
			job.request.done(job.error);
		}
	}

	#release(index: number, entry: Entry): void {
		entry.job = undefined;
		this.#overtaken.gone(index);
		this.#free.push(index);
		this.#outstanding--;
	}

	/** Puts queued work on the wire as far as the window goes. */
	#fill(): void {
		while (this.#jobs.length > 0 && this.#outstanding < this.window.size) {
			const job = this.#jobs[0]!;
			const {request} = job;
			const length = Math.min(this.#frameBytes, request.bytes.length - job.next);
			if (job.error === undefined && request.op === 'write' && this.#quarantine.length > 0 && this.#inQuarantine(request.position + job.next, length)) return;
			if (job.error === undefined) {
				const index = this.#free.pop()!;
				const entry = this.#entries[index]!;
				entry.job = job;
				entry.operation = request.op;
				entry.from = job.next;
				entry.length = length;
				entry.attempts = 0;
				entry.timeouts = 0;
				entry.overtaken = false;
				entry.generation = nextGeneration(entry.generation);
				entry.firstGeneration = entry.generation;
				entry.firstSentMs = this.#nowMs;
				if (!this.#transmit(index, entry)) {
					entry.job = undefined;
					this.#free.push(index);
					return;
				}
				this.#outstanding++;
				job.open++;
				job.next += entry.length;
				this.counters.commands++;
			}
			if (job.error !== undefined || job.next >= request.bytes.length) {
				this.#jobs.shift();
				if (job.open === 0) this.#finished.push(job);
			}
		}
	}

	/** Sends (again) the frame of an entry under its present generation; false when the port has no room. */
	#transmit(index: number, entry: Entry): boolean {
		const at = this.#port.reserve();
		if (at < 0) return false;
		const {request} = entry.job!;
		const {target, session} = this.#options;
		const tag = makeTag(session, entry.generation, index);
		const length = writeAtaRequest(this.#port, at, target, tag, entry.operation, request.position + entry.from, request.bytes, entry.from, entry.length);
		this.#port.commit(length);
		entry.attempts++;
		entry.suspect = false;
		entry.sentMs = this.#nowMs;
		const timeoutMs = this.rtt.timeoutMs(entry.timeouts + 1);
		entry.dueMs = this.#nowMs + (entry.operation === 'flush' ? Math.max(FLUSH_TIMEOUT_MS, timeoutMs) : timeoutMs);
		if (entry.dueMs < this.#nextDueMs) this.#nextDueMs = entry.dueMs;
		// what a flush takes is the medium's to say
		if (entry.operation !== 'flush') this.#overtaken.sent(index);
		return true;
	}

	/** Sends again under a new generation what was taken as lost; false when the port has no room. */
	#resend(index: number, entry: Entry): boolean {
		this.window.shrink(this.#nowMs, this.rtt.timeoutMs());
		const {generation} = entry;
		entry.generation = nextGeneration(generation);
		if (this.#transmit(index, entry)) {
			this.counters.retransmits++;
			return true;
		}
		entry.generation = generation;
		return false;
	}

	/** The reply to `index` came: the oldest request may be known to be lost by it. It is given the time of a usual round trip all the same. */
	#overtake(index: number): void {
		// where nothing waits to be sent, no more replies will come than those to what is out
		const oldest = this.#overtaken.answered(index, this.#jobs.length > 0 ? Number.POSITIVE_INFINITY : this.#outstanding);
		const entry = oldest === undefined ? undefined : this.#entries[oldest];
		if (oldest === undefined || entry?.job === undefined) return;
		const ripeMs = entry.sentMs + this.rtt.smoothedMs;
		if (this.#nowMs >= ripeMs) entry.overtaken = this.#resend(oldest, entry);
		else {
			entry.suspect = true;
			entry.dueMs = Math.min(entry.dueMs, ripeMs);
			this.#nextDueMs = Math.min(this.#nextDueMs, ripeMs);
		}
	}

	/** Sends again what got no reply in time; gives up what is beyond the deadline. */
	#expire(): void {
		this.#nextDueMs = Number.POSITIVE_INFINITY;
		for (const [index, entry] of this.#entries.entries()) {
			if (!entry.job) continue;
			if (entry.dueMs <= this.#nowMs) {
				if (this.#nowMs - entry.firstSentMs >= this.#options.deadlineMs) {
					const seconds = (this.#options.deadlineMs / 1000).toFixed(1);
					this.#complete(
						index,
						entry,
						new NetstressError(
							'ERR_TIMEOUT',
							`no reply from ${this.#options.target.name} to ${entry.attempts} attempts in ${seconds} s; is the target up and on this link?`,
						),
					);
					continue;
				}
				entry.overtaken = entry.suspect;
				if (!entry.suspect) entry.timeouts++;
				if (!this.#resend(index, entry)) entry.dueMs = this.#nowMs + 1;
			}
			if (entry.dueMs < this.#nextDueMs) this.#nextDueMs = entry.dueMs;
		}
		this.#quarantine = this.#quarantine.filter(range => range.untilMs > this.#nowMs);
	}

	#complete(index: number, entry: Entry, error?: NetstressError): void {
		const job = entry.job!;
		if (error) job.error ??= error;
		if (entry.operation === 'write' && entry.attempts > 1) {
			const position = job.request.position + entry.from;
			this.#quarantine.push({position, end: position + entry.length, untilMs: this.#nowMs + QUARANTINE_TIMEOUTS * this.rtt.timeoutMs()});
		}
		this.#release(index, entry);
		job.open--;
		if (job.open === 0 && (job.next >= job.request.bytes.length || job.error)) {
			const queued = this.#jobs.indexOf(job);
			if (queued >= 0) this.#jobs.splice(queued, 1);
			this.#finished.push(job);
		}
	}

	/** Whether a copy of an earlier write may still reach the target and overwrite what is about to be written there. */
	#inQuarantine(position: number, length: number): boolean {
		this.#quarantine = this.#quarantine.filter(range => range.untilMs > this.#nowMs);
		return this.#quarantine.some(range => range.position < position + length && position < range.end);
	}

	readonly #visit = (view: DataView, at: number, length: number): void => {
		const head = at + ETHERNET_LENGTH;
		if (length < head - at + aoe.length || view.getUint16(at + 12) !== AOE_ETHERTYPE) {
			this.counters.unexpected++;
			return;
		}
		if (aoe.fields.response.read(view, head) === 0) return; // another initiator's request, or a broadcast
		const tag = aoe.fields.tag.read(view, head);
		if (!isOurs(tag, this.#options.session)) return; // another session's on this station address
		const index = entryOf(tag);
		const entry = this.#entries[index];
		if (!entry || !this.#fromTarget(view, head)) {
			this.counters.unexpected++;
			return;
		}
		const generation = generationOf(tag);
		if (!entry.job || !notOlder(generation, entry.firstGeneration) || !notOlder(entry.generation, generation)) {
			this.counters.duplicates++;
			return;
		}
		this.#reply(index, entry, view, at, length, generation);
	};

	#fromTarget(view: DataView, head: number): boolean {
		const {shelf, slot} = this.#options.target;
		return aoe.fields.major.read(view, head) === shelf && aoe.fields.minor.read(view, head) === slot;
	}

	#reply(index: number, entry: Entry, view: DataView, at: number, length: number, generation: number): void {
		const head = at + ETHERNET_LENGTH;
		const {name} = this.#options.target;
		if (aoe.fields.flags_error.read(view, head) === 1) {
			const code = aoe.fields.error.read(view, head);
			this.#complete(index, entry, new NetstressError('ERR_IO', `${name} refused: ${aoeErrorNames[code] ?? `error ${code}`}`, {aoeError: code}));
			return;
		}
		if (length < ATA_DATA_AT) {
			this.counters.unexpected++; // cut on the way: as good as lost, the timer sends again
			return;
		}
		const status = aoeAtaResponse.fields['ata.status'].read(view, head + aoe.length);
		if ((status & ATA_STATUS_FAILED) !== 0) {
			const register = aoeAtaResponse.fields.err_feature.read(view, head + aoe.length);
			const {request} = entry.job!;
			const where = entry.operation === 'flush' ? '' : ` at byte ${request.position + entry.from}`;
			const text = `${name} failed the ${entry.operation}${where}: ATA status 0x${status.toString(16)}, error 0x${register.toString(16)}`;
			this.#complete(index, entry, new NetstressError('ERR_IO', text, {status, error: register}));
			return;
		}
		const data = entry.operation === 'read' ? entry.length : 0;
		if (length < ATA_DATA_AT + data) {
			this.counters.unexpected++;
			return;
		}
		if (generation !== entry.generation) {
			this.counters.late++;
			if (entry.overtaken) this.#overtaken.mistaken();
		} else {
			if (entry.attempts === 1) this.rtt.sample(this.#nowMs - entry.sentMs);
			this.#overtake(index);
		}
		if (data > 0) entry.job!.request.bytes.set(new Uint8Array(view.buffer, view.byteOffset + at + ATA_DATA_AT, data), entry.from);
		this.window.grow();
		this.#complete(index, entry);
	}
}
