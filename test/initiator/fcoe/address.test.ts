import test from 'ava';
import {parseFcoeAddress} from '../../../src/initiator/address.js';

test('an interface, a target, a LUN', t => {
	t.deepEqual(parseFcoeAddress('fcoe:eth0/10:00:02:00:00:00:00:01/3'), {protocol: 'fcoe', iface: 'eth0', wwpn: 0x1000_0200_0000_0001n, lun: 3});
	t.deepEqual(parseFcoeAddress('fcoe:eth0.100/0'), {protocol: 'fcoe', iface: 'eth0.100', wwpn: undefined, lun: 0});
	t.deepEqual(parseFcoeAddress('fcoe:eth0/0x1000020000000001/16383'), {protocol: 'fcoe', iface: 'eth0', wwpn: 0x1000_0200_0000_0001n, lun: 16_383});
	t.deepEqual(parseFcoeAddress('fcoe:eth0', false), {protocol: 'fcoe', iface: 'eth0', wwpn: undefined, lun: undefined});
});

for (const [text, message] of [
	['fcoe:', /is no FCoE address; write fcoe:IFACE\/LUN or fcoe:IFACE\/WWPN\/LUN/],
	['fcoe:eth0', /is no FCoE address/],
	['fcoe:/0', /is no FCoE address/],
	['fcoe:eth 0/0', /is no FCoE address/],
	['fcoe:eth0/', /is no FCoE address/],
	['fcoe:eth0/-1', /is no FCoE address/],
	['fcoe:eth0/10:00:02:00:00:00:00:01', /is no FCoE address/],
	['fcoe:eth0/10:00:02:00:00:00:00:01/0/1', /is no FCoE address/],
	['aoe:eth0/0', /is no FCoE address/],
	['fcoe:eth0/16384', /LUNs are 0 to 16383/],
	['fcoe:eth0/10:00:02/0', /WWPN "10:00:02" is no world wide name/],
] as const) {
	test(`${text} is refused, and the error says what to write`, t => {
		t.regex(t.throws(() => parseFcoeAddress(text), {code: 'ERR_USAGE'})!.message, message);
	});
}
