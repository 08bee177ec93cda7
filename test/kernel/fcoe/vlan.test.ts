// FIP VLAN discovery: our target, asked by Open-FCoE's fipvlan and by ourselves. The kernel's own answer is in test/vm/fcoe-vlan.test.ts.
import test from 'ava';
import {need} from '../need.js';
import {fcoeLab, targetName} from './lab.js';

test.serial('fipvlan finds the VLANs that the target names, with its MAC address', async t => {
	if (!need(t, {root: true, programs: ['fipvlan']})) return;
	const bed = await fcoeLab(t, 2500, 1 << 20);
	await bed.serve(['--fcoe-vlan', '100', '--fcoe-vlan', '7']);
	const {status, stdout, stderr} = await bed.initiator.run('fipvlan', ['-m', 'vn2vn', bed.initiator.iface]);
	t.is(status, 0, stderr);
	const rows = stdout
		.split('\n')
		.filter(line => line.startsWith(bed.initiator.iface))
		.map(line => line.split('|').map(word => word.trim()));
	t.deepEqual(rows, [
		[bed.initiator.iface, '100', bed.target.mac],
		[bed.initiator.iface, '7', bed.target.mac],
	]);
});

test.serial('discover says which VLANs there are beside the targets that it found', async t => {
	if (!need(t, {root: true})) return;
	const bed = await fcoeLab(t, 2500, 1 << 20);
	await bed.serve(['--fcoe-vlan', '100', '--fcoe-vlan', '7']);
	const {status, stdout, stderr} = await bed.io(bed.wire, 'discover', '--json');
	t.is(status, 0, stderr);
	t.like(JSON.parse(stdout), {targets: [{address: `${bed.wire}/${targetName}/0`}], vlans: [7, 100]});
	t.regex(stderr, /FCoE ports on VLAN 7: ip link add link eth0 name eth0\.7 type vlan id 7/);
});
