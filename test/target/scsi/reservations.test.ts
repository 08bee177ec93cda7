// Reservations among several initiator ports: who keeps whom out, who hears of it, what stays when a session goes (SPC-4 5.13, SPC-2 5.5).
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {Nexus} from '../../../src/target/scsi/nexus.js';
import type {DataOut, Outcome} from '../../../src/target/scsi/outcome.js';
import type {DeviceServer} from '../../../src/target/scsi/server.js';
import {fullStatusDescriptor, reserveOutParameters} from '../../../src/wire/scsi-reservation.js';
import {fcTransportId, iscsiTransportId, transportIdLength, transportIdText} from '../../../src/wire/scsi-transport-id.js';
import {holds} from '../../property.js';
import {bench, data, hex, told, viewOf} from './bench.js';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];
const ports = {
	a: {transportId: iscsiTransportId('iqn.2026-01.x:a', '00023d000001')},
	b: {transportId: iscsiTransportId('iqn.2026-01.x:b', '00023d000001')},
	c: {transportId: fcTransportId(0x5000_0000_0000_000cn)},
};
const keyOf = {a: 0xan, b: 0xbn, c: 0xcn};
const good = [0, 0, 0];
const conflicts = [0x18, 0, 0];
const action = {register: 0, reserve: 1, release: 2, clear: 3, preempt: 4, preemptAndAbort: 5, registerAndIgnore: 6};

interface OutOptions {
	key?: bigint;
	actionKey?: bigint;
	type?: number;
	/** Byte 20 of the parameter list. */
	flags?: number;
	/** What the CDB says and what comes, when it is not 24. */
	length?: number;
	sent?: number;
}

class Stage {
	readonly server: DeviceServer;
	readonly nexus: Record<Name, Nexus>;
	readonly aborted: string[] = [];
	readonly #run: (cdb: string, lun: bigint | undefined, by: Nexus) => Outcome;

	constructor(units = 1) {
		const {server, run} = bench({units});
		this.server = server;
		this.#run = run;
		this.nexus = {a: this.attach('a'), b: this.attach('b'), c: this.attach('c')};
	}

	attach(name: Name): Nexus {
		const nexus = this.server.attach(ports[name], lun => this.aborted.push(`${name}${lun}`));
		for (const lun of this.server.units.keys()) nexus.clearAttentions(lun);
		return nexus;
	}

	run(by: Name, cdb: string, lun?: bigint): Outcome {
		return this.#run(cdb, lun, this.nexus[by]);
	}

	says(by: Name, cdb: string, lun?: bigint): Array<number | string> {
		return told(this.run(by, cdb, lun));
	}

	/** PERSISTENT RESERVE OUT with its parameter list, to its end. */
	out(by: Name, code: number, options: OutOptions = {}): Array<number | string> {
		const {key = keyOf[by], actionKey = 0n, type = 0, flags = 0, length = 24, sent = length} = options;
		const cdb = `5f${code.toString(16).padStart(2, '0')}${type.toString(16).padStart(2, '0')}0000${length.toString(16).padStart(8, '0')}`;
		const outcome = this.run(by, cdb);
		if (outcome.kind !== 'write') return told(outcome);
		const list = new Uint8Array(length);
		if (length >= 24) reserveOutParameters.encode({_key: key, _action_key: actionKey}, viewOf(list));
		list[20] = flags;
		return told(this.give(outcome, list.subarray(0, sent)));
	}

	/** Data in two pieces, as a transport may bring it. */
	give(outcome: DataOut, list: Uint8Array): Outcome {
		const half = list.length >> 1;
		this.server.store(outcome, list, 0, half, 0);
		this.server.store(outcome, list, half, list.length - half, half);
		return this.server.finish(outcome);
	}

	register(...who: Name[]): void {
		for (const each of who) this.out(each, action.register, {key: 0n, actionKey: keyOf[each]});
	}

	/** Additional sense codes that wait, and are now told. */
	heard(by: Name): number[] {
		const found: number[] = [];
		for (let code = this.nexus[by].takeAttention(0); code !== undefined; code = this.nexus[by].takeAttention(0)) found.push(code);
		return found;
	}

