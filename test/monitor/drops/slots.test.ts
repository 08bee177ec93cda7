import test from 'ava';
import {dropKey} from '../../../src/monitor/drops/key.js';
import {slotEntries, slotsLength} from '../../../src/monitor/drops/slots.js';

const length = dropKey.length + 8;

/** A map whose two looks differ, as they do while a program writes. */
const map = (...looks: [Uint8Array, Uint8Array]) => ({read: () => looks.shift() as Uint8Array});

function slots(written: Readonly<Record<number, {byte?: number; count?: number}>>): Uint8Array {
	const bytes = new Uint8Array(slotsLength(2));
	for (const [slot, {byte = 0, count = 0}] of Object.entries(written)) {
		bytes.fill(byte, Number(slot) * length, Number(slot) * length + dropKey.length);
		new DataView(bytes.buffer).setBigUint64(Number(slot) * length + dropKey.length, BigInt(count), true);
	}
	return bytes;
}

test('every slot of every CPU that has counted, and no other', t => {
	const bytes = slots({0: {byte: 1, count: 5}, 63: {byte: 2, count: 2 ** 40}, 64: {byte: 1, count: 7}, 127: {byte: 9}});
	t.deepEqual(
		slotEntries(map(bytes, bytes)).map(({key, count}) => [key[0], key.length, count]),
		[
			[1, dropKey.length, 5],
			[2, dropKey.length, 2 ** 40],
			[1, dropKey.length, 7],
		],
	);
});

test('a key that was being written under the first look is that of the second', t => {
	const first = slots({3: {byte: 0, count: 1}});
	const second = slots({3: {byte: 4, count: 6}, 5: {byte: 7, count: 1}});
	t.deepEqual(
		slotEntries(map(first, second)).map(({key, count}) => [key[0], key[23], count]),
		[[4, 4, 1]],
	);
});
