// The initiator against a target that the test plays: what it does about every answer, and about none.
import test from 'ava';
import {VirtualClock} from '../../../src/base/clock.js';
import {seeded} from '../../../src/base/random.js';
import {VnPort} from '../../../src/fcoe/vn-port.js';
import {FcpInitiator} from '../../../src/initiator/fcoe/engine.js';
import {partOfRead, transferCdb} from '../../../src/initiator/scsi/cdb.js';
import type {ScsiCommand, ScsiResult} from '../../../src/initiator/scsi/command.js';
import {fCtl, fcType, rCtl} from '../../../src/wire/fc.js';
import {baAcc} from '../../../src/wire/fc-bls.js';
import {elsCommand, eStat, fcpParameter, lsExplanation, lsReason, prliFlag, prliResponse, recAccept, srr} from '../../../src/wire/fc-els.js';
import {fcpResponse, fcpResponseInfo, fcpTransferReady, rspFlag} from '../../../src/wire/fcp.js';
import {vn2vnSubcode} from '../../../src/wire/fip.js';
import {encode, viewOf} from '../../build.js';
import {accept, answer, blocks, reject} from '../../build-fcoe.js';
import {prliOf} from '../../fcoe/bench.js';
import {Hand, hub, play, type Seen} from '../../fcoe/hub.js';

const BLOCK = 512;

function bench({retry = true}: {retry?: boolean} = {}) {
	const clock = new VirtualClock();
	const [a, b] = hub(2) as [ReturnType<typeof hub>[0], ReturnType<typeof hub>[0]];
	const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const engine = new FcpInitiator({clock, counters, wwpn: undefined, frames: 1000});
	const vn = new VnPort([a], clock, {wwpn: 0x1000_0000_0000_0002n, wwnn: 1n, roles: {target: false, initiator: true}, random: seeded(1)}, engine);
	engine.connect(vn);
	vn.start();
	const pass = (ms: number) => play(clock, [vn], clock.now() + ms, () => engine.pump());
	pass(1500);
	const hand = new Hand(b, 0x333, 0x2000_0000_0000_0003n, 'target');
	const reply = ({head}: Seen, r_ctl: number, type: number, payload: Uint8Array) => {
		hand.fc(vn.portId, {r_ctl, type, f_ctl: answer, ox_id: head.ox_id, rx_id: 9}, payload);
		pass(0.1);
	};
	const fcp = (ox_id: number, r_ctl: number, payload: Uint8Array, relative_offset = 0) => {
		const f_ctl = fCtl.responder | fCtl.end | (r_ctl === rCtl.solicitedData ? fCtl.relativeOffset : 0);
		hand.fc(vn.portId, {r_ctl, type: fcType.fcp, f_ctl, ox_id, rx_id: 9, relative_offset}, payload);
		pass(0.1);
	};
	hand.vn2vn(vn2vnSubcode.claim);
	pass(1);
	hand.els(vn.portId, hand.plogi());
	pass(1);
	const process = hand.seen().find(({code}) => code === elsCommand.prli)!;
	const flags = prliFlag.establishImagePair | prliResponse.executed;
	reply(process, rCtl.elsReply, fcType.els, prliOf(elsCommand.lsAcc, {prliloflags: flags, fcpflags: fcpParameter.target | (retry ? fcpParameter.retry : 0)}));
	hand.frames();
	const results: Array<ScsiResult | Error | undefined> = [];
	return {
		vn,
		engine,
		counters,
		hand,
		pass,
		reply,
		fcp,
		results,
		/** Submits a command. Gives the FCP_CMND that came of it. */
		submit(command: Omit<ScsiCommand, 'lun' | 'done'>): Seen {
			engine.submit({lun: 0n, ...command, done: (result, error) => results.push(error ?? result)});
			pass(0.1);
			return hand.seen().at(-1)!;
		},
		status(oxId: number, more: object = {}, ...rest: Uint8Array[]) {
			fcp(oxId, rCtl.commandStatus, encode(fcpResponse, more, ...rest));
		},
		/** Lets time pass until a link service of this kind is asked. */
		asked(code: number): Seen {
			for (let i = 0; i < 5000; i++) {
				pass(1);
				const seen = hand.seen().find(({head, code: each}) => each === code && (head.f_ctl & fCtl.responder) === 0);
				if (seen !== undefined) return seen;
			}
			throw new Error('not asked');
		},
	};
}
const readCdb = (count: number) => {
	const cdb = transferCdb(false, 8, count);
	return {cdb, part: (from: number, to: number) => partOfRead(cdb, BLOCK, from, to)};
};
const recOf = (oxId: number, transferred: number, status: number) =>
	encode(recAccept, {opcode: elsCommand.lsAcc, oxid: oxId, rxid: 9, 'rec.fc4value': transferred, estat: status});

