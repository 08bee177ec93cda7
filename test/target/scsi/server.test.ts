import test from 'ava';
import fc from 'fast-check';
import {lunAddress, lunNumber} from '../../../src/target/scsi/unit.js';
import {blockLimits, capacity16, inquiryData} from '../../../src/wire/scsi-data.js';
import {holds} from '../../property.js';
import {bench, data, told, viewOf} from './bench.js';

test('standard INQUIRY says what it is, and the allocation length cuts data but not the length in it', t => {
	const {run} = bench();
	const whole = data(t, run('12000000ff00'));
	t.is(whole.length, 96);
	t.like(inquiryData.decode(viewOf(whole)), {
		'inquiry.devtype': 0,
		'inquiry.version': 6,
		'inquiry.rdf': 2,
		'inquiry.add_len': 91,
		'inquiry.cmdque': 1,
		'inquiry.vendor_id': 'NETSTRES',
	});
	const cut = data(t, run('120000000500'));
	t.deepEqual(cut, whole.subarray(0, 5));
	t.is(data(t, run('120000000000')).length, 0);
});

test('every page that page 00 lists is there, with its length; others are an invalid field', t => {
	const {run} = bench();
	const listed = [...data(t, run('12010000ff00')).subarray(4)];
	t.deepEqual(listed, [0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2]);
	for (let page = 0; page < 256; page++) {
		const outcome = run(`1201${page.toString(16).padStart(2, '0')}00ff00`);
		if (!listed.includes(page)) {
			t.deepEqual(told(outcome), [2, 5, 0x2400]);
			continue;
		}
		const bytes = data(t, outcome);
		t.is(bytes[1], page);
		t.is(viewOf(bytes).getUint16(2), bytes.length - 4);
	}
	t.deepEqual(told(run('120080000000')), [2, 5, 0x2400]);
});

test('page 83 names unit, port and device; its NAA is locally assigned and its own', t => {
	const {run, volume} = bench();
	const page = data(t, run('12018300ff00'));
	const found: string[] = [];
	for (let at = 4; at < page.length; at += 4 + page[at + 3]!) found.push(`${page[at]! & 15}/${(page[at + 1]! >> 4) & 3}/${page[at + 1]! & 15}`);
	t.deepEqual(found, ['1/0/3', '2/0/1', '1/1/4', '3/1/8', '3/2/8']);
	t.is(Buffer.from(page.subarray(8, 16)).toString('hex'), `3${volume.id.slice(1)}`);
});

test('capacities, also with 4096-byte blocks', t => {
	t.deepEqual([...data(t, bench().run('25'))], [0, 0, 7, 255, 0, 0, 2, 0]);
	const large = data(t, bench({blockSize: 4096}).run('9e10 0000000000000000 00000020'));
	t.like(capacity16.decode(viewOf(large)), {lba64_add: 255n, blocksize: 4096, lbppbe: 0, lbpme: 0});
	t.is(data(t, bench().run('9e10 0000000000000000 0000000c')).length, 12);
	t.deepEqual(told(bench().run('2500 00000001')), [2, 5, 0x2400]);
});

