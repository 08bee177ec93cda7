import test from 'ava';
import fc from 'fast-check';
import {ringGeometry} from '../../src/sys/ring-v2.js';
import {holds} from '../property.js';

test('blocks waste little: jumbo frames stand seven in 64 KiB', t => {
	const geometry = ringGeometry(4 << 20, 9014, 66);
	t.is(geometry.blockBytes, 65_536);
	t.is(Math.floor(geometry.blockBytes / geometry.slotBytes), 7);
	t.is(geometry.slots, 64 * 7);
});

test('every geometry is one the kernel takes: packet_set_ring’s own checks', t => {
	holds(
		t,
		fc.property(fc.integer({min: 1, max: 1 << 26}), fc.integer({min: 60, max: 65_600}), fc.constantFrom(32, 66), (ringBytes, frameBytes, headroom) => {
			const {blockBytes, blocks, slotBytes, slots} = ringGeometry(ringBytes, frameBytes, headroom);
			const perBlock = Math.floor(blockBytes / slotBytes);
			return blockBytes % 4096 === 0 && slotBytes % 16 === 0 && slotBytes >= frameBytes + headroom && perBlock > 0 && slots === perBlock * blocks && slots >= 2;
		}),
	);
});
