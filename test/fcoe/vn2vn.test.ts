import test from 'ava';
import {seeded} from '../../src/base/random.js';
import {timing, Vn2vn, type Vn2vnMessage, type Vn2vnState} from '../../src/fcoe/vn2vn.js';
import {vn2vnSubcode as sub} from '../../src/wire/fip.js';
import {portMac} from '../build-fcoe.js';

const OWN = 0x2000_0200_0000_1234n;
const names = Object.fromEntries(Object.entries(sub).map(([name, code]) => [code, name]));

/** One port with what it sent and what it told, by name. */
function station(options: {pointToPoint?: boolean; wwpn?: bigint} = {}) {
	const sent: string[] = [];
	const pads: number[] = [];
	const told: string[] = [];
	const vn2vn = new Vn2vn(
		{wwpn: OWN, random: seeded(1), ...options},
		(subcode, to, pad) => {
			sent.push(`${names[subcode]}${to === undefined ? '' : ` to ${to[5]}`}`);
			if (pad !== undefined) pads.push(pad);
		},
		{
			claimed: portId => told.push(`claimed ${portId}`),
			up: () => told.push('up'),
			lost: () => told.push('lost'),
			found: ({portId}) => told.push(`found ${portId}`),
			alive: ({portId}) => told.push(`alive ${portId}`),
			gone: ({portId}, why) => told.push(`gone ${portId} ${why}`),
		},
	);
	let now = 0;
	const self = {
		vn2vn,
		sent,
		pads,
		told,
		get now() {
			return now;
		},
		/** Lets time pass. */
		pass(ms: number): void {
			const end = now + ms;
			while (vn2vn.dueMs <= end) {
				now = Math.max(now, vn2vn.dueMs);
				vn2vn.tick(now);
			}
			now = end;
		},
		/** Until a state is reached. */
		until(state: Vn2vnState): void {
			for (let i = 0; i < 1e5 && vn2vn.state !== state; i++) self.pass(1);
			sent.length = 0;
			told.length = 0;
		},
		hear(subcode: number, more: Partial<Vn2vnMessage> = {}): void {
			const portId = more.portId ?? 0x42;
			const claim = subcode === sub.claim || subcode === sub.claimResponse;
			vn2vn.receive(
				{
					subcode,
					recOrP2p: false,
					enodeMac: Uint8Array.of(2, 0, 0, 0, 0, 9),
					vnMac: portMac(portId),
					wwpn: OWN + 1n,
					wwnn: 1n,
					fcoeSize: claim ? 2158 : undefined,
					features: claim ? {target: true, initiator: false} : undefined,
					length: 232,
					...more,
					portId,
				},
				now,
			);
		},
	};
	vn2vn.start(0);
	return self;
}

test('an address is the WWPN’s low bits, asked for twice, claimed, then beaconed every eight seconds', t => {
	const one = station();
	const at: Array<[string, number]> = [];
	let seen = 0;
	for (let ms = 0; ms < 40_000; ms++) {
		one.pass(1);
		for (; seen < one.sent.length; seen++) at.push([one.sent[seen]!, one.now]);
	}
	t.deepEqual(
		at.slice(0, 5).map(([what]) => what),
		['probeRequest', 'probeRequest', 'claim', 'beacon', 'beacon'],
	);
	t.true(at[0]![1] <= timing.probeWait);
	const gaps = at.slice(1).map(([, ms], i) => ms - at[i]![1]);
	t.deepEqual(
		gaps.slice(0, 4).map(gap => Math.round(gap / 10) * 10),
		[timing.probeWait, timing.announceWait, timing.announceWait, timing.announceWait],
	);
	t.true(gaps.slice(4).every(gap => gap >= timing.beacon && gap <= timing.beacon + timing.beaconFuzz + 1));
	t.true(at.slice(3).every(([what]) => what === 'beacon'));
	t.is(one.vn2vn.portId, 0x1234);
	t.deepEqual(one.told, ['claimed 4660', 'up']);
});

test('addresses 0 and 0xffff are nobody’s', t => {
	t.is(station({wwpn: 0x2000_0200_0000_0000n}).vn2vn.portId, 1);
	t.is(station({wwpn: 0x2000_0200_0000_ffffn}).vn2vn.portId, 1);
});

