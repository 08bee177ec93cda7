// Linux's own fcoe driver, VN2VN (drivers/scsi/fcoe, drivers/scsi/libfc), against our target.
import {writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {seeded} from '../../src/base/random.js';
import {needGuests, program, vmBed} from './bed.js';
import {checkFilesystem, checkLoad, checkRaw, digestOf, diskBytes, jobPrograms, makeDisk, told} from './jobs.js';

const both = `
disk=$(fcoe_disk 0)
filesystem_job disk "$disk"
raw_job disk "$disk"
`;

for (const mtu of [2500, 1500] as const) {
	test.serial(`MTU ${mtu}: the kernel finds the disk, and what it writes is what it reads and what lies in the file`, async t => {
		if (!needGuests(t, jobPrograms)) return;
		const bed = await vmBed(t, {mtu});
		const disk = makeDisk(bed.path('disk.img'));
		const target = await bed.serve([disk], ['--fcoe', bed.target.iface]);
		const guest = await bed.boot(`
fcoe_start
${both}
say size "$(blockdev --getsize64 "$disk")"
say roles "$(fcoe_remote roles)"
say state "$(fcoe_remote port_state)"
`);
		const results = await guest.finished();
		t.like(results, {size: String(diskBytes), roles: 'FCP Target', state: 'Online'});
		checkFilesystem(t, results, 'disk', disk);
		checkRaw(t, results, 'disk', disk);
		const {fcoe} = JSON.parse((await target.stop()).trim().split('\n').at(-1)!);
		t.like(fcoe.ports[0].fcoe, {badCrc: 0, malformed: 0, misaddressed: 0, badFip: 0, strangers: 0});
	});
}

const load = `
disk=$(fcoe_disk 0)
# commands of the SCSI layer wait for the port to come back for as long as this
for port in /sys/class/fc_remote_ports/rport-*; do echo 120 >$port/dev_loss_tmo; done
load_job disk "$disk"
`;

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
	test.serial(`a target that ends by ${signal} and is started again under load: the kernel logs in again, nothing is corrupt`, async t => {
		if (!needGuests(t)) return;
		const bed = await vmBed(t, {mtu: 2500});
		const disk = makeDisk(bed.path('disk.img'));
		const serve = () => bed.serve([disk], ['--fcoe', bed.target.iface]);
		const first = await serve();
		const guest = await bed.boot(`fcoe_start${load}`);
		await guest.saw('disk_round');
		await first.stop(signal);
		const before = Number(guest.said('disk_round'));
		await sleep(1500);
		t.true(Number(guest.said('disk_round')) <= before + 1);
		const again = performance.now();
		await serve();
		while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
		t.log(`three rounds ${Math.round(performance.now() - again)} ms after the start`);
		guest.tell('enough');
		checkLoad(t, await guest.finished(), 'disk', disk);
	});
}

test.serial('a link that loses every thousandth frame: slower, and not one byte different', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t, {mtu: 2500});
	const disk = makeDisk(bed.path('disk.img'));
	const target = await bed.serve([disk], ['--fcoe', bed.target.iface]);
	const guest = await bed.boot(`fcoe_start\nfcoe_disk 0\nsay found 1\nhear lose\n${both}`, {seconds: 280});
	await guest.saw('found');
	await bed.lab.lose({kind: 'every', first: 1000, every: 1000});
	guest.tell('lose');
	const results = await guest.finished();
	const lost = (await bed.lab.lost()).reduce((sum, {dropped}) => sum + dropped, 0);
	const {fcoe} = JSON.parse((await target.stop()).trim().split('\n').at(-1)!);
	const {recs, srrs, askedAgain, aborts} = fcoe.ports[0].fcp;
	t.log(`${lost} frames lost; RECs ${recs}, SRRs ${srrs}, asked again ${askedAgain}, aborts ${aborts}`);
	t.true(lost > 10);
	// lost write data is asked for by the target, lost read data by the kernel
	t.true(askedAgain > 0 && recs > 0 && srrs > 0);
	checkFilesystem(t, results, 'disk', disk);
	checkRaw(t, results, 'disk', disk);
});

test.serial('three units, logout when the port is destroyed, login when it is made again', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t, {mtu: 2500});
	const disks = [0, 1, 2].map(i => makeDisk(bed.path(`disk${i}.img`)));
	const target = await bed.serve(disks, ['--fcoe', bed.target.iface]);
	const guest = await bed.boot(`
fcoe_start
${both}
raw_job second "$(fcoe_disk 1)"
raw_job third "$(fcoe_disk 2)"
fcoe_stop
until_true 20 sh -c '[ -z "$(ls /sys/class/scsi_disk)" ]'
say gone 1
fcoe_start
for lun in 0 1 2; do
	dd if="$(fcoe_disk $lun)" of=/tmp/again bs=1M skip=48 count=8 iflag=direct 2>/dev/null
	say again$lun "$(digest /tmp/again)"
done
fcoe_stop
`);
	const results = await guest.finished();
	t.like(results, {gone: '1', again0: told(results, 'disk_raw'), again1: told(results, 'second_raw'), again2: told(results, 'third_raw')});
	checkFilesystem(t, results, 'disk', disks[0]!);
	for (const [i, prefix] of ['disk', 'second', 'third'].entries()) checkRaw(t, results, prefix, disks[i]!);
	const {fcoe} = JSON.parse((await target.stop()).trim().split('\n').at(-1)!);
	t.like(fcoe.ports[0].logins, {logins: 2, logouts: 2});
	t.deepEqual(fcoe.ports[0].initiators, []);
});

