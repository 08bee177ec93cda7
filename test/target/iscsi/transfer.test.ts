import test from 'ava';
import fc from 'fast-check';
import {seeded} from '../../../src/base/random.js';
import {digest} from '../../../src/wire/iscsi-digest.js';
import {opcode} from '../../../src/wire/iscsi-names.js';
import {holds} from '../../property.js';
import {type Bench, bench, type Client, loggedIn, pduOf, type Reply} from './bench.js';

const cdb = (operation: number, lba: number, blocks: number) => {
	const bytes = Buffer.alloc(16);
	bytes[0] = operation;
	bytes.writeUInt32BE(lba, 2);
	bytes.writeUInt16BE(blocks, 7);
	return bytes.toString('hex');
};
const reads = (lba: number, blocks: number) => cdb(0x28, lba, blocks);
const writes = (lba: number, blocks: number) => cdb(0x2a, lba, blocks);

/** Data-Out for a run of a command's data. */
const dataOut = (tag: number, ttt: number, dataSn: number, offset: number, data: Uint8Array, final = true) =>
	pduOf(view => {
		view.setUint8(0, opcode.dataOut);
		view.setUint8(1, final ? 0x80 : 0);
		view.setUint32(4, data.length);
		view.setUint32(16, tag);
		view.setUint32(20, ttt);
		view.setUint32(36, dataSn);
		view.setUint32(40, offset);
	}, data);

const statusOf = (reply: Reply) => reply.view.getUint8(3);
const senseOf = (reply: Reply) => ({key: reply.data[4]! & 0x0f, code: reply.data[14]! * 256 + reply.data[15]!});

/** Joins Data-In PDUs and checks their numbers. */
function collect(t: {is: (a: unknown, b: unknown, message?: string) => unknown}, replies: readonly Reply[]): Buffer {
	let offset = 0;
	for (const [i, {opcode: code, view, data}] of replies.entries()) {
		t.is(code, opcode.dataIn);
		t.is(view.getUint32(36), i, 'DataSN');
		t.is(view.getUint32(40), offset, 'offset');
		t.is(view.getUint8(1) & 1, i === replies.length - 1 ? 1 : 0, 'S only at the end');
		offset += data.length;
	}
	return Buffer.concat(replies.map(({data}) => data));
}

test('a read comes in segments the initiator takes, with bursts marked and status in the last', t => {
	const from = bench();
	const client = loggedIn(from, [
		['MaxRecvDataSegmentLength', '4096'],
		['MaxBurstLength', '16384'],
	]);
	const replies = client.send(client.read(reads(3, 100), 51_200));
	t.is(replies.length, 13);
	t.deepEqual(collect(t, replies), Buffer.from(from.volume.bytes.subarray(1536, 1536 + 51_200)));
	t.deepEqual(
		replies.map(({view}) => (view.getUint8(1) & 0x80) !== 0),
		replies.map((_, i) => i === 3 || i === 7 || i === 11 || i === 12),
	);
	t.is(from.target.counters.readBytes, 51_200);
});

test('a read larger than any buffer goes out piece by piece and nothing else is kept', t => {
	const from = bench({size: 8 * 2 ** 20});
	const client = loggedIn(from, [['MaxRecvDataSegmentLength', '262144']]);
	client.connection.receive(client.read(reads(0, 16_384), 8 * 2 ** 20), 0);
	t.is(client.connection.backlog, 1);
	t.is(Buffer.compare(collect(t, client.take()), Buffer.from(from.volume.bytes)), 0);
	t.is(client.connection.backlog, 0);
});

for (const [expected, blocks, flags, residual] of [
	[1024, 4, 0x04, 1024],
	[4096, 4, 0x02, 2048],
	[2048, 4, 0x00, 0],
] as const) {
	test(`a read of ${blocks * 512} bytes where ${expected} are expected tells the residual`, t => {
		const client = loggedIn(bench());
		const [reply] = client.send(client.read(reads(0, blocks), expected));
		t.is(reply!.view.getUint8(1) & 0x06, flags);
		t.is(reply!.view.getUint32(44), residual);
		t.is(reply!.data.length, Math.min(expected, blocks * 512));
	});
}

test('padding is zero although the buffer was not', t => {
	const client = loggedIn(bench());
	client.connection.receive(client.read('120000000500', 5), 0);
	const buffer = new Uint8Array(0x1_0000).fill(0xa5);
	t.is(client.connection.pull(buffer, new DataView(buffer.buffer)), 56);
	t.deepEqual([...buffer.subarray(53, 56)], [0, 0, 0]);
});

test('a read without the R bit moves nothing', t => {
	const client = loggedIn(bench());
	const [reply, ...more] = client.send(client.command(reads(0, 1)));
	t.is(more.length, 0);
	t.is(reply!.opcode, opcode.scsiResponse);
	t.is(statusOf(reply!), 0);
	t.is(reply!.view.getUint8(1) & 0x06, 0x04);
	t.is(reply!.view.getUint32(44), 512);
});

