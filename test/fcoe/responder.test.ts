import test from 'ava';
import {fCtl, fcType, rCtl} from '../../src/wire/fc.js';
import {
	adisc,
	elsCommand,
	fcpParameter,
	logo,
	lsExplanation,
	lsReason,
	lsRjt,
	plogi,
	prli,
	prliFlag,
	prliResponse,
	rec,
	rls,
	rlsAccept,
	rrq,
	rtvAccept,
	srr,
} from '../../src/wire/fc-els.js';
import {encode, viewOf} from '../build.js';
import {fcoeFrame, portMac, request} from '../build-fcoe.js';
import {prliOf, targetBench, targetName} from './bench.js';
import type {Hand, Seen} from './hub.js';

const one = (code: number) => Uint8Array.of(code, 0, 0, 0);
const logoOf = (hand: Hand, more: object = {}) => encode(logo, {opcode: elsCommand.logo, portid: hand.id, npname: hand.wwpn, ...more});
const adiscOf = (hand: Hand, more: object = {}) => encode(adisc, {opcode: elsCommand.adisc, npname: hand.wwpn, fnname: hand.wwnn, portid: hand.id, ...more});
const rrqOf = (hand: Hand) => encode(rrq, {opcode: elsCommand.rrq, portid: hand.id, oxid: 1, rxid: 2});
const recOf = (hand: Hand) => encode(rec, {opcode: elsCommand.rec, portid: hand.id, oxid: 0x99, rxid: 0xffff});
const why = ({payload, code}: Seen) =>
	code === elsCommand.lsRjt ? [lsRjt.decode(viewOf(payload))['rjt.reason'], lsRjt.decode(viewOf(payload))['rjt.detail']] : ['accepted'];

const {unable, logicalError, unsupported, fip} = lsReason;
const {loginRequired, length, exchangeId, portName, notNeighbor} = lsExplanation;

/** What is asked, the answer before any login, and the answer when all is logged in. */
const table: Array<[string, (hand: Hand) => Uint8Array, Array<number | string>, Array<number | string>]> = [
	['RTV', () => one(elsCommand.rtv), ['accepted'], ['accepted']],
	['RLS', hand => encode(rls, {opcode: elsCommand.rls, portid: hand.id}), ['accepted'], ['accepted']],
	['RSCN', () => one(elsCommand.rscn), ['accepted'], ['accepted']],
	['RRQ', rrqOf, [unable, loginRequired], ['accepted']],
	['REC of nothing', recOf, [unable, loginRequired], [logicalError, exchangeId]],
	['ADISC', hand => adiscOf(hand), [unable, loginRequired], ['accepted']],
	['PRLI', () => prliOf(), [unable, loginRequired], ['accepted']],
	['PRLO', () => prliOf(elsCommand.prlo), [unable, loginRequired], ['accepted']],
	['LOGO', hand => logoOf(hand), ['accepted'], ['accepted']],
	['PLOGI', hand => hand.plogi(), ['accepted'], ['accepted']],
	['PLOGI cut', hand => hand.plogi().subarray(0, 100), [logicalError, length], [logicalError, length]],
	[
		'PLOGI of an F_Port',
		hand => hand.plogi({'logi.cmnfeatures': 0x9000}),
		[logicalError, lsExplanation.commonParameters],
		[logicalError, lsExplanation.commonParameters],
	],
	['PLOGI without class 3', hand => hand.plogi({'logi.clsflags': 0}), [logicalError, lsExplanation.options], [logicalError, lsExplanation.options]],
	[
		'PLOGI with frames of 255 bytes',
		hand => hand.plogi({'logi.rcvsize': 255, 'logi.clsrcvsize': 0}),
		[logicalError, lsExplanation.receiveSize],
		[logicalError, lsExplanation.receiveSize],
	],
	['PLOGI with another name', hand => hand.plogi({npname: hand.wwpn + 1n}), [logicalError, portName], [logicalError, portName]],
	['PRLI cut', () => prliOf().subarray(0, 12), [unable, loginRequired], [logicalError, length]],
	['ADISC cut', hand => adiscOf(hand).subarray(0, 12), [logicalError, length], [logicalError, length]],
	['ADISC with another name', hand => adiscOf(hand, {npname: 5n}), [unable, loginRequired], [logicalError, portName]],
	['LOGO cut', hand => logoOf(hand).subarray(0, 8), [logicalError, length], [logicalError, length]],
	['LOGO with another name', hand => logoOf(hand, {npname: 5n}), [logicalError, portName], [logicalError, portName]],
	['REC cut', hand => recOf(hand).subarray(0, 8), [logicalError, length], [logicalError, length]],
	['FLOGI outside FIP', hand => hand.plogi({opcode: elsCommand.flogi}), [unsupported, lsExplanation.unsupported], [unsupported, lsExplanation.unsupported]],
	['ECHO', () => one(elsCommand.echo), [unsupported, lsExplanation.unsupported], [unsupported, lsExplanation.unsupported]],
	['a code nobody knows', () => one(0xee), [unsupported, lsExplanation.unsupported], [unsupported, lsExplanation.unsupported]],
	['an empty payload', () => new Uint8Array(0), [logicalError, length], [logicalError, length]],
];
for (const [name, payload, before, after] of table) {
	test(`${name}: the answer without and with a login`, t => {
		const fresh = targetBench({ready: false});
		t.deepEqual(why(fresh.ask(fresh.hand, payload(fresh.hand))), before);
		const ready = targetBench();
		const answer = ready.ask(ready.hand, payload(ready.hand));
		t.deepEqual(why(answer), after);
		t.is(ready.vn.counters.rejected, after[0] === 'accepted' ? 0 : 1);
		t.is(answer.head.f_ctl & (fCtl.responder | fCtl.last), fCtl.responder | fCtl.last);
		// what was refused has changed nothing
		if (after[0] !== 'accepted') t.true(ready.reads(ready.hand));
	});
}

