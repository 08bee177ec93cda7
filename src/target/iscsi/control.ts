// The requests that are not SCSI commands: NOP, text, logout, task management (RFC 7143 11.5, 11.10, 11.14, 11.18).
import {logout, logoutResponsePdu, nopIn, nopOut, reservedTag, taskManagement, taskManagementResponse, text, textResponse} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {keyRules, negotiate} from '../../wire/iscsi-keys.js';
import {logoutResponse, opcode, rejectReason, taskFunction, taskResponse} from '../../wire/iscsi-names.js';
import {before} from '../../wire/iscsi-serial.js';
import {decodeText, encodeText, type TextPair} from '../../wire/iscsi-text.js';
import {additionalSense} from '../../wire/scsi-names.js';
import type {Connection} from './connection.js';
import {control} from './outbox.js';
import type {Session} from './session.js';
import {agree, maxReceive} from './settings.js';
import type {Task} from './task.js';

/** Longest text request, bytes. */
const maxText = 65_536;

/** NOP-Out: a ping is echoed, the answer to a ping of ours is noted (RFC 7143 11.18). */
export function answerNop(connection: Connection, pdu: Pdu): void {
	const {view, at} = pdu;
	const tag = view.getUint32(at + nopOut.fields.initiatortasktag.at);
	if (tag === reservedTag) {
		connection.pinged(view.getUint32(at + nopOut.fields.targettransfertag.at));
		return;
	}
	const data = pdu.bytes.slice(pdu.dataAt, pdu.dataAt + Math.min(pdu.dataLength, connection.maxSend));
	const lun = view.getBigUint64(at + nopOut.fields._lun.at);
	const encode = (out: DataView) =>
		nopIn.encode({opcode: opcode.nopIn, _F: 1, datasegmentlength: data.length, _lun: lun, initiatortasktag: tag, targettransfertag: reservedTag}, out);
	connection.outbox.push(control(encode, data, true));
}

/** What is left of a text answer that one PDU does not hold, and of a request that has not ended. */
export class TextExchange {
	request: Uint8Array[] = [];
	requestLength = 0;
	rest: Uint8Array = new Uint8Array(0);
	tag = 0;
}

/** Text request: SendTargets, and a new MaxRecvDataSegmentLength (RFC 7143 11.10, annex C). */
export function answerText(connection: Connection, session: Session, pdu: Pdu): void {
	const {view, at} = pdu;
	const exchange = connection.text;
	const header = () => pdu.bytes.slice(at, at + 48);
	const more = text.fields['text.C'].read(view, at) === 1;
	const transferTag = view.getUint32(at + text.fields.targettransfertag.at);
	if (transferTag !== reservedTag && exchange.rest.length > 0 && transferTag === exchange.tag) {
		// an empty request asks for the rest of the answer
		sendText(connection, pdu, exchange.rest);
		return;
	}
	exchange.requestLength += pdu.dataLength;
	if (exchange.requestLength > maxText) {
		exchange.request = [];
		exchange.requestLength = 0;
		connection.reject(rejectReason.negotiationReset, header());
		return;
	}
	exchange.request.push(pdu.bytes.slice(pdu.dataAt, pdu.dataAt + pdu.dataLength));
	if (more) {
		sendText(connection, pdu, new Uint8Array(0), true);
		return;
	}
	const {pairs, fault} = decodeText(Buffer.concat(exchange.request));
	exchange.request = [];
	exchange.requestLength = 0;
	if (fault !== undefined) {
		connection.reject(rejectReason.protocol, header());
		return;
	}
	const answers: TextPair[] = [];
	for (const [key, value] of pairs) answerPair(connection, session, key, value, answers);
	sendText(connection, pdu, encodeText(answers));
}

function answerPair(connection: Connection, session: Session, key: string, value: string, answers: TextPair[]): void {
	const {target} = connection;
	if (key === 'SendTargets') {
		// "All" belongs to discovery; an empty value asks a normal session for its own target
		const own = value === '' ? session.type === 'normal' : value.toLowerCase() === target.iqn.toLowerCase();
		if (own || (value === 'All' && session.type === 'discovery')) {
			answers.push(['TargetName', target.iqn], ['TargetAddress', `${connection.portal},${target.portalGroup}`]);
		} else if (value === 'All') answers.push([key, 'Reject']);
	} else if (key === 'MaxRecvDataSegmentLength') {
		const {value: result} = negotiate(keyRules.MaxRecvDataSegmentLength, value, '');
		if (result === undefined) answers.push([key, 'Reject']);
		else {
			agree(session.agreed, key, result);
			answers.push([key, String(maxReceive)]);
		}
	} else if (key === 'InitiatorAlias') return;
	else answers.push([key, Object.hasOwn(keyRules, key) ? 'Reject' : 'NotUnderstood']);
}

