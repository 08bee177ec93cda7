// The initiator's engine against the target's, in memory: no sockets, no clock, the stream cut anywhere.
import test from 'ava';
import fc from 'fast-check';
import type {ErrorCode, NetstressError} from '../../../src/base/errors.js';
import {seeded} from '../../../src/base/random.js';
import {type EngineOptions, InitiatorEngine} from '../../../src/initiator/iscsi/engine.js';
import {bufferBytes} from '../../../src/initiator/iscsi/outgoing.js';
import {newSessionCounters} from '../../../src/initiator/iscsi/session.js';
import {transferCdb} from '../../../src/initiator/scsi/cdb.js';
import type {ScsiResult} from '../../../src/initiator/scsi/command.js';
import {asyncMessage, logoutResponsePdu, nopIn, r2t, reject, reservedTag, scsiResponse} from '../../../src/wire/iscsi.js';
import {opcode} from '../../../src/wire/iscsi-names.js';
import {holds} from '../../property.js';
import {bench, iqn, pduOf} from '../../target/iscsi/bench.js';

interface Link {
	readonly engine: InitiatorEngine;
	readonly counters: ReturnType<typeof newSessionCounters>;
	readonly ended: Array<NetstressError | undefined>;
	nowMs: number;
	/** What the initiator has to say. */
	pull(): Uint8Array;
	say(bytes: Uint8Array): void;
}

const buffer = new Uint8Array(bufferBytes);
const view = new DataView(buffer.buffer);

function link(options: Partial<EngineOptions> = {}): Link {
	const counters = newSessionCounters();
	const ended: Array<NetstressError | undefined> = [];
	const whole: EngineOptions = {
		initiator: 'iqn.2026-01.netstress:me',
		target: iqn,
		isid: Uint8Array.of(0x80, 0, 0, 0, 0, 1),
		headerDigest: false,
		dataDigest: false,
		window: 32,
		pingSeconds: 5,
		pingTimeoutSeconds: 5,
		...options,
	};
	const engine = new InitiatorEngine(whole, {ready: () => undefined, ended: error => ended.push(error)}, counters, 0);
	return {
		engine,
		counters,
		ended,
		nowMs: 0,
		pull() {
			const parts: Uint8Array[] = [];
			for (;;) {
				const length = engine.pull(buffer.fill(0xa5), view);
				if (length === 0) return Uint8Array.from(Buffer.concat(parts));
				parts.push(buffer.slice(0, length));
			}
		},
		say(bytes) {
			engine.receive(bytes, this.nowMs);
		},
	};
}

/** Moves bytes both ways until both are silent, in pieces that `cut` chooses. */
function settle(
	from: Link,
	connection: ReturnType<ReturnType<typeof bench>['connect']>['connection'],
	cut: (length: number) => number = length => length,
): void {
	for (;;) {
		const out = from.pull();
		for (let at = 0; at < out.length; ) {
			const take = Math.max(1, Math.min(out.length - at, cut(out.length - at)));
			connection.receive(out.slice(at, at + take), from.nowMs);
			at += take;
		}
		let came = 0;
		const back = new Uint8Array(0x1_0000);
		for (;;) {
			const length = connection.pull(back, new DataView(back.buffer));
			if (length === 0) break;
			came += length;
			for (let at = 0; at < length; ) {
				const take = Math.max(1, Math.min(length - at, cut(length - at)));
				from.say(back.slice(at, at + take));
				at += take;
			}
		}
		if (out.length === 0 && came === 0) return;
	}
}

test('random reads and writes over every mix of keys, the stream cut anywhere, match a model', t => {
	const setup = fc.record({
		seed: fc.nat(),
		headerDigest: fc.boolean(),
		dataDigest: fc.boolean(),
		window: fc.integer({min: 1, max: 8}),
		queueDepth: fc.integer({min: 1, max: 8}),
	});
	holds(
		t,
		fc.property(setup, ({seed, headerDigest, dataDigest, window, queueDepth}) => {
			const random = seeded(seed);
			const from = bench({size: 2 ** 20, target: {queueDepth}});
			const {connection} = from.connect();
			const side = link({headerDigest, dataDigest, window});
			const cut = (length: number) => 1 + random.below(length);
			const model = from.volume.bytes.slice();
			const run = (write: boolean, lba: number, bytes: Uint8Array) => {
				const cdb = transferCdb(write, lba, bytes.length / 512);
				let result: ScsiResult | undefined;
				let failure: NetstressError | undefined;
				side.engine.submit({
					lun: 0n,
					cdb,
					...(write ? {dataOut: bytes} : {dataIn: bytes}),
					done(each, error) {
						result = each;
						failure = error;
					},
				});
				return () => {
					if (failure) throw failure;
					return result?.status;
				};
			};
			settle(side, connection, cut);
			// the first command hears of the power-on
			const first = run(false, 0, new Uint8Array(512));
			settle(side, connection, cut);
			if (first() !== 2) return false;
			for (let step = 0; step < 6; step++) {
				// what is outstanding at once does not overlap
				const checks: Array<() => boolean> = [];
				for (let lane = 0; lane < 4; lane++) {
					const count = 1 + random.below(400);
					const lba = lane * 512 + random.below(512 - count + 1);
					const bytes = new Uint8Array(count * 512);
					const write = random.chance(0.5);
					if (write) {
						random.fill(bytes);
						model.set(bytes, lba * 512);
					}
					const wanted = model.slice(lba * 512, lba * 512 + bytes.length);
					const status = run(write, lba, bytes);
					checks.push(() => status() === 0 && Buffer.compare(bytes, wanted) === 0);
				}
				settle(side, connection, cut);
				if (!checks.every(check => check())) return false;
			}
			side.engine.logout();
			settle(side, connection, cut);
			return Buffer.compare(model, from.volume.bytes) === 0 && side.ended.length === 1 && side.ended[0] === undefined && side.counters.unexpected === 0;
		}),
		{numRuns: 25},
	);
});

