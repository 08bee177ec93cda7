import test from 'ava';
import {loginStatus, opcode} from '../../../src/wire/iscsi-names.js';
import {encodeText, type TextPair} from '../../../src/wire/iscsi-text.js';
import {bench, initiator, iqn, loggedIn, loginPdu, loginStatusOf, pairsOf, pduOf} from './bench.js';

const names: readonly TextPair[] = [
	['InitiatorName', initiator],
	['TargetName', iqn],
];
const valuesOf = (pairs: readonly TextPair[]) => Object.fromEntries(pairs);

test('a login in one step answers every key, names the portal group and gives a handle', t => {
	const {connect, target} = bench();
	const client = connect();
	const replies = client.login([
		['HeaderDigest', 'CRC32C,None'],
		['DataDigest', 'None'],
		['InitialR2T', 'No'],
		['ImmediateData', 'Yes'],
		['MaxBurstLength', '16776192'],
		['FirstBurstLength', '262144'],
		['MaxRecvDataSegmentLength', '65536'],
		['ErrorRecoveryLevel', '2'],
		['MaxConnections', '4'],
		['X-com.example.thing', '1'],
	]);
	t.is(replies.length, 1);
	t.is(loginStatusOf(replies[0]), 0);
	t.is(replies[0]!.view.getUint8(1), 0x87);
	t.not(replies[0]!.view.getUint16(14), 0);
	t.deepEqual(valuesOf(pairsOf(replies[0]!)), {
		HeaderDigest: 'CRC32C',
		DataDigest: 'None',
		InitialR2T: 'No',
		ImmediateData: 'Yes',
		MaxBurstLength: '16776192',
		FirstBurstLength: '262144',
		MaxRecvDataSegmentLength: '262144',
		ErrorRecoveryLevel: '0',
		MaxConnections: '1',
		'X-com.example.thing': 'NotUnderstood',
		TargetPortalGroupTag: '1',
	});
	t.is(target.counters.logins, 1);
	t.is(target.counters.sessions, 1);
});

test('what nobody mentions is the default of RFC 7143', t => {
	const {connect} = bench();
	const client = connect();
	client.login();
	const agreed = client.connection.session?.agreed;
	t.like(agreed, {
		headerDigest: false,
		dataDigest: false,
		initialR2T: true,
		immediateData: true,
		maxSend: 8192,
		maxBurst: 262_144,
		firstBurst: 65_536,
		maxOutstandingR2T: 1,
	});
});

test('two stages, and text that comes in pieces', t => {
	const client = bench().connect();
	const text = encodeText([...names, ['AuthMethod', 'CHAP,None']]);
	const piece = (data: Uint8Array, more: Record<string, number>) => {
		const pdu = loginPdu([], {'login.csg': 0, 'login.nsg': 1, datasegmentlength: data.length, ...more});
		const whole = new Uint8Array(48 + ((data.length + 3) & ~3));
		whole.set(pdu);
		whole.set(data, 48);
		return whole;
	};
	const first = client.send(piece(text.subarray(0, 20), {'login.T': 0, 'login.C': 1, 'login.nsg': 0}));
	t.is(loginStatusOf(first[0]), 0);
	t.is(first[0]!.data.length, 0);
	const second = client.send(piece(text.subarray(20), {}));
	t.is(second[0]!.view.getUint8(1), 0x81);
	t.is(valuesOf(pairsOf(second[0]!)).AuthMethod, 'None');
	const third = client.send(loginPdu([['MaxBurstLength', '65536']]));
	t.is(third[0]!.view.getUint8(1), 0x87);
	t.is(valuesOf(pairsOf(third[0]!)).MaxBurstLength, '65536');
});

const refusals: ReadonlyArray<readonly [title: string, status: number, pairs: readonly TextPair[], more: Record<string, unknown>]> = [
	['no initiator name', loginStatus.missingParameter, [['TargetName', iqn]], {}],
	['no target name', loginStatus.missingParameter, [['InitiatorName', initiator]], {}],
	['another target name', loginStatus.notFound, [names[0]!, ['TargetName', 'iqn.2026-01.netstress:other']], {}],
	['an unknown session type', loginStatus.sessionType, [...names, ['SessionType', 'Holiday']], {}],
	['only CHAP', loginStatus.authenticationFailed, [...names, ['AuthMethod', 'CHAP']], {'login.csg': 0, 'login.nsg': 1}],
	['a version above 0', loginStatus.unsupportedVersion, names, {versionmin: 1}],
	['a key twice', loginStatus.initiatorError, [...names, ['InitialR2T', 'No'], ['InitialR2T', 'No']], {}],
	['stage 2', loginStatus.initiatorError, names, {'login.csg': 2, 'login.nsg': 3}],
	['a step back', loginStatus.initiatorError, names, {'login.csg': 1, 'login.nsg': 0}],
	['a session that does not exist', loginStatus.noSession, names, {tsih: 77}],
];
for (const [title, status, pairs, more] of refusals) {
	test(`a login with ${title} is refused with ${status.toString(16).padStart(4, '0')} and the connection ends`, t => {
		const {connect, target} = bench();
		const client = connect();
		const replies = client.send(loginPdu(pairs, more));
		t.is(replies.length, 1);
		t.is(replies[0]!.opcode, opcode.loginResponse);
		t.is(loginStatusOf(replies[0]), status);
		t.true(client.connection.ending);
		t.is(target.counters.loginFailures, 1);
		t.is(target.counters.sessions, 0);
	});
}