test('a port that has claimed nothing is no neighbour', t => {
	const bench = targetBench({ready: false});
	const {hand, vn} = bench;
	hand.fc(vn.portId, {s_id: 0x777, r_ctl: rCtl.elsRequest, type: fcType.els}, hand.plogi());
	bench.pass(1);
	const refusals = hand.frames().filter(frame => frame[5] === 0x77);
	t.is(refusals.length, 1);
	t.deepEqual([...refusals[0]!.subarray(52 + 5, 52 + 7)], [fip, notNeighbor]);
});

test('the accept of PLOGI says what this port takes; the smaller size counts', t => {
	for (const [mtu, theirs, limit] of [
		[2500, 2112, 2112],
		[1500, 2112, 1452],
		[2500, 1024, 2112],
	] as const) {
		const bench = targetBench({ready: false, mtu});
		const {hand, vn} = bench;
		const accept = plogi.decode(viewOf(bench.ask(hand, hand.plogi({'logi.rcvsize': theirs, 'logi.clsrcvsize': theirs})).payload));
		t.like(accept, {npname: targetName, 'logi.rcvsize': limit, 'logi.clsrcvsize': limit});
		t.is(vn.logins.remotes.get(hand.id)!.maxPayload, Math.min(limit, theirs));
	}
});

test('PRLI: the image pair, roles, retry only when both can; another type is invalid', t => {
	const bench = targetBench({ready: false});
	const {hand} = bench;
	bench.ask(hand, hand.plogi());
	const accepted = (more: object) => prli.decode(viewOf(bench.ask(hand, prliOf(elsCommand.prli, more)).payload));
	const whole = accepted({});
	t.is(whole.prliloflags, prliFlag.establishImagePair | prliResponse.executed);
	t.is(
		whole.fcpflags & (fcpParameter.target | fcpParameter.initiator | fcpParameter.retry | fcpParameter.readXferRdyDisabled),
		fcpParameter.target | fcpParameter.retry | fcpParameter.readXferRdyDisabled,
	);
	t.is(accepted({fcpflags: fcpParameter.initiator}).fcpflags & fcpParameter.retry, 0);
	t.is(accepted({'prlilo.type': 5}).prliloflags & prliFlag.responseMask, prliResponse.invalid);
	const targetOnly = targetBench({ready: false});
	targetOnly.ask(targetOnly.hand, targetOnly.hand.plogi());
	const pair = prli.decode(viewOf(targetOnly.ask(targetOnly.hand, prliOf(elsCommand.prli, {fcpflags: fcpParameter.target})).payload));
	t.is(pair.prliloflags & prliFlag.establishImagePair, 0, 'two targets have nothing to say to each other');
	t.is(targetOnly.target.initiators.length, 0);
});

