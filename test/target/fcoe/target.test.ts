import test from 'ava';
import {FIRST_ELS_OX_ID} from '../../../src/fcoe/requests.js';
import {fCtl, fcType, RX_ID_UNKNOWN, rCtl} from '../../../src/wire/fc.js';
import {baExplanation, baRjt} from '../../../src/wire/fc-bls.js';
import {elsCommand, eStat, lsExplanation, lsReason, lsRjt, rec, recAccept, srr} from '../../../src/wire/fc-els.js';
import {fcpTransferReady, rspCode, rspFlag, taskManagement} from '../../../src/wire/fcp.js';
import {encode, viewOf} from '../../build.js';
import {readOf, writeOf} from '../../build-fcoe.js';
import {BLOCK, responseOf, targetBench} from '../../fcoe/bench.js';
import type {Hand, Seen} from '../../fcoe/hub.js';

type Bench = ReturnType<typeof targetBench>;

const pattern = (length: number, seed = 1) => new Uint8Array(length).map((_, i) => (i * 31 + seed + (i >> 8)) & 0xff);
const readyOf = (seen: Seen) => {
	const {data_ro: offset, burstlen: length} = fcpTransferReady.decode(viewOf(seen.payload));
	return {offset, length};
};
const isReady = ({head}: Seen) => head.r_ctl === rCtl.dataDescriptor;
const isResponse = ({head}: Seen) => head.r_ctl === rCtl.commandStatus;
/** Begins a write of `blocks` at `lba`; gives its numbers when XFER_RDY has come. */
function begin(bench: Bench, hand: Hand, lba: number, blocks: number, more: object = {}) {
	const answers = bench.run(hand, writeOf(lba, blocks), {wrdata: 1, dl: blocks * BLOCK, ...more});
	const ready = answers.find(isReady);
	if (ready === undefined) throw new Error('no XFER_RDY');
	return {oxId: ready.head.ox_id, rxId: ready.head.rx_id, ...readyOf(ready)};
}
const recOf = (hand: Hand, oxId: number, rxId: number) => encode(rec, {opcode: elsCommand.rec, portid: hand.id, oxid: oxId, rxid: rxId});
const rejectOf = ({payload}: Seen) => {
	const {'rjt.reason': reason, 'rjt.detail': detail} = lsRjt.decode(viewOf(payload));
	return [reason, detail];
};
function askSrr(bench: Bench, hand: Hand, oxId: number, rxId: number, unit: number, offset: number): Seen[] {
	hand.seen();
	const payload = encode(srr, {'els.op': elsCommand.srr, 'els.srr.ox_id': oxId, 'els.srr.rx_id': rxId, data_ro: offset, r_ctl: unit});
	hand.fc(bench.vn.portId, {r_ctl: rCtl.fc4Request, type: fcType.fcp, ox_id: FIRST_ELS_OX_ID + 7}, payload);
	bench.pass(1);
	return hand.seen();
}

test('a read comes in frames with relative offsets, one sequence, and a response behind it', t => {
	const bench = targetBench();
	const answers = bench.run(bench.hand, readOf(3, 10), {rddata: 1, dl: 10 * BLOCK});
	const data = answers.slice(0, -1);
	t.deepEqual(
		data.map(({head}) => [head.seq_cnt, head.relative_offset, (head.f_ctl & fCtl.end) !== 0]),
		[
			[0, 0, false],
			[1, 2112, false],
			[2, 4224, true],
		],
	);
	t.is(new Set(data.map(({head}) => head.seq_id)).size, 1);
	t.deepEqual(Buffer.concat(data.map(({payload}) => payload)), Buffer.from(bench.volume.bytes.subarray(3 * BLOCK, 13 * BLOCK)));
	t.like(responseOf(answers.at(-1)!), {status: 0, flags: 0, residual: 0});
	t.is(bench.target.open, 0);
});

test('a write is asked for, taken in any order of its frames, and answered', t => {
	const bench = targetBench();
	const {hand} = bench;
	const bytes = pattern(8 * BLOCK);
	const {oxId, rxId, offset, length} = begin(bench, hand, 4, 8);
	t.deepEqual([offset, length], [0, 8 * BLOCK]);
	bench.data(hand, oxId, rxId, 2048, bytes.subarray(2048), false);
	bench.data(hand, oxId, rxId, 0, bytes.subarray(0, 2048), true);
	bench.pass(1);
	const answers = hand.seen();
	t.is(answers.length, 1);
	t.like(responseOf(answers[0]!), {status: 0, flags: 0});
	t.deepEqual(bench.volume.bytes.slice(4 * BLOCK, 12 * BLOCK), bytes);
	t.is(bench.target.counters.askedAgain, 0);
});

