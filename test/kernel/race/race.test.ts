import test from 'ava';
import type {WorkloadResult} from '../../../src/race/result.js';
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
	test.serial(`every workload is raced over AoE and iSCSI, verified and without an error, and nothing is left (${user ?? 'this user'})`, async t => {
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
				['aoe', 'iscsi'],
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
		for (const {protocol, lost, lostAt, retransmits, needlessRetransmits, errors} of results) {
			const what = `${name} over ${protocol}`;
			t.is(errors, 0, what);
			t.true(lostAt.onPurpose > 0, `${what}: ${JSON.stringify(lostAt)}`);
			t.is(lost, lostAt.onPurpose + lostAt.interfaces + lostAt.cable + lostAt.tcp + lostAt.initiatorRing);
			// every AoE loss is one command sent again, and nothing else is unless it was too early
			if (protocol === 'aoe')
				t.true(
					retransmits >= lostAt.onPurpose - 64 && retransmits - needlessRetransmits <= lost + 64,
					`${what}: ${retransmits} again, ${needlessRetransmits} too early, ${lost} lost`,
				);
		}
	}
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
