// The tables and the CRC against frames that Linux sent (fixtures/captures): what is read means what the kernel meant, and what is written is the same bytes.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {CaptureFileDecoder} from '../../src/wire/capture-file.js';
import {FC_HEADER_LENGTH, FC_PAYLOAD_MAX, fCtl, fc, fcType, RX_ID_UNKNOWN, rCtl} from '../../src/wire/fc.js';
import {adisc, classFlag, elsCommand, fcpParameter, logo, plogi, prli, prliFlag, prliResponse, rtvAccept} from '../../src/wire/fc-els.js';
import {
	eof,
	FCOE_ETHERTYPE,
	FCOE_HEADER_LENGTH,
	FCOE_MTU,
	FCOE_TRAILER_LENGTH,
	fcCrc,
	fcoe,
	fcoeTrailer,
	fcoeTrailerShown,
	fcPayloadLimit,
	sof,
	VN2VN_FC_MAP,
} from '../../src/wire/fcoe.js';
import {FCP_CMND_LENGTH, FCP_RSP_LENGTH, fcpCommand, fcpResponse, fcpTransferReady, rspFlag} from '../../src/wire/fcp.js';
import {
	allVn2vn,
	FIP_ETHERTYPE,
	FIP_HEADER_LENGTH,
	FIP_WORD,
	fip,
	fipDescriptor,
	fipDescriptorHead,
	fipDescriptors,
	fipFc4Features,
	fipMaxSize,
	fipName,
	fipOp,
	fipVnPort,
	vn2vnSubcode,
} from '../../src/wire/fip.js';
import type {Header} from '../../src/wire/header.js';
import {viewOf} from '../build.js';
import {fixtures} from '../golden.js';

/** Frames by their number in the capture, from 1. */
const frames: Uint8Array[] = [new Uint8Array(0)];
const decoder = new CaptureFileDecoder();
decoder.push(readFileSync(`${fixtures}captures/fcoe-vn2vn-lio-mtu2500.pcap`));
for (let record = decoder.next(); record !== undefined; record = decoder.next()) frames.push(record.bytes.slice());
const frame = (number: number) => frames[number] as Uint8Array;
const etherType = (bytes: Uint8Array) => viewOf(bytes).getUint16(12);
const fcAt = 14 + FCOE_HEADER_LENGTH;
const payloadAt = fcAt + FC_HEADER_LENGTH;
const endOf = (bytes: Uint8Array) => bytes.length - FCOE_TRAILER_LENGTH;

test('the CRC of every captured frame is the one that Linux wrote', t => {
	let checked = 0;
	for (const bytes of frames) {
		if (bytes.length < 14 || etherType(bytes) !== FCOE_ETHERTYPE) continue;
		const {crc, eof: end} = fcoeTrailer.decode(viewOf(bytes), endOf(bytes));
		t.is(fcCrc(bytes, fcAt, endOf(bytes) - fcAt), crc);
		t.true(end === eof.n || end === eof.t);
		checked++;
	}
	t.is(checked, 138);
});

test('a CRC reads as Wireshark shows it when its bytes are taken in the order in which they are sent', t => {
	t.is(fcoeTrailerShown.fields.crc.read(viewOf(frame(22)), endOf(frame(22))), 0x027cc3da);
	t.is(fcoeTrailer.fields.crc.read(viewOf(frame(22)), endOf(frame(22))), 0xdac37c02);
});

test('what fits into an MTU is the table of FC-BB-6 and Linux', t => {
	t.is(fcPayloadLimit(1500), 1452);
	t.is(FCOE_MTU, 2158);
	t.is(fcPayloadLimit(FCOE_MTU), FC_PAYLOAD_MAX);
	t.is(fcPayloadLimit(FCOE_MTU - 1), FC_PAYLOAD_MAX - 4);
	t.is(fcPayloadLimit(9000), FC_PAYLOAD_MAX);
	t.is(14 + FCOE_HEADER_LENGTH + FC_HEADER_LENGTH + FC_PAYLOAD_MAX + FCOE_TRAILER_LENGTH, frame(66).length);
});

test('a command and its response are read as they were meant', t => {
	const view = viewOf(frame(65));
	const head = fc.decode(view, fcAt);
	t.like(head, {
		r_ctl: rCtl.unsolicitedCommand,
		type: fcType.fcp,
		s_id: 2,
		d_id: 3,
		ox_id: 0,
		rx_id: RX_ID_UNKNOWN,
		f_ctl: fCtl.first | fCtl.end | fCtl.initiative,
	});
	t.is(fcoe.fields.sof.read(view, 14), sof.i3);
	t.is(endOf(frame(65)) - payloadAt, FCP_CMND_LENGTH);
	const command = fcpCommand.decode(view, payloadAt);
	t.like(command, {_lun: 0n, taskattr: 0, rddata: 1, wrdata: 0, addlcdblen: 0, dl: 4096});
	t.is(command._cdb[0], 0x28);
	const answer = viewOf(frame(47));
	t.like(fc.decode(answer, fcAt), {r_ctl: rCtl.commandStatus, f_ctl: fCtl.responder | fCtl.last | fCtl.end});
	t.like(fcpResponse.decode(answer, payloadAt), {rspflags: rspFlag.senseValid, status: 2, snslen: 96});
	t.is(endOf(frame(47)) - payloadAt, FCP_RSP_LENGTH + 96);
	t.like(fcpTransferReady.decode(viewOf(frame(79)), payloadAt), {data_ro: 0, burstlen: 65_536});
});