test('data in any order, twice, then status: the bytes are right', t => {
	const bed = bench();
	const dataIn = new Uint8Array(4 * BLOCK);
	const {head} = bed.submit({...readCdb(4), dataIn});
	const bytes = blocks(4 * BLOCK);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(1024), 1024);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(0, 1024), 0);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(0, 1024), 0);
	bed.status(head.ox_id);
	t.like(bed.results[0], {status: 0, received: 4 * BLOCK, residual: 0});
	t.deepEqual(dataIn, bytes);
	t.is(bed.counters.duplicates, 1);
	t.is(bed.engine.outstanding, 0);
	bed.status(head.ox_id);
	t.is(bed.counters.late, 1);
});

test('status without all data: only the missing blocks are read again', t => {
	const bed = bench();
	const dataIn = new Uint8Array(8 * BLOCK);
	const {head} = bed.submit({...readCdb(8), dataIn});
	const bytes = blocks(8 * BLOCK);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(0, 1024), 0);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(2048), 2048);
	bed.status(head.ox_id);
	const again = bed.hand.seen().at(-1)!;
	t.is(again.head.r_ctl, rCtl.unsolicitedCommand);
	t.is(viewOf(again.payload).getUint32(28), 1024);
	bed.fcp(again.head.ox_id, rCtl.solicitedData, bytes.subarray(1024, 2048), 0);
	bed.status(again.head.ox_id);
	t.like(bed.results[0], {status: 0, received: 8 * BLOCK});
	t.deepEqual(dataIn, bytes);
	t.like(bed.engine.losses.latest[0], {unit: 'data', offset: 1024, bytes: 1024, mending: 'read again'});
});

test('the command that a part completes ends with the same call: nothing more may come that would bring another', t => {
	const bed = bench();
	const dataIn = new Uint8Array(2 * BLOCK);
	const {head} = bed.submit({...readCdb(2), dataIn});
	const bytes = blocks(2 * BLOCK);
	bed.fcp(head.ox_id, rCtl.solicitedData, bytes.subarray(0, BLOCK), 0);
	bed.status(head.ox_id);
	const again = bed.hand.seen().at(-1)!;
	bed.fcp(again.head.ox_id, rCtl.solicitedData, bytes.subarray(BLOCK), 0);
	const f_ctl = fCtl.responder | fCtl.end;
	const type = fcType.fcp;
	bed.hand.fc(bed.vn.portId, {r_ctl: rCtl.commandStatus, type, f_ctl, ox_id: again.head.ox_id, rx_id: 9}, encode(fcpResponse, {}));
	bed.vn.poll(64);
	bed.engine.pump();
	t.like(bed.results[0], {status: 0, received: 2 * BLOCK});
	t.is(bed.engine.outstanding, 0);
});

test('an underrun that the target states is no hole', t => {
	const bed = bench();
	const {head} = bed.submit({...readCdb(4), dataIn: new Uint8Array(4 * BLOCK)});
	bed.fcp(head.ox_id, rCtl.solicitedData, blocks(BLOCK), 0);
	bed.status(head.ox_id, {rspflags: rspFlag.under, resid: 3 * BLOCK});
	t.like(bed.results[0], {received: BLOCK, residual: 3 * BLOCK});
});

