// What inject cannot do: each mistake has its exit status, names the thing, the value and the next step, and no frame leaves.
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {encodePcapHeader, encodePcapRecord} from '../../../src/wire/pcap.js';
import {concat} from '../../build.js';
import {need} from '../need.js';
import {netstress, readableCopy} from '../program.js';
import {bedFor, program} from './bed.js';
import {writePcap} from './pcap.js';

test.serial('wrong words, wrong files, wrong interfaces: refused before anything is sent', async t => {
	if (!need(t, {root: true})) return;
	const {lab, sender, peer, inject} = await bedFor(t);
	const at = (name: string) => join(lab.folder, name);
	// multicast listener reports would be frames that nobody asked for
	for (const host of [sender, peer]) await host.run('sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
	const left = async () => (await sender.run('cat', ['/sys/class/net/eth0/statistics/tx_packets'])).stdout;
	const before = await left();
	const cooked = {tick: 1000, littleEndian: true, snapLength: 65_535, linkType: 113} as const;
	writeFileSync(at('cooked.pcap'), concat(encodePcapHeader(cooked), encodePcapRecord(cooked, new Uint8Array(60), 0n)));
	writePcap(at('jumbo.pcap'), [new Uint8Array(60), new Uint8Array(1515)]);
	writeFileSync(at('jumbo.streams'), '[small]\nframes = stamp\n[big]\nframes = stamp\nsize = 1600\n');
	const cases: [string[], number, RegExp][] = [
		[['udp(dprot=1)'], 2, /udp has no field dprot: did you mean dport\?\n.*\n +\^/],
		[['upd'], 2, /unknown layer upd: did you mean udp\?/],
		[['udp(dport=70000)'], 2, /udp\.dstport cannot hold 70000: its range is 0 to 65535/],
		[['vlan(id=4096)/stamp'], 2, /cannot hold 4096: its range is 0 to 4095/],
		[['--raet', '1kpps'], 2, /unknown flag --raet; did you mean --rate\?/],
		[['-b', '1000'], 2, /unit is missing/],
		[['-b', '0pps'], 2, /0pps/],
		[['-i', sender.iface], 2, /given 2 times/],
		[['-r', at('cooked.pcap')], 2, /frame 1 of .*cooked\.pcap has link type LINUX_SLL \(113\), not Ethernet/],
		[['-r', at('jumbo.pcap')], 2, /1515 bytes are more than eth0 takes: 1514 bytes at MTU 1500/],
		[['--size', '1515'], 2, /1515 bytes are more than eth0 takes: 1514 bytes at MTU 1500/],
		[['--size', 'jumbo'], 2, /9014 bytes are more than eth0 takes/],
		[['--streams', at('jumbo.streams')], 2, /frames of big of 1600 bytes are more than eth0 takes/],
		[['--size-ramp', '64-1600/64'], 2, /1600 bytes are more than eth0 takes/],
		[['--peer', 'nosuch0'], 2, /there is no interface nosuch0 in this network namespace; see: ip link/],
	];
	for (const [words, status, says] of cases) {
		const done = await inject(...words);
		t.is(done.status, status, `${words.join(' ')}: ${done.stderr}`);
		t.regex(done.stderr, says, words.join(' '));
	}
	const nowhere = await sender.run(process.execPath, [program, 'inject', '-i', 'nosuch0']);
	t.is(nowhere.status, 2);
	t.regex(nowhere.stderr, /there is no interface nosuch0 in this network namespace; see: ip link/);
	const strange = await sender.run(process.execPath, [program, 'inject', '-i', 'a name that is too long']);
	t.is(strange.status, 2);
	t.regex(strange.stderr, /is no interface name/);
	t.is(await left(), before, 'no frame left');
	const counted = await inject('-n', '1', '--peer', 'lo');
	t.is(counted.summary.sent, 1, 'and what is right is sent');
});

test.serial('an interface that is down, or whose other end is: every engine says so', async t => {
	if (!need(t, {root: true})) return;
	const {sender, peer, inject} = await bedFor(t);
	await sender.run('ip', ['link', 'set', sender.iface, 'down']);
	for (const words of [[], ['--engine', 'packet'], ['--engine', 'xdp'], ['--transmit', 'ring'], ['--cpus', '0'], ['--engine', 'pcap']]) {
		const {status, stderr} = await inject('-n', '5', ...words);
		if (words[1] === 'pcap' && /optional package cap/.test(stderr)) continue;
		t.is(status, 1, stderr);
		t.regex(stderr, /interface eth0 is down; bring it up: ip link set eth0 up/, words.join(' '));
	}
	await sender.run('ip', ['link', 'set', sender.iface, 'up']);
	await peer.run('ip', ['link', 'set', peer.iface, 'down']);
	const {status, stderr} = await inject('-n', '5');
	t.is(status, 1);
	t.regex(stderr, /nothing left eth0: 5 frames were tried; eth0 has no link: is the other end up\?/);
});

test.serial('without privilege, and without the package of the pcap engine: exit status 4, and what is missing', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const as = {user: 'nobody', from: copy.folder} as const;
	for (const [words, says] of [
		[['inject', '-i', 'lo', '-n', '1'], /CAP_NET_RAW.*run as root or inside a lab/],
		[['inject', '-i', 'lo', '-n', '1', '--transmit', 'ring'], /CAP_NET_RAW/],
		[['inject', '-i', 'lo', '-n', '1', '--engine', 'xdp'], /bpf\(2\) is not allowed here/],
		[['inject', '-i', 'lo', '-n', '1', '--cpus', '0'], /CAP_NET_RAW/],
		[['receive', '-i', 'lo', '-D', '1s'], /CAP_NET_RAW/],
		[['inject', '-i', 'lo', '--peer', 'lo@1', '-n', '1'], /may not be entered/],
	] as const) {
		const {status, stderr} = await netstress(words, as);
		t.is(status, 4, `${words.join(' ')}: ${stderr}`);
		t.regex(stderr, says);
	}
	rmSync(join(copy.folder, 'node_modules/cap'), {recursive: true, force: true});
	const {status, stderr} = await netstress(['inject', '-i', 'lo', '-n', '1', '--engine', 'pcap'], {from: copy.folder});
	t.is(status, 4, stderr);
	t.regex(stderr, /optional package cap.*apt-get install libpcap-dev.*npm rebuild cap/);
});
