// Bad frames at a target that works: they are counted, answered as the standards say, and another initiator's commands go on.
import test from 'ava';
import fc from 'fast-check';
import {VirtualClock} from '../../src/base/clock.js';
import {seeded} from '../../src/base/random.js';
import {VnPort} from '../../src/fcoe/vn-port.js';
import {wwnFromMac} from '../../src/fcoe/wwn.js';
import {FcpInitiator} from '../../src/initiator/fcoe/engine.js';
import {fcType, rCtl} from '../../src/wire/fc.js';
import {elsCommand, lsExplanation, lsReason} from '../../src/wire/fc-els.js';
import {fipOp, vn2vnSubcode} from '../../src/wire/fip.js';
import {concat} from '../build.js';
import {fcoeFrame, fipFrame, portMac, request, writeOf} from '../build-fcoe.js';
import {everyFrame, spoiled} from '../fuzz/corpus.js';
import {holds} from '../property.js';
import {BLOCK, targetBench} from './bench.js';
import {Hand, hub, play} from './hub.js';

const rtv = Uint8Array.of(elsCommand.rtv, 0, 0, 0);

test('frames that are spoiled on the way: each is counted by what is wrong, none is answered', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	const {counters} = bench.vn;
	const before = {...counters};
	const head = {s_id: bad.id, d_id: bench.vn.portId, r_ctl: rCtl.elsRequest, type: fcType.els, f_ctl: request};
	const frame = () => fcoeFrame(head, rtv);
	const set = (at: number, value: number) => {
		const bytes = frame();
		bytes[at] = value;
		return bytes;
	};
	bad.send(fcoeFrame(head, rtv, {crc: 1}));
	bad.send(set(14, 0x20));
	bad.send(set(27, 0x29));
	bad.send(frame().subarray(0, 40));
	bad.send(set(11, 0x99));
	// a claim whose last descriptor has length zero
	const descriptors = bad.descriptors;
	descriptors[2] = concat(descriptors[2]!.subarray(0, 1), Uint8Array.of(0), descriptors[2]!.subarray(2));
	bad.send(fipFrame(fipOp.vn2vn, vn2vnSubcode.probeRequest, descriptors));
	bench.pass(1);
	t.deepEqual(bad.seen(), []);
	t.like(counters, {
		badCrc: before.badCrc + 1,
		malformed: before.malformed + 2,
		short: before.short + 1,
		misaddressed: before.misaddressed + 1,
		badFip: before.badFip + 1,
	});
	t.true(bench.reads(good));
	t.true(bench.reads(bad), 'nor is who sent them worse off');
});

test('an impostor with another’s N_Port_ID from its own MAC address is not heard', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	const {oxId} = {oxId: bench.command(good, writeOf(0, 1), {wrdata: 1, dl: BLOCK})};
	bench.pass(0.1);
	const frame = fcoeFrame({s_id: good.id, d_id: bench.vn.portId, r_ctl: rCtl.abts, type: fcType.bls, f_ctl: request, ox_id: oxId}, new Uint8Array(0));
	frame.set(portMac(bad.id), 6);
	bad.send(frame);
	bench.pass(0.1);
	t.is(bench.vn.counters.misaddressed, 1);
	t.is(bench.target.open, 1, 'the write is still there');
	t.is(bench.target.counters.aborts, 0);
});

test('an impostor with another’s MAC address but its own name is refused, and the other’s login stands', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	good.seen();
	bad.send(fcoeFrame({s_id: good.id, d_id: bench.vn.portId, r_ctl: rCtl.elsRequest, type: fcType.els, f_ctl: request, ox_id: 0x321}, bad.plogi()));
	bench.pass(1);
	const [answer] = good.seen();
	t.deepEqual([answer!.code, answer!.payload[5], answer!.payload[6]], [elsCommand.lsRjt, lsReason.logicalError, lsExplanation.portName]);
	t.is(bench.target.initiators.length, 2);
	t.true(bench.reads(good));
});

test('a beacon in another’s name changes nothing; a claim of its address voids the login that rested on it', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	const thief = new Hand(bad.port, good.id, 0x2fff_0000_0000_0001n);
	bench.pass(500);
	bad.frames();
	thief.vn2vn(vn2vnSubcode.beacon);
	bench.pass(1);
	t.true(bench.reads(good));
	t.true(
		bad.fips().some(({op, subcode}) => op === fipOp.vn2vn && subcode === vn2vnSubcode.claim),
		'who is it? a claim asks',
	);
	thief.vn2vn(vn2vnSubcode.claim);
	bench.pass(1);
	t.is(bench.target.initiators.length, 1);
	t.true(bench.reads(good) === false && bench.target.initiators[0]!.portId === bad.id);
});

