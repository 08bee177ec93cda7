// One connection: bytes in, bytes out, time told from outside. It owns no socket and no clock (docs/architecture.md).
// The caller gives it what came (`receive`), takes what is to be sent (`pull`) until that is nothing, and closes when `ending` is set.
import {asyncMessage, bhsLength, loginResponse, login as loginTable, nopIn, reject, reservedTag} from '../../wire/iscsi.js';
import {type FramingFault, type Pdu, PduFramer} from '../../wire/iscsi-frame.js';
import {asyncEvent, loginStatus, opcode, rejectReason} from '../../wire/iscsi-names.js';
import type {Done} from '../scsi/outcome.js';
import {Commands} from './commands.js';
import {answerLogout, answerNop, answerTaskManagement, answerText, TextExchange} from './control.js';
import {Login} from './login.js';
import {control, Outbox, type Stamps} from './outbox.js';
import {Session} from './session.js';
import {loginReceive, maxReceive} from './settings.js';
import type {Target} from './target.js';
import type {Task} from './task.js';

/** Bytes of additional headers accepted: more than any CDB needs, less than the field can say. */
const maxAhs = 256;

export class Connection implements Stamps {
	readonly target: Target;
	/** How initiators reach this portal: `host:port`, the host in brackets when it is IPv6. */
	readonly portal: string;
	readonly outbox: Outbox;
	readonly text = new TextExchange();
	session: Session | undefined;
	statSn = 0;
	/** What is queued is sent, then the connection closes. */
	ending = false;
	/** Why it ends, for people. */
	reason = '';
	readonly #framer = new PduFramer({maxData: loginReceive, maxAhs, headerDigest: false, dataDigest: false});
	readonly #commands: Commands;
	#login: Login | undefined;
	#openedMs: number;
	#heardMs: number;
	#pingMs: number | undefined;
	#pingTag = 0;

	constructor(target: Target, portal: string, nowMs: number) {
		this.target = target;
		this.portal = portal;
		this.outbox = new Outbox(this);
		this.#commands = new Commands(this);
		this.#login = new Login(target);
		this.#openedMs = nowMs;
		this.#heardMs = nowMs;
		target.counters.connections++;
	}

	get expCmdSn(): number {
		return this.session?.expCmdSn ?? this.#login?.cmdSn ?? 0;
	}

	get maxCmdSn(): number {
		return this.session?.maxCmdSn ?? this.#login?.cmdSn ?? 0;
	}

	get headerDigest(): boolean {
		return this.session?.agreed.headerDigest ?? false;
	}

	get dataDigest(): boolean {
		return this.session?.agreed.dataDigest ?? false;
	}

	get maxSend(): number {
		return this.session?.agreed.maxSend ?? loginReceive;
	}

	get maxBurst(): number {
		return this.session?.agreed.maxBurst ?? loginReceive;
	}

	/** Takes what came. The chunk is read only during the call. Never throws. */
	receive(chunk: Uint8Array, nowMs: number): void {
		if (this.ending) return;
		this.#heardMs = nowMs;
		const fault = this.#framer.push(chunk, pdu => this.#take(pdu));
		if (fault) this.#refuse(fault);
	}

	/** Writes what is to be sent into `into`, 64 KiB at least, about `enough` bytes at once; 0 when there is nothing more. */
	pull(into: Uint8Array, view: DataView, enough = into.length): number {
		return this.outbox.pull(into, view, enough);
	}

	/** Things that wait to be sent: above a few hundred the caller should stop reading. */
	get backlog(): number {
		return this.outbox.length;
	}

