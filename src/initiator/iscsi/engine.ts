// The initiator's engine: bytes in, bytes out, time told from outside (docs/architecture.md). Login, then commands in a window,
// Data-In, R2T, NOP both ways, asynchronous messages, logout. One connection, error recovery level 0.
import {NetstressError} from '../../base/errors.js';
import * as table from '../../wire/iscsi.js';
import {type Pdu, PduFramer} from '../../wire/iscsi-frame.js';
import {asyncEvent, opcode, rejectReasonNames, responseNames} from '../../wire/iscsi-names.js';
import {next} from '../../wire/iscsi-serial.js';
import {encodeText, type TextPair} from '../../wire/iscsi-text.js';
import type {ScsiCommand} from '../scsi/command.js';
import type {SessionCounters} from '../session.js';
import {Command, noSense, residualOf, senseData} from './command.js';
import {Login, type LoginOptions, maxReceive} from './login.js';
import {Outgoing, type Stamps} from './outgoing.js';
import {abortRequest, logoutRequest, ping, pong, textRequest} from './requests.js';
import {maxAnswer, TextExchange} from './text-exchange.js';
import {CommandWindow} from './window.js';

export interface EngineOptions extends LoginOptions {
	/** Commands outstanding at the most; the target's command window bounds it further. */
	readonly window: number;
	/** Seconds of silence before the target is asked with a NOP-Out; 0 = never. */
	readonly pingSeconds: number;
	/** Seconds to wait for its answer. */
	readonly pingTimeoutSeconds: number;
}

export interface EngineEvents {
	/** Full feature phase has begun. */
	readonly ready: () => void;
	/** It is over: with an error, or without after a logout. Called once. */
	readonly ended: (error: NetstressError | undefined) => void;
}

const maxAhs = 256;

export class InitiatorEngine implements Stamps {
	readonly counters: SessionCounters;
	readonly login: Login;
	readonly #options: EngineOptions;
	readonly #events: EngineEvents;
	readonly #outgoing: Outgoing;
	readonly #framer = new PduFramer({maxData: maxReceive, maxAhs, headerDigest: false, dataDigest: false});
	readonly #window: CommandWindow;
	#state: 'login' | 'full' | 'logout' | 'ended' = 'login';
	#expStatSn = 0;
	#heardMs: number;
	#pingMs: number | undefined;
	#nowMs: number;
	#text: TextExchange | undefined;
	#leaving = false;

	constructor(options: EngineOptions, events: EngineEvents, counters: SessionCounters, nowMs: number) {
		this.#options = options;
		this.#events = events;
		this.counters = counters;
		this.login = new Login(options);
		this.#window = new CommandWindow(options.window);
		this.#outgoing = new Outgoing(this);
		this.#heardMs = nowMs;
		this.#nowMs = nowMs;
		this.#outgoing.push({kind: 'control', pdu: this.login.begin(), login: true});
	}

	get expStatSn(): number {
		return this.#expStatSn;
	}
	get headerDigest(): boolean {
		return this.#state !== 'login' && this.login.agreed.headerDigest;
	}
	get dataDigest(): boolean {
		return this.#state !== 'login' && this.login.agreed.dataDigest;
	}
	get initialR2T(): boolean {
		return this.login.agreed.initialR2T;
	}
	get immediateData(): boolean {
		return this.login.agreed.immediateData;
	}
	get maxSend(): number {
		return this.login.agreed.maxSend;
	}
	get firstBurst(): number {
		return this.login.agreed.firstBurst;
	}
	/** Commands without status, those not sent yet included. */
	get outstanding(): number {
		return this.#window.outstanding;
	}
	/** The target has asked for a logout; nothing new is taken. */
	get leaving(): boolean {
		return this.#leaving;
	}