test('residuals: less and more than FCP_DL, in both directions', t => {
	const bench = targetBench();
	const {hand} = bench;
	const under = bench.run(hand, readOf(0, 2), {rddata: 1, dl: 3 * BLOCK});
	t.like(responseOf(under.at(-1)!), {status: 0, flags: rspFlag.under, residual: BLOCK});
	const over = bench.run(hand, readOf(0, 2), {rddata: 1, dl: BLOCK});
	t.is(Buffer.concat(over.slice(0, -1).map(({payload}) => payload)).length, BLOCK);
	t.like(responseOf(over.at(-1)!), {flags: rspFlag.over, residual: BLOCK});

	const before = bench.volume.bytes.slice(9 * BLOCK, 10 * BLOCK);
	const {oxId, rxId, length} = begin(bench, hand, 8, 2, {dl: BLOCK});
	t.is(length, BLOCK, 'no more than the initiator has');
	bench.data(hand, oxId, rxId, 0, pattern(BLOCK), true);
	bench.pass(1);
	t.like(responseOf(hand.seen()[0]!), {flags: rspFlag.over, residual: BLOCK});
	t.deepEqual(bench.volume.bytes.slice(9 * BLOCK, 10 * BLOCK), before);

	const more = begin(bench, hand, 8, 1, {dl: 4 * BLOCK});
	t.is(more.length, BLOCK);
	bench.data(hand, more.oxId, more.rxId, 0, pattern(BLOCK), true);
	bench.pass(1);
	t.like(responseOf(hand.seen()[0]!), {flags: rspFlag.under, residual: 3 * BLOCK});
});

test('a command that moves data the other way is refused as FCP, and touches nothing', t => {
	const bench = targetBench();
	const before = bench.volume.bytes.slice();
	for (const [cdb, flags] of [
		[writeOf(0, 1), {rddata: 1}],
		[readOf(0, 1), {wrdata: 1}],
	] as const) {
		const [answer, ...more] = bench.run(bench.hand, cdb, {...flags, dl: BLOCK});
		t.is(more.length, 0);
		t.like(responseOf(answer!), {code: rspCode.commandFields});
	}
	t.deepEqual(bench.volume.bytes, before);
});

test('a unit that is not there, a command that is not known, a block behind the end: check conditions with sense', t => {
	const bench = targetBench();
	for (const [cdb, lun, asc] of [
		[new Uint8Array(6), 5n, 0x2500],
		[Uint8Array.of(0xe7), 0n, 0x2000],
		[readOf(0x7fff_fff0, 4), 0n, 0x2100],
	] as const) {
		const answers = bench.run(bench.hand, cdb, {_lun: lun << 48n, rddata: 1, dl: BLOCK});
		t.like(responseOf(answers.at(-1)!), {status: 2, key: 5, asc});
	}
});

test('a command that comes twice is carried out once; an OX_ID that is used again is a new command', t => {
	const bench = targetBench();
	const {hand} = bench;
	const {oxId, rxId} = begin(bench, hand, 0, 2);
	bench.command(hand, writeOf(0, 2), {wrdata: 1, dl: 2 * BLOCK}, {ox_id: oxId});
	bench.pass(1);
	t.is(bench.target.counters.duplicateCommands, 1);
	t.deepEqual(hand.seen(), []);
	// another command with its number: the write is over for the initiator
	bench.command(hand, new Uint8Array(6), {}, {ox_id: oxId});
	bench.pass(1);
	t.like(responseOf(hand.seen()[0]!), {status: 0});
	t.is(bench.target.open, 0);
	bench.data(hand, oxId, rxId, 0, pattern(2 * BLOCK), true);
	bench.pass(1);
	t.is(bench.target.counters.strayData, 1);
});

test('XFER_RDY for a hole, as soon as the sequence ends', t => {
	const bench = targetBench();
	const {hand} = bench;
	const bytes = pattern(16 * BLOCK);
	const {oxId, rxId} = begin(bench, hand, 0, 16);
	const frame = (at: number, last = false) => bench.data(hand, oxId, rxId, at, bytes.subarray(at, at + 2048), last);
	frame(0);
	frame(4096);
	frame(6144, true);
	bench.pass(0.5);
	const [again] = hand.seen();
	t.deepEqual(readyOf(again!), {offset: 2048, length: 2048});
	frame(2048, true);
	bench.pass(1);
	t.like(responseOf(hand.seen().at(-1)!), {status: 0});
	t.is(bench.target.counters.askedAgain, 1);
	t.deepEqual(bench.volume.bytes.slice(0, 16 * BLOCK), bytes);
});

