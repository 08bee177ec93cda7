// Linux's own aoe driver (drivers/block/aoe) against our target.
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {needGuests, vmBed} from './bed.js';
import {checkFar, checkFilesystem, checkLoad, checkRaw, digestOf, diskBytes, jobPrograms, makeDisk, told} from './jobs.js';

/** Waits for a disk of the aoe driver, named as it names them. */
const discover = (...names: string[]) => `
modprobe aoe
for name in ${names.join(' ')}; do until_true 20 test -b /dev/etherd/$name; done
`;

const about = `
say size "$(blockdev --getsize64 /dev/etherd/e1.1)"
say state "$(cat '/sys/block/etherd!e1.1/state')"
say mac "$(cat '/sys/block/etherd!e1.1/mac')"
say payload "$(cat '/sys/block/etherd!e1.1/payload')"
`;

const both = `
filesystem_job disk /dev/etherd/e1.1
raw_job disk /dev/etherd/e1.1
`;

for (const [mtu, payload] of [
	[1500, 1024],
	[9000, 8704],
] as const) {
	test.serial(`MTU ${mtu}: the kernel finds the disk, and what it writes is what it reads and what lies in the file`, async t => {
		if (!needGuests(t, jobPrograms)) return;
		const bed = await vmBed(t, {mtu});
		const disk = makeDisk(bed.path('disk.img'));
		await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
		const guest = await bed.boot(`${discover('e1.1')}${about}${both}`);
		const results = await guest.finished();
		t.like(results, {size: String(diskBytes), state: 'up', mac: bed.target.mac.replaceAll(':', ''), payload: String(payload)});
		checkFilesystem(t, results, 'disk', disk);
		checkRaw(t, results, 'disk', disk);
	});
}

test.serial('a link that loses what does not fit into ten frames: slower, and not one byte different', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.ip('link', 'set', 'tap0', 'txqueuelen', '10');
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	const results = await (await bed.boot(`${discover('e1.1')}${both}`)).finished();
	const lost = await bed.counter('tap0', 'tx_dropped');
	t.log(`${lost} frames lost on the way to the guest`);
	t.true(lost > 0);
	checkFilesystem(t, results, 'disk', disk);
	checkRaw(t, results, 'disk', disk);
});

test.serial('a target that is killed and started again under load: the kernel goes on, nothing is corrupt', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	const serve = () => bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	const first = await serve();
	const guest = await bed.boot(`${discover('e1.1')}load_job disk /dev/etherd/e1.1`);
	await guest.saw('disk_round');
	await first.stop('SIGKILL');
	const before = Number(guest.said('disk_round'));
	await sleep(1500);
	// the load stands still without its target: nobody else answered
	t.true(Number(guest.said('disk_round')) <= before + 1);
	await serve();
	while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
	guest.tell('enough');
	checkLoad(t, await guest.finished(), 'disk', disk);
});

test.serial('two shelves on one MAC are two disks', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t);
	const [one, two] = [makeDisk(bed.path('one.img')), makeDisk(bed.path('two.img'))];
	await bed.serve([one], ['--aoe', `${bed.target.iface}:1.1`]);
	await bed.serve([two], ['--aoe', `${bed.target.iface}:2.1`]);
	const guest = await bed.boot(`
${discover('e1.1', 'e2.1')}
say same "$(cat '/sys/block/etherd!e1.1/mac' '/sys/block/etherd!e2.1/mac' | uniq | wc -l)"
# at the same time, so that requests to both are in flight together; with pauses, or the guest does nothing else
dd if=/dev/urandom of=/tmp/other bs=1M count=8 2>/dev/null
(while ! [ -e /tmp/done ]; do dd if=/tmp/other of=/dev/etherd/e2.1 bs=1M seek=48 oflag=direct conv=notrunc 2>/dev/null || exit 1; usleep 100000; done) &
filesystem_job one /dev/etherd/e1.1
raw_job one /dev/etherd/e1.1
touch /tmp/done
wait $!
raw_job two /dev/etherd/e2.1
`);
	const results = await guest.finished();
	t.is(results.same, '1');
	checkFilesystem(t, results, 'one', one);
	checkRaw(t, results, 'one', one);
	checkRaw(t, results, 'two', two);
});

