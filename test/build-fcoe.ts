// Builds FIP and FCoE frames with the wire tables, lengths, fill bytes and CRC included: for fixtures and tests.
import {ethernet} from '../src/wire/ethernet.js';
import {fCtl, fc, fcType, RX_ID_UNKNOWN, rCtl} from '../src/wire/fc.js';
import {classFlag, els, elsCommand, lsRjt, plogi} from '../src/wire/fc-els.js';
import {eof, FCOE_ETHERTYPE, fcCrc, fcoe, fcoeTrailer, sof, VN2VN_FC_MAP} from '../src/wire/fcoe.js';
import {fcpCommand, fcpResponse, fcpTransferReady, rspFlag} from '../src/wire/fcp.js';
import {
	allVn2vn,
	FIP_ETHERTYPE,
	FIP_VERSION,
	FIP_WORD,
	fip,
	fipDescriptor,
	fipEncapsulation,
	fipFc4Features,
	fipMac,
	fipMaxSize,
	fipName,
	fipVnPort,
} from '../src/wire/fip.js';
import type {Fields, Header, ReprOf} from '../src/wire/header.js';
import {read10, write10} from '../src/wire/scsi.js';
import {vlan} from '../src/wire/vlan.js';
import {clientMac, concat, encode, hex, viewOf} from './build.js';

/** The initiator's port and the target's. */
export const [host, disk] = [0x000102, 0x000201];
export const [hostName, diskName] = [0x2000_0200_0000_0001n, 0x2000_0200_0000_0002n];
export const nodeOf = (port: bigint) => port - 0x1000_0000_0000_0000n;
export const portMac = (id: number) =>
	Uint8Array.of(VN2VN_FC_MAP >>> 16, (VN2VN_FC_MAP >>> 8) & 0xff, VN2VN_FC_MAP & 0xff, id >>> 16, (id >>> 8) & 0xff, id & 0xff);

// FIP

export interface Ends {
	readonly dst?: Uint8Array;
	readonly src?: Uint8Array;
	readonly flags?: number;
}

export const fipFrame = (opcode: number, subcode: number, descriptors: readonly Uint8Array[], {dst = allVn2vn, src = clientMac, flags = 0}: Ends = {}) => {
	const list = concat(...descriptors);
	return encode(ethernet, {dst, src, type: FIP_ETHERTYPE}, encode(fip, {ver: FIP_VERSION, opcode, subcode, dl_len: list.length / FIP_WORD, flags}, list));
};
/** A descriptor, its length counted. */
export const descriptor = <F extends Fields>(table: Header<F>, desc_type: number, repr: object, ...rest: readonly Uint8Array[]) => {
	const bytes = encode(table, {desc_type, ...repr} as unknown as Partial<ReprOf<F>>, ...rest);
	bytes[1] = bytes.length / FIP_WORD;
	return bytes;
};
export const macOf = (mac: Uint8Array) => descriptor(fipMac, fipDescriptor.mac, {mac});
export const nameOf = (name: bigint) => descriptor(fipName, fipDescriptor.name, {name});
export const vnPort = (id: number, name: bigint) => descriptor(fipVnPort, fipDescriptor.vnPort, {'vn.mac': portMac(id), 'vn.fc_id': id, 'vn.pwwn': name});
export const features = (roles: object) => descriptor(fipFc4Features, fipDescriptor.fc4Features, {'fc4f.fcp': 1, 'fc4f.gs3': 1, ...roles});
export const maxSize = descriptor(fipMaxSize, fipDescriptor.maxSize, {fcoe_size: 2158});
export const encapsulated = (type: number, frame: Uint8Array) => descriptor(fipEncapsulation, type, {}, frame);

/** The frame with a VLAN tag. */
export const tagged = (bytes: Uint8Array, id: number) =>
	concat(bytes.subarray(0, 12), hex('8100'), encode(vlan, {priority: 3, id, etype: viewOf(bytes).getUint16(12)}), bytes.subarray(14));

// FC

export type Head = Partial<ReprOf<typeof fc.fields>>;
export const request = fCtl.first | fCtl.end | fCtl.initiative;
export const answer = fCtl.responder | fCtl.last | fCtl.end | fCtl.initiative;

/** Header, data and fill bytes. */
export function fcBytes(head: Head, payload: Uint8Array): Uint8Array {
	const fill = -payload.length & 3;
	return encode(fc, {rx_id: RX_ID_UNKNOWN, ...head, f_ctl: (head.f_ctl ?? 0) | fill}, payload, new Uint8Array(fill));
}

export interface Delimiters {
	readonly sof?: number;
	readonly eof?: number;
	readonly dst?: Uint8Array;
	/** Added to the right CRC. */
	readonly crc?: number;
}

export function fcoeFrame(head: Head, payload: Uint8Array, {sof: start = sof.i3, eof: end = eof.t, dst, crc = 0}: Delimiters = {}): Uint8Array {
	const bytes = fcBytes(head, payload);
	const trailer = encode(fcoeTrailer, {crc: (fcCrc(bytes, 0, bytes.length) + crc) >>> 0, eof: end});
	const link = {dst: dst ?? portMac(head.d_id ?? 0), src: portMac(head.s_id ?? 0), type: FCOE_ETHERTYPE};
	return encode(ethernet, link, encode(fcoe, {sof: start}, bytes, trailer));
}

