import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type LostFrame, lostPlaces} from '../../../src/race/lost-frame.js';
import type {WorkloadResult} from '../../../src/race/result.js';
import type {SweepPoint} from '../../../src/race/sweep.js';
import {workloads} from '../../../src/race/workload.js';
import {leftovers, nothing} from '../leftovers.js';
import {need} from '../need.js';
import {netstress, readableCopy, start, startNetstress} from '../program.js';

interface Summary {
	type: string;
	workloads: WorkloadResult[];
	lab: string;
	seed: number;
	interrupted: boolean;
	target: {ringDropped: number; refused: number} | null;
}
const summaryOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) as string) as Summary;

const short = ['race', '--json', '--rounds', '2', '--duration', '100ms', '--size', '32MiB'];

for (const user of [undefined, 'nobody'] as const) {
	test.serial(`every workload is raced over every protocol, verified and without an error, and nothing is left (${user ?? 'this user'})`, async t => {
		if (user === 'nobody' && !need(t, {root: true, programs: ['setpriv']})) return;
		const after = leftovers();
		const copy = user === 'nobody' ? readableCopy() : undefined;
		t.teardown(() => copy?.remove());
		const {status, stdout, stderr} = await netstress(short, {user, ...(copy ? {from: copy.folder} : {})});
		t.is(status, 0, stderr);
		const summary = summaryOf(stdout);
		t.is(summary.type, 'summary');
		t.is(summary.interrupted, false);
		if (user === 'nobody') t.is(summary.lab, 'user');
		t.deepEqual(
			summary.workloads.map(({name}) => name),
			workloads.map(({name}) => name),
		);
		for (const {name, results, readShare, winner} of summary.workloads) {
			t.deepEqual(
				results.map(({protocol}) => protocol),
				['aoe', 'fcoe', 'iscsi'],
			);
			for (const result of results) {
				t.is(result.errors, 0, `${name} ${result.protocol}: ${result.firstError}`);
				t.true(result.iops > 0 && result.bytesPerSecond > 0 && result.rounds === 2);
				t.true((result.cpuSecondsPerGB as number) > 0);
				t.true(result.lost >= 0 && result.frames.sent > 0);
				if (readShare < 1) t.true(result.verified > 0, `${name} ${result.protocol} was verified`);
			}
			t.truthy(winner);
		}
		t.deepEqual(await after(), nothing);
	});
}

test.serial('what a lossy link loses is counted, paid for by sending again, and no byte is wrong', async t => {
	if (!need(t, {root: true})) return;
	const args = ['race', '--json', '--rounds', '2', '--duration', '400ms', '--size', '32MiB', '--workload', 'read-4k-d32,write-4k-d32', '--loss', '1%'];
	const {status, stdout, stderr} = await netstress(args);
	t.is(status, 0, stderr);
	for (const {name, results} of summaryOf(stdout).workloads) {
		for (const {protocol, lost, hops, unexplained, retransmits, needlessRetransmits, errors} of results) {
			const what = `${name} over ${protocol}`;
			t.is(errors, 0, what);
			const onPurpose = hops.find(({source}) => source.includes('--loss'))?.count ?? 0;
			t.true(onPurpose > 0, `${what}: ${JSON.stringify(hops)}`);
			t.is(
				lost,
				hops.reduce((sum, {count}) => sum + count, unexplained),
			);
			t.is(unexplained, 0, what);
			// every AoE loss is one command sent again, and nothing else is unless it was too early
			if (protocol === 'aoe')
				t.true(
					retransmits >= onPurpose - 64 && retransmits - needlessRetransmits <= lost + 64,
					`${what}: ${retransmits} again, ${needlessRetransmits} too early, ${lost} lost`,
				);
		}
	}
});

