// The payloads of the extended link services that a VN2VN port sends (FC-LS-2 clause 4; values after Linux libfc's, fc_elsct.c and fc_encode.h).
import {FC_PAYLOAD_MIN} from '../wire/fc.js';
import {
	adisc,
	classFlag,
	commonFeature,
	els,
	elsCommand,
	fcpParameter,
	logo,
	lsRjt,
	plogi,
	prli,
	prliFlag,
	prliResponse,
	rec,
	recAccept,
	rlsAccept,
	rtvAccept,
	srr,
} from '../wire/fc-els.js';

/** FC-LS-2 4.2.4: versions that everybody writes, and what Linux offers beside them. */
const VERSION = 0x20;
const BB_CREDIT = 10;
const SEQUENCES = 255;
/** Relative offset is supported for solicited data and the like (categories 0 to 4). */
const RELATIVE_OFFSET = 0x1f;
const FCP = 8;
const PAGE = 16;

/** Milliseconds: the timeouts this port states, which are Linux's in VN2VN. */
export const E_D_TOV = 2000;
export const R_A_TOV = 4000;

/** Who speaks, as logins state it. */
export interface PortNames {
	readonly wwpn: bigint;
	readonly wwnn: bigint;
}

/** Writes one payload and returns its bytes. */
export type ElsWriter = (view: DataView, at: number) => number;

/** FLOGI, PLOGI, or the accept of either (`command` LS_ACC). */
export const login =
	(command: number, {wwpn, wwnn}: PortNames, receiveSize: number, fabric: boolean): ElsWriter =>
	(view, at) => {
		plogi.encode(
			{
				opcode: command,
				_hiversion: VERSION,
				_loversion: VERSION,
				'logi.b2b': BB_CREDIT,
				'logi.cmnfeatures': commonFeature.continuousOffset,
				'logi.rcvsize': receiveSize,
				// FLOGI has nothing to say of sequences; its accept has R_A_TOV in their place
				...(fabric
					? command === elsCommand.lsAcc
						? {_r_a_tov: R_A_TOV, edtov: E_D_TOV}
						: {}
					: {
							'logi.maxconseq': SEQUENCES,
							'logi.reloff': RELATIVE_OFFSET,
							edtov: E_D_TOV,
							'logi.clsrcvsize': receiveSize,
							'logi.totconseq': SEQUENCES,
							'logi.openseq': 1,
						}),
				'logi.clsflags': classFlag.valid | classFlag.sequential,
				npname: wwpn,
				fnname: wwnn,
			},
			view,
			at,
		);
		return plogi.length;
	};

/** What is wrong with a login's service parameters, or the frame size and names in it (fc_rport_login_complete, fc_plogi_get_maxframe). */
export function readLogin(
	view: DataView,
	at: number,
	length: number,
): {fault: 'length' | 'fPort' | 'class' | 'size'} | {fault: undefined; wwpn: bigint; wwnn: bigint; receiveSize: number} {
	if (length < plogi.length) return {fault: 'length'};
	const f = plogi.fields;
	if ((f['logi.cmnfeatures'].read(view, at) & commonFeature.fPort) !== 0) return {fault: 'fPort'};
	if ((f['logi.clsflags'].read(view, at) & classFlag.valid) === 0) return {fault: 'class'};
	const common = f['logi.rcvsize'].read(view, at);
	// the class block's size counts where it is given; FLOGI leaves it 0
	const service = f['logi.clsrcvsize'].read(view, at);
	const receiveSize = service === 0 ? common : Math.min(common, service);
	if (receiveSize < FC_PAYLOAD_MIN) return {fault: 'size'};
	return {fault: undefined, wwpn: f.npname.read(view, at), wwnn: f.fnname.read(view, at), receiveSize};
}

