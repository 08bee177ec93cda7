// Network cards with a real receive ring under bursts: which counters move, how much is lost at each ring size, and whether the sum closes.
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {type Bed, needGuests, vmBed} from './bed.js';
import type {Guest} from './guest.js';

const burst = fileURLToPath(new URL('./burst.js', import.meta.url));
const guestMac = '02:6e:73:00:01:00';
const [bursts, frames, gapMs] = [20, 3000, 40];
/** Sizes take turns: what else the machine does meanwhile then meets all of them alike. */
const rounds = 4;

/** Floods a guest that waits in `flood PREFIX`; the counters that moved, and what was sent into its tap. */
async function flood(bed: Bed, guest: Guest, prefix: string): Promise<{sent: number; tap: number; moved: Record<string, number>}> {
	await guest.saw(`${prefix}/ready`);
	const before = await bed.counter('tap0', 'tx_dropped');
	const {stdout, stderr, status} = await bed.switch.run(process.execPath, [burst, 'tap0', guestMac, ...[bursts, frames, gapMs].map(String)]);
	if (status !== 0) throw new Error(`the flood ended with ${status}: ${stderr}`);
	guest.tell('sent');
	await guest.saw(`${prefix}/done`);
	const moved: Record<string, number> = {};
	for (const [name, value] of Object.entries(guest.all())) if (name.startsWith(`${prefix}/`)) moved[name.slice(prefix.length + 1)] = Number(value);
	return {sent: JSON.parse(stdout).sent, tap: (await bed.counter('tap0', 'tx_dropped')) - before, moved};
}

test.serial('vmxnet3: received and out of buffers is what was sent, and a larger ring loses less', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	// room for every burst: nothing may be lost before the card
	await bed.ip('link', 'set', 'tap0', 'txqueuelen', '20000');
	const sizes = [64, 256, 1024, 2048, 4096];
	const guest = await bed.boot(
		`
for round in $(seq ${rounds}); do
	for size in ${sizes.join(' ')}; do
		ethtool -G eth0 rx $size
		say $round-$size/size "$(ring)"
		flood $round-$size
	done
done
`,
		{nic: 'vmxnet3', seconds: 200},
	);
	const sums = new Map(sizes.map(size => [size, {sent: 0, received: 0, outOfBuffers: 0}]));
	for (let round = 1; round <= rounds; round++) {
		for (const [size, sum] of sums) {
			const {sent, tap, moved} = await flood(bed, guest, `${round}-${size}`);
			t.is(guest.said(`${round}-${size}/size`), String(size));
			const {pkts_rx_OOB: outOfBuffers = 0, 'sysfs/rx_packets': received = 0} = moved;
			t.is(received + outOfBuffers + tap, sent);
			// the place where one would look first says nothing
			t.is(moved['sysfs/rx_missed_errors'], undefined);
			sum.sent += sent;
			sum.received += received;
			sum.outOfBuffers += outOfBuffers;
		}
	}
	await guest.finished();
	for (const [size, {sent, received, outOfBuffers}] of sums) t.log(`vmxnet3, ${size}: ${sent} sent, ${received} received, ${outOfBuffers} pkts rx OOB`);
	const lost = (size: number) => sums.get(size)?.outOfBuffers ?? Number.NaN;
	// 64 and 256 are both far less than a burst: which of them loses more is chance on a busy machine
	for (const [small, large] of [
		[64, 1024],
		[256, 1024],
		[1024, 2048],
		[2048, 4096],
	] as const)
		t.true(lost(large) < lost(small), `${large} descriptors lost ${lost(large)}, ${small} lost ${lost(small)}`);
});

test.serial('8139cp: a ring of 64 that cannot grow; what it lost is in rx_missed_errors', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	await bed.ip('link', 'set', 'tap0', 'txqueuelen', '20000');
	const guest = await bed.boot(
		`
say size "$(ring)"
if ethtool -G eth0 rx 128; then say grows yes; else say grows no; fi
flood 64
`,
		{nic: 'rtl8139', seconds: 120},
	);
	const {sent, tap, moved} = await flood(bed, guest, '64');
	t.log(`8139cp, ${guest.said('size')}: ${sent} sent, ${JSON.stringify(moved)}`);
	t.like(await guest.finished(), {grows: 'no'});
	t.is((moved['sysfs/rx_packets'] ?? 0) + (moved['sysfs/rx_missed_errors'] ?? 0) + tap, sent);
	t.true((moved['sysfs/rx_missed_errors'] ?? 0) > 0);
});