test.serial('a list of rates gives a point for each, the loss-free one added, and a report in one file', async t => {
	if (!need(t, {root: true})) return;
	const after = leftovers();
	const folder = mkdtempSync(join(tmpdir(), 'netstress-report-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const file = join(folder, 'loss.html');
	const chosen = ['--rounds', '2', '--duration', '300ms', '--size', '32MiB', '--workload', 'read-4k-d1', '--protocol', 'aoe,iscsi'];
	const {status, stdout, stderr} = await netstress(['race', '--json', ...chosen, '--loss', '1%,0.5%', '--report', file, '--seed', '3']);
	t.is(status, 0, stderr);
	const {points, losses} = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {points: SweepPoint[]; losses: number[]};
	t.deepEqual(losses, [0, 0.005, 0.01]);
	t.deepEqual(
		points.map(({protocol, loss}) => `${protocol} ${loss}`),
		['aoe', 'iscsi'].flatMap(protocol => losses.map(loss => `${protocol} ${loss}`)),
	);
	for (const {protocol, loss, lost, errors, cost, retransmits} of points) {
		const what = `${protocol} at ${loss}: ${JSON.stringify(cost)}`;
		t.is(errors, 0, what);
		t.is(cost.msPerFrame === null, cost.why !== null || loss === 0, what);
		if (loss === 0) t.is(lost, 0, what);
		else t.true(lost > 0 && retransmits > 0, what);
	}
	t.is(stdout.match(/"type":"point"/g)?.length, 6);
	const page = readFileSync(file, 'utf8');
	t.regex(page, /<svg[\s\S]*<svg/);
	t.regex(page, /<dt>seed<\/dt><dd>3<\/dd>/);
	t.notRegex(page, /<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
	t.deepEqual(await after(), nothing);
});

test.serial('one frame is lost at each place over each protocol, exactly, and nothing else goes wrong', async t => {
	if (!need(t, {root: true})) return;
	const args = ['race', '--json', '--rounds', '1', '--duration', '50ms', '--size', '32MiB', '--workload', 'seq-write-128k-d8', '--lost-frame'];
	const {status, stdout, stderr} = await netstress(args);
	t.is(status, 0, stderr);
	const {lostFrames} = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {lostFrames: LostFrame[]};
	t.is(lostFrames.length, 3 * lostPlaces.length);
	for (const {protocol, place, which, frame, frames, samples, errors, costMs, op, bytes} of lostFrames) {
		const what = `${place} over ${protocol}: frame ${frame} of ${frames}, ${JSON.stringify(costMs)}`;
		t.is(errors, 0, what);
		t.true(samples > 0 && costMs !== null, what);
		// 9000 bytes a frame: a long transfer is many frames, also under TCP, and the middle one is not at an end
		if (which === 'middle') t.true(frames >= 14 && frame > 4 && frame < frames - 4, what);
		// a lone request has nothing behind it that would show the loss: only a timer does, TCP's is 200 ms at the least (net/tcp.h, TCP_RTO_MIN)
		if (protocol === 'iscsi' && op === 'read' && bytes === 4096) t.true((costMs?.median ?? 0) > 150, what);
	}
});

test.serial('without the right to lose single frames the race says so, says how, and succeeds', async t => {
	if (!need(t, {root: true, programs: ['setpriv']})) return;
	const copy = readableCopy();
	t.teardown(() => copy.remove());
	const args = ['race', '--rounds', '1', '--duration', '50ms', '--size', '32MiB', '--workload', 'read-4k-d1', '--lost-frame'];
	const {status, stdout, stderr} = await netstress(args, {user: 'nobody', from: copy.folder});
	t.is(status, 0, stderr);
	t.regex(stdout, /read-4k-d1/);
	t.regex(stdout, /What one lost frame costs was not measured: .*bpf\(2\).*As root it is: sudo npm start/);
});

test.serial('the same seed asks for the same blocks, whatever the protocol', async t => {
	const {status, stdout, stderr} = await netstress([...short, '--workload', 'seq-read-128k-d8', '--protocol', 'file', '--seed', '5']);
	t.is(status, 0, stderr);
	t.is(summaryOf(stdout).seed, 5);
});

test.serial('a target that dies in the middle ends the race with what there is and says so', async t => {
	if (!need(t, {root: true})) return;
	const after = leftovers();
	const running = startNetstress(['race', '--json', '--workload', 'read-4k-d1,read-4k-d32', '--duration', '1s', '--rounds', '1', '--size', '32MiB']);
	await running.saw('"type":"workload"');
	const {stdout: target} = await start('pgrep', ['-n', '-f', 'netstress.js target .*netstress:race']).finished;
	process.kill(Number(target), 'SIGKILL');
	const {status, stdout, stderr} = await running.finished;
	t.is(status, 1);
	t.regex(stderr, /target ended in the middle of the race \(SIGKILL\)/);
	t.is(summaryOf(stdout).workloads.length, 1);
	t.deepEqual(await after(), nothing);
});

// a terminal sends Ctrl-C, and the end of itself, to every process of the group, helpers and targets included
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
	test.serial(`${signal} to the whole process group prints what is there, gives status 1, and leaves nothing`, async t => {
		const after = leftovers();
		const running = startNetstress(['race', '--json', '--workload', 'read-4k-d1,read-4k-d32', '--duration', '1s', '--rounds', '1', '--size', '32MiB'], {
			group: true,
		});
		await running.saw('"type":"workload"');
		process.kill(-(running.child.pid as number), signal);
		const {status, stdout} = await running.finished;
		t.is(status, 1);
		const {interrupted, workloads} = summaryOf(stdout);
		t.true(interrupted);
		for (const {results} of workloads) for (const {errors, firstError} of results) t.is(errors, 0, String(firstError));
		t.deepEqual(await after(), nothing);
	});
}

for (const user of [undefined, 'nobody'] as const) {
	test.serial(`SIGKILL of the race leaves nothing (${user ?? 'this user'})`, async t => {
		if (user === 'nobody' && !need(t, {root: true, programs: ['setpriv']})) return;
		const after = leftovers();
		const copy = user === 'nobody' ? readableCopy() : undefined;
		t.teardown(() => copy?.remove());
		const running = startNetstress(['race', '--json', '--workload', 'read-4k-d1,read-4k-d32', '--duration', '1s', '--rounds', '1', '--size', '32MiB'], {
			user,
			...(copy ? {from: copy.folder} : {}),
		});
		await running.saw('"type":"workload"');
		running.child.kill('SIGKILL');
		await running.finished;
		t.deepEqual(await after(), nothing);
	});
}

test.serial('more disk than there is room for is refused with the size there is', async t => {
	const {status, stderr} = await netstress(['race', '--size', '900TiB']);
	t.is(status, 1);
	t.regex(stderr, /free, not 900 TiB/);
});
