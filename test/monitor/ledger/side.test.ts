import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../../src/base/errors.js';
import {joinSides, matchSides} from '../../../src/monitor/ledger/join.js';
import {readSides} from '../../../src/monitor/ledger/side.js';
import {textLines} from '../../../src/monitor/lines.js';
import {recordingHeader} from '../../../src/monitor/recording.js';
import {holds} from '../../property.js';
import {anySides, moved, reason, recorded, sideFrom, sideTo} from './make.js';

const read = (text: string) => readSides('a.ndjson', textLines(text));
const from = sideFrom(10, {moved: [moved('tx_errors', 1, {place: 'driver-tx', scope: {iface: 'a'}})], reasons: [reason('from', 'qdisc', 2)]});
const to = sideTo(7, {reasons: undefined});

test('what is recorded is read again, lines of later types left out', t => {
	const {sides, truncated} = read(recorded(from, {type: 'later', what: 1}, to));
	t.deepEqual(JSON.parse(JSON.stringify(sides)), JSON.parse(JSON.stringify([from, to])));
	t.false(truncated);
	t.deepEqual(read(recorded()).sides, []);
});

test('a file that ends anywhere gives the sides that are whole, and says that it was cut off', t => {
	const text = recorded(from, to);
	for (let length = text.indexOf('\n') + 1; length <= text.length; length++) {
		const cut = text.slice(0, length);
		const {sides, truncated} = read(cut);
		t.is(sides.length, (cut.match(/"type":"side".*\n/g) ?? []).length);
		t.is(truncated, !cut.endsWith('\n'));
	}
});

/** The record with one member, `a.b` or `a`, replaced. */
function with_(record: object, path: string, value: unknown): object {
	const copy = JSON.parse(JSON.stringify(record)) as Record<string, unknown>;
	const words = path.split('.');
	const last = words.pop() as string;
	const inner = words.reduce((object, word) => object[word] as Record<string, unknown>, copy);
	inner[last] = value;
	return copy;
}