/** A link that has logged in to a target of which only the login is used; then the test speaks for the target. */
function inFullFeature(options: Partial<EngineOptions> = {}) {
	const from = bench();
	const {connection} = from.connect();
	const side = link(options);
	settle(side, connection);
	return side;
}

const stamped = {statsn: 1, expcmdsn: 2, maxcmdsn: 100};

test('a ping of the target is answered with its tag, LUN and data', t => {
	const side = inFullFeature();
	const data = Uint8Array.of(1, 2, 3, 4);
	side.say(
		pduOf(
			v =>
				nopIn.encode({opcode: opcode.nopIn, _F: 1, _lun: 5n << 48n, datasegmentlength: 4, initiatortasktag: reservedTag, targettransfertag: 9, ...stamped}, v),
			data,
		),
	);
	const answer = side.pull();
	t.is(answer[0], 0x40);
	const out = new DataView(answer.buffer);
	t.is(out.getUint32(16), reservedTag);
	t.is(out.getUint32(20), 9);
	t.is(out.getBigUint64(8), 5n << 48n);
	t.deepEqual(answer.subarray(48), data);
});

test('a silent target is asked, and given up with ERR_TIMEOUT', t => {
	const side = inFullFeature();
	side.engine.tick(5001);
	t.is(side.pull()[0], 0x40);
	side.engine.tick(10_000);
	t.is(side.ended.length, 0);
	side.engine.tick(10_002);
	t.is(side.ended[0]?.code, 'ERR_TIMEOUT');
});

test('a command without status is aborted and told; its late data is thrown away', t => {
	const side = inFullFeature({pingSeconds: 0});
	const bytes = new Uint8Array(512);
	const told: Array<string | undefined> = [];
	side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 1), dataIn: bytes, deadlineMs: 100, done: (_, error) => told.push(error?.code)});
	const command = side.pull();
	side.engine.tick(101);
	t.deepEqual(told, ['ERR_TIMEOUT']);
	const abort = side.pull();
	t.is(abort[0], 0x42);
	t.is(abort[1], 0x81);
	t.deepEqual(abort.subarray(20, 24), command.subarray(16, 20));
	const late = pduOf(v => {
		v.setUint8(0, opcode.dataIn);
		v.setUint8(1, 0x81);
		v.setUint32(4, 512);
		new Uint8Array(v.buffer).set(command.subarray(16, 20), 16);
		v.setUint32(32, 100);
	}, new Uint8Array(512).fill(7));
	side.say(late);
	t.true(bytes.every(byte => byte === 0));
	t.is(side.counters.late, 1);
	t.is(side.engine.outstanding, 0);
});

const breaks: ReadonlyArray<readonly [title: string, code: ErrorCode, pdu: (tag: number) => Uint8Array]> = [
	[
		'asks for more than was offered',
		'ERR_PROTOCOL',
		tag => pduOf(v => r2t.encode({opcode: opcode.r2t, initiatortasktag: tag, bufferOffset: 0, desireddatalength: 2 ** 31, ...stamped}, v)),
	],
	[
		'sends data where none was asked for',
		'ERR_PROTOCOL',
		tag =>
			pduOf(v => {
				v.setUint8(0, opcode.dataIn);
				v.setUint32(4, 4);
				v.setUint32(16, tag);
			}, new Uint8Array(4)),
	],
	['announces 16 MB', 'ERR_PROTOCOL', () => pduOf(v => v.setUint32(4, 0xff_ffff))],
	['rejects something unknown', 'ERR_PROTOCOL', () => pduOf(v => reject.encode({opcode: opcode.reject, 'reject.reason': 4, ...stamped}, v))],
	['drops its connections', 'ERR_CLOSED', () => pduOf(v => asyncMessage.encode({opcode: opcode.async, asyncevent: 3, ...stamped}, v))],
];
for (const [title, code, pdu] of breaks) {
	test(`a target that ${title} ends the session with ${code}, and the command is told`, t => {
		const side = inFullFeature();
		const told: Array<string | undefined> = [];
		side.engine.submit({lun: 0n, cdb: transferCdb(true, 0, 1), dataOut: new Uint8Array(512), done: (_, error) => told.push(error?.code)});
		const command = side.pull();
		side.say(pdu(new DataView(command.buffer).getUint32(16)));
		t.is(side.ended[0]?.code, code);
		t.deepEqual(told, [code]);
		t.false(side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 1), done: () => t.fail()}));
	});
}

