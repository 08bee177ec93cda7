// Decode, encode, decode of every header table: a new table is fuzzed the day it is added to src/wire/all.ts.
import {isDeepStrictEqual} from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {compileFilter} from '../../src/dissect/filter.js';
import {knownFields} from '../../src/dissect/registry.js';
import {allHeaders} from '../../src/wire/all.js';
import {viewOf} from '../build.js';
import {fuzz} from './fuzz.js';

test('every header: what was decoded is what is decoded again', t => {
	const headers = allHeaders();
	const any = fc
		.constantFrom(...headers)
		.chain(declared => fc.tuple(fc.constant(declared), fc.uint8Array({minLength: declared.header.length, maxLength: declared.header.length}), fc.nat(30)));
	fuzz(
		t,
		fc.property(any, ([{place, header}, bytes, at]) => {
			const repr = header.decode(viewOf(bytes));
			const buffer = new Uint8Array(header.length + 60).fill(0xa5);
			header.encode(repr, viewOf(buffer), at);
			if (!isDeepStrictEqual(header.decode(viewOf(buffer), at), repr)) throw new Error(place);
			if (header.dissect(viewOf(bytes)).length !== Object.keys(header.fields).length) throw new Error(`${place} leaves fields out`);
		}),
	);
});

test('display filters: any words are a filter or a usage error', t => {
	const names = [...knownFields().keys()];
	const word = fc.oneof(
		fc.constantFrom(...names),
		fc.constantFrom('==', '!=', '<', '>', '<=', '>=', 'contains', 'and', 'or', 'not', '(', ')', '&&', '||', '!', '"'),
		fc.constantFrom('1', '0x10', '-5', '::1', '10.0.0.1', '02:00:00:00:00:01', '0.5', 'true'),
		fc.string({maxLength: 6}),
	);
	fuzz(
		t,
		fc.property(fc.array(word, {maxLength: 9}), words => {
			try {
				compileFilter(words.join(' '));
			} catch (error) {
				if (!(error instanceof NetstressError && error.code === 'ERR_USAGE')) throw error;
			}
		}),
	);
});
