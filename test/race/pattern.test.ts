import test from 'ava';
import fc from 'fast-check';
import {Pattern, sectorLength} from '../../src/race/pattern.js';

const pattern = new Pattern(7);
const block = (position: number, generation: number, length = 4096, of = pattern) => {
	const bytes = new Uint8Array(length).fill(0xa5);
	of.fill(bytes, {position, generation});
	return bytes;
};

test('what was filled for a place is right there and nowhere else', t => {
	fc.assert(
		fc.property(fc.nat(2 ** 30), fc.nat(2 ** 31), fc.nat(2 ** 30), (sector, generation, other) => {
			const bytes = block(sector * sectorLength, generation, sectorLength);
			t.is(pattern.check(bytes, sector * sectorLength), undefined);
			t.is(pattern.check(bytes, sector * sectorLength, [generation]), undefined);
			if (other !== sector) t.is(pattern.check(bytes, other * sectorLength)?.reason, 'misplaced');
			t.is(pattern.check(bytes, sector * sectorLength, [generation + 1])?.reason, 'other generation');
		}),
		{numRuns: 200},
	);
});

test('every single changed byte is found, and its sector named', t => {
	for (let at = 0; at < 2 * sectorLength; at++) {
		const bytes = block(8192, 3, 2 * sectorLength);
		bytes[at] = (bytes[at] as number) ^ 0x01;
		const fault = pattern.check(bytes, 8192, [3]);
		t.is(fault?.position, 8192 + (at < sectorLength ? 0 : sectorLength), `byte ${at}`);
	}
});

test('positions beyond 4 GiB keep all their bits', t => {
	const far = 2 ** 43 + 4096;
	t.is(pattern.check(block(far, 1), far), undefined);
	t.is(pattern.check(block(far, 1), 4096)?.found.position, far);
});

test('another seed is seen, and so are zeros', t => {
	t.is(new Pattern(8).check(block(0, 0), 0)?.reason, 'other seed');
	t.is(pattern.check(new Uint8Array(512), 0)?.reason, 'no pattern');
});

test('a block that is half of one generation and half of another is torn, and seen', t => {
	const bytes = block(0, 1);
	bytes.set(block(2048, 2, 2048), 2048);
	t.is(pattern.check(bytes, 0), undefined, 'each sector agrees with itself');
	t.like(pattern.check(bytes, 0, [1]), {position: 2048, reason: 'other generation'});
});

test('the same seed gives the same bytes', t => {
	t.deepEqual(block(512, 9), block(512, 9, 4096, new Pattern(7)));
	t.notDeepEqual(block(512, 9), block(512, 10));
});
