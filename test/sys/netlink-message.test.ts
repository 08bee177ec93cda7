import test from 'ava';
import fc from 'fast-check';
import {attribute, attributeList, attributes, headerBytes, message, messages, text, unsigned} from '../../src/sys/netlink-message.js';
import {holds} from '../property.js';

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const content = (value: DataView) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

test('what is written is read again: messages, attributes, their order and their padding', t => {
	const one = fc.tuple(fc.integer({min: 0, max: 0x3fff}), fc.uint8Array({maxLength: 40}));
	holds(
		t,
		fc.property(fc.array(fc.tuple(fc.nat(0xffff), fc.nat(0xffff), fc.array(one))), list => {
			const parts = list.map(([type, sequence, inner]) => message(type, 1, sequence, ...inner.map(([kind, bytes]) => attribute(kind, bytes))));
			const all = new Uint8Array(Buffer.concat(parts));
			const read = messages(view(all)).map(({type, sequence, payload}) => [
				type,
				sequence,
				attributeList(payload).map(([kind, value]) => [kind, [...content(value)]]),
			]);
			t.deepEqual(
				read,
				list.map(([type, sequence, inner]) => [type, sequence, inner.map(([kind, bytes]) => [kind, [...bytes]])]),
			);
		}),
	);
});

test('any bytes are read without an exception, and nothing beyond their end', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 200}), bytes => {
			for (const {payload} of messages(view(bytes))) {
				t.true(payload.byteOffset + payload.byteLength <= bytes.byteOffset + bytes.byteLength);
				for (const [, value] of attributeList(payload)) {
					unsigned(value);
					text(value);
				}
			}
			attributes(view(bytes));
		}),
	);
});

test('a request as ip(8) sends it', t => {
	// strace of "ip -s link": RTM_GETLINK, NLM_F_REQUEST|NLM_F_DUMP, struct ifinfomsg, IFLA_EXT_MASK = RTEXT_FILTER_VF|RTEXT_FILTER_SKIP_STATS is another flag
	const bytes = message(18, 0x301, 7, new Uint8Array(16), attribute(29, 1));
	t.is(Buffer.from(bytes).toString('hex'), '2800000012000103070000000000000000000000000000000000000000000000' + '08001d0001000000');
	t.is(bytes.length, headerBytes + 16 + 8);
});

test('numbers of every width, texts with and without their NUL, nested flags', t => {
	t.is(unsigned(view(Uint8Array.of(0xff))), 255);
	t.is(unsigned(view(Uint8Array.of(1, 1))), 257);
	t.is(unsigned(view(Uint8Array.of(0, 0, 0, 0x80))), 2 ** 31);
	t.is(unsigned(view(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0))), 2 ** 32);
	t.is(unsigned(view(Uint8Array.of(1, 2, 3))), undefined);
	t.is(unsigned(undefined), undefined);
	t.is(text(view(new TextEncoder().encode('eth0\0junk'))), 'eth0');
	t.is(text(view(new TextEncoder().encode('eth0'))), 'eth0');
	t.deepEqual([...attributes(view(attribute(0x8007, 1))).keys()], [7], 'NLA_F_NESTED is no part of the type');
	t.is(unsigned(attributes(view(new Uint8Array([...attribute(1, 5), ...attribute(1, 6)]))).get(1)), 6, 'of two the last one, as the kernel does');
});
