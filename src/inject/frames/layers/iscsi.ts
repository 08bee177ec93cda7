// iSCSI PDUs (RFC 7143 11), each in a TCP segment of its own, with digests where they are asked for.
import * as iscsi from '../../../wire/iscsi.js';
import {digest, digestLength} from '../../../wire/iscsi-digest.js';
import {opcode, stage} from '../../../wire/iscsi-names.js';
import type {Build} from '../build.js';
import type {Kind, Values} from '../kind.js';
import type {Layer} from '../layer.js';
import {cdbKind, transferOf} from './cdb.js';

const pdus = {
	scsiCommand: iscsi.scsiCommand,
	nopOut: iscsi.nopOut,
	nopIn: iscsi.nopIn,
	scsiResponse: iscsi.scsiResponse,
	taskManagement: iscsi.taskManagement,
	taskManagementResponse: iscsi.taskManagementResponse,
	login: iscsi.login,
	loginResponse: iscsi.loginResponse,
	text: iscsi.text,
	textResponse: iscsi.textResponse,
	dataOut: iscsi.dataOut,
	dataIn: iscsi.dataIn,
	r2t: iscsi.r2t,
	logout: iscsi.logout,
	logoutResponse: iscsi.logoutResponsePdu,
	snack: iscsi.snack,
	async: iscsi.asyncMessage,
	reject: iscsi.reject,
} as const;
const numbers = new Map(Object.entries(pdus).map(([name, table]) => [table as unknown, opcode[name as keyof typeof opcode]]));
const opcodeOf = (layer: Layer): number => numbers.get(layer.header) ?? 0;

/** Both lengths stand in the first eight bytes of every PDU, whatever a table calls them. */
const dataLengthKey = (layer: Layer): string => ('datasegmentlength' in layer.header.fields ? 'datasegmentlength' : '_datasegmentlength');

function transfer(layer: Layer): Values {
	const moved = transferOf(layer.above);
	if (moved === undefined) return {};
	return {[`scsicommand.${moved.writes ? 'W' : 'R'}`]: moved.bytes > 0 ? 1 : 0, 'scsicommand.expecteddatatransferlength': moved.bytes};
}

function defaultsOf(layer: Layer): Values {
	const number = opcodeOf(layer);
	const fixed: Record<number, Values> = {
		[opcode.scsiCommand]: {'scsicommand.F': 1, 'scsicommand.attr': 1, ...transfer(layer)},
		[opcode.nopOut]: {I: 1, targettransfertag: iscsi.reservedTag, initiatortasktag: 1},
		[opcode.nopIn]: {targettransfertag: iscsi.reservedTag},
		[opcode.login]: {_I: 1, 'login.T': 1, 'login.csg': stage.operational, 'login.nsg': stage.fullFeature},
		[opcode.loginResponse]: {'login.T': 1, 'login.csg': stage.operational, 'login.nsg': stage.fullFeature},
		[opcode.text]: {'text.F': 1, targettransfertag: iscsi.reservedTag},
		[opcode.textResponse]: {'text.F': 1, targettransfertag: iscsi.reservedTag},
		[opcode.dataOut]: {'scsidata.F': 1, targettransfertag: iscsi.reservedTag},
		[opcode.dataIn]: {'scsidata.F': 1, _targettransfertag: iscsi.reservedTag},
		[opcode.taskManagement]: {'taskmanfun.function': 1, 'taskmanfun.referencedtasktag': iscsi.reservedTag},
		[opcode.async]: {_initiatortasktag: iscsi.reservedTag},
		[opcode.reject]: {_initiatortasktag: iscsi.reservedTag, 'reject.reason': 4},
		[opcode.scsiResponse]: {flags: 0x80},
	};
	return {opcode: number, ...('_F' in layer.header.fields ? {_F: 1} : {}), ...fixed[number]};
}

const hasDigest = (layer: Layer, which: 'header' | 'data') => layer.flags.get('digests')?.has(which) === true;

function digests(layer: Layer, build: Build): void {
	if (hasDigest(layer, 'header')) {
		const place = layer.at + iscsi.bhsLength;
		build.steps.push((bytes, view, at) => view.setUint32(at + place, digest(bytes, at + layer.at, iscsi.bhsLength), true));
		build.changes(place, place + digestLength);
	}
	if (layer.tail === 0) return;
	// its place depends on the frame's length
	build.loose = true;
	build.steps.push((bytes, view, at, length) => {
		const place = build.end(layer, length) - digestLength;
		view.setUint32(at + place, digest(bytes, at + layer.inner, place - layer.inner), true);
	});
}

const iscsiKind: Kind = {
	name: 'iscsi',
	about: 'an iSCSI PDU: iscsi(login), iscsi(nop_out,digests=header|data); the data behind it, its length, its padding and digests are filled in',
	table: {word: 'PDU', tables: pdus},
	short: {
		itt: 'initiatortasktag',
		ttt: 'targettransfertag',
		lun: '.scsi.lun',
		ahslen: 'totalahslength',
		dlength: 'datasegmentlength',
		edtl: 'scsicommand.expecteddatatransferlength',
		offset: 'bufferOffset',
		csg: 'login.csg',
		nsg: 'login.nsg',
		T: 'login.T',
		R: 'scsicommand.R',
		W: 'scsicommand.W',
		attr: 'scsicommand.attr',
		function: 'taskmanfun.function',
		reason: 'logout.reason',
	},
	words: {'login.csg': stage, 'login.nsg': stage, opcode},
	flags: {digests: ['header', 'data']},
	over: ['tcp'],
	below: {tcp: layer => ({...(opcodeOf(layer) & 0x20 ? {srcport: iscsi.iscsiPort, dstport: 49_152} : {dstport: iscsi.iscsiPort}), flags: 0x18})},
	defaults: defaultsOf,
	computed: ['datasegmentlength', '_datasegmentlength'],
	behind: layer => (hasDigest(layer, 'header') ? digestLength : 0),
	carries: true,
	tail: layer => ({length: hasDigest(layer, 'data') && carriesData(layer) ? digestLength : 0, align: 4}),
	finish(layer, build) {
		build.fill(layer, dataLengthKey(layer), length => build.end(layer, length) - layer.tail - layer.fill - layer.inner);
		digests(layer, build);
	},
};

/** Whether anything but the command inside follows the header. */
const carriesData = (layer: Layer): boolean => (layer.above?.kind === cdbKind ? layer.above.above : layer.above) !== undefined;

export const iscsiKinds: readonly Kind[] = [iscsiKind];