test('data frames say where they belong', t => {
	const [first, last] = [fc.decode(viewOf(frame(66)), fcAt), fc.decode(viewOf(frame(67)), fcAt)];
	t.like(first, {r_ctl: rCtl.solicitedData, f_ctl: fCtl.responder | fCtl.relativeOffset, relative_offset: 0, seq_cnt: 0});
	t.like(last, {f_ctl: fCtl.responder | fCtl.end | fCtl.relativeOffset, relative_offset: 2112, seq_cnt: 1});
	t.is(fcoeTrailer.fields.eof.read(viewOf(frame(66)), endOf(frame(66))), eof.n);
	t.is(fcoe.fields.sof.read(viewOf(frame(67)), 14), sof.n3);
});

test('logins are read as Linux means them', t => {
	const view = viewOf(frame(11));
	const accept = plogi.decode(view, payloadAt);
	t.like(accept, {
		opcode: elsCommand.lsAcc,
		'logi.b2b': 10,
		'logi.rcvsize': 2112,
		'logi.maxconseq': 255,
		'logi.reloff': 0x1f,
		edtov: 2000,
		npname: 0x2000_5254_00aa_0002n,
		fnname: 0x1000_5254_00aa_0002n,
		'logi.clsflags': classFlag.valid | classFlag.sequential,
		'logi.clsrcvsize': 2112,
		'logi.openseq': 1,
		_class1: 0,
	});
	t.like(prli.decode(viewOf(frame(15)), payloadAt), {
		'prlilo.page_length': 16,
		'prlilo.payload_length': 20,
		'prlilo.type': fcType.fcp,
		prliloflags: prliFlag.establishImagePair | prliResponse.executed,
		_response: prliResponse.executed,
		fcpflags: fcpParameter.confirm | fcpParameter.initiator | fcpParameter.target | fcpParameter.readXferRdyDisabled,
	});
	t.like(rtvAccept.decode(viewOf(frame(18)), payloadAt), {'rtv.r_a_tov': 4000, 'rtv.e_d_tov': 2000, 'rtv.qualifier': 0});
	t.like(adisc.decode(viewOf(frame(148)), payloadAt), {npname: 0x2000_5254_00aa_0002n, portid: 2});
	t.like(logo.decode(viewOf(frame(150)), FIP_HEADER_LENGTH + 14 + 4 + FC_HEADER_LENGTH), {opcode: elsCommand.logo, portid: 2});
});

test('a claim is read descriptor by descriptor, and written it is the same frame', t => {
	const bytes = frame(5);
	const view = viewOf(bytes);
	t.is(etherType(bytes), FIP_ETHERTYPE);
	t.deepEqual(bytes.slice(0, 6), allVn2vn);
	const head = fip.decode(view, 14);
	t.like(head, {ver: 1, opcode: fipOp.vn2vn, subcode: vn2vnSubcode.claim, flags: 0});
	const copy = new Uint8Array(bytes.length).fill(0xa5);
	copy.set(bytes.subarray(0, 14));
	fip.encode(head, viewOf(copy), 14);
	const seen: number[] = [];
	let at = 14 + FIP_HEADER_LENGTH;
	while (at < 14 + FIP_HEADER_LENGTH + FIP_WORD * head.dl_len) {
		const {desc_type, desc_len} = fipDescriptorHead.decode(view, at);
		const table = fipDescriptors[desc_type] as Header;
		t.is(table.length, FIP_WORD * desc_len);
		table.encode(table.decode(view, at), viewOf(copy), at);
		seen.push(desc_type);
		at += FIP_WORD * desc_len;
	}
	t.deepEqual(seen, [fipDescriptor.mac, fipDescriptor.name, fipDescriptor.vnPort, fipDescriptor.fc4Features, fipDescriptor.maxSize]);
	t.deepEqual(copy, bytes);
	t.is(fipName.fields.name.read(view, 32), 0x1000_5254_00aa_0002n);
	t.like(fipVnPort.decode(view, 44), {'vn.fc_id': 2, 'vn.pwwn': 0x2000_5254_00aa_0002n});
	t.is(viewOf(bytes).getUint32(46) >>> 8, VN2VN_FC_MAP);
	t.like(fipFc4Features.decode(view, 64), {'fc4f.fcp': 1, 'fc4f.feat.fcp.initiator': 1, 'fc4f.feat.fcp.target': 0});
	t.is(fipMaxSize.fields.fcoe_size.read(view, 228), FCOE_MTU);
});

test('every FC header of the capture is written back as it was', t => {
	let headers = 0;
	for (const bytes of frames) {
		if (bytes.length < 14 || etherType(bytes) !== FCOE_ETHERTYPE) continue;
		const copy = new Uint8Array(FC_HEADER_LENGTH).fill(0xa5);
		fc.encode(fc.decode(viewOf(bytes), fcAt), viewOf(copy));
		t.deepEqual(copy, bytes.slice(fcAt, payloadAt));
		headers++;
	}
	t.true(headers > 0, 'the capture has none');
});
