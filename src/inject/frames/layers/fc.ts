// Fibre Channel over Ethernet: FCoE with CRC and end of frame, the FC-2 header, link services, and FCP.

import {fCtl, fc, fcType, RX_ID_UNKNOWN, rCtl} from '../../../wire/fc.js';
import * as bls from '../../../wire/fc-bls.js';
import * as els from '../../../wire/fc-els.js';
import {eof, FCOE_TRAILER_LENGTH, fcCrc, fcoe, fcoeTrailer, sof, VN2VN_FC_MAP} from '../../../wire/fcoe.js';
import * as fcp from '../../../wire/fcp.js';
import {header} from '../../../wire/header.js';
import type {Build} from '../build.js';
import type {Kind, Values} from '../kind.js';
import type {Layer} from '../layer.js';
import {transferOf} from './cdb.js';

/** The address of a port in VN2VN (FC-BB-6 annex D): the FC-MAP, then its FC_ID. */
function vn2vnMac(id: number): Uint8Array {
	const bytes = new Uint8Array(6);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, VN2VN_FC_MAP * 256 + (id >>> 16));
	view.setUint16(4, id & 0xffff);
	return bytes;
}

const usualIds = {s_id: 0x000001, d_id: 0x000002};

function trailer(layer: Layer, build: Build): void {
	const [named] = layer.flags.get('eof') ?? [];
	const lastOf = layer.above !== undefined && (layer.above.number('f_ctl', frameControl(layer.above)) & fCtl.end) !== 0;
	const end = named === undefined ? (lastOf ? eof.t : eof.n) : eof[named as keyof typeof eof];
	const spoiled = layer.flags.get('crc')?.has('bad') === true ? 1 : 0;
	const from = layer.inner;
	// its place depends on the frame's length
	build.loose = true;
	build.steps.push((bytes, view, at, length) => {
		const place = at + build.end(layer, length) - FCOE_TRAILER_LENGTH;
		bytes.fill(0, place, place + FCOE_TRAILER_LENGTH);
		fcoeTrailer.fields.crc.write(view, place, (fcCrc(bytes, at + from, place - at - from) ^ spoiled) >>> 0);
		fcoeTrailer.fields.eof.write(view, place, end);
	});
}

const fcoeKind: Kind = {
	name: 'fcoe',
	about: 'FCoE: fcoe(sof=i3,eof=t); fill bytes, CRC and end of frame are filled in, crc=bad spoils the CRC',
	table: fcoe,
	words: {sof},
	short: {version: 'ver'},
	flags: {eof: Object.keys(eof), crc: ['bad']},
	defaults: layer => ({sof: layer.above?.number('seq_cnt', 0) === 0 ? sof.i3 : sof.n3}),
	stations: ({above}) => (above === undefined ? {} : {dst: vn2vnMac(above.number('d_id', usualIds.d_id)), src: vn2vnMac(above.number('s_id', usualIds.s_id))}),
	carries: true,
	tail: () => ({length: FCOE_TRAILER_LENGTH, align: 4}),
	finish: trailer,
};

const request = fCtl.first | fCtl.end | fCtl.initiative;
const answer = fCtl.responder | fCtl.last | fCtl.end;

/** What the layer above makes of R_CTL, TYPE and F_CTL. */
function announcedBy(layer: Layer): Values {
	const {above} = layer;
	const said = above?.kind.below?.fc;
	return typeof said === 'function' ? said(above as Layer) : (said ?? {});
}

const frameControl = (layer: Layer): number => {
	const {f_ctl} = announcedBy(layer);
	return typeof f_ctl === 'number' ? f_ctl : request;
};

