// The injector's command line without an interface: what it shows, what it writes, what it refuses.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {netstress} from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-inject-'));
test.after.always(() => rmSync(folder, {recursive: true}));

test('--print shows the tree and the bytes of frames, and sends nothing', async t => {
	const {status, stdout, stderr} = await netstress('inject', '--print', '-n', '2', 'udp(dport=inc(7,8))/payload("hello")');
	t.is(status, 0, stderr);
	t.is(stdout.match(/^Frame \d+: 60 bytes/gm)?.length, 2);
	t.regex(stdout, /udp\.dstport: 7 .*\n[\s\S]*udp\.dstport: 8 /);
	t.regex(stdout, /^0020 {2}.* 68 65 6c 6c 6f /m);
	t.is(stderr, '');
});

test('--print --json gives an object for each frame, with its bytes; the seed repeats them', async t => {
	const run = async (seed: string) => {
		const {stdout} = await netstress('inject', '--print', '--json', '--seed', seed, '-n', '3', 'udp(sport=rnd())');
		return stdout
			.trim()
			.split('\n')
			.map(line => JSON.parse(line) as {type: string; hex?: string; seed?: number});
	};
	const first = await run('4');
	t.deepEqual(
		first.map(({type}) => type),
		['frame', 'frame', 'frame', 'summary'],
	);
	t.is(first.at(-1)?.seed, 4);
	t.deepEqual(await run('4'), first);
	t.notDeepEqual(
		(await run('5')).map(({hex}) => hex),
		first.map(({hex}) => hex),
	);
	t.regex((await netstress('inject', '--print', 'udp(sport=rnd())')).stderr, /^seed \d+\n$/);
});

test('-w writes a capture file at the pace asked for, and --read takes frames from one', async t => {
	const [written, again] = [join(folder, 'a.pcap'), join(folder, 'b.pcap')];
	t.is((await netstress('inject', '-w', written, '-n', '5', '-b', '100pps', 'udp(dport=inc(1,5))')).status, 0);
	const columns = ['-T', 'fields', '-e', 'frame.time_relative', '-e', 'udp.dstport'];
	t.is((await netstress('dissect', '-r', written, ...columns)).stdout, [0, 1, 2, 3, 4].map(i => `0.0${i}0000000\t${i + 1}\n`).join(''));
	const copied = await netstress('inject', '-r', written, '--frame', '2-4', '-w', again);
	t.is(copied.status, 0, copied.stderr);
	t.is((await netstress('dissect', '-r', again, '-T', 'fields', '-e', 'udp.dstport')).stdout, '2\n3\n4\n');
	const piped = await netstress('inject', '-w', '-', '-n', '1', 'arp');
	t.is(piped.status, 0);
	t.true(piped.stdout.length > 60);
});

/** A stream's pace in the words of the file, which are those of the command line. */
const paces = {
	bursts: {frames: 'stamp', size: '100', gap: '10ms', burst: '4', count: '40'},
	faster: {frames: 'udp(dport=7)/stamp', 'rate-ramp': '1kpps-3kpps/1kpps', 'ramp-step': '20ms', burst: '2'},
	slower: {frames: 'ip6/udp/stamp', size: '200', 'rate-ramp': '30%-10%/10%', 'ramp-step': '1ms'},
	longer: {frames: 'stamp', 'size-ramp': '64-1514/290', 'ramp-step': '10ms', rate: '2kpps'},
	shorter: {frames: 'arp', 'size-ramp': '100-60/20', 'ramp-step': '50ms', rate: '1Mbit', start: '30ms', duration: '110ms'},
	usual: {frames: 'icmp(echo)/stamp', size: '99', count: '30'},
};

test('several streams in a file, each with bursts and ramps of its own: each goes as it would alone, from one schedule', async t => {
	const columns = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.len', '-e', 'frame.protocols'];
	const sent = async (...args: string[]) => {
		const file = join(folder, 'streams.pcap');
		const {status, stderr} = await netstress('inject', '-w', file, ...args);
		t.is(status, 0, stderr);
		const lines = (await netstress('dissect', '-r', file, ...columns)).stdout.trim().split('\n');
		const first = BigInt(lines[0]!.split('\t')[0]!.replace('.', ''));
		return lines.map(line => {
			const [time = '', length, protocols] = line.split('\t');
			return {at: Number(BigInt(time.replace('.', '')) - first), length, protocols};
		});
	};
	// a share of the line needs an interface that tells its speed
	const {slower: _, ...here} = paces;
	const whole = (streams: Record<string, object>) =>
		Object.entries(streams)
			.map(
				([name, keys]) =>
					`[${name}]\n${Object.entries(keys)
						.map(([key, text]) => `${key} = ${text}\n`)
						.join('')}`,
			)
			.join('');
	const file = join(folder, 'many.streams');
	writeFileSync(file, whole(here));
	const together = await sent('--streams', file);
	t.deepEqual(
		together.map(({at}) => at),
		together.map(({at}) => at).sort((a, b) => a - b),
		'in the order of their times',
	);
	const alone: typeof together = [];
	for (const {frames, ...keys} of Object.values(here)) {
		const {start, ...flags} = keys as Record<string, string>;
		const late = start === undefined ? 0 : 30e6;
		for (const frame of await sent(frames, ...Object.entries(flags).flatMap(([key, text]) => [`--${key}`, text]))) alone.push({...frame, at: frame.at + late});
	}
	const key = ({at, length, protocols}: (typeof alone)[0]) => `${Math.round(at / 1000)} ${length} ${protocols}`;
	t.deepEqual(together.map(key).sort(), alone.map(key).sort());
	t.is(together.length, 40 + (20 + 40 + 60) + 6 * 20 + alone.filter(({length, protocols}) => protocols?.includes('arp') && length !== undefined).length + 30);
	writeFileSync(file, whole(paces));
	const refused = await netstress('inject', '-w', join(folder, 'x'), '--streams', file);
	t.is(refused.status, 2);
	t.regex(refused.stderr, /does not tell its speed/);
});

