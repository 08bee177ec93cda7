// IFACE@NETNS: the other end in another network namespace, by name and by process id, as root and as an ordinary user in a lab of his own.
import test from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import {leftovers, nothing} from '../leftovers.js';
import {need} from '../need.js';
import {type As, netstress, readableCopy, root, startNetstress} from '../program.js';
import {program} from './bed.js';
import {dropAt} from './dropper.js';

interface Line {
	readonly [key: string]: unknown;
	readonly type: string;
}
const last = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Line & {peer: Line};

for (const user of [undefined, 'nobody'] as const) {
	test.serial(`both ends of a lab from one command, by the names that lab show prints (${user ?? 'this user'})`, async t => {
		if (!need(t, user === 'nobody' ? {root: true, programs: ['setpriv']} : {root: true})) return;
		const after = leftovers();
		const copy = user === 'nobody' ? readableCopy() : undefined;
		t.teardown(() => copy?.remove());
		const as: As = {user, ...(copy ? {from: copy.folder} : {})};
		const name = ['--name', `n${process.pid}`];
		const main = copy === undefined ? program : program.replace(root, `${copy.folder}/`);
		const onTarget = (...words: string[]) => netstress(['lab', 'exec', ...name, 'target', '--', process.execPath, main, ...words], as);
		t.is((await netstress(['lab', 'up', ...name], as)).status, 0);
		try {
			const shown = last((await netstress(['lab', 'show', '--json', ...name], as)).stdout) as unknown as {
				labs: {hosts: {interfaces: {at: string; peerAt: string}[]}[]}[];
			};
			const [target, initiator] = shown.labs[0]!.hosts.map(({interfaces}) => interfaces[0]!);
			t.is(target!.peerAt, initiator!.at);
			t.regex((await netstress(['lab', 'show', ...name], as)).stdout, new RegExp(initiator!.at));
			const both = await onTarget('inject', '-i', 'eth0', '--peer', initiator!.at, '-n', '500', '-b', '2kpps', '--max-loss', '0', '--json');
			t.is(both.status, 0, both.stderr);
			t.like(last(both.stdout).peer, {iface: initiator!.at, received: 500, unique: 500, lost: 0, negativeLatencies: 0});
			const benchmark = await onTarget(...`rfc2544 -i eth0 --peer ${initiator!.at} --size 60 --test throughput -b 5kpps -D 100ms --json`.split(' '));
			t.is(benchmark.status, 0, benchmark.stderr);
			t.like(last(benchmark.stdout), {peer: initiator!.at, engine: 'packet'});
			const nothingThere = await onTarget('inject', '-i', 'eth0', '--peer', initiator!.at.replace('eth0', 'eth9'));
			t.is(nothingThere.status, 2);
			t.regex(nothingThere.stderr, new RegExp(`no interface eth9 in network namespace ${initiator!.at.slice(5)}`));
			const unknown = await onTarget('inject', '-i', 'eth0', '--peer', 'eth0@nowhere-at-all');
			t.is(unknown.status, 2);
			t.regex(unknown.stderr, new RegExp(`ip netns knows .*${initiator!.at.slice(5)}`));
			const own = await onTarget('inject', '-i', 'eth0', '--peer', target!.at);
			t.is(own.status, 2, 'the same interface by its other name');
			t.regex(own.stderr, /is the interface that sends/);
		} finally {
			t.is((await netstress(['lab', 'down', ...name], as)).status, 0);
		}
		t.deepEqual(await after(), nothing);
	});
}

