// The story that netstress is for, in one command: frames vanish in a network card's receive ring, and the ledger names it. The receiving half runs in a guest with a
// real ring, on Debian's kernel; the sending half on the switch; both joined. Beside it what `ethtool -S` and `ip -s` say.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {Hop} from '../../src/monitor/ledger/hop.js';
import {needGuests, vmBed} from './bed.js';
import {toolkitDisk} from './toolkit.js';

const netstress = fileURLToPath(new URL('../../tools/netstress.js', import.meta.url));
const guestMac = '02:6e:73:00:01:00';
const cards = [
	{nic: 'vmxnet3', shrink: 'ethtool -G eth0 rx 64', counter: 'counter "pkts rx OOB"', named: /pkts rx OOB/},
	{nic: 'rtl8139', shrink: 'true', counter: 'statistic rx_missed_errors', named: /^rx_fifo \(ethtool\)/},
] as const;

interface Summary {
	readonly sent: number;
	readonly received: number;
	readonly unexplained: number;
	readonly hops: readonly Hop[];
}

for (const {nic, shrink, counter, named} of cards) {
	test.serial(`${nic}: the ledger names the card's ring, with the count that the card itself has`, async t => {
		if (!needGuests(t, ['ldd', 'mke2fs'])) return;
		const bed = await vmBed(t);
		await bed.ip('link', 'set', 'tap0', 'txqueuelen', '20000'); // nothing may be lost before the card
		const disk = bed.path('toolkit.img');
		toolkitDisk(disk);
		const guest = await bed.boot(
			`
modprobe virtio_blk; modprobe ext4
mount -t ext4 -o ro /dev/vda /mnt
${shrink}
say size "$(ring)"
before=$(${counter})
/mnt/netstress ledger --to eth0 --record /tmp/side --json -v >/tmp/out 2>/tmp/err &
pid=$!
until_true 60 grep -q '"ready"' /tmp/out || { cat /tmp/err; exit 1; }
say ready 1
hear sent
settled
kill -INT $pid
wait $pid
say counted $(($(${counter}) - before))
say header "$(head -n 1 /tmp/side)"
say side "$(grep '"side":"to"' /tmp/side | tail -n 1)"
`,
			{nic, memory: 640, seconds: 200, disk},
		);
		await guest.saw('ready');
		const [a, b] = [bed.path('a.ndjson'), bed.path('b.ndjson')];
		const bursts = ['--burst', '3000', '-b', '75kpps', '-n', '60000'];
		const sent = await bed.switch.run(process.execPath, [netstress, 'ledger', '--from', 'tap0', '--record', a, '--dst', guestMac, ...bursts, '--json']);
		t.is(sent.status, 0, sent.stderr);
		guest.tell('sent');
		const lines = [await guest.saw('header'), await guest.saw('side')];
		writeFileSync(b, `${lines.join('\n')}\n`);
		await guest.finished();
		const merged = await bed.switch.run(process.execPath, [netstress, 'ledger', '--merge', a, b, '--json']);
		t.is(merged.status, 0, merged.stderr);
		const ledger = JSON.parse(merged.stdout.trim().split('\n').at(-1) ?? '') as Summary;
		const ring = ledger.hops.filter(({place}) => place === 'nic-ring');
		const counted = Number(guest.said('counted'));
		t.log(`${nic}, ring of ${guest.said('size')}: ${ledger.sent} sent, ${ledger.received} received, ${counted} by the card, ${ledger.unexplained} unexplained`);
		for (const {place, count, source} of ledger.hops) t.log(`${count} at ${place}, by ${source}`);
		t.is(ledger.unexplained, 0);
		t.true(counted > 0, 'the ring held every burst');
		t.is(
			ring.reduce((sum, {count}) => sum + count, 0),
			counted,
		);
		t.regex(ring[0]?.source ?? '', named);
	});
}
