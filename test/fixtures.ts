// The captures under fixtures/ that no public implementation gives: built from the wire tables, the same bytes every time (fixtures/README.md).
import {aoe, aoeAtaRequest, aoeAtaResponse, aoeConfig, aoeMask, aoeMaskDirective, aoeReserve} from '../src/wire/aoe.js';
import {arp} from '../src/wire/arp.js';
import {icmp, icmpEcho, icmpTooBig, icmpv6, icmpv6Echo, icmpv6TooBig, neighborSolicitation} from '../src/wire/icmp.js';
import {
	ahs,
	dataIn,
	dataOut,
	login,
	loginResponse,
	nopOut,
	r2t,
	reject,
	scsiCommand,
	scsiResponse,
	taskManagement,
	taskManagementResponse,
} from '../src/wire/iscsi.js';
import {digest} from '../src/wire/iscsi-digest.js';
import {opcode} from '../src/wire/iscsi-names.js';
import {macControlGroup, pause, pfc} from '../src/wire/mac-control.js';
import {mpls} from '../src/wire/mpls.js';
import {read10, read16, reportLuns, testUnitReady} from '../src/wire/scsi.js';
import {sense} from '../src/wire/scsi-data.js';
import {fullStatusDescriptor, reservationCapabilities, reservationDescriptor, reserveInHead, reserveOutParameters} from '../src/wire/scsi-reservation.js';
import {iscsiTransportId} from '../src/wire/scsi-transport-id.js';
import {STAMP_MAGIC, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../src/wire/stamp.js';
import {udp} from '../src/wire/udp.js';
import {serviceTag, vlan} from '../src/wire/vlan.js';
import {
	broadcastMac,
	clientAddress,
	clientMac,
	concat,
	encode,
	flag,
	frame,
	hex,
	icmpFrame,
	ip,
	ipFrame,
	padded,
	serverAddress,
	serverAddress6,
	serverMac,
	tcpFrame,
	text,
	udpFrame,
	viewOf,
} from './build.js';

import {exchangeCases, fcoeMalformed, fipCases, lossCases} from './fixtures-fcoe.js';

const aoeType = 0x88a2;
const request = {version: 1, major: 7, minor: 1};
const response = {...request, response: 1};
const sectors = (count: number) => new Uint8Array(512 * count).map((_, i) => i & 0xff);

/** Label stacks over IPv4, IPv6 and what is neither, and MAC control frames: PAUSE, priority-based flow control, one that is not known. */
function ethernetControl(): Uint8Array[] {
	const label = (number: number, bottom: number, ...rest: Uint8Array[]) => encode(mpls, {label: number, exp: 5, bottom, ttl: 63}, ...rest);
	const control = (...parts: Uint8Array[]) => padded(frame(0x8808, concat(...parts), {dst: macControlGroup}));
	const classes = {'cbfc.enbv': 0x89, 'cbfc.pause_time.c0': 1, 'cbfc.pause_time.c3': 0x1234, 'cbfc.pause_time.c7': 0xffff};
	const datagram = encode(udp, {srcport: 40_000, dstport: 9, length: 8});
	return [
		padded(frame(0x8847, label(16, 1, ip(17, datagram)))),
		padded(frame(0x8847, label(1_048_575, 0, label(100, 0, label(18, 1, ip(17, datagram, {version: 6})))))),
		padded(frame(0x8848, label(20, 1, hex('f0e1d2c3b4a5')))),
		padded(
			frame(0x88a8, encode(serviceTag, {priority: 3, dei: 1, id: 7, '.ieee8021ah.etype': 0x8100}, encode(vlan, {id: 8, etype: 0x0800}, ip(17, datagram)))),
		),
		frame(0x8847, label(21, 0)),
		control(encode(pause, {opcode: 1, pause_time: 0xffff})),
		control(encode(pause, {opcode: 1})),
		control(encode(pfc, {opcode: 0x0101, ...classes})),
		control(hex('0007')),
		frame(0x8808, hex('00010a'), {dst: macControlGroup}),
	];
}

/** Every command, directive and error of AoEr11 that the Linux driver and vblade do not show. */
function aoeExtensions(): Uint8Array[] {
	const ask = (repr: object, ...body: Uint8Array[]) => padded(frame(aoeType, encode(aoe, {...request, ...repr}, ...body)));
	const answer = (repr: object, ...body: Uint8Array[]) => frame(aoeType, encode(aoe, {...response, ...repr}, ...body), {back: true});
	const config = (ccmd: number, string: string, length = string.length) =>
		encode(aoeConfig, {bufcnt: 16, firmware: 0x0100, scnt: 2, version: 1, ccmd, length}, text(string));
	const directive = (dcmd: number, mac: Uint8Array) => encode(aoeMaskDirective, {'dir.dcmd': dcmd, 'dir.mac': mac});
	const write = {'aflags.w': 1, 'aflags.e': 1, sector_count: 1, 'ata.cmd': 0x34, lba: 0x1234_5678_9abc};
	return [
		padded(frame(aoeType, encode(aoe, {version: 1, major: 0xffff, minor: 0xff, cmd: 1, tag: 1}, encode(aoeConfig, {})), {dst: broadcastMac})),
		answer({cmd: 1, tag: 1}, config(0, 'payroll')),
		ask({cmd: 1, tag: 2}, config(1, 'payroll')),
		ask({cmd: 1, tag: 3}, config(2, 'pay')),
		ask({cmd: 1, tag: 4}, config(3, 'other')),
		answer({cmd: 1, tag: 4, flags_error: 1, error: 4}, config(3, 'payroll')),
		ask({cmd: 1, tag: 5}, config(4, 'new name\x01')),
		ask({cmd: 2, tag: 6}, encode(aoeMask, {mcmd: 1, dcount: 2}, directive(1, clientMac), directive(2, serverMac))),
		answer({cmd: 2, tag: 6}, encode(aoeMask, {mcmd: 1, dcount: 1}, directive(0, clientMac))),
		ask({cmd: 3, tag: 7}, encode(aoeReserve, {rcmd: 1, nmacs: 2}, clientMac, serverMac)),
		answer({cmd: 3, tag: 7, flags_error: 1, error: 6}, encode(aoeReserve, {rcmd: 1, nmacs: 1}, serverMac)),
		ask({cmd: 0, tag: 8}, encode(aoeAtaRequest, write, sectors(1))),
		answer({cmd: 0, tag: 8}, encode(aoeAtaResponse, {'ata.status': 0x41, err_feature: 0x10, lba: 0x1234_5678_9abc})),
		ask({cmd: 0, tag: 9}, encode(aoeAtaRequest, {'ata.cmd': 0xe7})),
		answer({cmd: 0, tag: 9}, encode(aoeAtaResponse, {'ata.status': 0x40})),
		answer({cmd: 0, tag: 77}, encode(aoeAtaResponse, {'ata.status': 0x40}, sectors(1))),
		answer({cmd: 9, tag: 10, flags_error: 1, error: 1}),
		ask({cmd: 0xf3, tag: 11}, text('vendor')),
		answer({version: 2, cmd: 1, tag: 12, flags_error: 1, error: 5}),
		frame(0x8100, encode(vlan, {priority: 5, id: 42, etype: aoeType}, encode(aoe, {...request, cmd: 1, tag: 13}, encode(aoeConfig, {})))),
	];
}

/** Frames that end too early or contradict themselves: each must end in a malformed node. */
function aoeMalformed(): Uint8Array[] {
	const make = (repr: object, ...body: Uint8Array[]) => frame(aoeType, encode(aoe, {...request, ...repr}, ...body));
	return [
		frame(aoeType, hex('1000')),
		make({cmd: 0}),
		make({cmd: 0, tag: 1}, encode(aoeAtaRequest, {'aflags.w': 1, sector_count: 2, 'ata.cmd': 0x30}, sectors(1))),
		make({cmd: 1}, encode(aoeConfig, {length: 1024}, text('short'))),
		make({cmd: 2}, encode(aoeMask, {mcmd: 1, dcount: 200}, hex('0001'))),
		make({cmd: 3}, encode(aoeReserve, {rcmd: 1, nmacs: 2}, serverMac)),
		frame(0x8100, hex('2a')),
		frame(0x0800, hex('4500')),
		hex('0200000000'),
	];
}

const mss = hex('020405b4');

/** An iSCSI connection with CRC32C digests: login, commands, data both ways, sense, task management, an AHS, a reject. */
function pdus(dataDigest = true) {
	const pad = (bytes: Uint8Array) => concat(bytes, new Uint8Array(-bytes.length & 3));
	const crc = (bytes: Uint8Array) => {
		const out = new Uint8Array(4);
		viewOf(out).setUint32(0, digest(bytes, 0, bytes.length), true);
		return out;
	};
	const plain = (head: Uint8Array, data: Uint8Array) => concat(head, pad(data));
	const digested = (head: Uint8Array, data: Uint8Array = new Uint8Array(0)) =>
		concat(head, crc(head), ...(data.length > 0 ? [pad(data), ...(dataDigest ? [crc(pad(data))] : [])] : []));
	const keys = (...pairs: string[]) => text(pairs.map(pair => `${pair}\0`).join(''));
	const offer = keys('InitiatorName=iqn.2026-11.example:client', 'SessionType=Normal', 'HeaderDigest=CRC32C,None', 'DataDigest=CRC32C');
	const choice = keys('HeaderDigest=CRC32C', `DataDigest=${dataDigest ? 'CRC32C' : 'None'}`, 'MaxRecvDataSegmentLength=8192');
	const lun = {'.scsi.lun': 1};
	const cdb = (bytes: Uint8Array) => concat(bytes, new Uint8Array(16 - bytes.length));
	const command = (tag: number, cdbBytes: Uint8Array, more: object = {}) =>
		encode(scsiCommand, {
			opcode: opcode.scsiCommand,
			'scsicommand.F': 1,
			'scsicommand.attr': 1,
			...lun,
			initiatortasktag: tag,
			cmdsn: tag,
			_cdb: cdb(cdbBytes),
			...more,
		});
	const senseBytes = encode(sense, {'sns.errtype': 0x70, 'sns.key': 5, 'sns.addlen': 10, 'sns.ascascq': 0x2100});
	const withLength = (bytes: Uint8Array) => concat(Uint8Array.of(0, bytes.length), bytes);
	const extended = encode(ahs, {'ahs.length': 13, 'ahs.type': 1}, new Uint8Array(12).fill(0xab));
	return {
		login: plain(encode(login, {opcode: opcode.login, _I: 1, 'login.T': 1, 'login.csg': 1, 'login.nsg': 3, datasegmentlength: offer.length, cmdsn: 1}), offer),
		loginResponse: plain(
			encode(loginResponse, {opcode: opcode.loginResponse, 'login.T': 1, 'login.csg': 1, 'login.nsg': 3, datasegmentlength: choice.length, tsih: 1, statsn: 1}),
			choice,
		),
		read: digested(
			command(1, encode(read10, {opcode: 0x28, 'rdwr10.lba': 4096, 'rdwr10.xferlen': 1}), {'scsicommand.R': 1, 'scsicommand.expecteddatatransferlength': 512}),
		),
		data: digested(
			encode(dataIn, {
				opcode: opcode.dataIn,
				'scsidata.F': 1,
				'scsidata.S': 1,
				datasegmentlength: 512,
				initiatortasktag: 1,
				statsn: 2,
				expcmdsn: 2,
				maxcmdsn: 33,
			}),
			sectors(1),
		),
		read16: digested(command(2, encode(read16, {opcode: 0x88, _lba: 2n ** 40n, 'rdwr12.xferlen': 8}), {'scsicommand.R': 1})),
		refused: digested(
			encode(scsiResponse, {opcode: opcode.scsiResponse, 'scsiresponse.status': 2, datasegmentlength: 20, initiatortasktag: 2, statsn: 3}),
			withLength(senseBytes),
		),
		luns: digested(command(3, encode(reportLuns, {opcode: 0xa0, '.scsi.cdb.alloclen32': 16}), {'scsicommand.R': 1})),
		lunList: digested(
			encode(dataIn, {opcode: opcode.dataIn, 'scsidata.F': 1, 'scsidata.S': 1, datasegmentlength: 16, initiatortasktag: 3, statsn: 4}),
			hex('00000008000000000001000000000000'),
		),
		ping: digested(encode(nopOut, {opcode: opcode.nopOut, I: 1, datasegmentlength: 3, initiatortasktag: 4, targettransfertag: 0xffff_ffff}), text('abc')),
		abort: digested(
			encode(taskManagement, {opcode: opcode.taskManagement, I: 1, 'taskmanfun.function': 1, initiatortasktag: 5, 'taskmanfun.referencedtasktag': 3}),
		),
		aborted: digested(encode(taskManagementResponse, {opcode: opcode.taskManagementResponse, 'taskmanfun.response': 1, initiatortasktag: 5, statsn: 5})),
		extended: digested(concat(command(6, encode(testUnitReady, {opcode: 0}), {totalahslength: 4}), extended)),
		ask: digested(encode(r2t, {opcode: opcode.r2t, initiatortasktag: 6, targettransfertag: 9, desireddatalength: 512, ...lun})),
		reject: digested(encode(reject, {opcode: opcode.reject, 'reject.reason': 4, datasegmentlength: 48, statsn: 6}), encode(nopOut, {opcode: opcode.nopOut})),
	};
}

/** Cuts a stream into segments at `cuts` and sends each as a frame. */
function segments(bytes: Uint8Array, cuts: readonly number[], seq: number, back: boolean, ack = 1): Uint8Array[] {
	const edges = [0, ...cuts, bytes.length];
	return edges
		.slice(1)
		.map((to, i) => tcpFrame({seq: seq + (edges[i] as number), ack, flags: flag.ack | flag.push, payload: bytes.subarray(edges[i], to), back}));
}

const handshake = (ends: {version?: 4 | 6} = {}) => [
	tcpFrame({seq: 0, flags: flag.syn, options: concat(mss, hex('0402'), hex('01'), hex('030307'), hex('0101')), ...ends}),
	tcpFrame({seq: 0, ack: 1, flags: flag.syn | flag.ack, options: concat(mss, hex('0402'), hex('0103030a0101')), back: true, ...ends}),
	tcpFrame({seq: 1, ack: 1, ...ends}),
];

function iscsiDigests(dataDigest: boolean): Uint8Array[] {
	const {login, loginResponse, read, data, read16, refused, luns, lunList, ping, abort, aborted, extended, ask, reject} = pdus(dataDigest);
	const asked = [login, concat(read, read16, luns), concat(ping, abort, extended)];
	const answered = [loginResponse, concat(data, refused, lunList), concat(aborted, ask, reject)];
	const frames = handshake();
	let [client, server] = [1, 1];
	for (const [i, bytes] of asked.entries()) {
		const reply = answered[i] as Uint8Array;
		frames.push(...segments(bytes, [], client, false, server));
		client += bytes.length;
		frames.push(...segments(reply, [], server, true, client));
		server += reply.length;
	}
	return frames;
}

/** The same PDUs cut everywhere: a header across segments, a segment twice, two segments swapped, one overlapping the one before. */
function iscsiSegments(): Uint8Array[] {
	const {login, loginResponse, read, data, ping} = pdus();
	const answers = concat(data, data, data);
	const cut = segments(answers, [20, 60, 300, 700, 1100], 1 + loginResponse.length, true, 1 + login.length + read.length);
	const [a, b, c, d, e, f] = cut as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
	const overlap = tcpFrame({
		seq: 1 + loginResponse.length + 650,
		ack: 1 + login.length + read.length,
		flags: flag.ack,
		payload: answers.subarray(650, 1100),
		back: true,
	});
	return [
		...handshake(),
		...segments(login, [10, 50], 1, false),
		...segments(loginResponse, [], 1, true, 1 + login.length),
		...segments(read, [], 1 + login.length, false, 1 + loginResponse.length),
		a,
		b,
		d,
		c,
		c,
		overlap,
		f,
		e,
		// the other end has the missing bytes: the capture will not see them any more, and the PDU behind them must be found again
		...segments(ping, [], 1 + login.length + read.length + 100, false, 1 + loginResponse.length + answers.length),
		tcpFrame({seq: 1 + loginResponse.length + answers.length, ack: 1 + login.length + read.length + 100 + ping.length, back: true}),
		tcpFrame({seq: 1 + login.length + read.length + 100 + ping.length, ack: 1, flags: flag.rst}),
	];
}

/** Reservations: every form of their commands, their data with the command and in a PDU of its own, what comes back, a conflict. */
function iscsiReservations(): Uint8Array[] {
	let tag = 0;
	const command = (
		cdb: string,
		expected: number,
		{data = new Uint8Array(0), into = data.length > 0 || expected < 0}: {data?: Uint8Array; into?: boolean} = {},
	) =>
		concat(
			encode(scsiCommand, {
				opcode: opcode.scsiCommand,
				'scsicommand.F': 1,
				[into ? 'scsicommand.W' : 'scsicommand.R']: expected === 0 ? 0 : 1,
				'scsicommand.attr': 1,
				datasegmentlength: data.length,
				'scsicommand.expecteddatatransferlength': Math.abs(expected),
				initiatortasktag: ++tag,
				cmdsn: tag,
				_cdb: hex(cdb.padEnd(32, '0')),
			}),
			data,
		);
	const status = (code: number) =>
		encode(scsiResponse, {opcode: opcode.scsiResponse, flags: 0x80, 'scsiresponse.status': code, initiatortasktag: tag, statsn: tag});
	const answer = (data: Uint8Array) =>
		concat(
			encode(dataIn, {
				opcode: opcode.dataIn,
				'scsidata.F': 1,
				'scsidata.S': 1,
				datasegmentlength: data.length,
				initiatortasktag: tag,
				_targettransfertag: 0xffff_ffff,
				statsn: tag,
			}),
			data,
		);
	const list = (flags: number) => encode(reserveOutParameters, {_key: 0x1111n, _action_key: 0x2222n, 'presresv.control': flags});
	const port = iscsiTransportId('iqn.2026-11.example:client', '00023d000001');
	const full = encode(
		fullStatusDescriptor,
		{
			'persresvin.full_status.key': 0x2222n,
			'persresvin.full_status.r_holder': 1,
			'persresvin.full_status.type': 6,
			'persresvin.full_status.rel_tpi': 1,
			'persresvin.full_status.additional_length': port.length,
		},
		port,
	);
	const head = (length: number) => encode(reserveInHead, {'persresvin.generation_number': 3, 'persresvin.additional_length': length});
	const replies: ReadonlyArray<readonly [cdb: string, data: Uint8Array]> = [
		['5e000000000000ff00', concat(head(16), hex('00000000000011110000000000002222'))],
		['5e010000000000ff00', concat(head(16), encode(reservationDescriptor, {_key: 0x2222n, 'persresv.type': 6}))],
		[
			'5e020000000000ff00',
			encode(reservationCapabilities, {'persresvin.capabilities.length': 8, 'persresvin.capabilities.crh': 1, 'persresvin.capabilities.tmv': 1}),
		],
		['5e030000000000ff00', concat(head(full.length), full)],
		['5e000000000000000c00', concat(head(16), hex('00000000'))],
	];
	const frames: Uint8Array[] = [];
	let [client, server] = [1, 1];
	const say = (bytes: Uint8Array, back: boolean) => {
		frames.push(...segments(bytes, [], back ? server : client, back, back ? client : server));
		if (back) server += bytes.length;
		else client += bytes.length;
	};
	for (const [cdb, data] of replies) {
		say(command(cdb, 255), false);
		say(answer(data), true);
	}
	for (const code of [0, 1, 2, 3, 4, 5, 6]) {
		say(command(`5f0${code}0600000000001800`, 24, {data: list(code)}), false);
		say(status(code === 2 ? 0x18 : 0), true);
	}
	// the same with its list asked for
	say(command('5f010300000000001800', -24), false);
	say(encode(r2t, {opcode: opcode.r2t, _F: 1, initiatortasktag: tag, targettransfertag: 5, desireddatalength: 24}), true);
	say(concat(encode(dataOut, {opcode: opcode.dataOut, 'scsidata.F': 1, datasegmentlength: 24, initiatortasktag: tag, targettransfertag: 5}), list(0)), false);
	say(status(0), true);
	for (const cdb of ['16', '17', '56', '57', '5612', '571003']) {
		say(command(cdb, 0), false);
		say(status(0), true);
	}
	return frames;
}

function ipCases(): Uint8Array[] {
	const echo = (seq: number) => encode(icmp, {type: 8}, encode(icmpEcho, {ident: 0x1234, seq}), text('abcdefgh'));
	const echo6 = encode(icmpv6, {type: 128}, encode(icmpv6Echo, {'echo.identifier': 1, 'echo.sequence_number': 2}), text('abcdefgh'));
	const quoted = ip(6, new Uint8Array(20).fill(1));
	const tooBig = encode(icmp, {type: 3, code: 4}, encode(icmpTooBig, {mtu: 1400}), quoted.subarray(0, 28));
	const tooBig6 = encode(icmpv6, {type: 2}, encode(icmpv6TooBig, {mtu: 1400}), ip(17, hex('9c40000900140000000000000000000000000000'), {version: 6}));
	const solicitation = encode(icmpv6, {type: 135}, encode(neighborSolicitation, {'nd.ns.target_address': serverAddress6}));
	const data = new Uint8Array(24).fill(0x55);
	const stampBytes = encode(stamp, {magic: STAMP_MAGIC, version: 1, length: 60, run: 0xabcd, stream: 1, sequence: 42n, time: 1_767_225_600_000_000_000n});
	viewOf(stampBytes).setUint32(32, stampCheck(viewOf(stampBytes), 0));
	const stamped = frame(0x88b5, concat(stampBytes, new Uint8Array(2), encode(trailer, {trailer: TRAILER_MAGIC, 'trailer.length': 60})));
	const who = {'hw.type': 1, 'proto.type': 0x0800, 'hw.size': 6, 'proto.size': 4, opcode: 1, 'src.hw_mac': clientMac, 'src.proto_ipv4': clientAddress};
	const hopByHop = hex('1100010400000000');
	return [
		padded(frame(0x0806, encode(arp, {...who, 'dst.proto_ipv4': serverAddress}), {dst: broadcastMac})),
		icmpFrame(echo(1)),
		icmpFrame(echo6, {version: 6}),
		icmpFrame(tooBig, {back: true}),
		icmpFrame(tooBig6, {back: true, version: 6}),
		icmpFrame(solicitation, {version: 6}),
		udpFrame(text('hello'), 9),
		udpFrame(text('hello'), 9, {version: 6}),
		ipFrame(17, data, {}, {'flags.mf': 1}),
		ipFrame(17, data, {}, {frag_offset: 24}),
		frame(0x86dd, ip(0, concat(hopByHop, encodeUdp6()), {version: 6})),
		concat(udpFrame(text('x'), 9), new Uint8Array(17)),
		concat(udpFrame(text('x'), 9), hex('00000000000000000000000000000000000102030405')),
		...handshake({version: 6}),
		padded(frame(0x0026, concat(hex('424203'), new Uint8Array(35)))),
		frame(0x88b5, text('unknown')),
		stamped,
	];
}

/** A UDP datagram that its test does not check the sum of: it lies behind an extension header. */
const encodeUdp6 = () => hex('9c400009000d000068656c6c6f');

/** Name below fixtures/, and the frames. */
export const synthetic: Readonly<Record<string, () => Uint8Array[]>> = {
	'aoe/extensions': aoeExtensions,
	'aoe/malformed': aoeMalformed,
	'fcoe/fip': fipCases,
	'fcoe/exchanges': exchangeCases,
	'fcoe/loss': lossCases,
	'fcoe/malformed': fcoeMalformed,
	'ethernet/control': ethernetControl,
	'iscsi/digests': () => iscsiDigests(true),
	'iscsi/header-digest': () => iscsiDigests(false),
	'iscsi/segments': iscsiSegments,
	'iscsi/reservations': iscsiReservations,
	'ip/cases': ipCases,
};
