// The initiator's side of the login phase (RFC 7143 6): security without authentication, then the operational keys.
import {NetstressError} from '../../base/errors.js';
import {login, loginResponse} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {keyRules, type NegotiatedKey, negotiate} from '../../wire/iscsi-keys.js';
import {loginStatus, loginStatusNames, opcode, stage} from '../../wire/iscsi-names.js';
import {decodeText, encodeText, type TextPair} from '../../wire/iscsi-text.js';

/** Longest data segment that this initiator takes, bytes. */
export const maxReceive = 262_144;
/** Answers to be had before a login is given up as going in circles. */
const maxRounds = 32;
/** Longest text of one stage, bytes. */
const maxText = 65_536;

export interface LoginOptions {
	readonly initiator: string;
	/** Undefined for a discovery session. */
	readonly target: string | undefined;
	/** Six bytes. */
	readonly isid: Uint8Array;
	readonly headerDigest: boolean;
	readonly dataDigest: boolean;
}

/** What both sides agreed on; lengths in bytes. */
export interface Agreed {
	headerDigest: boolean;
	dataDigest: boolean;
	initialR2T: boolean;
	immediateData: boolean;
	/** Longest data segment that the target takes. */
	maxSend: number;
	maxBurst: number;
	firstBurst: number;
}

export class Login {
	readonly agreed: Agreed = {
		headerDigest: false,
		dataDigest: false,
		initialR2T: true,
		immediateData: true,
		maxSend: Number(keyRules.MaxRecvDataSegmentLength.initial),
		maxBurst: Number(keyRules.MaxBurstLength.initial),
		firstBurst: Number(keyRules.FirstBurstLength.initial),
	};
	tsih = 0;
	expStatSn = 0;
	/** `HOST[:PORT]` that a redirection named. */
	redirect: string | undefined;
	readonly #options: LoginOptions;
	readonly #offered = new Map<string, string>();
	#stage: number = stage.security;
	#owed: TextPair[] = [];
	#text: Uint8Array[] = [];
	#textLength = 0;
	#rounds = 0;

	constructor(options: LoginOptions) {
		this.#options = options;
	}

	/** The first request. */
	begin(): Uint8Array {
		const {initiator, target} = this.#options;
		const names: TextPair[] = [
			['InitiatorName', initiator],
			['SessionType', target === undefined ? 'Discovery' : 'Normal'],
		];
		if (target !== undefined) names.push(['TargetName', target]);
		return this.#request([...names, ['AuthMethod', 'None']], true);
	}

