// What iproute2, ethtool and nstat say is what we read.
import {join} from 'node:path';
import test from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {root} from '../program.js';
import {byName, type Reading, readingArguments} from './reading.js';

const hosts = {hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer'] as const, mtu: 1500}]};

test.serial('interfaces, queueing disciplines and protocols: the same numbers as ip, tc, ethtool and nstat', async t => {
	if (!need(t, {root: true, programs: ['ip', 'tc', 'ethtool', 'nstat']})) return;
	const lab = await createLab(hosts, {prefix: `netstress-m${process.pid}`});
	t.teardown(() => lab.close());
	const [sender, peer] = [lab.host('sender'), lab.host('peer')];
	const run = async (file: string, ...args: string[]) => {
		const {status, stdout, stderr} = await sender.run(file, args);
		t.is(status, 0, `${file} ${args.join(' ')}: ${stderr}`);
		return stdout;
	};
	// something to count: a small queue that drops, UDP to a closed port, frames that nobody wants
	await run('tc', 'qdisc', 'add', 'dev', sender.iface, 'root', 'handle', '1:', 'tbf', 'rate', '100kbit', 'burst', '2000', 'limit', '3000');
	const flood = `const s=require('dgram').createSocket('udp4');let i=0;const next=()=>i++<200?s.send('x'.repeat(500),9,'${peer.address}',next):s.close();next()`;
	await run(process.execPath, '-e', flood);
	await peer.run(process.execPath, [join(root, 'dist/tools/netstress.js'), 'inject', '-i', peer.iface, '-n', '20', '-b', '1kpps']);
	await new Promise(resolve => setTimeout(resolve, 300));
	const reading = JSON.parse(await run(process.execPath, ...readingArguments)) as Reading;

	const eth = reading.interfaces[sender.iface]!;
	const mine = byName(eth.counters);
	const [link] = JSON.parse(await run('ip', '-s', '-s', '-j', 'link', 'show', 'dev', sender.iface)) as {stats64: Record<'rx' | 'tx', Record<string, number>>}[];
	const {rx, tx} = link!.stats64;
	t.deepEqual([eth.sent, eth.received, eth.sentBytes, eth.receivedBytes], [tx.packets, rx.packets, tx.bytes, rx.bytes]);
	t.like(mine, {
		'rtnl:rx_errors': rx.errors,
		'rtnl:rx_dropped': rx.dropped,
		'rtnl:rx_over_errors': rx.over_errors,
		'rtnl:rx_length_errors': rx.length_errors,
		'rtnl:rx_crc_errors': rx.crc_errors,
		'rtnl:rx_frame_errors': rx.frame_errors,
		'rtnl:rx_fifo_errors': rx.fifo_errors,
		'rtnl:rx_missed_errors': rx.missed_errors,
		'rtnl:tx_errors': tx.errors,
		'rtnl:tx_dropped': tx.dropped,
		'rtnl:tx_carrier_errors': tx.carrier_errors,
		'rtnl:tx_fifo_errors': tx.fifo_errors,
	});
	t.true(rx.dropped! >= 20, 'the stamped frames, which nobody takes');
	t.is(eth.driver, /^driver: (.*)$/m.exec(await run('ethtool', '-i', sender.iface))?.[1] as string);

	const qdiscs = JSON.parse(await run('tc', '-s', '-j', 'qdisc', 'show', 'dev', sender.iface)) as Record<string, string | number | boolean>[];
	const tbf = qdiscs.find(({kind}) => kind === 'tbf')!;
	t.true((tbf.drops as number) > 100);
	t.like(mine, {
		'qdisc:tbf 1: root drops': tbf.drops as number,
		'qdisc:tbf 1: root overlimits': tbf.overlimits as number,
		'qdisc:tbf 1: root requeues': tbf.requeues as number,
	});

	const statistics = new Map(
		(await run('ethtool', '-S', sender.iface)).split('\n').flatMap(line => {
			const [, name, value] = /^\s+(\S.*): (\d+)$/.exec(line) ?? [];
			return name === undefined ? [] : [[name, Number(value)] as const];
		}),
	);
	for (const {name, value, source} of eth.counters) if (source === 'ethtool') t.is(value, statistics.get(name) as number, name);

	const nstat = new Map((await run('nstat', '-asz')).split('\n').map(line => line.split(/\s+/) as [string, string]));
	const protocols = reading.counters.filter(({source}) => source === 'snmp');
	t.true(protocols.length > 40, `${protocols.length} protocol counters`);
	for (const {name, value} of protocols) {
		t.is(String(value), nstat.get(name) as string, name);
	}
	t.true(reading.counters.some(({name}) => name === 'UdpNoPorts') && Number(nstat.get('IcmpInDestUnreachs') ?? 0) > 0, 'the closed port answered');
});
