import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {keyRules, negotiate, parseNumber} from '../../src/wire/iscsi-keys.js';
import {decodeText, encodeText} from '../../src/wire/iscsi-text.js';
import {holds} from '../property.js';

const key = fc.string({minLength: 1, maxLength: 63, unit: 'grapheme-ascii'}).filter(text => !text.includes('='));
const value = fc.string({maxLength: 255}).map(text => text.replaceAll('\0', ''));

test('pairs survive encode and decode', t => {
	holds(
		t,
		fc.property(fc.array(fc.tuple(key, value)), pairs => {
			const {pairs: back, fault} = decodeText(encodeText(pairs));
			return fault === undefined && JSON.stringify(back) === JSON.stringify(pairs);
		}),
	);
});

test('any bytes decode without an exception, to no more pairs than bytes', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 2000}), bytes => decodeText(bytes).pairs.length <= bytes.length),
	);
});

test('a pair without "=", without a key, with a long key or a long value is a fault, and the pairs before it count', t => {
	const of = (text: string) => decodeText(Buffer.from(text));
	t.deepEqual(of('A=1\0B\0'), {pairs: [['A', '1']], fault: 'a pair without "="'});
	t.is(of('=1\0').fault, 'a pair without a key');
	t.is(of(`${'k'.repeat(64)}=1\0`).fault, 'a key of 64 bytes');
	t.is(of(`k=${'v'.repeat(8193)}\0`).fault, 'a value of 8193 bytes');
	t.deepEqual(of('A=1').pairs, [['A', '1']]);
	t.deepEqual(of('A=b=c\0').pairs, [['A', 'b=c']]);
});

test('a key or value that cannot be sent is refused', t => {
	for (const pair of [
		['', 'x'],
		['a=b', 'x'],
		['a', 'x\0'],
		['k'.repeat(64), 'x'],
	] as const) {
		t.is((t.throws(() => encodeText([pair]), {instanceOf: NetstressError}) as NetstressError).code, 'ERR_FIELD_RANGE');
	}
});

test('two wishes become one result as RFC 7143 section 13 says', t => {
	const cases: ReadonlyArray<readonly [name: keyof typeof keyRules, offered: string, ours: string, answer: string]> = [
		['InitialR2T', 'No', 'No', 'No'],
		['InitialR2T', 'No', 'Yes', 'Yes'],
		['InitialR2T', 'Yes', 'No', 'Yes'],
		['ImmediateData', 'Yes', 'Yes', 'Yes'],
		['ImmediateData', 'Yes', 'No', 'No'],
		['ImmediateData', 'maybe', 'No', 'Reject'],
		['MaxBurstLength', '16776192', '262144', '262144'],
		['MaxBurstLength', '511', '262144', 'Reject'],
		['MaxBurstLength', '0x1000', '262144', '4096'],
		['MaxBurstLength', 'many', '262144', 'Reject'],
		['DefaultTime2Wait', '0', '2', '2'],
		['DefaultTime2Retain', '20', '0', '0'],
		['ErrorRecoveryLevel', '2', '0', '0'],
		['HeaderDigest', 'CRC32C,None', 'None', 'None'],
		['HeaderDigest', 'CRC32C,None', 'CRC32C,None', 'CRC32C'],
		['HeaderDigest', 'None,CRC32C', 'CRC32C,None', 'None'],
		['AuthMethod', 'CHAP', 'None', 'Reject'],
		['MaxRecvDataSegmentLength', '65536', '262144', '262144'],
		['MaxRecvDataSegmentLength', '16777216', '262144', 'Reject'],
	];
	for (const [name, offered, ours, answer] of cases) t.is(negotiate(keyRules[name], offered, ours).answer, answer, `${name} ${offered}/${ours}`);
});

test('any offer gets an answer, and a result only when it is not rejected', t => {
	const names = Object.keys(keyRules) as Array<keyof typeof keyRules>;
	fc.assert(
		fc.property(fc.constantFrom(...names), fc.string(), (name, offered) => {
			const {answer, value: result} = negotiate(keyRules[name], offered, keyRules[name].initial);
			return (result === undefined) === (answer === 'Reject');
		}),
	);
	t.is(parseNumber('0x10'), 16);
	t.is(parseNumber('1e3'), undefined);
	t.is(parseNumber(''), undefined);
});