test.serial('receive in another namespace, by process id too; an interface whose name holds an @; losses there are counted', async t => {
	if (!need(t, {root: true})) return;
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b']}]}, {prefix: `netstress-m${process.pid}`});
	t.teardown(() => lab.close());
	const [a, b] = [lab.host('a'), lab.host('b')];
	await b.run('ip', ['link', 'set', 'eth0', 'down']);
	t.is((await b.run('ip', ['link', 'set', 'eth0', 'name', 'eth@0'])).status, 0);
	await b.run('ip', ['link', 'set', 'eth@0', 'up']);
	const sleeper = b.spawn('sleep', ['60']);
	t.teardown(() => void sleeper.kill());
	// the pid is that of ip until it has become the program
	const until = performance.now() + 5000;
	while ((await a.run('ip', ['netns', 'identify', String(sleeper.pid)])).stdout.trim() !== b.namespace && performance.now() < until);
	const end = await dropAt(t, b, 'eth@0', {kind: 'every', first: 9, every: 10});
	for (const netns of [b.namespace, String(sleeper.pid)]) {
		const receiver = startNetstress(['receive', '-i', `eth@0@${netns}`, '--from-zero', '--json', '-n', '900', '-D', '20s']);
		t.teardown(() => void receiver.child.kill('SIGKILL'));
		await new Promise(resolve => receiver.child.stderr!.once('data', resolve));
		const sent = await a.run(process.execPath, [program, 'inject', '-i', 'eth0', '-n', '1001', '-b', '5kpps', '--json']);
		t.is(last(sent.stdout).sent, 1001);
		const {status, stdout, stderr} = await receiver.finished;
		t.is(status, 0, stderr);
		const {received, lost} = last(stdout);
		t.is(received, 900);
		t.true(lost === 99 || lost === 100, `${lost}: neighbour discovery may have been among the frames`);
	}
	t.true((await end()) >= 198);
	// in its own namespace the whole text is the name
	const local = await b.run(process.execPath, [program, 'receive', '-i', 'eth@0', '-D', '100ms', '--json']);
	t.is(local.status, 0, local.stderr);
	t.is(last(local.stdout).iface, 'eth@0');
	// capture goes there as well; who sends stays here, and is told what to write
	const captured = startNetstress(['capture', '-i', `eth@0@${b.namespace}`, '-n', '5', '-f', 'ether proto 0x88b5', '--json']);
	await new Promise(resolve => captured.child.stderr!.once('data', resolve));
	await a.run(process.execPath, [program, 'inject', '-i', 'eth0', '-n', '20', '-q']);
	t.like(last((await captured.finished).stdout), {type: 'summary', captured: 5, dropped: 0});
	for (const [netns, enter] of [
		[b.namespace, `ip netns exec ${b.namespace}`],
		[String(sleeper.pid), `nsenter --net --target ${sleeper.pid}`],
	] as const) {
		for (const words of [['inject'], ['rfc2544', '--peer', 'lo']]) {
			const there = await netstress([...words, '-i', `eth@0@${netns}`]);
			t.is(there.status, 2);
			t.true(there.stderr.includes(`write: ${enter} netstress … -i eth@0`), there.stderr);
		}
	}
	const stopped = startNetstress(['receive', '-i', `eth@0@${b.namespace}`, '--json']);
	await new Promise(resolve => stopped.child.stderr!.once('data', resolve));
	stopped.child.kill('SIGINT');
	const {status, stdout} = await stopped.finished;
	t.is(status, 0);
	t.is(last(stdout).type, 'summary', 'Ctrl-C still prints the summary');
});

test.serial('an ordinary user may not enter a namespace of root: exit status 4, and what to do', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b']}]}, {prefix: `netstress-p${process.pid}`});
	t.teardown(() => lab.close());
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const sleeper = lab.host('b').spawn('sleep', ['60']);
	t.teardown(() => void sleeper.kill());
	for (const netns of [lab.host('b').namespace, String(sleeper.pid)]) {
		const {status, stderr} = await netstress(['receive', '-i', `eth0@${netns}`, '-D', '1s'], {user: 'nobody', from: copy.folder});
		t.is(status, 4, stderr);
		t.regex(stderr, /may not be entered: run as root \(CAP_SYS_ADMIN\), or in a lab/);
	}
});
