// Runs commands to their end, over unit attentions and a busy target.
import {NetstressError} from '../../base/errors.js';
import {scsiStatus} from '../../wire/scsi-names.js';
import type {SessionCounters} from '../session.js';
import {judge, partOfRead, readSense, scsiError} from './cdb.js';
import type {ScsiCommand, ScsiResult, ScsiTransport} from './command.js';

/** Tries of one command. */
const maxTries = 16;
/** How long a busy target is left alone, milliseconds. */
const busyMs = 20;

/** Told once: the error, or how many bytes came in. */
export type Finished = (error: NetstressError | undefined, received: number) => void;

/** One command and its tries. A class, so that all of them have one shape: there is one for every request. */
class Attempt implements ScsiCommand {
	readonly cdb: Uint8Array;
	readonly dataIn: Uint8Array | undefined;
	readonly dataOut: Uint8Array | undefined;
	readonly #runner: Runner;
	readonly #what: () => string;
	readonly #finished: Finished;
	#tries = 0;

	constructor(runner: Runner, cdb: Uint8Array, dataIn: Uint8Array | undefined, dataOut: Uint8Array | undefined, what: () => string, finished: Finished) {
		this.cdb = cdb;
		this.dataIn = dataIn;
		this.dataOut = dataOut;
		this.#runner = runner;
		this.#what = what;
		this.#finished = finished;
	}

	get lun(): bigint {
		return this.#runner.lun;
	}

	get deadlineMs(): number {
		return this.#runner.deadlineMs;
	}

	go(): void {
		this.#tries++;
		const {transport} = this.#runner;
		if (transport.submit(this)) transport.kick();
		else queueMicrotask(() => this.#finished(new NetstressError('ERR_CLOSED', `${this.#what()}: the ${transport.name} session has ended`), 0));
	}

	part(from: number, to: number) {
		return partOfRead(this.cdb, this.#runner.blockSize, from, to);
	}

	done(result: ScsiResult | undefined, error?: NetstressError): void {
		if (result === undefined) this.#finished(error, 0);
		else if (result.status === scsiStatus.good) this.#finished(undefined, result.received);
		else this.#again(result);
	}

	#again({status, sense: bytes, received}: ScsiResult): void {
		const {counters} = this.#runner;
		const sense = readSense(bytes);
		const verdict = judge(status, sense);
		if (verdict === 'failed' || this.#tries >= maxTries) {
			counters.errors++;
			this.#finished(scsiError(this.#what(), status, sense), received);
			return;
		}
		counters.retransmits++;
		if (verdict === 'again') this.go();
		else setTimeout(() => this.go(), busyMs);
	}
}

export class Runner {
	readonly transport: ScsiTransport;
	readonly lun: bigint;
	readonly counters: SessionCounters;
	readonly deadlineMs: number;
	/** Of the device, bytes; 0 while it is not known. */
	blockSize = 0;

	constructor(transport: ScsiTransport, lun: bigint, counters: SessionCounters, deadlineMs: number) {
		this.transport = transport;
		this.lun = lun;
		this.counters = counters;
		this.deadlineMs = deadlineMs;
	}

	/** Starts a command; `what` names it when it fails. `finished` is never called from inside. */
	start(cdb: Uint8Array, dataIn: Uint8Array | undefined, dataOut: Uint8Array | undefined, what: () => string, finished: Finished): void {
		new Attempt(this, cdb, dataIn, dataOut, what, finished).go();
	}
}
