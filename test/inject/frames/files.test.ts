// Frames that are not built: hexadecimal digits, files, captures; and sizes, series and stream files.
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {seeded} from '../../../src/base/random.js';
import {parseFrames, takeFrames} from '../../../src/inject/frames/capture-frames.js';
import {FrameList} from '../../../src/inject/frames/frame-list.js';
import {parseFrameFile, parseHex} from '../../../src/inject/frames/hex.js';
import {chance, commonPeriod, counter} from '../../../src/inject/frames/series.js';
import {mixes, parseSize} from '../../../src/inject/frames/sizes.js';
import {parseStreams} from '../../../src/inject/frames/streams.js';
import type {CaptureRecord} from '../../../src/wire/capture.js';
import {holds} from '../../property.js';
import {framesOf} from './templates.js';

const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};
const message = (t: {throws(run: () => unknown, expected: object): unknown}, run: () => unknown) => (t.throws(run, usage) as Error).message;
const bytes = Uint8Array.from({length: 40}, (_, i) => (i * 37) & 0xff);
const digits = Buffer.from(bytes).toString('hex');
const rows = (width: number, row: (at: number, hex: string) => string) =>
	Array.from({length: Math.ceil(bytes.length / width)}, (_, i) => row(i * width, digits.slice(2 * i * width, 2 * (i + 1) * width))).join('\n');
const pairs = (hex: string) => (hex.match(/../g) ?? []).join(' ');

for (const [name, text] of Object.entries({
	'bare digits': digits,
	'with colons': (digits.match(/../g) ?? []).join(':'),
	'as C writes them': (digits.match(/../g) ?? []).map(pair => `0x${pair}`).join(', '),
	'lines of sixteen, with a comment': `# mine\n${rows(16, (_, hex) => pairs(hex))}`,
	'as Wireshark dumps them': rows(16, (at, hex) => `${at.toString(16).padStart(4, '0')}  ${pairs(hex).padEnd(47)}   ${'.'.repeat(hex.length / 2)}`),
	'as xxd dumps them': rows(16, (at, hex) => `${at.toString(16).padStart(8, '0')}: ${(hex.match(/.{1,4}/g) ?? []).join(' ').padEnd(39)}  some text 0a`),
	'as tcpdump -x dumps them': rows(16, (at, hex) => `\t0x${at.toString(16).padStart(4, '0')}:  ${(hex.match(/.{1,4}/g) ?? []).join(' ')}`),
})) {
	test(`a frame in hexadecimal digits, ${name}`, t => {
		t.deepEqual(parseHex(text, 'x'), [bytes]);
		t.deepEqual(parseFrameFile(new TextEncoder().encode(`${text}\n`), 'x'), [bytes]);
		t.deepEqual(parseHex(`${text}\n\n${text}`, 'x'), [bytes, bytes], 'an empty line between two frames');
	});
}

test('a frame that begins with 0000 is no dump', t => {
	t.deepEqual(parseHex('0000 5e00 0101 0200 0000 0001 0800', 'x')[0]?.length, 14);
});

test('a binary file is one frame, and what is neither says so', t => {
	t.deepEqual(parseFrameFile(bytes, 'x'), [bytes]);
	t.regex(
		message(t, () => parseHex('0000  00 11\n0020  22 33', 'f')),
		/f, line 2: /,
		'a dump with a line missing',
	);
	t.regex(
		message(t, () => parseHex('ff ff\nfg', '--hex')),
		/--hex, line 2: "fg" is no line of whole bytes/,
	);
	t.regex(
		message(t, () => new FrameList(parseHex('', '--hex'), '--hex')),
		/--hex holds no frame/,
	);
	t.regex(
		message(t, () => new FrameList([bytes, bytes.subarray(0, 13)], 'f')),
		/frame 2 of f has 13 bytes: an Ethernet header has 14/,
	);
});

test('a list of frames goes round', t => {
	const list = new FrameList([bytes, bytes.subarray(0, 20)], 'x');
	t.is(list.period, 2);
	t.is(list.maxLength, 40);
	t.is(list.meanLength, 30);
	t.deepEqual(framesOf(list, 3), [bytes, bytes.slice(0, 20), bytes]);
});

const record = (length: number, more: Partial<CaptureRecord> = {}): CaptureRecord => ({
	...{bytes: bytes.subarray(0, length), length, time: 0n, linkType: 1, interface: 0, interfaceName: undefined, direction: undefined, comments: []},
	...more,
});
async function* batches(...list: CaptureRecord[][]): AsyncGenerator<CaptureRecord[]> {
	yield* list;
}