test.serial('two kernels at one target: what one writes the other reads', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {guests: 2});
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	// each writes its half and then reads the other's
	const script = (mine: number, other: number) => `
${discover('e1.1')}
make_noise /tmp/noise 8
say mine "$(digest /tmp/noise)"
dd if=/tmp/noise of=/dev/etherd/e1.1 bs=1M seek=${mine} oflag=direct conv=notrunc 2>/dev/null
say written 1
hear read
dd if=/dev/etherd/e1.1 of=/tmp/back bs=1M skip=${other} count=8 iflag=direct 2>/dev/null
say other "$(digest /tmp/back)"
`;
	const guests = [await bed.boot(script(8, 24)), await bed.boot(script(24, 8), {index: 1})];
	await Promise.all(guests.map(guest => guest.saw('written')));
	for (const guest of guests) guest.tell('read');
	const [one, two] = await Promise.all(guests.map(guest => guest.finished()));
	t.is(told(one!, 'other'), told(two!, 'mine'));
	t.is(told(two!, 'other'), told(one!, 'mine'));
	t.is(digestOf(disk, 8 << 20, 8 << 20), told(one!, 'mine'));
});

test.serial('different MTUs at both ends: the smaller one counts', async t => {
	if (!needGuests(t)) return;
	for (const [ours, theirs] of [
		[1500, 9000],
		[9000, 1500],
	] as const) {
		const bed = await vmBed(t, {mtu: 9000});
		const disk = makeDisk(bed.path('disk.img'));
		await bed.target.run('ip', ['link', 'set', bed.target.iface, 'mtu', String(ours)]);
		await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
		const results = await (await bed.boot(`${discover('e1.1')}${about}raw_job disk /dev/etherd/e1.1`, {mtu: theirs})).finished();
		t.is(results.payload, '1024');
		checkRaw(t, results, 'disk', disk);
	}
});

test.serial('a disk of 300 GiB: addresses above 28 bits, and a reply that leaves by a TX ring', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 9000});
	const position = 200 * 2 ** 30 + 4096;
	const disk = makeDisk(bed.path('disk.img'), 300 * 2 ** 30 + 512);
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`, '--transmit', 'ring']);
	const results = await (await bed.boot(`${discover('e1.1')}${about}far_job disk /dev/etherd/e1.1 ${position}`)).finished();
	t.is(results.size, String(300 * 2 ** 30 + 512));
	checkFar(t, results, 'disk', disk, position);
});

test.serial('a read-only disk is read, and says no to a write', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`, '--read-only']);
	const results = await (await bed.boot(`${discover('e1.1')}refused_job disk /dev/etherd/e1.1`)).finished();
	t.like(results, {disk_write: 'refused', disk_read: digestOf(disk, 0, 8 << 20)});
});

test.serial('a target that stands still under load: the kernel asks again, and nothing is corrupt when it goes on', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	const served = await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	const guest = await bed.boot(`${discover('e1.1')}load_job disk /dev/etherd/e1.1`);
	await guest.saw('disk_round');
	const received = await bed.counter('eth0', 'tx_packets');
	served.child.kill('SIGSTOP');
	await sleep(4000);
	// what comes late is answered late: every question that it was asked meanwhile waits in its ring
	const before = Number(guest.said('disk_round'));
	t.true((await bed.counter('eth0', 'tx_packets')) > received);
	served.child.kill('SIGCONT');
	while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
	guest.tell('enough');
	checkLoad(t, await guest.finished(), 'disk', disk);
});

test.serial('a link that is down for two seconds under load: the kernel goes on, nothing is corrupt', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], ['--aoe', `${bed.target.iface}:1.1`]);
	const guest = await bed.boot(`${discover('e1.1')}load_job disk /dev/etherd/e1.1`);
	await guest.saw('disk_round');
	await bed.ip('link', 'set', 'eth0', 'down');
	await sleep(2000);
	const before = Number(guest.said('disk_round'));
	await bed.ip('link', 'set', 'eth0', 'up');
	while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
	guest.tell('enough');
	checkLoad(t, await guest.finished(), 'disk', disk);
});
