// netstress rfc2544 against devices that the kernel makes: a bridge with a token bucket, and a veth that loses every hundredth frame.
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';
import {netstress} from '../program.js';
import {program} from './bed.js';
import {dropAt} from './dropper.js';

interface Line {
	readonly [key: string]: unknown;
	readonly type: string;
	readonly test: string;
	readonly sent: number;
	readonly received: number;
	readonly lost: number;
	readonly testerLost: number;
}

/** A host with pairs of veth, nobody else's frames on them. */
async function host(t: ExecutionContext, ...pairs: [string, string][]): Promise<LabHost> {
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b'], mtu: 1500}]}, {prefix: `netstress-f${process.pid}`});
	t.teardown(() => lab.close());
	const a = lab.host('a');
	for (const [one, other] of pairs) {
		await a.run('ip', ['link', 'add', one, 'type', 'veth', 'peer', 'name', other]);
		for (const name of [one, other]) {
			await a.run('sysctl', ['-qw', `net.ipv6.conf.${name}.disable_ipv6=1`]);
			await a.run('ip', ['link', 'set', name, 'up']);
		}
	}
	return a;
}

async function measure(a: LabHost, ...args: string[]) {
	const {status, stdout, stderr} = await a.run(process.execPath, [program, 'rfc2544', '--json', '-D', '100ms', '-b', '20kpps', ...args]);
	const lines = stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Line);
	const trials = lines.filter(({type}) => type === 'trial');
	const result = (name: string) => lines.find(line => line.type === 'result' && line.test === name);
	return {status, stderr, lines, trials, result, lost: trials.reduce((sum, {lost}) => sum + lost, 0)};
}

test.serial('every hundredth frame lost: no rate without loss, 1 % at every rate, and the program that drops counts the same', async t => {
	if (!need(t, {root: true})) return;
	const a = await host(t, ['v0', 'v1']);
	const end = await dropAt(t, a, 'v1', {kind: 'every', first: 99, every: 100});
	const {status, stderr, lines, trials, result, lost} = await measure(a, '-i', 'v0', '--peer', 'v1', '--size', '60', '--test', 'throughput,loss,latency');
	const dropped = await end();
	t.is(status, 3, stderr);
	for (const {sent, received, lost: each, testerLost} of trials) {
		t.is(sent, received + each);
		t.is(testerLost, 0);
		t.true(Math.abs(each - sent / 100) < 1, `${each} of ${sent}`);
	}
	t.is(lost, dropped);
	// a machine that is busy with other things may fall short of 20 k/s; it never goes faster
	t.like(result('tester'), {size: 60, mostPps: 20_000});
	t.true(Number(result('tester')?.topPps) <= 20_000);
	t.like(result('throughput'), {size: 60, pps: null, limit: 'device'});
	t.is((result('loss') as Line & {points: object[]}).points.length, 10);
	t.like(result('latency'), {pps: null});
	t.like(lines.at(-1), {type: 'summary', iface: 'v0', peer: 'v1', profile: 'short', engine: 'packet', trials: trials.length, interrupted: false, maxLoss: 0});
	t.like((lines.at(-1) as Line & {sizes: object[]}).sizes[0], {size: 60, latency: null});
	t.log(`${trials.length} trials, ${lost} lost, ${dropped} dropped`);
	const allowed = await measure(a, '-i', 'v0', '--peer', 'v1', '--size', '60', '--test', 'throughput,latency', '--max-loss', '1%');
	t.is(allowed.status, 0, allowed.stderr);
	t.true(['rate', 'tester'].includes(String(allowed.result('throughput')?.limit)), JSON.stringify(allowed.result('throughput')));
	t.truthy(allowed.result('throughput')?.pps);
	t.truthy(allowed.result('latency')?.latencyNs);
});

/** tc-tbf(8): 96 Mbit/s, a bucket of 10 frames, a queue of 500 of 1514 bytes. */
const bucket = {rate: '96mbit', burst: '15140', limit: '757000'};
const framesPerSecond = 96e6 / 8 / 1514;
const held = 510;

