// FIP and FCoE frames that the capture of Linux and LIO does not show (fixtures/README.md): every descriptor and link service, aborts and retransmission,
// what a lost frame leaves behind, and frames that make no sense.

import {ethernet} from '../src/wire/ethernet.js';
import {FC_HEADER_LENGTH, fCtl, fc, fcType, rCtl} from '../src/wire/fc.js';
import {BA_SEQ_ID_VALID, baAcc, baExplanation, baReason, baRjt} from '../src/wire/fc-bls.js';
import {
	adisc,
	els,
	elsCommand,
	eStat,
	fcpParameter,
	logo,
	lsExplanation,
	lsReason,
	prli,
	prliFlag,
	prliResponse,
	rec,
	recAccept,
	rls,
	rlsAccept,
	rrq,
	rscn,
	rscnPage,
	rtvAccept,
	scr,
	srr,
	srrAccept,
} from '../src/wire/fc-els.js';
import {fcNetworkHeader} from '../src/wire/fc-optional.js';
import {FCOE_ETHERTYPE, FCOE_HEADER_LENGTH, fcoe, fcoeTrailer, sof} from '../src/wire/fcoe.js';
import {fcpCommand, fcpDataLength, fcpReadResidual, fcpResponse, fcpResponseHead, fcpResponseInfo, rspCode, rspFlag, taskManagement} from '../src/wire/fcp.js';
import {
	allEnode,
	allFcf,
	allVn2vn,
	controlSubcode,
	discoverySubcode,
	FIP_ETHERTYPE,
	FIP_HEADER_LENGTH,
	FIP_WORD,
	fip,
	fipDescriptor,
	fipEncapsulation,
	fipFabric,
	fipFcMap,
	fipFkaPeriod,
	fipFlag,
	fipOp,
	fipPriority,
	fipVendor,
	fipVlan,
	linkServiceSubcode,
	vlanSubcode,
	vn2vnSubcode,
} from '../src/wire/fip.js';
import {testUnitReady} from '../src/wire/scsi.js';
import {sense} from '../src/wire/scsi-data.js';
import {clientMac, concat, encode, hex, serverMac} from './build.js';
import {
	accept,
	answer,
	ask,
	back,
	blocks,
	bls,
	command,
	data,
	descriptor,
	disk,
	diskName,
	elsHead,
	encapsulated,
	fcBytes,
	fcoeFrame,
	fcpHead,
	features,
	fipFrame,
	host,
	hostName,
	login,
	macOf,
	maxSize,
	nameOf,
	nodeOf,
	nothing,
	portMac,
	readOf,
	ready,
	reject,
	request,
	response,
	tagged,
	there,
	vnPort,
	writeOf,
} from './build-fcoe.js';

