import test from 'ava';
import {VirtualClock} from '../../src/base/clock.js';
import {seeded} from '../../src/base/random.js';
import type {FcpSide} from '../../src/fcoe/fcp-side.js';
import type {RemotePort} from '../../src/fcoe/remote.js';
import {VnPort, type VnPortOptions} from '../../src/fcoe/vn-port.js';
import type {FramePort} from '../../src/port/port.js';
import {rCtl} from '../../src/wire/fc.js';
import {elsCommand, lsExplanation, lsReason} from '../../src/wire/fc-els.js';
import {fipDescriptor, fipOp, linkServiceSubcode, vn2vnSubcode} from '../../src/wire/fip.js';
import {hex, viewOf} from '../build.js';
import {elsHead, encapsulated, fcBytes, fipFrame, login, macOf, portMac} from '../build-fcoe.js';
import {prliOf} from './bench.js';
import {Hand, hub, play} from './hub.js';

const LOW = 0x1000_0200_0000_0001n;
const HIGH = 0x2000_0200_0000_0002n;

/** What a side is told, in words. */
function side(told: string[]): FcpSide {
	return {
		loggedIn: ({portId}) => told.push(`in ${portId}`),
		loggedOut: ({portId}) => told.push(`out ${portId}`),
		frame() {},
		abort: () => false,
		aborted() {},
		status: () => undefined,
		resend: () => undefined,
		tick() {},
		dueMs: Number.POSITIVE_INFINITY,
	};
}
function vnPort(port: FramePort, clock: VirtualClock, wwpn: bigint, target: boolean, more: Partial<VnPortOptions> = {}) {
	const told: string[] = [];
	const vn = new VnPort(
		[port],
		clock,
		{wwpn, wwnn: wwpn ^ (3n << 60n), roles: {target, initiator: !target}, random: seeded(Number(wwpn & 0xffn)), ...more},
		side(told),
	);
	return {vn, told, remote: (): RemotePort | undefined => [...vn.logins.remotes.values()][0]};
}
const allow = (...names: bigint[]) => ({allow: new Set(names)});

/** A target and an initiator, and a third port that hears everything. */
function pair({
	target = LOW,
	initiator = HIGH,
	targetMore = {},
	initiatorMore = {},
}: {
	target?: bigint;
	initiator?: bigint;
	targetMore?: Partial<VnPortOptions>;
	initiatorMore?: Partial<VnPortOptions>;
} = {}) {
	const clock = new VirtualClock();
	const [a, b, c] = hub(3) as [FramePort, FramePort, FramePort];
	const t = vnPort(a, clock, target, true, targetMore);
	const i = vnPort(b, clock, initiator, false, initiatorMore);
	const players = new Set([t.vn, i.vn]);
	return {
		clock,
		t,
		i,
		a,
		b,
		players,
		ear: new Hand(c, 0x7ff, 0x2000_0200_0000_ffffn),
		pass: (ms: number) => play(clock, [...players], clock.now() + ms),
		start(first: VnPort = t.vn, laterMs = 0) {
			first.start();
			if (laterMs > 0) play(clock, [first], laterMs);
			for (const each of players) if (each !== first) each.start();
		},
	};
}
/** Link service requests over FCoE that a port has heard, and the N_Port_ID of who sent each. */
const asksIn = (ear: Hand): Array<[string, number]> =>
	ear
		.frames()
		.filter(frame => viewOf(frame).getUint16(12) === 0x8906 && frame[28] === rCtl.elsRequest)
		.map(frame => [`${Object.entries(elsCommand).find(([, code]) => code === frame[52])?.[0]}`, viewOf(frame).getUint16(34)]);
const requestsIn = (ear: Hand): string[] => asksIn(ear).map(([name]) => name);

for (const [name, target, initiator, later] of [
	['the initiator has the higher name', LOW, HIGH, 0],
	['the target has the higher name', HIGH, LOW, 0],
	['the initiator comes two seconds later', LOW, HIGH, 2000],
	['the initiator with the lower name comes two seconds later', HIGH, LOW, 2000],
] as const) {
	test(`login: ${name}: one PLOGI by the higher name, one PRLI by the initiator, both are ready`, t => {
		const bed = pair({target, initiator});
		bed.start(bed.t.vn, later);
		bed.pass(4000);
		t.is(bed.t.remote()?.state, 'ready');
		t.is(bed.i.remote()?.state, 'ready');
		t.deepEqual([bed.t.told.length, bed.i.told.length], [1, 1]);
		const higher = target > initiator ? bed.t.vn.portId : bed.i.vn.portId;
		t.deepEqual(asksIn(bed.ear), [
			['plogi', higher],
			['prli', bed.i.vn.portId],
		]);
		t.is(bed.t.vn.requests.outstanding + bed.i.vn.requests.outstanding, 0);
		t.is(bed.t.remote()?.maxPayload, 2112);
	});
}

