import test from 'ava';
import fc from 'fast-check';
import {configuration, isPacketMode, packetAlert, queueDrops, softwareOnly} from '../../../src/monitor/drops/net-dm.js';
import {holds} from '../../property.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// laid down by hand from include/uapi/linux/net_dropmon.h and net/core/drop_monitor.c, net_dm_packet_report_fill
const alert = hex(`
	05 02 00 00
	06 00 0e 00  00 00 00 00
	0c 00 02 00  a6 a8 e5 81 ff ff ff ff
	16 00 03 00  69705f7263762b307866662f3078323030 00 0000
	0e 00 17 00  4f54484552484f5354 00 0000
	0c 00 04 00  08 00 00 00 02 00 00 00
	0c 00 05 00  00 ca 9a 3b 00 00 00 00
	08 00 0a 00  3c 00 00 00
	06 00 06 00  00 08 00 00
	0a 00 07 00  01 02 03 04 05 06 00 00
`);

test('a packet alert says where, why and what', t => {
	const found = packetAlert(view(alert))!;
	t.is(found.symbol, 'ip_rcv+0xff/0x200');
	t.is(found.location, 0xffffffff81e5a8a6n);
	t.is(found.protocol, 0x800);
	t.is(found.ifindex, 2);
	t.is(found.time, 1_000_000_000n);
	t.is(found.length, 60);
	t.is(found.hardware, false);
	t.deepEqual([...found.payload], [1, 2, 3, 4, 5, 6]);
	t.is(found.reason, 'OTHERHOST');
});

test('other messages are no packet alerts', t => {
	t.is(packetAlert(view(hex('01020000'))), undefined);
	t.is(packetAlert(view(hex('05'))), undefined);
	t.like(packetAlert(view(hex('05020000'))), {symbol: '', reason: undefined, protocol: 0, ifindex: 0, length: 0});
});

test('the request for packet mode has the bytes of the header', t => {
	const bytes = Buffer.concat(configuration(256, 8192));
	t.is(bytes.toString('hex'), '0500010001000000' + '0800090000010000' + '08000b0000200000');
	t.is(Buffer.concat(softwareOnly).toString('hex'), '04001400');
});

test('what the monitor says of itself', t => {
	t.true(isPacketMode(view(hex('07020000 0500010001000000'))));
	t.false(isPacketMode(view(hex('07020000 0500010000000000'))));
	// NET_DM_ATTR_STATS {NET_DM_ATTR_STATS_DROPPED u64}, and the card's
	t.is(queueDrops(view(hex('09020000 10000c00 0c000000 0700000000000000 10000d00 0c000000 0500000000000000'))), 12);
	t.is(queueDrops(view(hex('09020000'))), 0);
});

test('any bytes are read without harm', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 200}), any => {
			const bytes = Uint8Array.of(5, 2, 0, 0, ...any);
			packetAlert(view(any));
			packetAlert(view(bytes));
			queueDrops(view(bytes));
			isPacketMode(view(bytes));
			return true;
		}),
		{numRuns: 2000},
	);
});