	/** Takes what came. Never throws. */
	receive(chunk: Uint8Array, nowMs: number): void {
		if (this.#state === 'ended') return;
		this.#nowMs = nowMs;
		this.#heardMs = nowMs;
		this.#pingMs = undefined;
		const fault = this.#framer.push(chunk, pdu => this.#take(pdu));
		if (fault) this.fail(new NetstressError('ERR_PROTOCOL', `the target sent a PDU with ${fault.kind}: ${fault.value}, limit ${fault.limit}`));
	}

	/** Writes what is to be sent; 0 when there is nothing more. */
	pull(into: Uint8Array, view: DataView): number {
		return this.#outgoing.pull(into, view);
	}

	/** Tells the time: gives up commands past their deadline, asks a silent target, gives up a dead one. */
	tick(nowMs: number): void {
		this.#nowMs = nowMs;
		if (this.#state === 'ended') return;
		for (const command of this.#window.active.values()) {
			if (nowMs - command.sentMs > (command.scsi.deadlineMs ?? Number.POSITIVE_INFINITY)) this.#expire(command);
		}
		if (this.#state !== 'full') return;
		const {pingSeconds, pingTimeoutSeconds} = this.#options;
		if (this.#pingMs !== undefined) {
			if (nowMs - this.#pingMs > pingTimeoutSeconds * 1000)
				this.fail(new NetstressError('ERR_TIMEOUT', `the target did not answer a NOP-Out in ${pingTimeoutSeconds} s`));
		} else if (pingSeconds > 0 && nowMs - this.#heardMs > pingSeconds * 1000) {
			this.#pingMs = nowMs;
			this.#send(ping(this.#window.tag(), this.#window.cmdSn));
		}
	}

	/** Starts a command; it waits while the window is full. False when the session takes no more: then `done` is not called. */
	submit(scsi: ScsiCommand): boolean {
		if (this.#state === 'ended' || this.#state === 'logout') return false;
		this.#window.add(new Command(scsi));
		this.#release();
		return true;
	}

	/** Asks a discovery session for its targets (RFC 7143 annex C). */
	sendTargets(done: (pairs: readonly TextPair[]) => void): void {
		this.#text = new TextExchange(done);
		this.#sendText(encodeText([['SendTargets', 'All']]), table.reservedTag);
	}

	/** Ends the session in order; `ended` follows. */
	logout(): void {
		if (this.#state !== 'full') {
			this.fail(undefined);
			return;
		}
		this.#state = 'logout';
		this.#send(logoutRequest(this.#window.tag(), this.#window.cmdSn));
	}

	/** Ends at once: every command fails with `error`, or with ERR_CLOSED. */
	fail(error: NetstressError | undefined): void {
		if (this.#state === 'ended') return;
		this.#state = 'ended';
		this.#framer.stop();
		this.#outgoing.clear();
		const reason = error ?? new NetstressError('ERR_CLOSED', 'the iSCSI session has ended');
		for (const command of this.#window.clear()) this.#tell(command, reason);
		this.#events.ended(error);
	}

	#send(pdu: Uint8Array): void {
		this.#outgoing.push({kind: 'control', pdu, login: false});
	}

	#sendText(data: Uint8Array, transferTag: number): void {
		this.#send(textRequest(this.#window.tag(), transferTag, this.#window.number(), data));
	}

	/** Sends waiting commands as far as both windows reach. */
	#release(): void {
		if (this.#state !== 'full') return;
		for (let command = this.#window.release(this.#nowMs); command; command = this.#window.release(this.#nowMs)) {
			this.counters.commands++;
			this.#outgoing.push(command);
		}
	}

	#expire(command: Command): void {
		if (command.abandoned) {
			this.fail(new NetstressError('ERR_TIMEOUT', `the target answered neither a command nor its abort in ${2 * (command.scsi.deadlineMs ?? 0)} ms`));
			return;
		}
		command.sentMs = this.#nowMs;
		this.#send(abortRequest(this.#window.tag(), this.#window.cmdSn, command));
		this.#tell(command, new NetstressError('ERR_TIMEOUT', `no status from the target in ${command.scsi.deadlineMs} ms`));
	}

	#tell(command: Command, error: NetstressError): void {
		if (command.abandoned) return;
		command.abandoned = true;
		this.counters.errors++;
		command.scsi.done(undefined, error);
	}

	#take(pdu: Pdu): void {
		if (this.#state === 'login') this.#takeLogin(pdu);
		else if (!pdu.dataIntact) this.fail(new NetstressError('ERR_PROTOCOL', 'the target sent data whose digest does not match'));
		else this.#takeFull(pdu);
	}

	#takeLogin(pdu: Pdu): void {
		try {
			const request = this.login.step(pdu);
			this.#expStatSn = this.login.expStatSn;
			if (request) {
				this.#outgoing.push({kind: 'control', pdu: request, login: true});
				return;
			}
		} catch (error) {
			if (!(error instanceof NetstressError)) throw error;
			this.fail(error);
			return;
		}
		const {rules} = this.#framer;
		rules.headerDigest = this.login.agreed.headerDigest;
		rules.dataDigest = this.login.agreed.dataDigest;
		this.#state = 'full';
		this.#window.open(pdu);
		this.#events.ready();
		this.#release();
	}

	/** The PDU carries a status number. */
	#status({view, at}: Pdu): void {
		this.#expStatSn = next(view.getUint32(at + table.nopIn.fields.statsn.at));
	}

	#takeFull(pdu: Pdu): void {
		const {view, at} = pdu;
		const code = pdu.bytes[at]! & 0x3f;
		this.#window.open(pdu);
		switch (code) {
			case opcode.dataIn:
				if ((pdu.bytes[at + 1]! & 0x01) !== 0) this.#status(pdu);
				this.#dataIn(pdu);
				break;
			case opcode.scsiResponse:
				this.#status(pdu);
				this.#response(pdu);
				break;
			case opcode.r2t:
				this.#r2t(pdu);
				break;
			case opcode.nopIn:
				if (view.getUint32(at + 16) !== table.reservedTag) this.#status(pdu);
				this.#nopIn(pdu);
				break;
			case opcode.textResponse:
				this.#status(pdu);
				this.#textResponse(pdu);
				break;
			case opcode.async:
				this.#status(pdu);
				this.#async(pdu);
				break;
			case opcode.logoutResponse:
				this.#status(pdu);
				this.fail(undefined);
				return;
			case opcode.taskManagementResponse:
				this.#status(pdu);
				this.#forget();
				break;
			case opcode.reject:
				this.#status(pdu);
				this.#rejected(pdu);
				break;
			default:
				this.counters.unexpected++;
		}
		this.#release();
	}

