// The memory for exchanges: what belongs together, what was not seen, and that it stays bounded.
import test from 'ava';
import fc from 'fast-check';
import {Coverage} from '../../src/dissect/coverage.js';
import {Exchanges, follow, type Place} from '../../src/dissect/exchanges.js';
import {fCtl} from '../../src/wire/fc.js';
import {holds} from '../property.js';

const place = (more: Partial<Place> = {}): Place => ({sId: 1, dId: 2, oxId: 5, fCtl: fCtl.first | fCtl.end, seqId: 0, seqCnt: 0, initial: true, ...more});
const answer = (more: Partial<Place> = {}) => place({sId: 2, dId: 1, fCtl: fCtl.responder, ...more});

test('an exchange ends with the last frame of its last sequence, and its name is kept for those who ask about it', t => {
	const exchanges = new Exchanges();
	const exchange = exchanges.of(place(), 1, 0n)!;
	t.is(exchanges.of(answer(), 2, 0n), exchange);
	follow(exchange, answer({fCtl: fCtl.responder | fCtl.last | fCtl.end}));
	t.is(exchanges.of(answer(), 3, 0n), undefined);
	t.is(exchanges.named(1, 2, 5), exchange);
	t.not(exchanges.of(place(), 4, 0n), exchange);
	t.is(exchanges.named(1, 2, 5)?.frame, 4);
});

test('the same OX_ID of two originators is two exchanges', t => {
	const exchanges = new Exchanges();
	const ours = exchanges.of(place(), 1, 0n);
	const theirs = exchanges.of(place({sId: 2, dId: 1}), 2, 0n);
	t.not(ours, theirs);
	t.is(exchanges.of(place({sId: 1, dId: 2, fCtl: fCtl.responder}), 3, 0n), theirs);
});

test('SEQ_CNT wraps from 65535 to 0 without a gap', t => {
	const exchange = new Exchanges().of(place({fCtl: fCtl.first, seqCnt: 65_534}), 1, 0n)!;
	const next = (seqCnt: number) => follow(exchange, place({initial: false, fCtl: 0, seqCnt})).lost;
	follow(exchange, place({fCtl: fCtl.first, seqCnt: 65_534}));
	t.deepEqual([next(65_535), next(0), next(2)], [0, 0, 1]);
});

test('no more exchanges are kept than there is room for, and the oldest goes first', t => {
	const exchanges = new Exchanges();
	for (let i = 0; i < 70_000; i++) exchanges.of(place({sId: i >>> 8, oxId: i & 0xff}), i, 0n);
	t.is(exchanges.named(0, 2, 0), undefined);
	t.is(exchanges.named(69_999 >>> 8, 2, 69_999 & 0xff)?.frame, 69_999);
	t.is(exchanges.named((70_000 - 65_536) >>> 8, 2, (70_000 - 65_536) & 0xff)?.frame, 70_000 - 65_536);
	t.is(exchanges.named((70_000 - 65_537) >>> 8, 2, (70_000 - 65_537) & 0xff), undefined);
});

test('in any order, what was not seen is what was left out', t => {
	const pieces = fc.array(fc.integer({min: 1, max: 50}), {minLength: 1, maxLength: 40});
	holds(
		t,
		fc.property(pieces, fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.boolean()), (sizes, chances, kept) => {
			const coverage = new Coverage();
			let at = 0;
			let missing = 0;
			const runs = sizes.map(length => {
				at += length;
				return {offset: at - length, length, order: chances.next().value as number};
			});
			for (const {offset, length} of runs.toSorted((a, b) => a.order - b.order)) {
				if (kept.next().value === true) coverage.take(offset, length);
				else missing += length;
			}
			return coverage.missing(at) === missing;
		}),
	);
});
