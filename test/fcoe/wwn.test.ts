import test from 'ava';
import {parseWwn, showPortId, showWwn, wwnFromMac} from '../../src/fcoe/wwn.js';

test('names from a MAC address are the ones Linux makes (fcoe_wwn_from_mac)', t => {
	const mac = Uint8Array.of(0x52, 0x54, 0x00, 0xaa, 0x00, 0x02);
	t.is(showWwn(wwnFromMac(mac, 1)), '10:00:52:54:00:aa:00:02');
	t.is(showWwn(wwnFromMac(mac, 2)), '20:00:52:54:00:aa:00:02');
	t.is(showWwn(wwnFromMac(mac, 2, 0x1fff)), '2f:ff:52:54:00:aa:00:02');
});

for (const text of ['20:00:02:00:00:00:00:0a', '2000020000000 00a'.replace(' ', ''), '0x200002000000000A', '20-00-02-00-00-00-00-0a', 'naa.200002000000000a']) {
	test(`${text} is a name`, t => t.is(parseWwn(text), 0x2000_0200_0000_000an));
}

for (const text of ['', '20:00:02:00:00:00:00', '20:00:02:00:00:00:00:00:01', '20:00:02:00:00:00:00:0g', '00:00:00:00:00:00:00:00', 'eth0']) {
	test(`"${text}" is no name, and the error says what one looks like`, t => {
		const error = t.throws(() => parseWwn(text, 'target'), {code: 'ERR_USAGE'});
		t.regex(error!.message, /target ".*" is no world wide name; write eight bytes, for instance 20:00:/);
	});
}

test('an N_Port_ID is written byte by byte', t => t.is(showPortId(0x1f0a), '00.1f.0a'));
