// The drop monitor on a kernel that we did not choose: Debian's, with its own BTF, its own reasons, and the kernel's drop monitor as a module. A flood that nobody in the
// guest takes; what each source counts is what the guest's interface says it dropped.
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {needGuests, vmBed} from './bed.js';
import {toolkitDisk} from './toolkit.js';

const burst = fileURLToPath(new URL('./burst.js', import.meta.url));
const guestMac = '02:6e:73:00:01:00';
const frames = 400;
const sources = ['bpf', 'tracefs', 'netlink'] as const;

interface Summary {
	readonly source: string;
	readonly lostEvents: number;
	readonly samples?: {readonly written: number};
	readonly cannotSee: readonly string[];
	readonly drops: readonly {
		readonly reason: string;
		readonly symbol: string;
		readonly protocol: number;
		readonly iface: string;
		readonly ifindex: number;
		readonly count: number;
	}[];
}

test.serial("bpf, tracefs and the kernel's own drop monitor count a flood to the frame on Debian's kernel", async t => {
	if (!needGuests(t, ['ldd', 'mke2fs'])) return;
	const bed = await vmBed(t);
	const disk = bed.path('toolkit.img');
	toolkitDisk(disk);
	const guest = await bed.boot(
		`
modprobe virtio_blk; modprobe ext4; modprobe drop_monitor
mount -t ext4 -o ro /dev/vda /mnt
say kernel "$(uname -r)"
for source in ${sources.join(' ')}; do
	/mnt/netstress drops --json --source $source --samples 3 -w /tmp/$source.pcapng >/tmp/$source 2>/tmp/$source.err &
	pid=$!
	until_true 60 grep -q '"ready"' /tmp/$source || { cat /tmp/$source.err; exit 1; }
	before=$(statistic rx_dropped)
	say $source/ready 1
	hear sent
	settled
	kill -INT $pid
	wait $pid
	say $source/dropped $(($(statistic rx_dropped) - before))
	say $source/bytes "$(stat -c %s /tmp/$source.pcapng)"
	say $source/summary "$(tail -n 1 /tmp/$source)"
done
`,
		{memory: 640, seconds: 200, disk},
	);
	for (const source of sources) {
		await guest.saw(`${source}/ready`);
		const {stdout, stderr, status} = await bed.switch.run(process.execPath, [burst, 'tap0', guestMac, '4', String(frames / 4), '20']);
		t.is(status, 0, stderr);
		t.is(JSON.parse(stdout).sent, frames);
		guest.tell('sent');
		const summary = JSON.parse(await guest.saw(`${source}/summary`)) as Summary;
		t.is(summary.source, source);
		t.is(Number(guest.said(`${source}/dropped`)), frames);
		const ours = summary.drops.filter(({protocol}) => protocol === 0x88b5);
		t.deepEqual(
			ours.map(({reason, symbol, iface, count}) => ({reason, symbol, iface, count})),
			[{reason: 'UNHANDLED_PROTO', symbol: '__netif_receive_skb_core', iface: source === 'bpf' ? 'eth0' : '', count: frames}],
		);
		t.is(summary.lostEvents, 0);
		t.is(summary.samples?.written, source === 'tracefs' ? 0 : 3);
		t.log(`${guest.said('kernel')}, ${source}: ${ours[0]?.count} of ${frames}, ${guest.said(`${source}/bytes`)} bytes of samples`);
	}
	await guest.finished();
});