test('data and requests for data outside the command are counted and not followed', t => {
	const bed = bench();
	const read = bed.submit({...readCdb(1), dataIn: new Uint8Array(BLOCK)});
	bed.fcp(read.head.ox_id, rCtl.solicitedData, blocks(BLOCK), 4);
	bed.fcp(read.head.ox_id, rCtl.solicitedData, blocks(BLOCK), 0xffff_ff00);
	bed.fcp(read.head.ox_id, rCtl.dataDescriptor, encode(fcpTransferReady, {data_ro: 0, burstlen: 4}));
	const write = bed.submit({cdb: transferCdb(true, 0, 1), dataOut: blocks(BLOCK)});
	bed.hand.frames();
	for (const [data_ro, burstlen] of [
		[0, BLOCK + 4],
		[0xffff_ff00, BLOCK],
		[0, 0],
	] as const) {
		bed.fcp(write.head.ox_id, rCtl.dataDescriptor, encode(fcpTransferReady, {data_ro, burstlen}));
	}
	t.deepEqual(bed.hand.seen(), []);
	t.is(bed.counters.unexpected, 6);
	bed.fcp(write.head.ox_id, rCtl.dataDescriptor, encode(fcpTransferReady, {data_ro: 0, burstlen: BLOCK}));
	t.deepEqual(bed.hand.seen()[0]!.payload, blocks(BLOCK));
});

test('a target that refuses the command as FCP: the error names the code', t => {
	const bed = bench();
	const {head} = bed.submit({cdb: new Uint8Array(16)});
	bed.status(head.ox_id, {rspflags: rspFlag.infoValid, rsplen: 8}, encode(fcpResponseInfo, {rspcode: 2}));
	t.regex((bed.results[0] as Error).message, /the target refuses the command as FCP: FCP_CMND Fields Invalid/);
});

test('sense data comes with the result, cut where the frame ends', t => {
	const bed = bench();
	const {head} = bed.submit({cdb: new Uint8Array(16)});
	bed.status(head.ox_id, {status: 2, rspflags: rspFlag.senseValid, snslen: 0xffff_ffff}, blocks(18));
	t.like(bed.results[0], {status: 2, sense: blocks(18)});
});

test('silence: REC, and SRR for the status of what is complete', t => {
	const bed = bench();
	const {head} = bed.submit({cdb: new Uint8Array(16)});
	const rec = bed.asked(elsCommand.rec);
	bed.reply(rec, rCtl.elsReply, fcType.els, recOf(head.ox_id, 0, eStat.responder + eStat.complete));
	const request = bed.hand.seen().at(-1)!;
	t.is(request.head.r_ctl, rCtl.fc4Request);
	t.like(srr.decode(viewOf(request.payload)), {'els.srr.ox_id': head.ox_id, data_ro: 0, r_ctl: rCtl.commandStatus});
	bed.reply(request, rCtl.fc4Reply, fcType.fcp, accept);
	bed.status(head.ox_id);
	t.like(bed.results[0], {status: 0});
	t.like(bed.engine.losses.latest[0], {unit: 'response', mending: 'SRR'});
});

test('a command that the target never saw is sent again under another number', t => {
	const bed = bench();
	const {head} = bed.submit({cdb: new Uint8Array(16)});
	bed.reply(bed.asked(elsCommand.rec), rCtl.elsReply, fcType.els, reject(lsReason.logicalError, lsExplanation.exchangeId));
	const again = bed.hand.seen().at(-1)!;
	t.is(again.head.r_ctl, rCtl.unsolicitedCommand);
	t.not(again.head.ox_id, head.ox_id);
	bed.status(again.head.ox_id);
	t.like(bed.engine.losses.latest[0], {unit: 'command', mending: 'sent again'});
});

