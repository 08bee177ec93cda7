// Write data on its way in: which exchange may send when (a credit of bytes over all of them, what the receive ring holds), and what is missing of a burst. A lost
// frame is asked for again as soon as the sequence that should have held it ends, or after a round-trip's patience: Linux's initiator answers a second XFER_RDY like
// the first, so that a loss costs it milliseconds where its own timers would take three seconds.
import type {Clock} from '../../base/clock.js';
import {R_A_TOV} from '../../fcoe/els.js';
import type {IncomingFrame} from '../../fcoe/frame.js';
import {fCtl} from '../../wire/fc.js';
import type {FcpTargetCounters} from './counters.js';
import type {Exchange} from './exchange.js';
import type {Session} from './session.js';

/** A burst of which nothing comes for this long is over: then the room it takes is for others. The initiator finds out by REC, or by its own deadline. */
const GIVE_UP_MS = R_A_TOV;

export interface WriteDataHost {
	readonly clock: Clock;
	readonly counters: FcpTargetCounters;
	/** Sends an XFER_RDY for `length` bytes from `from` on. */
	ask(exchange: Exchange, from: number, length: number): void;
	/** The session of an exchange. */
	session(exchange: Exchange): Session | undefined;
	/** A burst is whole in the exchange's buffer. */
	whole(session: Session, exchange: Exchange): void;
	/** Nothing came for {@link GIVE_UP_MS}: the exchange is to be forgotten. */
	expired(session: Session, exchange: Exchange): void;
}

export class WriteData {
	/** When `tick` has something to do. */
	dueMs = Number.POSITIVE_INFINITY;
	readonly #host: WriteDataHost;
	readonly #burst: number;
	readonly #receiving = new Set<Exchange>();
	readonly #waiting: Exchange[] = [];
	readonly #buffers: Uint8Array[] = [];
	#credit: number;

	/** `creditBytes`: asked for at once over all exchanges. `burstBytes`: asked for by one XFER_RDY. */
	constructor(host: WriteDataHost, creditBytes: number, burstBytes: number) {
		this.#host = host;
		this.#credit = creditBytes;
		this.#burst = Math.min(burstBytes, creditBytes);
	}

	/** The exchange's next burst is asked for when there is room: after a call of `admit`. */
	enqueue(exchange: Exchange): void {
		exchange.state = 'waiting';
		this.#waiting.push(exchange);
	}

	/** Asks for write data as far as there is room for it, the oldest command first. */
	admit(): void {
		while (this.#waiting.length > 0) {
			const exchange = this.#waiting[0]!;
			const length = Math.min(this.#burst, exchange.total - exchange.burstTo);
			if (length > this.#credit) return;
			this.#waiting.shift();
			this.#credit -= length;
			exchange.state = 'receiving';
			exchange.burstFrom = exchange.burstTo;
			exchange.burstTo += length;
			exchange.got.clear();
			exchange.buffer ??= this.#buffers.pop() ?? new Uint8Array(this.#burst);
			exchange.asked = 0;
			exchange.progressMs = this.#host.clock.now();
			this.#receiving.add(exchange);
			this.ask(exchange);
		}
	}

	/** Sends an XFER_RDY for what is missing of the burst. */
	ask(exchange: Exchange): void {
		const hole = exchange.got.hole(exchange.burstFrom, exchange.burstTo);
		if (hole === undefined) return;
		const now = this.#host.clock.now();
		exchange.asked++;
		exchange.askedMs = now;
		exchange.touchedMs = now;
		this.#host.ask(exchange, hole.from, hole.to - hole.from);
		this.dueMs = Math.min(this.dueMs, this.#patience(exchange));
	}

	#patience(exchange: Exchange): number {
		return exchange.touchedMs + (this.#host.session(exchange)?.rtt.timeoutMs(exchange.asked) ?? 0);
	}

	/** Data for an exchange in state `receiving`. */
	data(session: Session, exchange: Exchange, frame: IncomingFrame): void {
		const {counters, clock} = this.#host;
		const {length, parameter: offset} = frame;
		if ((frame.fCtl & fCtl.relativeOffset) === 0 || offset < exchange.burstFrom || offset + length > exchange.burstTo) {
			// of an older burst, or nonsense: either way not wanted
			counters.strayData++;
			return;
		}
		const now = clock.now();
		if (exchange.asked === 1 && exchange.got.covered === 0) session.rtt.sample(now - exchange.askedMs);
		exchange.touchedMs = now;
		exchange.progressMs = now;
		const fresh = exchange.got.add(offset, offset + length);
		if (fresh < length) counters.duplicateData++;
		if (fresh > 0) exchange.buffer!.set(frame.bytes.subarray(frame.at, frame.at + length), offset - exchange.burstFrom);
		if (exchange.got.covered === exchange.burstTo - exchange.burstFrom) {
			this.#receiving.delete(exchange);
			this.#credit += exchange.burstTo - exchange.burstFrom;
			this.#host.whole(session, exchange);
			this.admit();
		} else if ((frame.fCtl & fCtl.end) !== 0 && fresh > 0) {
			counters.askedAgain++;
			this.ask(exchange);
		}
	}

	/** The exchange needs its buffer no more. */
	release(exchange: Exchange): void {
		if (exchange.buffer !== undefined) this.#buffers.push(exchange.buffer);
		exchange.buffer = undefined;
	}

	/** The exchange ends, whatever its state. */
	forget(exchange: Exchange): void {
		if (exchange.state === 'receiving') this.#credit += exchange.burstTo - exchange.burstFrom;
		if (exchange.state === 'waiting') {
			const place = this.#waiting.indexOf(exchange);
			if (place >= 0) this.#waiting.splice(place, 1);
		}
		this.#receiving.delete(exchange);
		this.release(exchange);
	}

	/** Asks again where patience is over, and gives up what will never come. */
	tick(nowMs: number): void {
		this.dueMs = Number.POSITIVE_INFINITY;
		for (const exchange of [...this.#receiving]) {
			const session = this.#host.session(exchange);
			if (session === undefined) continue;
			if (nowMs >= exchange.progressMs + GIVE_UP_MS) {
				this.#host.counters.expired++;
				this.#host.expired(session, exchange);
				this.admit();
				continue;
			}
			if (nowMs >= this.#patience(exchange)) {
				this.#host.counters.askedAgain++;
				this.ask(exchange);
			}
			this.dueMs = Math.min(this.dueMs, this.#patience(exchange), exchange.progressMs + GIVE_UP_MS);
		}
	}
}
