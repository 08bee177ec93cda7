// netstress capture between two hosts: what the sender says it sent is what the file holds plus what the summary says was dropped, to the frame.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {loadCap} from '../../../src/port/libpcap.js';
import {CaptureFileDecoder} from '../../../src/wire/capture-file.js';
import {fixtures} from '../../golden.js';
import {need, skip} from '../need.js';
import {netstress, root} from '../program.js';

const program = join(root, 'dist/tools/netstress.js');
const replayed = `${fixtures}captures/aoe-vblade-mtu1500.pcap`;
const framesOfReplay = 304;
const aoe = 'ether proto 0x88a2';

const records = (path: string) => {
	const decoder = new CaptureFileDecoder();
	decoder.push(readFileSync(path));
	const list: Array<{bytes: string; direction: number | undefined}> = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
		list.push({bytes: Buffer.from(record.bytes).toString('hex'), direction: record.direction});
	}
	return {list, truncated: decoder.finish()};
};
const original = () => records(replayed).list.map(({bytes}) => bytes);

async function twoHosts(t: ExecutionContext) {
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b'], mtu: 1500}]}, {prefix: `netstress-c${process.pid}`});
	t.teardown(() => lab.close());
	return {lab, a: lab.host('a'), b: lab.host('b'), file: join(lab.folder, 'frames.pcapng')};
}

/** Starts a capture and resolves when it keeps frames; `finished` gives its outcome. */
async function capture(
	t: ExecutionContext,
	host: LabHost,
	args: readonly string[],
	command: readonly string[] = [process.execPath, program, 'capture', '-i', host.iface],
) {
	const [file = '', ...words] = [...command, ...args];
	const child = host.spawn(file, words, {stdio: ['ignore', 'pipe', 'pipe']});
	t.teardown(() => void child.kill('SIGKILL'));
	let [stdout, stderr] = ['', ''];
	const finished = new Promise<{status: number | null; stdout: string; stderr: string}>(resolve =>
		child.on('close', status => resolve({status, stdout, stderr})),
	);
	child.stdout!.setEncoding('latin1').on('data', text => {
		stdout += text;
	});
	await new Promise<void>((resolve, reject) => {
		child.stderr!.on('data', text => {
			stderr += String(text);
			if (stderr.includes('capturing on')) resolve();
		});
		void finished.then(({stderr}) => reject(new Error(stderr)));
	});
	return {child, finished};
}

const replay = (host: LabHost, loops: number) => host.run('tcpreplay', ['-q', '-i', host.iface, '--topspeed', '--loop', String(loops), replayed]);
const summaryOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>;

test.serial('every frame that was sent is in the file, byte for byte, and other programs read it', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump', 'tshark', 'capinfos']})) return;
	const {a, b, file} = await twoHosts(t);
	const {child, finished} = await capture(t, b, ['-f', aoe, '-w', file, '--json']);
	const sent = await replay(a, 100);
	t.is(sent.status, 0, sent.stderr);
	await new Promise(resolve => setTimeout(resolve, 500));
	child.kill('SIGINT');
	const {status, stdout} = await finished;
	t.is(status, 0);
	const summary = summaryOf(stdout);
	t.is(summary.captured! + summary.dropped!, 100 * framesOfReplay);
	t.is(summary.written, summary.captured);
	const {list, truncated} = records(file);
	t.is(truncated, undefined);
	t.is(list.length, summary.written!);
	if (summary.dropped === 0)
		t.deepEqual(
			list.slice(0, framesOfReplay).map(({bytes}) => bytes),
			original(),
		);
	t.true(list.every(({direction}) => direction === 1));
	const info = execFileSync('capinfos', ['-M', file], {encoding: 'utf8'});
	t.regex(info, new RegExp(`Number of packets: +${summary.written}`));
	t.regex(info, /Capture application: netstress/);
	t.regex(info, /Number of stat entries = 1/);
	t.log(`${summary.captured} captured, ${summary.dropped} dropped of ${100 * framesOfReplay}`);
});

