import test from 'ava';
import fc from 'fast-check';
import {type FrameFault, FrameWriter, IncomingFrame, PAYLOAD_AT, vnMac} from '../../src/fcoe/frame.js';
import {fCtl, fcType, rCtl} from '../../src/wire/fc.js';
import {eof, fcCrc, sof} from '../../src/wire/fcoe.js';
import {viewOf} from '../build.js';
import {type Delimiters, disk, fcoeFrame, type Head, host, portMac, request} from '../build-fcoe.js';
import {holds} from '../property.js';
import {hub} from './hub.js';

const head: Head = {d_id: disk, s_id: host, r_ctl: rCtl.solicitedData, type: fcType.fcp, f_ctl: request, ox_id: 7, rx_id: 9, seq_id: 3, seq_cnt: 4};
const bytes = (length: number) => new Uint8Array(length).map((_, i) => i + 1);
function read(frame: Uint8Array): [IncomingFrame, FrameFault | undefined] {
	const incoming = new IncomingFrame();
	return [incoming, incoming.read(viewOf(frame), 0, frame.length)];
}

test('every value of a frame, and its payload without fill bytes', t => {
	for (const length of [0, 1, 2, 3, 4, 100, 2112]) {
		const [frame, fault] = read(fcoeFrame(head, bytes(length), {sof: sof.n3, eof: eof.n}));
		t.is(fault, undefined);
		t.like(frame, {dId: disk, sId: host, rCtl: rCtl.solicitedData, type: fcType.fcp, oxId: 7, rxId: 9, seqId: 3, seqCnt: 4, length, first: false, last: false});
		t.deepEqual(frame.bytes.slice(frame.at, frame.at + frame.length), bytes(length));
	}
});

const spoil = (at: number, value: number) => (frame: Uint8Array) => {
	frame[at < 0 ? frame.length + at : at] = value;
	return frame;
};
const faults: Array<[string, FrameFault, Delimiters, (frame: Uint8Array) => Uint8Array]> = [
	['cut', 'short', {}, frame => frame.subarray(0, 59)],
	['another version', 'version', {}, spoil(14, 0x10)],
	['SOFi2', 'delimiter', {sof: sof.i2}, frame => frame],
	['EOFa', 'delimiter', {eof: eof.a}, frame => frame],
	['the MAC address of another VN_Port', 'destination', {dst: portMac(disk + 1)}, frame => frame],
	['a fabric’s MAC address', 'destination', {}, spoil(1, 0xfc)],
	['a source that is not S_ID', 'source', {}, spoil(11, 0x77)],
	['a source that is no VN_Port', 'source', {}, spoil(6, 0x02)],
	['a CRC that is one too large', 'crc', {crc: 1}, frame => frame],
	['a payload byte changed', 'crc', {}, spoil(60, 0xff)],
	['four bytes behind the trailer', 'delimiter', {}, frame => Uint8Array.from([...frame, 0, 0, 0, 0])],
];
for (const [name, expected, delimiters, change] of faults) {
	test(`${name}: ${expected}`, t => t.is(read(change(fcoeFrame(head, bytes(64), delimiters)))[1], expected));
}

test('more fill bytes than payload', t => {
	const frame = fcoeFrame({...head, f_ctl: request}, new Uint8Array(0));
	const view = viewOf(frame);
	view.setUint8(28 + 11, 3);
	view.setUint32(28 + 24, fcCrc(frame, 28, 24), true);
	t.is(read(frame)[1], 'fill');
});

test('what the writer writes is what the tables build, whatever the slot held before', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 300}), fc.boolean(), fc.boolean(), fc.nat(0xffff), fc.nat(0xffff_ffff), (payload, first, last, id, parameter) => {
			const [port, other] = hub(2) as [ReturnType<typeof hub>[0], ReturnType<typeof hub>[0]];
			port.transmitBytes.fill(0xa5);
			const writer = new FrameWriter(port);
			const at = writer.open();
			port.transmitBytes.set(payload, at);
			Object.assign(writer.head, {
				rCtl: 1,
				type: 8,
				fCtl: fCtl.relativeOffset,
				dId: disk,
				sId: host,
				oxId: id,
				rxId: id ^ 0xffff,
				seqId: id & 0xff,
				seqCnt: id,
				parameter,
				first,
				last,
			});
			writer.close(payload.length);
			let sent = new Uint8Array(0);
			other.receive((view, place, length) => {
				sent = new Uint8Array(view.buffer, view.byteOffset + place, length).slice();
			}, 1);
			const wanted = fcoeFrame(
				{d_id: disk, s_id: host, r_ctl: 1, type: 8, f_ctl: fCtl.relativeOffset, ox_id: id, rx_id: id ^ 0xffff, seq_id: id & 0xff, seq_cnt: id, parameter},
				payload,
				{sof: first ? sof.i3 : sof.n3, eof: last ? eof.t : eof.n},
			);
			return at === PAYLOAD_AT && Buffer.compare(sent, wanted) === 0;
		}),
	);
});

test('a port without a free slot: the frame is lost and counted', t => {
	const [port] = hub(1);
	const writer = new FrameWriter({...port!, reserve: () => -1});
	t.is(writer.open(), -1);
	t.is(writer.unsent, 1);
});

test('any bytes: a fault or a frame inside them, never an exception', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 200}), fc.nat(20), (noise, at) => {
			const incoming = new IncomingFrame();
			const length = Math.max(0, noise.length - at);
			const fault = incoming.read(viewOf(noise), Math.min(at, noise.length), length);
			return fault !== undefined || (incoming.at + incoming.length <= noise.length && incoming.length >= 0);
		}),
		{numRuns: 2000},
	);
});

test('the VN_Port MAC address of an N_Port_ID', t => t.deepEqual(vnMac(0x1234), Uint8Array.of(0x0e, 0xfd, 0, 0, 0x12, 0x34)));