test('--print shows every stream of a file', async t => {
	const file = join(folder, 'two.streams');
	writeFileSync(file, '[one]\nframes = arp\n[two]\nhex = 020000000007020000000008ffff00\n');
	const {stdout, status} = await netstress('inject', '--print', '--streams', file);
	t.is(status, 0);
	t.regex(stdout, /^# one\nFrame 1: 60 bytes[\s\S]*\n# two\nFrame 2: 15 bytes/);
});

const bad = join(folder, 'bad.pcap');
writeFileSync(bad, 'this is no capture file at all, whatever its name says');
const linux = join(folder, 'cooked.pcap');
const head = Buffer.alloc(24 + 16 + 20);
head.writeUInt32LE(0xa1b2c3d4, 0);
head.writeUInt16LE(2, 4);
head.writeUInt16LE(4, 6);
head.writeUInt32LE(65_535, 16);
head.writeUInt32LE(113, 20);
head.writeUInt32LE(20, 32);
head.writeUInt32LE(20, 36);
writeFileSync(linux, head);

for (const [name, {args, says, status = 2}] of Object.entries({
	'a template with a wrong field': {args: ['--print', 'udp(dprot=1)'], says: /udp has no field dprot: did you mean dport\?\n {2}udp\(dprot=1\)\n {6}\^\n/},
	'two ways to say what to send': {args: ['--print', '--hex', 'ff', 'udp'], says: /a template and --hex say twice what to send/},
	'--frame without --read': {args: ['--print', '--frame', '3'], says: /--frame belongs to --read FILE/},
	'--size for frames that have one': {args: ['--print', '--hex', 'ff'.repeat(20), '--size', '60'], says: /--size belongs to a template/},
	'a size that does not hold a stamp': {args: ['--print', '--size', '57'], says: /these layers need 58 bytes, and the frame has 57/},
	'--engine file without -w': {args: ['--engine', 'file'], says: /--engine file needs -w FILE/},
	'-w with another engine': {args: ['-w', join(folder, 'x'), '--engine', 'xdp'], says: /belongs to --engine file, not to xdp/},
	'--print with -w': {args: ['--print', '-w', join(folder, 'x')], says: /--print shows frames, -w writes them/},
	'-w without end': {args: ['-w', join(folder, 'x'), '-n', '0'], says: /--engine file needs an end/},
	'--transmit for a file': {args: ['-w', join(folder, 'x'), '--transmit', 'ring'], says: /--transmit belongs to --engine packet/},
	'two paces': {args: ['-w', join(folder, 'x'), '-b', '1kpps', '--gap', '1ms'], says: /--rate and --gap are ways to say one thing/},
	'bursts without a pace': {args: ['-w', join(folder, 'x'), '--burst', '5', '--flood'], says: /give --rate or --gap with --burst/},
	'a ramp of nothing': {args: ['-w', join(folder, 'x'), '--rate-ramp', '1kpps'], says: /write FROM-TO\/STEP/},
	'two lengths': {args: ['-w', join(folder, 'x'), '--size', '60', '--size-ramp', '64-100/1'], says: /both say how long frames are/},
	'a length in the template, and a ramp': {args: ['-w', join(folder, 'x'), '--size-ramp', '64-100/1', 'size(60)/stamp'], says: /both say how long frames are/},
	'--ramp-step without a ramp': {args: ['-w', join(folder, 'x'), '--ramp-step', '1s'], says: /--ramp-step belongs to --rate-ramp or --size-ramp/},
	'--streams and a template': {args: ['--print', '--streams', 'f', 'udp'], says: /leave the template away/},
	'a capture of another link type': {args: ['--print', '-r', linux], says: /frame 1 of .* has link type LINUX_SLL \(113\), not Ethernet/},
	'a file that is no capture': {args: ['--print', '-r', bad], says: /cannot read .*bad\.pcap/, status: 1},
	'a file that is not there': {args: ['--print', '--trafgen', join(folder, 'none')], says: /cannot read .*none: ENOENT/, status: 1},
	'a group address as destination': {args: ['--print', '--dst', 'ff:ff:ff:ff:ff:ff'], says: /is a group address/},
})) {
	test(`refused: ${name}`, async t => {
		const done = await netstress('inject', ...args);
		t.is(done.status, status, done.stderr);
		t.regex(done.stderr, says);
	});
}

test('what is refused leaves no file', t => {
	t.throws(() => readFileSync(join(folder, 'x')), {code: 'ENOENT'});
});