test('login text without end is refused before it is a burden', t => {
	const client = bench().connect();
	let replies = client.send(loginPdu([['A', 'x'.repeat(8000)]], {'login.T': 0, 'login.C': 1, 'login.nsg': 0}));
	for (let i = 0; i < 20 && !client.connection.ending; i++)
		replies = client.send(loginPdu([['A', 'x'.repeat(8000)]], {'login.T': 0, 'login.C': 1, 'login.nsg': 0}));
	t.is(loginStatusOf(replies.at(-1)), loginStatus.initiatorError);
	t.true(client.connection.ending);
});

test('a login that announces 16 MB is refused at its header', t => {
	const client = bench().connect();
	const replies = client.send(loginPdu([], {datasegmentlength: 0xff_ffff}));
	t.is(loginStatusOf(replies[0]), loginStatus.initiatorError);
	t.true(client.connection.ending);
});

test('a first PDU that is no login is rejected and the connection ends', t => {
	const client = bench().connect();
	const replies = client.send(client.command('000000000000'));
	t.is(replies[0]!.opcode, opcode.reject);
	t.is(replies[0]!.view.getUint8(2), 1);
	t.is(replies[0]!.data.length, 48);
	t.true(client.connection.ending);
});

test('a login that does not come in time ends', t => {
	const client = bench().connect();
	client.connection.tick(15_000);
	t.false(client.connection.ending);
	client.connection.tick(15_001);
	t.true(client.connection.ending);
});

test('a full target says out of resources', t => {
	const {connect, target} = bench({target: {maxSessions: 1}});
	connect().login();
	const replies = connect().login([], {InitiatorName: 'iqn.2026-01.netstress:another'});
	t.is(loginStatusOf(replies[0]), loginStatus.outOfResources);
	t.is(target.counters.sessions, 1);
});

test('a login with the same name and ISID replaces the session, another ISID does not', t => {
	const {connect, target} = bench();
	const first = connect();
	first.login();
	const other = connect();
	other.login([], {}, 2);
	t.is(target.counters.sessions, 2);
	const again = connect();
	t.is(loginStatusOf(again.login()[0]), 0);
	t.true(first.connection.ending);
	t.is(first.connection.reason, 'session reinstated');
	t.false(other.connection.ending);
	t.is(target.counters.sessions, 2);
});

test('a discovery session with the same name and ISID leaves a normal one alone', t => {
	const {connect, target} = bench();
	const first = connect();
	first.login();
	const discovery = connect();
	discovery.login([], {SessionType: 'Discovery'});
	t.false(first.connection.ending);
	connect().login();
	t.true(first.connection.ending);
	t.false(discovery.connection.ending);
	t.is(target.counters.sessions, 2);
});

test('a session whose connection comes back by handle goes on, another connection does not fit in', t => {
	const {connect, target} = bench();
	const first = connect();
	const tsih = first.login()[0]!.view.getUint16(14);
	t.is(loginStatusOf(connect().send(loginPdu(names, {tsih, cid: 9}))[0]), loginStatus.tooManyConnections);
	const back = connect();
	t.is(loginStatusOf(back.send(loginPdu(names, {tsih}))[0]), 0);
	t.true(first.connection.ending);
	t.is(target.counters.sessions, 1);
});

test('discovery lists the target, and takes text, NOP and logout only', t => {
	const client = bench().connect();
	client.login([], {SessionType: 'Discovery', TargetName: iqn});
	const request = encodeText([['SendTargets', 'All']]);
	const text = (more: Record<string, number>) =>
		pduOf(view => {
			view.setUint8(0, opcode.text);
			view.setUint8(1, 0x80);
			view.setUint32(4, request.length);
			view.setUint32(16, 5);
			view.setUint32(20, more.ttt ?? 0xffff_ffff);
			view.setUint32(24, client.cmdSn++);
		}, request);
	const [reply] = client.send(text({}));
	t.is(reply!.opcode, opcode.textResponse);
	t.deepEqual(pairsOf(reply!), [
		['TargetName', iqn],
		['TargetAddress', '192.0.2.1:3260,1'],
	]);
	const [refused] = client.send(client.command('000000000000'));
	t.is(refused!.opcode, opcode.reject);
	t.is(refused!.view.getUint8(2), 5);
});

test('a second login on a connection ends it', t => {
	const from = bench();
	const client = loggedIn(from);
	const replies = client.send(loginPdu(names));
	t.is(replies[0]!.opcode, opcode.reject);
	t.true(client.connection.ending);
	t.is(from.target.counters.sessions, 0);
});
