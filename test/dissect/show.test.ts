import {isIPv6} from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import {hexBytes, ipv6Text, seconds, show} from '../../src/dissect/show.js';
import {hex} from '../build.js';

const shape = (kind: Parameters<typeof show>[1]['show'], size: number, digits?: number) => ({show: kind, size, digits});

test('values print as tshark prints them', t => {
	t.is(show(0x88a2, shape('hex', 2)), '0x88a2');
	t.is(show(7, shape('hex', 2)), '0x0007');
	t.is(show(0xa000_0000, shape('hex', 6, 16)), '0x00000000a0000000');
	t.is(show(2n ** 63n, shape('hex', 8)), '0x8000000000000000');
	t.is(show(3, shape('bool', 1)), '1');
	t.is(show(hex('525400aa0002'), shape('mac', 6)), '52:54:00:aa:00:02');
	t.is(show(0x010203, shape('fcid', 3)), '01.02.03');
	t.is(show(0xfffffe, shape('fcid', 3)), 'ff.ff.fe');
	t.is(show(0x2000_5254_00aa_0002n, shape('wwn', 8)), '20:00:52:54:00:aa:00:02');
	t.is(show(2n ** 64n - 1n, shape('wwn', 8)), 'ff:ff:ff:ff:ff:ff:ff:ff');
	t.is(show(hex('0a4d0001'), shape('ipv4', 4)), '10.77.0.1');
	t.is(show(hex('0102ff'), shape('bytes', 3)), '0102ff');
	t.is(show(1_795_195_326_041_782_000n, shape('seconds', 0)), '1795195326.041782000');
	t.is(seconds(-1_500_000_000n), '-1.500000000');
	t.is(hexBytes(hex('0102'), ':'), '01:02');
});

const addresses: Array<[string, string]> = [
	['00000000000000000000000000000000', '::'],
	['00000000000000000000000000000001', '::1'],
	['20010db8000000000000000000000001', '2001:db8::1'],
	['20010db8000000010000000000000001', '2001:db8:0:1::1'],
	['20010db8000000010001000000010001', '2001:db8:0:1:1:0:1:1'],
	['fe80000000000000b8ab88fffe0682e3', 'fe80::b8ab:88ff:fe06:82e3'],
	['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
	['20010db8000000000001000000000000', '2001:db8:0:0:1::'],
];
for (const [digits, expected] of addresses) {
	test(`${digits} is ${expected}`, t => {
		t.is(ipv6Text(hex(digits)), expected);
	});
}

test('every IPv6 address prints as one that the system reads', t => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 16, maxLength: 16}), fc.uint8Array({minLength: 16, maxLength: 16}), (bytes, mask) => {
			t.true(isIPv6(ipv6Text(bytes.map((byte, i) => ((mask[i] as number) & 1 ? byte : 0)))));
		}),
	);
});
