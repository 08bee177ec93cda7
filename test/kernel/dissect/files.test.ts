// Capture files of every form: what we write tshark reads, and what its tools write we read, to the nanosecond.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../../../src/wire/pcap.js';
import {PcapngEncoder} from '../../../src/wire/pcapng-write.js';
import {concat} from '../../build.js';
import {corpus} from '../../fuzz/corpus.js';
import {fixtures} from '../../golden.js';
import {need} from '../need.js';
import {netstress} from '../program.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-files-'));
test.after.always(() => rmSync(folder, {recursive: true}));

const columns = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_name', 'frame.comment', 'eth.type', 'frame.protocols'];
const wanted = ['-T', 'fields', ...columns.flatMap(name => ['-e', name])];
const tshark = (path: string) => execFileSync('tshark', ['-n', '-r', path, ...wanted], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});

const frames = corpus.find(({name}) => name === 'aoe/vblade')!.frames;
const timeOf = (i: number) => 1_795_195_326_041_782_123n + BigInt(i) * 1_000_000_007n;

for (const little of [true, false]) {
	test(`pcapng, ${little ? 'little' : 'big'} endian, two interfaces, comments, cut frames: tshark reads what we write, as we do`, async t => {
		if (!need(t, {programs: ['tshark']})) return;
		const encoder = new PcapngEncoder(little);
		const packets = frames.map((frame, i) =>
			encoder.packet({
				interface: i & 1,
				bytes: frame.subarray(0, i === 3 ? 40 : frame.length),
				length: frame.length,
				time: timeOf(i),
				direction: 1 + (i & 1),
				comments: i === 2 ? ['dropped by nobody'] : [],
			}),
		);
		const interfaces = ['eth0', 'eth1'].map(name => encoder.interface({name, linkType: 1, snapLength: 0, filter: 'ether proto 0x88a2'}));
		const statistics = encoder.statistics({interface: 0, time: timeOf(9), start: timeOf(0), end: timeOf(9), received: 8, dropped: 0, delivered: 8});
		const path = join(folder, `${little}.pcapng`);
		writeFileSync(path, concat(encoder.section('netstress'), ...interfaces, ...packets, statistics));
		const theirs = tshark(path);
		t.is(theirs.trim().split('\n').length, frames.length);
		t.is((await netstress(['dissect', '-r', path, ...wanted])).stdout, theirs);
	});

	for (const tick of [1000, 1] as const) {
		test(`pcap, ${little ? 'little' : 'big'} endian, ${tick === 1 ? 'nano' : 'micro'}seconds: tshark reads what we write, as we do`, async t => {
			if (!need(t, {programs: ['tshark']})) return;
			const format: PcapFormat = {tick, littleEndian: little, snapLength: 65_535, linkType: 1};
			const path = join(folder, `${little}-${tick}.pcap`);
			writeFileSync(path, concat(encodePcapHeader(format), ...frames.map((frame, i) => encodePcapRecord(format, frame, timeOf(i)))));
			const theirs = tshark(path);
			t.is(theirs.trim().split('\n').length, frames.length);
			t.is((await netstress(['dissect', '-r', path, ...wanted])).stdout, theirs);
		});
	}
}

for (const form of ['pcapng', 'nsecpcap', 'pcap']) {
	test(`what editcap writes as ${form} reads the same, also from standard input`, async t => {
		if (!need(t, {programs: ['tshark', 'editcap']})) return;
		const path = join(folder, `converted.${form}`);
		execFileSync('editcap', ['-F', form, `${fixtures}captures/iscsi-tgt.pcap`, path], {stdio: 'ignore'});
		const theirs = tshark(path);
		t.is((await netstress(['dissect', '-r', path, ...wanted])).stdout, theirs);
		const piped = execFileSync('sh', ['-c', '"$0" "$@" < "$FILE"', process.execPath, 'dist/tools/netstress.js', 'dissect', ...wanted], {
			encoding: 'utf8',
			cwd: join(fixtures, '..'),
			env: {...process.env, FILE: path},
		});
		t.is(piped, theirs);
		t.true(readFileSync(path).length > 100_000);
	});
}