test.serial('with a ring too small for the load, kept and dropped still add up', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump']})) return;
	const {a, b, file} = await twoHosts(t);
	const {child, finished} = await capture(t, b, ['-f', aoe, '-w', file, '--json', '--ring-size', '512KiB']);
	await replay(a, 200);
	await new Promise(resolve => setTimeout(resolve, 500));
	child.kill('SIGINT');
	const summary = summaryOf((await finished).stdout);
	t.is(summary.captured! + summary.dropped!, 200 * framesOfReplay);
	t.is(records(file).list.length, summary.written!);
	t.log(`${summary.captured} captured, ${summary.dropped} dropped of ${200 * framesOfReplay}`);
});

test.serial('own frames are captured as outgoing, and a count stops the capture', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump']})) return;
	const {a, file} = await twoHosts(t);
	const {finished} = await capture(t, a, ['-f', aoe, '-w', file, '--json', '-n', '300']);
	await replay(a, 1);
	const {status, stdout} = await finished;
	t.is(status, 0);
	t.like(summaryOf(stdout), {captured: 300, written: 300});
	const {list} = records(file);
	t.is(list.length, 300);
	t.true(list.every(({direction}) => direction === 2));
});

test.serial('without a file the frames are shown, and a duration stops the capture', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump']})) return;
	const {a, b} = await twoHosts(t);
	const {finished} = await capture(t, b, ['-f', aoe, '-D', '2s', '--json']);
	await replay(a, 1);
	const lines = (await finished).stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as {type: string; protocols?: string});
	t.is(lines.filter(({type}) => type === 'frame').length, framesOfReplay);
	t.is(lines[0]?.protocols, 'eth:ethertype:aoe');
	t.is(lines.at(-1)?.type, 'summary');
});

test.serial('into a pipe: another program reads along', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump', 'tshark']})) return;
	const {a, b} = await twoHosts(t);
	const shell = `"$0" "$@" -w - -D 3s | tshark -r - -T fields -e frame.number 2>/dev/null | tail -1`;
	const {finished} = await capture(t, b, ['-f', aoe], ['sh', '-c', shell, process.execPath, program, 'capture', '-i', b.iface]);
	await replay(a, 10);
	t.is((await finished).stdout.trim(), String(10 * framesOfReplay));
});

test.serial('a tag that the kernel takes out of a frame is back in its place', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay']})) return;
	const {a, b, file} = await twoHosts(t);
	// the last frame has a tag; the kernel moves it beside the frame before it is captured (skb_vlan_untag, net/core/dev.c)
	const tagged = `${fixtures}aoe/extensions.pcap`;
	const {finished} = await capture(t, b, ['-w', file, '-D', '2s']);
	await a.run('tcpreplay', ['-q', '-i', a.iface, tagged]);
	await finished;
	const captured = records(file).list.map(({bytes}) => bytes);
	for (const {bytes} of records(tagged).list) t.true(captured.includes(bytes), bytes.slice(0, 80));
	t.true(captured.some(bytes => bytes.slice(24, 32) === '8100a02a'));
});

test.serial('a full disk: a clear error, the summary all the same, and a file that ends on a whole frame', async t => {
	if (!need(t, {root: true, programs: ['tcpreplay', 'tcpdump', 'tshark']})) return;
	const {a, b, lab} = await twoHosts(t);
	// ip netns exec gives the shell a mount namespace of its own: the small file system is gone when it ends
	const shell = 'mount -t tmpfs -o size=2m tmpfs "$1" && "$0" "$2" capture -i "$3" -w "$1/full.pcapng" --json; echo "status $?"; cp "$1/full.pcapng" "$4"';
	const folder = join(lab.folder, 'small');
	await b.run('mkdir', ['-p', folder]);
	const copy = join(lab.folder, 'copy.pcapng');
	const {finished} = await capture(t, b, [], ['sh', '-c', shell, process.execPath, folder, program, b.iface, copy]);
	await replay(a, 50);
	const {stdout, stderr} = await finished;
	const lines = stdout.trim().split('\n');
	t.is(lines.at(-1), 'status 1');
	t.regex(stderr, /cannot write .*full\.pcapng: ENOSPC; free space or write elsewhere/);
	const summary = JSON.parse(lines.at(-2)!) as Record<string, number>;
	t.true(summary.written! > 0 && summary.written! < summary.captured!);
	const {list, truncated} = records(copy);
	t.is(truncated, undefined);
	t.is(list.length, summary.written!);
	t.is(execFileSync('tshark', ['-r', copy, '-T', 'fields', '-e', 'frame.number'], {encoding: 'utf8'}).trim().split('\n').length, summary.written!);
});

