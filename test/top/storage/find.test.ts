import test from 'ava';
import fc from 'fast-check';
import {addressBytes, iscsiAddresses, packetIndexes} from '../../../src/top/storage/find.js';
import {holds} from '../../property.js';

test('packet sockets of AoE and FCoE name their interfaces', t => {
	const text = `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 0      0      19843
0000000000000000 3      3    88a2   7     1 0      0      33210
0000000000000000 3      3    8906   9     1 0      0      33211
0000000000000000 3      3    88a2   0     1 0      0      33212
`;
	t.deepEqual(packetIndexes(text), [7, 9]);
});

test('connections with iSCSI’s port at one end name their local address', t => {
	// as a little-endian kernel prints them
	const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0CBC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0200A8C0:0CBC 0100A8C0:A001 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 0300A8C0:A002 0100A8C0:0CBC 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 20 4 30 10 -1
   3: 0400A8C0:0016 0100A8C0:A003 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
`;
	t.deepEqual(iscsiAddresses(tcp), [addressBytes('192.168.0.2'), addressBytes('192.168.0.3')]);
	const tcp6 =
		'   0: B80D0120000000000000000001000000:0CBC B80D0120000000000000000002000000:A001 01 0\n   1: 0000000000000000FFFF00000200A8C0:0CBC 0000000000000000FFFF00000100A8C0:A001 01 0\n';
	t.deepEqual(iscsiAddresses(tcp6), [addressBytes('2001:db8::1'), addressBytes('192.168.0.2')]);
	t.is(addressBytes('fe80::1%eth0'), 'fe80000000000000' + '0000000000000001');
});

test('any text: no address, no exception', t =>
	holds(
		t,
		fc.property(
			fc.string({maxLength: 300}),
			text => packetIndexes(text).every(Number.isSafeInteger) && Array.isArray(iscsiAddresses(text)) && typeof addressBytes(text) === 'string',
		),
	));