test('a command that the target did not run is an error, and the session goes on', t => {
	const side = inFullFeature();
	const told: Array<string | undefined> = [];
	side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 1), dataIn: new Uint8Array(512), done: (_, error) => told.push(error?.message)});
	const tag = new DataView(side.pull().buffer).getUint32(16);
	side.say(pduOf(v => scsiResponse.encode({opcode: opcode.scsiResponse, 'scsiresponse.response': 1, initiatortasktag: tag, ...stamped}, v)));
	t.is(told.length, 1);
	t.regex(told[0] ?? '', /Response does not contain SCSI status/);
	t.is(side.ended.length, 0);
});

test('a request to log out is followed', t => {
	const side = inFullFeature();
	side.say(pduOf(v => asyncMessage.encode({opcode: opcode.async, asyncevent: 1, parameter3: 5, ...stamped}, v)));
	t.is(side.pull()[0], 0x46);
	t.true(side.engine.leaving);
	side.say(pduOf(v => logoutResponsePdu.encode({opcode: opcode.logoutResponse, ...stamped, statsn: 2}, v)));
	t.deepEqual(side.ended, [undefined]);
});

test('no more commands are outstanding than the target’s window takes', t => {
	const from = bench({target: {queueDepth: 3}});
	const {connection} = from.connect();
	const side = link({window: 100});
	settle(side, connection);
	for (let i = 0; i < 10; i++) side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 1), dataIn: new Uint8Array(512), done: () => undefined});
	t.is(side.pull().length, 3 * 48);
	t.is(side.engine.outstanding, 10);
});

test('data of a read that is not where it belongs ends the session', t => {
	const side = inFullFeature();
	const bytes = new Uint8Array(4096);
	const told: Array<string | undefined> = [];
	side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 8), dataIn: bytes, done: (_, error) => told.push(error?.code)});
	const tag = new DataView(side.pull().buffer).getUint32(16);
	side.say(
		pduOf(v => {
			v.setUint8(0, opcode.dataIn);
			v.setUint32(4, 512);
			v.setUint32(16, tag);
			v.setUint32(40, 512);
		}, new Uint8Array(512).fill(7)),
	);
	t.deepEqual(told, ['ERR_PROTOCOL']);
	t.true(bytes.every(byte => byte === 0));
});

test('the target’s window never goes back', t => {
	const side = inFullFeature({window: 100});
	const ping = (maxcmdsn: number) =>
		pduOf(v => nopIn.encode({opcode: opcode.nopIn, initiatortasktag: reservedTag, targettransfertag: reservedTag, expcmdsn: 1, maxcmdsn}, v));
	side.say(ping(200));
	side.say(ping(3));
	for (let i = 0; i < 90; i++) side.engine.submit({lun: 0n, cdb: transferCdb(false, 0, 1), dataIn: new Uint8Array(512), done: () => undefined});
	t.is(side.pull().length, 90 * 48);
});

test('any bytes from a target: never an exception, every command told once', t => {
	holds(
		t,
		fc.property(fc.array(fc.uint8Array({maxLength: 200}), {maxLength: 20}), fc.array(fc.nat({max: 63}), {maxLength: 20}), (chunks, codes) => {
			const side = inFullFeature({pingSeconds: 0});
			let told = 0;
			for (let i = 0; i < 3; i++)
				side.engine.submit({
					lun: 0n,
					cdb: transferCdb(i === 0, 0, 8),
					...(i === 0 ? {dataOut: new Uint8Array(4096)} : {dataIn: new Uint8Array(4096)}),
					done: () => void told++,
				});
			side.pull();
			for (const [i, chunk] of chunks.entries()) {
				// a header that can be read, with what came as its rest
				const pdu = pduOf(v => new Uint8Array(v.buffer).set(chunk.subarray(0, 48)));
				pdu[0] = codes[i] ?? 0x25;
				pdu.fill(0, 4, 8);
				if (i % 2 === 0) pdu.set([0, 0, 0, 1 + (i % 4)], 16);
				side.say(i % 3 === 0 ? chunk : pdu);
				side.pull();
			}
			side.engine.fail(undefined);
			return told === 3;
		}),
		{numRuns: 500},
	);
});