	/** Tells the time, about once a second: an idle peer is asked, one that does not answer is given up. */
	tick(nowMs: number): void {
		if (this.ending) return;
		const {pingSeconds, pingTimeoutSeconds, loginSeconds} = this.target.options;
		if (this.session === undefined) {
			if (nowMs - this.#openedMs > loginSeconds * 1000) this.end('no login in time');
		} else if (this.#pingMs !== undefined) {
			if (nowMs - this.#pingMs > pingTimeoutSeconds * 1000) {
				this.target.counters.pingTimeouts++;
				this.end('no answer to a NOP-In');
			}
		} else if (pingSeconds > 0 && nowMs - this.#heardMs > pingSeconds * 1000) this.ping(nowMs);
	}

	/** Asks whether the peer is there (RFC 7143 11.19): a valid transfer tag, no task tag. */
	ping(nowMs: number): void {
		this.#pingMs = nowMs;
		this.#pingTag = (this.#pingTag % 0x7fff_ffff) + 1;
		const tag = this.#pingTag;
		this.target.counters.pings++;
		const encode = (view: DataView) => nopIn.encode({opcode: opcode.nopIn, _F: 1, initiatortasktag: reservedTag, targettransfertag: tag}, view);
		this.outbox.push(control(encode, undefined, false));
	}

	/** The answer to a ping came. */
	pinged(tag: number): void {
		if (tag === this.#pingTag) this.#pingMs = undefined;
	}

	/** Asks the initiator to log out within `seconds` (RFC 7143 11.9.1, event 1). */
	requestLogout(seconds: number): void {
		if (this.session) this.#async(asyncEvent.logoutRequest, 0, 0, seconds);
	}

	/** Says that all connections go, and ends this one (event 3). */
	drop(reason: string): void {
		if (this.session && !this.ending) this.#async(asyncEvent.dropAll, 0, this.session.agreed.time2Wait, 0);
		this.end(reason);
	}

	#async(event: number, parameter1: number, parameter2: number, parameter3: number): void {
		const encode = (view: DataView) =>
			asyncMessage.encode({opcode: opcode.async, _F: 1, _initiatortasktag: reservedTag, asyncevent: event, parameter1, parameter2, parameter3}, view);
		this.outbox.push(control(encode, undefined, true));
	}

	/** Nothing more is taken in; what is queued still goes. The session ends with its only connection. */
	end(reason: string): void {
		if (this.ending) return;
		this.ending = true;
		this.reason = reason;
		this.#framer.stop();
		this.session?.end();
	}

	/** The socket is gone. */
	closed(): void {
		this.end('closed by the peer');
		this.outbox.clear();
	}

	/** Refuses a PDU (RFC 7143 11.17): its header goes back with the reason. */
	reject(reason: number, header: Uint8Array): void {
		this.target.counters.rejects++;
		const encode = (view: DataView) =>
			reject.encode({opcode: opcode.reject, _F: 1, 'reject.reason': reason, datasegmentlength: bhsLength, _initiatortasktag: reservedTag}, view);
		this.outbox.push(control(encode, header, true));
	}

	/** Refuses and ends: at error recovery level 0 a broken protocol breaks the session (RFC 7143 7.1). */
	fail(reason: number, pdu: Pdu, why: string): void {
		this.target.counters.protocolErrors++;
		this.reject(reason, pdu.bytes.slice(pdu.at, pdu.at + bhsLength));
		this.end(why);
	}

	finished(task: Task, done: Done | undefined): void {
		this.session?.tasks.delete(task.tag);
		if (done !== undefined && done.status !== 0) this.target.counters.checkConditions++;
		this.target.counters.readBytes += task.sent;
	}

	#refuse(fault: FramingFault): void {
		const why = `${fault.kind}: ${fault.value}, limit ${fault.limit}`;
		if (fault.kind === 'header-digest') {
			// nothing in the header can be trusted, not even what to answer (RFC 7143 7.8)
			this.target.counters.digestErrors++;
			this.end(why);
		} else if (this.session === undefined) this.#refuseLogin(loginStatus.initiatorError, fault.header, why);
		else {
			this.target.counters.protocolErrors++;
			this.reject(rejectReason.protocol, fault.header);
			this.end(why);
		}
	}

	#take(pdu: Pdu): void {
		if (this.session === undefined) this.#takeLogin(pdu);
		else if (!pdu.dataIntact) {
			this.target.counters.digestErrors++;
			this.fail(rejectReason.dataDigest, pdu, 'data digest error');
		} else this.#takeFull(this.session, pdu);
	}

