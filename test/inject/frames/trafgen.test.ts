// Packet files of trafgen: what is refused, and where. What is understood is compared with trafgen itself in test/kernel/inject.
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {compileTrafgen} from '../../../src/inject/frames/trafgen-compile.js';
import {viewOf} from '../../build.js';
import {holds} from '../../property.js';
import {framesOf} from './templates.js';

const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};
const frames = (text: string, count = 1, seed = 1) => framesOf(compileTrafgen(text, 'f', {seed}), count);

for (const [text, expected] of [
	['', /f: there is no packet in it/],
	['{ }', /this packet is empty/],
	['{ 1, 2', /this packet has no closing brace/],
	['{ 1 }\n{ 2,\n  nosuch(3) }', /f: line 3: nosuch\(\) is not supported/],
	['{ csumudq(1,2) }', /csumudq\(\) is not supported: did you mean csumudp\?/],
	['{ 300 }', /300 is no byte/],
	['{ c16(ETH_P_IP) }', /names such as ETH_P_IP are for the C preprocessor/],
	['{ ETH_P_IP }', /names such as ETH_P_IP are for the C preprocessor/],
	['{ c16(1/0) }', /division by zero/],
	['{ c16(1<<99) }', /a shift goes from 0 to 63/],
	['{ fill(1) }', /fill\(\) takes 2 values, not 1/],
	['{ fill(1, 99999) }', /fill\(\) cannot use 99999/],
	['{ fill(1, 65535), 1 }', /more than 65535 bytes/],
	['{ dinc(9,3) }', /dinc\(9,3,1\)/],
	['{ udp(dprot=1) }', /udp\(\) has no field dprot: did you mean dport\?/],
	['{ udp(dport) }', /udp\(dport\) needs a value/],
	['{ udp(dport=70000) }', /cannot hold 70000/],
	['{ eth(da[0]=dinc()) }', /eth\(da\[…\]\) is not supported: give the whole field/],
	['{ udp(dport=ddec(1,2)) }', /ddec\(\) counts bytes/],
	['{ eth(da=1.2.3.4) }', /write a MAC address/],
	['{ pfc(time(9)=1) }', /priorities are 0 to 7/],
	['/* no end', /this comment has no end/],
	['cpu(0): { 1 } }', /expected "\{"/],
] as const) {
	test(`refused: ${JSON.stringify(text)}`, t => {
		t.regex((t.throws(() => frames(text), usage) as Error).message, expected);
	});
}

test('an error shows its line with a caret under the place', t => {
	const error = t.throws(() => frames('# one\n{ 1 }\n{ udp(dprot=1) }'), usage) as Error;
	t.is(error.message, 'f: line 3: udp() has no field dprot: did you mean dport?\n  { udp(dprot=1) }\n        ^');
});

test('random bytes: rnd() once, drnd() for every frame, the same for the same seed', t => {
	const [first, second] = frames('{ rnd(8), drnd(8) }', 2);
	t.deepEqual(first?.subarray(0, 8), second?.subarray(0, 8));
	t.notDeepEqual(first?.subarray(8), second?.subarray(8));
	t.deepEqual(frames('{ rnd(8), drnd(8) }', 5), frames('{ rnd(8), drnd(8) }', 5));
	t.notDeepEqual(frames('{ rnd(8), drnd(8) }', 5), frames('{ rnd(8), drnd(8) }', 5, 2));
});

test('ddec counts down from the upper end and starts over there', t => {
	t.deepEqual(
		frames('{ ddec(1,4) }', 6).map(([byte]) => byte),
		[3, 2, 1, 4, 3, 2],
	);
});

test('a checksum covers the bytes that change', t => {
	for (const frame of frames('{ udp(sp=1,dp=9), dinc(1,9), drnd(5) }', 20)) {
		let sum = 17 + frame.length - 34;
		const padded = new Uint8Array(frame.length + 1);
		padded.set(frame);
		for (let at = 26; at < frame.length; at += 2) sum += viewOf(padded).getUint16(at);
		t.is(((sum & 0xffff) + (sum >>> 16)) & 0xffff, 0xffff);
	}
});

test('cpu() in front of a packet is understood, and its packet sent', t => {
	t.deepEqual(
		frames('cpu(1): { 1 } cpu(2-3): { 2 }', 3).map(([byte]) => byte),
		[1, 2, 1],
	);
});

const word = fc.constantFrom(
	'{',
	'}',
	'(',
	')',
	',',
	' ',
	'\n',
	'1',
	'0xff',
	"'a'",
	'"x"',
	'udp(',
	'eth(',
	'ip4(',
	'dport=',
	'da=',
	'02:00:00:00:00:01',
	'dinc(',
	'c16(',
	'fill(',
	'csumip(',
	'<<',
	'#',
	'/*',
	'*/',
	'=',
	'[',
	'a',
);
test('any text is packets or a usage error, and packets are as long as they say', t => {
	holds(
		t,
		fc.property(
			fc.oneof(
				fc.array(word, {maxLength: 24}).map(words => words.join('')),
				fc.string(),
			),
			text => {
				try {
					frames(text, 3);
				} catch (error) {
					if (!(error instanceof NetstressError && error.code === 'ERR_USAGE')) throw error;
				}
			},
		),
		{numRuns: 5000},
	);
});