	/** What somebody sees who has no part in it, and no unit attention. */
	seen(t: ExecutionContext, cdb: string): Uint8Array {
		const nexus = this.server.attach();
		for (const lun of this.server.units.keys()) nexus.clearAttentions(lun);
		const bytes = data(t, this.#run(cdb, undefined, nexus));
		this.server.detach(nexus);
		return bytes;
	}

	/** PRGENERATION and the keys, in order of registration. */
	keys(t: ExecutionContext): Array<bigint | number> {
		const bytes = this.seen(t, '5e00 0000000000 ffff');
		const view = viewOf(bytes);
		const list: Array<bigint | number> = [view.getUint32(0)];
		for (let at = 8; at < bytes.length; at += 8) list.push(view.getBigUint64(at));
		t.is(view.getUint32(4), bytes.length - 8);
		return list;
	}

	/** Key and type of the reservation. */
	held(t: ExecutionContext): [bigint, number] | undefined {
		const bytes = this.seen(t, '5e01 0000000000 ffff');
		return bytes.length === 8 ? undefined : [viewOf(bytes).getBigUint64(8), bytes[21]!];
	}
}

test('a key is registered, changed and taken back; the generation counts each time, and only then', t => {
	const stage = new Stage();
	t.deepEqual(stage.out('a', action.register, {key: 0n}), good);
	t.deepEqual(stage.keys(t), [0]);
	t.deepEqual(stage.out('a', action.register, {key: 7n, actionKey: 1n}), conflicts);
	t.deepEqual(stage.out('a', action.register, {key: 0n, actionKey: 1n}), good);
	t.deepEqual(stage.out('a', action.register, {key: 2n, actionKey: 3n}), conflicts);
	t.deepEqual(stage.out('a', action.register, {key: 1n, actionKey: 3n}), good);
	t.deepEqual(stage.out('b', action.registerAndIgnore, {key: 99n, actionKey: 4n}), good);
	t.deepEqual(stage.keys(t), [3, 3n, 4n]);
	t.deepEqual(stage.out('b', action.registerAndIgnore, {key: 98n}), good);
	t.deepEqual(stage.out('b', action.registerAndIgnore, {key: 98n}), good);
	t.deepEqual(stage.keys(t), [4, 3n]);
	t.deepEqual(stage.out('a', action.reserve, {key: 3n, type: 1}), good);
	t.deepEqual(stage.out('a', action.release, {key: 3n, type: 1}), good);
	t.deepEqual(stage.keys(t)[0], 4);
});

test('READ KEYS is cut by the allocation length, its own length is not', t => {
	const stage = new Stage();
	stage.register('a', 'b');
	t.is(Buffer.from(data(t, stage.run('a', '5e00 0000000000 000c'))).toString('hex'), '000000020000001000000000');
	t.is(data(t, stage.run('a', '5e00 0000000000 0000')).length, 0);
	t.deepEqual(stage.says('a', '5e04 0000000000 ffff'), [2, 5, 0x2400]);
});

test('what is supported is said, and what is said not to be is refused', t => {
	const stage = new Stage();
	t.is(Buffer.from(data(t, stage.run('a', '5e02 0000000000 ffff'))).toString('hex'), '00081480ea010000');
	const register = (flags: number) => stage.out('a', action.register, {key: 0n, actionKey: 1n, flags});
	t.deepEqual(register(0x08), [2, 5, 0x2600], 'SPEC_I_PT');
	t.deepEqual(register(0x01), [2, 5, 0x2600], 'APTPL');
	t.deepEqual(register(0x04), good, 'ALL_TG_PT');
	t.deepEqual(stage.out('a', action.reserve, {key: 1n, type: 1, flags: 0x01}), good, 'APTPL means nothing here');
	t.deepEqual(stage.says('a', '5f07 00 0000 00000018'), [2, 5, 0x2400], 'REGISTER AND MOVE');
	t.deepEqual(stage.out('a', action.reserve, {key: 1n, type: 2}), [2, 5, 0x2400]);
	t.deepEqual(stage.out('a', action.reserve, {key: 1n, type: 0x11}), [2, 5, 0x2400], 'another scope');
});

test('a parameter list of another length than 24 is refused, and so is one that does not come whole', t => {
	const stage = new Stage();
	const register = (length: number, sent = length) => stage.out('a', action.register, {key: 0n, actionKey: 1n, length, sent});
	for (const length of [0, 23, 25, 28, 8192, 8193, 0xffff_ffff])
		t.deepEqual(length > 8192 ? stage.says('a', `5f0000 0000 ${length.toString(16).padStart(8, '0')}`) : register(length), [2, 5, 0x1a00], `${length}`);
	t.deepEqual(register(24, 16), [2, 5, 0x1a00]);
	t.deepEqual(stage.keys(t), [0]);
});

test('full status names every registered port and its transport', t => {
	const stage = new Stage();
	stage.register('a', 'c');
	stage.out('c', action.reserve, {type: 6});
	const bytes = data(t, stage.run('b', '5e03 0000000000 ffff'));
	const view = viewOf(bytes);
	const found: string[] = [];
	for (let at = 8; at < bytes.length; ) {
		const each = fullStatusDescriptor.decode(view, at);
		const id = bytes.subarray(at + 24, at + 24 + each['persresvin.full_status.additional_length']);
		t.is(transportIdLength(view, at + 24, bytes.length), id.length);
		found.push(
			`${transportIdText(id)} ${each['persresvin.full_status.r_holder']} ${each['persresvin.full_status.type']} ${each['persresvin.full_status.rel_tpi']}`,
		);
		at += 24 + id.length;
	}
	t.deepEqual(found, ['iqn.2026-01.x:a,i,0x00023d000001 0 0 1', '50:00:00:00:00:00:00:0c 1 6 1']);
});

// holder a, registrant b, stranger c: what goes through, by type (SPC-4 table 44, SBC-3 table 13)
const commands = {
	always: ['00', '25', '9e10', '1b0000000100', '1e0000000000', '5e00'],
	reads: ['2800 00000000 00 0001', '080000000100', '2f00 00000000 00 0001', '1a003f00ff00', '5a003f00 00000000 ff', 'a30c 00 00 0000 0000ffff'],
	writes: ['2a00 00000000 00 0001', '0a0000000100', '2e00 00000000 00 0001', '3500', '9100', '1b0000000000', '1e0000000100'],
};
const types: ReadonlyArray<readonly [name: string, type: number, registrant: string, stranger: string]> = [
	['write exclusive', 1, 'always reads', 'always reads'],
	['exclusive access', 3, 'always', 'always'],
	['write exclusive, registrants only', 5, 'always reads writes', 'always reads'],
	['exclusive access, registrants only', 6, 'always reads writes', 'always'],
	['write exclusive, all registrants', 7, 'always reads writes', 'always reads'],
	['exclusive access, all registrants', 8, 'always reads writes', 'always'],
];
for (const [name, type, registrant, stranger] of types) {
	test(`${name}: what goes through for a registrant and for a stranger`, t => {
		const stage = new Stage();
		stage.register('a', 'b');
		t.deepEqual(stage.out('a', action.reserve, {type}), good);
		for (const [kind, list] of Object.entries(commands)) {
			for (const cdb of list) {
				t.not(stage.says('a', cdb)[0], 0x18, `holder ${cdb}`);
				t.is(stage.says('b', cdb)[0] === 0x18, !registrant.split(' ').includes(kind), `registrant ${cdb}`);
				t.is(stage.says('c', cdb)[0] === 0x18, !stranger.split(' ').includes(kind), `stranger ${cdb}`);
			}
		}
		for (const cdb of ['120000002400', 'a000 00000000 00000100', '030000001200']) t.is(stage.says('c', cdb)[0], 'reply', cdb);
		t.deepEqual(stage.says('c', '99'), [2, 5, 0x2000]);
	});

	test(`${name}: one reservation, its holder's to ask for again and to give back`, t => {
		const stage = new Stage();
		const all = type >= 7;
		t.deepEqual(stage.out('a', action.reserve, {type}), conflicts, 'not registered');
		stage.register('a', 'b');
		t.deepEqual(stage.out('a', action.reserve, {key: 9n, type}), conflicts, 'another key');
		t.deepEqual(stage.out('a', action.reserve, {type}), good);
		t.deepEqual(stage.out('a', action.reserve, {type}), good);
		t.deepEqual(stage.out('a', action.reserve, {type: type === 1 ? 3 : 1}), conflicts);
		t.deepEqual(stage.out('b', action.reserve, {type}), all ? good : conflicts);
		t.deepEqual(stage.held(t), [all ? 0n : keyOf.a, type]);
		if (!all) {
			t.deepEqual(stage.out('b', action.release, {type}), good);
			t.deepEqual(stage.held(t), [keyOf.a, type], 'a release by who holds nothing');
		}
		t.deepEqual(stage.out('a', action.release, {type: type === 1 ? 3 : 1}), [2, 5, 0x2604]);
		t.deepEqual(stage.out('a', action.release, {type}), good);
		t.is(stage.held(t), undefined);
		t.deepEqual([stage.heard('a'), stage.heard('b'), stage.heard('c')], [[], type >= 5 ? [0x2a04] : [], []]);
		t.deepEqual(stage.out('a', action.release, {type}), good);
	});

	test(`${name}: who unregisters gives its reservation back`, t => {
		const stage = new Stage();
		stage.register('a', 'b');
		stage.out('a', action.reserve, {type});
		t.deepEqual(stage.out('a', action.register), good);
		t.deepEqual(stage.held(t), type >= 7 ? [0n, type] : undefined);
		t.deepEqual([stage.heard('b'), stage.heard('c')], [type === 5 || type === 6 ? [0x2a04] : [], []]);
		t.deepEqual(stage.out('b', action.register), good);
		t.is(stage.held(t), undefined, 'the last registrant');
	});
}

test('a registration and a reservation outlive the session and every reset, and belong to the port alone', t => {
	const stage = new Stage();
	stage.register('a');
	stage.out('a', action.reserve, {type: 3});
	stage.server.detach(stage.nexus.a);
	t.deepEqual(stage.says('b', commands.reads[0]!), conflicts);
	stage.nexus.a = stage.attach('a');
	t.is(stage.says('a', commands.reads[0]!)[0], 'read');
	stage.server.reset(0x2900);
	for (const each of names) stage.heard(each);
	t.deepEqual(stage.says('b', commands.reads[0]!), conflicts);
	t.deepEqual(stage.out('a', action.release, {type: 3}), good);
});

test('CLEAR takes everything, and the others hear of it', t => {
	const stage = new Stage();
	stage.register('a', 'b');
	stage.out('a', action.reserve, {type: 1});
	t.deepEqual(stage.out('c', action.clear), conflicts);
	t.deepEqual(stage.out('b', action.clear), good);
	t.deepEqual(stage.keys(t), [3]);
	t.is(stage.held(t), undefined);
	t.deepEqual([stage.heard('a'), stage.heard('b'), stage.heard('c')], [[0x2a03], [], []]);
});

test('PREEMPT of the holder takes the reservation over; of another it only removes the registration', t => {
	const stage = new Stage();
	stage.register('a', 'b', 'c');
	stage.out('a', action.reserve, {type: 1});
	t.deepEqual(stage.out('b', action.preempt, {actionKey: 0n, type: 1}), [2, 5, 0x2600]);
	t.deepEqual(stage.out('b', action.preempt, {actionKey: 99n, type: 1}), conflicts);
	t.deepEqual(stage.out('b', action.preempt, {actionKey: keyOf.c}), good, 'scope and type do not count');
	t.deepEqual(stage.held(t), [keyOf.a, 1]);
	t.deepEqual([stage.heard('a'), stage.heard('c')], [[], [0x2a05]]);
	stage.register('c');
	t.deepEqual(stage.out('b', action.preempt, {actionKey: keyOf.a}), [2, 5, 0x2400], 'no type 0');
	t.deepEqual(stage.out('b', action.preempt, {actionKey: keyOf.a, type: 3}), good);
	t.deepEqual(stage.held(t), [keyOf.b, 3]);
	t.deepEqual(stage.keys(t), [6, keyOf.b, keyOf.c]);
	t.deepEqual([stage.heard('a'), stage.heard('b'), stage.heard('c')], [[0x2a05], [], [0x2a04]]);
	t.deepEqual(stage.aborted, []);
});

test('PREEMPT AND ABORT also ends the commands of who is preempted, on that unit', t => {
	const stage = new Stage(2);
	stage.register('a', 'b');
	t.deepEqual(stage.out('b', action.preemptAndAbort, {actionKey: keyOf.a, type: 1}), good);
	t.deepEqual(stage.aborted, ['a0']);
	t.deepEqual(stage.keys(t), [3, keyOf.b]);
	t.is(stage.held(t), undefined);
});

test('a reservation of all registrants is taken over with the key 0, and goes with the last of them', t => {
	const stage = new Stage();
	stage.register('a', 'b', 'c');
	stage.out('a', action.reserve, {type: 7});
	t.deepEqual(stage.out('b', action.preempt, {actionKey: keyOf.c, type: 1}), good);
	t.deepEqual(stage.held(t), [0n, 7]);
	t.deepEqual(stage.out('b', action.preempt, {actionKey: 0n, type: 1}), good);
	t.deepEqual(stage.held(t), [keyOf.b, 1]);
	t.deepEqual(stage.keys(t), [5, keyOf.b]);
	t.deepEqual([stage.heard('a'), stage.heard('c')], [[0x2a05], [0x2a05]]);
	stage.out('b', action.preempt, {actionKey: keyOf.b, type: 8});
	t.deepEqual(stage.held(t), [0n, 8], 'its own, and it keeps its registration');
	t.deepEqual(stage.out('b', action.preempt, {actionKey: keyOf.b, type: 8}), good);
	t.deepEqual([stage.keys(t), stage.held(t)], [[7], undefined]);
});

test('RESERVE keeps everybody else out of everything but a few commands, and is undone by RELEASE, loss and reset', t => {
	for (const [reserve, release] of [
		['16', '17'],
		['56', '57'],
	] as const) {
		const stage = new Stage(2);
		t.deepEqual(stage.says('a', reserve), good);
		t.deepEqual(stage.says('a', reserve), good);
		t.deepEqual(stage.says('b', reserve), conflicts);
		t.deepEqual(stage.says('b', release), good, 'changes nothing');
		for (const cdb of ['00', ...commands.reads, ...commands.writes]) t.deepEqual(stage.says('b', cdb), conflicts, cdb);
		for (const cdb of ['25', '9e10', '1b0000000100', '1e0000000000', '120000002400']) t.not(stage.says('b', cdb)[0], 0x18, cdb);
		t.deepEqual(stage.says('a', '00'), good);
		t.deepEqual(stage.says('b', '00', 1n << 48n), good, 'the other unit');
		t.deepEqual([stage.says('a', '5e00'), stage.out('a', action.register, {key: 0n, actionKey: 1n})], [conflicts, conflicts], 'also for the holder');
		t.deepEqual(stage.says('a', release), good);
		t.deepEqual(stage.says('b', '00'), good);
		stage.says('a', reserve);
		stage.server.detach(stage.nexus.a);
		t.deepEqual(stage.says('b', reserve), good);
		stage.server.reset(0x2903, 0, stage.nexus.c);
		t.deepEqual(stage.says('c', '00'), good);
	}
	const stage = new Stage();
	for (const cdb of ['1610', '1601', '1710', '5610', '5602', '5701']) t.deepEqual(stage.says('a', cdb), [2, 5, 0x2400], cdb);
});

test('RESERVE and persistent reservations keep apart, and spare who is in (CRH)', t => {
	const stage = new Stage();
	stage.register('a', 'b');
	t.deepEqual([stage.says('a', '16'), stage.says('c', '17')], [conflicts, conflicts], 'somebody is registered');
	stage.out('a', action.reserve, {type: 1});
	t.deepEqual([stage.says('a', '16'), stage.says('a', '17')], [good, good]);
	t.deepEqual([stage.says('b', '16'), stage.says('b', '17')], [conflicts, conflicts]);
	stage.out('a', action.release, {type: 1});
	stage.out('a', action.reserve, {type: 5});
	t.deepEqual([stage.says('b', '56'), stage.says('b', '57'), stage.says('c', '16')], [good, good, conflicts]);
	t.deepEqual(stage.held(t), [keyOf.a, 5]);
	t.deepEqual(stage.says('c', '00'), good, 'nothing was reserved by it');
});

test('a list that is on its way when RESERVE comes is a conflict', t => {
	const stage = new Stage();
	const outcome = stage.run('a', '5f00 00 0000 00000018');
	t.is(outcome.kind, 'write');
	stage.says('b', '16');
	const list = new Uint8Array(24);
	reserveOutParameters.encode({_action_key: 1n}, viewOf(list));
	if (outcome.kind === 'write') t.deepEqual(told(stage.give(outcome, list)), conflicts);
});

test('ports that come and go cannot fill the memory', t => {
	const {server, run} = bench();
	let refused = 0;
	for (let i = 0; i < 1030; i++) {
		const nexus = server.attach({transportId: fcTransportId(BigInt(i))});
		nexus.clearAttentions(0);
		const outcome = run('5f06 00 0000 00000018', 0n, nexus);
		if (outcome.kind !== 'write') continue;
		server.store(outcome, hex('0000000000000000 0000000000000001 0000000000000000'), 0, 24, 0);
		if (told(server.finish(outcome))[2] === 0x5504) refused++;
		server.detach(nexus);
	}
	t.is(refused, 6);
	t.is(data(t, run('5e00 0000000000 ffff')).length, 8 + 8 * 1024);
});

test('any commands by anybody: one holder at most, and only a registrant; nobody is in who should be out', t => {
	const step = fc.record({
		by: fc.constantFrom(...names),
		code: fc.nat({max: 8}),
		key: fc.constantFrom(0n, ...Object.values(keyOf)),
		actionKey: fc.constantFrom(0n, ...Object.values(keyOf)),
		type: fc.nat({max: 9}),
	});
	holds(
		t,
		fc.property(fc.array(step, {maxLength: 40}), steps => {
			const stage = new Stage();
			for (const {by, code, ...options} of steps) {
				for (const each of names) stage.heard(each);
				if (code > 6) stage.says(by, code === 7 ? '16' : '17');
				else stage.out(by, code, options);
				for (const each of names) stage.heard(each);
				const inside = names.filter(each => stage.says(each, commands.writes[0]!)[0] === 'write');
				const status = stage.run('a', '5e03 0000000000 ffff');
				// under RESERVE exactly its holder is in, and nothing can be asked
				if (status.kind !== 'reply') {
					if (inside.length !== 1) return false;
					continue;
				}
				const bytes = status.data;
				let registered = 0;
				let holders = 0;
				let type = 0;
				for (let at = 8; at < bytes.length; at += 24 + viewOf(bytes).getUint32(at + 20)) {
					registered++;
					if ((bytes[at + 12]! & 1) === 1) {
						holders++;
						type = bytes[at + 13]!;
					}
				}
				const expected = holders === 0 ? 3 : type >= 5 ? registered : 1;
				if (inside.length !== expected || (holders > 1 && (type < 7 || holders !== registered))) return false;
			}
			return true;
		}),
		{numRuns: 400},
	);
});

test('any bytes as a TransportID give text and a length inside them', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 80}), bytes => {
			const length = transportIdLength(viewOf(bytes), 0, bytes.length);
			return typeof transportIdText(bytes) === 'string' && (length === undefined || (length <= bytes.length && length >= 4));
		}),
	);
});