const fcKind: Kind = {
	name: 'fc',
	about: 'the FC-2 header; R_CTL, TYPE and F_CTL follow from what it carries',
	table: fc,
	short: {sid: 's_id', did: 'd_id', oxid: 'ox_id', rxid: 'rx_id', offset: 'relative_offset', param: 'parameter', fill: '_fill'},
	words: {r_ctl: rCtl, type: fcType, f_ctl: fCtl},
	over: ['fcoe', 'desc'],
	defaults(layer) {
		const control = frameControl(layer);
		const rx = (control & fCtl.responder) === 0 ? RX_ID_UNKNOWN : 1;
		return {...usualIds, f_ctl: control, ox_id: 1, rx_id: rx, r_ctl: rCtl.unsolicitedCommand, _fill: layer.below?.fill ?? 0};
	},
	carries: true,
};

const abts = header('fc', 0, {});
const blsTables = {abts, baAcc: bls.baAcc, baRjt: bls.baRjt};
const blsKind: Kind = {
	name: 'bls',
	about: 'a basic link service: bls(abts), bls(ba_acc), bls(ba_rjt)',
	table: {word: 'service', tables: blsTables},
	short: {oxid: 'bls_oxid', rxid: 'bls_rxid', reason: 'bls_reason'},
	words: {bls_reason: bls.baReason, bls_rjtdetail: bls.baExplanation},
	over: ['fc'],
	below: {
		fc: ({header: table}) => ({
			r_ctl: table === bls.baAcc ? rCtl.baAcc : table === bls.baRjt ? rCtl.baRjt : rCtl.abts,
			type: fcType.bls,
			f_ctl: table === abts ? fCtl.end | fCtl.initiative : answer,
		}),
	},
	defaults: ({header: table}): Values =>
		table === bls.baAcc ? {bls_oxid: 1, bls_rxid: 1, bls_hseqcnt: 0xffff} : table === bls.baRjt ? {bls_reason: bls.baReason.unable} : {},
	carries: false,
};

const elsTables = {
	flogi: els.plogi,
	plogi: els.plogi,
	fdisc: els.plogi,
	loginAcc: els.plogi,
	logo: els.logo,
	prli: els.prli,
	prliAcc: els.prli,
	prlo: els.prli,
	prloAcc: els.prli,
	adisc: els.adisc,
	adiscAcc: els.adisc,
	rec: els.rec,
	recAcc: els.recAccept,
	rrq: els.rrq,
	rtv: els.els,
	rtvAcc: els.rtvAccept,
	rls: els.rls,
	rlsAcc: els.rlsAccept,
	rscn: els.rscn,
	scr: els.scr,
	lsAcc: els.els,
	lsRjt: els.lsRjt,
} as const;
const replies: ReadonlySet<string> = new Set(['ls_acc', 'ls_rjt', 'login_acc', 'prli_acc', 'prlo_acc', 'adisc_acc', 'rec_acc', 'rtv_acc', 'rls_acc']);
/** A port's name of the format that holds a MAC address (FC-FS-3 14.3.2.2), and its node's. */
const names = {npname: 0x2000_026e_7300_0001n, fnname: 0x1000_026e_7300_0001n};

const elsOpcode = (word: string): number => {
	if (word === 'ls_rjt') return els.elsCommand.lsRjt;
	return replies.has(word) ? els.elsCommand.lsAcc : ((els.elsCommand as Readonly<Record<string, number>>)[word || 'flogi'] ?? 0);
};

function elsDefaults({word, header: table}: Layer): Values {
	const opcode = elsOpcode(word);
	if (table === els.plogi)
		return {
			...names,
			opcode,
			_hiversion: 0x20,
			_loversion: 0x20,
			'logi.b2b': 10,
			'logi.cmnfeatures': 0x8800,
			'logi.rcvsize': 2048,
			'logi.maxconseq': 255,
			edtov: 2000,
			'logi.clsflags': 0x8800,
			'logi.clsrcvsize': 2048,
			'logi.totconseq': 255,
			'logi.openseq': 1,
		};
	if (table === els.prli) {
		const flags = word === 'prli' ? 0x20 : word === 'prli_acc' ? 0x21 : word === 'prlo_acc' ? 0x01 : 0;
		const parameters = word === 'prli' ? 0x22 : word === 'prli_acc' ? 0x12 : 0;
		return {opcode, 'prlilo.page_length': 16, 'prlilo.payload_length': 20, 'prlilo.type': fcType.fcp, prliloflags: flags, fcpflags: parameters};
	}
	if (table === els.adisc) return {...names, opcode, portid: usualIds.s_id};
	if (table === els.logo) return {opcode, npname: names.npname, portid: usualIds.s_id};
	if (table === els.rec || table === els.rrq) return {opcode, portid: usualIds.s_id, oxid: 1, rxid: RX_ID_UNKNOWN};
	if (table === els.rscn) return {opcode, 'rscn.page_len': 4, 'rscn.payload_len': 4};
	if (table === els.scr) return {opcode, 'scr.regn': 3};
	return {opcode};
}