export const there = {d_id: disk, s_id: host};
export const back = {d_id: host, s_id: disk};
export const nothing = new Uint8Array(0);

export const elsHead = (ox_id: number, reply: boolean, more: Head = {}): Head => ({
	...(reply ? back : there),
	r_ctl: reply ? rCtl.elsReply : rCtl.elsRequest,
	type: fcType.els,
	f_ctl: reply ? answer : request,
	ox_id,
	...more,
});
/** A request of the host and the disk's answer. */
export const ask = (ox_id: number, question: Uint8Array, reply: Uint8Array) => [
	fcoeFrame(elsHead(ox_id, false), question),
	fcoeFrame(elsHead(ox_id, true), reply),
];
export const accept = encode(els, {opcode: elsCommand.lsAcc});
export const reject = (reason: number, detail: number) =>
	encode(lsRjt, {opcode: elsCommand.lsRjt, 'rjt.reason': reason, 'rjt.detail': detail, 'rjt.vnduniq': 7});
export const login = (opcode: number, more: Partial<ReprOf<typeof plogi.fields>> = {}) =>
	encode(plogi, {
		opcode,
		_hiversion: 0x20,
		_loversion: 0x20,
		'logi.b2b': 10,
		'logi.cmnfeatures': 0x8000,
		'logi.rcvsize': 2112,
		'logi.maxconseq': 255,
		'logi.reloff': 0x1f,
		edtov: 2000,
		npname: hostName,
		fnname: nodeOf(hostName),
		'logi.clsflags': classFlag.valid | classFlag.sequential,
		'logi.clsrcvsize': 2112,
		'logi.totconseq': 255,
		'logi.openseq': 1,
		...more,
	});

// FCP

export const fcpHead = (ox_id: number, r_ctl: number, f_ctl: number, more: Head = {}): Head => ({
	...((f_ctl & fCtl.responder) === 0 ? there : back),
	r_ctl,
	type: fcType.fcp,
	f_ctl,
	ox_id,
	...more,
});
export const command = (ox_id: number, cdb: Uint8Array, more: Partial<ReprOf<typeof fcpCommand.fields>>, seq_id = 1) =>
	fcoeFrame(fcpHead(ox_id, rCtl.unsolicitedCommand, request, {seq_id}), encode(fcpCommand, {_lun: 0x0001_0000_0000_0000n, _cdb: cdb, ...more}));
export const response = (ox_id: number, repr: Partial<ReprOf<typeof fcpResponse.fields>>, ...rest: Uint8Array[]) =>
	fcoeFrame(
		fcpHead(ox_id, rCtl.commandStatus, fCtl.responder | fCtl.end | (((repr.rspflags ?? 0) & rspFlag.confirm) === 0 ? fCtl.last : fCtl.initiative), {
			seq_id: 9,
			rx_id: 7,
		}),
		encode(fcpResponse, repr, ...rest),
	);
/** One frame of data; `seq_cnt` 0 begins the sequence, `last` ends it. */
export function data(
	ox_id: number,
	from: 'host' | 'disk',
	seq_cnt: number,
	offset: number,
	bytes: Uint8Array,
	last: boolean,
	more: Delimiters = {},
): Uint8Array {
	const f_ctl = (from === 'disk' ? fCtl.responder : 0) | (last ? fCtl.end | (from === 'host' ? fCtl.initiative : 0) : 0) | fCtl.relativeOffset;
	const head = fcpHead(ox_id, rCtl.solicitedData, f_ctl, {seq_id: 5, seq_cnt, rx_id: 7, relative_offset: offset});
	return fcoeFrame(head, bytes, {sof: seq_cnt === 0 ? sof.i3 : sof.n3, eof: last ? eof.t : eof.n, ...more});
}
export const blocks = (length: number) => new Uint8Array(length).map((_, i) => i & 0xff);
export const ready = (ox_id: number, data_ro: number, burstlen: number) =>
	fcoeFrame(
		fcpHead(ox_id, rCtl.dataDescriptor, fCtl.responder | fCtl.end | fCtl.initiative, {seq_id: 2, rx_id: 7}),
		encode(fcpTransferReady, {data_ro, burstlen}),
	);
export const readOf = (lba: number, sectors: number) => encode(read10, {opcode: 0x28, 'rdwr10.lba': lba, 'rdwr10.xferlen': sectors});
export const writeOf = (lba: number, sectors: number) => encode(write10, {opcode: 0x2a, 'rdwr10.lba': lba, 'rdwr10.xferlen': sectors});
export const bls = (r_ctl: number, f_ctl: number, ox_id: number, payload: Uint8Array, more: Head = {}) =>
	fcoeFrame({...((f_ctl & fCtl.responder) === 0 ? there : back), r_ctl, type: fcType.bls, f_ctl, ox_id, rx_id: 7, ...more}, payload);
