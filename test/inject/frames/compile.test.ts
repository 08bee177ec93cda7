import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {compileTemplate} from '../../../src/inject/frames/compile.js';
import {kinds} from '../../../src/inject/frames/kinds.js';
import {parseSize} from '../../../src/inject/frames/sizes.js';
import {aoe, aoeAtaRequest} from '../../../src/wire/aoe.js';
import {checksum, fold, pseudoHeader, sum16} from '../../../src/wire/checksum.js';
import {ethernet} from '../../../src/wire/ethernet.js';
import {fc as fc2} from '../../../src/wire/fc.js';
import {eof, FCOE_TRAILER_LENGTH, fcCrc, fcoeTrailer} from '../../../src/wire/fcoe.js';
import {ipv4} from '../../../src/wire/ipv4.js';
import {dataOut} from '../../../src/wire/iscsi.js';
import {digest} from '../../../src/wire/iscsi-digest.js';
import {stamp, stampCheck, TRAILER_MAGIC, trailer} from '../../../src/wire/stamp.js';
import {udp} from '../../../src/wire/udp.js';
import {viewOf} from '../../build.js';
import {holds} from '../../property.js';
import {build, framesOf} from './templates.js';

const one = (template: string) => build(template)[0] as Uint8Array;
const usage = {instanceOf: NetstressError, code: 'ERR_USAGE'};

test('a template reads like the frame it makes', t => {
	const frames = build('eth(da=02:00:00:00:00:01)/aoe(shelf=1,slot=0)/ata(read,lba=inc(0,1000,8),count=2)', 127);
	for (const [i, frame] of frames.entries()) {
		const view = viewOf(frame);
		t.is(frame.length, 60);
		t.is(ethernet.fields.type.read(view, 0), 0x88a2);
		t.like(aoe.decode(view, 14), {version: 1, major: 1, minor: 0, cmd: 0});
		t.like(aoeAtaRequest.decode(view, 24), {'ata.cmd': 0x20, lba: (i % 126) * 8, sector_count: 2});
	}
});

test('missing layers are added, and what announces the next layer is filled in', t => {
	for (const [short, whole] of [
		['udp', 'eth/ip4/udp'],
		['vlan/udp', 'eth/vlan/ip4/udp'],
		['icmp6', 'eth/ip6/icmp6'],
		['ata', 'eth/aoe/ata'],
		['stamp', 'eth/stamp'],
		['raw(00)', 'eth/raw(00)'],
		['qinq/vlan/arp', 'eth/qinq/vlan/arp'],
	] as const) {
		const [a, b] = [one(short), one(whole)];
		// the time of a stamp is its own
		const [x, y] = short === 'stamp' ? [a.subarray(0, 30), b.subarray(0, 30)] : [a, b];
		t.deepEqual(x, y, short);
	}
	t.is(ethernet.fields.type.read(viewOf(one('qinq/vlan/udp')), 0), 0x88a8);
});

test('a value on purpose wins over what would be filled in, and needs a ! where that is computed', t => {
	const frame = viewOf(one('ip4(len=!9,sum=!0xdead,version=5)/udp'));
	t.like(ipv4.decode(frame, 14), {len: 9, checksum: 0xdead, version: 5});
	t.is(udp.fields.checksum.read(viewOf(one('udp(sum=0)')), 34), 0);
	t.throws(() => compileTemplate('ip4(len=9)'), usage);
	t.throws(() => compileTemplate('ip6/udp(sum=0)'), usage, 'IPv6 wants a checksum');
	t.is(udp.fields.checksum.read(viewOf(one('ip6/udp(sum=!0)')), 54), 0);
});

test('checksums of changing frames are those of the whole frame, at every length', t => {
	const source = compileTemplate('ip4(src=inc(10.0.0.1,10.0.3.0),ttl=rnd(1,9))/udp(sport=rnd(),dport=dec(9,1))/stamp/size(rnd(86,200))', {seed: 7});
	for (const frame of framesOf(source, 2000)) {
		const view = viewOf(frame);
		t.is(checksum(view, 14, 34), 0);
		t.is(fold(sum16(view, 34, frame.length, pseudoHeader(view, 26, 4, 17, frame.length - 34))), 0);
		t.is(udp.fields.length.read(view, 34), frame.length - 34);
		t.is(stamp.fields.check.read(view, 42), stampCheck(view, 42));
		t.is(trailer.fields['trailer.length'].read(view, frame.length - 8), frame.length);
	}
});