test('frames of a capture: one, some, all; never those that cannot be sent', async t => {
	const three = () => batches([record(14), record(15)], [record(16)]);
	const lengths = async (range: string) => (await takeFrames(three(), 'f', parseFrames(range))).map(({length}) => length);
	t.deepEqual(await lengths('2'), [15]);
	t.deepEqual(await lengths('1-2'), [14, 15]);
	t.deepEqual(await lengths('2-'), [15, 16]);
	t.regex(((await t.throwsAsync(lengths('4'), usage)) as Error).message, /f has 3 frames, and frame 4 is asked for/);
	t.regex(((await t.throwsAsync(lengths('2-9'), usage)) as Error).message, /frames 2 to 9 are asked for/);
	const all = parseFrames('1-');
	t.regex(
		((await t.throwsAsync(takeFrames(batches([record(20, {linkType: 113})]), 'f', all), usage)) as Error).message,
		/link type LINUX_SLL \(113\), not Ethernet/,
	);
	t.regex(((await t.throwsAsync(takeFrames(batches([record(20, {length: 99})]), 'f', all), usage)) as Error).message, /was cut by the capture, 20 of 99 bytes/);
	for (const text of ['0', '-3', '3-2', 'x', ''])
		t.regex(
			message(t, () => parseFrames(text)),
			/--frame ".*" is no frame/,
		);
});

test('sizes: one, ranges, lists, chance, and mixes as their sources print them less the check sequence', t => {
	const made = (text: string, count: number) => {
		const series = parseSize(text).series(() => seeded(1));
		return Array.from({length: count}, () => series.next());
	};
	t.deepEqual(made('100', 2), [100, 100]);
	t.deepEqual(made('64-66', 4), [64, 65, 66, 64]);
	t.deepEqual(made('64-200/64', 3), [64, 128, 192]);
	t.deepEqual(made('list(60, 1514)', 3), [60, 1514, 60]);
	t.true(made('rnd(64,70)', 500).every(size => size >= 64 && size <= 70));
	t.is(new Set(made('rnd(64,70)', 500)).size, 7);
	const imix = made('imix', 12);
	t.deepEqual(
		[60, 566, 1514].map(size => imix.filter(each => each === size).length),
		[7, 4, 1],
	);
	for (const [name, pairs] of Object.entries(mixes)) {
		const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
		const list = made(name, total);
		t.is(parseSize(name).mean, list.reduce((sum, size) => sum + size, 0) / total, name);
	}
	for (const text of ['13', '65536', '70-60', '64-70/0', 'imx', 'rnd(1,2)', '', '-5', '1e9'])
		t.regex(
			message(t, () => parseSize(text)),
			/--size/,
		);
	t.regex(
		message(t, () => parseSize('imx')),
		/did you mean imix\?/,
	);
});

