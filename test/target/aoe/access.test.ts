import test from 'ava';
import {ARGUMENTS_AT, bench, ME, maskFrame, OTHER, type Reply, reserveFrame} from './bench.js';
import {aoeMask, aoeReserve} from './tables.js';

const mask = (reply: Reply) => {
	const fields = aoeMask.decode(reply.view, ARGUMENTS_AT);
	return {...fields, macs: Array.from({length: fields.merror === 0 ? fields.dcount : 0}, (_, i) => reply.frame[28 + i * 8 + 7])};
};
const reserve = (reply: Reply) => {
	const fields = aoeReserve.decode(reply.view, ARGUMENTS_AT);
	return {...fields, macs: Array.from({length: fields.nmacs}, (_, i) => reply.frame[26 + i * 6 + 5])};
};
const mac = (last: number) => Uint8Array.of(2, 0, 0, 0, 0, last);

test('addresses are added and exactly the one named is taken off', t => {
	const {send} = bench();
	t.like(
		mask(
			send(
				maskFrame(1, [
					[1, ME],
					[1, mac(5)],
					[1, mac(6)],
					[1, mac(7)],
				]),
			)[0]!,
		),
		{mcmd: 1, merror: 0, dcount: 4, macs: [1, 5, 6, 7]},
	);
	t.deepEqual(mask(send(maskFrame(1, [[2, mac(6)]]))[0]!).macs, [1, 5, 7]);
	t.deepEqual(
		mask(
			send(
				maskFrame(1, [
					[0, mac(9)],
					[1, mac(5)],
					[2, mac(200)],
				]),
			)[0]!,
		).macs,
		[1, 5, 7],
	);
	t.like(mask(send(maskFrame(0, []))[0]!), {mcmd: 0, macs: [1, 5, 7]});
});

test('a bad directive stops the edit and says how many were done', t => {
	const {send} = bench();
	t.like(
		mask(
			send(
				maskFrame(1, [
					[1, ME],
					[3, mac(5)],
					[1, mac(6)],
				]),
			)[0]!,
		),
		{merror: 2, dcount: 1},
	);
	t.deepEqual(mask(send(maskFrame(0, []))[0]!).macs, [1]);
});

test('the 256th address finds the list full', t => {
	const {send, unit} = bench();
	unit.mask.assign([ME, ...Array.from({length: 254}, (_, i) => Uint8Array.of(4, 0, 0, 0, 0, i))]);
	t.like(mask(send(maskFrame(1, [[1, mac(77)]]))[0]!), {merror: 3, dcount: 0});
});

test('fewer directives than announced, an unknown command: bad argument', t => {
	const {send} = bench();
	t.like(send(maskFrame(1, [[1, ME]], ME, 2))[0]!.head, {flags_error: 1, error: 2});
	t.like(send(maskFrame(2, []))[0]!.head, {flags_error: 1, error: 2});
});

test('a reservation is changed by its holders only, taken by force by anybody, released by an empty list', t => {
	const {send} = bench();
	t.like(reserve(send(reserveFrame(1, [ME, mac(5)]))[0]!), {rcmd: 1, nmacs: 2, macs: [1, 5]});
	const [refused] = send(reserveFrame(1, [OTHER], OTHER));
	t.like(refused!.head, {flags_error: 1, error: 6});
	t.deepEqual(reserve(refused!).macs, [1, 5]);
	t.deepEqual(reserve(send(reserveFrame(1, [mac(5)], mac(5)))[0]!).macs, [5]);
	t.deepEqual(reserve(send(reserveFrame(2, [OTHER], OTHER))[0]!).macs, [9]);
	t.like(reserve(send(reserveFrame(0, []))[0]!), {rcmd: 0, nmacs: 1, macs: [9]});
	t.deepEqual(reserve(send(reserveFrame(1, [], OTHER))[0]!).macs, []);
});

test('fewer addresses than announced, an unknown command: bad argument', t => {
	const {send} = bench();
	t.like(send(reserveFrame(1, [ME, OTHER]).subarray(0, 37))[0]!.head, {flags_error: 1, error: 2});
	t.like(send(reserveFrame(3, []))[0]!.head, {flags_error: 1, error: 2});
});