test('REPORT LUNS lists the units whatever LUN is asked, and refuses a length that holds none', t => {
	const {run} = bench();
	t.deepEqual([...data(t, run('a000 00000000 00000100', lunAddress(7)))], [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
	t.is(data(t, run('a000 01000000 00000100')).length, 8);
	t.deepEqual(told(run('a000 00000000 0000000f')), [2, 5, 0x2400]);
	t.deepEqual(told(run('a000 03000000 00000100')), [2, 5, 0x2400]);
});

test('a LUN that is not there answers INQUIRY and REQUEST SENSE, and refuses the rest', t => {
	const {run} = bench();
	const absent = lunAddress(3);
	t.is(data(t, run('120000002400', absent))[0], 0x7f);
	t.is(data(t, run('030000001200', absent))[2]! & 15, 5);
	t.deepEqual(told(run('00', absent)), [2, 5, 0x2500]);
	t.deepEqual(told(run('28', absent)), [2, 5, 0x2500]);
});

test('MODE SENSE has the caching, control and exceptions pages, says DPOFUA, and WP where it is so', t => {
	const {run} = bench();
	const all = data(t, run('1a003f00ff00'));
	t.is(all[0], all.length - 1);
	t.is(all[2], 0x10);
	t.is(all[3], 8);
	t.deepEqual([all[12]! & 0x3f, all[32]! & 0x3f, all[44]! & 0x3f], [0x08, 0x0a, 0x1c]);
	t.is(all[14]! & 4, 4, 'WCE');
	const ten = data(t, run('5a083f00 00000000 ff00'));
	t.is(viewOf(ten).getUint16(0), ten.length - 2);
	t.is(viewOf(ten).getUint16(6), 0);
	t.is(data(t, bench({readOnly: true}).run('1a000800ff00'))[2], 0x90);
	t.is(data(t, run('1a084800ff00'))[6]! & 4, 0, 'nothing is changeable');
	t.deepEqual(told(run('1a00c800ff00')), [2, 5, 0x3900]);
	t.deepEqual(told(run('1a000100ff00')), [2, 5, 0x2400]);
	t.deepEqual(told(run('1a000801ff00')), [2, 5, 0x2400]);
});

const forms: ReadonlyArray<readonly [name: string, read: string, write: string]> = [
	['6', '080000100400', '0a0000100400'],
	['10', '2800 00000010 00 0004 00', '2a00 00000010 00 0004 00'],
	['12', 'a800 00000010 00000004', 'aa00 00000010 00000004'],
	['16', '8800 0000000000000010 00000004', '8a00 0000000000000010 00000004'],
];
for (const [name, read, write] of forms) {
	test(`READ (${name}) and WRITE (${name}) mean the same run of the volume`, t => {
		const {run, volume} = bench();
		t.like(run(read), {kind: 'read', volume, position: 8192, length: 2048});
		t.like(run(write), {kind: 'write', volume, position: 8192, length: 2048, fua: false, mode: 'write'});
		t.deepEqual(told(bench({readOnly: true}).run(write)), [2, 7, 0x2700]);
	});
}

test('a length of 0 is 256 blocks in the six-byte form and nothing in the others', t => {
	const {run} = bench();
	t.like(run('080000000000'), {kind: 'read', length: 131_072});
	t.deepEqual(told(run('2800 00000000 00 0000 00')), [0, 0, 0]);
});

test('what lies past the end, is too long or asks for protection is refused before anything moves', t => {
	const {run, volume} = bench();
	t.deepEqual(told(run('2800 00000800 00 0001 00')), [2, 5, 0x2100]);
	t.deepEqual(told(run('2800 000007ff 00 0002 00')), [2, 5, 0x2100]);
	t.deepEqual(told(run('8800 ffffffffffffffff 00000002')), [2, 5, 0x2100]);
	t.deepEqual(told(run('8800 8000000000000000 00000001')), [2, 5, 0x2100]);
	t.deepEqual(told(bench({size: 2 ** 25}).run('8800 0000000000000000 00008001')), [2, 5, 0x2400]);
	t.deepEqual(told(run('2820 00000000 00 0001 00')), [2, 5, 0x2400]);
	t.deepEqual(told(run('2a20 00000000 00 0001 00')), [2, 5, 0x2400]);
	t.deepEqual(told(run('2800 00000000 00 0001 04')), [2, 5, 0x2400]);
	t.is(volume.counters.reads + volume.counters.writes, 0);
});

test('sense data points at the field', t => {
	const outcome = bench().run('1a000100ff00');
	t.is(outcome.kind, 'done');
	if (outcome.kind === 'done') t.deepEqual([...outcome.sense!.subarray(15)], [0xc0 | 8 | 5, 0, 2]);
});

test('VERIFY reads the medium, and with BYTCHK compares as the data comes', t => {
	const {run, server, volume} = bench();
	t.deepEqual(told(run('2f00 00000000 00 0100 00')), [0, 0, 0]);
	t.is(volume.counters.readBytes, 131_072);
	const compare = run('2f02 00000001 00 0002 00');
	t.like(compare, {kind: 'write', mode: 'compare', position: 512, length: 1024});
	if (compare.kind !== 'write') return;
	const same = volume.bytes.slice(512, 1536);
	t.is(server.store(compare, same, 0, 512, 0), undefined);
	t.is(server.store(compare, same, 512, 512, 512), undefined);
	same[1000]! ^= 1;
	t.deepEqual(told(server.store(compare, same, 512, 512, 512)!), [2, 0x0e, 0x1d00]);
	t.is(volume.counters.writes, 0);
});

test('WRITE AND VERIFY writes, reads back, and flushes before its status', t => {
	const {run, server, volume} = bench();
	const outcome = run('2e02 00000000 00 0001 00');
	t.like(outcome, {kind: 'write', mode: 'write-compare', fua: true});
	if (outcome.kind !== 'write') return;
	t.is(server.store(outcome, new Uint8Array(512), 0, 512, 0), undefined);
	t.is(volume.counters.readBytes, 512);
	t.deepEqual(told(server.finish(outcome)), [0, 0, 0]);
	t.is(volume.counters.flushes, 1);
});

test('a unit attention is told once, to each initiator port, and not to INQUIRY or REPORT LUNS', t => {
	const {server, run} = bench({quiet: false});
	data(t, run('120000002400'));
	data(t, run('a000 00000000 00000100'));
	t.deepEqual(told(run('00')), [2, 6, 0x2900]);
	t.deepEqual(told(run('00')), [0, 0, 0]);
	const other = server.attach();
	server.reset(0x2903, 0);
	server.reset(0x2903, 0);
	t.deepEqual(told(run('00')), [2, 6, 0x2903]);
	t.deepEqual(told(run('00')), [0, 0, 0]);
	const sense = server.execute(other, 0n, viewOf(Uint8Array.from(Buffer.from('03000000120000000000000000000000', 'hex'))), 0);
	t.is(data(t, sense)[12], 0x29);
	server.detach(other);
	server.reset(0x2902);
	t.is(other.takeAttention(0), undefined);
});

test('REPORT SUPPORTED OPERATION CODES lists what is served, and only that', t => {
	const {run} = bench();
	const all = data(t, run('a30c 00 00 0000 0000ffff'));
	const codes = new Set<number>();
	for (let at = 4; at < all.length; at += 8) codes.add(all[at]!);
	for (let code = 0; code < 256; code++) {
		const hex = code.toString(16).padStart(2, '0');
		const action = code === 0x9e ? '10' : code === 0xa3 ? '0c' : '00';
		const [status, , sense] = told(run(`${hex}${action}`));
		t.is(codes.has(code), !(status === 2 && sense === 0x2000), `0x${hex}`);
	}
	const one = data(t, run('a30c 01 28 0000 0000ffff'));
	t.is(one[1], 3);
	t.is(one[4], 0x28);
	t.is(data(t, run('a30c 01 99 0000 0000ffff'))[1], 1);
	t.deepEqual(told(run('a30c 01 9e 0000 0000ffff')), [2, 5, 0x2400]);
	t.is(data(t, run('a30c 82 9e 0010 0000ffff'))[1], 0x83);
});

test('START STOP UNIT and PREVENT ALLOW do nothing well, and refuse to eject', t => {
	const {run} = bench();
	t.deepEqual(told(run('1b0000000100')), [0, 0, 0]);
	t.deepEqual(told(run('1b0000000200')), [2, 5, 0x2400]);
	t.deepEqual(told(run('1e0000000100')), [0, 0, 0]);
});

test('LUNs are peripheral or flat addresses of one level', t => {
	t.is(lunNumber(0n), 0);
	t.is(lunNumber(lunAddress(255)), 255);
	t.is(lunNumber(lunAddress(16_383)), 16_383);
	t.is(lunNumber(1n << 63n), undefined);
	t.is(lunNumber(1n), undefined);
	t.is(lunNumber(0x0100n << 48n), undefined);
});

test('any CDB: never an exception, never a transfer outside the unit, never an endless reply', t => {
	holds(
		t,
		fc.property(fc.uint8Array({minLength: 16, maxLength: 16}), fc.constantFrom(0n, 1n << 48n, 0xffffn), fc.constantFrom(512, 4096), (cdb, lun, blockSize) => {
			const {server, nexus, volume} = bench({size: 2 ** 16, blockSize});
			const outcome = server.execute(nexus, lun, viewOf(cdb), 0);
			if (outcome.kind === 'reply') return outcome.data.length <= 4096;
			if (outcome.kind === 'done') return outcome.status === 2 ? outcome.sense?.length === 18 : outcome.status === 0 && outcome.sense === undefined;
			if (outcome.kind === 'write' && outcome.mode === 'parameters') return outcome.length >= 24 && outcome.length <= 8192;
			return outcome.position >= 0 && outcome.length > 0 && outcome.position + outcome.length <= volume.size && outcome.position % blockSize === 0;
		}),
		{numRuns: 3000},
	);
});

test('any block limits page says what is enforced', t => {
	const page = data(t, bench().run('1201b000ff00'));
	t.like(blockLimits.decode(viewOf(page)), {'bl.mtl': 0x8000, 'bl.otl': 2048, 'bl.mulc': 0, 'bl.mwsl': 0n, 'bl.mcawl': 0});
});
