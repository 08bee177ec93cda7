// A loss made on purpose at every place where a namespace can make one: it moves that place's counter by exactly as many frames as were lost, and no other place's.
// The frames are counted by programs that are not the reader: the sender's count, the receiver's count, ss, tc.
import {once} from 'node:events';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {dropAt} from '../inject/dropper.js';
import {need, skip} from '../need.js';
import {root} from '../program.js';
import {byName, byPlace, type Change, changes} from './reading.js';

const inject = [join(root, 'dist/tools/netstress.js'), 'inject', '--json'];

async function bed(t: ExecutionContext) {
	const links = [{between: ['sender', 'peer'] as const, mtu: 1500}];
	const lab = await createLab({hosts: ['sender', 'peer'], links, staticNeighbours: true}, {prefix: `netstress-p${process.pid}`});
	t.teardown(() => lab.close());
	const [sender, peer] = [lab.host('sender'), lab.host('peer')];
	// no frame but ours: IPv6 says things by itself
	for (const {run, iface} of [sender, peer]) t.is((await run('sysctl', ['-qw', `net.ipv6.conf.${iface}.disable_ipv6=1`])).status, 0);
	const send = async (...args: string[]) => {
		const {status, stdout, stderr} = await sender.run(process.execPath, [...inject, '-i', sender.iface, ...args]);
		t.is(status, 0, stderr);
		return JSON.parse(stdout.trim().split('\n').at(-1) as string) as {sent: number};
	};
	/** UDP datagrams of 100 bytes, all handed to the kernel. */
	const datagrams = async (count: number, port: number) => {
		const code = `const s=require('dgram').createSocket('udp4');let i=0;const next=()=>i++<${count}?s.send('x'.repeat(100),${port},'${peer.address}',next):s.close();next()`;
		t.is((await sender.run(process.execPath, ['-e', code])).status, 0);
	};
	return {lab, sender, peer, send, datagrams};
}

/** A program on a host that prints lines and waits for lines. */
function talk(t: ExecutionContext, host: LabHost, code: string) {
	const child = host.spawn(process.execPath, ['--input-type=module', '-e', code], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => void child.kill('SIGKILL'));
	const lines = createInterface({input: child.stdout!})[Symbol.asyncIterator]();
	return {
		hears: async () => (await lines.next()).value as string,
		says: (text: string) => void child.stdin!.write(`${text}\n`),
		async ends() {
			const ended = once(child, 'exit');
			child.stdin!.end();
			await ended;
		},
	};
}

const src = (name: string) => JSON.stringify(join(root, 'dist/src', name));

test.serial('frames that nobody takes', async t => {
	if (!need(t, {root: true})) return;
	const {peer, send} = await bed(t);
	let sent = 0;
	const change = await changes(peer, async () => {
		({sent} = await send('-n', '500', '-b', '5kpps'));
	});
	t.is(sent, 500);
	t.deepEqual(byPlace(change.apart), {unhandled: 500});
	t.is(change.interfaces[peer.iface]?.received, 500);
});

test.serial('datagrams to a closed port', async t => {
	if (!need(t, {root: true})) return;
	const {peer, datagrams} = await bed(t);
	const change = await changes(peer, () => datagrams(300, 9));
	t.deepEqual(byPlace(change.apart), {'no-socket': 300});
});

test.serial('a UDP socket whose program does not read', async t => {
	if (!need(t, {root: true, programs: ['ss']})) return;
	const {peer, datagrams} = await bed(t);
	// the loop stands still until a line comes; then what the socket has kept is read and counted
	const reader = talk(
		t,
		peer,
		`import {createSocket} from 'node:dgram'; import {readSync} from 'node:fs';
let received = 0;
const socket = createSocket('udp4').on('message', () => received++);
socket.bind(7777, () => { socket.setRecvBufferSize(10000); console.log('ready'); readSync(0, Buffer.alloc(1)); setTimeout(() => { console.log(received); socket.close(); }, 300); });`,
	);
	await reader.hears();
	const change = await changes(peer, () => datagrams(200, 7777));
	const inUse = (await peer.run('ss', ['-u', '-l', '-n', '-m'])).stdout;
	const dropped = Number(/skmem:\([^)]*,d(\d+)\)/.exec(inUse)?.[1]);
	reader.says('go');
	const received = Number(await reader.hears());
	await reader.ends();
	t.true(dropped > 0 && received > 0, `${received} received, ${dropped} dropped`);
	t.is(received + dropped, 200);
	t.deepEqual(byPlace(change.apart), {socket: dropped});
	const found = change.apart.find(({name}) => name === 'udp drops');
	t.is(found?.value, dropped);
	t.is(found?.scope.bound, '0.0.0.0:7777');
	t.regex((await peer.run('sh', ['-c', 'cat /proc/net/snmp'])).stdout, /Udp:/);
	t.is(byName(change.counters)['snmp:UdpRcvbufErrors'], dropped, 'the namespace counts them as well, and apart says them once');
});

