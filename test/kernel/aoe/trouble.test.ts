// The target on a real interface when things go wrong: it says so, answers or waits, and never dies.
import {truncateSync} from 'node:fs';
import test from 'ava';
import {need} from '../need.js';
import {aoeLab} from './lab.js';

test.serial('an interface that goes down mid-run and comes back: the target serves on', async t => {
	if (!need(t, {root: true})) return;
	const bed = await aoeLab(t);
	const target = await bed.serve();
	t.like(await bed.client(31, 100), {mismatches: 0, errors: []});
	const running = bed.client(32, 3000);
	await new Promise(resolve => setTimeout(resolve, 400));
	await bed.target.run('ip', ['link', 'set', bed.target.iface, 'down']);
	await new Promise(resolve => setTimeout(resolve, 500));
	await bed.target.run('ip', ['link', 'set', bed.target.iface, 'up']);
	const result = await running;
	t.like(result, {mismatches: 0, errors: []});
	t.is(target.exitCode, null);
	t.log(`${result.counters.retransmits} retransmits over half a second without a link`);
});

test.serial('a target that is killed and started again: the initiator’s requests go on, nothing is corrupt', async t => {
	if (!need(t, {root: true})) return;
	const bed = await aoeLab(t);
	const first = await bed.serve();
	const running = bed.client(33, 4000);
	await new Promise(resolve => setTimeout(resolve, 500));
	await bed.stop(first, 'SIGKILL');
	await bed.serve();
	t.like(await running, {mismatches: 0, errors: []});
});

test.serial('a file that shrinks under the target: an ATA error for what is gone, and the target lives', async t => {
	if (!need(t, {root: true})) return;
	const bed = await aoeLab(t);
	const target = await bed.serve();
	truncateSync(bed.disk, 4 << 20);
	const result = await bed.client(34, 0, 'read-only');
	t.true(result.errors.length > 0);
	t.true(
		result.errors.every((text: string) => /ATA status 0x41, error 0x40/.test(text)),
		result.errors[0],
	);
	t.is(target.exitCode, null);
	await bed.stop(target);
	t.is(target.exitCode, 0);
});

test.serial('no target: the initiator says so and names the next step', async t => {
	if (!need(t, {root: true})) return;
	const bed = await aoeLab(t);
	const error = await t.throwsAsync(bed.client(35, 1));
	t.regex(error!.message, /no AoE target 1\.1 on \S+ \(asked \d+ times in 3000 ms\); see who is there/);
});
