// Network cards with a real receive ring under bursts: which counters move, how much is lost at each ring size, and whether the sum closes.
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {type Bed, needGuests, vmBed} from './bed.js';
import type {Guest} from './guest.js';

const burst = fileURLToPath(new URL('./burst.js', import.meta.url));
const guestMac = '02:6e:73:00:01:00';
const [bursts, frames, gapMs] = [60, 3000, 40];

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
	const sizes = [64, 256, 1024, 4096];
	const guest = await bed.boot(
		`
for size in ${sizes.join(' ')}; do
	ethtool -G eth0 rx $size
	say size$size "$(ring)"
	flood $size
done
`,
		{nic: 'vmxnet3', seconds: 200},
	);
	const lost: number[] = [];
	for (const size of sizes) {
		const {sent, tap, moved} = await flood(bed, guest, String(size));
		t.log(`${size}: sent ${sent}, lost in the tap ${tap}, ${JSON.stringify(moved)}`);
		t.is(guest.said(`size${size}`), String(size));
		const outOfBuffers = moved.pkts_rx_OOB ?? 0;
		t.is((moved['sysfs/rx_packets'] ?? 0) + outOfBuffers + tap, sent);
		lost.push(outOfBuffers);
	}
	await guest.finished();
	for (const [i, less] of lost.slice(1).entries()) t.true(less < lost[i]!, `${sizes[i + 1]} descriptors lost ${less}, ${sizes[i]} lost ${lost[i]}`);
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
	t.log(`sent ${sent}, lost in the tap ${tap}, ${JSON.stringify(moved)}`);
	t.like(await guest.finished(), {grows: 'no'});
	t.is((moved['sysfs/rx_packets'] ?? 0) + (moved['sysfs/rx_missed_errors'] ?? 0) + tap, sent);
	t.true((moved['sysfs/rx_missed_errors'] ?? 0) > 0);
});