test.serial('a listening socket whose program does not accept', async t => {
	if (!need(t, {root: true, programs: ['ss']})) return;
	const {sender, peer} = await bed(t);
	const server = talk(
		t,
		peer,
		`import {createServer} from 'node:net'; import {readSync} from 'node:fs';
createServer().listen({port: 3260, backlog: 2}, () => { console.log('ready'); readSync(0, Buffer.alloc(1)); process.exit(); });`,
	);
	await server.hears();
	const connect = `const net=require('net');for(let i=0;i<20;i++)net.connect(3260,'${peer.address}').on('error',()=>{});setTimeout(()=>process.exit(),400)`;
	const change = await changes(peer, () => sender.run(process.execPath, ['-e', connect]));
	const dropped = Number(/skmem:\([^)]*,d(\d+)\)/.exec((await peer.run('ss', ['-t', '-l', '-n', '-m'])).stdout)?.[1]);
	server.says('go');
	t.true(dropped > 0);
	const socket = change.counters.find(({name}) => name === 'tcp listen drops');
	t.is(socket?.value, dropped);
	t.is(socket?.scope.bound, '[::]:3260');
	t.is(byName(change.counters)['snmp:TcpExtListenDrops'], dropped);
	t.is(byPlace(change.apart).socket, dropped, 'three counters, one loss');
});

test.serial('a packet socket whose program does not read; and what cannot be seen of a packet ring', async t => {
	if (!need(t, {root: true, programs: ['ss']})) return;
	const {peer, send} = await bed(t);
	const plain = talk(
		t,
		peer,
		`import {readSync} from 'node:fs'; import {PacketSocket} from ${src('sys/packet.js')}; import {libc} from ${src('sys/libc.js')}; import {Mapping} from ${src('sys/memory.js')};
const socket = new PacketSocket('${peer.iface}'); socket.buffers(10000, 0); socket.bind(0x88b5); console.log('ready');
readSync(0, Buffer.alloc(1));
const memory = new Mapping(4096, 'frames'); let received = 0; while (Number(libc.recv(socket.descriptor, memory.address(), 4096, 0x40)) > 0) received++;
console.log(JSON.stringify({received, ...socket.statistics()}));`,
	);
	await plain.hears();
	const change = await changes(peer, () => send('-n', '300', '-b', '10kpps'));
	const dropped = Number(/d(\d+)\)/.exec((await peer.run('ss', ['-0', '-n', '-m'])).stdout)?.[1]);
	plain.says('go');
	const seen = JSON.parse(await plain.hears()) as {received: number; packets: number; drops: number};
	await plain.ends();
	t.true(dropped > 0);
	t.is(seen.received + dropped, 300);
	t.is(seen.drops, dropped);
	t.deepEqual(byPlace(change.apart), {socket: dropped});
	t.is(change.apart[0]?.scope.bound, `${peer.iface} 0x88b5`);

	// the same with a ring: its owner hears of the losses (tp_drops), sock_diag does not
	const ring = talk(
		t,
		peer,
		`import {readSync} from 'node:fs'; import {openRingPort} from ${src('port/ring.js')};
const port = openRingPort('${peer.iface}', {etherType: 0x88b5, ringBytes: 65536}); console.log('ready'); readSync(0, Buffer.alloc(1)); console.log(JSON.stringify(port.counters.receiveDropped)); port.close();`,
	);
	await ring.hears();
	const silent = await changes(peer, () => send('-n', '3000', '-b', '20kpps'));
	const shown = (await peer.run('ss', ['-0', '-n', '-m'])).stdout;
	ring.says('go');
	const told = await ring.hears();
	await ring.ends();
	t.true(Number(told) > 0, `the ring's owner counts ${told}`);
	t.regex(shown, /d0\)/, 'ss sees none either');
	t.deepEqual(byPlace(silent.apart), {});
});

test.serial('a queueing discipline that is full', async t => {
	if (!need(t, {root: true, programs: ['tc']})) return;
	const {sender, datagrams} = await bed(t);
	const added = await sender.run('tc', ['qdisc', 'add', 'dev', sender.iface, 'root', 'handle', '1:', 'tbf', 'rate', '1mbit', 'burst', '2000', 'limit', '3000']);
	t.is(added.status, 0, added.stderr);
	const change = await changes(sender, async () => {
		await datagrams(400, 9);
		await new Promise(resolve => setTimeout(resolve, 400)); // what is queued leaves
	});
	const dropped = Number(/"drops":(\d+)/.exec((await sender.run('tc', ['-s', '-j', 'qdisc', 'show', 'dev', sender.iface])).stdout)?.[1]);
	t.true(dropped > 0);
	// tbf's inner bfifo is one of its own: what it refuses is counted there, and in tbf
	t.deepEqual(byPlace(change.apart), {qdisc: dropped});
	t.is((change.interfaces[sender.iface]?.sent ?? 0) + dropped, 400);
});

test.serial('an XDP program that drops', async t => {
	if (!need(t, {root: true})) return;
	const {peer, send} = await bed(t);
	const end = await dropAt(t, peer, peer.iface, {kind: 'every', first: 0, every: 10});
	const change = await changes(peer, () => send('-n', '500', '-b', '5kpps'));
	const dropped = await end();
	t.is(dropped, 50);
	t.deepEqual(byPlace(change.apart), {xdp: 50, unhandled: 450});
	t.regex(change.apart.find(({place}) => place === 'xdp')?.name ?? '', /^rx_queue_0_xdp_drops$/);
});

