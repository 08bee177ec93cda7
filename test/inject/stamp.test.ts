import test from 'ava';
import {NetstressError} from '../../src/base/errors.js';
import {compileTemplate} from '../../src/inject/frames/compile.js';
import {fixedSize} from '../../src/inject/frames/sizes.js';
import {framesPerSecond} from '../../src/inject/pace.js';
import {parseUnicast} from '../../src/inject/unicast.js';
import {leastFrame, STAMP_MAGIC, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../../src/wire/stamp.js';

const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};
const destination = parseUnicast('02:00:00:00:00:02', 'x');
const source = parseUnicast('02:00:00:00:00:01', 'x');
const stamper = (length = 60) => compileTemplate('stamp', {destination, source, size: fixedSize(length), run: 0xdead_beef, stream: 3});

test('a frame carries its stamp at the payload start and its trailer at the end, in a dirty slot too', t => {
	for (const length of [leastFrame, 60, 61, 1514, 9014]) {
		const bytes = new Uint8Array(10_000).fill(0xa5);
		const view = new DataView(bytes.buffer);
		const frames = stamper(length);
		frames.write(bytes, view, 100, performance.now());
		t.is(frames.write(bytes, view, 100, performance.now()), length);
		const repr = stamp.decode(view, 114);
		t.like(repr, {magic: STAMP_MAGIC, version: 1, length, run: 0xdead_beef, stream: 3, sequence: 1n});
		t.is(repr.check, stampCheck(view, 114));
		t.deepEqual({...trailer.decode(view, 100 + length - 8)}, {trailer: TRAILER_MAGIC, 'trailer.length': length});
		t.is(bytes[99], 0xa5);
		t.is(bytes[100 + length], 0xa5);
		const ms = Number(repr.time / 1_000_000n);
		t.true(Math.abs(ms - Date.now()) < 10_000, 'nanoseconds since 1970');
	}
});

test('times of one stream never go back, over the 32-bit boundary as well', t => {
	const bytes = new Uint8Array(100);
	const view = new DataView(bytes.buffer);
	const frames = stamper();
	let last = 0n;
	const start = performance.now();
	// 10 s in steps of 100 ms: the lower half of the time wraps every 4.3 s
	for (let i = 0; i < 100; i++) {
		frames.write(bytes, view, 0, start + i * 100);
		const {time} = stamp.decode(view, 14);
		t.true(time > last);
		if (last > 0n) t.true(time - last > 99_000_000n && time - last < 101_000_000n);
		last = time;
	}
});

test('the check sees every single changed bit of the stamp', t => {
	const bytes = new Uint8Array(60);
	const view = new DataView(bytes.buffer);
	stamper().write(bytes, view, 0, 1);
	const right = stampCheck(view, 14);
	for (let bit = 0; bit < 32 * 8; bit++) {
		const at = 14 + (bit >> 3);
		bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
		t.not(stampCheck(view, 14), right);
		bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
	}
});

test('lengths that hold no stamp and group addresses are refused', t => {
	t.throws(() => stamper(leastFrame - 1), usage);
	for (const text of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '02:00:00:00:00', 'x', '02-00-00-00-00-01'])
		t.throws(() => parseUnicast(text, '--dst'), usage, text);
});

test('a rate means frames a second: of frames, of bits of frames, of a share of the line', t => {
	t.is(framesPerSecond({kind: 'pps', value: 1000}, 60, undefined), 1000);
	t.is(framesPerSecond({kind: 'bps', value: 480_000}, 60, undefined), 1000);
	// RFC 2544 and everybody: 1,488,095 frames of 64 bytes with their check sequence fill a gigabit
	t.is(Math.floor(framesPerSecond({kind: 'line', value: 1}, 60, 1e9)), 1_488_095);
	t.throws(() => framesPerSecond({kind: 'line', value: 1}, 60, undefined), usage);
});