/** Discovery, VLAN, control, VN2VN, link services in FIP: every descriptor. */
export function fipCases(): Uint8Array[] {
	const {discovery, linkService, control, vlan, vn2vn} = fipOp;
	const me = [macOf(clientMac), nameOf(nodeOf(hostName)), vnPort(host, hostName)];
	const other = [macOf(serverMac), nameOf(nodeOf(diskName)), vnPort(disk, diskName)];
	const target = {'fc4f.feat.fcp.target': 1, 'fc4f.feat.fcp.initiator': 1};
	const fabric = descriptor(fipFabric, fipDescriptor.fabric, {'fab.vfid': 100, 'fab.map': 0x0efc00, 'fab.name': 0x1000_0005_1eaa_bbccn});
	const fka = descriptor(fipFkaPeriod, fipDescriptor.fkaPeriod, {fka: 8000});
	const priority = descriptor(fipPriority, fipDescriptor.priority, {pri: 128});
	const fcMap = descriptor(fipFcMap, fipDescriptor.fcMap, {map: 0x0efc00});
	const vendor = (...data: Uint8Array[]) => descriptor(fipVendor, fipDescriptor.vendor, {vendor: hex('4142434445464748')}, ...data);
	const vlanOf = (id: number) => descriptor(fipVlan, fipDescriptor.vlan, {vlan: id});
	const flogi = (to: number, reply: Uint8Array, ox_id: number) => fcBytes({...elsHead(ox_id, true), d_id: to}, reply);
	const fromDisk = {dst: clientMac, src: serverMac};
	const logoOf = fcBytes(elsHead(0x31, false), encode(logo, {opcode: elsCommand.logo, portid: host, npname: hostName}));
	return [
		fipFrame(vlan, vlanSubcode.request, [macOf(clientMac)], {dst: allFcf}),
		fipFrame(vlan, vlanSubcode.notification, [macOf(serverMac), vlanOf(100), vlanOf(101)], {...fromDisk, flags: fipFlag.available}),
		fipFrame(vlan, vlanSubcode.vn2vnNotification, [macOf(serverMac), vlanOf(102)], fromDisk),
		fipFrame(discovery, discoverySubcode.solicitation, [macOf(clientMac), nameOf(nodeOf(hostName)), maxSize], {dst: allFcf, flags: fipFlag.fpma}),
		fipFrame(discovery, discoverySubcode.advertisement, [priority, macOf(serverMac), nameOf(nodeOf(diskName)), fabric, fka], {
			...fromDisk,
			dst: allEnode,
			flags: fipFlag.fpma | fipFlag.spma | fipFlag.available | fipFlag.solicited | fipFlag.fPort,
		}),
		fipFrame(control, controlSubcode.keepAlive, [macOf(clientMac), vnPort(host, hostName)]),
		fipFrame(control, controlSubcode.clearVirtualLink, [macOf(serverMac), nameOf(nodeOf(diskName)), vnPort(host, hostName)], fromDisk),
		fipFrame(vn2vn, vn2vnSubcode.probeRequest, me, {flags: fipFlag.recOrP2p}),
		fipFrame(vn2vn, vn2vnSubcode.probeReply, other, fromDisk),
		fipFrame(vn2vn, vn2vnSubcode.claim, [...me, features({'fc4f.feat.fcp.initiator': 1}), maxSize]),
		concat(fipFrame(vn2vn, vn2vnSubcode.claimResponse, [...other, features(target), maxSize], fromDisk), new Uint8Array(200)),
		fipFrame(vn2vn, vn2vnSubcode.beacon, other, {src: portMac(disk)}),
		fipFrame(linkService, linkServiceSubcode.request, [
			encapsulated(fipDescriptor.flogi, fcBytes(elsHead(0x30, false), login(elsCommand.flogi, {'logi.maxconseq': 0, 'logi.reloff': 0}))),
			macOf(portMac(host)),
		]),
		fipFrame(
			linkService,
			linkServiceSubcode.reply,
			[encapsulated(fipDescriptor.flogi, flogi(host, reject(lsReason.fip, lsExplanation.notNeighbor), 0x30)), macOf(portMac(disk))],
			fromDisk,
		),
		fipFrame(linkService, linkServiceSubcode.request, [
			encapsulated(fipDescriptor.fdisc, fcBytes({...elsHead(0x32, false), s_id: 0, d_id: 0xfffffe}, login(elsCommand.fdisc))),
			macOf(clientMac),
		]),
		fipFrame(
			linkService,
			linkServiceSubcode.reply,
			[encapsulated(fipDescriptor.fdisc, fcBytes({...elsHead(0x32, true), s_id: 0xfffffe, d_id: 0x010203}, login(elsCommand.lsAcc))), macOf(clientMac)],
			fromDisk,
		),
		fipFrame(linkService, linkServiceSubcode.request, [encapsulated(fipDescriptor.logo, logoOf), macOf(portMac(host))]),
		fipFrame(linkService, linkServiceSubcode.reply, [encapsulated(fipDescriptor.logo, flogi(host, accept, 0x31)), macOf(portMac(disk))], fromDisk),
		fipFrame(0xfff8, 9, [vendor(hex('01020304')), fcMap, descriptor(fipEncapsulation, 200, {}, hex('01020304'))]),
	];
}

