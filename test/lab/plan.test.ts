import test from 'ava';
import {NetstressError} from '../../src/base/errors.js';
import {buildCommands, planLab} from '../../src/lab/plan.js';

const pair = {hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'] as const, mtu: 9000, loss: 0.01, seed: 5}]};

test('a plan gives every end its name, address, MAC and the same for its peer', t => {
	const {hosts, links} = planLab(pair, 'x');
	t.deepEqual(
		hosts.map(({namespace}) => namespace),
		['x-target', 'x-initiator'],
	);
	const [a, b] = links[0] as (typeof links)[0];
	t.like(a, {name: 'eth0', address: '10.77.0.1', address6: 'fd77::1', mac: '02:6e:73:00:00:01', mtu: 9000, loss: 0.01});
	t.like(b, {name: 'eth0', address: '10.77.0.2', address6: 'fd77::2', mac: '02:6e:73:00:00:02'});
	t.is(a.peer.address, b.address);
	t.is(b.peer.mac, a.mac);
	t.not(a.seed, b.seed, 'both directions lose different frames');
});

test('interfaces of a host are numbered in the order of its links, networks by link', t => {
	const {hosts} = planLab({hosts: ['a', 'b', 'c'], links: [{between: ['a', 'b']}, {between: ['b', 'c']}]}, 'x');
	t.deepEqual(
		hosts[1]?.interfaces.map(({name, address, address6}) => [name, address, address6]),
		[
			['eth0', '10.77.0.2', 'fd77::2'],
			['eth1', '10.77.1.1', 'fd77:0:0:1::1'],
		],
	);
});

test('impossible plans are usage errors that name the thing', t => {
	const refused = (spec: Parameters<typeof planLab>[0], says: RegExp) =>
		t.throws(() => planLab(spec, 'x'), {instanceOf: NetstressError, code: 'ERR_USAGE', message: says});
	refused({hosts: [], links: []}, /at least one host/);
	refused({hosts: ['a', 'a'], links: []}, /"a" is named twice/);
	refused({hosts: ['a b'], links: []}, /"a b" is no host name/);
	refused({hosts: ['../x'], links: []}, /no host name/);
	refused({hosts: ['a'], links: [{between: ['a', 'z']}]}, /"z", which is no host/);
	refused({hosts: ['a'], links: [{between: ['a', 'a']}]}, /to itself/);
	refused({hosts: ['a', 'b'], links: [{between: ['a', 'b'], mtu: 67}]}, /MTU 67/);
	refused({hosts: ['a', 'b'], links: [{between: ['a', 'b'], loss: 1.5}]}, /loss of 1.5/);
});

test('the commands make the link inside the namespaces and leave IPv6 away where there is none or the MTU forbids it', t => {
	const lines = (spec: Parameters<typeof planLab>[0], ipv6: boolean) => buildCommands(planLab(spec, 'x'), ipv6).map(words => words.join(' '));
	const all = lines(pair, true);
	t.true(
		all.includes(
			'link add name eth0 mtu 9000 address 02:6e:73:00:00:01 netns x-target type veth peer name eth0 mtu 9000 address 02:6e:73:00:00:02 netns x-initiator',
		),
	);
	t.true(all.includes('-n x-target -6 addr add fd77::1/64 dev eth0 nodad'));
	t.false(lines(pair, false).some(line => line.includes('-6')));
	t.false(lines({...pair, links: [{between: ['target', 'initiator'], mtu: 1279}]}, true).some(line => line.includes('-6')));
	t.false(all.some(line => line.includes('neigh')));
	t.is(lines({...pair, staticNeighbours: true}, true).filter(line => line.includes('neigh')).length, 4);
});
