import test from 'ava';
import {ataIdentify} from '../../../src/wire/ata.js';
import {ataFrame, bench, frameOf, OTHER, reserveFrame, same} from './bench.js';

const read = (lba: number, count: number) => ataFrame({'aflags.e': 1, 'ata.cmd': 0x24, lba, sector_count: count});

test('IDENTIFY gives capacity, strings and command sets in the right word order', t => {
	const {send, volume} = bench({size: 3 << 20});
	const [reply] = send(ataFrame({'ata.cmd': 0xec, sector_count: 1}));
	t.is(reply!.frame.length, 36 + 512);
	t.is(reply!.ata['ata.status'], 0x40);
	const words = ataIdentify.decode(reply!.view, 36);
	t.is(words.lba28, 6144);
	t.is(words.lba48, 6144);
	t.is(words.serial, volume.id);
	t.true(words.model.startsWith('netstress 3.4'));
	t.is(words.word83 & 0x0400, 0x0400);
	t.is(words.word86 & 0x0400, 0x0400);
	// Byte for byte: word 100 is little-endian, the serial's first character stands in the high byte of word 10.
	t.deepEqual([...reply!.data.subarray(200, 208)], [0x00, 0x18, 0, 0, 0, 0, 0, 0]);
	t.is(String.fromCharCode(reply!.data[21]!), volume.id.charAt(0));
});

test('a capacity beyond 28 bits saturates there and stands whole in 48 bits', t => {
	const {send, unit} = bench();
	Object.defineProperty(unit.volume, 'size', {value: 2 ** 40});
	const words = ataIdentify.decode(send(ataFrame({'ata.cmd': 0xec}))[0]!.view, 36);
	t.is(words.lba28, 0x0fff_ffff);
	t.is(words.lba48, 2 ** 31);
});

test('READ EXT returns the sectors asked for, tag and address echoed, count 0 left', t => {
	const {send, volume, unit} = bench();
	const [reply] = send(read(5, 2));
	t.deepEqual(reply!.data, volume.bytes.slice(5 * 512, 7 * 512));
	t.like(reply!.head, {version: 1, response: 1, flags_error: 0, error: 0, major: 3, minor: 4, cmd: 0, tag: 0xdeadbeef});
	t.like(reply!.ata, {'ata.status': 0x40, sector_count: 0, err_feature: 0, lba: 5});
	t.deepEqual([...reply!.frame.subarray(0, 14)], [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xa2]);
	t.like(unit.counters, {reads: 1, readBytes: 1024});
});

test('READ SECTORS takes 28 bits of the address: the device nibble is none', t => {
	const {send, volume} = bench();
	const [reply] = send(ataFrame({'ata.cmd': 0x20, lba: 0xe000_0007, sector_count: 1}));
	t.deepEqual(reply!.data, volume.bytes.slice(7 * 512, 8 * 512));
});

test('WRITE EXT writes exactly its sectors and nothing of the padding', t => {
	const {send, volume} = bench();
	const before = volume.bytes.slice();
	const data = new Uint8Array(512 + 40).fill(0xaa);
	const [reply] = send(ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, lba: 9, sector_count: 1}, data));
	t.is(reply!.frame.length, 60);
	t.true(
		reply!.data.every(byte => byte === 0),
		'the padding is zeros, whatever the slot held before',
	);
	t.is(reply!.ata['ata.status'], 0x40);
	before.fill(0xaa, 9 * 512, 10 * 512);
	t.true(same(volume.bytes, before));
});

test('a write whose data was cut is a bad argument, and nothing is written', t => {
	const {send, volume} = bench();
	const before = volume.bytes.slice();
	const [reply] = send(ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, lba: 9, sector_count: 2}, new Uint8Array(1023)));
	t.like(reply!.head, {flags_error: 1, error: 2});
	t.true(same(volume.bytes, before));
});

