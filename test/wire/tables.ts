// What every header table must do, said once: read and write the same bytes, own every bit it writes, refuse what is cut short.

import test from 'ava';
import fc from 'fast-check';
import type {NetstressError} from '../../src/base/errors.js';
import type {Fields, Header} from '../../src/wire/header.js';
import {holds} from '../property.js';

/** The bits of a header that its fields own; the others are reserved and written as 0. */
export function ownedBits({length, fields}: Header<Fields>): Uint8Array {
	const owned = new Uint8Array(length);
	for (const {at, size, mask} of Object.values(fields)) {
		for (let i = 0; i < size; i++) owned[at + i]! |= mask === undefined ? 0xff : Math.floor(mask / 256 ** (size - 1 - i)) & 0xff;
	}
	return owned;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Declares the tests of one table. */
export function tableTests(name: string, table: Header<Fields>): void {
	const {length, fields} = table;
	const owned = ownedBits(table);
	const texts = Object.values(fields).filter(field => field.show === 'text');

	test(`${name}: any bytes survive decode and encode into a dirty buffer, reserved bits become 0`, t => {
		holds(
			t,
			fc.property(fc.uint8Array({minLength: length, maxLength: length}), fc.nat({max: 16}), (bytes, at) => {
				// text is padded and reads printable: that is its own codec's business
				for (const {at: start, size} of texts) bytes.fill(0x41, start, start + size);
				const value = table.decode(viewOf(bytes));
				const out = new Uint8Array(at + length + 8).fill(0xa5);
				table.encode(value, viewOf(out), at);
				const written = out.subarray(at, at + length);
				for (let i = 0; i < length; i++) if (written[i] !== (bytes[i]! & owned[i]!)) return false;
				return out.subarray(0, at).every(byte => byte === 0xa5) && out.subarray(at + length).every(byte => byte === 0xa5);
			}),
		);
	});

	test(`${name}: cut at every length it is refused by decode and encode, and dissect shows what is there`, t => {
		for (let cut = 0; cut < length; cut++) {
			const view = viewOf(new Uint8Array(cut));
			for (const each of [() => table.decode(view), () => table.encode({}, view)]) {
				t.is((t.throws(each) as NetstressError).code, 'ERR_TRUNCATED');
			}
			for (const node of table.dissect(view)) t.true(node.pos + node.size <= cut);
		}
		t.is(table.dissect(viewOf(new Uint8Array(length))).length, Object.keys(fields).length);
	});
}
