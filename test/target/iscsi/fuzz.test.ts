// Any bytes at the engine: never an exception, never a write outside what a command asked for, bounded memory.
import test from 'ava';
import fc from 'fast-check';
import {pduHeaders} from '../../../src/wire/iscsi.js';
import {holds} from '../../property.js';
import {bench, loggedIn, loginPdu, pduOf} from './bench.js';

const codes = Object.keys(pduHeaders).map(Number);

/** A PDU with a plausible opcode and length, the rest anything. */
const anyPdu = fc
	.record({
		code: fc.oneof(fc.constantFrom(...codes), fc.nat({max: 255})),
		immediate: fc.boolean(),
		head: fc.uint8Array({minLength: 48, maxLength: 48}),
		data: fc.uint8Array({maxLength: 600}),
		honest: fc.boolean(),
		number: fc.nat({max: 6}),
		lun: fc.boolean(),
		cdb: fc.constantFrom(undefined, 0x28, 0x2a, 0x12, 0x1a, 0x88, 0x8a, 0x2f, 0x2e, 0xa0, 0xa3, 0x9e),
	})
	.map(({code, immediate, head, data, honest, number, lun, cdb}) => {
		const bytes = pduOf(view => new Uint8Array(view.buffer).set(head), data);
		const view = new DataView(bytes.buffer);
		bytes[0] = code | (immediate ? 0x40 : 0);
		if (honest) {
			view.setUint32(4, data.length);
			view.setUint32(24, number + 1);
		}
		if (lun) bytes.fill(0, 8, 16);
		if (cdb !== undefined) {
			bytes[32] = cdb;
			if (cdb === 0x28 || cdb === 0x2a) bytes.fill(0, 33, 37);
		}
		return bytes;
	});

const drain = (client: ReturnType<typeof loggedIn>, buffer: Uint8Array, view: DataView): number => {
	let sent = 0;
	for (;;) {
		const length = client.connection.pull(buffer, view);
		if (length === 0) return sent;
		sent += length;
		if (sent > 64 * 2 ** 20) throw new Error('the engine sends without end');
	}
};

test('any PDUs after the login', t => {
	const buffer = new Uint8Array(0x1_0000);
	const view = new DataView(buffer.buffer);
	holds(
		t,
		fc.property(fc.array(anyPdu, {minLength: 1, maxLength: 30}), fc.array(fc.nat({max: 2000}), {maxLength: 8}), (pdus, cuts) => {
			const from = bench({size: 2 ** 16, target: {queueDepth: 8}});
			const client = loggedIn(from);
			const stream = Buffer.concat(pdus);
			let at = 0;
			for (const cut of [...cuts, stream.length]) {
				const piece = Uint8Array.from(stream.subarray(at, at + cut));
				at += piece.length;
				client.connection.receive(piece, 0);
				drain(client, buffer, view);
			}
			const {session} = client.connection;
			return client.connection.backlog === 0 && (session === undefined || session.tasks.size <= 8 + 64);
		}),
		{numRuns: 300},
	);
});

test('any bytes before the login', t => {
	const buffer = new Uint8Array(0x1_0000);
	const view = new DataView(buffer.buffer);
	holds(
		t,
		fc.property(fc.array(fc.oneof(fc.uint8Array({maxLength: 300}), anyPdu), {maxLength: 10}), fc.uint8Array({maxLength: 200}), (chunks, text) => {
			const from = bench({size: 2 ** 16});
			const client = from.connect();
			const login = loginPdu([]);
			const data = pduOf(head => new Uint8Array(head.buffer).set(login.subarray(0, 48)), text);
			new DataView(data.buffer).setUint32(4, text.length);
			for (const chunk of [data, ...chunks]) {
				client.connection.receive(chunk, 0);
				drain(client, buffer, view);
			}
			return from.volume.counters.writes === 0;
		}),
		{numRuns: 300},
	);
});

test('a write-protected unit keeps every byte whatever comes', t => {
	const buffer = new Uint8Array(0x1_0000);
	const view = new DataView(buffer.buffer);
	holds(
		t,
		fc.property(fc.array(anyPdu, {minLength: 1, maxLength: 30}), pdus => {
			const from = bench({size: 2 ** 16, unit: {readOnly: true}});
			const client = loggedIn(from);
			const before = from.volume.bytes.slice();
			for (const pdu of pdus) {
				client.connection.receive(pdu, 0);
				drain(client, buffer, view);
			}
			return Buffer.compare(before, from.volume.bytes) === 0 && from.volume.counters.writes === 0;
		}),
		{numRuns: 200},
	);
});
