import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import test from 'ava';
import fc from 'fast-check';
import {textLines} from '../../src/monitor/lines.js';
import {openRecording, Recorder, recordingHeader, snapshotLine} from '../../src/monitor/recording.js';
import {Replay} from '../../src/top/replay.js';
import {dropSampleOf, sampleLines, samplesOf, storageTickOf, targetsOf} from '../../src/top/sample.js';
import {holds} from '../property.js';
import {runOf, sample, seconds} from './samples.js';

const header = recordingHeader('top', 'netstress 0', new Date(0));

function recorded(t: ExecutionContext, samples = seconds(5), cut = 0): string {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-top-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'run.ndjson');
	if (cut > 0) {
		const text = [header, ...samples.flatMap(one => [...sampleLines(one)])].map(line => `${JSON.stringify(line)}\n`).join('');
		writeFileSync(path, text.slice(0, -cut));
		return path;
	}
	const recorder = new Recorder(path, header);
	for (const one of samples) for (const line of sampleLines(one)) recorder.write(line);
	recorder.close();
	return path;
}

test('a recorded run shows what the run has shown', t => {
	const path = recorded(t);
	const replay = new Replay(path);
	const samples = [];
	for (let one = replay.next(); one !== undefined; one = replay.next()) samples.push(one);
	t.deepEqual(runOf(samples).frame(), runOf(seconds(5)).frame());
	t.false(replay.truncated);
});

test('a recording of monitor is a run without reasons and storage; its readers pass over ours', t => {
	const lines = seconds(3).map(({time, snapshot}) => JSON.stringify(snapshotLine(snapshot, new Date(time))));
	const text = `${[JSON.stringify(header), ...lines, '{"type":"later"}'].join('\n')}\n`;
	const samples = [...samplesOf(openRecording('f', textLines(text)).lines, 'f')];
	t.is(samples.length, 4);
	t.deepEqual([samples[0]?.drops, samples[0]?.storage, samples[0]?.targets], [undefined, undefined, undefined]);
	t.is(runOf(samples).frame()?.losses[0]?.count, 300);
	t.is([...openRecording(recorded(t)).snapshots].length, 6);
});

test('rewind gives the first reading again; one interface alone', t => {
	const replay = new Replay(recorded(t), 'lo');
	t.is(replay.header.run, 'top');
	const first = replay.next();
	replay.next();
	t.is(replay.taken, 2);
	replay.rewind();
	t.is(replay.taken, 0);
	t.deepEqual(replay.next(), first);
	t.deepEqual([...first!.snapshot.interfaces.keys()], ['lo']);
	t.deepEqual(replay.next()?.drops?.drops, []);
});

test('a recording that was cut off plays up to there', t => {
	const replay = new Replay(recorded(t, seconds(5), 30));
	let count = 0;
	while (replay.next() !== undefined) count++;
	t.is(count, 6);
	t.true(replay.truncated);
});

test('a damaged line is named', t => {
	for (const bad of ['{"type":"drops","source":"bpf"}', '{"type":"storage","ifaces":[1]}', '{"type":"targets"}']) {
		const text = `${JSON.stringify(header)}\n${JSON.stringify(snapshotLine(sample(1).snapshot))}\n${bad}\n`;
		const error = t.throws(() => [...samplesOf(openRecording('run.ndjson', textLines(text)).lines, 'run.ndjson')]);
		t.regex(error.message, /^run\.ndjson, line 3: is no whole line of (drops|storage|targets); /);
	}
});

test('a place that only a later version knows is unknown here', t => {
	const [, line] = [...sampleLines(sample(1))];
	const later = JSON.parse(JSON.stringify(line).replaceAll('"place":"socket"', '"place":"constructor"'));
	t.is(dropSampleOf(later)?.drops[0]?.place, 'unknown');
});

test('any object in a line: read or refused', t =>
	holds(
		t,
		fc.property(
			fc.dictionary(fc.constantFrom('source', 'drops', 'lostEvents', 'passedOver', 'ifaces', 'protocols', 'dropped', 'why', 'targets'), fc.jsonValue()),
			line => {
				for (const read of [dropSampleOf, storageTickOf, targetsOf]) read(line as Record<string, unknown>);
				return true;
			},
		),
	));

test('what cannot be played is said before a screen is taken', t => {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-top-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'run.ndjson');
	const play = (text: string) => {
		writeFileSync(path, text);
		return t.throws(() => new Replay(path));
	};
	t.regex(play(`${JSON.stringify(header)}\n`).message, /has no reading: whoever recorded it was stopped at once/);
	t.like(play(`${JSON.stringify({...header, run: 'ledger'})}\n`), {code: 'ERR_USAGE'});
	t.regex(play('').message, /the file is empty/);
});
