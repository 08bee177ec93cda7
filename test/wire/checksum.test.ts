import test from 'ava';
import fc from 'fast-check';
import {checksum, fold, pseudoHeader, sum16} from '../../src/wire/checksum.js';
import {hex, viewOf} from '../build.js';

test('the example of RFC 1071 3 sums to 0xddf2', t => {
	const view = viewOf(hex('0001f203f4f5f6f7'));
	t.is(fold(sum16(view, 0, 8)), ~0xddf2 & 0xffff);
});

test('a real IPv4 header with its checksum in place sums to zero', t => {
	t.is(checksum(viewOf(hex('45000073000040004011b861c0a80001c0a800c7')), 0, 20), 0);
});

test('putting the checksum in place always makes the sum zero, at odd lengths too', t => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 2, maxLength: 2000}), bytes => {
			const view = viewOf(bytes);
			view.setUint16(0, 0);
			view.setUint16(0, checksum(view, 0, bytes.length));
			t.is(checksum(view, 0, bytes.length), 0);
		}),
	);
});

test('the pseudo header counts addresses, protocol and length', t => {
	const addresses = hex('c0000201c0000202');
	t.is(fold(pseudoHeader(viewOf(addresses), 0, 4, 6, 20)), fold(0xc000 + 0x0201 + 0xc000 + 0x0202 + 6 + 20));
	t.is(fold(pseudoHeader(viewOf(addresses), 0, 4, 6, 0x1_0014)), fold(0xc000 + 0x0201 + 0xc000 + 0x0202 + 6 + 1 + 20));
});
