// Bytes to values by hand: the codec cases of codecs.test.ts only show that both directions agree with each other.
import test from 'ava';
import {ethernet} from '../../src/wire/ethernet.js';
import {ipv4} from '../../src/wire/ipv4.js';
import {ipv6, ipv6Fragment} from '../../src/wire/ipv6.js';
import {sackBlock, tcp, tcpOptions} from '../../src/wire/tcp.js';
import {vlan} from '../../src/wire/vlan.js';
import {hex, viewOf} from '../build.js';

const decode = <H extends {decode(view: DataView): unknown}>(header: H, digits: string) => header.decode(viewOf(hex(digits))) as ReturnType<H['decode']>;

test('Ethernet: addresses, the two bits of each, type', t => {
	const {dst, src, type, ...bits} = decode(ethernet, 'ffffffffffff 525400aa0002 88a2');
	t.deepEqual([dst, src, type], [hex('ffffffffffff'), hex('525400aa0002'), 0x88a2]);
	t.deepEqual(bits, {'dst.lg': 1, 'dst.ig': 1, 'src.lg': 1, 'src.ig': 0});
});

test('VLAN: priority 5, DEI, id 42', t => {
	t.deepEqual(decode(vlan, 'b02a 0800'), {priority: 5, dei: 1, id: 42, etype: 0x0800});
});

test('IPv4: lengths in bytes, flags and fragment offset apart', t => {
	const repr = decode(ipv4, '46b80054 1c464123 40068abc c0000201 c0000202');
	t.is(repr.version, 4);
	t.is(repr.hdr_len, 24);
	t.is(repr['dsfield.dscp'], 46);
	t.is(repr.len, 84);
	t.is(repr.flags, 2);
	t.is(repr['flags.df'], 1);
	t.is(repr.frag_offset, 0x123);
	t.is(repr.proto, 6);
	t.deepEqual(repr.dst, hex('c0000202'));
});

test('IPv6: traffic class across the first two bytes, flow label below it', t => {
	const repr = decode(ipv6, `6b8abcde 0014 06 40 ${'20010db8000000000000000000000001'} ${'20010db8000000000000000000000002'}`);
	t.is(repr.version, 6);
	t.is(repr.tclass, 0xb8);
	t.is(repr['tclass.dscp'], 46);
	t.is(repr.flow, 0xabcde);
	t.is(repr.plen, 20);
	t.deepEqual(decode(ipv6Fragment, '06000019 00000007'), {nxt: 6, reserved_octet: 0, offset: 3, reserved_bits: 0, more: 1, ident: 7});
});

test('TCP: header length in bytes, every flag its own bit', t => {
	const repr = decode(tcp, 'bc080cbc 6fee4f02 9781cf1d a112 faf0 403b 0000');
	t.is(repr.srcport, 48_136);
	t.is(repr.dstport, 3260);
	t.is(repr.seq_raw, 0x6fee4f02);
	t.is(repr.hdr_len, 40);
	t.is(repr.flags, 0x112);
	t.deepEqual([repr['flags.ae'], repr['flags.ack'], repr['flags.syn'], repr['flags.fin'], repr['flags.push']], [1, 1, 1, 0, 0]);
	t.is(repr.window_size_value, 64_240);
});

test('TCP options: sizes as RFC 9293, 7323 and 2018 have them', t => {
	t.deepEqual(decode(tcpOptions[2]!.header, '020405b4'), {option_kind: 2, option_len: 4, 'options.mss_val': 1460});
	t.deepEqual(decode(tcpOptions[8]!.header, '080abe99b1e97e8b2be6'), {
		option_kind: 8,
		option_len: 10,
		'options.timestamp.tsval': 0xbe99b1e9,
		'options.timestamp.tsecr': 0x7e8b2be6,
	});
	t.deepEqual(decode(sackBlock, '0000000100000002'), {'options.sack_le': 1, 'options.sack_re': 2});
});

test('a length that is no whole number of words is refused', t => {
	const bytes = new Uint8Array(20);
	t.throws(() => tcp.encode({hdr_len: 21}, viewOf(bytes)), {code: 'ERR_FIELD_RANGE'});
	t.throws(() => tcp.encode({hdr_len: 64}, viewOf(bytes)), {code: 'ERR_FIELD_RANGE'});
});
