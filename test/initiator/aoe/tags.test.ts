import test from 'ava';
import fc from 'fast-check';
import {entryOf, generationOf, isOurs, makeTag, nextGeneration, notOlder} from '../../../src/initiator/aoe/tags.js';

test('a tag gives back what it was made of, keeps bit 31 and fits 32 bits', t => {
	fc.assert(
		fc.property(fc.nat(126), fc.nat(4095), fc.nat(4095), (session, generation, entry) => {
			const tag = makeTag(session, generation, entry);
			return (
				tag >= 2 ** 31 &&
				tag < 2 ** 32 &&
				entryOf(tag) === entry &&
				generationOf(tag) === generation &&
				isOurs(tag, session) &&
				!isOurs(tag, (session + 1) % 127)
			);
		}),
	);
	t.is(makeTag(0, 0, 0), 0x8000_0000);
});

test('generations are compared modulo their wrap', t => {
	t.is(nextGeneration(4095), 0);
	t.true(notOlder(0, 4095));
	t.false(notOlder(4095, 0));
	t.true(notOlder(7, 7));
});