test('crossed FLOGIs end in one login', t => {
	// both hear the other's first beacon in the same moment
	const bed = pair({targetMore: {random: seeded(5)}, initiatorMore: {random: seeded(5)}});
	bed.start();
	bed.pass(6000);
	const flogis = bed.ear.fips().filter(({op, subcode}) => op === fipOp.linkService && subcode === linkServiceSubcode.request);
	t.is(flogis.length, 2, 'they do cross');
	t.is(bed.i.remote()?.state, 'ready');
	t.is(bed.t.vn.logins.counters.logins, 1);
	t.is(bed.i.vn.logins.counters.logins, 1);
	t.is(bed.t.vn.logins.counters.failed + bed.i.vn.logins.counters.failed, 0);
});

test('a PLOGI that the access list refuses is tried again by the initiator, and never by the target', t => {
	const bed = pair({targetMore: allow(0x1n)});
	bed.start();
	bed.pass(6000);
	t.deepEqual([bed.t.told, bed.i.told], [[], []]);
	t.true(bed.t.vn.logins.counters.refused >= 2);
	t.true(bed.i.vn.logins.counters.failed >= 2);
	t.true(bed.i.vn.logins.counters.failed < 12, 'not faster than once a second');
});

test('a target with the higher name does not log in to whom it does not allow', t => {
	const bed = pair({target: HIGH, initiator: LOW, targetMore: allow(0x1n)});
	bed.start();
	bed.pass(6000);
	t.deepEqual([bed.t.told, bed.i.told], [[], []]);
	t.true(bed.t.vn.logins.counters.refused >= 1);
	t.false(requestsIn(bed.ear).includes('prli'));
});

test('leaving: LOGO to everybody, both sides are out, the address is free', t => {
	const bed = pair();
	bed.start();
	bed.pass(4000);
	bed.t.vn.leave();
	bed.pass(60);
	t.deepEqual(
		bed.t.told.map(word => word.split(' ')[0]),
		['in', 'out'],
	);
	t.deepEqual(
		bed.i.told.map(word => word.split(' ')[0]),
		['in', 'out'],
	);
	bed.t.vn.stop();
	t.is(bed.t.vn.vn2vn.state, 'off');
	t.is(bed.t.vn.logins.remotes.size, 0);
});

test('a target that starts anew without a word: the initiator asks by ADISC, is refused, and logs in again', t => {
	const bed = pair();
	bed.start();
	bed.pass(4000);
	bed.players.delete(bed.t.vn);
	bed.a.receive(() => {}, 1e6);
	const again = vnPort(bed.a, bed.clock, LOW, true);
	bed.players.add(again.vn);
	bed.ear.frames();
	again.vn.start();
	bed.pass(8000);
	t.is(again.told.filter(word => word.startsWith('in')).length, 1);
	t.is(bed.i.remote()?.state, 'ready');
	t.deepEqual(
		bed.i.told.map(word => word.split(' ')[0]),
		['in', 'out', 'in'],
	);
});

test('a claim repeated by a target that has forgotten nothing costs an ADISC, no login', t => {
	const bed = pair();
	bed.start();
	bed.pass(4000);
	bed.ear.frames();
	const before = bed.i.told.length;
	// its claim and beacon once more, as another port's unknown beacon provokes it
	const stranger = bed.ear;
	stranger.vn2vn(vn2vnSubcode.beacon);
	bed.pass(20_000);
	t.is(bed.i.told.length, before);
	t.is(bed.i.remote()?.state, 'ready');
	t.true(requestsIn(bed.ear).includes('adisc'));
});

test('a silent peer is logged out after twenty seconds', t => {
	const bed = pair();
	bed.start();
	bed.pass(4000);
	bed.players.delete(bed.t.vn);
	bed.pass(29_000);
	t.deepEqual(
		bed.i.told.map(word => word.split(' ')[0]),
		['in', 'out'],
	);
	t.is(bed.i.vn.logins.remotes.size, 0);
	t.is(bed.i.vn.requests.outstanding, 0);
});