test.serial('an interface that goes away ends the capture with an error and the summary', async t => {
	if (!need(t, {root: true})) return;
	const {b, file} = await twoHosts(t);
	const {finished} = await capture(t, b, ['-w', file, '--json']);
	await b.run('ip', ['link', 'del', b.iface]);
	const {status, stdout, stderr} = await finished;
	t.is(status, 1);
	t.regex(stderr, /has gone away while its frames were captured/);
	t.is(summaryOf(stdout).dropped, 0);
});

test.serial('what cannot be: a filter with an error, an interface that is not there, a file that cannot be made, two outputs in one', async t => {
	if (!need(t, {root: true, programs: ['tcpdump']})) return;
	const {b} = await twoHosts(t);
	const run = (...args: string[]) => b.run(process.execPath, [program, 'capture', ...args]);
	t.like(await run('-i', b.iface, '-f', 'ether protto 1'), {status: 2});
	t.regex((await run('-i', 'nothere')).stderr, /no interface nothere/);
	t.regex((await run('-i', b.iface, '-w', '/nosuchfolder/x')).stderr, /cannot write \/nosuchfolder\/x: ENOENT; the folder does not exist/);
	t.regex((await run('-i', b.iface, '-w', '-', '--json')).stderr, /both want standard output/);
	t.is((await netstress(['capture'], {})).status, 2);
});

test.serial('the libpcap port sends and receives', async t => {
	if (!need(t, {root: true})) return;
	try {
		await loadCap();
	} catch (error) {
		skip(t, (error as Error).message);
		return;
	}
	const {a, b} = await twoHosts(t);
	const script = (host: LabHost) => `
		import {openLibpcap} from '${root}dist/src/port/libpcap.js';
		const port = await openLibpcap('${host.iface}', {mac: new Uint8Array(6), mtu: 1500, filter: 'ether proto 0x88b5'});`;
	const receiver = `${script(b)}
		console.error('capturing on');
		let seen = [];
		while (seen.length < 100 && (await port.ready(5000))) port.receive((view, at, length) => seen.push(length + ':' + view.getUint8(at + 20)), 100);
		console.log(JSON.stringify({seen, counters: port.counters}));
		port.close();`;
	const sender = `${script(a)}
		for (let i = 0; i < 100; i++) {
			const at = port.reserve();
			port.transmitBytes.fill(0, at, at + 60);
			port.transmitBytes.fill(0xff, at, at + 6);
			port.transmitView.setUint16(at + 12, 0x88b5);
			port.transmitBytes[at + 20] = i;
			port.commit(60);
		}
		console.log(port.flush());
		port.close();`;
	const {finished} = await capture(t, b, [], [process.execPath, '--input-type=module', '-e', receiver]);
	const sent = await a.run(process.execPath, ['--input-type=module', '-e', sender]);
	t.is(sent.stdout.trim(), '100', sent.stderr);
	const {seen, counters} = JSON.parse((await finished).stdout) as {seen: string[]; counters: Record<string, number>};
	t.deepEqual(
		seen,
		Array.from({length: 100}, (_, i) => `60:${i}`),
	);
	t.like(counters, {received: 100, receivedBytes: 6000, receiveDropped: 0});
});