test('a target without REC: ABTS, the command again, and RRQ when R_A_TOV is over', t => {
	const bed = bench({retry: false});
	const {head} = bed.submit({cdb: new Uint8Array(16)});
	bed.reply(bed.asked(elsCommand.rec), rCtl.elsReply, fcType.els, reject(lsReason.unsupported, lsExplanation.unsupported));
	const abts = bed.hand.seen().at(-1)!;
	t.deepEqual([abts.head.r_ctl, abts.head.ox_id], [rCtl.abts, head.ox_id]);
	bed.reply(abts, rCtl.baAcc, fcType.bls, encode(baAcc, {bls_oxid: head.ox_id, bls_rxid: 0xffff, bls_hseqcnt: 0xffff}));
	const again = bed.hand.seen().at(-1)!;
	t.not(again.head.ox_id, head.ox_id);
	bed.status(again.head.ox_id);
	t.like(bed.results[0], {status: 0});
	const rrq = bed.asked(elsCommand.rrq);
	t.is(viewOf(rrq.payload).getUint16(8), head.ox_id);
});

test('no answer at all until the deadline: an error, ABTS, nothing left', t => {
	const bed = bench();
	bed.submit({cdb: new Uint8Array(16), deadlineMs: 300});
	bed.pass(400);
	t.regex((bed.results[0] as Error).message, /no answer for 300 ms/);
	t.true(bed.hand.seen().some(({head}) => head.r_ctl === rCtl.abts));
	t.is(bed.engine.outstanding, 0);
});

test('the target logs out: what was open is sent again when it is back', t => {
	const bed = bench();
	bed.submit({cdb: new Uint8Array(16)});
	bed.hand.els(bed.vn.portId, bed.hand.plogi());
	bed.pass(1);
	const seen = bed.hand.seen();
	const process = seen.find(({code, head}) => code === elsCommand.prli && head.r_ctl === rCtl.elsRequest)!;
	const flags = prliFlag.establishImagePair | prliResponse.executed;
	bed.reply(process, rCtl.elsReply, fcType.els, prliOf(elsCommand.lsAcc, {prliloflags: flags, fcpflags: fcpParameter.target | fcpParameter.retry}));
	const again = bed.hand.seen().find(({head}) => head.r_ctl === rCtl.unsolicitedCommand)!;
	bed.status(again.head.ox_id);
	t.like(bed.results[0], {status: 0});
});

test('the target logs out while a hole is being read again: the part is asked for anew, and the read ends once', t => {
	const bed = bench();
	const dataIn = new Uint8Array(2 * BLOCK);
	const {head} = bed.submit({...readCdb(2), dataIn});
	bed.fcp(head.ox_id, rCtl.solicitedData, blocks(BLOCK), 0);
	bed.status(head.ox_id);
	bed.hand.els(bed.vn.portId, bed.hand.plogi());
	bed.pass(1);
	const process = bed.hand.seen().find(({code, head: {r_ctl}}) => code === elsCommand.prli && r_ctl === rCtl.elsRequest)!;
	const flags = prliFlag.establishImagePair | prliResponse.executed;
	bed.reply(process, rCtl.elsReply, fcType.els, prliOf(elsCommand.lsAcc, {prliloflags: flags, fcpflags: fcpParameter.target | fcpParameter.retry}));
	const commands = bed.hand.seen().filter(({head: {r_ctl}}) => r_ctl === rCtl.unsolicitedCommand);
	t.is(commands.length, 1, 'only the part');
	t.is(viewOf(commands[0]!.payload).getUint32(28), BLOCK);
	bed.fcp(commands[0]!.head.ox_id, rCtl.solicitedData, blocks(BLOCK), 0);
	bed.status(commands[0]!.head.ox_id);
	t.is(bed.results.length, 1);
	t.like(bed.results[0], {status: 0, received: 2 * BLOCK});
	t.is(bed.engine.outstanding, 0);
});
