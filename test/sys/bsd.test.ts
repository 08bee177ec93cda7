// What macOS and FreeBSD say of interfaces and routes, in the shapes of their manuals' examples.
import test from 'ava';
import fc from 'fast-check';
import {parseDefaultRoutes, parseIfconfig} from '../../src/sys/bsd.js';
import {holds} from '../property.js';

const macos = `en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	options=6460<TSO4,TSO6,CHANNEL_IO>
	ether 02:6e:73:00:00:01
	inet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255
	media: autoselect
	status: active
`;
const freebsd = `em0: flags=1008802<BROADCAST,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 9000
	options=481249b<RXCSUM,TXCSUM,VLAN_MTU>
	ether 02:6e:73:00:00:02
	media: Ethernet autoselect (1000baseT <full-duplex>)
`;
const loopback = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	inet 127.0.0.1 netmask 0xff000000
`;

test('ifconfig: address, MTU and flags', t => {
	t.like(parseIfconfig(macos), {mtu: 1500, mac: Uint8Array.of(2, 0x6e, 0x73, 0, 0, 1)});
	t.deepEqual(parseIfconfig(macos)?.flags, ['UP', 'BROADCAST', 'SMART', 'RUNNING', 'SIMPLEX', 'MULTICAST']);
	t.like(parseIfconfig(freebsd), {mtu: 9000, mac: Uint8Array.of(2, 0x6e, 0x73, 0, 0, 2)});
	t.false(parseIfconfig(freebsd)?.flags.includes('UP'));
	t.like(parseIfconfig(loopback), {mtu: 16_384, mac: undefined});
	t.is(parseIfconfig('ifconfig: interface nosuch0 does not exist\n'), undefined);
});

test('netstat -rn: the interfaces of default routes, wherever their column is', t => {
	const newer = `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.0.2.1          UGScg                 en0
127                127.0.0.1          UCS                   lo0

Internet6:
Destination                             Gateway                 Flags         Netif Expire
default                                 fe80::1%en1             UGcg            en1
::1                                     ::1                     UHL             lo0
`;
	t.deepEqual(parseDefaultRoutes(newer), ['en0', 'en1']);
	const older = `Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            192.0.2.1          UGSc           20       16     em0
192.0.2            link#4             UCS             1        0     em0
`;
	t.deepEqual(parseDefaultRoutes(older), ['em0']);
	t.deepEqual(parseDefaultRoutes('default 192.0.2.1 UGSc em0\n'), [], 'without a header no column is known');
});

test('any text at all', t => {
	const text = fc.oneof(
		fc.string(),
		fc
			.array(fc.constantFrom('Destination', 'Netif', 'default', ' ', '\n', 'en0: flags=8863<UP> mtu 1500', '\tether 02:'), {maxLength: 12})
			.map(words => words.join('')),
	);
	holds(
		t,
		fc.property(text, some => {
			const found = parseIfconfig(some);
			return parseDefaultRoutes(some).every(name => name !== '') && (found === undefined || found.mtu >= 0);
		}),
	);
});