test.serial('a bridge with a token bucket: its rate, its queue, and the qdisc counts the same losses', async t => {
	if (!need(t, {root: true, programs: ['tc']})) return;
	const a = await host(t, ['v0', 'd0'], ['v1', 'd1']);
	const commands = [
		'ip link add br0 type bridge',
		'sysctl -qw net.ipv6.conf.br0.disable_ipv6=1',
		'ip link set d0 master br0',
		'ip link set d1 master br0',
		'ip link set br0 up',
		`tc qdisc add dev d1 root tbf rate ${bucket.rate} burst ${bucket.burst} limit ${bucket.limit}`,
	];
	for (const command of commands) {
		const [file = '', ...words] = command.split(' ');
		const {status, stderr} = await a.run(file, words);
		t.is(status, 0, `${command}: ${stderr}`);
	}
	// the backlog of a CPU is shared with everything that runs here, and what it drops is no qdisc's
	const backlogDrops = async () =>
		(await a.run('cat', ['/proc/net/softnet_stat'])).stdout
			.trim()
			.split('\n')
			.reduce((sum, line) => sum + Number.parseInt(line.split(/\s+/)[1]!, 16), 0);
	const before = await backlogDrops();
	const words = ['--size', '1514', '--test', 'throughput,back-to-back', '--repeats', '1'];
	const {status, stderr, trials, result, lost} = await measure(a, '-i', 'v0', '--peer', 'v1', ...words);
	t.is(status, 0, stderr);
	const said = await a.run('tc', ['-s', '-j', 'qdisc', 'show', 'dev', 'd1']);
	const [qdisc] = JSON.parse(said.stdout) as [{packets: number; drops: number}];
	const received = trials.reduce((sum, one) => sum + one.received, 0);
	// a bridge that comes up says a word or two of its own
	const others = qdisc.packets + qdisc.drops - received - lost;
	const backlog = (await backlogDrops()) - before;
	t.true(others + backlog >= 0 && others < 20, `${others}`);
	t.true(qdisc.drops + backlog >= lost && qdisc.drops <= lost + Math.max(0, others), `${lost} lost, ${qdisc.drops} dropped, ${backlog} in the backlog`);
	const throughput = result('throughput') as unknown as {pps: number; limit: string; failedPps: number};
	// a sender that gets no CPU falls short of its rate below what the device forwards, and that is what is said then
	t.true(throughput.limit === 'device' || throughput.limit === 'tester', throughput.limit);
	// in 100 ms it forwards what comes in them, and its queue takes the rest
	t.true(
		(throughput.limit === 'tester' || throughput.failedPps >= framesPerSecond) && throughput.pps <= 1.05 * (framesPerSecond + held / 0.1),
		JSON.stringify(throughput),
	);
	const bursts = result('back-to-back') as unknown as {frames: number; limit: string};
	t.is(bursts.limit, 'device');
	t.true(bursts.frames >= held * 0.95, JSON.stringify(bursts));
	t.log(`${trials.length} trials, ${lost} lost, ${qdisc.drops} dropped by tbf; throughput ${throughput.pps} (${framesPerSecond}/s and ${held} frames)`);
	t.log(JSON.stringify(bursts));
});

test.serial('a queue of this kernel that holds the sender back is named, and a plain link is not', async t => {
	if (!need(t, {root: true, programs: ['tc']})) return;
	const a = await host(t, ['v0', 'v1']);
	const words = ['--json', '-D', '300ms', '--engine', 'packet', '--size', '508', '--test', 'throughput,loss', '-i', 'v0', '--peer', 'v1'];
	const run = async () => {
		const {status, stdout, stderr} = await a.run(process.execPath, [program, 'rfc2544', ...words]);
		t.is(status, 0, stderr);
		const lines = stdout
			.trim()
			.split('\n')
			.map(line => JSON.parse(line) as Line & Record<string, number>);
		const of = (name: string) => lines.find(line => line.type === 'result' && line.test === name);
		return {lost: lines.reduce((sum, {type, lost}) => sum + (type === 'trial' ? lost : 0), 0), tester: of('tester')!, throughput: of('throughput')!};
	};
	const plain = await run();
	t.not(plain.tester.ceiling, 'held-back', JSON.stringify(plain.tester));
	// tc-tbf(8) with room for more than a socket may have under way: it never drops, the sender waits
	const bits = 40e6;
	const {status, stderr} = await a.run('tc', `qdisc add dev v0 root tbf rate ${bits} burst 15140 limit 100mb`.split(' '));
	t.is(status, 0, stderr);
	const {lost, tester, throughput} = await run();
	t.is(lost, 0);
	t.like(tester, {ceiling: 'held-back'});
	const [alone, here, free, passed] = [tester.alonePps, tester.senderPps, plain.tester.senderPps, throughput.pps].map(Number) as [
		number,
		number,
		number,
		number,
	];
	t.true(alone > 3 * here);
	t.like(throughput, {limit: 'held-back', failedPps: null});
	t.true(passed < free / 3, `${passed}`);
	t.log(`alone ${alone}/s, here ${here}/s; a plain veth ${free}/s, ${String(plain.tester.ceiling)}`);
	const kept = await a.run('tc', ['-s', '-j', 'qdisc', 'show', 'dev', 'v0']);
	t.is((JSON.parse(kept.stdout) as [{drops: number}])[0].drops, 0);
});

test.serial('Ctrl-C ends with what is there', async t => {
	if (!need(t, {root: true})) return;
	const a = await host(t, ['v0', 'v1']);
	const child = a.spawn(process.execPath, [program, 'rfc2544', '-i', 'v0', '--peer', 'v1', '--json', '-b', '1kpps', '-D', '1s', '--size', '60'], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	t.teardown(() => void child.kill('SIGKILL'));
	let stdout = '';
	child.stdout!.setEncoding('utf8').on('data', text => {
		stdout += text;
		// the first result: more trials are to come
		if (stdout.includes('"type":"result"')) child.kill('SIGINT');
	});
	const status = await new Promise<number | null>(resolve => child.on('close', resolve));
	t.is(status, 1);
	const summary = JSON.parse(stdout.trim().split('\n').at(-1)!) as {interrupted: boolean; sizes: {tester?: object; loss?: object}[]};
	t.true(summary.interrupted);
	t.truthy(summary.sizes[0]?.tester);
	t.is(summary.sizes[0]?.loss, undefined);
});

test('wrong words are usage errors', async t => {
	for (const words of [
		[],
		['-i', 'lo'],
		['-i', 'lo', '--peer', 'lo'],
		['-i', 'lo', '--peer', 'no-such-one'],
		['-i', 'lo', '--peer', 'x', '--size', '20'],
		['-i', 'lo', '--peer', 'x', '--test', 'speed'],
		['-i', 'lo', '--peer', 'x', '--max-loss', '3'],
	])
		t.is((await netstress(['rfc2544', ...words])).status, 2, words.join(' '));
});
