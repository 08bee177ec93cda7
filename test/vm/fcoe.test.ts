// Linux's own fcoe driver, VN2VN (drivers/scsi/fcoe, drivers/scsi/libfc), against our target.
import test from 'ava';
import {needGuests, vmBed} from './bed.js';
import {checkFilesystem, checkRaw, diskBytes, jobPrograms, makeDisk} from './jobs.js';

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
		t.log(await target.stop());
	});
}
