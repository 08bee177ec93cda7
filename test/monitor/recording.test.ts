import {appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {textLines} from '../../src/monitor/lines.js';
import {openRecording, Recorder, recordingHeader, snapshotLine, snapshotOf} from '../../src/monitor/recording.js';
import {allMoved, difference} from '../../src/monitor/snapshot.js';
import {lossesByPlace} from '../../src/monitor/tally.js';
import {holds} from '../property.js';
import {link, made, snapshot} from './made.js';

/** All of a recording: of a text, or of a file without one. */
function readAll(path: string, whole?: string) {
	const recording = openRecording(path, whole === undefined ? undefined : textLines(whole));
	const snapshots = [...recording.snapshots];
	return {header: recording.header, snapshots, truncated: recording.truncated};
}

const header = recordingHeader('monitor', 'netstress 0', new Date(0));
const first = snapshot(
	1,
	{eth0: link([made('x', 3), made('zero', 0)])},
	{cpus: [{cpu: 0, processed: 9, dropped: 0, squeezed: 0}], counters: [made('UdpInErrors', 2, {source: 'snmp', scope: {}})]},
);
const second = snapshot(2, {eth0: link([made('x', 5), made('zero', 4)])}, {cpus: [], counters: []});
const text = [header, snapshotLine(first), {type: 'later', what: 1}, snapshotLine(second)].map(line => `${JSON.stringify(line)}\n`).join('');

test('what is written is read again; counters at zero are left out and still count from zero', t => {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-recording-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'run.ndjson');
	const recorder = new Recorder(path, header);
	recorder.write(snapshotLine(first));
	recorder.write({type: 'later'});
	recorder.write(snapshotLine(second));
	recorder.close();
	recorder.close();
	t.is(recorder.failure, undefined);
	t.false(readFileSync(path, 'utf8').includes('"value":0'));
	const {snapshots, truncated, header: read} = readAll(path);
	t.deepEqual(read, header);
	t.false(truncated);
	t.deepEqual(
		allMoved(difference(snapshots[1]!.snapshot, snapshots[0]!.snapshot)).map(({name, value}) => [name, value]),
		[
			['x', 2],
			['zero', 4],
		],
	);
	t.deepEqual(allMoved(difference(snapshots[1]!.snapshot, snapshots[0]!.snapshot)), allMoved(difference(second, first)), 'the same as without the file');
});

test('a file that ends anywhere gives every line that is whole', t => {
	for (let length = text.indexOf('\n') + 1; length <= text.length; length++) {
		const cut = text.slice(0, length);
		const {snapshots, truncated} = readAll('f', cut);
		t.is(truncated, !cut.endsWith('\n'));
		t.is(snapshots.length, (cut.match(/"type":"snapshot".*\n/g) ?? []).length);
	}
});

test('a place that only a later version knows is unknown here', t => {
	const later = text.replaceAll('"place":"nic-ring"', '"place":"constructor"');
	const {snapshots} = readAll('f', later);
	t.deepEqual(
		lossesByPlace(allMoved(difference(snapshots[1]!.snapshot, snapshots[0]!.snapshot))).map(({place, count}) => [place, count]),
		[['unknown', 6]],
	);
});

test('a file longer than what is read at a time, with letters of several bytes at its seams', t => {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-recording-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'run.ndjson');
	const recorder = new Recorder(path, header);
	const name = 'ü€😀'.repeat(5000);
	for (let i = 0; i < 100; i++) recorder.write(snapshotLine(snapshot(i, {eth0: link([made(name, i + 1)])})));
	recorder.close();
	t.true(readFileSync(path).length > 3 << 20);
	const {snapshots} = readAll(path);
	t.is(snapshots.length, 100);
	t.true(snapshots.every(({snapshot: one}, i) => one.interfaces.get('eth0')?.counters[0]?.name === name && one.atSeconds === i));
});