/** Logins refused and taken back, link services about exchanges, aborts, SRR, every form of FCP unit. */
export function exchangeCases(): Uint8Array[] {
	const process = (opcode: number, flags: number, parameters: number, more: object = {}) =>
		encode(prli, {
			opcode,
			'prlilo.page_length': 16,
			'prlilo.payload_length': 20,
			'prlilo.type': fcType.fcp,
			prliloflags: flags,
			fcpflags: parameters,
			...more,
		});
	const about = {portid: host, oxid: 0x0060, rxid: 7};
	const unsupported = reject(lsReason.unsupported, lsExplanation.unsupported);
	const srrOf = (ox_id: number, reply: boolean, payload: Uint8Array) =>
		fcoeFrame({...elsHead(ox_id, reply), type: fcType.fcp, r_ctl: reply ? rCtl.fc4Reply : rCtl.fc4Request}, payload);
	const info = (rspcode: number, size: number) => encode(fcpResponseInfo, {rspcode}).subarray(0, size);
	const senseBytes = encode(sense, {'sns.errtype': 0x70, 'sns.key': 5, 'sns.addlen': 10, 'sns.ascascq': 0x2100});
	const untouched = encode(testUnitReady, {opcode: 0});
	const network = encode(fcNetworkHeader, {'nethdr.da': diskName, 'nethdr.sa': hostName});
	return [
		...ask(0x10, login(elsCommand.plogi), reject(lsReason.unable, lsExplanation.resources)),
		...ask(0x11, login(elsCommand.pdisc), login(elsCommand.lsAcc, {'logi.initctl': 0x3a10, 'logi.rcptctl': 0xb838, _class2: 0x8040})),
		...ask(
			0x12,
			process(elsCommand.prli, prliFlag.establishImagePair | prliFlag.originatorValid, fcpParameter.retry | fcpParameter.initiator),
			process(elsCommand.lsAcc, prliFlag.establishImagePair | prliResponse.executed, fcpParameter.target | fcpParameter.taskRetryId),
		),
		...ask(0x13, process(elsCommand.prlo, 0, 0), process(elsCommand.lsAcc, prliResponse.executed, 0)),
		...ask(0x14, process(elsCommand.prli, 0, 0x1234_5678, {'prlilo.type': 5}), unsupported),
		...ask(0x15, encode(els, {opcode: elsCommand.rtv}), encode(rtvAccept, {opcode: elsCommand.lsAcc, 'rtv.r_a_tov': 10_000, 'rtv.e_d_tov': 2000})),
		...ask(
			0x16,
			encode(rls, {opcode: elsCommand.rls, portid: host}),
			encode(rlsAccept, {opcode: elsCommand.lsAcc, link_failure_count: 1, invalid_crc_count: 6}),
		),
		...ask(
			0x17,
			encode(adisc, {opcode: elsCommand.adisc, hrdaddr: 0x010203, npname: hostName, fnname: nodeOf(hostName), portid: host}),
			encode(adisc, {opcode: elsCommand.lsAcc, npname: diskName, fnname: nodeOf(diskName), portid: disk}),
		),
		...ask(
			0x18,
			encode(
				rscn,
				{opcode: elsCommand.rscn, 'rscn.page_len': 4, 'rscn.payload_len': 12},
				encode(rscnPage, {'rscn.evqual': 1, _id: 0x010203}),
				encode(rscnPage, {'rscn.evqual': 4, 'rscn.addrfmt': 3}),
			),
			accept,
		),
		...ask(0x19, encode(scr, {opcode: elsCommand.scr, 'scr.regn': 3}), accept),
		...ask(0x1a, concat(encode(els, {opcode: elsCommand.echo}), hex('cafebabe')), concat(accept, hex('cafebabe'))),
		...ask(0x1b, encode(logo, {opcode: elsCommand.logo, portid: host, npname: hostName}), accept),
		// a write: two bursts, fill bytes in the last frame, a response that asks for a confirmation
		command(0x60, writeOf(2048, 2), {wrdata: 1, dl: 1022, taskattr: 2, crn: 3}),
		ready(0x60, 0, 512),
		data(0x60, 'host', 0, 0, blocks(512), true),
		...ask(
			0x61,
			encode(rec, {opcode: elsCommand.rec, ...about}),
			encode(recAccept, {
				opcode: elsCommand.lsAcc,
				oxid: 0x60,
				rxid: 7,
				portid: host,
				resportid: disk,
				'rec.fc4value': 512,
				estat: eStat.initiative,
			}),
		),
		srrOf(0x62, false, encode(srr, {'els.op': elsCommand.srr, 'els.srr.ox_id': 0x60, 'els.srr.rx_id': 7, data_ro: 512, r_ctl: rCtl.dataDescriptor})),
		srrOf(0x62, true, encode(srrAccept, {'els.op': elsCommand.lsAcc})),
		ready(0x60, 512, 510),
		data(0x60, 'host', 0, 512, blocks(510), true),
		response(0x60, {rspflags: rspFlag.confirm}),
		fcoeFrame(fcpHead(0x60, rCtl.solicitedControl, fCtl.last | fCtl.end, {rx_id: 7, seq_id: 3}), nothing),
		// refused, with information, sense data and a residual
		command(0x63, readOf(0xffff_fff0, 64), {rddata: 1, dl: 32_768}),
		response(
			0x63,
			{
				rspflags: rspFlag.infoValid | rspFlag.senseValid | rspFlag.under,
				status: 2,
				resid: 32_768,
				rsplen: 8,
				snslen: 18,
				'rsp.retry_delay_timer': 5,
			},
			info(rspCode.complete, 8),
			senseBytes,
		),
		// task management; a long CDB; a LUN of another form; the short response; both directions
		command(0x64, nothing, {taskmgmt: taskManagement.lunReset}),
		response(0x64, {rspflags: rspFlag.infoValid, rsplen: 4}, info(rspCode.taskManagementRejected, 4)),
		fcoeFrame(
			fcpHead(0x65, rCtl.unsolicitedCommand, request),
			concat(
				encode(fcpCommand, {addlcdblen: 4, rddata: 1, _cdb: hex('7f000000000000180009')}).subarray(0, 28),
				new Uint8Array(16),
				encode(fcpDataLength, {dl: 512}),
			),
		),
		data(0x65, 'disk', 0, 0, blocks(512), true),
		response(0x65, {}),
		command(0x66, untouched, {_lun: 0x4102_0000_0000_0000n}),
		fcoeFrame(fcpHead(0x66, rCtl.commandStatus, fCtl.responder | fCtl.last | fCtl.end), encode(fcpResponseHead, {})),
		command(0x67, untouched, {rddata: 1, wrdata: 1, dl: 512}),
		response(0x67, {rspflags: rspFlag.bidirectional | rspFlag.bidirectionalUnder, status: 0}, encode(fcpReadResidual, {bidir_resid: 512})),
		// abort, taken and refused; the exchange's identifiers given free; REC of an exchange that is not there
		command(0x68, readOf(0, 8), {rddata: 1, dl: 4096}),
		bls(rCtl.abts, fCtl.end | fCtl.initiative, 0x68, nothing, {seq_id: 1}),
		bls(
			rCtl.baAcc,
			answer & ~fCtl.initiative,
			0x68,
			encode(baAcc, {bls_seqidvld: BA_SEQ_ID_VALID, bls_lastseqid: 1, bls_oxid: 0x68, bls_rxid: 7, bls_hseqcnt: 0xffff}),
		),
		...ask(0x69, encode(rrq, {opcode: elsCommand.rrq, portid: host, oxid: 0x68, rxid: 7}), accept),
		...ask(0x6a, encode(rec, {opcode: elsCommand.rec, ...about, oxid: 0x99}), reject(lsReason.logicalError, lsExplanation.exchangeId)),
		bls(rCtl.abts, fCtl.end | fCtl.initiative, 0x6b, nothing),
		bls(rCtl.baRjt, answer, 0x6b, encode(baRjt, {bls_reason: baReason.unable, bls_rjtdetail: baExplanation.invalidExchange, bls_vnduniq: 1})),
		bls(rCtl.nop, fCtl.end, 0x6b, nothing),
		// a network header, Common Transport, link control
		fcoeFrame({...fcpHead(0x6c, rCtl.unsolicitedCommand, request), df_ctl: 0x20}, concat(network, encode(fcpCommand, {_cdb: untouched}))),
		fcoeFrame({...there, r_ctl: 0x02, type: fcType.ct, f_ctl: request, ox_id: 0x6d}, hex('01000000fc020000010100000000000000000000')),
		fcoeFrame({...back, r_ctl: 0xc2, type: 0, f_ctl: answer, ox_id: 0x6d, parameter: 0x0105_0000}, nothing),
		// in a VLAN, as FCoE mostly travels in fabrics
		...ask(0x6e, encode(logo, {opcode: elsCommand.logo, portid: host, npname: hostName}), unsupported).map(bytes => tagged(bytes, 1002)),
		tagged(fipFrame(fipOp.vn2vn, vn2vnSubcode.beacon, [macOf(serverMac), nameOf(nodeOf(diskName)), vnPort(disk, diskName)]), 1002),
	];
}