test('XFER_RDY again for silence, ever more seldom; then the exchange is given up, and its room is for others', t => {
	const bench = targetBench({creditBytes: 64 << 10});
	const {hand} = bench;
	const {oxId, rxId} = begin(bench, hand, 0, 128);
	const waiting = bench.run(hand, writeOf(0, 128), {wrdata: 1, dl: 128 * BLOCK});
	t.deepEqual(waiting, [], 'there is no room for a second one');
	bench.pass(3900);
	const asked = hand.seen();
	t.true(asked.every(isReady));
	t.true(asked.every(({head}) => head.ox_id === oxId));
	t.true(asked.length >= 3 && asked.length < 40, `${asked.length} times`);
	t.is(bench.target.counters.expired, 0);
	bench.pass(400);
	t.is(bench.target.counters.expired, 1);
	t.true(
		hand.seen().some(seen => isReady(seen) && seen.head.ox_id !== oxId),
		'the second one is admitted',
	);
	t.deepEqual(rejectOf(bench.ask(hand, recOf(hand, oxId, rxId))), [lsReason.logicalError, lsExplanation.exchangeId]);
});

test('write data that was not asked for is counted and not taken', t => {
	const bench = targetBench();
	const {hand, volume} = bench;
	const before = volume.bytes.slice();
	const {oxId, rxId} = begin(bench, hand, 0, 2);
	bench.data(hand, oxId, rxId, 2 * BLOCK, pattern(BLOCK), true);
	bench.data(hand, oxId, rxId, 0xffff_fe00, pattern(BLOCK), true);
	bench.data(hand, oxId, rxId + 1, 0, pattern(BLOCK), true);
	bench.data(hand, oxId + 1, rxId, 0, pattern(BLOCK), true);
	bench.pass(0.1);
	t.is(bench.target.counters.strayData, 4);
	t.is(bench.target.open, 1);
	t.deepEqual(volume.bytes, before);
});