	/** Takes a Login Response; gives the next request, or undefined when full feature phase begins. ERR_PROTOCOL, ERR_PERMISSION, ERR_IO. */
	step(pdu: Pdu): Uint8Array | undefined {
		const repr = loginResponse.decode(pdu.view, pdu.at);
		if (repr.opcode !== opcode.loginResponse) throw this.#error('ERR_PROTOCOL', `answered the login with opcode 0x${repr.opcode.toString(16)}`);
		if (++this.#rounds > maxRounds) throw this.#error('ERR_PROTOCOL', `did not end the login in ${maxRounds} answers`);
		const status = repr['login.status'];
		this.#textLength += pdu.dataLength;
		if (this.#textLength > maxText) throw this.#error('ERR_PROTOCOL', `sent over ${maxText} bytes of login text`);
		this.#text.push(pdu.bytes.slice(pdu.dataAt, pdu.dataAt + pdu.dataLength));
		if (status !== loginStatus.success) throw this.#refused(status);
		this.expStatSn = (repr.statsn + 1) >>> 0;
		if (repr['login.C'] === 1) return this.#request([], false);
		const {pairs, fault} = decodeText(Buffer.concat(this.#text));
		this.#text = [];
		this.#textLength = 0;
		if (fault !== undefined) throw this.#error('ERR_PROTOCOL', `sent login text with ${fault}`);
		for (const [key, value] of pairs) this.#take(key, value);
		if (repr['login.T'] === 0) return this.#request([], true);
		const next = repr['login.nsg'];
		if (next === stage.fullFeature) {
			this.tsih = repr.tsih;
			this.agreed.firstBurst = Math.min(this.agreed.firstBurst, this.agreed.maxBurst);
			return undefined;
		}
		if (next !== stage.operational) throw this.#error('ERR_PROTOCOL', `went to login stage ${next}`);
		this.#stage = stage.operational;
		return this.#request(this.#wishes(), true);
	}

	#wishes(): TextPair[] {
		const {headerDigest, dataDigest, target} = this.#options;
		const pairs: TextPair[] = [
			['HeaderDigest', headerDigest ? 'CRC32C,None' : 'None'],
			['DataDigest', dataDigest ? 'CRC32C,None' : 'None'],
			['MaxRecvDataSegmentLength', String(maxReceive)],
			['DefaultTime2Wait', '2'],
			['DefaultTime2Retain', '0'],
			['ErrorRecoveryLevel', '0'],
		];
		if (target === undefined) return pairs;
		return [
			...pairs,
			['InitialR2T', 'No'],
			['ImmediateData', 'Yes'],
			['MaxBurstLength', '1048576'],
			['FirstBurstLength', '262144'],
			['MaxOutstandingR2T', '1'],
			['MaxConnections', '1'],
			['DataPDUInOrder', 'Yes'],
			['DataSequenceInOrder', 'Yes'],
		];
	}

	#take(key: string, value: string): void {
		if (key === 'TargetAddress') {
			this.redirect = value.replace(/,\d+$/, '');
			return;
		}
		const {agreed} = this;
		if (!Object.hasOwn(keyRules, key)) return;
		const name = key as NegotiatedKey;
		if (name === 'MaxRecvDataSegmentLength') {
			const {value: length} = negotiate(keyRules[name], value, '');
			if (length !== undefined) agreed.maxSend = Number(length);
			return;
		}
		const ours = this.#offered.get(key);
		if (ours === undefined) {
			// the target asks first: it is owed an answer, and the RFC's default is what we want
			const {answer} = negotiate(keyRules[name], value, keyRules[name].initial);
			this.#offered.set(key, answer);
			this.#owed.push([key, answer]);
			this.#settle(name, answer);
		} else if (value !== 'Reject' && value !== 'NotUnderstood' && value !== 'Irrelevant') this.#settle(name, value);
	}

	#settle(key: NegotiatedKey, value: string): void {
		const {agreed} = this;
		if (key === 'HeaderDigest') agreed.headerDigest = value === 'CRC32C';
		else if (key === 'DataDigest') agreed.dataDigest = value === 'CRC32C';
		else if (key === 'InitialR2T') agreed.initialR2T = value === 'Yes';
		else if (key === 'ImmediateData') agreed.immediateData = value === 'Yes';
		else if (key === 'MaxBurstLength' || key === 'FirstBurstLength') {
			const {value: length} = negotiate(keyRules[key], value, this.#offered.get(key) ?? keyRules[key].initial);
			if (length === undefined) throw this.#error('ERR_PROTOCOL', `answered ${key}=${value}`);
			if (key === 'MaxBurstLength') agreed.maxBurst = Number(length);
			else agreed.firstBurst = Number(length);
		}
	}

	#request(pairs: readonly TextPair[], transit: boolean): Uint8Array {
		const all = [...this.#owed, ...pairs];
		this.#owed = [];
		for (const [key, value] of pairs) this.#offered.set(key, value);
		const data = encodeText(all);
		const pdu = new Uint8Array(48 + ((data.length + 3) & ~3));
		login.encode(
			{
				opcode: opcode.login,
				_I: 1,
				'login.T': transit ? 1 : 0,
				'login.csg': this.#stage,
				'login.nsg': !transit ? 0 : this.#stage === stage.security ? stage.operational : stage.fullFeature,
				datasegmentlength: data.length,
				isid: this.#options.isid,
				tsih: this.tsih,
				cmdsn: 1,
				expstatsn: this.expStatSn,
			},
			new DataView(pdu.buffer),
		);
		pdu.set(data, 48);
		return pdu;
	}

	#error(code: 'ERR_PROTOCOL' | 'ERR_IO' | 'ERR_PERMISSION', what: string, details: Record<string, unknown> = {}): NetstressError {
		return new NetstressError(code, `the target ${what}`, details);
	}

	#refused(status: number): NetstressError {
		const name = loginStatusNames[status] ?? 'unknown status';
		const text = `refused the login of ${this.#options.target ?? 'discovery'}: ${name} (${status.toString(16).padStart(4, '0')})`;
		const advice: Record<number, string> = {
			[loginStatus.authenticationFailed]: '; it wants CHAP, which is not supported',
			[loginStatus.forbidden]: '; it does not know this initiator name',
			[loginStatus.notFound]: '; see what it has with discovery',
			[loginStatus.unavailable]: '; try again later',
			[loginStatus.outOfResources]: '; it has too many sessions, try again later',
		};
		if (status >> 8 === 1) {
			for (const [key, value] of decodeText(Buffer.concat(this.#text)).pairs) this.#take(key, value);
		}
		const permission = status === loginStatus.authenticationFailed || status === loginStatus.forbidden;
		return this.#error(permission ? 'ERR_PERMISSION' : 'ERR_IO', `${text}${advice[status] ?? ''}`, {status, redirect: this.redirect});
	}
}
