// The matchers on captures of vblade, LIO and tgt with Linux's initiators, against what tshark says of the same files:
//   tshark -r FILE -Y 'aoe.cmd==0 && aoe.response==1' -T fields -e aoe.time
//   tshark -r FILE -Y 'fc.r_ctl==0x07 && fc.type==8' -T fields -e fc.time        and of FCP_CMND the sums of fcp.dl by fcp.rddata and fcp.wrdata
//   tshark -r FILE -Y iscsi.scsiresponse.status -T fields -e iscsi.time         and the sums of tcp.len by direction
import {fileURLToPath} from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import {captureBatches} from '../../../src/capture/reader.js';
import type {StorageSample} from '../../../src/top/sample.js';
import {snapshotBytes} from '../../../src/top/storage/filter.js';
import {type SeenFrame, StorageFrames} from '../../../src/top/storage/frames.js';
import {holds} from '../../property.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../../fixtures/${name}.pcap`, import.meta.url));

async function framesOf(name: string, snaplen = 65_536): Promise<SeenFrame[]> {
	const frames: SeenFrame[] = [];
	for await (const batch of captureBatches(fixture(name)))
		for (const {bytes, time, length: originalLength} of batch) {
			const copy = bytes.slice(0, snaplen);
			frames.push({
				view: new DataView(copy.buffer),
				at: 0,
				length: copy.length,
				originalLength,
				seconds: Number(time / 1_000_000_000n),
				nanoseconds: Number(time % 1_000_000_000n),
			});
		}
	return frames;
}

function samplesOf(frames: readonly SeenFrame[]): StorageSample[] {
	const storage = new StorageFrames();
	for (const frame of frames) storage.take(frame);
	return storage.read();
}

test('AoE: as many answers, bytes and as long as tshark says', async t => {
	const [aoe, ...others] = samplesOf(await framesOf('captures/aoe-vblade-mtu1500', snapshotBytes.aoe));
	t.deepEqual(others, []);
	t.like(aoe, {protocol: 'aoe', answered: 146, timed: 146, readBytes: 77_824, writtenBytes: 65_536, again: 0, waiting: 0});
	t.true(Math.abs(aoe!.latencyUs!.p50 - 301) < 1, String(aoe!.latencyUs!.p50));
	t.true(Math.abs(aoe!.latencyUs!.max - 1262) < 3, String(aoe!.latencyUs!.max));
});

test('FCoE: commands and answers by exchange', async t => {
	const [fcoe, ...others] = samplesOf(await framesOf('captures/fcoe-vn2vn-lio-mtu2500', snapshotBytes.fcoe));
	t.deepEqual(others, []);
	t.like(fcoe, {protocol: 'fcoe', answered: 21, timed: 21, readBytes: 82_246, writtenBytes: 65_536, again: 0, waiting: 0});
});

test('iSCSI: every status, and every byte of the stream', async t => {
	const [iscsi, ...others] = samplesOf(await framesOf('captures/iscsi-tgt', snapshotBytes.tcp));
	t.deepEqual(others, []);
	t.like(iscsi, {protocol: 'iscsi', answered: 72, timed: 72, readBytes: 83_520, writtenBytes: 70_284, again: 0, waiting: 0});
	t.true(Math.abs(iscsi!.latencyUs!.p50 - 70) < 1, String(iscsi!.latencyUs!.p50));
	// the WRITE with immediate data: tshark counts from its last segment (frame 173, 4077 us), we from its first (frame 164, by the capture's own times)
	t.true(Math.abs(iscsi!.latencyUs!.max - 13_286) < 20, String(iscsi!.latencyUs!.max));
});

test('iSCSI with the first bytes of each segment alone: nothing is made up, and commands are still counted', async t => {
	const [iscsi] = samplesOf(await framesOf('captures/iscsi-tgt', 14 + 60 + 60 + 48));
	t.is(iscsi?.answered, 72);
	t.true(iscsi!.timed <= 72 && iscsi!.timed > 50, String(iscsi?.timed));
	t.deepEqual([iscsi?.readBytes, iscsi?.writtenBytes], [83_520, 70_284]);
});

test('a flow that is met in its middle, and frames that never came: counted by the numbers of what did', async t => {
	const frames = await framesOf('captures/iscsi-tgt');
	const whole = samplesOf(frames.slice(112, 320))[0]!;
	// every fifth frame is missing
	const holes = samplesOf(frames.slice(112, 320).filter((_, i) => i % 5 !== 2))[0]!;
	t.true(holes.timed < whole.timed);
	t.true(Math.abs(holes.answered - whole.answered) <= 2, `${holes.answered} of ${whole.answered}`);
	t.true(Math.abs(holes.readBytes - whole.readBytes) < 3000, `${holes.readBytes} of ${whole.readBytes}`);
});

test('a request that is sent again counts as that, and its time is the first one’s', async t => {
	const frames = await framesOf('captures/aoe-vblade-mtu1500');
	// the request of a read, 40 ms before; its capture begins with discovery
	const read = frames.findIndex(({view}) => view.getUint8(14) === 0x10 && view.getUint8(19) === 0);
	const early = {...frames[read]!, nanoseconds: frames[read]!.nanoseconds - 40_000_000};
	const [aoe] = samplesOf([early, ...frames]);
	t.like(aoe, {answered: 146, again: 1});
	t.true(aoe!.latencyUs!.max > 40_000);
});

test('what was read is gone; a protocol that was seen stays with zeros', async t => {
	const storage = new StorageFrames();
	t.deepEqual(storage.read(), []);
	for (const frame of await framesOf('captures/aoe-vblade-mtu1500')) storage.take(frame);
	storage.read();
	t.deepEqual(storage.read(), [{protocol: 'aoe', answered: 0, readBytes: 0, writtenBytes: 0, again: 0, waiting: 0, latencyUs: null, timed: 0}]);
});

test('any bytes: nothing is thrown', t =>
	holds(
		t,
		fc.property(
			fc.array(fc.tuple(fc.constantFrom(0x88a2, 0x8906, 0x0800, 0x86dd, 0x8100), fc.uint8Array({maxLength: 200}), fc.nat(70_000)), {maxLength: 20}),
			list => {
				const storage = new StorageFrames();
				for (const [type, rest, originalLength] of list) {
					const bytes = new Uint8Array(14 + rest.length);
					bytes.set(rest, 14);
					const frame = new DataView(bytes.buffer);
					frame.setUint16(12, type);
					// TCP from iSCSI's port, often enough
					if (type === 0x0800 && bytes.length > 40) {
						bytes[14] = 0x45;
						bytes[23] = 6;
						frame.setUint16(34, 3260);
					}
					storage.take({view: frame, at: 0, length: bytes.length, originalLength, seconds: 1, nanoseconds: 0});
				}
				return storage.read().every(({answered, readBytes, writtenBytes}) => answered >= 0 && readBytes >= 0 && writtenBytes >= 0);
			},
		),
	));
