import test from 'ava';
import {asyncEvent, opcode, rejectReason, taskFunction, taskResponse} from '../../../src/wire/iscsi-names.js';
import {bench, type Client, loggedIn, pduOf} from './bench.js';

const nopOut = (client: Client, more: {tag?: number; ttt?: number; cmdSn?: number; immediate?: boolean; data?: Uint8Array} = {}) => {
	const {tag = 77, ttt = 0xffff_ffff, immediate = true, data} = more;
	return pduOf(view => {
		view.setUint8(0, immediate ? 0x40 : 0);
		view.setUint8(1, 0x80);
		view.setUint32(4, data?.length ?? 0);
		view.setUint32(16, tag);
		view.setUint32(20, ttt);
		view.setUint32(24, more.cmdSn ?? (immediate ? client.cmdSn : client.cmdSn++));
	}, data);
};
const logout = (client: Client, reason = 0, cid = 0) =>
	pduOf(view => {
		view.setUint8(0, 0x46);
		view.setUint8(1, 0x80 | reason);
		view.setUint32(16, 88);
		view.setUint16(20, cid);
		view.setUint32(24, client.cmdSn);
	});
const manage = (client: Client, task: number, more: {lun?: bigint; tag?: number; refCmdSn?: number} = {}) =>
	pduOf(view => {
		view.setUint8(0, 0x42);
		view.setUint8(1, 0x80 | task);
		view.setBigUint64(8, more.lun ?? 0n);
		view.setUint32(16, 99);
		view.setUint32(20, more.tag ?? 0xffff_ffff);
		view.setUint32(24, client.cmdSn);
		view.setUint32(32, more.refCmdSn ?? 0);
	});
const raw = (...bytes: number[]) => pduOf(view => bytes.forEach((byte, i) => void view.setUint8(i, byte)));
const senseCode = (data: Uint8Array) => data[14]! * 256 + data[15]!;
const testUnitReady = '000000000000';
const write512 = '2a000000000000000100';

test('a NOP-Out is echoed, its answer to nothing is not', t => {
	const client = loggedIn(bench());
	const data = Uint8Array.from({length: 100}, (_, i) => i);
	const [reply, ...more] = client.send(nopOut(client, {data}), nopOut(client, {tag: 0xffff_ffff, ttt: 5}));
	t.is(more.length, 0);
	t.is(reply!.opcode, opcode.nopIn);
	t.deepEqual(reply!.data, data);
	t.is(reply!.view.getUint32(16), 77);
	t.is(reply!.view.getUint32(20), 0xffff_ffff);
});

test('a silent initiator is asked with a valid transfer tag and no task tag, and given up when it does not answer', t => {
	const from = bench({target: {pingSeconds: 10, pingTimeoutSeconds: 5}});
	const client = loggedIn(from);
	client.connection.tick(10_000);
	t.deepEqual(client.take(), []);
	client.connection.tick(10_001);
	const [ping] = client.take();
	t.is(ping!.opcode, opcode.nopIn);
	t.is(ping!.view.getUint32(16), 0xffff_ffff);
	t.not(ping!.view.getUint32(20), 0xffff_ffff);
	client.nowMs = 12_000;
	client.send(nopOut(client, {tag: 0xffff_ffff, ttt: ping!.view.getUint32(20)}));
	client.connection.tick(21_000);
	t.false(client.connection.ending);
	client.connection.tick(22_001);
	t.is(client.take().length, 1);
	client.connection.tick(27_002);
	t.true(client.connection.ending);
	t.is(from.target.counters.pingTimeouts, 1);
	t.is(from.target.counters.sessions, 0);
});

