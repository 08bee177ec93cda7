// Linux's own aoe driver against our target.
import {writeFileSync} from 'node:fs';
import test from 'ava';
import {needGuests, vmBed} from './bed.js';

test.serial('the kernel finds the target', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = bed.path('disk.img');
	writeFileSync(disk, new Uint8Array(64 << 20));
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	const guest = await bed.boot(`
say booted "$(cut -d ' ' -f 1 /proc/uptime)"
modprobe aoe
until_true 10 test -b /dev/etherd/e1.1
say size "$(blockdev --getsize64 /dev/etherd/e1.1)"
`);
	const start = Date.now();
	await guest.saw('booted');
	t.log(`booted in ${Date.now() - start} ms`);
	t.like(await guest.finished(), {size: String(64 << 20)});
});