/** Many packet sockets that read nothing: each frame is copied for all of them, so that whoever delivers it is slow. Says what one of them was shown. */
async function slowly(t: ExecutionContext, host: LabHost) {
	const readers = talk(
		t,
		host,
		`import {readSync} from 'node:fs'; import {PacketSocket} from ${src('sys/packet.js')};
const all = Array.from({length: 40}, () => { const socket = new PacketSocket('${host.iface}'); socket.buffers(4096, 0); socket.bind(0x88b5); return socket; });
console.log('ready'); readSync(0, Buffer.alloc(1)); console.log(all[0].statistics().packets);`,
	);
	await readers.hears();
	return async () => {
		readers.says('tell');
		const delivered = Number(await readers.hears());
		await readers.ends();
		return delivered;
	};
}

/** 60,000 frames from the first CPU, each handed over once; what moves on both hosts, and how many frames got as far as a socket. */
async function flood(t: ExecutionContext, sender: LabHost, peer: LabHost, options = {}) {
	const tell = await slowly(t, peer);
	const code = `import {PacketSocket} from ${src('sys/packet.js')}; import {libc} from ${src('sys/libc.js')}; import {Mapping} from ${src('sys/memory.js')};
const socket = new PacketSocket('${sender.iface}'); socket.bind(0x88b5);
const frame = new Mapping(4096, 'a frame'); frame.bytes.fill(255, 0, 6); frame.bytes.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6);
let refused = 0; for (let i = 0; i < 60000; i++) if (Number(libc.send(socket.descriptor, frame.address(), 60, 0, 0, 0)) < 0) refused++;
console.log(refused);`;
	let refused = 0;
	let atPeer: Change | undefined;
	const atSender = await changes(
		sender,
		async () => {
			atPeer = await changes(
				peer,
				async () => {
					const {status, stdout, stderr} = await sender.run('taskset', ['1', process.execPath, '--input-type=module', '-e', code]);
					t.is(status, 0, stderr);
					refused = Number(stdout);
					await new Promise(resolve => setTimeout(resolve, 300));
				},
				options,
			);
		},
		options,
	);
	return {refused, delivered: await tell(), atSender, atPeer: atPeer as unknown as Change};
}

const twoCpus = (t: ExecutionContext) => {
	if (availableParallelism() > 1) return true;
	skip(t, 'needs two CPUs: one sends, the other does not keep up');
	return false;
};

test.serial("a CPU's backlog that is full", async t => {
	if (!need(t, {root: true, programs: ['taskset']}) || !twoCpus(t)) return;
	const {sender, peer} = await bed(t);
	// the peer's frames are handled by the second CPU
	t.is((await peer.run('sh', ['-c', `echo 2 > /sys/class/net/${peer.iface}/queues/rx-0/rps_cpus`])).status, 0);
	const {refused, delivered, atSender, atPeer} = await flood(t, sender, peer, {softnet: true});
	const lost = 60_000 - delivered;
	const softnet = byName(atSender.counters)['softnet:dropped'] ?? 0;
	t.log(`60000 sent, ${delivered} delivered, ${refused} told to the sender, ${softnet} by all CPUs of the machine`);
	t.true(lost > 0, 'the other CPU kept up');
	t.is(byName(atSender.interfaces[sender.iface]!.counters)['rtnl:tx_dropped'], lost, 'the veth that sent them');
	t.is(byName(atPeer.interfaces[peer.iface]!.counters)['rtnl:rx_dropped'], lost, 'the interface that they were for');
	// whoever else sends on this machine is in softnet's counters as well
	t.true(softnet >= lost, `${softnet}`);
	t.deepEqual(byPlace(atSender.apart), {backlog: softnet}, 'three counters, one loss: said once, and in every namespace');
	t.is(byPlace(atPeer.apart).unhandled, undefined);
});

test.serial("a veth peer's ring that is full", async t => {
	if (!need(t, {root: true, programs: ['ethtool', 'taskset']}) || !twoCpus(t)) return;
	const {sender, peer} = await bed(t);
	// with GRO a veth has NAPI and a ring; its own thread empties it, on the second CPU
	t.is((await peer.run('ethtool', ['-K', peer.iface, 'gro', 'on'])).status, 0);
	t.is((await peer.run('sh', ['-c', `echo 1 > /sys/class/net/${peer.iface}/threaded`])).status, 0);
	const {refused, delivered, atSender} = await flood(t, sender, peer);
	const lost = byPlace(atSender.apart)['ring-veth'] ?? 0;
	t.log(`60000 sent, ${delivered} delivered, ${lost} lost, ${refused} told to the sender`);
	t.true(lost > 0, 'the other CPU kept up');
	t.is(delivered + lost, 60_000);
	t.deepEqual(byPlace(atSender.apart), {'ring-veth': lost});
	t.is(atSender.interfaces[sender.iface]!.sent + lost, 60_000);
});