const faults: readonly (readonly [object, string, unknown, RegExp])[] = [
	[from, 'side', 'up', /the side "up" is neither from nor to/],
	[from, 'run', 'xyz', /there is no run/],
	[from, 'run', 7, /there is no run/],
	[from, 'host', undefined, /there is no host/],
	[from, 'driver', null, /there is no driver/],
	[from, 'sent', -1, /"sent" is no count/],
	[from, 'received', 1.5, /"received" is no count/],
	[from, 'unseen', '3', /"unseen" is no count/],
	[from, 'moved', {}, /no list of counters that moved/],
	[from, 'moved.0.value', -4, /no list of counters that moved/],
	[from, 'moved.0.alsoIn', 'rtnl:x', /no list of counters that moved/],
	[from, 'moved.0.scope', null, /no list of counters that moved/],
	[from, 'reasons', [null], /no list of drop reasons/],
	[from, 'reasons.0.side', 'between', /no list of drop reasons/],
	[from, 'reasons.0.symbol', 5, /no list of drop reasons/],
	[to, 'otherRuns', -1, /"otherRuns" is no count/],
	[from, 'monitor', undefined, /no word on the drop monitor/],
	[from, 'monitor.cannotSee', [1], /no word on the drop monitor/],
	[from, 'sender', undefined, /the sender's counts are missing/],
	[from, 'sender.refusals', {ENOBUFS: 'many'}, /the sender's counts are missing/],
	[to, 'receiver', undefined, /the receiver's counts are missing/],
	[to, 'receiver.kind', 'tcp', /the receiver's counts are missing/],
	[to, 'receiver.late', null, /the receiver's counts are missing/],
];

for (const [record, path, value, why] of faults) {
	test(`${path} = ${JSON.stringify(value)} is named with file and line`, t => {
		const error = t.throws(() => read(recorded({type: 'later'}, with_(record, path, value))), {instanceOf: NetstressError, code: 'ERR_IO'});
		t.regex(error.message, why);
		t.regex(error.message, /^a\.ndjson, line 3: .*; the file was changed after it was recorded, or is no recording: make one with netstress /);
	});
}

test('a place that only a later version knows is unknown here', t => {
	const text = recorded(from, to).replaceAll('"place":"driver-tx"', '"place":"constructor"').replaceAll('"place":"qdisc"', '"place":"warp"');
	const {sides} = read(text);
	t.deepEqual(
		sides.flatMap(side => [...side.moved, ...(side.reasons ?? [])].map(({place}) => place)),
		['unknown', 'unknown'],
	);
});

const otherKinds: Readonly<Record<string, readonly [string | Uint8Array, RegExp]>> = {
	'an empty file': ['', /line 1: the file is empty; .*: make one with netstress/],
	'an empty line': ['\n', /line 1: is no JSON/],
	'a side without a header': [`${JSON.stringify(from)}\n`, /line 1: has the type "side" where a recording begins/],
	'a pcap': [new Uint8Array([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, 10, 1, 2, 3]), /line 1: is no JSON/],
	'a pcap without an end of line': [new Uint8Array([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]), /line 1: is not whole/],
	'a pcapng': [new Uint8Array([0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0]), /line 1: is no JSON/],
	"a monitor's recording": [
		`${JSON.stringify(recordingHeader('monitor', 'netstress 0'))}\n`,
		/^\S+ was recorded by netstress monitor and has no sides of runs in it; it is read with: netstress monitor --replay \S+$/,
	],
	'a later version': [recorded(from).replace('"version":1', '"version":2'), /has version 2 of the format; this program reads up to 1: use a newer one/],
	'other NDJSON': ['{"name":"x"}\n', /line 1: is no object with a type/],
};

for (const [name, [bytes, why]] of Object.entries(otherKinds)) {
	test(`${name} is told apart`, t => {
		const folder = mkdtempSync(join(tmpdir(), 'netstress-side-'));
		t.teardown(() => rmSync(folder, {recursive: true}));
		const file = join(folder, 'x.ndjson');
		writeFileSync(file, bytes);
		const error = t.throws(() => readSides(file), {instanceOf: NetstressError});
		t.regex(error.message, why);
		t.true(error.message.startsWith(file), error.message);
	});
}

test('a folder and a file that is not there', t => {
	t.throws(() => readSides(tmpdir()), {code: 'ERR_IO', message: /cannot read .*: EISDIR/});
	t.throws(() => readSides('/nonexistent'), {code: 'ERR_IO', message: 'cannot read /nonexistent: ENOENT'});
});

/** Reads, and joins whatever was read: an error of ours that names the file or the runs, or a ledger that adds up. */
function readsOrSays(t: ExecutionContext, text: string): void {
	try {
		const {from: one, to: other} = matchSides(read(text).sides);
		const {sent, again, received, hops, unexplained} = joinSides(one, other);
		t.is(sent + again, received + hops.reduce((sum, hop) => sum + hop.count, 0) + unexplained);
	} catch (error) {
		t.true(error instanceof NetstressError, (error as Error).stack);
		t.regex((error as Error).message, /a\.ndjson|^no run|^run 1a2b was|have several runs/);
	}
}

test('any bytes and any lines: an error of ours or a ledger, never another exception', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 400}), bytes => readsOrSays(t, Buffer.from(bytes).toString('utf8'))),
	);
	const line = fc.oneof(
		fc.json().map(json => json.replaceAll('\n', ' ')),
		fc.string(),
		fc.constantFrom(JSON.stringify(from), JSON.stringify(to)),
		fc.jsonValue().map(value => JSON.stringify({...from, moved: value})),
		fc.jsonValue().map(value => JSON.stringify({...from, sender: value})),
		fc.jsonValue().map(value => JSON.stringify({...to, receiver: value, monitor: value})),
	);
	holds(
		t,
		fc.property(fc.array(line, {maxLength: 6}), lines => readsOrSays(t, `${recorded()}${lines.join('\n')}\n`)),
	);
});

test('a recording with bytes changed, lost or added: an error of ours or a ledger', t => {
	const change = fc.record({at: fc.nat(), byte: fc.nat(255), how: fc.constantFrom('set', 'flip', 'cut', 'add', 'drop')});
	holds(
		t,
		fc.property(anySides, fc.array(change, {minLength: 1, maxLength: 4}), (sides, changes) => {
			let bytes = Buffer.from(recorded(...sides));
			for (const {at, byte, how} of changes) {
				const i = at % Math.max(1, bytes.length);
				if (how === 'cut') bytes = bytes.subarray(0, i);
				else if (how === 'set') bytes[i] = byte;
				else if (how === 'flip') bytes[i] = (bytes[i] ?? 0) ^ (1 << (byte % 8));
				else bytes = Buffer.concat([bytes.subarray(0, i), ...(how === 'add' ? [Buffer.of(byte)] : []), bytes.subarray(i + (how === 'drop' ? 1 : 0))]);
			}
			readsOrSays(t, bytes.toString('utf8'));
		}),
	);
});

test('any member of a side replaced by any value: an error of ours or a ledger', t => {
	const paths = Object.keys(from).concat(
		'monitor.source',
		'monitor.cannotSee',
		'monitor.lostEvents',
		'sender.refusals',
		'sender.attempted',
		'moved.0.place',
		'reasons.0.place',
	);
	holds(
		t,
		fc.property(fc.constantFrom(...paths.filter(path => path !== 'type')), fc.jsonValue(), (path, value) =>
			readsOrSays(t, recorded(with_(from, path, value), to)),
		),
	);
});