test('a medium that fails in the middle of a read gives its sense after what was read', t => {
	const from = bench();
	const {volume} = from;
	const whole = volume.read;
	const client = loggedIn(from, [['MaxRecvDataSegmentLength', '4096']]);
	Object.assign(volume, {
		read: (into: Uint8Array, at: number, length: number, position: number) => (position >= 8192 ? 'medium' : whole(into, at, length, position)),
	});
	const replies = client.send(client.read(reads(0, 32), 16_384));
	t.is(replies.length, 3);
	const last = replies[2]!;
	t.is(last.opcode, opcode.scsiResponse);
	t.is(statusOf(last), 2);
	t.deepEqual(senseOf(last), {key: 3, code: 0x1100});
	t.is(last.view.getUint32(36), 2, 'ExpDataSN');
	t.is(client.connection.session?.tasks.size, 0);
});

const pattern = (length: number, seed = 1) => {
	const bytes = new Uint8Array(length);
	seeded(seed).fill(bytes);
	return bytes;
};

test('a write with all of its data immediate is one answer', t => {
	const from = bench();
	const client = loggedIn(from);
	const data = pattern(4096);
	const [reply] = client.send(client.write(writes(8, 8), 4096, data));
	t.is(reply!.opcode, opcode.scsiResponse);
	t.is(statusOf(reply!), 0);
	t.is(Buffer.compare(from.volume.bytes.subarray(4096, 8192), data), 0);
	t.is(from.target.counters.writtenBytes, 4096);
});

test('the rest of a write is asked for, one burst at a time and no more at once than agreed', t => {
	const from = bench();
	const client = loggedIn(from, [
		['MaxBurstLength', '4096'],
		['MaxOutstandingR2T', '2'],
	]);
	const data = pattern(16_384);
	const requests = client.send(client.write(writes(0, 32), 16_384, data.subarray(0, 2048)));
	t.is(requests.length, 2);
	const seen: number[] = [];
	for (let i = 0; requests.some(({opcode: code}) => code === opcode.r2t); i++) {
		const request = requests.shift()!;
		t.is(request.view.getUint32(36), i, 'R2TSN');
		const ttt = request.view.getUint32(20);
		const offset = request.view.getUint32(40);
		const length = request.view.getUint32(44);
		seen.push(offset);
		const half = length >> 1;
		requests.push(...client.send(dataOut(client.tag, ttt, 0, offset, data.subarray(offset, offset + half), false)));
		requests.push(...client.send(dataOut(client.tag, ttt, 1, offset + half, data.subarray(offset + half, offset + length))));
	}
	t.deepEqual(seen, [2048, 6144, 10_240, 14_336]);
	t.is(requests.length, 1);
	t.is(statusOf(requests[0]!), 0);
	t.is(requests[0]!.view.getUint32(36), 4, 'ExpDataSN counts the R2Ts');
	t.is(Buffer.compare(from.volume.bytes.subarray(0, 16_384), data), 0);
});

test('unsolicited data follows its command where InitialR2T is No', t => {
	const from = bench();
	const client = loggedIn(from, [
		['InitialR2T', 'No'],
		['FirstBurstLength', '8192'],
	]);
	const data = pattern(12_288);
	t.deepEqual(client.send(client.write(writes(0, 24), 12_288, data.subarray(0, 4096), {'scsicommand.F': 0})), []);
	const [request] = client.send(dataOut(client.tag, 0xffff_ffff, 0, 4096, data.subarray(4096, 8192)));
	t.is(request!.opcode, opcode.r2t);
	t.is(request!.view.getUint32(40), 8192);
	const [reply] = client.send(dataOut(client.tag, request!.view.getUint32(20), 0, 8192, data.subarray(8192)));
	t.is(statusOf(reply!), 0);
	t.is(Buffer.compare(from.volume.bytes.subarray(0, 12_288), data), 0);
});

const wrongs: ReadonlyArray<readonly [title: string, make: (client: Client, ttt: number) => Uint8Array]> = [
	['a wrong DataSN', (client, ttt) => dataOut(client.tag, ttt, 7, 0, pattern(512))],
	['a wrong offset', (client, ttt) => dataOut(client.tag, ttt, 0, 512, pattern(512))],
	['a wrong transfer tag', (client, ttt) => dataOut(client.tag, ttt + 1, 0, 0, pattern(512))],
	['more than was asked for', (client, ttt) => dataOut(client.tag, ttt, 0, 0, pattern(1024))],
	['F too early', (client, ttt) => dataOut(client.tag, ttt, 0, 0, pattern(256))],
	['unsolicited data that nobody agreed to', client => dataOut(client.tag, 0xffff_ffff, 0, 0, pattern(512))],
];
for (const [title, make] of wrongs) {
	test(`a Data-Out with ${title} aborts its command, and the session goes on`, t => {
		const from = bench();
		const before = from.volume.bytes.slice(512);
		const client = loggedIn(from);
		const [request] = client.send(client.write(writes(0, 1), 512));
		const [reply] = client.send(make(client, request!.view.getUint32(20)));
		t.is(statusOf(reply!), 2);
		t.is(senseOf(reply!).key, 0x0b);
		t.is(Buffer.compare(from.volume.bytes.subarray(512), before), 0);
		t.is(client.send(client.read(reads(0, 1), 512))[0]!.data.length, 512);
	});
}