test('a counter takes every step from its first value to its last, and a common period is common', t => {
	holds(
		t,
		fc.property(fc.integer({min: -1000, max: 1000}), fc.nat(500), fc.integer({min: 1, max: 60}), fc.boolean(), (from, span, step, down) => {
			const series = down ? counter(from, from - span, -step) : counter(from, from + span, step);
			const values = Array.from({length: series.period}, () => series.next());
			const expected = Array.from({length: Math.floor(span / step) + 1}, (_, i) => (down ? from - i * step : from + i * step));
			return JSON.stringify(values) === JSON.stringify(expected) && series.next() === from;
		}),
	);
	t.is(commonPeriod(4, 6), 12);
	t.is(commonPeriod(4, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
	t.is(commonPeriod(2 ** 52, 3), Number.POSITIVE_INFINITY, 'beyond what can be counted');
});

test('chance stays in its range, also beyond 32 bits', t => {
	holds(
		t,
		fc.property(fc.integer(), fc.nat(2 ** 40), fc.nat(2 ** 44), (seed, from, span) => {
			const series = chance(from, from + span, seeded(seed));
			return Array.from({length: 50}, () => series.next()).every(value => Number.isInteger(value) && value >= from && value <= from + span);
		}),
	);
	const wide = chance(0, 2 ** 40 - 1, seeded(5));
	const high = Array.from({length: 2000}, () => wide.next()).filter(value => value >= 2 ** 39).length;
	t.true(high > 800 && high < 1200, `${high} of 2000 in the upper half`);
});

const streams = `
# two of them
[web]   # the first
frames = udp(dport=80)/payload("GET = / # not a comment")
size = imix
rate = 10kpps
count = 1000

[noise]
read = noise.pcap
frame = 2-3
gap = 1s
burst = 8
start = 1s
duration = 5s
stream = 77
`;

test('a stream file: sections, schedules, paths beside it', t => {
	const [web, noise, ...more] = parseStreams(streams, '/tmp/files/two.streams');
	t.is(more.length, 0);
	t.is(web?.name, 'web');
	t.is(web?.number, 0);
	t.is(web?.frames.template, 'udp(dport=80)/payload("GET = / # not a comment")');
	t.is(web?.frames.size?.most, 1514);
	const none = {rate: undefined, gap: undefined, count: undefined, burst: undefined, start: undefined, duration: undefined};
	const noRamp = {rateRamp: undefined, sizeRamp: undefined, rampStep: undefined};
	t.deepEqual(web?.schedule, {...none, ...noRamp, rate: {kind: 'pps', value: 10_000}, count: 1000});
	t.like(noise, {name: 'noise', number: 77, frames: {read: '/tmp/files/noise.pcap', frames: {first: 2, last: 3}}});
	t.deepEqual(noise?.schedule, {...none, ...noRamp, gap: 1, burst: 8, start: 1, duration: 5});
	const [faster, longer] = parseStreams(
		'[a]\nframes = udp\nrate-ramp = 1kpps-3kpps/1kpps\nburst = 4\nramp-step = 100ms\n[b]\nframes = udp\nsize-ramp = 100-60/20\n',
		'x',
	);
	t.deepEqual(faster?.schedule, {...none, ...noRamp, burst: 4, rateRamp: [1000, 2000, 3000].map(value => ({kind: 'pps', value})), rampStep: 0.1});
	t.deepEqual(longer?.schedule, {...none, ...noRamp, sizeRamp: [100, 80, 60]});
});

for (const [text, expected] of [
	['', /f holds no stream/],
	['rate = 1kpps', /f, line 1: a stream begins with its name/],
	['[]', /line 1: a stream needs a name/],
	['[a]\nframes = udp\n[a]\nframes = udp', /line 3: there are two streams with the name a/],
	['[a]\nframess = udp', /line 2: unknown key framess: did you mean frames\?/],
	['[a]\nframes = udp\nframes = udp', /line 3: frames is given twice in a/],
	['[a]\nrate', /line 2: "rate" is no line of a stream/],
	['[a]\nframes =', /line 2: frames has no value/],
	['[a]\nframes = udp\nrate = 1000', /line 3: rate "1000" is not understood: the unit is missing/],
	['[a]\nframes = udp\nsize = 5', /line 3: size 5 is not a frame's length/],
	['[a]\nrate = 1kpps', /line 1: stream a needs one of frames/],
	['[a]\nframes = udp\nhex = 00', /it has frames and hex/],
	['[a]\nframes = udp\nrate = 1kpps\ngap = 1ms', /two ways to say one thing/],
	['[a]\nframes = udp\nburst = 8', /burst needs a rate, a rate-ramp or a gap/],
	['[a]\nframes = udp\nburst = 8\ngap = 0', /burst needs a rate/],
	['[a]\nframes = udp\nrate = 1kpps\nrate-ramp = 1kpps-2kpps/1kpps', /rate and rate-ramp are two ways to say one thing/],
	['[a]\nframes = udp\nrate-ramp = 1kpps', /line 3: rate-ramp "1kpps" is no ramp/],
	['[a]\nframes = udp\nsize-ramp = 5-70/1', /line 3: size-ramp "5-70\/1" is no ramp of lengths/],
	['[a]\nframes = udp\nsize-ramp = 60-70/1\nrate-ramp = 1kpps-2kpps/1kpps', /are two ramps/],
	['[a]\nframes = udp\nsize-ramp = 60-70/1\nsize = 60', /both say how long frames are/],
	['[a]\nhex = 00\nsize-ramp = 60-70/1', /size-ramp belongs to frames/],
	['[a]\nframes = udp\nramp-step = 1s', /ramp-step is how long each step/],
	['[a]\nframes = udp\nsize-ramp = 60-70/1\nramp-step = 0', /more than 0/],
	['[a]\nframes = udp\ncount = 0', /count is 1 or more/],
	['[a]\nframes = udp\nframe = 3', /frame belongs to read/],
	['[a]\nhex = 00\nsize = 60', /size belongs to frames/],
] as const) {
	test(`a stream file that says: ${JSON.stringify(text)}`, t => {
		t.regex(
			message(t, () => parseStreams(text, 'f')),
			expected,
		);
	});
}

test('any text is frames, sizes, streams or a usage error', t => {
	const text = fc.oneof(
		fc.string({maxLength: 60}),
		fc
			.array(fc.constantFrom('[a]', '\n', '=', 'frames', 'rate', ' ', '#', 'ff', '0000:', '0000  ', '1kpps', '64', '-', 'rnd(', ')', ',', 'imix'), {
				maxLength: 20,
			})
			.map(words => words.join('')),
	);
	for (const read of [
		(value: string) => parseHex(value, 'x'),
		(value: string) => parseSize(value),
		(value: string) => parseStreams(value, 'x'),
		(value: string) => parseFrames(value),
	]) {
		holds(
			t,
			fc.property(text, value => {
				try {
					read(value);
				} catch (error) {
					if (!(error instanceof NetstressError && error.code === 'ERR_USAGE')) throw error;
				}
			}),
			{numRuns: 1000},
		);
	}
});
