// The receiver against the truth: a bad wire in memory says what it did to the frames, and a plain list of everything that arrived is counted again
// the slow way. Both must give the receiver's figures, exactly.
import test from 'ava';
import {freshSeed, seeded} from '../../../src/base/random.js';
import {Receiver, type ReceiverSummary} from '../../../src/inject/receive/receiver.js';
import {type FaultCounters, type FaultOptions, withFaults} from '../../../src/port/faults.js';
import {memoryPair} from '../../../src/port/memory.js';
import {STAMP_ETHERTYPE, STAMP_MAGIC, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../../../src/wire/stamp.js';

const firstSeed = Number(process.env.SEED ?? freshSeed());
const covered = stamp.length + trailer.length;
const length = 14 + covered;
const nobodyElse = 0xc0ffee;

/** Writes what a stamp covers, 44 bytes: the wire below damages these alone, so that every damage can be seen. */
function write(view: DataView, at: number, sequence: bigint, run = nobodyElse): void {
	stamp.encode(
		{magic: STAMP_MAGIC, version: 1, length, run, stream: 1, sequence, time: 1_000_000_000_000_000_000n + (sequence % (1n << 40n)) * 1000n},
		view,
		at,
	);
	stamp.fields.check.write(view, at, stampCheck(view, at));
	trailer.encode({trailer: TRAILER_MAGIC, 'trailer.length': length}, view, at + stamp.length);
}

const frame = new DataView(new ArrayBuffer(length));
frame.setUint16(12, STAMP_ETHERTYPE);
/** Hands the 44 bytes to the receiver as a frame. */
function deliver(receiver: Receiver, view: DataView, at: number): void {
	new Uint8Array(frame.buffer).set(new Uint8Array(view.buffer, view.byteOffset + at, covered), 14);
	receiver.frame(frame, 0, length, 1_000_000_001, 0);
}

interface Run {
	summary: ReceiverSummary;
	faults: FaultCounters;
	/** What arrived, in order; -1 for a damaged frame. */
	arrived: number[];
}

function run(seed: number, frames: number, faults: Omit<FaultOptions, 'random'>, origin = 0n): Run {
	const [a, b] = memoryPair({slots: 1 << 13});
	const port = withFaults(a, {random: seeded(seed), ...faults});
	const receiver = new Receiver({fromZero: origin === 0n});
	const arrived: number[] = [];
	for (let i = 0; i < frames; i++) {
		write(port.transmitView, port.reserve(), origin + BigInt(i));
		port.commit(covered);
	}
	port.release();
	const right = new DataView(new ArrayBuffer(covered));
	b.receive((view, at) => {
		const number = Number(stamp.fields.sequence.read(view, at) - origin);
		let same = number >= 0 && number < frames;
		if (same) {
			write(right, 0, origin + BigInt(number));
			for (let i = 0; i < covered; i++) same &&= view.getUint8(at + i) === right.getUint8(i);
		}
		arrived.push(same ? number : -1);
		deliver(receiver, view, at);
	}, 1 << 14);
	return {summary: receiver.summary(() => (origin === 0n ? frames : undefined)), faults: port.faults, arrived};
}

/** The figures of a list, the slow way. */
function count(arrived: readonly number[], frames: number) {
	const seen = new Set<number>();
	const figures = {received: arrived.length, corrupted: 0, duplicated: 0, reordered: 0, unique: 0, lost: 0};
	let highest = -1;
	for (const number of arrived) {
		if (number < 0) figures.corrupted++;
		else if (seen.has(number)) figures.duplicated++;
		else {
			seen.add(number);
			if (number < highest) figures.reordered++;
		}
		highest = Math.max(highest, number);
	}
	figures.unique = seen.size;
	figures.lost = frames - seen.size;
	const runs = new Map<number, number>();
	for (let i = 0, length = 0; i <= frames; i++) {
		if (i < frames && !seen.has(i)) length++;
		else {
			if (length > 0) runs.set(length, (runs.get(length) ?? 0) + 1);
			length = 0;
		}
	}
	return {figures, runs: [...runs].sort(([a], [b]) => a - b).map(([from, bursts]) => ({from, to: from, bursts}))};
}

test('1,000 seeded cases of loss, duplication, reordering and corruption: the receiver says what was done to the frames', t => {
	t.log(`seed ${firstSeed}`);
	for (let i = 0; i < 1000; i++) {
		const random = seeded(firstSeed + i);
		const rate = (most: number) => (random.chance(0.5) ? random.below(most * 1000) / 1000 : 0);
		const frames = 1 + random.below(600);
		const wish = {drop: rate(0.5), duplicate: rate(0.3), reorder: rate(0.3), corrupt: rate(0.2), reorderDistance: 1 + random.below(20)};
		const {summary, faults, arrived} = run(firstSeed + i, frames, wish);
		const truth = count(arrived, frames);
		const at = `seed ${firstSeed + i}, ${JSON.stringify(wish)}`;
		// of a stream of which nothing came whole the receiver knows nothing: only the sender can say that it is lost
		const lost = truth.figures.unique > 0 ? truth.figures.lost : 0;
		t.like(summary, {...truth.figures, lost, late: 0, foreign: 0, truncated: 0}, at);
		if (truth.figures.unique > 0) t.deepEqual(summary.lossBursts, truth.runs, at);
		t.is(summary.received, summary.unique + summary.duplicated + summary.corrupted + summary.late, at);
		// and what the wire itself counted
		t.is(summary.received, frames - faults.dropped + faults.duplicated, at);
		if (faults.corrupted === 0 && truth.figures.unique > 0) {
			t.is(summary.lost, faults.dropped, at);
			t.is(summary.duplicated, faults.duplicated, at);
		}
		if (faults.duplicated === 0) {
			t.is(summary.corrupted, faults.corrupted, at);
			if (truth.figures.unique > 0) t.is(summary.lost, faults.dropped + faults.corrupted, at);
		}
	}
});

/** A receiver that was shown these numbers. */
function shown(numbers: Iterable<bigint>, options: ConstructorParameters<typeof Receiver>[0] = {}): ReceiverSummary {
	const receiver = new Receiver(options);
	const view = new DataView(new ArrayBuffer(covered));
	for (const number of numbers) {
		write(view, 0, number);
		deliver(receiver, view, 0);
	}
	return receiver.summary();
}
function* numbers(from: bigint, to: bigint, without: (n: bigint) => boolean = () => false): Generator<bigint> {
	for (let n = from; n < to; n++) if (!without(n)) yield n;
}

test('a loss of exactly 256 is a loss of 256', t => {
	const summary = shown(numbers(0n, 1000n, n => n >= 300n && n < 556n));
	t.like(summary, {received: 744, unique: 744, lost: 256, reordered: 0, longestBurst: 256});
	t.deepEqual(summary.lossBursts, [{from: 256, to: 256, bursts: 1}]);
});

test('numbers go over the boundaries of 32 bits, lost frames there as well', t => {
	for (const boundary of [1n << 32n, 3n << 32n, 1n << 52n, 1n << 63n]) {
		const lost = (n: bigint) => n === boundary || n === boundary - 1n || n === boundary + 5n;
		const summary = shown(numbers(boundary - 500n, boundary + 500n, lost));
		t.like(summary, {received: 997, unique: 997, lost: 3, reordered: 0, corrupted: 0}, String(boundary));
		t.deepEqual(summary.lossBursts, [
			{from: 1, to: 1, bursts: 1},
			{from: 2, to: 2, bursts: 1},
		]);
		t.like(summary.streams[0], {firstSequence: boundary - 500n, lastSequence: boundary + 499n});
	}
});

test('a loss of exactly 2^32 frames is a loss of as many', t => {
	t.like(shown([...numbers(0n, 10n), ...numbers(10n + (1n << 32n), 20n + (1n << 32n))]), {unique: 20, lost: 2 ** 32, longestBurst: 2 ** 32});
});

test('a duplicate does not hide a loss elsewhere', t => {
	const list = [...numbers(0n, 100n, n => n === 40n)];
	list.splice(70, 0, 12n);
	t.like(shown(list), {received: 100, unique: 99, duplicated: 1, lost: 1, reordered: 0});
});

test('numbers older than the window are late, and are neither duplicates nor found again', t => {
	const options = {window: 64};
	const list = [...numbers(0n, 200n, n => n === 10n), 10n, 20n, 199n - 63n, 199n - 64n];
	t.like(shown(list, options), {unique: 199, lost: 1, late: 3, duplicated: 1, reordered: 0});
	t.like(shown([...numbers(0n, 200n, n => n === 150n), 150n], options), {unique: 200, lost: 0, late: 0, reordered: 1});
});

test('the sliding window counts as the whole list does, for jumps of any length', t => {
	const random = seeded(firstSeed);
	t.log(`seed ${firstSeed}`);
	for (let round = 0; round < 300; round++) {
		const list: bigint[] = [];
		let n = random.below(3) === 0 ? 0 : random.below(1000);
		const first = n;
		for (let i = 0; i < 200; i++) {
			list.push(BigInt(n));
			// never more than 31 back: inside a window of 64 as long as nothing jumped since
			n += random.chance(0.05) ? 1 + random.below(500) : 1 + random.below(3);
		}
		const summary = shown(list, {window: 64});
		const from = first;
		const seen = new Set(list.map(Number));
		t.is(summary.lost, n === first ? 0 : Number(list.at(-1)) - from + 1 - seen.size);
		const total = summary.lossBursts.every(({from, to}) => from === to)
			? summary.lossBursts.reduce((sum, {from, bursts}) => sum + from * bursts, 0)
			: summary.lost;
		t.is(total, summary.lost, 'bursts add up to what is lost');
	}
});

test('what is missing before the first number counts only when the stream began while we listened', t => {
	t.like(shown(numbers(500n, 600n)), {lost: 0, unique: 100});
	const known = shown(numbers(500n, 600n), {fromZero: true});
	t.like(known, {lost: 500, unique: 100, longestBurst: 500});
	t.like(shown([5n, 6n, 3n]), {lost: 1, unique: 3, reordered: 1}, 'a frame that the first one overtook');
	t.like(shown(numbers(300_000n, 300_100n), {fromZero: true}), {lost: 300_000, longestBurst: 300_000}, 'further back than the window');
});

test('runs and streams are told apart and can be chosen; memory is bounded', t => {
	const receiver = new Receiver({mostStreams: 3});
	const view = new DataView(new ArrayBuffer(covered));
	for (let run = 0; run < 5; run++)
		for (let n = 0n; n < 10n; n++) {
			write(view, 0, n, run);
			deliver(receiver, view, 0);
		}
	const summary = receiver.summary();
	t.deepEqual(
		summary.streams.map(({run, received}) => [run, received]),
		[
			['0', 10],
			['1', 10],
			['2', 10],
		],
	);
	t.is(summary.uncounted, 20);
	t.like(shown(numbers(0n, 10n), {run: 1}), {received: 0, filtered: 10});
	t.like(shown(numbers(0n, 10n), {run: nobodyElse, stream: 1}), {received: 10, filtered: 0});
	t.like(shown(numbers(0n, 10n), {stream: 2}), {received: 0, filtered: 10});
});

test('latency is arrival minus stamp, jitter its changes; frames before their time give none', t => {
	const {latencyNs, streams} = shown(numbers(0n, 1001n));
	t.like(latencyNs, {min: 1_000_000_000 - 1_000_000, max: 1_000_000_000});
	t.true(Math.abs((latencyNs?.p50 ?? 0) - 999_500_000) < 1_000_000);
	t.is(streams[0]?.jitterNs, 1000, 'RFC 3550: every frame 1,000 ns shorter on its way than the one before');
	const receiver = new Receiver();
	const view = new DataView(new ArrayBuffer(covered));
	write(view, 0, 2_000_000n);
	deliver(receiver, view, 0);
	t.like(receiver.summary(), {latencyNs: null, negativeLatencies: 1, lowestLatencyNs: -1_000_000_000});
});