test('Data-Out for no task is ignored', t => {
	const from = bench();
	const client = loggedIn(from);
	t.deepEqual(client.send(dataOut(99, 1, 0, 0, pattern(512))), []);
	t.is(from.target.counters.ignored, 1);
});

test('FUA reaches the volume as a flush before the status, a plain write does not', t => {
	const from = bench();
	const client = loggedIn(from);
	client.send(client.write(writes(0, 1), 512, pattern(512)));
	t.is(from.volume.counters.flushes, 0);
	client.send(client.write(`2a08${writes(0, 1).slice(4)}`, 512, pattern(512)));
	t.is(from.volume.counters.flushes, 1);
	client.send(client.read(`2808${reads(0, 1).slice(4)}`, 512));
	t.is(from.volume.counters.flushes, 2);
	client.send(client.command(`35${'00'.repeat(15)}`));
	t.is(from.volume.counters.flushes, 3);
});

test('an LBA past the end and a write-protected unit are told before any data is asked for', t => {
	const from = bench();
	const client = loggedIn(from);
	const [past] = client.send(client.write(writes(2047, 2), 1024));
	t.deepEqual(senseOf(past!), {key: 5, code: 0x2100});
	const protectedBench = bench({unit: {readOnly: true}});
	const other = loggedIn(protectedBench);
	const [refused] = other.send(other.write(writes(0, 1), 512, pattern(512)));
	t.deepEqual(senseOf(refused!), {key: 7, code: 0x2700});
	t.is(from.volume.counters.writes + protectedBench.volume.counters.writes, 0);
});

test('digests cover every PDU once the login is over', t => {
	const from = bench();
	const client = from.connect();
	client.login([
		['HeaderDigest', 'CRC32C'],
		['DataDigest', 'CRC32C'],
	]);
	client.connection.ping(0);
	// the client's framer checks both digests of what comes
	t.is(client.take()[0]?.opcode, opcode.nopIn);
	const command = client.command('000000000000');
	const crc = new Uint8Array(4);
	new DataView(crc.buffer).setUint32(0, digest(command, 0, 48), true);
	const [attention] = client.send(command, crc);
	t.is(senseOf(attention!).code, 0x2900);
	crc[0]! ^= 1;
	t.deepEqual(client.send(client.command('000000000000'), crc), []);
	t.true(client.connection.ending, 'a header that cannot be trusted ends the connection');
	t.is(from.target.counters.digestErrors, 1);
});

/** Runs random reads and writes against a model, the stream cut at random. */
function simulate(from: Bench, client: Client, seed: number, steps: number): boolean {
	const random = seeded(seed);
	const model = from.volume.bytes.slice();
	const blocks = from.volume.size / 512;
	for (let i = 0; i < steps; i++) {
		const count = 1 + random.below(64);
		const lba = random.below(blocks - count + 1);
		const length = count * 512;
		const cut = (bytes: Uint8Array) => {
			const at = random.below(bytes.length + 1);
			return [bytes.subarray(0, at), bytes.subarray(at)];
		};
		if (random.chance(0.5)) {
			const replies = client.send(...cut(client.read(reads(lba, count), length)));
			if (Buffer.compare(Buffer.concat(replies.map(({data}) => data)), model.subarray(lba * 512, lba * 512 + length)) !== 0) return false;
			continue;
		}
		const data = pattern(length, i + seed);
		const immediate = random.below(Math.min(length, client.connection.session?.agreed.firstBurst ?? 0) + 1);
		let replies = client.send(...cut(client.write(writes(lba, count), length, data.subarray(0, immediate))));
		while (replies[0]?.opcode === opcode.r2t) {
			const {view} = replies[0];
			const offset = view.getUint32(40);
			replies = client.send(...cut(dataOut(client.tag, view.getUint32(20), 0, offset, data.subarray(offset, offset + view.getUint32(44)))));
		}
		if (replies.length !== 1 || statusOf(replies[0]!) !== 0) return false;
		model.set(data, lba * 512);
	}
	return Buffer.compare(model, from.volume.bytes) === 0;
}

test('random reads and writes, the stream cut anywhere, match a model in memory', t => {
	holds(
		t,
		fc.property(fc.nat(), fc.constantFrom('512', '4096', '65536'), fc.constantFrom('512', '10240', '262144'), (seed, segment, burst) => {
			const from = bench({size: 2 ** 18});
			const client = loggedIn(from, [
				['MaxRecvDataSegmentLength', segment],
				['MaxBurstLength', burst],
			]);
			return simulate(from, client, seed, 20);
		}),
		{numRuns: 40},
	);
});
