// The login phase (RFC 7143 6, 11.12, 11.13): text over one or more PDUs, two stages, and the answer with a status.
import {login as request, loginResponse as response} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {keyRules, type NegotiatedKey, negotiate} from '../../wire/iscsi-keys.js';
import {loginStatus, opcode, stage} from '../../wire/iscsi-names.js';
import {decodeText, encodeText, type TextPair} from '../../wire/iscsi-text.js';
import {type Control, control} from './outbox.js';
import type {SessionType} from './session.js';
import {type Agreed, agree, agreedByDefault, maxReceive, wishes} from './settings.js';
import type {Target} from './target.js';

/** Longest text that one stage may gather, bytes. */
const maxText = 65_536;

/** What a login has come to. */
export interface LoginStep {
	readonly reply: Control | undefined;
	/** The status sent; undefined while text is still coming. */
	readonly status: number | undefined;
	/** Full feature phase begins. */
	readonly complete: boolean;
}

export class Login {
	readonly agreed: Agreed = agreedByDefault();
	initiator = '';
	isid = '';
	tsih = 0;
	cid = 0;
	cmdSn = 0;
	type: SessionType = 'normal';
	readonly #target: Target;
	readonly #seen = new Set<string>();
	#text: Uint8Array[] = [];
	#textLength = 0;
	#stage: number | undefined;
	#first = true;
	#declared = false;
	#targetNamed = false;

	constructor(target: Target) {
		this.#target = target;
	}

	/** Takes one Login PDU. `prepare` makes the session when the last one has come and gives its handle, or a status that refuses it. */
	step(pdu: Pdu, prepare: (login: Login) => {tsih: number} | {status: number}): LoginStep {
		const repr = request.decode(pdu.view, pdu.at);
		const transit = repr['login.T'] === 1;
		const more = repr['login.C'] === 1;
		const csg = repr['login.csg'];
		const nsg = repr['login.nsg'];
		if (this.#first) {
			this.isid = Buffer.from(repr.isid).toString('hex');
			this.tsih = repr.tsih;
			this.cid = repr.cid;
			this.cmdSn = repr.cmdsn;
		}
		const refuse = (status: number): LoginStep => ({reply: this.#answer(repr, status, csg, undefined, []), status, complete: false});
		if (repr.versionmin > 0) return refuse(loginStatus.unsupportedVersion);
		if (csg !== stage.security && csg !== stage.operational) return refuse(loginStatus.initiatorError);
		if (this.#stage !== undefined && csg !== this.#stage) return refuse(loginStatus.invalidRequest);
		if (transit && (more || nsg <= csg || nsg === 2)) return refuse(loginStatus.initiatorError);
		this.#stage = csg;
		this.#textLength += pdu.dataLength;
		if (this.#textLength > maxText) return refuse(loginStatus.initiatorError);
		this.#text.push(pdu.bytes.slice(pdu.dataAt, pdu.dataAt + pdu.dataLength));
		if (more) return {reply: this.#answer(repr, loginStatus.success, csg, undefined, []), status: undefined, complete: false};
		const {pairs, fault} = decodeText(Buffer.concat(this.#text));
		this.#text = [];
		this.#textLength = 0;
		if (fault !== undefined) return refuse(loginStatus.initiatorError);
		const answers: TextPair[] = [];
		const status = this.#negotiate(pairs, csg, answers);
		if (status !== loginStatus.success) return refuse(status);
		if (!transit) return {reply: this.#answer(repr, status, csg, undefined, answers), status: undefined, complete: false};
		if (nsg !== stage.fullFeature) {
			this.#stage = nsg;
			return {reply: this.#answer(repr, status, csg, nsg, answers), status: undefined, complete: false};
		}
		if (this.agreed.firstBurst > this.agreed.maxBurst) this.agreed.firstBurst = this.agreed.maxBurst;
		const prepared = prepare(this);
		if ('status' in prepared) return refuse(prepared.status);
		this.tsih = prepared.tsih;
		return {reply: this.#answer(repr, status, csg, nsg, answers), status, complete: true};
	}

	#negotiate(pairs: readonly TextPair[], csg: number, answers: TextPair[]): number {
		for (const [key, value] of pairs) {
			if (this.#seen.has(key)) return loginStatus.initiatorError;
			this.#seen.add(key);
			const status = this.#take(key, value, answers);
			if (status !== loginStatus.success) return status;
		}
		if (this.#first) {
			this.#first = false;
			if (this.initiator === '') return loginStatus.missingParameter;
			if (this.type === 'normal') {
				if (!this.#targetNamed) return loginStatus.missingParameter;
				// the first answer of a normal session names the portal group (RFC 7143 13.9)
				answers.push(['TargetPortalGroupTag', String(this.#target.portalGroup)]);
				if (this.#target.options.alias !== '') answers.push(['TargetAlias', this.#target.options.alias]);
			}
		}
		if (csg === stage.operational && !this.#declared) {
			this.#declared = true;
			answers.push(['MaxRecvDataSegmentLength', String(maxReceive)]);
		}
		return loginStatus.success;
	}

	#take(key: string, value: string, answers: TextPair[]): number {
		switch (key) {
			case 'InitiatorName':
				this.initiator = value;
				return value === '' || value.length > 223 ? loginStatus.initiatorError : loginStatus.success;
			case 'InitiatorAlias':
				return loginStatus.success;
			case 'TargetName':
				this.#targetNamed = true;
				return value.toLowerCase() === this.#target.iqn.toLowerCase() ? loginStatus.success : loginStatus.notFound;
			case 'SessionType':
				if (value !== 'Normal' && value !== 'Discovery') return loginStatus.sessionType;
				this.type = value === 'Normal' ? 'normal' : 'discovery';
				return loginStatus.success;
			case 'AuthMethod': {
				const {answer, value: method} = negotiate(keyRules.AuthMethod, value, wishes.AuthMethod);
				answers.push([key, answer]);
				return method === undefined ? loginStatus.authenticationFailed : loginStatus.success;
			}
			case 'MaxRecvDataSegmentLength': {
				const {value: result} = negotiate(keyRules.MaxRecvDataSegmentLength, value, '');
				if (result === undefined) answers.push([key, 'Reject']);
				else agree(this.agreed, key, result);
				return loginStatus.success;
			}
			default: {
				if (!Object.hasOwn(keyRules, key)) {
					answers.push([key, 'NotUnderstood']);
					return loginStatus.success;
				}
				const name = key as NegotiatedKey;
				const {answer, value: result} = negotiate(keyRules[name], value, wishes[name]);
				answers.push([key, answer]);
				if (result !== undefined) agree(this.agreed, name, result);
				return loginStatus.success;
			}
		}
	}

	#answer(repr: {initiatortasktag: number; isid: Uint8Array}, status: number, csg: number, nsg: number | undefined, answers: TextPair[]): Control {
		const data = status === loginStatus.success && answers.length > 0 ? encodeText(answers) : undefined;
		const success = status === loginStatus.success;
		const encode = (view: DataView) =>
			response.encode(
				{
					opcode: opcode.loginResponse,
					'login.T': success && nsg !== undefined ? 1 : 0,
					'login.csg': csg,
					'login.nsg': success ? (nsg ?? 0) : 0,
					datasegmentlength: data?.length ?? 0,
					isid: repr.isid,
					tsih: this.tsih,
					initiatortasktag: repr.initiatortasktag,
					'login.status': status,
				},
				view,
			);
		// a refused login carries no meaning in StatSN, a successful one takes a number (RFC 7143 11.13.4)
		return control(encode, data, success, true);
	}
}