test('an address that is lost takes every login with it, and the port comes back with another', t => {
	const bed = pair();
	bed.start();
	bed.pass(4000);
	const old = bed.t.vn.portId;
	const thief = new Hand(bed.ear.port, old, 0x2fff_0200_0000_0001n);
	thief.vn2vn(vn2vnSubcode.claim);
	bed.pass(1);
	t.is(bed.t.told.at(-1)?.split(' ')[0], 'out');
	// the thief defends what it has
	for (let i = 0; i < 50; i++) {
		if (thief.fips().some(({op, subcode, frame}) => op === fipOp.vn2vn && subcode === vn2vnSubcode.probeRequest && frame[11] === 1)) {
			thief.vn2vn(vn2vnSubcode.probeReply, {dst: bed.a.mac});
			break;
		}
		bed.pass(20);
	}
	bed.pass(15_000);
	t.not(bed.t.vn.portId, old);
	t.is(bed.t.told.at(-1)?.split(' ')[0], 'in');
});

test('two targets do not log in with each other', t => {
	const bed = pair();
	bed.players.delete(bed.i.vn);
	const other = vnPort(bed.b, bed.clock, HIGH, true);
	bed.players.add(other.vn);
	bed.t.vn.start();
	other.vn.start();
	bed.pass(10_000);
	t.deepEqual([bed.t.told, other.told], [[], []]);
	t.deepEqual(requestsIn(bed.ear), []);
	t.is(bed.t.vn.vn2vn.neighbours.size, 1);
});

test('a peer played by hand: its FLOGI voids a login, and is answered to the station that claimed', t => {
	const bed = pair();
	bed.players.delete(bed.i.vn);
	bed.t.vn.start();
	bed.pass(1500);
	const hand = new Hand(bed.b, 0x222, HIGH);
	hand.vn2vn(vn2vnSubcode.claim);
	bed.pass(1);
	hand.els(bed.t.vn.portId, hand.plogi());
	hand.els(bed.t.vn.portId, prliOf());
	bed.pass(1);
	t.is(bed.t.told.length, 1);
	hand.frames();
	const flogi = fcBytes({...elsHead(0x55, false), s_id: hand.id, d_id: bed.t.vn.portId}, login(elsCommand.flogi, {npname: HIGH, fnname: hand.wwnn}));
	// from a station that never claimed
	hand.send(
		fipFrame(fipOp.linkService, linkServiceSubcode.request, [encapsulated(fipDescriptor.flogi, flogi), macOf(portMac(hand.id))], {
			dst: bed.a.mac,
			src: hex('020000000077'),
		}),
	);
	bed.pass(1);
	t.deepEqual(
		bed.t.told.map(word => word.split(' ')[0]),
		['in', 'out'],
	);
	const answers = hand.fips().filter(({op, subcode}) => op === fipOp.linkService && subcode === linkServiceSubcode.reply);
	t.is(answers.length, 1);
	t.deepEqual(answers[0]!.frame.slice(0, 6), hand.port.mac);
	t.is(answers[0]!.frame[14 + 10 + 4 + 24], elsCommand.lsAcc);
});

test('FLOGI of a port that nobody knows is refused: not a neighbour', t => {
	const bed = pair();
	bed.players.delete(bed.i.vn);
	bed.t.vn.start();
	bed.pass(1500);
	const hand = new Hand(bed.b, 0x222, HIGH);
	const flogi = fcBytes({...elsHead(0x55, false), s_id: hand.id, d_id: bed.t.vn.portId}, login(elsCommand.flogi, {npname: HIGH}));
	hand.send(
		fipFrame(fipOp.linkService, linkServiceSubcode.request, [encapsulated(fipDescriptor.flogi, flogi), macOf(portMac(hand.id))], {
			dst: bed.a.mac,
			src: hand.port.mac,
		}),
	);
	hand.frames();
	bed.pass(1);
	const [answer] = hand.fips();
	t.deepEqual(answer!.frame.slice(0, 6), hand.port.mac);
	const payload = answer!.frame.subarray(14 + 10 + 4 + 24);
	t.deepEqual([payload[0], payload[5], payload[6]], [elsCommand.lsRjt, lsReason.fip, lsExplanation.notNeighbor]);
});