const elsKind: Kind = {
	name: 'els',
	about: 'an extended link service: els(flogi), els(plogi,npname=20:00:…), els(ls_rjt,reason=…)',
	table: {word: 'service', tables: elsTables},
	short: {pwwn: 'npname', nwwn: 'fnname', reason: 'rjt.reason', detail: 'rjt.detail', rcvsize: 'logi.rcvsize'},
	words: {'rjt.reason': els.lsReason, 'rjt.detail': els.lsExplanation},
	over: ['fc'],
	below: {
		fc: ({word}) => ({r_ctl: replies.has(word) ? rCtl.elsReply : rCtl.elsRequest, type: fcType.els, f_ctl: replies.has(word) ? answer : request}),
	},
	defaults: elsDefaults,
	carries: false,
};

const data = header('fcp', 0, {});
const confirm = header('fcp', 0, {});
const fcpTables = {
	cmnd: fcp.fcpCommand,
	xferRdy: fcp.fcpTransferReady,
	data,
	rsp: fcp.fcpResponse,
	conf: confirm,
	srr: els.srr,
	srrAcc: els.srrAccept,
} as const;
/** R_CTL and F_CTL of each information unit (FCP-4 table 10). */
const units: Readonly<Record<string, readonly [rCtl: number, fCtl: number]>> = {
	cmnd: [rCtl.unsolicitedCommand, request],
	xfer_rdy: [rCtl.dataDescriptor, fCtl.responder | fCtl.end | fCtl.initiative],
	data: [rCtl.solicitedData, fCtl.end | fCtl.relativeOffset],
	rsp: [rCtl.commandStatus, answer],
	conf: [rCtl.solicitedControl, fCtl.last | fCtl.end],
	srr: [rCtl.fc4Request, request],
	srr_acc: [rCtl.fc4Reply, answer],
};

const fcpKind: Kind = {
	name: 'fcp',
	about: 'FCP: fcp(cmnd)/cdb(read10), fcp(xfer_rdy), fcp(data), fcp(rsp), fcp(conf), fcp(srr)',
	table: {word: 'information unit', tables: fcpTables},
	short: {attr: 'taskattr', tm: 'taskmgmt', sense: 'snslen', burst: 'burstlen', offset: 'data_ro'},
	words: {taskattr: fcp.taskAttribute, taskmgmt: fcp.taskManagement, rspflags: fcp.rspFlag},
	over: ['fc'],
	below: {
		fc: ({word}) => {
			const [control, frame] = units[word || 'cmnd'] as readonly [number, number];
			return {r_ctl: control, type: fcType.fcp, f_ctl: frame};
		},
	},
	defaults(layer): Values {
		const moved = transferOf(layer.above);
		if (layer.header === els.srr) return {'els.op': els.elsCommand.srr, 'els.srr.ox_id': 1, 'els.srr.rx_id': RX_ID_UNKNOWN, r_ctl: rCtl.solicitedData};
		if (layer.header === els.srrAccept) return {'els.op': els.elsCommand.lsAcc};
		if (layer.header !== fcp.fcpCommand || moved === undefined) return {};
		return {[moved.writes ? 'wrdata' : 'rddata']: moved.bytes > 0 ? 1 : 0, dl: moved.bytes};
	},
	carries: true,
};

export const fcKinds: readonly Kind[] = [fcoeKind, fcKind, blsKind, elsKind, fcpKind];
