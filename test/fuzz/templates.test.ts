// Templates with any layers, fields and values, packet files of trafgen with any words: frames within their length, the same again after a period,
// or a usage error. Nothing is written outside the slot.
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {Dissector} from '../../src/dissect/dissector.js';
import {compileTemplate} from '../../src/inject/frames/compile.js';
import {kinds} from '../../src/inject/frames/kinds.js';
import {parseSize} from '../../src/inject/frames/sizes.js';
import {compileTrafgen} from '../../src/inject/frames/trafgen-compile.js';
import type {FrameSource} from '../../src/inject/source.js';
import {framesOf} from '../inject/frames/templates.js';
import {fuzz} from './fuzz.js';

const value = fc.oneof(
	fc.constantFrom(
		'0',
		'1',
		'255',
		'0xffff',
		'65536',
		'0xffffffff',
		'02:00:00:00:00:01',
		'10.0.0.1',
		'2001:db8::1',
		'deadbeef',
		'00.00.01',
		'20:00:00:00:00:00:00:01',
	),
	fc.constantFrom(
		'inc()',
		'inc(1,9,2)',
		'dec()',
		'dec(9,1)',
		'rnd()',
		'rnd(1,9)',
		'list(1,2,3)',
		'inc(10.0.0.1,10.0.0.9)',
		'inc(02:00:00:00:00:01,02:00:00:00:00:05)',
		'"text"',
	),
	fc.nat(70_000).map(String),
);
const layer = fc.constantFrom(...kinds).chain(kind => {
	const tables = 'proto' in kind.table ? [['', kind.table] as const] : Object.entries(kind.table.tables);
	return fc.constantFrom(...tables).chain(([word, table]) => {
		const names = [...Object.keys(table.fields), ...Object.keys(kind.short ?? {})];
		const given = names.length === 0 ? fc.constant([]) : fc.array(fc.tuple(fc.constantFrom(...names), fc.boolean(), value), {maxLength: 3});
		return given.map(fields => `${kind.name}(${[word, ...fields.map(([key, kept, text]) => `${key}=${kept ? '!' : ''}${text}`)].filter(Boolean).join(',')})`);
	});
});
const data = fc.constantFrom('', '/payload(20)', '/payload()', '/payload(rnd())', '/stamp', '/raw(00ff)', '/payload("x")');
const size = fc.constantFrom(undefined, '60', '100-110', 'rnd(200,300)', 'imix', '1514');

/** Compiles and writes; a usage error is an answer. */
function run(make: () => FrameSource): void {
	try {
		const source = make();
		const dissector = new Dissector();
		const period = source.period <= 40 ? source.period : 4;
		const frames = framesOf(source, 2 * period);
		for (const [i, bytes] of frames.entries()) {
			if (source.period <= 40 && Buffer.compare(bytes, frames[(i + period) % (2 * period)] as Uint8Array) !== 0)
				throw new Error(`frame ${i} differs after a period of ${period}`);
			dissector.dissect({number: i + 1, bytes, length: bytes.length, time: 0n, linkType: 1});
		}
	} catch (error) {
		if (!(error instanceof NetstressError && error.code === 'ERR_USAGE')) throw error;
	}
}

test('any template', t => {
	fuzz(
		t,
		fc.property(fc.array(layer, {minLength: 1, maxLength: 4}), data, size, fc.nat(), (layers, end, length, seed) =>
			run(() => compileTemplate(`${layers.join('/')}${end}`, {seed, size: length === undefined ? undefined : parseSize(length)})),
		),
	);
});

test('any packet file', t => {
	const word = fc.constantFrom(
		'{',
		'}',
		' ',
		'\n',
		',',
		'1',
		'0xff',
		'"x"',
		'udp(sport=dinc(1,9,2))',
		'eth(da=02:00:00:00:00:01)',
		'ip4(da=10.0.0.1)',
		'ip6()',
		'vlan(id=5)',
		'tcp(syn)',
		'dinc(1,9)',
		'drnd(3)',
		'c16(9*9)',
		'fill(1,9)',
		'csumip(2,9)',
		'csumudp(0,8)',
		'rnd(3)',
		'#',
	);
	fuzz(
		t,
		fc.property(fc.array(word, {maxLength: 14}), fc.boolean(), (words, braces) =>
			run(() => compileTrafgen(braces ? `{ ${words.join(' ')} }` : words.join(' '), 'f', {seed: 1})),
		),
	);
});