/** FCP service parameters of this project's roles: sequences can be sent again, a read needs no XFER_RDY. */
export const fcpParameters = (target: boolean, initiator: boolean): number =>
	fcpParameter.readXferRdyDisabled | fcpParameter.retry | (target ? fcpParameter.target : 0) | (initiator ? fcpParameter.initiator : 0);

/** PRLI, or its accept with `response`. */
export const processLogin =
	(command: number, parameters: number, imagePair: boolean, response = 0): ElsWriter =>
	(view, at) => {
		prli.encode(
			{
				opcode: command,
				'prlilo.page_length': PAGE,
				'prlilo.payload_length': prli.length,
				'prlilo.type': FCP,
				prliloflags: (imagePair ? prliFlag.establishImagePair : 0) | response,
				fcpflags: parameters,
			},
			view,
			at,
		);
		return prli.length;
	};

/** The accept of PRLO. */
export const processLogoutAccept: ElsWriter = (view, at) => {
	prli.encode(
		{opcode: elsCommand.lsAcc, 'prlilo.page_length': PAGE, 'prlilo.payload_length': prli.length, 'prlilo.type': FCP, prliloflags: prliResponse.executed},
		view,
		at,
	);
	return prli.length;
};

export const logout =
	(portId: number, wwpn: bigint): ElsWriter =>
	(view, at) => {
		logo.encode({opcode: elsCommand.logo, portid: portId, npname: wwpn}, view, at);
		return logo.length;
	};

/** LS_ACC without more to say. */
export const accept: ElsWriter = (view, at) => {
	els.encode({opcode: elsCommand.lsAcc}, view, at);
	return els.length;
};

export const reject =
	(reason: number, explanation: number): ElsWriter =>
	(view, at) => {
		lsRjt.encode({opcode: elsCommand.lsRjt, 'rjt.reason': reason, 'rjt.detail': explanation}, view, at);
		return lsRjt.length;
	};

export const timeoutsAccept: ElsWriter = (view, at) => {
	rtvAccept.encode({opcode: elsCommand.lsAcc, 'rtv.r_a_tov': R_A_TOV, 'rtv.e_d_tov': E_D_TOV}, view, at);
	return rtvAccept.length;
};

/** ADISC, or its accept. */
export const addressDiscovery =
	(command: number, {wwpn, wwnn}: PortNames, portId: number): ElsWriter =>
	(view, at) => {
		adisc.encode({opcode: command, npname: wwpn, fnname: wwnn, portid: portId}, view, at);
		return adisc.length;
	};

/** REC (and RRQ, which has its shape): `originator` is the S_ID of the exchange's originator. */
export const aboutExchange =
	(command: number, originator: number, oxId: number, rxId: number): ElsWriter =>
	(view, at) => {
		rec.encode({opcode: command, portid: originator, oxid: oxId, rxid: rxId}, view, at);
		return rec.length;
	};

export const exchangeStatus =
	(oxId: number, rxId: number, originator: number, responder: number, transferred: number, status: number): ElsWriter =>
	(view, at) => {
		recAccept.encode(
			{opcode: elsCommand.lsAcc, oxid: oxId, rxid: rxId, portid: originator, resportid: responder, 'rec.fc4value': transferred, estat: status},
			view,
			at,
		);
		return recAccept.length;
	};

/** SRR: the unit of kind `unit` (its R_CTL) wanted again from `offset` on. */
export const sequenceRetransmission =
	(oxId: number, rxId: number, unit: number, offset: number): ElsWriter =>
	(view, at) => {
		srr.encode({'els.op': elsCommand.srr, 'els.srr.ox_id': oxId, 'els.srr.rx_id': rxId, data_ro: offset, r_ctl: unit}, view, at);
		return srr.length;
	};

/** The link error status block: what of it Ethernet has. */
export const linkErrors =
	(invalidCrc: number): ElsWriter =>
	(view, at) => {
		rlsAccept.encode({opcode: elsCommand.lsAcc, invalid_crc_count: invalidCrc % 2 ** 32}, view, at);
		return rlsAccept.length;
	};
