// The harness itself: what a guest says, how it fails, and that nothing is left of it.
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {leftovers, nothing} from '../kernel/leftovers.js';
import {start} from '../kernel/program.js';
import {needGuests, vmBed} from './bed.js';

const holder = fileURLToPath(new URL('./holder.js', import.meta.url));

/** Whether a process is QEMU and more than an entry that nobody has asked about yet. */
function runs(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('qemu');
	} catch {
		return false;
	}
}

test.serial('a guest says names and values, hears words, and ends with its script', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const started = performance.now();
	const guest = await bed.boot(`
say kernel "$(uname -r)"
say equals "a=b c"
hear go
say heard yes
`);
	await guest.saw('kernel');
	t.log(`from QEMU's start to the script: ${((performance.now() - started) / 1000).toFixed(1)} s`);
	t.is(guest.said('heard'), undefined);
	guest.tell('go');
	const {kernel, ...results} = await guest.finished();
	t.regex(kernel ?? '', /^\d+\.\d+/);
	t.deepEqual(results, {equals: 'a=b c', heard: 'yes', exit: '0'});
});

test.serial('a script that fails, a kernel that panics and a guest that takes too long are errors that show the end of the console', async t => {
	if (!needGuests(t)) return;
	const bed = await vmBed(t);
	const failed = await t.throwsAsync((await bed.boot('echo about to fail; cat /nowhere; say after 1')).finished());
	t.regex(failed!.message, /guest guest0 ended with status 1[\s\S]*about to fail[\s\S]*cat: can't open '\/nowhere'/);
	const panicked = await t.throwsAsync((await bed.boot('echo c >/proc/sysrq-trigger')).saw('never'));
	t.regex(panicked!.message, /ended without saying never[\s\S]*sysrq triggered crash/);
	const late = await t.throwsAsync((await bed.boot('say up 1; hear nothing', {seconds: 12})).finished());
	t.regex(late!.message, /was still running after 12 s and ended with no status[\s\S]*hear nothing/);
});

test.serial('nothing is left of a guest whose test was killed', async t => {
	if (!needGuests(t)) return;
	const left = leftovers();
	const {child, finished, saw, said} = start(process.execPath, [holder]);
	await saw('\n');
	t.true(runs(Number(said())));
	child.kill('SIGKILL');
	await finished;
	t.deepEqual(await left(), nothing);
	t.false(runs(Number(said())));
});