/** What lost, late and damaged frames leave in a capture. */
export function lossCases(): Uint8Array[] {
	const short = blocks(64);
	return [
		// the second of four frames is lost: a hole in SEQ_CNT and in the offset, and 64 bytes are missing at the good end
		command(0x70, readOf(0, 1), {rddata: 1, dl: 256}),
		data(0x70, 'disk', 0, 0, short, false),
		data(0x70, 'disk', 2, 128, short, false),
		data(0x70, 'disk', 3, 192, short, true),
		response(0x70, {}),
		// two change places, and nothing is missing
		command(0x71, readOf(0, 1), {rddata: 1, dl: 192}),
		data(0x71, 'disk', 0, 0, short, false),
		data(0x71, 'disk', 2, 128, short, true),
		data(0x71, 'disk', 1, 64, short, false),
		response(0x71, {}),
		// the end is lost; the same OX_ID is used again, and its command has no part in that
		command(0x70, readOf(8, 1), {rddata: 1, dl: 128}),
		data(0x70, 'disk', 0, 0, short, false),
		response(0x70, {}),
		command(0x70, readOf(16, 1), {rddata: 1, dl: 64}),
		data(0x70, 'disk', 0, 0, short, true),
		response(0x70, {}),
		// the beginning is lost
		command(0x72, readOf(0, 1), {rddata: 1, dl: 128}),
		data(0x72, 'disk', 1, 64, short, true),
		response(0x72, {}),
		// less than was asked for, and said so: nothing is missing
		command(0x73, readOf(0, 1), {rddata: 1, dl: 512}),
		data(0x73, 'disk', 0, 0, short, true),
		response(0x73, {rspflags: rspFlag.under, resid: 448}),
		// a damaged frame, one for another port, one whose exchange began before the capture
		command(0x74, readOf(0, 1), {rddata: 1, dl: 64}),
		data(0x74, 'disk', 0, 0, short, true, {crc: 1}),
		response(0x74, {}),
		data(0x75, 'disk', 0, 0, short, true, {dst: portMac(0x000303)}),
		data(0x76, 'disk', 3, 192, short, true),
	];
}

