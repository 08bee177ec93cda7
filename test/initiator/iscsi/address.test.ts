import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {parseIscsiAddress, parsePortal} from '../../../src/initiator/iscsi/address.js';
import {freshIsid} from '../../../src/initiator/iscsi/session.js';
import {readSense, scsiError, transferCdb} from '../../../src/initiator/scsi/cdb.js';
import {holds} from '../../property.js';

test('addresses in libiscsi’s form are taken apart', t => {
	t.deepEqual(parseIscsiAddress('iscsi://10.0.0.1/iqn.2026-01.a:b/0'), {protocol: 'iscsi', host: '10.0.0.1', port: 3260, iqn: 'iqn.2026-01.a:b', lun: 0});
	t.deepEqual(parseIscsiAddress('iscsi://[fe80::1%eth0]:860/iqn.x/255'), {protocol: 'iscsi', host: 'fe80::1%eth0', port: 860, iqn: 'iqn.x', lun: 255});
	t.deepEqual(parseIscsiAddress('iscsi://host:3261', false), {protocol: 'iscsi', host: 'host', port: 3261, iqn: '', lun: 0});
	t.deepEqual(parsePortal('disk.example'), {host: 'disk.example', port: 3260});
});

for (const text of [
	'iscsi://',
	'iscsi://host',
	'iscsi://host/iqn',
	'iscsi://host/iqn/x',
	'iscsi://host/iqn/16384',
	'iscsi://host:0/iqn/0',
	'iscsi://host:65536/iqn/0',
	'http://host/iqn/0',
	'iscsi://::1/iqn/0',
]) {
	test(`${text} is a usage error that shows the form`, t => {
		const error = t.throws(() => parseIscsiAddress(text), {instanceOf: NetstressError});
		t.is((error as NetstressError).code, 'ERR_USAGE');
		t.regex((error as NetstressError).message, /iscsi:\/\/|HOST/);
	});
}

test('credentials are refused without being shown', t => {
	const error = t.throws(() => parseIscsiAddress('iscsi://me%secret@host/iqn.x/0'), {instanceOf: NetstressError}) as NetstressError;
	t.is(error.code, 'ERR_UNSUPPORTED');
	t.is(error.exitStatus, 4);
	t.false(error.message.includes('secret'));
});

test('any text is an address or a usage error', t => {
	holds(
		t,
		fc.property(fc.string(), text => {
			try {
				parseIscsiAddress(`iscsi://${text}`);
				return true;
			} catch (error) {
				return error instanceof NetstressError;
			}
		}),
	);
});

test('a transfer uses the ten-byte form where it reaches', t => {
	t.is(Buffer.from(transferCdb(false, 0xffff_ffff, 0xffff)).toString('hex', 0, 10), '2800ffffffff00ffff00');
	t.is(Buffer.from(transferCdb(true, 0x1_0000_0000, 1)).toString('hex'), '8a000000000100000000000000010000');
	t.is(transferCdb(false, 0, 0x1_0000)[0], 0x88);
});

test('sense is read in both formats, and any bytes are not an exception', t => {
	t.deepEqual(readSense(Uint8Array.from(Buffer.from('700007000000000a000000002700000000000000'.slice(0, 36), 'hex'))), {key: 7, code: 0x2700});
	t.deepEqual(readSense(Uint8Array.from([0x72, 5, 0x24, 0])), {key: 5, code: 0x2400});
	fc.assert(fc.property(fc.uint8Array({maxLength: 30}), bytes => readSense(bytes) === undefined || bytes.length >= 4));
	t.regex(scsiError('write', 2, {key: 7, code: 0x2700}).message, /Write Protected \(2700\); the target exports it read-only/);
	t.regex(scsiError('read', 0x18, undefined).message, /Reservation Conflict/);
});

test('every session of a process has an ISID of its own', t => {
	const seen = new Set(Array.from({length: 1000}, () => Buffer.from(freshIsid()).toString('hex')));
	t.is(seen.size, 1000);
	for (const isid of seen) t.is(Number.parseInt(isid.slice(0, 2), 16) >> 6, 2);
});
