import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {commands, loadCommand} from '../../tools/registry.js';
import {netstress} from './program.js';

test('--help names every command and the exit statuses', async t => {
	const {status, stdout, stderr} = await netstress('--help');
	t.is(status, 0);
	t.is(stderr, '');
	for (const name of Object.keys(commands)) t.regex(stdout, new RegExp(`netstress ${name} `));
	t.regex(stdout, /Exit status: 0 done/);
});

test('without a command the help goes to standard error and the status is 2', async t => {
	const {status, stdout, stderr} = await netstress();
	t.is(status, 2);
	t.is(stdout, '');
	t.regex(stderr, /no command given/);
});

for (const name of Object.keys(commands)) {
	test(`${name} loads, and its help names its own flags and the shared ones`, async t => {
		t.is(typeof (await loadCommand(name)).run, 'function');
		const {status, stdout} = await netstress(name, '--help');
		t.is(status, 0);
		t.regex(stdout, new RegExp(`^netstress ${name}`));
		for (const flag of ['--json', '--quiet', '--verbose', '--version']) t.is(stdout.split(`${flag} `).length, 2, `${flag} once`);
	});
}

const refusals: Record<string, {args: string[]; says: RegExp}> = {
	'an unknown command names the nearest': {args: ['rcae'], says: /unknown command rcae; did you mean race\?/},
	'an unknown command without a near one lists them': {args: ['zebra'], says: /unknown command zebra; there are race, /},
	'an unknown flag names the nearest': {args: ['race', '--ruonds', '3'], says: /unknown flag --ruonds; did you mean --rounds\?/},
	'an unknown flag in camel case is one flag': {args: ['inject', '-i', 'lo', '--ringg-size', '3'], says: /unknown flag --ringg-size/},
	'an unknown short flag': {args: ['race', '-Z'], says: /unknown flag -Z/},
	'an unexpected argument': {args: ['doctor', 'now'], says: /unexpected argument now/},
	'a flag without its value': {args: ['race', '--seed'], says: /seed/},
	'a flag given twice': {args: ['race', '--seed', '1', '--seed', '2'], says: /--seed is given 2 times/},
	'a rate without a unit': {args: ['inject', '-i', 'lo', '-b', '1000'], says: /unit is missing/},
	'a required flag': {args: ['inject'], says: /iface/},
	'an unknown workload': {args: ['race', '--workload', 'nosuch'], says: /there is no workload "nosuch"; there are read-4k-d1/},
	'an unknown protocol': {args: ['race', '--protocol', 'nbd'], says: /no protocol "nbd"/},
	'no storage address': {args: ['io', 'nosuch:0', 'identify'], says: /no storage address/},
	'a write over a local file': {args: ['io', './package.json', 'write'], says: /--force/},
	'an address that nobody can listen on': {
		args: ['monitor', '--listen', 'here'],
		says: /--listen "here" is no address to listen on; write for instance 127\.0\.0\.1:9464/,
	},
	'drop reasons that nobody would see': {args: ['monitor', '--drops'], says: /--drops adds to what --listen serves; without it see: netstress drops/},
	'a recording of a recording': {
		args: ['monitor', '--replay', 'x', '--record', 'y'],
		says: /--replay shows a file: it goes with neither --record nor --listen/,
	},
	'a monitor of no interface': {args: ['monitor', '-i', 'nosuch0'], says: /there is no interface nosuch0/},
	'a ledger of nothing': {args: ['ledger'], says: /between which interfaces\?/},
	'a ledger of three recordings': {args: ['ledger', '--merge', 'a', 'b', 'c'], says: /--merge joins two recordings; c is one too many/},
	'a ledger that joins and sends': {args: ['ledger', '--merge', 'a', 'b', '--from', 'lo'], says: /--merge reads recordings; leave --from and --to away/},
	'a ledger that joins and records': {args: ['ledger', '--merge', 'a', 'b', '--record', 'c'], says: /--record writes one; give one of them/},
	'a ledger recorded to nowhere': {args: ['ledger', '--from', 'lo', '--record', '-'], says: /--record needs the name of a file/},
	'a run that is no number': {args: ['ledger', '--to', 'lo', '--run', 'xyz'], says: /"xyz" is not a run: write a hexadecimal number/},
	'a run that nobody could tell': {args: ['ledger', '--to', 'lo', '--receiver', 'none'], says: /say on both sides which run it is/},
	'a limit that one side cannot know': {args: ['ledger', '--from', 'lo', '--max-loss', '1%'], says: /one side alone does not know what was lost/},
	'a receiving side that counts to a number': {args: ['ledger', '--to', 'lo', '-n', '5'], says: /--count is for the side that sends/},
	'a dashboard without a terminal': {args: ['top'], says: /top draws on a terminal, and standard output is none; netstress monitor prints the same counters/},
	'a dashboard for scripts': {args: ['top', '--json'], says: /for scripts: netstress monitor --json/},
	'a recording of a replay': {args: ['top', '--replay', 'x', '--record', 'y'], says: /--replay shows a file: it goes with -i alone/},
	'a drop source that there is not': {args: ['top', '--source', 'ebpf'], says: /--source "ebpf" is not one of bpf, tracefs, netlink, counters/},
	'a loss that is no share': {args: ['race', '--loss', '0,1'], says: /--loss "1" is not understood: the unit is missing/},
	'a report where nothing can be written': {args: ['race', '--report', '/nosuch/folder/x.html'], says: /--report \/nosuch\/folder\/x\.html cannot be written/},
	'a report that is a folder': {args: ['race', '--report', 'docs'], says: /--report docs is a folder; name a file/},
	'single frames on given addresses': {args: ['race', './package.json', '--lost-frame'], says: /--lost-frame is for a race in a lab/},
	'a benchmark without its other end': {args: ['rfc2544', '-i', 'lo'], says: /--peer IFACE counts what comes/},
	'a benchmark that there is not': {args: ['rfc2544', '-i', 'lo', '--peer', 'x', '--test', 'speed'], says: /no test "speed"; the tests are throughput, loss, /},
	'a size in a benchmark that no frame has': {args: ['rfc2544', '-i', 'lo', '--peer', 'x', '--size', '20'], says: /"20" is no length from 60/},
	'a writing workload on given addresses': {args: ['race', './package.json', '--workload', 'write-4k-d32'], says: /overwrite.*--force/},
};
for (const [name, {args, says}] of Object.entries(refusals)) {
	test(`usage error: ${name}`, async t => {
		const {status, stdout, stderr} = await netstress(...args);
		t.is(status, 2, stderr);
		t.is(stdout, '');
		t.regex(stderr, says);
		t.is(stderr.trim().split('\n').length, 1, 'one clear line');
	});
}

test('flags may stand before the command', async t => {
	const {status, stdout} = await netstress('--json', 'lab', 'show', '--name', 'no-such-lab-here');
	t.is(status, 1);
	t.is(stdout, '');
});

test('a stack is shown with -v only', async t => {
	t.notRegex((await netstress('io', '/nonexistent/file', 'identify')).stderr, /\n {4}at /);
	t.regex((await netstress('-v', 'io', '/nonexistent/file', 'identify')).stderr, /\n {4}at /);
});

test('a reader that goes away is no error', async t => {
	const program = fileURLToPath(new URL('../../tools/netstress.js', import.meta.url));
	const child = spawn('sh', ['-c', `"${process.execPath}" "${program}" race --help | head -n 1`]);
	let said = '';
	child.stderr.on('data', text => {
		said += text;
	});
	t.is(await new Promise(resolve => child.on('close', resolve)), 0);
	t.is(said, '');
});