/** Frames that end too early or contradict themselves: each must end in a malformed node. */
export function fcoeMalformed(): Uint8Array[] {
	const vn2vn = (list: Uint8Array, words = list.length / FIP_WORD) =>
		encode(ethernet, {dst: allVn2vn, src: clientMac, type: FIP_ETHERTYPE}, encode(fip, {ver: 1, opcode: 5, subcode: 1, dl_len: words}, list));
	const raw = (payload: Uint8Array) => encode(ethernet, {dst: portMac(disk), src: portMac(host), type: FCOE_ETHERTYPE}, payload);
	const service = (payload: Uint8Array) => fcoeFrame(elsHead(1, false), payload);
	const page = {opcode: elsCommand.prli, 'prlilo.page_length': 0, 'prlilo.payload_length': 20, 'prlilo.type': 8};
	const truncated = encode(fc, {...there, r_ctl: rCtl.elsRequest, type: fcType.els}).subarray(0, FC_HEADER_LENGTH - 4);
	return [
		vn2vn(nothing).subarray(0, 14 + FIP_HEADER_LENGTH - 2),
		vn2vn(hex('02000000'), 1),
		vn2vn(concat(macOf(clientMac), hex('04030000')), 3),
		vn2vn(hex('02010000'), 1),
		vn2vn(macOf(clientMac), 40),
		vn2vn(encapsulated(fipDescriptor.flogi, hex('22000201')), 2),
		raw(new Uint8Array(FCOE_HEADER_LENGTH - 4)),
		raw(encode(fcoe, {sof: sof.i3}, new Uint8Array(4))),
		raw(encode(fcoe, {sof: sof.i3}, truncated, encode(fcoeTrailer, {}))),
		service(hex('0500')),
		service(login(elsCommand.plogi).subarray(0, 60)),
		service(encode(prli, page)),
		service(encode(rscn, {opcode: elsCommand.rscn, 'rscn.page_len': 4, 'rscn.payload_len': 40})),
		bls(rCtl.baAcc, answer, 2, new Uint8Array(4)),
		fcoeFrame(fcpHead(3, rCtl.unsolicitedCommand, request), new Uint8Array(16)),
		fcoeFrame(fcpHead(4, rCtl.commandStatus, answer), encode(fcpResponse, {rspflags: rspFlag.senseValid, snslen: 0xffff_ffff})),
		fcoeFrame(fcpHead(5, rCtl.dataDescriptor, answer), new Uint8Array(4)),
		fcoeFrame({...fcpHead(6, rCtl.unsolicitedCommand, request), df_ctl: 0x23}, new Uint8Array(32)),
	];
}
