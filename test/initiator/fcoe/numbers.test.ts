import test from 'ava';
import {FIRST_ELS_OX_ID} from '../../../src/fcoe/requests.js';
import {OxIds} from '../../../src/initiator/fcoe/numbers.js';

test('identifiers go round, and leave those of link services alone', t => {
	const oxIds = new OxIds();
	const given = Array.from({length: FIRST_ELS_OX_ID}, () => oxIds.take(() => false, 0));
	t.is(new Set(given).size, FIRST_ELS_OX_ID);
	t.true(given.every(oxId => oxId !== undefined && oxId < FIRST_ELS_OX_ID));
	t.is(
		oxIds.take(() => false, 0),
		given[0],
	);
});

test('one that rests is not given before its time is over, one in use never', t => {
	const oxIds = new OxIds();
	oxIds.rest(0, 4000);
	t.is(
		oxIds.take(id => id === 1, 3999),
		2,
	);
	for (let i = 3; i < FIRST_ELS_OX_ID; i++) oxIds.take(() => false, 3999);
	t.is(
		oxIds.take(() => false, 4000),
		0,
	);
	t.is(
		oxIds.take(() => true, 0),
		undefined,
	);
});
