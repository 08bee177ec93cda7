// Recordings of monitor and of ledger on the command line: each says what it is and which command reads it; a file that cannot take one ends the command before it sends.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {recorded, sideFrom, sideTo} from '../monitor/ledger/make.js';
import {netstress} from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-recordings-'));
test.after.always(() => rmSync(folder, {recursive: true}));
const fileOf = (name: string, text: string) => {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
};

test("monitor's recording given to ledger, and ledger's to monitor", async t => {
	const watched = join(folder, 'm.ndjson');
	t.is((await netstress('monitor', '-i', 'lo', '-n', '1', '-I', '10ms', '--record', watched)).status, 0);
	const merged = await netstress('ledger', '--merge', watched, watched);
	t.is(merged.status, 2);
	t.is(
		merged.stderr,
		`netstress: ${watched} was recorded by netstress monitor and has no sides of runs in it; it is read with: netstress monitor --replay ${watched}\n`,
	);
	t.is((await netstress('monitor', '--replay', watched)).status, 0);
	const before = readFileSync(watched, 'utf8');
	const appended = await netstress('ledger', '--from', 'lo', '--record', watched);
	t.is(appended.status, 2);
	t.regex(appended.stderr, /was recorded by netstress monitor and netstress ledger does not write into it/);
	t.is(readFileSync(watched, 'utf8'), before);

	const closed = fileOf('l.ndjson', recorded(sideFrom(5), sideTo(5)));
	const replayed = await netstress('monitor', '--replay', closed);
	t.is(replayed.status, 2);
	t.regex(replayed.stderr, /l\.ndjson was recorded by netstress ledger .*; it is read with: netstress ledger --merge \S+l\.ndjson OTHER\n$/);
});

test('both sides in one file, in two, in any order', async t => {
	const [a, b] = [fileOf('a', recorded(sideFrom(5))), fileOf('b', recorded(sideTo(4)))];
	for (const files of [
		[a, b],
		[b, a],
	] as const) {
		const {status, stdout} = await netstress('ledger', '--merge', ...files, '--json');
		t.is(status, 0);
		const {sent, received, unexplained, run} = JSON.parse(stdout) as Record<string, unknown>;
		t.deepEqual([sent, received, unexplained, run], [5, 4, 1, '1a2b']);
	}
	const limited = await netstress('ledger', '--merge', a, b, '--max-unexplained', '0', '--max-loss', '20%');
	t.is(limited.status, 3);
	t.is(limited.stderr, 'more is unexplained than --max-unexplained 0 allows\n');
});

test('a recording that was cut off is read as far as it goes, and said', async t => {
	const whole = recorded(sideFrom(5), sideTo(5));
	const cut = await netstress('ledger', '--merge', fileOf('whole', whole), fileOf('cut', `${whole}{"type":"si`));
	t.is(cut.status, 0);
	t.regex(cut.stderr, /cut ends in the middle of a line: whoever wrote it was stopped, or the disk was full/);
});

test('what cannot be recorded to ends the command before it sends', async t => {
	for (const [file, says] of [
		['/dev/full', /cannot record to \/dev\/full: the disk is full \(ENOSPC\)/],
		['/nonexistent/x', /cannot record to \/nonexistent\/x: ENOENT; name a file in a folder that exists/],
		[fileOf('other', '{"name":"x"}\n'), /other, line 1: is no object with a type/],
	] as const) {
		const {status, stdout, stderr} = await netstress('ledger', '--from', 'lo', '--record', file);
		t.is(status, 1, stderr);
		t.is(stdout, '');
		t.regex(stderr, says);
	}
});

test('a full disk in monitor is said also where messages are not, and gives status 1', async t => {
	const {status, stdout, stderr} = await netstress('monitor', '-q', '-i', 'lo', '-n', '1', '-I', '10ms', '--record', '/dev/full');
	t.is(status, 1);
	t.regex(stdout, /lo/);
	t.is(stderr, 'netstress: cannot record to /dev/full: the disk is full (ENOSPC)\n');
});