test('RTV and RLS say the timeouts, and how many frames had a bad CRC', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	t.like(rtvAccept.decode(viewOf(bench.ask(hand, one(elsCommand.rtv)).payload)), {'rtv.r_a_tov': 4000, 'rtv.e_d_tov': 2000});
	for (let i = 0; i < 3; i++)
		hand.send(fcoeFrame({s_id: hand.id, d_id: vn.portId, r_ctl: rCtl.elsRequest, type: fcType.els, f_ctl: request}, one(elsCommand.rtv), {crc: 1}));
	bench.pass(1);
	t.is(vn.counters.badCrc, 3);
	t.deepEqual(hand.seen(), []);
	t.is(rlsAccept.decode(viewOf(bench.ask(hand, encode(rls, {opcode: elsCommand.rls, portid: hand.id})).payload)).invalid_crc_count, 3);
});

test('LOGO and PRLO end the processes’ login: FCP is not taken any more', t => {
	for (const leave of [logoOf, () => prliOf(elsCommand.prlo)]) {
		const bench = targetBench();
		const {hand, vn, target} = bench;
		bench.ask(hand, leave(hand));
		t.is(target.initiators.length, 0);
		t.deepEqual(
			bench.run(hand, new Uint8Array(6)).filter(({head}) => head.r_ctl === rCtl.commandStatus),
			[],
		);
		t.is(vn.counters.strangers, 1);
		bench.login(hand);
		t.is(target.initiators.length, 1);
	}
});

test('FCP from who has logged out is answered by LOGO: it must think it is logged in', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	bench.ask(hand, logoOf(hand));
	bench.command(hand, new Uint8Array(6));
	bench.pass(1);
	const [answer] = hand.seen();
	t.deepEqual([answer!.head.r_ctl, answer!.code], [rCtl.elsRequest, elsCommand.logo]);
	t.like(logo.decode(viewOf(answer!.payload)), {portid: vn.portId, npname: targetName});
});

test('SRR without a login, and one that is none', t => {
	const bench = targetBench({ready: false});
	const ask = (payload: Uint8Array) => bench.ask(bench.hand, payload, {r_ctl: rCtl.fc4Request, type: fcType.fcp});
	t.deepEqual(why(ask(encode(srr, {'els.op': elsCommand.srr}))), [unable, loginRequired]);
	bench.login(bench.hand);
	t.deepEqual(why(ask(one(elsCommand.srr))), [unsupported, lsExplanation.unsupported]);
	t.deepEqual(why(ask(encode(srr, {'els.op': 0x55}))), [unsupported, lsExplanation.unsupported]);
});

test('who is not on the access list is refused, as is who comes while the port leaves', t => {
	const bench = targetBench({initiators: 2, ready: false, port: {allow: new Set([0x2000_0200_0000_0101n])}});
	const [other, friend] = bench.hands as [Hand, Hand];
	t.deepEqual(why(bench.ask(other, other.plogi())), [unable, portName]);
	t.is(bench.vn.logins.counters.refused, 1);
	bench.login(friend);
	t.is(bench.target.initiators.length, 1);
	bench.vn.leave();
	bench.pass(1);
	t.deepEqual(why(bench.ask(friend, friend.plogi())), [unable, lsExplanation.none]);
	t.is(bench.target.initiators.length, 0);
});

test('answers that nobody asked for are counted', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	hand.fc(vn.portId, {r_ctl: rCtl.elsReply, type: fcType.els, ox_id: 0xf123}, one(elsCommand.lsAcc));
	hand.fc(vn.portId, {r_ctl: 0x99, type: fcType.els}, one(elsCommand.lsAcc));
	hand.fc(vn.portId, {r_ctl: rCtl.unsolicitedCommand, type: 0x20}, one(1));
	bench.pass(1);
	t.is(vn.counters.unexpected, 3);
	t.deepEqual(hand.seen(), []);
});

test('frames to another port, and frames that are no FCoE, are none of ours', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	const before = vn.counters.ignored;
	hand.send(fcoeFrame({s_id: hand.id, d_id: 0x3333, r_ctl: rCtl.elsRequest, type: fcType.els, f_ctl: request}, one(elsCommand.rtv)));
	hand.send(Uint8Array.from([...portMac(vn.portId), ...hand.port.mac, 0x88, 0xa2, ...new Uint8Array(46)]));
	hand.send(new Uint8Array(13));
	bench.pass(1);
	t.is(vn.counters.ignored, before + 2);
	t.is(vn.counters.short, 1);
});
