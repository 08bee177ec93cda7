// Every header table there is goes through the same cases: a new table is tested the day it is added to src/wire/all.ts.
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {allHeaders} from '../../src/wire/all.js';
import type {Field} from '../../src/wire/field.js';
import type {Header} from '../../src/wire/header.js';
import {viewOf} from '../build.js';

const bytesOf = (header: Header) => fc.uint8Array({minLength: header.length, maxLength: header.length});
const dirty = 0xa5;
/** Text drops padding and unprintable bytes on reading, so its bytes need not come back. */
const isText = (field: Field) => field.show === 'text';

/** The bits that the fields of a header own, as bytes. */
function owned(header: Header): Uint8Array {
	const bits = new Uint8Array(header.length);
	for (const field of Object.values(header.fields)) {
		for (let i = 0; i < field.size; i++) {
			const index = field.at + i;
			const mask = field.mask === undefined ? 0xff : Math.floor(field.mask / 2 ** (8 * (field.size - 1 - i))) & 0xff;
			bits[index] = (bits[index] as number) | mask;
		}
	}
	return bits;
}

for (const {place, header} of allHeaders()) {
	test(`${place}: what is decoded and encoded into a dirty buffer reads the same, and reserved bits are 0`, t => {
		const own = owned(header);
		const exact = !Object.values(header.fields).some(isText);
		fc.assert(
			fc.property(bytesOf(header), bytes => {
				const repr = header.decode(viewOf(bytes));
				const buffer = new Uint8Array(header.length + 20).fill(dirty);
				header.encode(repr, viewOf(buffer), 10);
				t.deepEqual(header.decode(viewOf(buffer), 10), repr);
				t.true(buffer.subarray(0, 10).every(byte => byte === dirty) && buffer.subarray(10 + header.length).every(byte => byte === dirty));
				if (!exact) return;
				const expected = bytes.map((byte, i) => byte & (own[i] as number));
				t.deepEqual(buffer.slice(10, 10 + header.length), expected);
			}),
			{numRuns: 50},
		);
	});

	test(`${place}: cut at every length it refuses to decode and dissects what fits`, t => {
		for (let length = 0; length < header.length; length++) {
			const view = viewOf(new Uint8Array(length).fill(0xff));
			t.throws(() => header.decode(view), {instanceOf: NetstressError, code: 'ERR_TRUNCATED'});
			for (const node of header.dissect(view)) t.true(node.pos >= 0 && node.pos + node.size <= length, `${node.name} reaches beyond the bytes there are`);
		}
		// a header of no bytes has nothing to be cut
		t.notThrows(() => header.decode(viewOf(new Uint8Array(header.length))));
	});
}

test('every place has a name of its own, and every field a label', t => {
	const places = allHeaders().map(({place}) => place);
	t.is(new Set(places).size, places.length);
	for (const {place, header} of allHeaders()) {
		for (const [key, field] of Object.entries(header.fields)) t.not(field.label, '', `${place}: ${key}`);
	}
});
