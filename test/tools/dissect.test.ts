// netstress dissect as a program: flags, exit status, what goes where.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fixtures} from '../golden.js';
import {netstress} from '../kernel/program.js';

const vblade = `${fixtures}aoe/vblade.pcap`;
const folder = mkdtempSync(join(tmpdir(), 'netstress-dissect-'));
test.after.always(() => rmSync(folder, {recursive: true}));

test('text is the golden tree', async t => {
	const {status, stdout, stderr} = await netstress(['dissect', '-r', vblade]);
	t.is(status, 0);
	t.is(stdout, readFileSync(`${fixtures}aoe/vblade.tree.txt`, 'utf8'));
	t.is(stderr, '');
});

test('--json ends with the summary; -Y counts only what passes', async t => {
	const {stdout} = await netstress(['dissect', '-r', vblade, '--json', '-Y', 'aoe.response == 1']);
	const lines = stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as {type: string; number?: number});
	t.deepEqual(
		lines.map(({type}) => type),
		['frame', 'frame', 'frame', 'frame', 'summary'],
	);
	t.deepEqual(lines.at(-1), {type: 'summary', frames: 4, malformed: 0, truncated: false} as never);
});

test('-T fields prints columns, -n stops', async t => {
	const {stdout} = await netstress(['dissect', '-r', vblade, '-T', 'fields', '-e', 'frame.number', '-e', 'aoe.tag', '-n', '2']);
	t.is(stdout, '1\t0x00000000\n2\t0x00000000\n');
});

const refused: Array<[what: string, args: string[], message: RegExp]> = [
	['an unknown field', ['-T', 'fields', '-e', 'aoe.tagg'], /unknown field aoe\.tagg; the nearest known is aoe\.tag/],
	['an unknown field in a filter', ['-Y', 'aoe.tagg == 1'], /unknown field aoe\.tagg; the nearest known is aoe\.tag/],
	['columns without -e', ['-T', 'fields'], /-T fields needs at least one -e FIELD/],
	['-e without columns', ['-e', 'aoe.tag'], /-e belongs to -T fields/],
	['bytes below JSON', ['-T', 'json', '-x'], /-x belongs to -T text/],
	['a form that does not exist', ['-T', 'yaml'], /yaml/],
	['--json with another form', ['-T', 'pdml', '--json'], /exclude each other/],
	['an unknown flag', ['--fields', 'x'], /--field/],
];
for (const [what, args, message] of refused) {
	test(`${what} is a usage error`, async t => {
		const {status, stdout, stderr} = await netstress(['dissect', '-r', vblade, ...args]);
		t.is(status, 2);
		t.is(stdout, '');
		t.regex(stderr, message);
	});
}

test('a truncated file: everything before is shown, the rest is said, and it is no failure', async t => {
	const path = join(folder, 'cut.pcap');
	writeFileSync(path, readFileSync(vblade).subarray(0, -5));
	const {status, stdout, stderr} = await netstress(['dissect', '-r', path, '--json']);
	t.is(status, 0);
	t.is(stdout.trim().split('\n').length, 8);
	t.true(stdout.includes('"truncated":true'));
	t.regex(stderr, /cut\.pcap ends inside a record: at byte \d+ there are \d+ of 76 bytes/);
});

test('a damaged file: everything before is shown with its summary, then status 1 with offset and value', async t => {
	const path = join(folder, 'bad.pcap');
	const bytes = readFileSync(vblade);
	bytes.writeUInt32LE(0x7fff_ffff, 24 + 76 + 8);
	writeFileSync(path, bytes);
	const {status, stdout, stderr} = await netstress(['dissect', '-r', path, '--json']);
	t.is(status, 1);
	t.is(stdout.trim().split('\n').length, 2);
	t.regex(stderr, /cannot read .*bad\.pcap: at byte 108: record 2 says 2147483647 captured bytes/);
});

test('what is no capture file, and none at all', async t => {
	t.like(await netstress(['dissect', '-r', join(fixtures, 'README.md')]), {status: 1, stdout: ''});
	const none = await netstress(['dissect', '-r', join(folder, 'none.pcap')]);
	t.is(none.status, 1);
	t.regex(none.stderr, /cannot read .*none\.pcap: ENOENT/);
});
