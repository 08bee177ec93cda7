// How the VLAN of FCoE ports is found: Linux's driver is asked (fcoe_ctlr_vlan_disc_reply in drivers/scsi/fcoe/fcoe_ctlr.c). The other direction, its fipvlan that asks our
// target, is in test/kernel/fcoe/vlan.test.ts.
import test from 'ava';
import {needGuests, program, vmBed} from './bed.js';

test.serial('asked without a tag, the kernel names the VLAN that it has its port on', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t, {mtu: 2500});
	const guest = await bed.boot(`
modprobe 8021q
ip link add link eth0 name eth0.100 type vlan id 100
ip link set eth0.100 up
fcoe_start eth0.100
echo 1 >/sys/bus/fcoe/devices/ctlr_0/fip_vlan_responder
say responds 1
hear enough
`);
	await guest.saw('responds');
	const found = await bed.target.run(process.execPath, [program, 'io', `fcoe:${bed.target.iface}`, 'discover', '--json']);
	t.is(found.status, 0, found.stderr);
	t.deepEqual(JSON.parse(found.stdout), {type: 'summary', targets: [], vlans: [100]});
	t.regex(found.stderr, /there are FCoE ports on VLAN 100: ip link add link eth0 name eth0\.100 type vlan id 100/);
	guest.tell('enough');
	await guest.finished();
});