test('write data of another initiator for an exchange that is not its own is not taken', t => {
	const bench = targetBench({initiators: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	const before = bench.volume.bytes.slice();
	const {oxId, rxId} = begin(bench, one, 0, 2);
	bench.data(two, oxId, rxId, 0, pattern(2 * BLOCK), true);
	bench.pass(0.1);
	t.is(bench.target.counters.strayData, 1);
	t.is(bench.target.open, 1);
	t.deepEqual(bench.volume.bytes, before);
});

test('more commands than the queue holds: TASK SET FULL, and the others are served', t => {
	const bench = targetBench({queueDepth: 2, creditBytes: 64 << 10});
	const {hand} = bench;
	const first = begin(bench, hand, 0, 1);
	const second = begin(bench, hand, 1, 1);
	const [full] = bench.run(hand, readOf(0, 1), {rddata: 1, dl: BLOCK});
	t.is(responseOf(full!).status, 0x28);
	for (const each of [first, second]) bench.data(hand, each.oxId, each.rxId, 0, pattern(BLOCK), true);
	bench.pass(1);
	t.deepEqual(
		hand.seen().map(seen => responseOf(seen).status),
		[0, 0],
	);
	t.true(bench.reads(hand));
});

test('ABTS: accepted for an exchange that is known, which is gone then; rejected for one that is not', t => {
	const bench = targetBench();
	const {hand} = bench;
	const {oxId, rxId} = begin(bench, hand, 0, 2);
	const wrong = bench.abort(hand, oxId, rxId + 1);
	t.is(wrong.head.r_ctl, rCtl.baRjt);
	t.is(baRjt.decode(viewOf(wrong.payload)).bls_rjtdetail, baExplanation.invalidExchange);
	t.is(bench.target.open, 1);
	const gone = bench.abort(hand, oxId, rxId);
	t.is(gone.head.r_ctl, rCtl.baAcc);
	t.deepEqual([gone.head.ox_id, gone.head.rx_id], [oxId, rxId]);
	t.not(gone.head.f_ctl & fCtl.responder, 0);
	t.is(bench.target.open, 0);
	t.is(bench.abort(hand, oxId, rxId).head.r_ctl, rCtl.baRjt, 'the second time there is nothing');
	bench.data(hand, oxId, rxId, 0, pattern(2 * BLOCK), true);
	bench.pass(1);
	t.is(bench.target.counters.strayData, 1);
	t.is(bench.abort(hand, 0x7777).head.r_ctl, rCtl.baRjt);
});

test('ABTS of one initiator does not touch the exchange of another with the same OX_ID', t => {
	const bench = targetBench({initiators: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	const {oxId} = begin(bench, one, 0, 2);
	t.is(bench.abort(two, oxId).head.r_ctl, rCtl.baRjt);
	t.is(bench.target.open, 1);
});

test('REC: how far an exchange is, and that an unknown one is unknown', t => {
	const bench = targetBench();
	const {hand} = bench;
	const {oxId, rxId} = begin(bench, hand, 0, 8);
	bench.data(hand, oxId, rxId, 0, pattern(2048), false);
	for (const rx of [rxId, RX_ID_UNKNOWN]) {
		const answer = recAccept.decode(viewOf(bench.ask(hand, recOf(hand, oxId, rx)).payload));
		t.like(answer, {oxid: oxId, rxid: rxId, portid: hand.id, resportid: bench.vn.portId, 'rec.fc4value': 2048});
		t.is(answer.estat >>> 0, eStat.responder >>> 0, 'the initiative is with the initiator');
	}
	bench.data(hand, oxId, rxId, 2048, pattern(2048), true);
	bench.pass(1);
	const done = recAccept.decode(viewOf(bench.ask(hand, recOf(hand, oxId, rxId)).payload));
	t.is(done['rec.fc4value'], 4096);
	t.not(done.estat & eStat.complete, 0);
	for (const [ox, rx] of [
		[oxId, rxId + 1],
		[0x4444, RX_ID_UNKNOWN],
	] as const) {
		t.deepEqual(rejectOf(bench.ask(hand, recOf(hand, ox, rx))), [lsReason.logicalError, lsExplanation.exchangeId]);
	}
	const foreign = encode(rec, {opcode: elsCommand.rec, portid: hand.id + 1, oxid: oxId, rxid: rxId});
	t.deepEqual(rejectOf(bench.ask(hand, foreign)), [lsReason.logicalError, lsExplanation.exchangeId]);
});

test('SRR: data from an offset on, the response, XFER_RDY; refused for what is not there', t => {
	const bench = targetBench();
	const {hand, volume} = bench;
	const read = bench.run(hand, readOf(2, 8), {rddata: 1, dl: 8 * BLOCK});
	const {ox_id: oxId, rx_id: rxId} = read[0]!.head;
	const again = askSrr(bench, hand, oxId, rxId, rCtl.solicitedData, 2112);
	t.deepEqual([again[0]!.head.r_ctl, again[0]!.code], [rCtl.fc4Reply, elsCommand.lsAcc]);
	const data = again.filter(({head}) => head.r_ctl === rCtl.solicitedData);
	t.is(data[0]!.head.relative_offset, 2112);
	t.deepEqual(Buffer.concat(data.map(({payload}) => payload)), Buffer.from(volume.bytes.subarray(2 * BLOCK + 2112, 10 * BLOCK)));
	t.true(isResponse(again.at(-1)!));
	const response = askSrr(bench, hand, oxId, rxId, rCtl.commandStatus, 0);
	t.deepEqual(
		response.map(({head}) => head.r_ctl),
		[rCtl.fc4Reply, rCtl.commandStatus],
	);
	const refused = [
		[oxId, rxId, rCtl.solicitedData, 8 * BLOCK + 1],
		[oxId, rxId + 1, rCtl.commandStatus, 0],
		[0x4444, RX_ID_UNKNOWN, rCtl.commandStatus, 0],
		[oxId, rxId, rCtl.unsolicitedCommand, 0],
	] as const;
	for (const [ox, rx, unit, offset] of refused) {
		const answers = askSrr(bench, hand, ox, rx, unit, offset);
		t.is(answers.length, 1);
		t.is(answers[0]!.code, elsCommand.lsRjt);
	}
	const write = begin(bench, hand, 0, 2);
	const ready = askSrr(bench, hand, write.oxId, write.rxId, rCtl.dataDescriptor, 0);
	t.deepEqual(readyOf(ready.find(isReady)!), {offset: 0, length: 2 * BLOCK});
	t.is(askSrr(bench, hand, write.oxId, write.rxId, rCtl.commandStatus, 0)[0]!.code, elsCommand.lsRjt, 'it has no response yet');
});

const manage = (bench: Bench, hand: Hand, taskmgmt: number, lun = 0n) => responseOf(bench.run(hand, new Uint8Array(16), {taskmgmt, _lun: lun << 48n})[0]!);

test('ABORT TASK SET ends the commands of its initiator for its unit, and no others', t => {
	const bench = targetBench({initiators: 2, units: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	begin(bench, one, 0, 2);
	begin(bench, one, 0, 2, {_lun: 1n << 48n});
	begin(bench, two, 4, 2);
	t.is(manage(bench, one, taskManagement.abortTaskSet).code, rspCode.complete);
	t.is(bench.target.open, 2);
	t.is(responseOf(bench.run(two, new Uint8Array(6))[0]!).status, 0, 'nobody else is told');
});

test('CLEAR TASK SET ends everybody’s commands for the unit, and tells those whose commands it ended', t => {
	const bench = targetBench({initiators: 3});
	const [one, two, three] = bench.hands as [Hand, Hand, Hand];
	begin(bench, one, 0, 2);
	begin(bench, two, 4, 2);
	t.is(manage(bench, one, taskManagement.clearTaskSet).code, rspCode.complete);
	t.is(bench.target.open, 0);
	t.is(responseOf(bench.run(one, new Uint8Array(6))[0]!).status, 0);
	t.like(responseOf(bench.run(two, new Uint8Array(6))[0]!), {status: 2, key: 6, asc: 0x2f00});
	t.is(responseOf(bench.run(three, new Uint8Array(6))[0]!).status, 0);
});

test('LOGICAL UNIT RESET ends all commands of the unit, and every initiator finds a unit attention', t => {
	const bench = targetBench({initiators: 2, units: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	begin(bench, one, 0, 2);
	begin(bench, two, 4, 2);
	begin(bench, two, 4, 2, {_lun: 1n << 48n});
	t.is(manage(bench, one, taskManagement.lunReset).code, rspCode.complete);
	t.is(bench.target.open, 1);
	for (const hand of [one, two]) {
		t.like(responseOf(bench.run(hand, new Uint8Array(6))[0]!), {status: 2, key: 6});
		t.is(responseOf(bench.run(hand, new Uint8Array(6), {_lun: 1n << 48n})[0]!).status, 0, 'the other unit is as it was');
	}
});

test('TARGET RESET ends everything', t => {
	const bench = targetBench({initiators: 2, units: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	begin(bench, one, 0, 2);
	begin(bench, two, 4, 2, {_lun: 1n << 48n});
	t.is(manage(bench, one, taskManagement.targetReset).code, rspCode.complete);
	t.is(bench.target.open, 0);
	for (const hand of [one, two]) {
		for (const lun of [0n, 1n]) t.like(responseOf(bench.run(hand, new Uint8Array(6), {_lun: lun << 48n})[0]!), {status: 2, key: 6});
	}
});

test('task management that cannot be: no such unit, two functions at once, a function that is not known', t => {
	const bench = targetBench();
	t.is(manage(bench, bench.hand, taskManagement.lunReset, 9n).code, rspCode.incorrectLun);
	t.is(manage(bench, bench.hand, taskManagement.lunReset | taskManagement.abortTaskSet).code, rspCode.commandFields);
	t.is(manage(bench, bench.hand, taskManagement.clearAca).code, rspCode.taskManagementRejected);
	t.true(bench.reads(bench.hand));
});

test('a command that is too short, or has no OX_ID of its own, is counted', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	hand.fc(vn.portId, {r_ctl: rCtl.unsolicitedCommand, type: fcType.fcp}, new Uint8Array(28));
	bench.command(hand, new Uint8Array(6), {}, {ox_id: RX_ID_UNKNOWN});
	bench.command(hand, new Uint8Array(6), {addlcdblen: 63});
	bench.pass(1);
	t.is(bench.target.counters.malformed, 3);
	t.deepEqual(hand.seen(), []);
	t.true(bench.reads(hand));
});

test('who logs out has no exchanges any more, and others’ go on', t => {
	const bench = targetBench({initiators: 2});
	const [one, two] = bench.hands as [Hand, Hand];
	begin(bench, one, 0, 2);
	const other = begin(bench, two, 4, 2);
	bench.login(one);
	t.is(bench.target.open, 1);
	bench.data(two, other.oxId, other.rxId, 0, pattern(2 * BLOCK), true);
	bench.pass(1);
	t.is(responseOf(two.seen().find(isResponse)!).status, 0);
	t.is(bench.target.initiators.length, 2);
});
