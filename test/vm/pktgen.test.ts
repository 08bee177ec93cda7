// Linux's own packet generator, in a guest, sends to netstress receive: its numbers are counted to the frame, lost ones too, over tags, IPv6, ports by chance and two
// counters at once (net/core/pktgen.c).
import test, {type ExecutionContext} from 'ava';
import {dropAt} from '../kernel/inject/dropper.js';
import {type Bed, needGuests, program, vmBed} from './bed.js';

interface Figures {
	readonly [key: string]: unknown;
	readonly streams: readonly {tool: string; stream: number; unique: number; lost: number; lossBursts: unknown}[];
}

/** netstress receive on the target's host until `finished`. */
async function receiver(t: ExecutionContext, bed: Bed) {
	const child = bed.target.spawn(process.execPath, [program, 'receive', '-i', bed.target.iface, '--json'], {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => void child.kill('SIGKILL'));
	let stdout = '';
	child.stdout!.setEncoding('utf8').on('data', text => {
		stdout += text;
	});
	const closed = new Promise(resolve => child.on('close', resolve));
	await new Promise(resolve => child.stderr!.once('data', resolve));
	return async (): Promise<Figures> => {
		await new Promise(resolve => setTimeout(resolve, 300));
		child.kill('SIGINT');
		await closed;
		return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures;
	};
}

const frames = 4000;
/** What pktgen is told, and what comes of it; each loss is of every hundredth frame. */
const kinds = {
	'IPv4, as it stands': [],
	'a VLAN tag': ['vlan_id 7'],
	'two tags': ['vlan_id 7', 'svlan_id 9'],
	'source ports by chance, as the kernel samples choose them': ['flag UDPSRC_RND', 'udp_src_min 9', 'udp_src_max 109'],
	'long frames': ['pkt_size 1500'],
	IPv6: ['dst6 fd77::1', 'src6 fd77::2'],
};

test.serial('pktgen: every frame, and every frame that an XDP program drops, by its own numbers', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const settings = Object.values(kinds)
		.map(
			(words, i) => `
hear ${i}
pktgen_devices eth0
for setting in "count ${frames}" "ratep 4000" "pkt_size 100" "dst_mac ${bed.target.mac}" "dst 10.77.0.2" ${words.map(word => `"${word}"`).join(' ')}; do pktgen_set eth0 $setting; done
pktgen_run eth0
say done/${i} 1
`,
		)
		.join('');
	const guest = await bed.boot(
		`
modprobe pktgen
say ready 1
${settings}
hear two
pktgen_devices eth0@0 eth0@1
for name in eth0@0 eth0@1; do
	for setting in "count ${frames}" "ratep 2000" "pkt_size 100" "dst_mac ${bed.target.mac}" "dst 10.77.0.2"; do pktgen_set $name $setting; done
done
for setting in "udp_dst_min 10" "udp_dst_max 10"; do pktgen_set eth0@1 $setting; done
pktgen_run eth0@0 eth0@1
say done/two 1
`,
		{seconds: 240},
	);
	await guest.saw('ready');
	const end = await dropAt(t, bed.target, bed.target.iface, {kind: 'every', first: 99, every: 100});
	let lost = 0;
	for (const [i, kind] of Object.keys(kinds).entries()) {
		const stop = await receiver(t, bed);
		guest.tell(String(i));
		await guest.saw(`done/${i}`);
		const {streams, ...figures} = await stop();
		t.is(guest.said('sent/eth0'), String(frames), kind);
		t.is(streams.length, 1, kind);
		// the first or the last frame may be among the dropped, and of those no number tells
		const {unique, lost: missing, tool, lossBursts} = streams[0]!;
		t.is(tool, 'pktgen');
		t.like(figures, {received: unique, duplicated: 0, reordered: 0, late: 0, ringDropped: 0, joined: 0}, kind);
		t.is(frames - unique, frames / 100, kind);
		t.true(missing === frames / 100 || missing === frames / 100 - 1, kind);
		t.deepEqual(lossBursts, [{from: 1, to: 1, bursts: missing}]);
		lost += frames - unique;
		t.log(`${kind}: ${frames} sent by pktgen, ${unique} received, ${missing} lost between the first and the last`);
	}
	const dropped = await end();
	t.true(dropped >= lost && dropped <= lost + 1, `${dropped} dropped, ${lost} of them pktgen's`);
	const stop = await receiver(t, bed);
	guest.tell('two');
	await guest.saw('done/two');
	const {streams, received} = await stop();
	t.is(received, 2 * frames);
	t.deepEqual(streams.map(({stream, unique, lost: missing}) => [stream, unique, missing]).sort(), [
		[10, frames, 0],
		[9, frames, 0],
	]);
	await guest.finished();
});
