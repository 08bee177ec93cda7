import test from 'ava';
import fc from 'fast-check';
import {bhsLength} from '../../src/wire/iscsi.js';
import {digest} from '../../src/wire/iscsi-digest.js';
import {type FramingRules, PduFramer} from '../../src/wire/iscsi-frame.js';
import {holds} from '../property.js';

const rules = (more: Partial<FramingRules> = {}): FramingRules => ({maxData: 8192, maxAhs: 256, headerDigest: false, dataDigest: false, ...more});

interface Made {
	tag: number;
	ahs: number;
	data: Uint8Array;
}

/** A PDU as the rules want it. */
function pdu({tag, ahs, data}: Made, {headerDigest, dataDigest}: FramingRules): Uint8Array {
	const head = new Uint8Array(bhsLength + ahs * 4);
	const view = new DataView(head.buffer);
	view.setUint32(4, ahs * 0x100_0000 + data.length);
	view.setUint32(16, tag);
	const parts = [head];
	const crc = (bytes: Uint8Array) => {
		const out = new Uint8Array(4);
		new DataView(out.buffer).setUint32(0, digest(bytes, 0, bytes.length), true);
		return out;
	};
	if (headerDigest) parts.push(crc(head));
	if (data.length > 0) {
		const padded = new Uint8Array((data.length + 3) & ~3);
		padded.set(data);
		parts.push(padded);
		if (dataDigest) parts.push(crc(padded));
	}
	return Uint8Array.from(Buffer.concat(parts));
}

/** Cuts `bytes` at the places given. */
function* pieces(bytes: Uint8Array, cuts: readonly number[]): Iterable<Uint8Array> {
	let at = 0;
	for (const cut of [...cuts.map(each => each % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
		if (cut > at) yield bytes.slice(at, cut);
		at = Math.max(at, cut);
	}
}

const anyPdu = fc.record({tag: fc.nat(), ahs: fc.nat({max: 4}), data: fc.uint8Array({maxLength: 300})});

test('however the stream is cut, the same PDUs come out', t => {
	holds(
		t,
		fc.property(fc.array(anyPdu, {maxLength: 8}), fc.array(fc.nat(), {maxLength: 20}), fc.boolean(), fc.boolean(), (list, cuts, headerDigest, dataDigest) => {
			const these = rules({headerDigest, dataDigest});
			const framer = new PduFramer(these);
			const seen: Made[] = [];
			for (const piece of pieces(Buffer.concat(list.map(each => pdu(each, these))), cuts)) {
				const fault = framer.push(piece, each => {
					seen.push({tag: each.view.getUint32(each.at + 16), ahs: each.ahsLength / 4, data: each.bytes.slice(each.dataAt, each.dataAt + each.dataLength)});
					if (!each.dataIntact) throw new Error('digest');
				});
				if (fault) return false;
			}
			return framer.held === 0 && JSON.stringify(seen) === JSON.stringify(list.map(each => ({...each, data: Uint8Array.from(each.data)})));
		}),
	);
});

test('any bytes at all: never an exception, never more memory than the limits', t => {
	holds(
		t,
		fc.property(fc.array(fc.uint8Array({maxLength: 500}), {maxLength: 10}), fc.boolean(), fc.boolean(), (chunks, headerDigest, dataDigest) => {
			const framer = new PduFramer(rules({headerDigest, dataDigest}));
			for (const chunk of chunks) framer.push(chunk, () => undefined);
			return framer.capacity <= 8192 + 256 + 64 + 1024;
		}),
	);
});

test('a PDU that announces 16 MB is a fault before a byte of it is gathered', t => {
	const framer = new PduFramer(rules());
	const head = new Uint8Array(bhsLength);
	head[0] = 0x05;
	head.fill(0xff, 5, 8);
	const fault = framer.push(head, () => t.fail());
	t.is(fault?.kind, 'data-too-long');
	t.is(fault?.value, 0xff_ffff);
	t.is(fault?.opcode, 0x05);
	t.true(framer.capacity <= 1024);
	t.is(
		framer.push(head, () => t.fail()),
		undefined,
	);
});

test('a PDU within the limit costs what has arrived of it', t => {
	const framer = new PduFramer(rules({maxData: 0xff_ffff}));
	const head = new Uint8Array(bhsLength);
	head.fill(0xff, 5, 8);
	framer.push(head, () => t.fail());
	framer.push(new Uint8Array(10_000), () => t.fail());
	t.true(framer.capacity < 25_000);
});

test('a broken header digest is a fault, a broken data digest is told with the PDU', t => {
	const these = rules({headerDigest: true, dataDigest: true});
	const good = pdu({tag: 7, ahs: 0, data: Uint8Array.of(1, 2, 3)}, these);
	const header = good.slice();
	header[17]! ^= 1;
	t.is(new PduFramer(these).push(header, () => t.fail())?.kind, 'header-digest');
	const data = good.slice();
	data[53]! ^= 1;
	let intact = true;
	t.is(
		new PduFramer(these).push(data, each => {
			intact = each.dataIntact;
		}),
		undefined,
	);
	t.false(intact);
});

test('the digest is that of RFC 7143 appendix B.4', t => {
	t.is(digest(new Uint8Array(32), 0, 32), 0x8a9136aa);
	t.is(digest(new Uint8Array(32).fill(0xff), 0, 32), 0x62a8ab43);
	t.is(
		digest(
			Uint8Array.from({length: 32}, (_, i) => i),
			0,
			32,
		),
		0x46dd794e,
	);
});