test('a damaged line is named', t => {
	const lines = text.split('\n');
	const with4th = (line: string) => readAll('run.ndjson', [...lines.slice(0, 3), line, ''].join('\n'));
	for (const [line, why] of [
		['{"type":"snapshot"', /run\.ndjson, line 4: is no JSON/],
		['[1]', /line 4: is no object with a type/],
		['{"type":"snapshot","time":"x","atSeconds":1,"interfaces":{"a":{}},"cpus":[],"counters":[]}', /line 4: is no whole snapshot/],
	] as const)
		t.throws(() => with4th(line), {instanceOf: NetstressError, message: why});
	t.throws(() => readAll('x', ''), {message: /line 1: the file is empty/});
	t.throws(() => readAll('x', '{"type":"rec'), {message: /line 1: is not whole/});
	t.throws(() => readAll('x', '{"type":"snapshot"}\n'), {message: /line 1: has the type "snapshot" where a recording begins/});
	t.throws(() => readAll('x', '{"type":"recording","version":1,"host":"h"}\n'), {message: /line 1: does not say which command recorded it/});
	t.throws(() => readAll('x', '{"type":"recording","version":1,"run":"monitor","host":"h"}\n'), {message: /line 1: has no kernel/});
	t.throws(() => readAll('x', '{"type":"recording","version":99}\n'), {message: /version 99 .* up to 1: use a newer one/});
	t.throws(() => readAll('/nonexistent/file'), {message: /cannot read \/nonexistent\/file: ENOENT/});
});

test('a full disk ends the recording, not the run', t => {
	const recorder = new Recorder('/dev/full', header);
	t.regex(recorder.failure?.message ?? '', /^cannot record to \/dev\/full: the disk is full \(ENOSPC\)$/);
	t.notThrows(() => recorder.write(snapshotLine(first)));
	recorder.close();
	t.throws(() => new Recorder('/nonexistent/file', header), {message: /cannot record to \/nonexistent\/file: ENOENT/});
});

test("a ledger's recording says what it is and which command reads it", t => {
	const ledgers = `${JSON.stringify(recordingHeader('ledger', 'netstress 0'))}\n`;
	t.throws(() => readAll('a.ndjson', ledgers), {
		code: 'ERR_USAGE',
		message: 'a.ndjson was recorded by netstress ledger and has sides of runs in it, no snapshots; it is read with: netstress ledger --merge a.ndjson OTHER',
	});
	// one that a later command makes, with snapshots in it, is shown
	t.is(readAll('x', text.replace('"run":"monitor"', '"run":"later"')).snapshots.length, 2);
});

test('appending goes on behind what the same command has recorded, and behind nothing else', t => {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-recording-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'run.ndjson');
	const record = (run: string) => {
		const recorder = new Recorder(path, recordingHeader(run, 'netstress 0'), {append: true});
		recorder.write(snapshotLine(first));
		recorder.close();
	};
	record('monitor');
	record('monitor');
	t.deepEqual(
		readFileSync(path, 'utf8')
			.trim()
			.split('\n')
			.map(line => (JSON.parse(line) as {type: string}).type),
		['recording', 'snapshot', 'snapshot'],
	);
	const before = readFileSync(path, 'utf8');
	t.throws(() => record('ledger'), {code: 'ERR_USAGE', message: /was recorded by netstress monitor and netstress ledger does not write into it/});
	appendFileSync(path, '{"type":"snap');
	t.throws(() => record('monitor'), {code: 'ERR_IO', message: /ends in the middle of a line: .*; record to another file/});
	t.is(readFileSync(path, 'utf8'), `${before}{"type":"snap`);
	for (const other of ['{"name":"x"}\n', '\n', '\xd4\xc3\xb2\xa1']) {
		writeFileSync(path, other);
		t.throws(() => record('monitor'), {code: 'ERR_IO', message: /run\.ndjson, line 1: /});
		t.is(readFileSync(path, 'utf8'), other);
	}
	writeFileSync(path, '');
	record('ledger');
	t.is((JSON.parse(readFileSync(path, 'utf8').split('\n')[0] as string) as {run: string}).run, 'ledger');
});

test('a file without lines is given up in time', t => {
	t.throws(() => readAll('/dev/zero'), {code: 'ERR_IO', message: /\/dev\/zero, line 1: has no end/});
});

test('no text makes the reader throw anything but a clear error', t => {
	const json = fc.json().map(one => one.replaceAll('\n', ' '));
	holds(
		t,
		fc.property(fc.array(fc.oneof(json, fc.constantFrom(...text.trim().split('\n')), fc.string())), list => {
			try {
				readAll('f', `${JSON.stringify(header)}\n${list.join('\n')}\n`);
			} catch (error) {
				t.true(error instanceof NetstressError, String(error));
			}
		}),
	);
	holds(
		t,
		fc.property(fc.jsonValue(), value => {
			snapshotOf(value);
		}),
	);
});
