// open-iscsi and Linux's iscsi_tcp against our target.
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {type Bed, needGuests, vmBed} from './bed.js';
import {checkFar, checkFilesystem, checkLoad, checkRaw, digestOf, diskBytes, jobPrograms, makeDisk, told} from './jobs.js';

const iqn = 'iqn.2026-11.netstress:vm';
const portal = (bed: Bed) => `${bed.target.address}:3260`;
const flags = (bed: Bed) => ['--iscsi', portal(bed), '--iqn', iqn];

const login = (bed: Bed, settings: Readonly<Record<string, string>> = {}) => `
iscsi_start
iscsiadm -m discovery -t sendtargets -p ${portal(bed)} >/tmp/found
cat /tmp/found
say found "$(cat /tmp/found)"
${Object.entries(settings)
	.map(([name, value]) => `iscsiadm -m node -T ${iqn} -o update -n ${name} -v ${value}`)
	.join('\n')}
iscsiadm -m node -T ${iqn} --login
`;

const both = `
disk=$(iscsi_disk 0)
filesystem_job disk "$disk"
raw_job disk "$disk"
`;

test.serial('discovery, three units, logout and login again: each unit is a file of its own and keeps what was written', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t);
	const disks = [0, 1, 2].map(i => makeDisk(bed.path(`disk${i}.img`)));
	await bed.serve(disks, flags(bed));
	const guest = await bed.boot(`
${login(bed)}
${both}
raw_job second "$(iscsi_disk 1)"
raw_job third "$(iscsi_disk 2)"
say disks "$(scsi_disks)"
say size "$(blockdev --getsize64 "$(iscsi_disk 2)")"
say cache "$(cat /sys/class/scsi_disk/*:0/cache_type)"
iscsiadm -m node -T ${iqn} --logout
until_true 10 sh -c '[ -z "$(ls /sys/class/scsi_disk)" ]'
say after_logout "$(scsi_disks)"
iscsiadm -m node -T ${iqn} --login
for lun in 0 1 2; do
	dd if="$(iscsi_disk $lun)" of=/tmp/again bs=1M skip=48 count=8 iflag=direct 2>/dev/null
	say again$lun "$(digest /tmp/again)"
done
iscsiadm -m node -T ${iqn} --logout
`);
	const results = await guest.finished();
	t.like(results, {
		found: `${portal(bed)},1 ${iqn}`,
		disks: '3',
		size: String(diskBytes),
		cache: 'write back',
		after_logout: '0',
		again0: told(results, 'disk_raw'),
		again1: told(results, 'second_raw'),
		again2: told(results, 'third_raw'),
	});
	checkFilesystem(t, results, 'disk', disks[0]!);
	for (const [i, prefix] of ['disk', 'second', 'third'].entries()) checkRaw(t, results, prefix, disks[i]!);
});

test.serial('MTU 9000 with CRC32C over headers and data', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t, {mtu: 9000});
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], flags(bed));
	const digests = {'node.conn[0].iscsi.HeaderDigest': 'CRC32C', 'node.conn[0].iscsi.DataDigest': 'CRC32C'};
	const guest = await bed.boot(`
${login(bed, digests)}
iscsiadm -m session -P 2 >/tmp/session
say header "$(sed -n 's/.*HeaderDigest: //p' /tmp/session)"
say data "$(sed -n 's/.*DataDigest: //p' /tmp/session)"
${both}
iscsiadm -m node -T ${iqn} --logout
`);
	const results = await guest.finished();
	t.like(results, {header: 'CRC32C', data: 'CRC32C'});
	checkFilesystem(t, results, 'disk', disk);
	checkRaw(t, results, 'disk', disk);
});

test.serial('small bursts, R2T for everything, no immediate data', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], flags(bed));
	const narrow = {
		'node.session.iscsi.InitialR2T': 'Yes',
		'node.session.iscsi.ImmediateData': 'No',
		'node.session.iscsi.FirstBurstLength': '4096',
		'node.session.iscsi.MaxBurstLength': '16384',
		'node.conn[0].iscsi.MaxRecvDataSegmentLength': '4096',
		'node.conn[0].iscsi.MaxXmitDataSegmentLength': '4096',
	};
	const guest = await bed.boot(`
${login(bed, narrow)}
iscsiadm -m session -P 2 >/tmp/session
for name in InitialR2T ImmediateData MaxBurstLength MaxRecvDataSegmentLength; do say $name "$(sed -n "s/.*$name: //p" /tmp/session)"; done
${both}
iscsiadm -m node -T ${iqn} --logout
`);
	const results = await guest.finished();
	t.like(results, {InitialR2T: 'Yes', ImmediateData: 'No', MaxBurstLength: '16384', MaxRecvDataSegmentLength: '4096'});
	checkFilesystem(t, results, 'disk', disk);
	checkRaw(t, results, 'disk', disk);
});