// notes: states x frames (libfcoe's fcoe_ctlr_vn_*). 'restart': another address is looked for.
const mine = {portId: 0x1234};
const greater = {...mine, wwpn: OWN + 1n};
const less = {...mine, wwpn: OWN - 1n};
const states = ['start', 'probe1', 'probe2', 'claim', 'up'] as const;
type Row = [string, number, Partial<Vn2vnMessage>, readonly [string, string, string, string, string]];
const table: Row[] = [
	['probe request for our address, greater name', sub.probeRequest, greater, ['restart', 'restart', 'restart', 'probeReply to 9', 'probeReply to 9']],
	[
		'probe request for our address, smaller name',
		sub.probeRequest,
		less,
		['restart', 'probeReply to 9', 'probeReply to 9', 'probeReply to 9', 'probeReply to 9'],
	],
	['the same, recorded', sub.probeRequest, {...less, recOrP2p: true}, ['restart', 'restart', 'restart', 'probeReply to 9', 'probeReply to 9']],
	['probe request for another address', sub.probeRequest, {}, ['', '', '', '', '']],
	['probe reply for our address', sub.probeReply, less, ['restart', 'restart', 'restart', 'restart', 'claim']],
	['probe reply for another address', sub.probeReply, {}, ['', '', '', '', '']],
	['claim of our address, greater name', sub.claim, greater, ['restart', 'restart', 'restart', 'restart', 'restart']],
	['claim of our address, smaller name', sub.claim, less, ['restart', 'restart', 'restart', 'claim', 'claim']],
	['claim of another address', sub.claim, {}, ['', '', '', 'claimResponse to 9, found 66', 'claimResponse to 9, found 66']],
	['claim response', sub.claimResponse, {}, ['', '', '', 'found 66', 'found 66']],
	['beacon with our address', sub.beacon, less, ['', '', '', '', 'claim']],
	['beacon of somebody unknown', sub.beacon, {}, ['', '', '', '', 'claim']],
	['claim of a point-to-point port', sub.claim, {recOrP2p: true}, ['probeRequest', 'probeRequest', 'probeRequest', 'probeRequest', 'probeRequest']],
	['beacon of a point-to-point port', sub.beacon, {recOrP2p: true}, ['probeRequest', 'probeRequest', 'probeRequest', 'probeRequest', 'probeRequest']],
	['our own claim come back', sub.claim, {...mine, wwpn: OWN}, ['', '', '', '', '']],
];
for (const [name, subcode, more, expected] of table) {
	test(`${name}, in every state`, t => {
		for (const [i, state] of states.entries()) {
			const one = station();
			one.until(state);
			// claims are at least 400 ms apart
			if (state === 'up') one.pass(500);
			one.sent.length = 0;
			const {restarts} = one.vn2vn.counters;
			one.hear(subcode, more);
			const restarted = one.vn2vn.counters.restarts > restarts || one.told.includes('lost');
			t.is(restarted ? 'restart' : [...one.sent, ...one.told].join(', '), expected[i]!, state);
			if (restarted) {
				t.is(one.vn2vn.state, 'start');
				// who was up asks once more for the address it had, as Linux does
				t.is(one.vn2vn.portId === 0x1234, state === 'up');
				t.deepEqual(one.told, state === 'claim' || state === 'up' ? ['lost'] : []);
			} else t.is(one.vn2vn.state, state);
		}
	});
}

test('who loses its address while up asks for it again, is denied, and takes another', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim, greater);
	one.until('probe1');
	one.hear(sub.probeReply, greater);
	one.until('up');
	t.not(one.vn2vn.portId, 0x1234);
});

test('a claim is answered with as much padding as the claimer’s size', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim, {fcoeSize: 1500});
	t.deepEqual(one.pads, [1500]);
});

test('a beacon of somebody unknown is answered by a claim, but not more often than every 400 ms', t => {
	const one = station();
	one.until('up');
	one.pass(500);
	one.sent.length = 0;
	for (let i = 0; i < 20; i++) {
		one.hear(sub.beacon);
		one.pass(10);
	}
	t.deepEqual(one.sent, ['claim']);
	one.pass(401);
	one.hear(sub.beacon);
	t.is(one.sent.filter(what => what === 'claim').length, 2);
});

test('after ten restarts each further try waits ten seconds', t => {
	const one = station();
	const starts: number[] = [];
	for (let i = 0; i < 13; i++) {
		one.until('probe1');
		starts.push(one.now);
		one.hear(sub.probeReply, {portId: one.vn2vn.portId});
	}
	const gaps = starts.slice(1).map((ms, i) => ms - starts[i]!);
	t.true(gaps.slice(0, 9).every(gap => gap <= timing.probeWait + 1));
	t.true(
		gaps.slice(10).every(gap => Math.abs(gap - timing.rest) <= 1),
		gaps.join(),
	);
	t.is(one.vn2vn.counters.restarts, 13);
	t.is(one.vn2vn.counters.conflicts, 13);
});