function sendText(connection: Connection, pdu: Pdu, whole: Uint8Array, awaiting = false): void {
	const exchange = connection.text;
	const part = whole.subarray(0, connection.maxSend);
	exchange.rest = whole.subarray(part.length);
	const unfinished = exchange.rest.length > 0;
	// a valid tag says that the exchange goes on (RFC 7143 11.11.4)
	exchange.tag = unfinished || awaiting ? (exchange.tag % 0x7fff_ffff) + 1 : reservedTag;
	const tag = exchange.tag;
	const task = pdu.view.getUint32(pdu.at + text.fields.initiatortasktag.at);
	const encode = (view: DataView) =>
		textResponse.encode(
			{
				opcode: opcode.textResponse,
				'text.F': unfinished || awaiting ? 0 : 1,
				'text.C': unfinished ? 1 : 0,
				datasegmentlength: part.length,
				initiatortasktag: task,
				targettransfertag: tag,
			},
			view,
		);
	if (tag === reservedTag) exchange.tag = 0;
	connection.outbox.push(control(encode, part, true));
}

/** Logout: the answer is the last thing that goes (RFC 7143 11.14). */
export function answerLogout(connection: Connection, session: Session, pdu: Pdu): void {
	const {view, at} = pdu;
	const reason = logout.fields['logout.reason'].read(view, at);
	const tag = view.getUint32(at + logout.fields.initiatortasktag.at);
	const cid = logout.fields.cid.read(view, at);
	let response: number = logoutResponse.closed;
	if (reason === 1 && cid !== session.cid) response = logoutResponse.noConnection;
	else if (reason === 2) response = logoutResponse.noRecovery;
	else if (reason > 2) {
		connection.reject(rejectReason.invalidField, pdu.bytes.slice(at, at + 48));
		return;
	}
	const {time2Wait} = session.agreed;
	const encode = (out: DataView) =>
		logoutResponsePdu.encode({opcode: opcode.logoutResponse, _F: 1, 'logout.response': response, initiatortasktag: tag, time2wait: time2Wait}, out);
	connection.outbox.push(control(encode, undefined, true));
	if (response === logoutResponse.closed) connection.end('logout');
}

export function answerTaskManagement(connection: Connection, session: Session, pdu: Pdu): void {
	const {view, at} = pdu;
	connection.target.counters.taskManagement++;
	const {fields} = taskManagement;
	const task = fields['taskmanfun.function'].read(view, at);
	const lun = view.getBigUint64(at + fields._lun.at);
	const response = manage(connection, session, task, lun, view, at);
	const tag = view.getUint32(at + fields.initiatortasktag.at);
	const encode = (out: DataView) =>
		taskManagementResponse.encode({opcode: opcode.taskManagementResponse, _F: 1, 'taskmanfun.response': response, initiatortasktag: tag}, out);
	connection.outbox.push(control(encode, undefined, true));
	if (task !== taskFunction.targetColdReset || response !== taskResponse.complete) return;
	// a cold reset closes every connection (RFC 7143 11.5.1)
	for (const each of [...connection.target.sessions()]) each.connection.drop('target cold reset');
}

function manage(connection: Connection, session: Session, task: number, lun: bigint, view: DataView, at: number): number {
	const {target} = connection;
	const unit = target.server.unit(lun);
	const sameLun = (each: Task) => each.lun === lun;
	const perUnit = task === taskFunction.abortTaskSet || task === taskFunction.clearTaskSet || task === taskFunction.logicalUnitReset;
	if (perUnit && unit === undefined) return taskResponse.noLun;
	switch (task) {
		case taskFunction.abortTask:
			return abortOne(session, view, at);
		case taskFunction.abortTaskSet:
			session.abortTasks(sameLun);
			return taskResponse.complete;
		case taskFunction.clearTaskSet:
			for (const each of target.sessions()) {
				const cleared = each.abortTasks(sameLun);
				if (cleared > 0 && each !== session && unit) each.nexus?.attend(unit.lun, additionalSense.commandsCleared);
			}
			return taskResponse.complete;
		case taskFunction.logicalUnitReset:
			for (const each of target.sessions()) each.abortTasks(sameLun);
			target.server.reset(additionalSense.targetReset, unit?.lun);
			return taskResponse.complete;
		case taskFunction.targetWarmReset:
		case taskFunction.targetColdReset:
			for (const each of target.sessions()) each.abortTasks(() => true);
			target.server.reset(task === taskFunction.targetColdReset ? additionalSense.powerOn : additionalSense.busReset);
			return taskResponse.complete;
		case taskFunction.taskReassign:
			return taskResponse.noReassign;
		default:
			return taskResponse.notSupported;
	}
}

function abortOne(session: Session, view: DataView, at: number): number {
	const {fields} = taskManagement;
	const tag = view.getUint32(at + fields['taskmanfun.referencedtasktag'].at);
	if (session.abortTasks(each => each.tag === tag) > 0) return taskResponse.complete;
	const number = view.getUint32(at + fields.refcmdsn.at);
	const own = view.getUint32(at + fields.cmdsn.at);
	// not here yet: it counts as received when it comes (RFC 7143 11.6.1)
	if (before(number, session.expCmdSn) || before(session.maxCmdSn, number) || !before(number, own)) return taskResponse.noTask;
	session.abortedAhead.add(number);
	return taskResponse.complete;
}
