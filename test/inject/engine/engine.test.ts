import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {NetstressError} from '../../../src/base/errors.js';
import {type Circumstances, chooseEngine} from '../../../src/inject/engine/choose.js';
import {openFilePort} from '../../../src/inject/engine/file-port.js';
import {imageOf} from '../../../src/inject/engine/image.js';
import {portSender} from '../../../src/inject/engine/port-sender.js';
import {Departures} from '../../../src/inject/engine/truth.js';
import {generatorProgram} from '../../../src/inject/engine/xdp-program.js';
import {compileTemplate} from '../../../src/inject/frames/compile.js';
import {inject} from '../../../src/inject/inject.js';
import {combinePaces, type PaceReport} from '../../../src/inject/schedule/record.js';
import {steady} from '../../../src/inject/schedule/schedule.js';
import {VirtualTime} from '../../../src/inject/schedule/timekeeper.js';
import {openCaptureFile} from '../../../src/port/capfile.js';
import {assemble} from '../../../src/sys/bpf-assembler.js';
import {CaptureFileDecoder} from '../../../src/wire/capture-file.js';
import {stamp, stampCheck} from '../../../src/wire/stamp.js';

const usual: Circumstances = {asked: 'auto', linux: true, pps: 1e6, alike: true, longest: 60, xdpMost: 3392, xdpMissing: () => undefined};

test('auto: xdp where it pays and can be, and a reason for everything else', t => {
	const choose = (other: Partial<Circumstances>) => chooseEngine({...usual, ...other});
	t.is(choose({}).engine, 'xdp');
	t.like(choose({pps: 1000}), {engine: 'packet', reason: '1000 frames/s need nothing faster'});
	t.like(choose({alike: false}), {engine: 'packet', reason: 'the frames differ in more than a stamp'});
	t.is(choose({longest: 9014}).engine, 'packet');
	t.like(choose({xdpMissing: () => 'no bpf'}), {engine: 'packet', reason: 'no bpf'});
	t.is(choose({linux: false}).engine, 'pcap');
	t.like(choose({asked: 'pcap'}), {engine: 'pcap', reason: 'asked for'});
	t.notThrows(() => choose({pps: 5, xdpMissing: () => t.fail('asked without need') as never}));
});

test('what left is what counters say: the interface’s, or the driver’s own for XDP where it has one; never negative', async t => {
	const counters = {
		sent: 100,
		driver: new Map([
			['tx_queue_0_xdp_xmit', 10],
			['tx_queue_1_xdp_xmit', 5],
			['tx_queue_0_xdp_xmit_errors', 3],
			['rx_queue_0_xdp_drops', 8],
		]),
	};
	const reader = {sent: () => counters.sent, driver: () => counters.driver};
	const [packet, xdp] = [new Departures(reader, false), new Departures(reader, true)];
	const other = new Departures({...reader, driver: () => new Map([['rx_packets', 4]])}, true);
	counters.sent += 7;
	counters.driver = new Map([...counters.driver, ['tx_queue_0_xdp_xmit', 30], ['tx_queue_0_xdp_xmit_errors', 99]]);
	t.deepEqual([packet.now(), xdp.now(), other.now()], [7, 20, 7]);
	t.deepEqual([packet.counter, xdp.counter, other.counter], ['tx_packets', 'xdp_xmit', 'tx_packets']);
	t.is(await xdp.settled(20), 20);
	t.is(await xdp.settled(21, 0), 20, 'what does not come is not waited for without end');
	counters.sent = 0;
	t.is(packet.now(), 0);
});

test('a stamp that is written again is the one that is written in full', t => {
	const options = {run: 5, stream: 6, source: Uint8Array.of(2, 0, 0, 0, 0, 1), destination: Uint8Array.of(2, 0, 0, 0, 0, 2), seed: 1};
	const [full, again] = [compileTemplate('vlan(id=5)/stamp', options), compileTemplate('vlan(id=5)/stamp', options)];
	const image = again.image!;
	t.is(image.stampAt, 18);
	const [a, b] = [new Uint8Array(100), new Uint8Array(100)];
	b.set(image.bytes);
	for (let i = 0; i < 300; i++) {
		const now = performance.now() + i * 20; // over the boundary of 2^32 ns
		full.write(a, new DataView(a.buffer), 0, now);
		image.renew!(new DataView(b.buffer), 0, now);
		const [x, y] = [stamp.decode(new DataView(a.buffer), 18), stamp.decode(new DataView(b.buffer), 18)];
		t.is(y.check, stampCheck(new DataView(b.buffer), 18));
		t.is(y.sequence, BigInt(i));
		// each program has a clock of its own, made a moment apart
		t.true(Math.abs(Number(x.time - y.time)) < 1e6);
		t.like(y, {run: 5, stream: 6, length: x.length});
	}
});