test('the command window is as deep as said, closes with what is outstanding, and never goes back', t => {
	const client = loggedIn(bench({target: {queueDepth: 4}}));
	const [first] = client.send(nopOut(client));
	const exp = first!.view.getUint32(28);
	t.is(first!.view.getUint32(32) - exp + 1, 4);
	// two writes that wait for their data
	client.send(client.command(write512, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	const [r2t] = client.send(client.command(write512, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	t.is(r2t!.view.getUint32(28), exp + 2);
	t.is(r2t!.view.getUint32(32), first!.view.getUint32(32));
	// one for immediate delivery takes a place without taking a number
	const [more] = client.send(client.command(write512, {I: 1, 'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	t.is(more!.view.getUint32(28), exp + 2);
	t.is(more!.view.getUint32(32), first!.view.getUint32(32));
});

test('a command above the window or already seen is ignored, one that leaves a gap ends the session', t => {
	const from = bench({target: {queueDepth: 4}});
	const client = loggedIn(from);
	const expected = client.cmdSn;
	t.deepEqual(client.send(client.command(testUnitReady, {cmdsn: expected + 4})), []);
	t.deepEqual(client.send(client.command(testUnitReady, {cmdsn: expected - 1})), []);
	t.is(from.target.counters.ignored, 2);
	t.is(client.send(client.command(testUnitReady, {cmdsn: expected})).length, 1);
	const [reply] = client.send(client.command(testUnitReady, {cmdsn: expected + 2}));
	t.is(reply!.opcode, opcode.reject);
	t.is(reply!.view.getUint8(2), rejectReason.protocol);
	t.true(client.connection.ending);
});

test('command numbers wrap', t => {
	const from = bench();
	const near = from.connect();
	near.login();
	const session = near.connection.session!;
	session.expCmdSn = 0xffff_fffe;
	for (const cmdsn of [0xffff_fffe, 0xffff_ffff, 0, 1]) t.is(near.send(near.command(testUnitReady, {cmdsn})).length, 1, `CmdSN ${cmdsn}`);
});

test('every status takes the next number, an R2T and a ping do not', t => {
	const client = loggedIn(bench());
	const [one] = client.send(nopOut(client));
	const statSn = one!.view.getUint32(24);
	const [r2t] = client.send(client.command(write512, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	t.is(r2t!.view.getUint32(24), statSn + 1);
	client.connection.ping(0);
	t.is(client.take()[0]!.view.getUint32(24), statSn + 1);
	t.is(client.send(nopOut(client))[0]!.view.getUint32(24), statSn + 1);
	t.is(client.send(nopOut(client))[0]!.view.getUint32(24), statSn + 2);
});

test('logout is answered and then the connection ends; recovery is not supported', t => {
	const from = bench();
	const client = loggedIn(from);
	t.is(client.send(logout(client, 2))[0]!.view.getUint8(2), 2);
	t.is(client.send(logout(client, 1, 9))[0]!.view.getUint8(2), 1);
	t.false(client.connection.ending);
	const [reply] = client.send(logout(client));
	t.is(reply!.opcode, opcode.logoutResponse);
	t.is(reply!.view.getUint8(2), 0);
	t.true(client.connection.ending);
	t.is(from.target.counters.sessions, 0);
});

test('what is not supported is rejected with its header, and the session goes on', t => {
	const client = loggedIn(bench());
	for (const [bytes, reason] of [
		[[0x10, 0x80], rejectReason.dataSnack],
		[[0x1c, 0x80], rejectReason.notSupported],
		[[0x3f, 0x80], rejectReason.notSupported],
	] as const) {
		const pdu = raw(...bytes);
		const [reply] = client.send(pdu);
		t.is(reply!.opcode, opcode.reject);
		t.is(reply!.view.getUint8(2), reason);
		t.is(reply!.view.getUint32(16), 0xffff_ffff);
		t.deepEqual(reply!.data, pdu);
	}
	t.is(client.send(nopOut(client)).length, 1);
});

test('a PDU that announces more than was declared is rejected and ends the session', t => {
	const from = bench();
	const client = loggedIn(from);
	const [reply] = client.send(raw(0x05, 0x80, 0, 0, 0, 0xff, 0xff, 0xff));
	t.is(reply!.opcode, opcode.reject);
	t.is(reply!.view.getUint8(2), rejectReason.protocol);
	t.true(client.connection.ending);
	t.is(from.target.counters.sessions, 0);
});

test('an initiator hears of the power-on once, and of a reset by another', t => {
	const from = bench();
	const client = from.connect();
	client.login();
	const [attention] = client.send(client.command(testUnitReady));
	t.is(attention!.view.getUint8(3), 2);
	t.is(senseCode(attention!.data), 0x2900);
	t.is(client.send(client.command(testUnitReady))[0]!.view.getUint8(3), 0);
	const other = from.connect();
	other.login([], {}, 2);
	t.is(other.send(manage(other, taskFunction.logicalUnitReset))[0]!.view.getUint8(2), taskResponse.complete);
	t.is(senseCode(client.send(client.command(testUnitReady))[0]!.data), 0x2903);
});

test('a task is aborted with its data; what still comes for it is ignored', t => {
	const from = bench();
	const client = loggedIn(from);
	const [r2t] = client.send(client.command(write512, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	const [reply] = client.send(manage(client, taskFunction.abortTask, {tag: client.tag, refCmdSn: client.cmdSn - 1}));
	t.is(reply!.opcode, opcode.taskManagementResponse);
	t.is(reply!.view.getUint8(2), taskResponse.complete);
	const late = pduOf(view => {
		view.setUint8(0, opcode.dataOut);
		view.setUint8(1, 0x80);
		view.setUint32(4, 512);
		view.setUint32(16, client.tag);
		view.setUint32(20, r2t!.view.getUint32(20));
	}, new Uint8Array(512));
	t.deepEqual(client.send(late), []);
	t.is(from.volume.counters.writes, 0);
	t.is(client.send(manage(client, taskFunction.abortTask, {tag: client.tag, refCmdSn: client.cmdSn - 1}))[0]!.view.getUint8(2), taskResponse.noTask);
});

test('a read that is aborted while it waits is never sent', t => {
	const client = loggedIn(bench());
	client.connection.receive(client.command('28000000000000010000', {'scsicommand.R': 1, 'scsicommand.expecteddatatransferlength': 131_072}), 0);
	client.connection.receive(manage(client, taskFunction.abortTaskSet), 0);
	const replies = client.take();
	t.deepEqual(
		replies.map(({opcode: code}) => code),
		[opcode.taskManagementResponse],
	);
});

test('task management on a LUN that does not exist says so, and what is not supported says that', t => {
	const client = loggedIn(bench());
	const answer = (task: number, lun = 0n) => client.send(manage(client, task, {lun}))[0]!.view.getUint8(2);
	t.is(answer(taskFunction.logicalUnitReset, 5n << 48n), taskResponse.noLun);
	t.is(answer(taskFunction.abortTaskSet, 5n << 48n), taskResponse.noLun);
	t.is(answer(taskFunction.clearAca), taskResponse.notSupported);
	t.is(answer(taskFunction.taskReassign), taskResponse.noReassign);
	t.is(answer(taskFunction.targetWarmReset), taskResponse.complete);
	t.is(senseCode(client.send(client.command(testUnitReady))[0]!.data), 0x2902);
});

test('a cold reset closes every connection after its answer', t => {
	const from = bench();
	const client = loggedIn(from);
	const other = from.connect();
	other.login([], {}, 2);
	const replies = client.send(manage(client, taskFunction.targetColdReset));
	t.deepEqual(
		replies.map(({opcode: code}) => code),
		[opcode.taskManagementResponse, opcode.async],
	);
	t.is(replies[1]!.view.getUint8(36), asyncEvent.dropAll);
	t.true(client.connection.ending && other.connection.ending);
});

test('a target that shuts down asks for logout first and says goodbye at the end', t => {
	const client = loggedIn(bench());
	client.connection.requestLogout(3);
	const [request] = client.take();
	t.is(request!.opcode, opcode.async);
	t.is(request!.view.getUint8(36), asyncEvent.logoutRequest);
	t.is(request!.view.getUint16(42), 3);
	client.connection.drop('shutting down');
	const [goodbye] = client.take();
	t.is(goodbye!.view.getUint8(36), asyncEvent.dropAll);
	t.true(client.connection.ending);
});

test('a tag in use is refused', t => {
	const client = loggedIn(bench());
	client.send(client.command(write512, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': 512}));
	const [reply] = client.send(client.command(testUnitReady, {initiatortasktag: client.tag}));
	t.is(reply!.opcode, opcode.reject);
	t.is(reply!.view.getUint8(2), rejectReason.taskInProgress);
});
