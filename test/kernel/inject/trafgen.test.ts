// Packet files without chance: trafgen's own output and ours, byte for byte.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {compileTrafgen} from '../../../src/inject/frames/trafgen-compile.js';
import {CaptureFileDecoder} from '../../../src/wire/capture-file.js';
import {framesOf} from '../../inject/frames/templates.js';
import {need} from '../need.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-trafgen-'));
test.after.always(() => rmSync(folder, {recursive: true}));

const packets: Readonly<Record<string, readonly string[]>> = {
	'bytes, constants, expressions, strings and comments': [
		`{ 0xca, 42, 0b11110000, 011, 'a', "hello world", "\\x31\\xdb\\x8d\\x43\\x17\\x99\\xcd\\x80\\x31\\xc9" }`,
		`{ '\\x41', xff b11 a }`,
		'{ c16(0x10000+5), c32(-1), c64(1<<40), c8(7/2), c16(0-5%3), c16(2|4*2), c16((((1<<8)+0x32)|0b110)*2), c16(1+2*3) }',
		'{ fill(0xca, 20), seqinc(1, 4, 2), seqinc(250, 9), seqdec(9,3), seqdec(3,6,2) }',
		'/* a comment */ { 1, 2, # another\n 3 }',
		'{ "a\\nb" }',
		'{ 1 } { 2, 3 } { 4 }',
	],
	counters: ['{ dinc(1,10,3), dinc(5,7), dinc(0,255) }', '{ dinc(0,0), 9 }'],
	'checksums of hand-made headers': [
		'{ csumip(2,7), 1,2,3,4,5,6,7,8 }',
		`{ fill(0xff, 6), 0x02,0,0,0,0,1, c16(0x0800), 0b01000101, 0, c16(40), c16(9), 0x40, 0, 64, 17, csumip(14, 33), 10,0,0,1, 10,0,0,2,
			c16(1000), c16(9), c16(20), csumudp(14,34), "hello, world" }`,
		`{ fill(0xff, 12), c16(0x0800), 0x45, 0, c16(47), c32(0), 64, 6, csumip(14, 33), 10,0,0,1, 10,0,0,2,
			c16(1000), c16(9), c32(7), c32(8), c16((5 << 12) | 2), c16(100), csumtcp(14,34), c16(0), "odd byte" }`,
		'{ fill(0xff,12), c16(0x86dd), c32(0x60000000), c16(10), 17, 64, fill(0,15), 1, fill(0,15), 2, c16(1), c16(2), c16(10), csumudp6(14,54), "hi" }',
		'{ fill(0xff,12), c16(0x86dd), c32(0x60000000), c16(22), 6, 64, fill(0,15), 1, fill(0,15), 2, c16(1), c16(2), c32(5), c32(6), c16(0x5002), c16(9), csumtcp6(14,54), c16(0), "hi" }',
		`{ 0x00, 0x1b, 0x21, 0x3c, 0x9d, 0xf8, 0x90, 0xe2, 0xba, 0x0a, 0x56, 0xb4, const16(0x0800), 0b01000101, 0, const16(40), const16(2), 0b00100000, 0,
			64, 17, csumip(14, 33), 192, 168, 51, 1, 192, 168, 51, 2, const16(9), const16(9), const16(20), const16(0), fill('A', 41) }`,
	],
	'headers and those that are added': [
		...['eth', 'ip4', 'ip6', 'udp', 'tcp', 'icmp4', 'icmp6', 'arp', 'pause'].map(name => `{ ${name}() }`),
		'{ vlan(), udp() }',
		'{ vlan(1ad),vlan() }',
		'{ vlan(id=5,pcp=3,dei=1), arp() }',
		'{ vlan(tci=0x1005,proto=0x9100), ip4() }',
		'{ eth(), vlan(), 1, 2 }',
		'{ mpls(), mpls(), udp() }',
		'{ mpls(label=5,exp=3,ttl=9), ip6(), udp() }',
		'{ pfc(prio(3)=1,time(3)=5) }',
		'{ eth(type=0x1234), 1 }',
		'{ arp(reply, sip=1.2.3.4, tmac=02:00:00:00:00:09) }',
		'{ ip4(),ip4(),udp() }',
		'{ ip4(csum=5,len=9) }',
		'{ ip4(ihl=6) }',
		'{ ip4(flags=2,frag=5) }',
		'{ ip4(dscp=10,ecn=1) }',
		'{ eth(sa=02:00:00:00:00:01,da=02:00:00:00:00:02), ip4(sa=1.2.3.4,da=5.6.7.8,ttl=9,id=5,df,tos=3), icmp4(echorequest,seq=1,id=2) "even" }',
		'{ icmp4(type=3,code=4,mtu=1400) }',
		'{ ip6(sa=fe80::1,da=fe80::2), udp(sp=1,dp=2) "x" }',
		'{ ip6(sa=fe80::1,da=fe80::2), icmp6(echorequest), c16(1), c16(2) }',
		'{ ip6(tc=5,fl=9,hl=3,nh=59) }',
		'{ udp(dp=7), "Hello world" }',
		'{ udp(), c16(5) }',
		'{ tcp(sp=1,dp=2,syn,ack,seq=5,aseq=6,win=9) "abc" }',
		'{ eth(),ip4(),tcp(psh,urg,fin,rst,cwr,ece,urgptr=5) }',
		'{ tcp(doff=6), 1,2,3,4 }',
	],
	'fields that count': [
		'{ udp(sport=dinc(1,13,5)) }',
		'{ udp(sport=dinc(10,13,1),dport=dinc(10,13,3)) }',
		'{ udp(sport=dinc(10,14,3),dport=5) }',
		'{ ipv4(da=10.0.0.255,da=dinc()), udp() }',
		'{ ip4(ttl=dinc(1,3),id=dinc()),tcp(seq=dinc(1,5,2)) }',
		'{ eth(type=dinc(0xfffe,0xffff)) }',
		'{ eth(sa=00:00:00:00:00:fe,sa=dinc()),1 }',
		'{ eth(), ip4(proto=dinc(1,3)) }',
	],
};

const frames = 15;

/** What trafgen itself makes of a packet file. */
function theirs(text: string): Uint8Array[] {
	const [file, capture] = [join(folder, 'packets.cfg'), join(folder, 'packets.pcap')];
	writeFileSync(file, `${text}\n`);
	rmSync(capture, {force: true});
	execFileSync('trafgen', ['-i', file, '-o', capture, '-n', String(frames), '--cpus', '1'], {stdio: 'ignore', timeout: 30_000});
	const decoder = new CaptureFileDecoder();
	decoder.push(readFileSync(capture));
	const list: Uint8Array[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) list.push(record.bytes.slice());
	return list;
}

const hex = (list: readonly Uint8Array[]) => list.map(bytes => Buffer.from(bytes).toString('hex'));

for (const [name, texts] of Object.entries(packets)) {
	test.serial(`${name}: ${frames} frames of each file are trafgen's`, t => {
		if (!need(t, {programs: ['trafgen']})) return;
		for (const text of texts) {
			const expected = theirs(text);
			t.is(expected.length, frames, text);
			t.deepEqual(hex(framesOf(compileTrafgen(text, 'packets.cfg', {seed: 1}), frames)), hex(expected), text);
		}
		t.log(`${texts.length} files`);
	});
}