	/** An abort was answered: the tags of commands given up are free, unless their status came first. */
	#forget(): void {
		for (const command of this.#window.active.values()) if (command.abandoned) this.#window.active.delete(command.tag);
	}

	#find(pdu: Pdu): Command | undefined {
		const command = this.#window.active.get(pdu.view.getUint32(pdu.at + 16));
		if (command === undefined) this.counters.unexpected++;
		return command;
	}

	#dataIn(pdu: Pdu): void {
		const {view, at} = pdu;
		const command = this.#find(pdu);
		if (command === undefined) return;
		const {fields} = table.dataIn;
		const offset = view.getUint32(at + fields.bufferOffset.at);
		const into = command.scsi.dataIn;
		if (
			into === undefined ||
			offset !== command.received ||
			offset + pdu.dataLength > into.length ||
			view.getUint32(at + fields.datasn.at) !== command.dataSn
		) {
			this.fail(
				new NetstressError(
					'ERR_PROTOCOL',
					`the target sent Data-In out of order: offset ${offset}, ${pdu.dataLength} bytes, where ${command.received} was expected`,
				),
			);
			return;
		}
		command.dataSn++;
		command.received += pdu.dataLength;
		if (!command.abandoned) into.set(pdu.bytes.subarray(pdu.dataAt, pdu.dataAt + pdu.dataLength), offset);
		if ((pdu.bytes[at + 1]! & 0x01) !== 0) this.#finish(command, pdu.bytes[at + 3]!, noSense, pdu);
	}

	#response(pdu: Pdu): void {
		const command = this.#find(pdu);
		if (command === undefined) return;
		const response = pdu.bytes[pdu.at + 2]!;
		if (response !== 0) {
			this.#window.active.delete(command.tag);
			const name = (responseNames as Record<number, string>)[response] ?? `response 0x${response.toString(16)}`;
			this.#tell(command, new NetstressError('ERR_IO', `the target did not run the command: ${name}`));
			return;
		}
		this.#finish(command, pdu.bytes[pdu.at + 3]!, senseData(pdu), pdu);
	}

	#finish(command: Command, status: number, sense: Uint8Array, pdu: Pdu): void {
		this.#window.active.delete(command.tag);
		if (command.abandoned) {
			this.counters.late++;
			return;
		}
		command.scsi.done({status, sense, received: command.received, residual: residualOf(pdu)});
	}

	#r2t(pdu: Pdu): void {
		const {view, at} = pdu;
		const command = this.#find(pdu);
		if (command === undefined) return;
		const {fields} = table.r2t;
		const offset = view.getUint32(at + fields.bufferOffset.at);
		const length = view.getUint32(at + fields.desireddatalength.at);
		const size = command.scsi.dataOut?.length ?? 0;
		if (length === 0 || offset + length > size) {
			this.fail(new NetstressError('ERR_PROTOCOL', `the target asked for ${length} bytes at ${offset} of a write of ${size}`));
			return;
		}
		const transferTag = view.getUint32(at + fields.targettransfertag.at);
		const lun = view.getBigUint64(at + fields._lun.at);
		this.#outgoing.push({kind: 'data', command, transferTag, lun, offset, end: offset + length, dataSn: 0});
	}

	#nopIn(pdu: Pdu): void {
		const {view, at} = pdu;
		const transferTag = view.getUint32(at + 20);
		if (transferTag === table.reservedTag) return;
		const data = pdu.bytes.slice(pdu.dataAt, pdu.dataAt + Math.min(pdu.dataLength, this.maxSend));
		this.#send(pong(transferTag, view.getBigUint64(at + 8), this.#window.cmdSn, data));
	}

	#textResponse(pdu: Pdu): void {
		const step = this.#text?.take(pdu);
		if (step === 'too-long') this.fail(new NetstressError('ERR_PROTOCOL', `the target answered SendTargets with over ${maxAnswer} bytes`));
		else if (step === undefined) this.counters.unexpected++;
		else if (step === 'done') this.#text = undefined;
		else this.#sendText(new Uint8Array(0), step.askFor);
	}

	/** RFC 7143 11.9: a request to log out is followed once nothing is outstanding; the other endings are taken as they are. */
	#async(pdu: Pdu): void {
		const event = table.asyncMessage.fields.asyncevent.read(pdu.view, pdu.at);
		if (event === asyncEvent.logoutRequest) {
			this.#leaving = true;
			this.logout();
		} else if (event === asyncEvent.dropConnection || event === asyncEvent.dropAll) {
			this.fail(new NetstressError('ERR_CLOSED', 'the target drops its connections'));
		}
	}

	#rejected(pdu: Pdu): void {
		this.counters.unexpected++;
		const reason = pdu.bytes[pdu.at + 2]!;
		const name = (rejectReasonNames as Record<number, string>)[reason] ?? `reason ${reason}`;
		const command = pdu.dataLength >= 20 ? this.#window.active.get(pdu.view.getUint32(pdu.dataAt + 16)) : undefined;
		const error = new NetstressError('ERR_PROTOCOL', `the target rejected a PDU: ${name}`, {reason});
		if (command === undefined) this.fail(error);
		else {
			this.#window.active.delete(command.tag);
			this.#tell(command, error);
		}
	}
}