test('the addresses that are tried come from the name: the same again, others for another', t => {
	const tried = (wwpn: bigint) => {
		const one = station({wwpn});
		return Array.from({length: 5}, () => {
			one.until('probe1');
			const {portId} = one.vn2vn;
			one.hear(sub.probeReply, {portId});
			return portId;
		});
	};
	t.deepEqual(tried(OWN), tried(OWN));
	t.notDeepEqual(tried(OWN).slice(1), tried(OWN + (1n << 16n)).slice(1));
});

test('a neighbour: found by its claim, alive at its first beacon, gone after twenty silent seconds', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim);
	one.hear(sub.beacon);
	one.hear(sub.beacon);
	t.deepEqual(one.told, ['found 66', 'alive 66']);
	for (let i = 0; i < 5; i++) {
		one.pass(8000);
		one.hear(sub.beacon);
	}
	t.is(one.told.length, 2);
	one.pass(timing.expiry - 1);
	t.is(one.told.length, 2);
	one.pass(1);
	t.deepEqual(one.told.slice(2), ['gone 66 silent']);
	t.is(one.vn2vn.counters.expired, 1);
	t.is(one.vn2vn.neighbours.size, 0);
});

test('a neighbour that beaconed before we were up is alive when we are', t => {
	const one = station();
	one.until('claim');
	one.hear(sub.claimResponse);
	one.hear(sub.beacon);
	t.deepEqual(one.told, ['found 66']);
	one.pass(timing.announceWait);
	t.deepEqual(one.told, ['found 66', 'alive 66', 'up']);
});

test('a neighbour that claims anew is alive again at its next beacon; a claim response alone changes nothing', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim);
	one.hear(sub.beacon);
	one.hear(sub.claimResponse, {length: 2172});
	one.hear(sub.beacon);
	t.deepEqual(one.told, ['found 66', 'alive 66']);
	t.is(one.vn2vn.neighbours.get(0x42)!.proven, 2172);
	one.hear(sub.claim);
	one.hear(sub.beacon);
	t.deepEqual(one.told, ['found 66', 'alive 66', 'alive 66']);
});

test('another name on a known address replaces it, and so does a known name on another address', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim);
	one.hear(sub.claim, {wwpn: OWN + 7n});
	one.hear(sub.claim, {wwpn: OWN + 7n, portId: 0x43});
	t.deepEqual(one.told, ['found 66', 'gone 66 replaced', 'found 66', 'gone 66 replaced', 'found 67']);
	t.deepEqual([...one.vn2vn.neighbours.keys()], [0x43]);
});

test('a known name and address on another station replaces the old one', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim);
	one.hear(sub.claim, {enodeMac: Uint8Array.of(2, 0, 0, 0, 0, 10)});
	t.deepEqual(one.told, ['found 66', 'gone 66 replaced', 'found 66']);
	t.is(one.vn2vn.neighbours.get(0x42)!.enodeMac[5], 10);
});

test('point-to-point: two ports find each other; a third ends it, and all is claimed anew', t => {
	const p2p = {recOrP2p: true};
	const one = station({pointToPoint: true});
	one.until('up');
	one.hear(sub.claim, p2p);
	one.hear(sub.beacon, p2p);
	t.deepEqual(one.told, ['found 66', 'alive 66']);
	t.true(one.vn2vn.pointToPoint);
	one.hear(sub.claim, {...p2p, portId: 0x43, wwpn: OWN + 2n});
	t.false(one.vn2vn.pointToPoint);
	t.is(one.vn2vn.state, 'start');
	t.is(one.told.at(-1), 'lost');
	t.is(one.vn2vn.neighbours.size, 0);
});

for (const [name, subcode] of [
	['probe request', sub.probeRequest],
	['claim', sub.claim],
	['beacon', sub.beacon],
] as const) {
	test(`point-to-point is left when a multi-point port is heard by its ${name}`, t => {
		const one = station({pointToPoint: true});
		one.until('up');
		one.hear(subcode);
		t.false(one.vn2vn.pointToPoint);
		one.until('up');
		t.is(one.vn2vn.state, 'up');
	});
}

test('stopped: nothing is sent, nothing is heard', t => {
	const one = station();
	one.until('up');
	one.hear(sub.claim);
	one.vn2vn.stop();
	t.deepEqual(one.told, ['found 66', 'lost']);
	one.sent.length = 0;
	one.pass(60_000);
	one.hear(sub.claim);
	one.hear(sub.probeRequest, mine);
	t.deepEqual(one.sent, []);
	t.is(one.vn2vn.neighbours.size, 0);
});
