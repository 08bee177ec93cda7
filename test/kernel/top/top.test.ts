// The dashboard as its users see it: in tmux, at three sizes, while frames die on purpose; typed at, resized, ended in every way.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {need} from '../need.js';
import {netstress, readableCopy} from '../program.js';
import {flooding, topBed} from './bed.js';
import {type Terminal, terminal} from './terminal.js';

const small = {width: 80, height: 24};

/** The clock in the head of the screen. */
const clockOf = (screen: string) => /\d\d:\d\d:\d\d/.exec(screen)?.[0];

for (const {width, height, more} of [
	{...small, more: [/^softnet {2}\d+ CPUs/m]},
	{width: 120, height: 40, more: [/── interfaces/, /softnet, each CPU/, /── storage on the wire/]},
	{width: 200, height: 60, more: [/── interfaces/, /what happened/, /netstress target/, /in \+ out, 2 min/]},
])
	test.serial(`${width}x${height}: where frames die, why, and at which interface`, async t => {
		if (!need(t, flooding)) return;
		const {at, server, lossy, flood} = await topBed(t);
		await lossy();
		const screen = await terminal(t, ['top', '-i', at], {width, height});
		await screen.shows(/no loss since the start/);
		const sending = flood(20_000, 2000);
		const text = await screen.shows(/SOCKET_RCVBUFF[\s\S]*NETFILTER_DROP/);
		t.regex(text, new RegExp(`── ${server.iface} frames/s {2}in [1-9]`));
		t.regex(text, /▲ losing .*receive buffer full/);
		t.regex(text, /✕▲ +receive buffer full +\d+ +[\d.]+( k)?\/s +0\.0\.0\.0:7777/);
		t.regex(text, new RegExp(`✕▲ +SOCKET_RCVBUFF +\\d+ +[\\d.]+( k)?/s +IPv4 +${server.iface} `));
		t.regex(text, /SOCKET_RCVBUFF: the socket's receive buffer was full; read the socket/);
		for (const part of more) t.regex(text, part);
		t.is(text.trimEnd().split('\n').length, height, 'the keys stand in the last line');
		for (const line of text.split('\n')) t.true([...line].length <= width);
		await sending;
		await screen.type('q');
		t.is((await screen.ended()).status, 0);
	});

test.serial('totals are those that UDP counts itself', async t => {
	if (!need(t, flooding)) return;
	const {at, lossy, flood, refused} = await topBed(t);
	await lossy();
	const screen = await terminal(t, ['top', '-i', at], small);
	await screen.shows(/no loss since the start/);
	const before = await refused();
	await flood(6000, 6000);
	const lost = (await refused()) - before;
	t.true(lost > 2000);
	await screen.shows(new RegExp(`✕.{3}receive buffer full +${lost} `));
	// two of these are the reasons' way to say it; the drop monitor may miss a few on some kernels (docs/drops.md)
	const counted = Number(/SOCKET_RCVBUFF +(\d+)/.exec(await screen.screen())?.[1]);
	t.true(counted > lost * 0.9 && counted <= lost, `${counted} of ${lost}`);
	await screen.type('r');
	await screen.shows(/✕ lost 0/);
});

test.serial('p pauses the screen, not the counting; ? shows the help; rows and orders are chosen', async t => {
	if (!need(t, flooding)) return;
	const {at, lossy, flood} = await topBed(t);
	await lossy();
	const screen = await terminal(t, ['top', '-i', at, '-I', '200ms'], small);
	const sending = flood(24_000, 2000);
	await screen.shows(/losing/);
	await screen.type('p');
	const paused = await screen.shows(/paused/);
	await sleep(1500);
	t.is(await screen.screen(), paused, 'it stands still');
	const count = (text: string) => Number(/receive buffer full +(\d+) /.exec(text)?.[1]);
	const sent = await screen.listen();
	await screen.type('Tab');
	await screen.type('Down');
	const moved = await screen.shows(/NETFILTER_DROP: |NO_SOCKET: |UNHANDLED_PROTO: /);
	t.is(count(moved), count(paused), 'keys still work');
	await screen.type('p');
	await screen.shows(/every 200 ms/);
	const after = await screen.shows(/losing/);
	t.true(count(after) - count(paused) > 500, 'what came meanwhile is there');
	// ED and EL (ECMA-48 8.3.39, 8.3.41): what is erased before it is drawn again flickers
	t.true(sent().length > 100);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are escape sequences
	t.notRegex(sent(), /\x1b\[[0-3]?J/, 'the screen is never cleared');
	await screen.type('?');
	const help = await screen.shows(/pause: the screen stands still/);
	t.regex(help, /q, Ctrl-C +quit/);
	t.regex(help, /✕ +lost: somebody wanted the frame/);
	await screen.type('x');
	await screen.shows(/where frames died/);
	await screen.type('s');
	await screen.shows(/reasons by total/);
	await screen.type('+');
	await screen.shows(/every 100 ms/);
	await screen.type('i');
	await screen.shows(/frames\/s in \+ out/);
	await sending;
});

test.serial('the size of the terminal may change at any time', async t => {
	if (!need(t, {programs: ['tmux']})) return;
	const screen = await terminal(t, ['top'], small);
	await screen.shows(/where frames died/);
	await screen.resize(120, 40);
	await screen.shows(/── interfaces/);
	await screen.resize(200, 60);
	const large = await screen.shows(/netstress target/);
	t.is(large.trimEnd().split('\n').length, 60);
	await screen.resize(50, 10);
	await screen.shows(/needs 60 columns and 16 lines/);
	await screen.resize(80, 24);
	const again = await screen.shows(/why: drop reasons/);
	t.notRegex(again, /needs 60 columns/);
	t.is(again.match(/where frames died/g)?.length, 1, 'nothing of the other sizes is left');
});

test.serial('q, Ctrl-C, SIGTERM and SIGHUP give the terminal back as it was, with status 0', async t => {
	if (!need(t, {programs: ['tmux']})) return;
	const ways: Record<string, (screen: Terminal) => unknown> = {
		q: screen => screen.type('q'),
		'Ctrl-C': screen => screen.type('C-c'),
		SIGTERM: screen => process.kill(screen.pid(), 'SIGTERM'),
		SIGHUP: screen => process.kill(screen.pid(), 'SIGHUP'),
	};
	for (const [name, end] of Object.entries(ways)) {
		const screen = await terminal(t, ['top'], small);
		await screen.shows(/where frames died/);
		await end(screen);
		const {status, before, after, alternate, cursor, screen: left} = await screen.ended();
		t.is(status, 0, name);
		t.is(after, before, `${name}: stty`);
		t.deepEqual([alternate, cursor], ['0', '1'], name);
		t.is(left.trim(), '', `${name}: nothing is left on the screen`);
	}
});

test.serial('what goes wrong while the screen is taken is read on the first screen', async t => {
	if (!need(t, {programs: ['tmux']})) return;
	const folder = mkdtempSync(join(tmpdir(), 'netstress-top-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'damaged.ndjson');
	const header = {type: 'recording', version: 1, run: 'top', host: 'h', kernel: 'k', started: '', program: ''};
	const snapshot = (at: number) => ({type: 'snapshot', time: new Date(0).toISOString(), atSeconds: at, interfaces: {}, cpus: [], counters: []});
	writeFileSync(path, [header, snapshot(1), snapshot(2), snapshot(3), {type: 'drops'}].map(line => `${JSON.stringify(line)}\n`).join(''));
	const screen = await terminal(t, ['top', '--replay', path], small);
	const {status, before, after, alternate, cursor, screen: left} = await screen.ended();
	t.is(status, 1);
	t.is(after, before);
	t.deepEqual([alternate, cursor], ['0', '1']);
	t.regex(left.replaceAll('\n', ''), /damaged\.ndjson, line 5: is no whole line of drops/);
});

test.serial('an exception that nobody expected: the terminal is as it was, and the message on it', async t => {
	if (!need(t, {programs: ['tmux']})) return;
	const screen = await terminal(t, [], {...small, program: 'dist/test/kernel/top/thrower.js'});
	const {status, before, after, alternate, cursor, screen: left} = await screen.ended();
	t.is(status, 1);
	t.is(after, before);
	t.deepEqual([alternate, cursor, left.trim()], ['0', '1', 'told: out of the blue']);
});

test.serial('a recorded run: played at its own speed, faster, by steps, to its end', async t => {
	if (!need(t, flooding)) return;
	const {at, folder, lossy, flood} = await topBed(t);
	await lossy();
	const path = join(folder, 'run.ndjson');
	const live = await terminal(t, ['top', '-i', at, '--record', path], small);
	await live.shows(/recording/);
	await flood(8000, 2000);
	const shown = await live.shows(/no loss now/);
	await live.type('q');
	t.is((await live.ended()).status, 0);
	const types = readFileSync(path, 'utf8')
		.trim()
		.split('\n')
		.map(line => (JSON.parse(line) as {type: string}).type);
	for (const type of ['recording', 'snapshot', 'drops', 'storage']) t.true(types.includes(type), type);

	const replay = await terminal(t, ['top', '--replay', path], small);
	await replay.shows(/replay 1x/);
	await replay.type('+', '+');
	await replay.shows(/replay 5x/);
	const end = await replay.shows(/at its end/);
	const totals = (text: string) => [
		/receive buffer full +(\d+) /.exec(text)?.[1],
		/SOCKET_RCVBUFF +(\d+) /.exec(text)?.[1],
		/NETFILTER_DROP +(\d+) /.exec(text)?.[1],
	];
	t.deepEqual(totals(end), totals(shown));
	t.regex(end, /no loss now/);
	await replay.type('Left');
	const back = await replay.shows(/paused/);
	t.not(clockOf(back), clockOf(end));
	await replay.type('Right');
	await replay.shows(new RegExp(`at its end[\\s\\S]*${clockOf(end)}`));
	await replay.type('q');
	t.is((await replay.ended()).status, 0);
	const told = await netstress(['monitor', '--replay', path]);
	t.is(told.status, 0, told.stderr);
	t.regex(told.stdout, /receive buffer full/, 'monitor reads it, too');
});

test.serial('without colours and without Unicode: ASCII, signs, no colour', async t => {
	if (!need(t, flooding)) return;
	const {at, lossy, flood} = await topBed(t);
	await lossy();
	const screen = await terminal(t, ['top', '-i', at], {...small, env: {LANG: 'C', NO_COLOR: '1'}});
	const sending = flood(16_000, 2000);
	const text = await screen.shows(/x\^ +SOCKET_RCVBUFF/);
	t.regex(text, /^[\n -~]*$/);
	t.regex(text, /\* in [\d.]+ k/);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
	t.notRegex(await screen.coloured(), /\x1b\[[\d;]*\b(3[0-7]|38|4[0-7]|48|9[0-7])[;m]/);
	await sending;
});

test.serial('an ordinary user sees what can be seen, and what is missing', async t => {
	if (!need(t, {root: true, programs: ['tmux', 'setpriv']})) return;
	const {folder, remove} = readableCopy();
	t.teardown(remove);
	const before = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all'];
	const screen = await terminal(t, ['top', '-i', 'lo'], {width: 120, height: 40, before, from: folder});
	const text = await screen.shows(/only counters: they need root/);
	t.regex(text, /counted by counters/);
	await screen.shows(/listening on lo needs CAP_NET_RAW/);
	t.regex(text, /── lo frames\/s/);
	await screen.type('q');
	t.is((await screen.ended()).status, 0);
	const quiet = await terminal(t, ['top', '-i', 'lo', '--no-storage'], {width: 120, height: 40});
	await quiet.shows(/not listened to: --no-storage/);
});

test.serial('an interface that is not there, a source that cannot be had: said before the screen is taken', async t => {
	if (!need(t, {programs: ['tmux']})) return;
	const screen = await terminal(t, ['top', '-i', 'nosuch0'], small);
	const {status, screen: left} = await screen.ended();
	t.is(status, 2);
	t.regex(left, /there is no interface nosuch0/);
});