	#takeFull(session: Session, pdu: Pdu): void {
		const code = pdu.bytes[pdu.at]! & 0x3f;
		if (code === opcode.dataOut) {
			this.#commands.dataOut(session, pdu);
			return;
		}
		if (code === opcode.scsiCommand && session.type === 'normal') {
			this.#commands.command(session, pdu);
			return;
		}
		const header = () => pdu.bytes.slice(pdu.at, pdu.at + bhsLength);
		if (code === opcode.snack) {
			this.reject(rejectReason.dataSnack, header());
			return;
		}
		const known = code === opcode.nopOut || code === opcode.text || code === opcode.logout || (code === opcode.taskManagement && session.type === 'normal');
		if (code === opcode.login) {
			this.fail(rejectReason.protocol, pdu, 'login in full feature phase');
			return;
		}
		if (!known) {
			this.reject(rejectReason.notSupported, header());
			return;
		}
		const immediate = (pdu.bytes[pdu.at]! & 0x40) !== 0;
		const cmdSn = pdu.view.getUint32(pdu.at + 24);
		const admission = session.admit(cmdSn, immediate);
		if (admission === 'gap') {
			this.fail(rejectReason.protocol, pdu, `CmdSN ${cmdSn} where ${session.expCmdSn} was expected`);
			return;
		}
		if (admission === 'ignore') {
			this.target.counters.ignored++;
			return;
		}
		if (code === opcode.nopOut) answerNop(this, pdu);
		else if (code === opcode.text) answerText(this, session, pdu);
		else if (code === opcode.logout) answerLogout(this, session, pdu);
		else answerTaskManagement(this, session, pdu);
	}

	#takeLogin(pdu: Pdu): void {
		const login = this.#login;
		if (login === undefined) return;
		if ((pdu.bytes[pdu.at]! & 0x3f) !== opcode.login) {
			this.fail(rejectReason.beforeLogin, pdu, 'not a login');
			return;
		}
		if (this.statSn === 0) this.statSn = pdu.view.getUint32(pdu.at + loginTable.fields.expstatsn.at);
		const {reply, status, complete} = login.step(pdu, each => this.#open(each));
		if (reply) this.outbox.push(reply);
		if (complete && this.session) {
			this.target.counters.logins++;
			const {rules} = this.#framer;
			rules.maxData = maxReceive;
			rules.headerDigest = this.session.agreed.headerDigest;
			rules.dataDigest = this.session.agreed.dataDigest;
			this.#login = undefined;
		} else if (status !== undefined && status !== loginStatus.success) {
			this.target.counters.loginFailures++;
			this.end(`login refused with status ${status.toString(16).padStart(4, '0')}`);
		}
	}

	/** The login is agreed on: finds or makes the session (RFC 7143 6.3). */
	#open(login: Login): {tsih: number} | {status: number} {
		const {target} = this;
		if (login.tsih !== 0) {
			const existing = target.byHandle(login.tsih);
			if (existing === undefined || existing.initiator !== login.initiator || existing.isid !== login.isid) return {status: loginStatus.noSession};
			// MaxConnections is 1: only the connection itself can be reinstated, which at level 0 restarts the session's tasks
			if (existing.cid !== login.cid) return {status: loginStatus.tooManyConnections};
			existing.connection.end('connection reinstated');
		} else if (login.type === 'normal') target.byPort(login.initiator, login.isid)?.connection.end('session reinstated');
		if (target.full) return {status: loginStatus.outOfResources};
		const session = new Session(target, login.type, login.initiator, login.isid, login.agreed, this, login.cmdSn);
		session.cid = login.cid;
		target.add(session);
		this.session = session;
		return {tsih: session.tsih};
	}

	#refuseLogin(status: number, header: Uint8Array, why: string): void {
		this.target.counters.loginFailures++;
		const tag = new DataView(header.buffer, header.byteOffset).getUint32(16);
		const encode = (view: DataView) => loginResponse.encode({opcode: opcode.loginResponse, initiatortasktag: tag, 'login.status': status}, view);
		this.outbox.push(control(encode, undefined, false, true));
		this.end(why);
	}
}