test('a flood of PLOGI is answered, each, while another initiator’s commands go on', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	let served = 0;
	for (let round = 0; round < 20; round++) {
		for (let i = 0; i < 100; i++) bad.els(bench.vn.portId, bad.plogi());
		if (bench.reads(good)) served++;
	}
	t.is(served, 20);
	const answers = bad.seen();
	t.is(answers.length, 2000);
	t.true(answers.every(({code}) => code === elsCommand.lsAcc));
	t.is(bench.vn.logins.remotes.size, 2);
	t.is(bench.target.initiators.length, 1, 'who floods is logged out by its own PLOGI');
	t.is(bench.vn.requests.outstanding, 0);
	bench.login(bad);
	t.true(bench.target.initiators.length === 2);
});

test('a flood of PLOGI from addresses that nobody has claimed leaves nothing behind', t => {
	const bench = targetBench();
	const {hand, vn} = bench;
	for (let i = 0; i < 2000; i++) hand.els(vn.portId, hand.plogi(), {s_id: 0x1000 + i});
	bench.pass(1);
	t.is(vn.counters.rejected, 2000);
	t.is(vn.logins.remotes.size, 1);
	t.true(bench.reads(hand));
});

test('a flood of commands beyond the queue is refused, and another initiator is served', t => {
	const bench = targetBench({initiators: 2, queueDepth: 8, creditBytes: 64 << 10});
	const [good, bad] = bench.hands as [Hand, Hand];
	for (let i = 0; i < 500; i++) bench.command(bad, writeOf(0, 4), {wrdata: 1, dl: 4 * BLOCK});
	t.true(bench.reads(good));
	t.is(bench.target.open, 8);
	bench.pass(10_000);
	t.is(bench.target.open, 0, 'what never came is given up');
});

/** Any frame, made to look addressed to `to`. */
const addressed = (frame: Uint8Array, to: number, mac: Uint8Array): Uint8Array => {
	const copy = frame.slice(0, 2500);
	if (copy.length < 14) return copy;
	copy.set(copy[13] === 0x06 ? portMac(to) : mac, 0);
	return copy;
};
const storage = everyFrame.filter(frame => frame[12] === 0x89 && (frame[13] === 0x06 || frame[13] === 0x14));

test('spoiled frames of every capture at a target: never an exception, and an initiator that behaves is served', t => {
	const bench = targetBench({initiators: 2});
	const [good, bad] = bench.hands as [Hand, Hand];
	holds(
		t,
		fc.property(fc.array(fc.tuple(fc.nat(storage.length - 1), spoiled(2)), {minLength: 1, maxLength: 20}), picks => {
			for (const [i, spoil] of picks) bad.send(addressed(spoil(storage[i]!), bench.vn.portId, Uint8Array.of(2, 0, 0, 0, 0, 1)));
			bench.pass(1);
			bad.frames();
			return true;
		}),
		{numRuns: 500, seed: 7},
	);
	// spoiled claims may have taken an address; whoever is still there reads what is right
	good.vn2vn(vn2vnSubcode.claim);
	bench.pass(1);
	bench.login(good);
	bench.run(good, new Uint8Array(6));
	t.true(bench.reads(good));
});

test('the same at an initiator', t => {
	const clock = new VirtualClock();
	const [port, other] = hub(2) as [ReturnType<typeof hub>[0], ReturnType<typeof hub>[0]];
	const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const engine = new FcpInitiator({clock, counters, wwpn: undefined, frames: 100});
	const vn = new VnPort([port], clock, {wwpn: wwnFromMac(port.mac, 2), wwnn: 1n, roles: {target: false, initiator: true}, random: seeded(3)}, engine);
	engine.connect(vn);
	vn.start();
	play(clock, [vn], 1500);
	holds(
		t,
		fc.property(fc.array(fc.tuple(fc.nat(storage.length - 1), spoiled(2)), {minLength: 1, maxLength: 20}), picks => {
			for (const [i, spoil] of picks) {
				const frame = addressed(spoil(storage[i]!), vn.portId, port.mac);
				other.transmitBytes.set(frame, other.reserve());
				other.commit(frame.length);
			}
			play(clock, [vn], clock.now() + 5);
			other.receive(() => {}, 1e6);
			return vn.portId > 0;
		}),
		{numRuns: 500, seed: 8},
	);
});