for (const [name, lba, count] of [
	['the last sector and one more', 2047, 2],
	['far past the end', 2 ** 40, 1],
	['the highest address there is', 2 ** 48 - 1, 1],
] as const) {
	test(`reading or writing ${name} is IDNF and moves no byte`, t => {
		const {send, volume} = bench();
		const before = volume.bytes.slice();
		t.like(send(read(lba, count))[0]!.ata, {'ata.status': 0x41, err_feature: 0x10, sector_count: count});
		const data = new Uint8Array(512 * count).fill(1);
		t.like(send(ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, lba, sector_count: count}, data))[0]!.ata, {'ata.status': 0x41, err_feature: 0x10});
		t.true(same(volume.bytes, before));
	});
}

test('more sectors than a frame carries, or none, are aborted', t => {
	const {send} = bench({mtu: 1500});
	for (const count of [0, 3, 255]) t.like(send(read(0, count))[0]!.ata, {'ata.status': 0x41, err_feature: 0x04, sector_count: count});
	const jumbo = bench({mtu: 9000});
	t.is(jumbo.send(read(0, 17))[0]!.data.length, 17 * 512);
	t.is(jumbo.send(read(0, 18))[0]!.ata['ata.status'], 0x41);
});

test('FLUSH CACHE and FLUSH CACHE EXT flush the volume and answer DRDY, not the opcode', t => {
	const {send, volume} = bench();
	for (const opcode of [0xe7, 0xea]) t.is(send(ataFrame({'ata.cmd': opcode}))[0]!.ata['ata.status'], 0x40);
	t.is(volume.counters.flushes, 2);
});

test('CHECK POWER MODE says active; READ VERIFY checks the range; other commands are aborted', t => {
	const {send} = bench();
	t.like(send(ataFrame({'ata.cmd': 0xe5}))[0]!.ata, {'ata.status': 0x40, sector_count: 0xff});
	t.is(send(ataFrame({'aflags.e': 1, 'ata.cmd': 0x42, lba: 2000, sector_count: 48}))[0]!.ata['ata.status'], 0x40);
	t.is(send(ataFrame({'aflags.e': 1, 'ata.cmd': 0x42, lba: 2000, sector_count: 49}))[0]!.ata['ata.status'], 0x41);
	for (const opcode of [0xb0, 0xef, 0x00, 0xff]) t.like(send(ataFrame({'ata.cmd': opcode}))[0]!.ata, {'ata.status': 0x41, err_feature: 0x04});
});

test('a write-protected volume aborts writes and serves reads', t => {
	const {send} = bench({volume: {readOnly: true}});
	t.like(send(ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, sector_count: 1}, new Uint8Array(512)))[0]!.ata, {
		'ata.status': 0x41,
		err_feature: 0x04,
	});
	t.is(send(read(0, 1))[0]!.ata['ata.status'], 0x40);
});

test('a medium that fails is UNC on reads and a device fault on writes', t => {
	const {send, unit} = bench();
	Object.assign(unit.volume, {read: () => 'medium', write: () => 'medium'});
	t.like(send(read(0, 1))[0]!.ata, {'ata.status': 0x41, err_feature: 0x40});
	t.like(send(ataFrame({'aflags.e': 1, 'aflags.w': 1, 'ata.cmd': 0x34, sector_count: 1}, new Uint8Array(512)))[0]!.ata, {'ata.status': 0x61});
});

test('a reserved target refuses others but lets them identify', t => {
	const {send} = bench();
	send(reserveFrame(1, [OTHER], OTHER));
	t.like(send(read(0, 1))[0]!.head, {flags_error: 1, error: 6});
	t.is(send(ataFrame({'ata.cmd': 0xec}))[0]!.ata['ata.status'], 0x40);
	t.is(send(ataFrame({'aflags.e': 1, 'ata.cmd': 0x24, sector_count: 1}, undefined, {}, OTHER))[0]!.ata['ata.status'], 0x40);
});

test('an ATA request that ends inside its arguments is a bad argument', t => {
	const {send} = bench();
	for (let length = 24; length < 36; length++) t.like(send(frameOf(length, {cmd: 0}))[0]!.head, {flags_error: 1, error: 2}, `${length} bytes`);
});