test('a trailer inside a trailer, at every length: a stamp in FCoE and in iSCSI with digests, in words of four bytes', t => {
	const fibre = compileTemplate('fcoe(eof=n)/fc/fcp(data)/stamp/size(106-130)', {seed: 1});
	const lengths = new Set<number>();
	for (const frame of framesOf(fibre, 25)) {
		const view = viewOf(frame);
		const end = frame.length - FCOE_TRAILER_LENGTH;
		lengths.add(frame.length);
		t.is((end - 28) % 4, 0, 'FC frames are whole words');
		t.is(trailer.fields.trailer.read(view, end - trailer.length), TRAILER_MAGIC);
		t.is(trailer.fields['trailer.length'].read(view, end - trailer.length), frame.length);
		t.like(fcoeTrailer.decode(view, end), {crc: fcCrc(frame, 28, end - 28), eof: eof.n});
	}
	t.deepEqual([...lengths], [104, 108, 112, 116, 120, 124, 128]);
	for (const frame of framesOf(compileTemplate('iscsi(data_out,digests=header|data)/stamp/size(160-170)', {seed: 1}), 11)) {
		const view = viewOf(frame);
		t.is(view.getUint32(54 + 48, true), digest(frame, 54, 48));
		const size = dataOut.fields.datasegmentlength.read(view, 54);
		t.is(54 + 48 + 4 + size + 4, frame.length);
		t.is(view.getUint32(frame.length - 4, true), digest(frame, 106, size));
		t.is(trailer.fields.trailer.read(view, frame.length - 4 - trailer.length), TRAILER_MAGIC);
		t.is(fold(sum16(view, 34, frame.length, pseudoHeader(view, 26, 4, 6, frame.length - 34))), 0);
	}
});

test('FC data is filled to whole words, and the header counts the fill bytes', t => {
	for (const [length, fill] of [
		[4, 0],
		[5, 3],
		[6, 2],
		[7, 1],
	] as const) {
		const frame = one(`fcp(data)/payload(${length},0xff)`);
		t.is(fc2.fields._fill.read(viewOf(frame), 28), fill);
		t.deepEqual([...frame.subarray(52 + length, 52 + length + fill)], Array(fill).fill(0));
		t.is(frame.length, 52 + length + fill + FCOE_TRAILER_LENGTH);
	}
});

test('the same seed gives the same frames, another one others', t => {
	const template = 'eth(sa=rnd())/ip4(src=rnd())/udp(sport=rnd(1024,65535))/payload(20,rnd())';
	t.deepEqual(build(template, 20, {seed: 3}), build(template, 20, {seed: 3}));
	t.notDeepEqual(build(template, 20, {seed: 3}), build(template, 20, {seed: 4}));
	for (const frame of build(template, 200)) t.is((frame[6] as number) & 3, 2, 'a random station is unicast and administered locally');
});

test('a period says when frames repeat', t => {
	for (const [template, period] of [
		['udp', 1],
		['udp(sport=inc(1,4),dport=list(1,2,3,4,5,6))', 12],
		['udp(sport=inc(1,4))/size(100-102)', 12],
		['udp(sport=rnd())', Number.POSITIVE_INFINITY],
		['stamp', Number.POSITIVE_INFINITY],
	] as const) {
		const source = compileTemplate(template, {seed: 1});
		t.is(source.period, period, template);
		if (!Number.isFinite(period)) continue;
		const frames = framesOf(source, 2 * period);
		t.deepEqual(frames.slice(0, period), frames.slice(period));
	}
});

test('an error shows the place and the nearest name', t => {
	for (const [template, expected] of [
		['eth/upd', /unknown layer upd: did you mean udp\?\n {2}eth\/upd\n {6}\^/],
		['udp(dprt=1)', /udp has no field dprt: did you mean dport\?\n.*\n {6}\^/],
		['udp(dport=70000)', /udp\.dstport cannot hold 70000: its range is 0 to 65535\n.*\n {12}\^/],
		['udp(dport=1,dport=2)', /given twice/],
		['udp(dport=inc(5,1))', /inc\(\) goes up/],
		['ata(raed)', /ata\.ata\.cmd has no value raed: did you mean read\?/],
		['eth(da=1)', /write a MAC address/],
		['arp/udp', /udp does not go over arp: it lies on ip4 or ip6/],
		['udp/payload(100)/size(60)', /need 142 bytes, and the frame has 60/],
		['udp/payload("x', /no closing quote/],
		['udp(', /expected a value, not the end/],
		['', /expected the name of a layer/],
		['size(60)', /needs a layer/],
	] as const) {
		t.regex((t.throws(() => compileTemplate(template), usage) as Error).message, expected, template);
	}
});

const word = fc.oneof(
	fc.constantFrom(...kinds.map(({name}) => name), 'size'),
	fc.constantFrom('(', ')', '/', ',', '=', '!', '|', '"', '\\', 'inc(', 'rnd()', 'list(', 'dport', 'src', 'flags', 'syn', 'len', 'cmd'),
	fc.constantFrom('1', '0x10', '65536', '02:00:00:00:00:01', '10.0.0.1', '::1', 'deadbeef', '-1', '1e9', 'NaN'),
	fc.string({maxLength: 4}),
);

test('any words are a template or a usage error, and what compiles gives frames within its length', t => {
	holds(
		t,
		fc.property(fc.array(word, {maxLength: 12}), words => {
			try {
				framesOf(compileTemplate(words.join(''), {seed: 1, size: parseSize('rnd(60,80)')}), 3);
			} catch (error) {
				if (!(error instanceof NetstressError && error.code === 'ERR_USAGE')) throw error;
			}
		}),
		{numRuns: 3000},
	);
});