test('frames have one image when nothing but their stamp changes', t => {
	for (const template of ['stamp', 'vlan(id=5)/stamp', 'mpls(label=7)/stamp', 'eth/payload(46)']) t.truthy(imageOf(compileTemplate(template)), template);
	for (const template of [
		'ip4(dst=192.0.2.1)/udp(dport=9)/stamp',
		'vlan(id=inc(1,9))/stamp',
		'eth(da=list(02:00:00:00:00:01,02:00:00:00:00:02))/payload(46)',
		'size(64-100)/stamp',
	])
		t.is(imageOf(compileTemplate(template)), undefined, template);
});

test('the generator is a whole program, with and without a stamp', t => {
	for (const at of [undefined, 14, 18]) {
		const code = assemble(generatorProgram(new Uint8Array(100), at, 3, 9));
		t.is(code[code.length - 8], 0x95, 'ends with exit');
		t.is(code.includes(0x85), true);
	}
});

for (const name of ['out.pcap', 'out.pcapng']) {
	test(`${name}: frames at the times of the schedule, without waiting`, async t => {
		const folder = mkdtempSync(join(tmpdir(), 'netstress-file-'));
		t.teardown(() => rmSync(folder, {recursive: true}));
		const path = join(folder, name);
		const time = new VirtualTime();
		const port = openFilePort(path, 60, () => 1_700_000_000_000_000_000n + BigInt(Math.round(time.now() * 1e6)));
		const hour = 3_600_000;
		const {accepted} = await inject(portSender(port), [{source: compileTemplate('stamp'), schedule: steady(1, {count: 3601})}], {
			signal: new AbortController().signal,
			time,
		});
		port.close();
		t.is(accepted, 3601);
		const decoder = new CaptureFileDecoder();
		decoder.push(new Uint8Array(readFileSync(path)));
		let last: bigint | undefined;
		let frames = 0;
		for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
			frames++;
			last = record.time;
		}
		t.is(frames, 3601);
		t.is(last, 1_700_000_000_000_000_000n + BigInt(hour) * 1_000_000n);
		t.true(openCaptureFile(path).name === path);
	});
}

test('a file that cannot be written says so', t => {
	t.throws(() => openFilePort('/nowhere/at/all.pcap', 60, () => 0n), {instanceOf: NetstressError, code: 'ERR_IO', message: /all\.pcap: ENOENT/});
});

test('paces of several senders add up, and frames that did not leave count against them', t => {
	const report = (pps: number, late: number): PaceReport => ({askedPps: pps, achievedPps: pps, errorPercent: 0, worstLatenessUs: late, skipped: 1});
	t.deepEqual(combinePaces([report(100, 5), report(300, 9)]), {askedPps: 400, achievedPps: 400, errorPercent: 0, worstLatenessUs: 9, skipped: 2});
	const half = combinePaces([report(100, 5)], 0.5);
	t.is(half.achievedPps, 50);
	t.is(half.errorPercent, -50);
	t.is(combinePaces([{...report(1, 1), askedPps: undefined}]).errorPercent, undefined);
});

test('a sender that cannot keep up says so: what was skipped belongs to what was asked', async t => {
	// every frame takes 2 ms of a time that has room for one each millisecond
	const time = new VirtualTime();
	const file = openFilePort('/dev/null', 60, () => 0n);
	let made = 0;
	const port = {
		...file,
		commit(length: number) {
			made++;
			file.commit(length);
		},
		flush() {
			time.advanceTo(time.now() + 2 * made);
			made = 0;
			return 0;
		},
	};
	const {pace, attempted} = await inject(portSender(port), [{source: compileTemplate('stamp'), schedule: steady(1000, {seconds: 1})}], {
		signal: new AbortController().signal,
		time,
	});
	t.true(attempted < 560, `${attempted}`);
	t.is(attempted + pace.skipped, 1000);
	t.is(Math.round(pace.askedPps!), 1000);
	t.true(pace.errorPercent! < -40 && pace.errorPercent! > -60, `${pace.errorPercent}`);
	t.true(pace.worstLatenessUs! > 100_000);
});