test.serial('a link that loses what does not fit into ten frames: TCP mends it, and not one byte is different', async t => {
	if (!needGuests(t, jobPrograms)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.ip('link', 'set', 'tap0', 'txqueuelen', '10');
	await bed.serve([disk], flags(bed));
	const results = await (await bed.boot(`${login(bed)}${both}`)).finished();
	const lost = await bed.counter('tap0', 'tx_dropped');
	t.log(`${lost} frames lost on the way to the guest`);
	t.true(lost > 0);
	checkFilesystem(t, results, 'disk', disk);
	checkRaw(t, results, 'disk', disk);
});

for (const [how, signal] of [
	['killed', 'SIGKILL'],
	['told to end, and asks its initiators to log out,', 'SIGTERM'],
] as const) {
	test.serial(`a target that is ${how} and started again under load: open-iscsi logs in again, nothing is corrupt`, async t => {
		if (!needGuests(t)) return;
		const bed = await vmBed(t);
		const disk = makeDisk(bed.path('disk.img'));
		const first = await bed.serve([disk], flags(bed));
		const guest = await bed.boot(`${login(bed)}load_job disk "$(iscsi_disk 0)"
cat /tmp/iscsid.log`);
		await guest.saw('disk_round');
		await first.stop(signal);
		const before = Number(guest.said('disk_round'));
		await sleep(1500);
		t.true(Number(guest.said('disk_round')) <= before + 1);
		await bed.serve([disk], flags(bed));
		while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
		guest.tell('enough');
		checkLoad(t, await guest.finished(), 'disk', disk);
		if (signal === 'SIGTERM') t.regex(guest.console(), /iscsid: connection1:0 Target requests logout within \d+ seconds/);
		t.regex(guest.console(), /iscsid: connection1:0 is operational after recovery/);
	});
}

test.serial('a target that stands still: the kernel aborts its commands, and nothing is corrupt when it goes on', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	const {child} = await bed.serve([disk], flags(bed));
	// no pings, which would end the connection; commands that time out soon
	const impatient = {'node.conn[0].timeo.noop_out_interval': '0', 'node.conn[0].timeo.noop_out_timeout': '0'};
	const guest = await bed.boot(`
${login(bed, impatient)}
disk=$(iscsi_disk 0)
echo 2 >"/sys/block/$(basename "$disk")/device/timeout"
(
	until iscsiadm -m session -s | grep -q 'eh_abort_cnt: *[1-9]'; do sleep 1; done
	say aborts 1
) &
load_job disk "$disk"
`);
	await guest.saw('disk_round');
	child.kill('SIGSTOP');
	// libiscsi gives a command that made progress its time again (iscsi_eh_cmd_timed_out): no fixed wait is long enough
	await guest.saw('aborts');
	const before = Number(guest.said('disk_round'));
	child.kill('SIGCONT');
	while (Number(guest.said('disk_round')) < before + 3) await sleep(100);
	guest.tell('enough');
	checkLoad(t, await guest.finished(), 'disk', disk);
});

test.serial('a unit of 3 TiB: addresses above 32 bits', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const size = 3 * 2 ** 40 + 512;
	const position = 2.5 * 2 ** 40 + 4096;
	const disk = makeDisk(bed.path('disk.img'), size);
	await bed.serve([disk], flags(bed));
	const results = await (
		await bed.boot(`${login(bed)}\nsay size "$(blockdev --getsize64 "$(iscsi_disk 0)")"\nfar_job disk "$(iscsi_disk 0)" ${position}`)
	).finished();
	t.is(results.size, String(size));
	checkFar(t, results, 'disk', disk, position);
});

test.serial('a read-only unit is known as such, is read, and says no to a write', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	await bed.serve([disk], [...flags(bed), '--read-only']);
	const results = await (await bed.boot(`${login(bed)}\nsay protected "$(blockdev --getro "$(iscsi_disk 0)")"\nrefused_job disk "$(iscsi_disk 0)"`)).finished();
	t.like(results, {protected: '1', disk_write: 'refused', disk_read: digestOf(disk, 0, 8 << 20)});
});

test.serial('a flush in the guest is an fsync of the target’s file, and a write alone is none', async t => {
	if (!needGuests(t, ['strace'])) return;
	const bed = await vmBed(t);
	const disk = makeDisk(bed.path('disk.img'));
	const trace = bed.path('trace');
	await bed.serve([disk], flags(bed), ['strace', '-D', '-f', '-e', 'trace=fsync,fdatasync', '-o', trace]);
	const flushes = () => readFileSync(trace, 'utf8').match(/f(data)?sync\(\d+\)\s+= 0|<\.\.\. f(data)?sync resumed>\)\s+= 0/g)?.length ?? 0;
	const guest = await bed.boot(`
${login(bed)}
disk=$(iscsi_disk 0)
say before 1
hear go
dd if=/dev/urandom of="$disk" bs=64k count=16 oflag=direct conv=notrunc 2>/dev/null
say written 1
hear go
for i in 1 2 3 4 5; do dd if=/dev/urandom of="$disk" bs=64k count=1 oflag=direct conv=notrunc,fsync 2>/dev/null; done
say flushed 1
hear go
`);
	await guest.saw('before');
	const before = flushes();
	guest.tell('go');
	await guest.saw('written');
	t.is(flushes(), before);
	guest.tell('go');
	await guest.saw('flushed');
	t.is(flushes(), before + 5);
	guest.tell('go');
	await guest.finished();
});