test.serial('a read-only disk can be read and says no to a write', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 2500});
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], ['--fcoe', bed.target.iface, '--read-only']);
	const results = await (await bed.boot(`fcoe_start\nrefused_job disk "$(fcoe_disk 0)"`)).finished();
	t.like(results, {disk_read: digestOf(disk, 0, 8 << 20), disk_write: 'refused'});
});

test.serial('a port that is not on the list finds no disk; one that is does', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 2500});
	const disk = makeDisk(bed.path('disk.img'));
	const other = await bed.serve([disk], ['--fcoe', bed.target.iface, '--fcoe-allow', '20:00:00:00:00:00:00:01']);
	const guest = await bed.boot(`
fcoe_start
until_true 20 sh -c 'ls /sys/class/fc_host/*/port_state && grep -q Online /sys/class/fc_host/*/port_state'
sleep 5
say before "$(ls /sys/class/scsi_disk | wc -l)"
hear open
raw_job disk "$(fcoe_disk 0)"
`);
	t.is(await guest.saw('before'), '0');
	const {fcoe} = JSON.parse((await other.stop()).trim().split('\n').at(-1)!);
	t.true(fcoe.ports[0].logins.refused > 0);
	await bed.serve([disk], ['--fcoe', bed.target.iface, '--fcoe-allow', '20:00:02:6e:73:00:01:00']);
	guest.tell('open');
	checkRaw(t, await guest.finished(), 'disk', disk);
});

test.serial('two kernels and our own initiator at one unit: everybody reads what the others wrote, and a reservation keeps out who has none', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 2500, guests: 2});
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], ['--fcoe', bed.target.iface]);
	await bed.ip('link', 'add', 'ours', 'mtu', '2500', 'type', 'veth', 'peer', 'name', 'port', 'mtu', '2500');
	await bed.ip('link', 'set', 'port', 'master', 'br0', 'up');
	await bed.ip('link', 'set', 'ours', 'up');
	const io = (...args: string[]) => bed.switch.run(process.execPath, [program, 'io', 'fcoe:ours/0', ...args]);
	const script = (mine: number, others: readonly number[], key: number, first: boolean) => `
fcoe_start
disk=$(fcoe_disk 0)
make_noise /tmp/noise 8
say mine "$(digest /tmp/noise)"
say up 1
hear write
dd if=/tmp/noise of=$disk bs=1M seek=${mine} oflag=direct conv=notrunc 2>/dev/null
say written 1
hear read
${others.map((place, i) => `dd if=$disk of=/tmp/back bs=1M skip=${place} count=8 iflag=direct 2>/dev/null\nsay other${i} "$(digest /tmp/back)"`).join('\n')}
hear reserve
sg_persist --out --register --param-sark=${key} $disk
${first ? `sg_persist --out --reserve --param-rk=${key} --prout-type=5 $disk` : 'true'}
say reserved 1
hear try
if dd if=/tmp/noise of=$disk bs=1M seek=56 count=1 oflag=direct conv=notrunc 2>/dev/null; then say registered taken; else say registered refused; fi
${first ? '' : `sg_persist --out --register --param-rk=${key} --param-sark=0 $disk`}
if dd if=/tmp/noise of=$disk bs=1M seek=${first ? 57 : 58} count=1 oflag=direct conv=notrunc 2>/dev/null; then say later taken; else say later refused; fi
sg_persist --in --read-keys $disk
sg_persist --in --read-reservation $disk
say tried 1
hear release
${first ? `sg_persist --out --release --param-rk=${key} --prout-type=5 $disk` : 'true'}
say released 1
`;
	const guests = [await bed.boot(script(8, [24, 40], 11, true)), await bed.boot(script(24, [8, 40], 22, false), {index: 1})];
	const all = async (word: string, answer: string) => {
		for (const guest of guests) guest.tell(word);
		await Promise.all(guests.map(guest => guest.saw(answer)));
	};
	const input = bed.path('input');
	const bytes = new Uint8Array(8 << 20);
	seeded(9).fill(bytes);
	writeFileSync(input, bytes);
	await Promise.all(guests.map(guest => guest.saw('up')));
	for (const guest of guests) guest.tell('write');
	const [wrote] = await Promise.all([io('write', '--input', input, '--offset', '40MiB'), ...guests.map(guest => guest.saw('written'))]);
	t.is(wrote.status, 0, wrote.stderr);
	for (const guest of guests) guest.tell('read');
	await Promise.all(guests.map(guest => guest.saw('other1')));
	for (const [i, place] of [8, 24].entries()) {
		const back = bed.path(`back${i}`);
		const read = await io('read', '--offset', `${place}MiB`, '--length', '8MiB', '--output', back);
		t.is(read.status, 0, read.stderr);
		t.is(digestOf(back, 0, 8 << 20), String(guests[i]!.said('mine')));
	}
	guests[0]!.tell('reserve');
	await guests[0]!.saw('reserved');
	guests[1]!.tell('reserve');
	await guests[1]!.saw('reserved');
	const refused = await io('write', '--input', input, '--offset', '40MiB');
	t.is(refused.status, 1);
	t.regex(refused.stderr, /Reservation Conflict/);
	t.is((await io('read', '--length', '1MiB', '--output', bed.path('still'))).status, 0);
	await all('try', 'tried');
	await all('release', 'released');
	t.is((await io('write', '--input', input, '--offset', '40MiB')).status, 0);
	const [one, two] = await Promise.all(guests.map(guest => guest.finished()));
	t.like(one, {registered: 'taken', later: 'taken', other0: told(two!, 'mine'), other1: digestOf(input, 0, 8 << 20)});
	t.like(two, {registered: 'taken', later: 'refused', other0: told(one!, 'mine'), other1: digestOf(input, 0, 8 << 20)});
});
